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

/// Name of the shadow; none without one.
fn shadow(registry: &Registry) -> Option<String> {
    let shadow = registry.shadow().ok();
    shadow.map(|shadow| shadow.name().to_owned())
}

#[test]
fn roles_are_kept_over_a_restart() {
    let store = MemoryStore::new();
    let (before, [one, two]) = filled(&store);
    assert_ne!(one, two);
    before.activate(&one).unwrap();
    before.activate(&two).unwrap();
    before.set_shadow(Some(&one)).unwrap();
    let after = registry(&store);
    assert_eq!(after.active().name(), two);
    assert_eq!(shadow(&after), Some(one.clone()));
    let order: Vec<String> = after.list().into_iter().map(|listed| listed.name).collect();
    assert_eq!(order, [two.as_str(), one.as_str(), MODEL_VERSION]);
    // A shadow that becomes active is no longer the shadow.
    after.roll_back().unwrap();
    assert_eq!(after.active().name(), one);
    assert_eq!(shadow(&after), None);
    assert!(matches!(after.shadow(), Err(ModelsError::NoShadow)));
}

#[test]
fn second_rollback_returns_and_a_new_store_has_none() {
    let store = MemoryStore::new();
    let (registry, [one, two]) = filled(&store);
    assert!(matches!(
        registry.roll_back(),
        Err(ModelsError::NothingBefore)
    ));
    registry.activate(&one).unwrap();
    registry.activate(&two).unwrap();
    // An active version that is activated again is not its own predecessor.
    registry.activate(&two).unwrap();
    for expected in [&one, &two, &one] {
        registry.roll_back().unwrap();
        assert_eq!(registry.active().name(), expected);
    }
}

#[test]
fn rollback_uses_the_newest_of_several_steps_that_0_1_stored() {
    let store = MemoryStore::new();
    let (_, [one, two]) = filled(&store);
    let learned = |name: &String| Named::Learned(name.clone());
    let mut index = load_index(&store).unwrap();
    index.active = Named::BuiltIn;
    index.before = vec![learned(&two), Named::BuiltIn, learned(&one)];
    save_index(&store, &index).unwrap();
    let registry = registry(&store);
    for expected in [one.as_str(), MODEL_VERSION] {
        registry.roll_back().unwrap();
        assert_eq!(registry.active().name(), expected);
    }
}

#[test]
fn known_version_stays_as_it_is() {
    let (registry, _) = filled(&MemoryStore::new());
    let later = Version {
        created: 9,
        ..version(1)
    };
    let known = registry.add(later).unwrap();
    assert_eq!(known.version.unwrap().created, 7);
    assert_eq!(registry.list().len(), 3);
}

#[test]
fn version_in_use_is_not_deleted_and_a_deleted_one_is_not_rolled_back_to() {
    let (registry, [one, two]) = filled(&MemoryStore::new());
    registry.activate(&one).unwrap();
    registry.activate(&two).unwrap();
    registry.set_shadow(Some(&one)).unwrap();
    for name in [&one, &two, MODEL_VERSION] {
        let refused = registry.delete(name);
        assert!(matches!(refused, Err(ModelsError::InUse { .. })));
    }
    let refused = registry.set_shadow(Some(&two));
    assert!(matches!(refused, Err(ModelsError::InUse { .. })));
    registry.set_shadow(None).unwrap();
    registry.delete(&one).unwrap();
    assert!(matches!(
        registry.delete(&one),
        Err(ModelsError::Unknown(_))
    ));
    assert!(matches!(
        registry.roll_back(),
        Err(ModelsError::NothingBefore)
    ));
}

#[test]
fn damaged_or_newer_version_is_listed_and_the_own_model_scores() {
    let store = MemoryStore::new();
    let (original, [one, two]) = filled(&store);
    original.activate(&one).unwrap();
    let note = format!("model-version {one}");
    let whole = store.note(&note).unwrap().unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        store.put_note(&note, Some(&damaged)).unwrap();
        let reopened = registry(&store);
        let listed = reopened
            .list()
            .into_iter()
            .find(|listed| listed.name == one);
        assert!(listed.unwrap().fault.is_some(), "byte {at}");
        assert_eq!(reopened.active().name(), MODEL_VERSION);
        assert!(matches!(
            reopened.activate(&one),
            Err(ModelsError::Unusable { .. })
        ));
    }
    let mut newer = whole.clone();
    newer[4] = 9;
    store.put_note(&note, Some(&newer)).unwrap();
    let listed = registry(&store).list().into_iter().find(|l| l.name == one);
    assert!(listed.unwrap().fault.unwrap().contains("format 9"));
    store.put_note(&note, None).unwrap();
    let reopened = registry(&store);
    assert_eq!(reopened.inner().find(&two).unwrap().name(), two);
    // Imported again, it scores again.
    reopened.add(version(1)).unwrap();
    assert_eq!(reopened.active().name(), one);
    assert_eq!(registry(&store).active().name(), one);
}

#[test]
fn version_for_another_own_model_is_not_used() {
    let store = MemoryStore::new();
    let reopened = registry(&store);
    let older = Version {
        base: "tails-0".to_owned(),
        ..version(1)
    };
    let name = reopened.add(older).unwrap().name;
    let listed = registry(&store).list();
    let fault = listed.iter().find(|listed| listed.name == name);
    assert!(fault.unwrap().fault.as_ref().unwrap().contains("tails-0"));
}

#[test]
fn damaged_index_is_an_error_and_versions_are_bounded() {
    let store = MemoryStore::new();
    let reopened = registry(&store);
    for number in 0..VERSIONS_MAX as u32 {
        reopened.add(version(number)).unwrap();
    }
    let full = reopened.add(version(9999));
    assert!(matches!(full, Err(ModelsError::Full(VERSIONS_MAX))));
    store.put_note(INDEX_NOTE, Some(b"GSMV")).unwrap();
    let opened = Registry::open(Arc::new(store));
    let Err(ModelsError::Store(error)) = opened else {
        panic!("it opens");
    };
    assert!(matches!(*error, StoreError::Corrupt { .. }));
}
