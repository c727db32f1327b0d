//! Marks that are put back to older ones or cannot be written, and segments without a mark.

use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;

use super::{content, filled, open, seeds};
use crate::store::disk::Disk as _;
use crate::store::disk::simulated::{Crash, Fault, Image, SimulatedDisk};
use crate::store::log::segment::Name;
use crate::store::log::{SegmentLog, salvage};
use crate::store::{LogRewrite as _, StoreError};

/// The marks of a disk.
fn marks(disk: &SimulatedDisk) -> Image {
    let mut image = disk.image();
    image.retain(|name, _| name.starts_with("mark"));
    image
}

/// Puts both marks back to what they were.
fn put_back(disk: &SimulatedDisk, marks: &Image) {
    for (name, old) in marks {
        disk.damage(name, |bytes| bytes.clone_from(old));
    }
}

/// Appends a group of frames.
fn append_group(log: &SegmentLog, count: u64) {
    let first = log.end().unwrap().sequence + 1;
    for sequence in first..first + count {
        let frame = sequence.to_le_bytes().repeat(10);
        log.append(sequence, sequence, &frame).unwrap();
    }
    log.flush().unwrap();
}

#[test]
fn old_marks_and_damage_behind_them_are_refused_unless_only_the_last_group_is_hit() {
    let (mut refused, mut opened) = (0, 0);
    for seed in 0..seeds() / 4 {
        let mut rng = Pcg64::seed_from_u64(seed);
        let disk = SimulatedDisk::new(seed);
        SegmentLog::create(&disk).unwrap();
        let log = open(&disk).unwrap();
        let (mut old, mut last_group) = (marks(&disk), 0);
        let groups = rng.random_range(2..8);
        let kept = rng.random_range(0..groups);
        for group in 0..groups {
            if rng.random_bool(0.1) && group > 0 {
                let mut rewrite = Box::new(log.begin_rewrite().unwrap());
                rewrite.replace(1, b"changed").unwrap();
                rewrite.commit().unwrap();
            }
            last_group = log.end().unwrap().sequence;
            append_group(&log, rng.random_range(1..5));
            if group == kept {
                old = marks(&disk);
            }
        }
        let end = log.end().unwrap().sequence;
        drop(log);
        put_back(&disk, &old);
        let mut names: Vec<String> = disk.image().into_keys().collect();
        names.retain(|name| Name::parse(name).is_some());
        let name = &names[rng.random_range(0..names.len())];
        disk.damage(name, |bytes| {
            let at = rng.random_range(0..bytes.len());
            bytes[at] ^= 1 << rng.random_range(0..8_u8);
        });
        let before = disk.image();
        match open(&disk) {
            Ok(log) => {
                opened += 1;
                let found = log.end().unwrap().sequence;
                let allowed = found == end || found >= last_group;
                assert!(
                    allowed,
                    "seed {seed}: {found} of {end}, last group after {last_group}"
                );
            }
            Err(error) => {
                refused += 1;
                assert!(
                    error.to_string().contains("is corrupt"),
                    "seed {seed}: {error}"
                );
                assert_eq!(before, disk.image(), "seed {seed}");
            }
        }
    }
    assert!(
        refused > opened && opened > 0,
        "{refused} refused, {opened} opened"
    );
}

#[test]
fn damage_behind_old_marks_is_named_with_what_shows_it() {
    let disk = SimulatedDisk::new(1);
    SegmentLog::create(&disk).unwrap();
    let log = SegmentLog::open(Arc::new(disk.clone()), 10_000, || Ok(0)).unwrap();
    append_group(&log, 1);
    append_group(&log, 1);
    let old = marks(&disk);
    append_group(&log, 3);
    append_group(&log, 1);
    put_back(&disk, &old);
    let name = disk.image().into_keys().next().unwrap();
    let whole = disk.clone();
    disk.damage(&name, |bytes| bytes[64 + 3 * 148 + 80] ^= 1);
    let error = open(&whole).err().unwrap().to_string();
    for part in [
        "record 4 at offset 508",
        "its checksum does not hold",
        "says that record 5 was acknowledged",
    ] {
        assert!(error.contains(part), "{error} lacks {part}");
    }
}

#[test]
fn segment_without_its_end_is_refused_where_another_follows() {
    let disk = filled(9);
    let old = marks(&disk);
    let log = open(&disk).unwrap();
    for _ in 0..5 {
        append_group(&log, 1);
    }
    put_back(&disk, &old);
    let mut names: Vec<String> = disk.image().into_keys().collect();
    names.retain(|name| Name::parse(name).is_some());
    let before_last = &names[names.len() - 2];
    disk.damage(before_last, |bytes| bytes.truncate(bytes.len() - 20));
    let error = open(&disk).err().unwrap().to_string();
    assert!(error.contains("was acknowledged"), "{error}");
}

#[test]
fn mark_that_cannot_be_written_leaves_the_log_open() {
    // The frames, then the mark, and later the mark again.
    for crash in [None, Some(Crash::Kill), Some(Crash::PowerLoss)] {
        let disk = filled(3);
        let log = open(&disk).unwrap();
        disk.arm(1, Fault::FullCopy);
        log.append(4, 4, b"four").unwrap();
        let error = log.flush().err().unwrap();
        assert!(matches!(error, StoreError::Unwritten(_)), "{error}");
        disk.arm(0, Fault::FullCopy);
        log.append(4, 5, b"quattro").unwrap();
        let error = log.flush().err().unwrap().to_string();
        assert!(error.contains("nothing was written"), "{error}");
        assert!(log.read(4).unwrap().is_none());
        assert_eq!(log.end().unwrap().sequence, 3);
        if let Some(crash) = crash {
            let again = open(&disk.after(crash)).unwrap();
            assert!(again.end().unwrap().sequence >= 3);
            continue;
        }
        log.append(4, 5, b"quattro").unwrap();
        log.flush().unwrap();
        let mut rewrite = Box::new(log.begin_rewrite().unwrap());
        rewrite.append(6, b"five").unwrap();
        disk.arm(1, Fault::FullCopy);
        let error = rewrite.commit().err().unwrap();
        assert!(matches!(error, StoreError::Unwritten(_)), "{error}");
        append_group(&log, 1);
        let again = open(&disk.after(Crash::PowerLoss)).unwrap();
        assert_eq!(again.read(4).unwrap().unwrap(), b"quattro");
        assert_eq!(again.end().unwrap().sequence, 5);
    }
}

#[test]
fn salvage_without_a_mark_takes_the_generation_with_more_records() {
    let disk = filled(9);
    let log = open(&disk).unwrap();
    let old = disk.image();
    let mut rewrite = Box::new(log.begin_rewrite().unwrap());
    rewrite.replace(2, b"changed!").unwrap();
    rewrite.commit().unwrap();
    drop(log);
    // As if it had been cut short: its first segment ends early, and the old ones are still there.
    let names: Vec<String> = disk.image().into_keys().collect();
    disk.damage(&names[0], |bytes| bytes.truncate(64 + 148 + 20));
    for (name, bytes) in &old {
        if Name::parse(name).is_some() {
            drop(disk.create(name).unwrap());
            disk.damage(name, |content| content.clone_from(bytes));
        } else {
            disk.damage(name, |content| content.fill(0));
        }
    }
    let mut second = Vec::new();
    let mut count = 0;
    let report = salvage(&disk, &mut |saved| {
        count += 1;
        if saved.sequence == 2 {
            second = saved.frame;
        }
        Ok(())
    });
    let report = report.unwrap();
    assert_eq!(count, 9);
    assert_eq!(second, 2_u64.to_le_bytes().repeat(10));
    let taken = report.taken.unwrap();
    assert_eq!((taken.generation, taken.records), (0, 9), "{taken:?}");
    assert_eq!((taken.left, taken.left_records < 9), (1, true), "{taken:?}");
}

#[test]
fn log_of_an_earlier_release_is_read_and_gone_on_with() {
    let disk = filled(3);
    // As release 0.3 wrote entries: another magic, and no acknowledged record.
    let name = disk.image().into_keys().next().unwrap();
    disk.damage(&name, |bytes| {
        let mut old = bytes[..64].to_vec();
        for entry in bytes[64..].chunks(148) {
            let mut crc = crc32fast::Hasher::new();
            for part in [&entry[4..8], &entry[12..60], &entry[68..]] {
                crc.update(part);
            }
            old.extend(b"GSLE");
            old.extend(&entry[4..8]);
            old.extend(crc.finalize().to_le_bytes());
            old.extend(&entry[12..60]);
            old.extend(&entry[68..]);
        }
        *bytes = old;
    });
    let old = marks(&disk);
    let log = open(&disk).unwrap();
    append_group(&log, 1);
    assert_eq!(content(&open(&disk).unwrap()).len(), 4);
    put_back(&disk, &old);
    disk.damage(&name, |bytes| bytes[64 + 140 + 100] ^= 1);
    assert!(open(&disk).is_err());
    let mut saved = 0;
    salvage(&disk, &mut |_| {
        saved += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(saved, 3);
}
