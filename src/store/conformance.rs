//! One conformance suite for all backends of the store.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{fs, io::Read};

use tempfile::TempDir;

use super::simulated::SimulatedStore;
use super::{FileStore, LogEnd, MemoryStore, Retry, Store, StoreError};

const CACHE: u64 = 8 * 1024 * 1024;

fn on_each(check: impl Fn(&dyn Store)) {
    check(&MemoryStore::new());
    check(&SimulatedStore::new(1));
    let dir = TempDir::new().unwrap();
    check(&FileStore::open(dir.path(), CACHE).unwrap());
}

fn checkpoint(store: &dyn Store, sequence: u64, bytes: &[u8]) {
    let mut writer = store.begin_checkpoint(sequence).unwrap();
    writer.write_all(bytes).unwrap();
    writer.commit().unwrap();
}

/// Records up to a sequence.
fn fill(store: &dyn Store, last: u64) {
    for sequence in 1..=last {
        store
            .append(sequence, sequence, &sequence.to_le_bytes())
            .unwrap();
    }
    store.flush().unwrap();
}

fn loaded(store: &dyn Store) -> Option<(u64, Vec<u8>)> {
    store
        .load_checkpoint()
        .unwrap()
        .map(|(sequence, mut reader)| {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            (sequence, bytes)
        })
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 7_u64;
    (0..len)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        })
        .collect()
}

#[test]
fn log_keeps_order_and_refuses_a_sequence_that_does_not_follow() {
    on_each(|store| {
        assert_eq!(store.log_end().unwrap(), LogEnd::default());
        for sequence in 1..=300_u64 {
            store
                .append(sequence, sequence * 2, &sequence.to_le_bytes())
                .unwrap();
        }
        store.flush().unwrap();
        let end = LogEnd {
            sequence: 300,
            events: 600,
        };
        assert_eq!(store.log_end().unwrap(), end);
        assert_eq!(store.read(256).unwrap().unwrap(), 256_u64.to_le_bytes());
        assert_eq!(store.read(301).unwrap(), None);
        assert_eq!(store.read(0).unwrap(), None);
        let seen: Vec<u64> = store.scan(200).map(|item| item.unwrap().0).collect();
        assert_eq!(seen, (200..=300).collect::<Vec<_>>());
        for wrong in [300, 302] {
            assert!(matches!(
                store.append(wrong, 602, b"x"),
                Err(StoreError::Refused { .. })
            ));
        }
        assert_eq!(store.read(300).unwrap().unwrap(), 300_u64.to_le_bytes());
        assert!(store.size_bytes().is_ok());
    });
}

#[test]
fn history_is_scanned_by_prefix_from_key_up_to_limit() {
    on_each(|store| {
        let row = |k: &str| (k.as_bytes().to_vec(), k.to_uppercase().into_bytes());
        store
            .history()
            .put(&[row("b2"), row("a1"), row("b1"), row("b3"), row("c1")])
            .unwrap();
        store.history().flush().unwrap();
        let scan = |prefix: &str, from: &str, limit| {
            store
                .history()
                .scan(prefix.as_bytes(), from.as_bytes(), limit)
                .unwrap()
        };
        assert_eq!(scan("b", "", 9), [row("b1"), row("b2"), row("b3")]);
        assert_eq!(scan("b", "b2", 9), [row("b2"), row("b3")]);
        assert_eq!(scan("b", "b11", 1), [row("b2")]);
        assert_eq!(scan("b", "c", 9), []);
        assert_eq!(scan("b", "", 0), []);
        assert_eq!(scan("", "", 9).len(), 5);
        store
            .history()
            .put(&[(b"b1".to_vec(), b"new".to_vec())])
            .unwrap();
        assert_eq!(scan("b1", "", 9), [(b"b1".to_vec(), b"new".to_vec())]);
    });
}

#[test]
fn newest_committed_checkpoint_is_loaded() {
    on_each(|store| {
        fill(store, 9);
        assert_eq!(loaded(store), None);
        checkpoint(store, 4, b"");
        assert_eq!(loaded(store), Some((4, Vec::new())));
        let large = noise(3_000_000);
        checkpoint(store, 9, &large);
        let mut abandoned = store.begin_checkpoint(9).unwrap();
        abandoned.write_all(b"half").unwrap();
        drop(abandoned);
        assert_eq!(loaded(store), Some((9, large)));
    });
}

#[test]
fn rewrite_counts_as_a_whole_or_not_at_all() {
    on_each(|store| {
        for (sequence, frame) in [(1, b"one"), (2, b"two"), (3, b"tri")] {
            store.append(sequence, sequence, frame).unwrap();
        }
        store.flush().unwrap();
        let mut dropped = store.begin_rewrite().unwrap();
        dropped.replace(1, b"gone").unwrap();
        drop(dropped);
        assert_eq!(store.read(1).unwrap().unwrap(), b"one");
        let mut rewrite = store.begin_rewrite().unwrap();
        rewrite.replace(2, b"deux").unwrap();
        assert!(matches!(
            rewrite.replace(9, b"nine"),
            Err(StoreError::Refused { .. })
        ));
        drop(rewrite);
        let mut rewrite = store.begin_rewrite().unwrap();
        rewrite.replace(2, b"deux").unwrap();
        rewrite.append(5, b"end").unwrap();
        rewrite.commit().unwrap();
        let frames: Vec<_> = store.scan(1).map(|item| item.unwrap().1).collect();
        assert_eq!(frames, [&b"one"[..], b"deux", b"tri", b"end"]);
        assert_eq!(store.log_end().unwrap().events, 5);
        store.append(5, 6, b"more").unwrap();
        store.flush().unwrap();
        assert_eq!(store.read(5).unwrap().unwrap(), b"more");
        let mut rewrite = store.begin_rewrite().unwrap();
        rewrite.append(7, b"only").unwrap();
        rewrite.commit().unwrap();
        assert_eq!(store.read(6).unwrap().unwrap(), b"only");
    });
}

#[test]
fn notes_are_kept_by_name_and_derived_data_can_be_dropped() {
    on_each(|store| {
        assert_eq!(store.note("a").unwrap(), None);
        store.put_note("a", Some(b"1")).unwrap();
        store.put_note("b", Some(b"2")).unwrap();
        store.put_note("a", Some(b"3")).unwrap();
        store.put_note("b", None).unwrap();
        assert_eq!(store.note("a").unwrap().unwrap(), b"3");
        assert_eq!(store.note("b").unwrap(), None);
        fill(store, 2);
        checkpoint(store, 1, b"one");
        checkpoint(store, 2, b"two");
        store
            .history()
            .put(&[(b"k".to_vec(), b"v".to_vec())])
            .unwrap();
        store.drop_checkpoints().unwrap();
        store.history().clear().unwrap();
        assert_eq!(loaded(store), None);
        assert!(store.history().scan(b"", b"", 9).unwrap().is_empty());
    });
}

#[test]
fn all_data_survives_reopening_including_large_frames() {
    let dir = TempDir::new().unwrap();
    let large = noise(6_000_000);
    {
        let store = FileStore::open(dir.path(), CACHE).unwrap();
        for sequence in 1..=20 {
            store.append(sequence, sequence, &large[..300_000]).unwrap();
        }
        store.append(21, 21, &large).unwrap();
        store
            .history()
            .put(&[(b"k".to_vec(), b"v".to_vec())])
            .unwrap();
        store.flush().unwrap();
        store.history().flush().unwrap();
        checkpoint(&store, 20, b"state");
    }
    let store = FileStore::open(dir.path(), CACHE).unwrap();
    assert_eq!(store.log_end().unwrap().sequence, 21);
    assert_eq!(store.read(21).unwrap().unwrap(), large);
    assert!(
        store
            .scan(1)
            .take(20)
            .all(|item| item.unwrap().1 == large[..300_000])
    );
    assert_eq!(store.history().scan(b"k", b"", 1).unwrap().len(), 1);
    assert_eq!(loaded(&store), Some((20, b"state".to_vec())));
}

#[test]
fn second_opener_gets_locked_error() {
    let dir = TempDir::new().unwrap();
    let _first = FileStore::open(dir.path(), CACHE).unwrap();
    let error = FileStore::open(dir.path(), CACHE).err().unwrap();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert_eq!(error.retry(), Retry::Later);
}

#[test]
fn later_or_missing_format_is_refused_before_anything_changes() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("FORMAT"), "goodstanding-store 3\n").unwrap();
    let error = FileStore::open(dir.path(), CACHE).err().unwrap();
    assert!(
        matches!(
            error,
            StoreError::Newer {
                found: 3,
                supported: 2
            }
        ),
        "{error}"
    );
    assert!(!dir.path().join("log").exists());
    fs::write(dir.path().join("FORMAT"), "something else").unwrap();
    let error = FileStore::open(dir.path(), CACHE).err().unwrap();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
    fs::remove_file(dir.path().join("FORMAT")).unwrap();
    let store = FileStore::open(dir.path(), CACHE).unwrap();
    store.append(1, 1, b"one").unwrap();
    store.flush().unwrap();
    drop(store);
    fs::remove_file(dir.path().join("FORMAT")).unwrap();
    let error = FileStore::open(dir.path(), CACHE).err().unwrap();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
}

#[test]
fn damaged_checkpoint_falls_back_to_older_one_then_to_none() {
    let dir = TempDir::new().unwrap();
    let store = FileStore::open(dir.path(), CACHE).unwrap();
    fill(&store, 8);
    for sequence in [3, 5, 8] {
        checkpoint(&store, sequence, &noise(100_000 + sequence as usize));
    }
    assert!(!dir.path().join("checkpoint-3.lz4").exists());
    let newest = dir.path().join("checkpoint-8.lz4");
    let whole = fs::read(&newest).unwrap();
    for at in [0, 5, 9, 20, 50_000, whole.len() - 10, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        fs::write(&newest, &damaged).unwrap();
        assert_eq!(loaded(&store).unwrap(), (5, noise(100_005)), "byte {at}");
    }
    for len in [0, 10, 27, 28, 59, 60, whole.len() - 1] {
        fs::write(&newest, &whole[..len]).unwrap();
        assert_eq!(loaded(&store).unwrap().0, 5, "cut to {len}");
    }
    fs::write(dir.path().join("checkpoint-5.lz4"), b"").unwrap();
    assert_eq!(loaded(&store), None);
    fs::write(&newest, &whole).unwrap();
    assert_eq!(loaded(&store).unwrap().0, 8);
}

#[test]
fn checkpoint_of_another_log_or_of_an_earlier_release_is_passed_over() {
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let open = |dir: &TempDir| FileStore::open(dir.path(), CACHE).unwrap();
    let (store, foreign) = (open(&one), open(&other));
    fill(&store, 9);
    foreign.append(1, 1, b"foreign").unwrap();
    foreign.flush().unwrap();
    checkpoint(&store, 2, b"own");
    checkpoint(&foreign, 1, b"foreign");
    let mut bytes = fs::read(other.path().join("checkpoint-1.lz4")).unwrap();
    let place = one.path().join("checkpoint-7.lz4");
    let (mut bound, len) = (bytes.clone(), bytes.len());
    bound[8] = 7;
    reseal(&mut bound, 48);
    fs::write(&place, &bound).unwrap();
    assert_eq!(loaded(&store), Some((2, b"own".to_vec())));
    // As release 0.3 wrote it: without a hash.
    bytes.drain(16..48);
    (bytes[4], bytes[8]) = (1, 7);
    reseal(&mut bytes, 16);
    assert_eq!(bytes.len() + 32, len);
    fs::write(&place, &bytes).unwrap();
    assert_eq!(loaded(&store), Some((2, b"own".to_vec())));
    // It still says that there was a record.
    fs::rename(&place, one.path().join("checkpoint-12.lz4")).unwrap();
    bytes[8] = 12;
    reseal(&mut bytes, 16);
    fs::write(one.path().join("checkpoint-12.lz4"), &bytes).unwrap();
    assert_eq!(loaded(&store).unwrap().0, 12);
    // A rewrite changes the chain from its first record on.
    fs::remove_file(one.path().join("checkpoint-12.lz4")).unwrap();
    checkpoint(&store, 8, b"later");
    let mut rewrite = store.begin_rewrite().unwrap();
    rewrite.replace(5, b"changed").unwrap();
    rewrite.commit().unwrap();
    assert_eq!(loaded(&store), Some((2, b"own".to_vec())));
    checkpoint(&store, 9, b"after");
    assert_eq!(loaded(&store), Some((9, b"after".to_vec())));
    assert!(store.begin_checkpoint(10).is_err(), "no such record");
}

/// Makes the checksum of a checkpoint file hold, with a header of so many bytes.
fn reseal(file: &mut [u8], header: usize) {
    let (content, sum) = file.split_last_chunk_mut::<4>().unwrap();
    let mut crc = crc32fast::Hasher::new();
    let (body, len) = content[header..].split_last_chunk::<8>().unwrap();
    for part in [body, &content[..header], len] {
        crc.update(part);
    }
    *sum = crc.finalize().to_le_bytes();
}

#[test]
fn leftovers_of_crash_are_removed_on_open() {
    let dir = TempDir::new().unwrap();
    let stale = dir.path().join("checkpoint-abc.tmp");
    fs::write(&stale, b"half").unwrap();
    let _store = FileStore::open(dir.path(), CACHE).unwrap();
    assert!(!stale.exists());
}

#[test]
fn full_disk_has_an_error_of_its_own() {
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    assert!(matches!(StoreError::io("x", full), StoreError::Full));
    let other = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    assert_eq!(StoreError::io("x", other).retry(), Retry::Never);
}
