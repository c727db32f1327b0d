//! How many marketplaces there may be: rows name theirs in two bytes, and a client that takes some
//! other id for a marketplace must not use them up for all.

use std::collections::BTreeSet;

use crate::domain::{Event, Reason, Violation};
use crate::state::State;

/// Marketplaces from which on no new one is taken.
const KNOWN_MOST: u32 = 4096;
/// New marketplaces of one batch. Some thousand batches may be on their way to the state, which has
/// room for 65,535 in all.
const NEW_MOST: usize = 32;

/// The marketplaces that one batch names.
pub(in crate::server) struct Places<'a> {
    state: &'a State,
    /// Those that were looked up, which are few: the state is asked once for each.
    seen: BTreeSet<String>,
    new: usize,
}

impl<'a> Places<'a> {
    pub(in crate::server) fn of(state: &'a State) -> Self {
        Self {
            state,
            seen: BTreeSet::new(),
            new: 0,
        }
    }

    /// What is wrong with the marketplace that an event names, if anything is.
    pub(in crate::server) fn check(&mut self, event: &Event) -> Option<Violation> {
        let (field, name) = event.marketplace()?;
        if self.seen.contains(name) {
            return None;
        }
        let refused = if self.state.knows_marketplace(name) {
            self.seen.insert(name.to_owned());
            return None;
        } else if self.state.marketplace_count() >= KNOWN_MOST {
            format!("`{name}` is new, and {KNOWN_MOST} marketplaces are known, which is the most")
        } else if self.new >= NEW_MOST {
            format!(
                "`{name}` is one more new marketplace than the {NEW_MOST} that a batch may name"
            )
        } else {
            self.new += 1;
            self.seen.insert(name.to_owned());
            return None;
        };
        Some(Violation {
            field: field.to_owned(),
            description: refused,
            reason: Reason::TooMany,
        })
    }
}
