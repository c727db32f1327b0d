#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::super::record::INDEX_NOTE;
use super::*;
use crate::integrity::learn::Model;
use crate::store::{MemoryStore, StoreError};

fn version(number: u32) -> Version {
    let text = format!(
        r#"{{"layout": 1, "reviews": {number}, "manipulated": 0, "intercept": 0.5, "lines": [],
            "curves": [{{"feature": "activity", "edges": [], "heights": [0.1]}}]}}"#
    );
    let model = Model::from_json(&text).unwrap();
    Version::new(model, "a test".to_owned(), Origin::Imported, 7)
}

fn registry(store: &MemoryStore) -> Registry {
    Registry::open(Arc::new(store.clone())).unwrap()
}

/// The registry with two versions, and their names.
fn filled(store: &MemoryStore) -> (Registry, [String; 2]) {
    let registry = registry(store);
    let names = [1, 2].map(|number| registry.add(version(number)).unwrap().name);
    (registry, names)
}

#[test]
fn what_was_changed_is_there_after_a_restart() {
    let store = MemoryStore::new();
    let (held, [one, two]) = filled(&store);
    assert_ne!(one, two);
    held.activate(&one).unwrap();
    held.activate(&two).unwrap();
    held.set_shadow(&one).unwrap();
    let before = held.scoring();
    let held = registry(&store);
    let after = held.scoring();
    assert_eq!(after.active.name(), before.active.name());
    assert_eq!(after.shadow.as_ref().map(Scorer::name), Some(one.as_str()));
    let order: Vec<String> = held.list().into_iter().map(|listed| listed.name).collect();
    assert_eq!(order, [two.as_str(), one.as_str(), MODEL_VERSION]);
    // What becomes active is a shadow no longer.
    assert_eq!(held.roll_back().unwrap().active.name(), one);
    assert!(held.scoring().shadow.is_none());
    assert_eq!(held.roll_back().unwrap().active.name(), MODEL_VERSION);
    assert!(matches!(held.roll_back(), Err(ModelsError::NothingBefore)));
}

#[test]
fn only_changes_are_counted_and_versions_never_change() {
    let (held, [one, _]) = filled(&MemoryStore::new());
    assert_eq!(held.activate(&one).unwrap().change, 1);
    assert_eq!(held.activate(&one).unwrap().change, 1);
    let later = Version {
        created: 9,
        ..version(1)
    };
    let known = held.add(later).unwrap();
    assert_eq!(known.version.unwrap().created, 7);
    assert_eq!(held.list().len(), 3);
}

#[test]
fn what_is_in_use_is_not_deleted_and_rolling_back_passes_over_what_is() {
    let (held, [one, two]) = filled(&MemoryStore::new());
    held.activate(&one).unwrap();
    held.activate(&two).unwrap();
    held.set_shadow(MODEL_VERSION).unwrap();
    for name in [two.as_str(), MODEL_VERSION] {
        assert!(matches!(held.delete(name), Err(ModelsError::InUse { .. })));
    }
    assert!(matches!(
        held.set_shadow(&two),
        Err(ModelsError::InUse { .. })
    ));
    held.delete(&one).unwrap();
    assert!(matches!(held.delete(&one), Err(ModelsError::Unknown(_))));
    assert_eq!(held.roll_back().unwrap().active.name(), MODEL_VERSION);
}

#[test]
fn a_damaged_or_newer_version_is_listed_and_the_own_model_scores() {
    let store = MemoryStore::new();
    let (held, [one, two]) = filled(&store);
    held.activate(&one).unwrap();
    let note = format!("model-version {one}");
    let whole = store.note(&note).unwrap().unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        store.put_note(&note, Some(&damaged)).unwrap();
        let held = registry(&store);
        let listed = held.list().into_iter().find(|listed| listed.name == one);
        assert!(listed.unwrap().fault.is_some(), "byte {at}");
        assert_eq!(held.scoring().active.name(), MODEL_VERSION);
        assert!(matches!(
            held.activate(&one),
            Err(ModelsError::Unusable { .. })
        ));
    }
    let mut newer = whole.clone();
    newer[4] = 9;
    store.put_note(&note, Some(&newer)).unwrap();
    let listed = registry(&store).list().into_iter().find(|l| l.name == one);
    assert!(listed.unwrap().fault.unwrap().contains("format 9"));
    store.put_note(&note, None).unwrap();
    let held = registry(&store);
    assert_eq!(held.find(&two).unwrap().name(), two);
    // Brought again, it scores again.
    held.add(version(1)).unwrap();
    assert_eq!(held.scoring().active.name(), one);
    assert_eq!(registry(&store).scoring().active.name(), one);
}

#[test]
fn a_version_beside_another_own_model_is_not_used() {
    let store = MemoryStore::new();
    let held = registry(&store);
    let older = Version {
        base: "tails-0".to_owned(),
        ..version(1)
    };
    let name = held.add(older).unwrap().name;
    let listed = registry(&store).list();
    let fault = listed.iter().find(|listed| listed.name == name);
    assert!(fault.unwrap().fault.as_ref().unwrap().contains("tails-0"));
}

#[test]
fn a_damaged_list_is_an_error_and_there_is_room_for_so_many() {
    let store = MemoryStore::new();
    let held = registry(&store);
    for number in 0..VERSIONS_MAX as u32 {
        held.add(version(number)).unwrap();
    }
    let full = held.add(version(9999));
    assert!(matches!(full, Err(ModelsError::Full(VERSIONS_MAX))));
    store.put_note(INDEX_NOTE, Some(b"GSMV")).unwrap();
    let opened = Registry::open(Arc::new(store));
    let Err(ModelsError::Store(error)) = opened else {
        panic!("it opens");
    };
    assert!(matches!(*error, StoreError::Corrupt { .. }));
}
