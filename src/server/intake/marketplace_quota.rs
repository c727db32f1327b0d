//! Bounds how many marketplaces there can be. Rows store theirs in two bytes, and a client that
//! sends another id as the marketplace must not use them up for everybody.

use std::collections::BTreeSet;

use crate::domain::{Event, Reason, Violation};
use crate::state::State;

/// Known marketplaces at which no new one is accepted.
const KNOWN_MAX: u32 = 4096;
/// New marketplaces of one batch. The state has room for 65,535, which leaves enough for the
/// thousands of batches that may be queued while the limit of known ones is reached.
const NEW_PER_BATCH_MAX: usize = 32;

/// Checks the marketplaces that one batch names.
pub(in crate::server) struct MarketplaceQuota<'a> {
    state: &'a State,
    /// Names that were accepted. They are few, so the state is asked once for each.
    accepted: BTreeSet<String>,
    new_count: usize,
}

impl<'a> MarketplaceQuota<'a> {
    pub(in crate::server) fn of(state: &'a State) -> Self {
        Self {
            state,
            accepted: BTreeSet::new(),
            new_count: 0,
        }
    }

    /// Refuses an event whose marketplace is beyond the quota.
    pub(in crate::server) fn check(&mut self, event: &Event) -> Option<Violation> {
        let (field, name) = event.marketplace()?;
        if self.accepted.contains(name) {
            return None;
        }
        if !self.state.knows_marketplace(name) {
            if let Some(description) = self.refuse_new(name) {
                return Some(Violation::new(field, Reason::TooMany, description));
            }
            self.new_count += 1;
        }
        self.accepted.insert(name.to_owned());
        None
    }

    fn refuse_new(&self, name: &str) -> Option<String> {
        if self.state.marketplace_count() >= KNOWN_MAX {
            Some(format!(
                "`{name}` is new, and {KNOWN_MAX} marketplaces are known, which is the most"
            ))
        } else if self.new_count >= NEW_PER_BATCH_MAX {
            Some(format!(
                "`{name}` is one more new marketplace than the {NEW_PER_BATCH_MAX} that a batch may \
                 name"
            ))
        } else {
            None
        }
    }
}
