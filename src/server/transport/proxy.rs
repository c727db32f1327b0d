//! The PROXY header, by which a trusted proxy tells whose connection it passes on.

use std::io;
use std::net::IpAddr;

use ppp::{v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Bytes of the longest header of version 1.
const TEXT_MAX: usize = 107;
/// Bytes of a header of version 2 before its addresses.
const BINARY_MIN: usize = 16;
/// Bytes of the longest header of version 2 that is read: addresses and some hundred bytes of notes.
const BINARY_MAX: usize = 2048;

/// Reads the header and nothing after it. Returns none for a connection of the proxy itself.
pub(super) async fn read_header(
    stream: &mut (impl AsyncRead + Unpin),
) -> io::Result<Option<IpAddr>> {
    // Both versions are at least as long as the mark of version 2.
    let mut header = vec![0; v2::PROTOCOL_PREFIX.len()];
    stream.read_exact(&mut header).await?;
    if header == v2::PROTOCOL_PREFIX {
        read_binary(stream, header).await
    } else if header.starts_with(v1::PROTOCOL_PREFIX.as_bytes()) {
        read_text(stream, header).await
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}

async fn read_binary(
    stream: &mut (impl AsyncRead + Unpin),
    mut header: Vec<u8>,
) -> io::Result<Option<IpAddr>> {
    header.resize(BINARY_MIN, 0);
    stream
        .read_exact(&mut header[v2::PROTOCOL_PREFIX.len()..])
        .await?;
    let length = usize::from(u16::from_be_bytes([header[14], header[15]]));
    let total = BINARY_MIN + length;
    if total > BINARY_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    header.resize(total, 0);
    stream.read_exact(&mut header[BINARY_MIN..]).await?;
    let parsed = v2::Header::try_from(header.as_slice()).map_err(invalid)?;
    if parsed.command == v2::Command::Local {
        return Ok(None);
    }
    Ok(match parsed.addresses {
        v2::Addresses::IPv4(pair) => Some(pair.source_address.into()),
        v2::Addresses::IPv6(pair) => Some(pair.source_address.into()),
        v2::Addresses::Unspecified | v2::Addresses::Unix(_) => None,
    })
}

async fn read_text(
    stream: &mut (impl AsyncRead + Unpin),
    mut header: Vec<u8>,
) -> io::Result<Option<IpAddr>> {
    while !header.ends_with(v1::PROTOCOL_SUFFIX.as_bytes()) {
        if header.len() >= TEXT_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        // Byte by byte, because what follows belongs to the connection.
        header.push(stream.read_u8().await?);
    }
    let parsed = v1::Header::try_from(header.as_slice()).map_err(invalid)?;
    Ok(match parsed.addresses {
        v1::Addresses::Tcp4(pair) => Some(pair.source_address.into()),
        v1::Addresses::Tcp6(pair) => Some(pair.source_address.into()),
        v1::Addresses::Unknown => None,
    })
}

fn invalid(error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> (Result<Option<String>, io::ErrorKind>, Vec<u8>) {
        let mut rest = bytes;
        let read = read_header(&mut rest).await;
        let read = read.map(|address| address.map(|address| address.to_string()));
        (read.map_err(|error| error.kind()), rest.to_vec())
    }

    #[tokio::test]
    async fn headers_of_both_versions_end_where_the_connection_begins() {
        let text = b"PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\nPRI";
        let expected = Ok(Some("203.0.113.9".to_owned()));
        assert_eq!(read(text).await, (expected.clone(), b"PRI".to_vec()));
        assert_eq!(read(b"PROXY UNKNOWN\r\nP").await, (Ok(None), b"P".to_vec()));
        let addresses = v2::IPv4::new([203, 0, 113, 9], [10, 0, 0, 1], 4711, 443);
        for (command, expected) in [
            (v2::Command::Proxy, expected),
            (v2::Command::Local, Ok(None)),
        ] {
            let mut binary = v2::Builder::with_addresses(
                v2::Version::Two | command,
                v2::Protocol::Stream,
                addresses,
            )
            .build()
            .expect("a header");
            binary.extend(b"PRI");
            assert_eq!(read(&binary).await, (expected, b"PRI".to_vec()));
        }
    }

    #[tokio::test]
    async fn other_beginnings_are_refused() {
        let invalid = Err(io::ErrorKind::InvalidData);
        assert_eq!(read(b"PRI * HTTP/2.0\r\n\r\n").await.0, invalid);
        let endless = [b"PROXY TCP4 ".as_slice(), &[b'1'; 200]].concat();
        assert_eq!(read(&endless).await.0, invalid);
        let long = [v2::PROTOCOL_PREFIX, &[0x21, 0x11, 0xff, 0xff]].concat();
        assert_eq!(read(&long).await.0, invalid);
        let cut = Err(io::ErrorKind::UnexpectedEof);
        assert_eq!(read(b"PROXY TCP4 203.0").await.0, cut);
    }
}
