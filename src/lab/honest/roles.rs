//! The truth of a scene: the role of each of its subjects.

use std::collections::BTreeMap;

/// A subject of a marketplace; sellers have an empty one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) marketplace: String,
    pub(super) id: String,
}

impl Key {
    pub(super) fn new(marketplace: &str, id: &str) -> Self {
        Self {
            marketplace: marketplace.to_owned(),
            id: id.to_owned(),
        }
    }
}

/// Part that a subject plays in a scene; a later one prevails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// Did nothing wrong.
    #[default]
    Honest,
    /// Did nothing wrong, and is attacked.
    Victim,
    /// Manipulates.
    Manipulated,
}

/// Roles of all subjects of a scene.
#[derive(Clone, Debug, Default)]
pub(super) struct Roles {
    pub(super) listings: BTreeMap<Key, Role>,
    pub(super) sellers: BTreeMap<Key, Role>,
    pub(super) reviews: BTreeMap<Key, Role>,
    pub(super) authors: BTreeMap<Key, Role>,
}

/// Notes a role; the graver one stays.
pub(super) fn note(roles: &mut BTreeMap<Key, Role>, key: Key, role: Role) {
    let held = roles.entry(key).or_default();
    *held = role.max(*held);
}

/// Returns the subjects of a role.
pub(super) fn of(roles: &BTreeMap<Key, Role>, role: Role) -> impl Iterator<Item = &Key> {
    roles
        .iter()
        .filter(move |(_, held)| **held == role)
        .map(|(key, _)| key)
}
