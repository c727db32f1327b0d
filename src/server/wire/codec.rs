//! The codec of the served methods: as tonic's for prost, but bytes that are no message are a fault
//! of the caller, not of the service.

use std::marker::PhantomData;

use bytes::{Buf as _, Bytes};
use prost::Message;
use tonic::Status;
use tonic::codec::{Codec, DecodeBuf, Decoder};
use tonic_prost::ProstEncoder;

use super::entries::Malformed;
use crate::server::status;

/// A request that is read from the bytes of one message.
pub(in crate::server) trait FromWire: Sized {
    /// Reads it, or says why the bytes are none.
    fn from_wire(bytes: Bytes) -> Result<Self, Malformed>;
}

impl<M: Message + Default> FromWire for M {
    fn from_wire(bytes: Bytes) -> Result<Self, Malformed> {
        Ok(Self::decode(bytes)?)
    }
}

/// Encodes answers with prost, and reads requests with [`FromWire`].
pub(in crate::server) struct WireCodec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for WireCodec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for WireCodec<T, U>
where
    T: Message + Send + 'static,
    U: FromWire + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = WireDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> Self::Decoder {
        WireDecoder(PhantomData)
    }
}

/// The decoder of [`WireCodec`].
pub(in crate::server) struct WireDecoder<U>(PhantomData<U>);

impl<U: FromWire> Decoder for WireDecoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        U::from_wire(bytes)
            .map(Some)
            .map_err(|error| status::malformed(&error.to_string()))
    }
}
