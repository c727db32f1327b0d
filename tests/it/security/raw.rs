//! Calls by path and bytes: what any client could send.

use bytes::{Buf as _, BufMut as _};
use tokio_stream::Stream;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Code, Request, Status, Streaming};

/// Sends one message and takes the first of the answer, be it a stream or not.
pub(crate) async fn call(
    channel: &Channel,
    path: &'static str,
    token: Option<&str>,
    message: &[u8],
) -> Result<Vec<u8>, Status> {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers = bearer.as_deref().map(|bearer| ("authorization", bearer));
    call_with(channel, path, headers.as_slice(), message).await
}

/// As [`call`], with headers.
pub(crate) async fn call_with(
    channel: &Channel,
    path: &'static str,
    headers: &[(&'static str, &str)],
    message: &[u8],
) -> Result<Vec<u8>, Status> {
    let messages = tokio_stream::once(message.to_vec());
    let mut answers = open(channel, path, headers, messages).await?;
    let first = answers.message().await?;
    first.ok_or_else(|| Status::new(Code::Unknown, "an empty answer"))
}

/// Sends a stream of messages, and returns the answer as soon as it begins.
pub(crate) async fn open(
    channel: &Channel,
    path: &'static str,
    headers: &[(&'static str, &str)],
    messages: impl Stream<Item = Vec<u8>> + Send + 'static,
) -> Result<Streaming<Vec<u8>>, Status> {
    let mut client =
        tonic::client::Grpc::new(channel.clone()).max_decoding_message_size(64 * 1024 * 1024);
    client.ready().await.expect("connected");
    let mut request = Request::new(messages);
    for (name, value) in headers {
        let value = value.parse().expect("ASCII");
        request.metadata_mut().insert(*name, value);
    }
    let path = http::uri::PathAndQuery::from_static(path);
    Ok(client.streaming(request, path, Raw).await?.into_inner())
}

pub(crate) fn code<T>(answer: &Result<T, Status>) -> Code {
    answer.as_ref().err().map_or(Code::Ok, Status::code)
}

/// Bytes as they are.
pub(crate) struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}
