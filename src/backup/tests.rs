#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use super::*;
use crate::integrity::learn::Model;
use crate::journal::BatchBuilder;
use crate::models::{Origin, Registry, Version};
use crate::privacy::set_key_check;
use crate::store::{FileStore, MemoryStore};

fn filled(records: u64) -> (Journal, MemoryStore) {
    let store = MemoryStore::new();
    let journal = Journal::open(Arc::new(store.clone())).expect("opened");
    for number in 0..records {
        let mut batch = BatchBuilder::new(2 * number, 5);
        batch
            .push(format!("event {number}").as_bytes())
            .expect("room");
        batch.push(&[7; 300]).expect("room");
        journal.append(&[batch.finish()]).expect("appended");
    }
    (journal, store)
}

/// Activates a version, and says what the store keeps of it.
fn a_version(store: &MemoryStore) -> Vec<(String, Vec<u8>)> {
    let text = r#"{"layout": 1, "reviews": 2, "manipulated": 1, "intercept": 0.5, "lines": [], "curves": []}"#;
    let model = Model::from_json(text).expect("a model");
    let version = Version::new(model, "a test".to_owned(), Origin::Imported, 7);
    let registry = Registry::open(Arc::new(store.clone())).expect("opened");
    let name = registry.add(version).expect("kept").name;
    registry.activate(&name).expect("active");
    models::notes(store).expect("read")
}

#[test]
fn backup_of_format_1_is_read() {
    let (journal, store) = filled(2);
    let place = tempfile::tempdir().expect("a directory");
    let backup = create(&journal, &store, place.path()).expect("written");
    let file = place.path().join(&backup.file_name);
    let mut bytes = fs::read(&file).expect("there");
    // Without the number of model versions, which follows the header.
    bytes.truncate(bytes.len() - DIGEST_BYTES);
    bytes.drain(29..33);
    bytes[8] = 1;
    let digest = ring::digest::digest(&SHA256, &bytes);
    bytes.extend_from_slice(digest.as_ref());
    fs::write(&file, &bytes).expect("written");
    assert_eq!(verify(&file).expect("whole").event_count, 4);
}

#[test]
fn restore_gives_the_same_frames_and_overwrites_nothing() {
    let (journal, store) = filled(30);
    set_key_check(&store, b"some key's check").expect("noted");
    let models = a_version(&store);
    let place = tempfile::tempdir().expect("a directory");
    let backup = create(&journal, &store, place.path()).expect("written");
    assert_eq!((backup.log_sequence, backup.event_count), (30, 60));
    let file = place.path().join(&backup.file_name);
    let bytes = fs::read(&file).expect("there");
    assert_eq!(backup.size_bytes, bytes.len() as u64);
    assert_eq!(
        backup.sha256,
        hex(ring::digest::digest(&SHA256, &bytes).as_ref())
    );

    let data = place.path().join("data");
    let summary = restore(&file, &data).expect("restored");
    assert_eq!(summary, verify(&file).expect("whole"));
    assert!(summary.has_key);
    {
        let restored = FileStore::open(&data, 1 << 20).expect("a store");
        for sequence in 1..=30 {
            let held = store.read(sequence).expect("read");
            assert_eq!(restored.read(sequence).expect("read"), held);
        }
        assert_eq!(restored.log_end().expect("read").sequence, 30);
        let check = key_check(&restored).expect("read").expect("noted");
        assert_eq!(check, b"some key's check");
        assert_eq!(models::notes(&restored).expect("read"), models);
        assert_eq!(models.len(), 2);
    }
    let again = restore(&file, &data).expect_err("not empty");
    assert!(matches!(again, BackupError::Occupied { .. }), "{again}");
    // Nothing is left beside.
    assert_eq!(fs::read_dir(place.path()).expect("listed").count(), 2);
}

#[test]
fn any_damaged_byte_is_found_and_nothing_is_restored() {
    let (journal, store) = filled(3);
    a_version(&store);
    let place = tempfile::tempdir().expect("a directory");
    let backup = create(&journal, &store, place.path()).expect("written");
    let file = place.path().join(&backup.file_name);
    let whole = fs::read(&file).expect("there");
    let data = place.path().join("data");
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&file, &damaged).expect("written");
        assert!(verify(&file).is_err(), "byte {at}");
    }
    for cut in [0, 7, 40, whole.len() - 1] {
        fs::write(&file, &whole[..cut]).expect("written");
        assert!(restore(&file, &data).is_err(), "cut to {cut}");
    }
    fs::write(&file, [&whole[..], b"x"].concat()).expect("written");
    assert!(restore(&file, &data).is_err(), "one byte too many");
    assert!(!data.exists());
}

#[test]
fn empty_log_can_be_backed_up() {
    let (journal, store) = filled(0);
    let place = tempfile::tempdir().expect("a directory");
    let backup = create(&journal, &store, place.path()).expect("written");
    let data = place.path().join("new").join("data");
    let summary = restore(&place.path().join(&backup.file_name), &data).expect("restored");
    assert_eq!((summary.log_sequence, summary.has_key), (0, false));
}

#[test]
fn leftovers_of_killed_backups_and_restores_are_removed_and_those_of_living_ones_stay() {
    let (journal, store) = filled(3);
    let place = tempfile::tempdir().expect("a directory");
    let dead = place.path().join("goodstanding-abc.part");
    std::fs::write(&dead, b"half").expect("written");
    let alive = place.path().join("goodstanding-def.part");
    let file = std::fs::File::create(&alive).expect("made");
    fs4::FileExt::try_lock(&file).expect("locked");
    let other = place.path().join("notes.part");
    std::fs::write(&other, b"not ours").expect("written");
    let backup = create(&journal, &store, place.path()).expect("a backup");
    assert!(!dead.exists() && alive.exists() && other.exists());
    let half = place.path().join(".goodstanding-restore-abc");
    std::fs::create_dir(&half).expect("made");
    let file = place.path().join(backup.file_name);
    restore(&file, &place.path().join("data")).expect("restored");
    assert!(!half.exists());
}
