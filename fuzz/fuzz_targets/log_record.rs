//! Reads frames of the log: as they are, sealed with a right checksum, packed, and made by the log.
#![no_main]

use goodstanding::codec;
use goodstanding::journal::{BatchBuilder, FrameError, Record};
use libfuzzer_sys::fuzz_target;

const HEAD: [u8; 5] = *b"GSJ1\x01";
/// Lengths and count before packing, ordinal, time of receipt.
const FIELDS: usize = 4 + 4 + 8 + 8;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else {
        return;
    };
    match choice % 4 {
        0 => read(content),
        1 => {
            if let Some((fields, packed)) = content.split_first_chunk() {
                read(&sealed(fields, packed));
            }
        }
        2 => {
            if let Some((fields, raw)) = content.split_first_chunk::<FIELDS>() {
                let mut fields = *fields;
                fields[..4].copy_from_slice(&(raw.len() as u32).to_le_bytes());
                read(&sealed(&fields, &lz4_flex::block::compress(raw)));
            }
        }
        _ => write(content),
    }
});

/// Puts fields and a packed payload into a frame whose checksum holds.
fn sealed(fields: &[u8; FIELDS], packed: &[u8]) -> Vec<u8> {
    let mut frame = HEAD.to_vec();
    frame.extend(&fields[..4]);
    frame.extend((packed.len() as u32).to_le_bytes());
    frame.extend(&fields[4..]);
    let mut sum = crc32fast::Hasher::new();
    sum.update(&frame);
    sum.update(packed);
    frame.extend(sum.finalize().to_le_bytes());
    frame.extend(packed);
    frame
}

fn read(frame: &[u8]) {
    let Ok(record) = Record::decode(frame) else {
        return;
    };
    assert_eq!(record.entries().len(), record.count());
    assert_eq!(record.entry(record.count()), None);
    let mut batch = BatchBuilder::new(record.first_ordinal(), record.received_ms());
    for entry in record.entries() {
        let _ = codec::read(entry);
        batch.push(entry).expect("it was in a frame");
    }
    let again = batch.finish();
    assert_eq!(again.next_ordinal(), record.next_ordinal());
    assert_eq!(Record::decode(again.as_bytes()), Ok(record));
}

/// Writes entries, which a zero byte ends, and damages a byte of their frame.
fn write(content: &[u8]) {
    let [ordinal, at, flip, entries @ ..] = content else {
        return;
    };
    let entries: Vec<&[u8]> = entries.split(|byte| *byte == 0).collect();
    let mut batch = BatchBuilder::new((*ordinal).into(), i64::MIN);
    for entry in &entries {
        batch.push(entry).expect("it is short");
    }
    let mut frame = batch.finish().as_bytes().to_vec();
    let record = Record::decode(&frame).expect("just written");
    assert!(record.entries().eq(entries));
    let at = usize::from(*at) % frame.len();
    frame[at] ^= flip;
    let damaged = Record::decode(&frame);
    assert!(*flip == 0 || damaged.is_err());
    assert!(*flip != 0 || damaged == Ok(record));
    let cut = Record::decode(&frame[..at]);
    assert!(matches!(cut, Err(FrameError::Short { .. })));
}
