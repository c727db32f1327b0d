//! Change feed: which subjects changed between two snapshot snapshots, for the watch thread.
//!
//! Each subject is noted once until it is fetched, so that memory is bounded by their number.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Snapshot;
use crate::history::{Changed, KINDS};
use crate::integrity::CorpusEvidence;
use crate::state::{Changes, NONE, State};

/// Rows that a group of events or an evidence pass changed, by [`KINDS`]. A row may be in it more
/// than once.
#[derive(Clone, Debug, Default)]
pub(super) struct ChangedRows([Vec<u32>; KINDS.len()]);

impl ChangedRows {
    /// Compares two kinds of evidence of one state. Listings, sellers and authors of campaigns that
    /// differ have changed. Where another model version scores, all authors have.
    pub(super) fn by_evidence(state: &State, one: &CorpusEvidence, other: &CorpusEvidence) -> Self {
        let mut changed = Self::default();
        if one.model_version() != other.model_version() {
            changed.note(&Changes {
                reviewers: (0..state.reviewers().len()).collect(),
                ..Changes::default()
            });
        }
        for (these, those) in [(one, other), (other, one)] {
            for campaign in these.campaigns().all() {
                if those.campaigns().get(&campaign.id) == Some(campaign) {
                    continue;
                }
                let sellers = campaign.listings.iter().filter_map(|row| {
                    let listing = state.listings().get(*row)?;
                    (listing.seller != NONE).then_some(listing.seller)
                });
                changed.note(&Changes {
                    reviewers: campaign.reviewers.clone(),
                    listings: campaign.listings.clone(),
                    sellers: sellers.collect(),
                });
            }
        }
        changed
    }

    /// Adds what one event changed.
    pub(super) fn note(&mut self, changes: &Changes) {
        let Changes {
            reviewers,
            listings,
            sellers,
        } = changes;
        for (known, rows) in self.0.iter_mut().zip([reviewers, listings, sellers]) {
            for row in rows {
                // Consecutive events often change the same listing and seller.
                if known.last() != Some(row) {
                    known.push(*row);
                }
            }
        }
    }
}

/// All changes since the feed was read last.
#[derive(Clone, Debug)]
pub struct ChangeSet {
    /// The newest snapshot; none where only evidence is new.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Changed rows by [`KINDS`], each once, ascending. Empty for rows of before an erasure, which
    /// gives all rows new numbers.
    pub rows: [Vec<u32>; KINDS.len()],
}

#[derive(Default)]
struct Pending {
    /// Whether anybody reads the feed.
    open: bool,
    /// Whether the service ends.
    closed: bool,
    rows: [Changed; KINDS.len()],
    snapshot: Option<Arc<Snapshot>>,
    evidence_changed: bool,
}

impl Pending {
    fn note(&mut self, changed: &ChangedRows) {
        for (known, rows) in self.rows.iter_mut().zip(&changed.0) {
            for row in rows {
                known.insert(*row);
            }
        }
    }

    fn clear_rows(&mut self) {
        for known in &mut self.rows {
            known.take();
        }
    }
}

/// Collects changes from the committer and the evidence pass for one reading thread.
#[derive(Default)]
pub struct ChangeFeed {
    pending: Mutex<Pending>,
    wakeup: Condvar,
}

impl ChangeFeed {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what changed up to a snapshot that was just snapshot.
    pub(super) fn publish(&self, snapshot: &Arc<Snapshot>, changed: &ChangedRows) {
        let mut pending = self.pending();
        if !pending.open {
            return;
        }
        let renumbered = pending
            .snapshot
            .as_ref()
            .is_some_and(|before| before.generation != snapshot.generation);
        if renumbered {
            pending.clear_rows();
        }
        pending.note(changed);
        pending.snapshot = Some(Arc::clone(snapshot));
        self.wakeup.notify_one();
    }

    /// Notes what changed by new evidence of the same rows.
    pub(super) fn evidence_changed(&self, changed: &ChangedRows) {
        let mut pending = self.pending();
        if pending.open {
            pending.note(changed);
            pending.evidence_changed = true;
            self.wakeup.notify_one();
        }
    }

    pub(super) fn close(&self) {
        self.pending().closed = true;
        self.wakeup.notify_one();
    }

    /// Whether the service ends.
    pub fn is_closed(&self) -> bool {
        self.pending().closed
    }

    /// Starts to collect. A snapshot that is read after this call lacks nothing that is not
    /// collected.
    pub fn start(&self) {
        self.pending().open = true;
    }

    /// Stops to collect, and forgets what was.
    pub fn stop(&self) {
        let mut pending = self.pending();
        pending.open = false;
        pending.snapshot = None;
        pending.evidence_changed = false;
        pending.clear_rows();
    }

    /// Waits for a change, and takes all; none when the service ends. Blocks.
    pub fn wait(&self) -> Option<ChangeSet> {
        let idle = |pending: &mut Pending| {
            !pending.closed && pending.snapshot.is_none() && !pending.evidence_changed
        };
        let mut pending = self
            .wakeup
            .wait_while(self.pending(), idle)
            .unwrap_or_else(PoisonError::into_inner);
        if pending.closed {
            return None;
        }
        pending.evidence_changed = false;
        let mut rows: [Vec<u32>; KINDS.len()] = Default::default();
        for (rows, known) in rows.iter_mut().zip(&mut pending.rows) {
            *rows = known.take();
            rows.sort_unstable();
        }
        Some(ChangeSet {
            snapshot: pending.snapshot.take(),
            rows,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    fn listings(rows: &[u32]) -> ChangedRows {
        let mut changed = ChangedRows::default();
        changed.note(&Changes {
            listings: rows.to_vec(),
            ..Changes::default()
        });
        changed
    }

    fn snapshot(generation: u64) -> Arc<Snapshot> {
        Arc::new(Snapshot {
            generation,
            ..Snapshot::default()
        })
    }

    #[test]
    fn changes_are_taken_once_each_and_in_order() {
        let feed = ChangeFeed::default();
        feed.publish(&snapshot(0), &listings(&[9]));
        feed.start();
        feed.publish(&snapshot(0), &listings(&[3, 1]));
        feed.evidence_changed(&listings(&[2, 3]));
        let taken = feed.wait().unwrap();
        assert!(taken.snapshot.is_some());
        assert_eq!(taken.rows, [vec![], vec![1, 2, 3], vec![]]);
        feed.evidence_changed(&listings(&[3]));
        let taken = feed.wait().unwrap();
        assert!(taken.snapshot.is_none());
        assert_eq!(taken.rows, [vec![], vec![3], vec![]]);
    }

    #[test]
    fn rows_of_before_an_erasure_are_dropped() {
        let feed = ChangeFeed::default();
        feed.start();
        feed.publish(&snapshot(0), &listings(&[1]));
        feed.publish(&snapshot(1), &listings(&[2]));
        assert_eq!(feed.wait().unwrap().rows, [vec![], vec![2], vec![]]);
    }

    #[test]
    fn stopped_or_closed_feed_keeps_nothing() {
        let feed = ChangeFeed::default();
        feed.start();
        feed.publish(&snapshot(0), &listings(&[1]));
        feed.stop();
        feed.start();
        feed.publish(&snapshot(0), &listings(&[2]));
        assert_eq!(feed.wait().unwrap().rows, [vec![], vec![2], vec![]]);
        feed.close();
        assert!(feed.is_closed() && feed.wait().is_none());
    }
}
