//! Entries: one repeated field of a message, encoded.

use bytes::{Buf as _, Bytes};
use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::server) enum Malformed {
    /// They break the rules of Protocol Buffers.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// An entry has another wire type than a message.
    #[error("an entry of a list of messages is none")]
    Entry,
    /// An entry is longer than what is left of its message.
    #[error("an entry ends behind the message that holds it")]
    Length,
}

/// The encoded entries of one repeated field, in the message that holds them. They were counted, and
/// none of them is decoded.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct Entries {
    message: Bytes,
    tag: u32,
    count: usize,
}

impl Entries {
    /// Counts the entries with a tag, up to one more than `most`: a longer list is refused, and not
    /// worth a walk. Other fields go to `other`, which skips those that it does not know.
    pub(in crate::server) fn read(
        message: Bytes,
        (tag, most): (u32, usize),
        mut other: impl FnMut(u32, WireType, &mut &[u8]) -> Result<(), DecodeError>,
    ) -> Result<Self, Malformed> {
        let mut rest = &message[..];
        let mut count = 0;
        while !rest.is_empty() && count <= most {
            let (found, wire_type) = decode_key(&mut rest)?;
            if found == tag {
                entry(wire_type, &mut rest)?;
                count += 1;
            } else {
                other(found, wire_type, &mut rest)?;
            }
        }
        Ok(Self {
            message,
            tag,
            count,
        })
    }

    /// The number of entries; one more than the most where there are too many.
    pub(in crate::server) const fn len(&self) -> usize {
        self.count
    }

    /// Bytes of the message that holds them.
    pub(in crate::server) fn byte_count(&self) -> usize {
        self.message.len()
    }

    /// The bytes of each entry, in order.
    pub(in crate::server) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.message[..];
        std::iter::from_fn(move || {
            while !rest.is_empty() {
                // The message was walked before, so that nothing fails now.
                let (found, wire_type) = decode_key(&mut rest).ok()?;
                if found == self.tag {
                    return entry(wire_type, &mut rest).ok();
                }
                skip(found, wire_type, &mut rest).ok()?;
            }
            None
        })
    }
}

/// Skips a field that is not known, as decoders of Protocol Buffers must.
pub(in crate::server) fn skip(
    tag: u32,
    wire_type: WireType,
    rest: &mut &[u8],
) -> Result<(), DecodeError> {
    skip_field(wire_type, tag, rest, DecodeContext::default())
}

/// Takes the bytes of one entry.
fn entry<'a>(wire_type: WireType, rest: &mut &'a [u8]) -> Result<&'a [u8], Malformed> {
    if wire_type != WireType::LengthDelimited {
        return Err(Malformed::Entry);
    }
    let length = usize::try_from(decode_varint(rest)?).unwrap_or(usize::MAX);
    let (taken, _) = rest.split_at_checked(length).ok_or(Malformed::Length)?;
    rest.advance(length);
    Ok(taken)
}

/// Counts the fields of a message, and of the messages directly in it, up to `most`. Texts are taken
/// for messages as well, so that the count stops where it makes no more sense.
pub(in crate::server) fn count_fields(message: &[u8], most: usize) -> usize {
    let mut count = 0;
    let mut rest = message;
    while let Some((wire_type, tag)) = next_field(&mut rest, &mut count, most) {
        if wire_type != WireType::LengthDelimited {
            if skip(tag, wire_type, &mut rest).is_err() {
                break;
            }
            continue;
        }
        let Ok(mut inner) = entry(wire_type, &mut rest) else {
            break;
        };
        while let Some((wire_type, tag)) = next_field(&mut inner, &mut count, most) {
            if skip(tag, wire_type, &mut inner).is_err() {
                break;
            }
        }
    }
    count
}

fn next_field(rest: &mut &[u8], count: &mut usize, most: usize) -> Option<(WireType, u32)> {
    if rest.is_empty() || *count >= most {
        return None;
    }
    *count += 1;
    let (tag, wire_type) = decode_key(rest).ok()?;
    Some((wire_type, tag))
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::proto::v1::{Event, IngestRequest, Listing, event};

    #[test]
    fn entries_are_counted_without_decoding_and_unknown_fields_skipped() {
        let listing = |id: &str| Event {
            revision: 3,
            payload: Some(event::Payload::Listing(Listing {
                listing_id: id.to_owned(),
                ..Listing::default()
            })),
        };
        let request = IngestRequest {
            batch_number: 7,
            events: vec![listing("a"), Event::default(), listing("c")],
        };
        let mut bytes = request.encode_to_vec();
        // A field that this version does not know: tag 9, a varint.
        bytes.extend([0x48, 0x05]);
        let read = Entries::read(bytes.into(), (2, 3), skip).expect("a message");
        assert_eq!(read.len(), 3);
        let events: Vec<Event> = read
            .iter()
            .map(|entry| Event::decode(entry).expect("an event"))
            .collect();
        assert_eq!(events, request.events);
    }

    #[test]
    fn counting_stops_behind_the_most() {
        let message = Bytes::from([0x0a, 0x00].repeat(1000));
        for (most, found) in [(10, 11), (999, 1000), (1000, 1000)] {
            let read = Entries::read(message.clone(), (1, most), skip).expect("a message");
            assert_eq!(read.len(), found);
        }
    }

    #[test]
    fn broken_entries_are_malformed() {
        for bytes in [
            // Of another wire type; longer than the message; a key without a field; no tag.
            &[0x08, 0x01][..],
            &[0x0a, 0x05, 0x00],
            &[0x0a],
            &[0x02, 0x00],
        ] {
            let read = Entries::read(Bytes::copy_from_slice(bytes), (1, 9), skip);
            assert!(read.is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn fields_are_counted_up_to_the_limit() {
        let listing = Listing {
            bullet_points: vec![String::new(); 5000],
            ..Listing::default()
        };
        let event = Event {
            revision: 0,
            payload: Some(event::Payload::Listing(listing)),
        };
        let bytes = event.encode_to_vec();
        assert_eq!(count_fields(&bytes, 1000), 1000);
        assert_eq!(count_fields(&bytes, 10_000), 5001);
    }
}
