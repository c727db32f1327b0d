//! Reads frames of the log: as they are, sealed with a right checksum, packed, and made by the log.
//! Opens a log whose files were changed.
#![no_main]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use arbitrary::Unstructured;
use goodstanding::codec;
use goodstanding::journal::{BatchBuilder, FrameError, Record};
use goodstanding::store::fuzzing::{create_log, open_log};
use libfuzzer_sys::fuzz_target;

const HEAD: [u8; 5] = *b"GSJ1\x01";
/// Lengths and count before packing, ordinal, time of receipt.
const FIELDS: usize = 4 + 4 + 8 + 8;

/// Files by name.
type Files = BTreeMap<String, Vec<u8>>;

const FRAMES: [&[u8]; 4] = [b"one", b"", b"GSL2 inside", &[7; 300]];
const CHANGES_MAX: usize = 4;
/// Bytes of a mark and of a segment's header before their checksums.
const MARK_SUMMED: usize = 68;
const HEADER_SUMMED: usize = 60;
/// Bytes of an entry before its frame.
const ENTRY_HEAD: usize = 68;

/// A directory, and the files of a log that was in it.
static LOG: LazyLock<(PathBuf, Files)> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory").keep();
    create_log(&directory, &FRAMES).expect("a log");
    let names = fs::read_dir(&directory).expect("files");
    let files = names.map(|entry| {
        let entry = entry.expect("a file");
        let name = entry.file_name().into_string().expect("a name");
        (name, fs::read(entry.path()).expect("bytes"))
    });
    let files = files.collect();
    (directory, files)
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else {
        return;
    };
    match choice % 6 {
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
        3 => write(content),
        _ => open(&mut Unstructured::new(content)),
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

/// Opens a log of which some bytes were changed, with right checksums or without.
fn open(from: &mut Unstructured<'_>) {
    let (directory, whole) = &*LOG;
    let mut files = whole.clone();
    let count = from.int_in_range(0..=CHANGES_MAX).unwrap_or_default();
    let sealed = from.arbitrary().unwrap_or_default();
    for _ in 0..count {
        change(&mut files, from).unwrap_or_default();
    }
    if sealed {
        files.iter_mut().for_each(|(name, file)| seal(name, file));
    }
    for entry in fs::read_dir(directory).expect("files") {
        fs::remove_file(entry.expect("a file").path()).expect("removed");
    }
    for (name, bytes) in &files {
        fs::write(directory.join(name), bytes).expect("written");
    }
    let opened = open_log(directory);
    if count == 0 {
        assert_eq!(opened.expect("a whole log").sequence, FRAMES.len() as u64);
    }
}

fn change(files: &mut Files, from: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let at = from.choose_index(files.len().max(1))?;
    let Some(name) = files.keys().nth(at).cloned() else {
        return Ok(());
    };
    let mut file = files.remove(&name).unwrap_or_default();
    let at = from.int_in_range(0..=file.len())?;
    let name = match from.int_in_range(0..=7)? {
        0 => return Ok(()),
        1 => format!(
            "{:020}.{:06}.log",
            from.int_in_range(1..=6)?,
            from.arbitrary::<u32>()?
        ),
        2 => {
            file.truncate(at);
            name
        }
        3 => {
            let own: &[u8] = from.arbitrary()?;
            file.splice(at..at, own.iter().copied());
            name
        }
        4 => {
            // Twice, under another name.
            let other = format!(
                "{:020}.{:06}.log",
                from.int_in_range(1..=6)?,
                from.arbitrary::<u8>()?
            );
            files.insert(other, file.clone());
            name
        }
        _ => {
            let own: [u8; 8] = from.arbitrary()?;
            let count = from.int_in_range(1..=own.len())?;
            let end = file.len().min(at + count);
            file[at..end].copy_from_slice(&own[..end - at]);
            name
        }
    };
    files.insert(name, file);
    Ok(())
}

/// Makes the checksums of a mark, or of a segment and its entries, right.
fn seal(name: &str, file: &mut [u8]) {
    let summed = if name.starts_with("mark") {
        MARK_SUMMED
    } else {
        HEADER_SUMMED
    };
    let Some((head, rest)) = file.split_at_mut_checked(summed) else {
        return;
    };
    let Some((sum, mut rest)) = rest.split_first_chunk_mut() else {
        return;
    };
    *sum = crc32fast::hash(head).to_le_bytes();
    while let Some((head, body)) = rest.split_first_chunk_mut::<ENTRY_HEAD>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let Some((frame, behind)) = body.split_at_mut_checked(length) else {
            return;
        };
        let mut sum = crc32fast::Hasher::new();
        for part in [&head[4..8], &head[12..], frame] {
            sum.update(part);
        }
        head[8..12].copy_from_slice(&sum.finalize().to_le_bytes());
        rest = behind;
    }
}
