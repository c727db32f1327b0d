//! Framing under hostile bytes, and the log under faults and crashes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use proptest::prelude::*;

use crate::store::simulated::{Crash, Fault, SimulatedStore};
use crate::store::{FileStore, MemoryStore, Store, StoreError};

use super::{BatchBuilder, Frame, FrameError, Journal, JournalError, MAX_RAW_LEN, Record};

fn frame(first_ordinal: u64, entries: &[&[u8]]) -> Frame {
    let mut batch = BatchBuilder::new(first_ordinal, 1_700_000_000_000);
    for entry in entries {
        batch.push(entry).unwrap();
    }
    batch.finish()
}

/// A frame whose only event is its own ordinal.
fn single(ordinal: u64) -> Frame {
    frame(ordinal, &[&ordinal.to_le_bytes()])
}

/// A sequence and its entries.
type Replayed = (u64, Vec<Vec<u8>>);

fn replayed(journal: &Journal, from: u64) -> Result<Vec<Replayed>, JournalError> {
    let mut seen = Vec::new();
    journal.replay(from, |sequence, record| {
        seen.push((sequence, record.entries().map(<[u8]>::to_vec).collect()));
        Ok::<_, JournalError>(())
    })?;
    Ok(seen)
}

/// Three records of two events each.
fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    let journal = Journal::open(Arc::new(store.clone())).unwrap();
    for i in 0..3 {
        journal.append(&[frame(i * 2, &[b"one", b"two"])]).unwrap();
    }
    store
}

fn replace(store: &MemoryStore, sequence: u64, bytes: &[u8]) {
    let mut rewrite = store.begin_rewrite().unwrap();
    rewrite.replace(sequence, bytes).unwrap();
    rewrite.commit().unwrap();
}

/// Rewrites header fields and makes the checksum hold again, as an attacker would.
fn forged(frame: &[u8], at: usize, field: &[u8]) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    bytes[at..at + field.len()].copy_from_slice(field);
    let mut crc = crc32fast::Hasher::new();
    crc.update(&bytes[..33]);
    crc.update(&bytes[37..]);
    bytes[33..37].copy_from_slice(&crc.finalize().to_le_bytes());
    bytes
}

proptest! {
    #[test]
    fn frames_round_trip(
        entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..40),
        first in 0..u64::MAX / 2,
        received in any::<i64>(),
    ) {
        let mut batch = BatchBuilder::new(first, received);
        for entry in &entries {
            batch.push(entry).unwrap();
        }
        let frame = batch.finish();
        let record = Record::decode(frame.as_bytes()).unwrap();
        prop_assert_eq!(record.first_ordinal(), first);
        prop_assert_eq!(record.next_ordinal(), frame.next_ordinal());
        prop_assert_eq!(record.received_ms(), received);
        prop_assert_eq!(record.entries().collect::<Vec<_>>(), entries.clone());
        for (idx, entry) in entries.iter().enumerate() {
            prop_assert_eq!(record.entry(idx), Some(entry.as_slice()));
        }
        prop_assert_eq!(record.entry(entries.len()), None);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Record::decode(&bytes);
    }

    #[test]
    fn forged_frames_never_panic(
        at in 5_usize..33,
        field in prop::collection::vec(any::<u8>(), 1..5),
        payload in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let _ = Record::decode(&forged(frame(3, &[b"abc", b"defg"]).as_bytes(), at.min(29), &field));
        let mut bytes = frame(0, &[&[7; 60]]).as_bytes()[..37].to_vec();
        bytes.extend_from_slice(&payload);
        let _ = Record::decode(&forged(&bytes, 9, &(payload.len() as u32).to_le_bytes()));
    }

    #[test]
    fn flipped_bit_is_refused(byte in 0_usize..1000, bit in 0..8) {
        let mut bytes = frame(3, &[b"abc", b"defg"]).as_bytes().to_vec();
        let at = byte % bytes.len();
        bytes[at] ^= 1_u8 << bit;
        prop_assert!(Record::decode(&bytes).is_err());
    }

    #[test]
    fn acknowledged_records_survive_crashes(
        batches in prop::collection::vec(1_usize..4, 1..8),
        seed in any::<u64>(),
        fault_at in 0_usize..40,
        fault in prop::sample::select(vec![
            Fault::Io,
            Fault::Full,
            Fault::FullCopy,
            Fault::NoDescriptors,
            Fault::Off,
        ]),
        crash in prop::sample::select(vec![Crash::Kill, Crash::PowerLoss]),
    ) {
        let store = Arc::new(SimulatedStore::new(seed));
        let journal = Journal::open(store.clone()).unwrap();
        store.arm(fault_at, fault);
        let mut acknowledged = 0;
        for frames in &batches {
            let first = journal.next_ordinal();
            let group: Vec<_> = (0..*frames as u64).map(|n| single(first + n)).collect();
            match journal.append(&group) {
                Ok(appended) => acknowledged = appended.last_sequence,
                // The same frames again, once space is free.
                Err(error) if error.is_unwritten() => {
                    prop_assert_eq!(journal.poisoned(), None);
                    store.disarm();
                    acknowledged = journal.append(&group).unwrap().last_sequence;
                }
                Err(_) => {
                    prop_assert!(journal.poisoned().is_some());
                    prop_assert!(journal.append(&group).is_err());
                }
            }
        }
        prop_assert_eq!(journal.last_sequence(), acknowledged);
        let again = Journal::open(Arc::new(store.after(crash).unwrap())).unwrap();
        prop_assert!(again.last_sequence() >= acknowledged);
        let found = replayed(&again, 1).unwrap();
        let wanted = (0..again.last_sequence()).map(|n| (n + 1, vec![n.to_le_bytes().to_vec()]));
        prop_assert_eq!(found, wanted.collect::<Vec<_>>());
        again.append(&[frame(again.next_ordinal(), &[b"more"])]).unwrap();
    }
}

#[test]
fn impossible_sizes_are_refused_before_allocation() {
    let honest = frame(0, &[b"abc"]);
    let huge = Record::decode(&forged(honest.as_bytes(), 5, &u32::MAX.to_le_bytes()));
    assert_eq!(
        huge,
        Err(FrameError::TooLarge {
            len: u32::MAX as usize
        })
    );
    let bomb = Record::decode(&forged(
        honest.as_bytes(),
        5,
        &(MAX_RAW_LEN as u32).to_le_bytes(),
    ));
    assert!(matches!(bomb, Err(FrameError::Malformed(_))));
    for count in [0, 2, u32::MAX] {
        let wrong = Record::decode(&forged(honest.as_bytes(), 13, &count.to_le_bytes()));
        assert!(matches!(wrong, Err(FrameError::Malformed(_))), "{count}");
    }
    let far = Record::decode(&forged(honest.as_bytes(), 17, &u64::MAX.to_le_bytes()));
    assert!(matches!(far, Err(FrameError::Malformed(_))));
    let newer = Record::decode(&forged(honest.as_bytes(), 4, &[2]));
    assert_eq!(
        newer,
        Err(FrameError::Newer {
            found: 2,
            supported: 1
        })
    );
}

#[test]
fn batch_refuses_entries_beyond_the_frame_limit() {
    let mut batch = BatchBuilder::new(0, 0);
    batch.push(&vec![0; MAX_RAW_LEN - 8]).unwrap();
    assert!(matches!(batch.push(b"x"), Err(FrameError::TooLarge { .. })));
    batch.push(b"").unwrap();
    assert_eq!(batch.len_bytes(), MAX_RAW_LEN);
    assert_eq!(
        Record::decode(batch.finish().as_bytes()).unwrap().count(),
        2
    );
}

#[test]
fn appended_groups_are_replayed_and_read_from_disk() {
    let dir = tempfile::TempDir::new().unwrap();
    let open = || Journal::open(Arc::new(FileStore::open(dir.path(), 8 << 20).unwrap())).unwrap();
    {
        let journal = open();
        assert_eq!(journal.last_sequence(), 0);
        assert_eq!(
            journal
                .append(&[frame(0, &[b"a"]), frame(1, &[b"b", b"c"])])
                .unwrap()
                .last_sequence,
            2
        );
        assert_eq!(journal.append(&[]).unwrap().last_sequence, 2);
    }
    let journal = open();
    assert_eq!((journal.last_sequence(), journal.next_ordinal()), (2, 3));
    assert_eq!(
        replayed(&journal, 2).unwrap(),
        [(2, vec![b"b".to_vec(), b"c".to_vec()])]
    );
    assert_eq!(replayed(&journal, 3).unwrap(), []);
    for _ in 0..2 {
        assert_eq!(journal.read_entry(2, 1).unwrap().unwrap(), b"c");
    }
    assert_eq!(journal.read_entry(2, 2).unwrap(), None);
    assert_eq!(journal.read_entry(3, 0).unwrap(), None);
    assert_eq!(journal.read_entry(0, 0).unwrap(), None);
    // A checkpoint that knows of record 5 must not be taken for the end of this log.
    assert!(matches!(
        replayed(&journal, 6),
        Err(JournalError::Corrupt { sequence: 5, .. })
    ));
}

#[test]
fn last_record_that_the_store_counts_otherwise_is_refused() {
    let refused = |store: MemoryStore| Journal::open(Arc::new(store)).err().unwrap();
    let store = filled();
    replace(&store, 3, frame(9, &[b"x"]).as_bytes());
    assert!(matches!(
        refused(store),
        JournalError::Corrupt { sequence: 3, .. }
    ));
    let store = filled();
    replace(&store, 3, &forged(frame(4, &[b"x"]).as_bytes(), 4, &[2]));
    assert!(matches!(
        refused(store.clone()),
        JournalError::Store(StoreError::Newer { .. })
    ));
    assert_eq!(store.log_end().unwrap().sequence, 3);
}

#[test]
fn rewriting_replaces_and_appends_all_or_nothing() {
    let store = filled();
    let journal = Journal::open(Arc::new(store)).unwrap();
    let two = |first: u64| frame(first, &[b"new", b"two"]);
    let mut dropped = journal.begin_rewriting().unwrap();
    dropped.replace(1, &two(0)).unwrap();
    drop(dropped);
    assert_eq!(journal.read_entry(1, 0).unwrap().unwrap(), b"one");
    let mut kept = journal.begin_rewriting().unwrap();
    let wrong = kept.replace(1, &single(0)).unwrap_err();
    assert!(matches!(wrong, JournalError::OutOfOrder { .. }), "{wrong}");
    kept.replace(2, &two(2)).unwrap();
    kept.append(&single(6)).unwrap();
    kept.commit().unwrap();
    assert_eq!(journal.end(), (4, 7));
    assert_eq!(journal.read_entry(2, 0).unwrap().unwrap(), b"new");
    journal.append(&[single(7)]).unwrap();
    assert_eq!(replayed(&journal, 1).unwrap().len(), 5);
}

#[test]
fn missing_record_is_found_by_replay_and_read() {
    let store = filled();
    let journal = Journal::open(Arc::new(store.clone())).unwrap();
    store.lose(2);
    assert!(matches!(
        replayed(&journal, 1),
        Err(JournalError::Corrupt { sequence: 2, .. })
    ));
    assert!(matches!(
        journal.read_entry(2, 0),
        Err(JournalError::Corrupt { sequence: 2, .. })
    ));
}

#[test]
fn failed_sync_poisons_writes_but_not_reads() {
    let store = Arc::new(SimulatedStore::new(1));
    let journal = Journal::open(store.clone()).unwrap();
    journal.append(&[frame(0, &[b"kept"])]).unwrap();
    assert_eq!(journal.poisoned(), None);
    // The write succeeds, its sync does not.
    store.arm(1, Fault::Io);
    let failed = journal.append(&[frame(1, &[b"lost"])]);
    assert!(matches!(
        failed,
        Err(JournalError::Store(StoreError::Io { .. }))
    ));
    // The store works again, but what it holds is no longer known.
    let later = journal.append(&[frame(1, &[b"later"])]).unwrap_err();
    assert!(matches!(&later, JournalError::Poisoned { reason } if reason.contains("syncing")));
    assert!(matches!(
        journal.append(&[]),
        Err(JournalError::Poisoned { .. })
    ));
    assert!(journal.poisoned().unwrap().contains("syncing"));
    assert_eq!(journal.read_entry(1, 0).unwrap().unwrap(), b"kept");
    assert_eq!(journal.read_entry(2, 0).unwrap(), None);
    assert_eq!(replayed(&journal, 1).unwrap().len(), 1);
}

#[test]
fn mark_without_room_leaves_the_journal_open_for_the_same_frames() {
    let store = Arc::new(SimulatedStore::new(1));
    let journal = Journal::open(store.clone()).unwrap();
    journal.append(&[frame(0, &[b"kept"])]).unwrap();
    // The second write is that of the mark.
    store.arm(1, Fault::FullCopy);
    let full = journal.append(&[frame(1, &[b"more"])]).unwrap_err();
    assert!(full.is_unwritten(), "{full}");
    assert_eq!((journal.poisoned(), journal.end()), (None, (1, 1)));
    journal.append(&[frame(1, &[b"more"])]).unwrap();
    let again = Journal::open(Arc::new(store.after(Crash::PowerLoss).unwrap())).unwrap();
    assert_eq!(again.read_entry(2, 0).unwrap().unwrap(), b"more");
}

#[test]
fn frame_out_of_order_poisons_before_any_write() {
    let store = MemoryStore::new();
    let journal = Journal::open(Arc::new(store.clone())).unwrap();
    let failed = journal.append(&[frame(7, &[b"x"])]);
    assert!(matches!(
        failed,
        Err(JournalError::OutOfOrder {
            expected: 0,
            found: 7
        })
    ));
    assert!(journal.poisoned().is_some());
    assert_eq!(store.log_end().unwrap().sequence, 0);
}

#[test]
fn failed_rewriting_leaves_the_old_log_or_poisons_and_a_restart_finds_one_of_both() {
    for fault_at in 0..60 {
        let store = Arc::new(SimulatedStore::new(fault_at as u64));
        let journal = Journal::open(store.clone()).unwrap();
        for n in 0..4 {
            journal.append(&[single(n)]).unwrap();
        }
        let mut rewriting = journal.begin_rewriting().unwrap();
        rewriting.replace(2, &frame(1, &[b"new"])).unwrap();
        rewriting.append(&single(4)).unwrap();
        store.arm(fault_at, Fault::Io);
        let committed = rewriting.commit();
        store.disarm();
        let (old, new) = ((4, b"\x01\0\0\0\0\0\0\0".to_vec()), (5, b"new".to_vec()));
        let content = |journal: &Journal| {
            let second = journal.read_entry(2, 0).unwrap().unwrap();
            (journal.last_sequence(), second)
        };
        let known = match &committed {
            Ok(()) => vec![new.clone()],
            Err(error) if error.is_unwritten() => {
                assert_eq!(content(&journal), old, "fault {fault_at}");
                journal.append(&[single(4)]).unwrap();
                vec![(5, old.1.clone())]
            }
            Err(_) => {
                assert!(journal.poisoned().is_some(), "fault {fault_at}");
                assert!(journal.append(&[single(4)]).is_err());
                vec![old, new]
            }
        };
        let again = Journal::open(Arc::new(store.after(Crash::Kill).unwrap())).unwrap();
        assert!(
            known.contains(&content(&again)),
            "fault {fault_at}: {committed:?}"
        );
    }
}
