//! Change feed: which subjects changed between two snapshot snapshots, for the watch thread.
//!
//! Each subject is noted once until it is fetched, so that memory is bounded by their number.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Snapshot;
use crate::integrity::CorpusEvidence;
use crate::state::{Changes, State, SubjectIx};

/// Rows that a group of events or an evidence pass changed. A row may be in it more than once.
#[derive(Clone, Debug, Default)]
pub(super) struct ChangedRows(Changes);

impl ChangedRows {
    /// Compares two kinds of evidence of one state. Listings, sellers and authors of campaigns that
    /// differ have changed. Where another model version scores, all authors have.
    pub(super) fn by_evidence(state: &State, one: &CorpusEvidence, other: &CorpusEvidence) -> Self {
        let mut changed = Self::default();
        if one.model_version() != other.model_version() {
            changed.0.reviewers.extend(state.reviewers().numbers());
        }
        for (these, those) in [(one, other), (other, one)] {
            for campaign in these.campaigns().all() {
                if those.campaigns().get(&campaign.id) == Some(campaign) {
                    continue;
                }
                let listings = campaign.listings.iter();
                let sellers = listings.filter_map(|row| state.listings().get(*row)?.seller);
                changed.0.reviewers.extend(&campaign.reviewers);
                changed.0.listings.extend(&campaign.listings);
                changed.0.sellers.extend(sellers);
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
        add(&mut self.0.reviewers, reviewers);
        add(&mut self.0.listings, listings);
        add(&mut self.0.sellers, sellers);
    }

    fn subjects(&self) -> impl Iterator<Item = SubjectIx> {
        let Changes {
            reviewers,
            listings,
            sellers,
        } = &self.0;
        let reviewers = reviewers.iter().copied().map(SubjectIx::Reviewer);
        let listings = listings.iter().copied().map(SubjectIx::Listing);
        let sellers = sellers.iter().copied().map(SubjectIx::Seller);
        reviewers.chain(listings).chain(sellers)
    }
}

/// Consecutive events often change the same listing and seller: these are added once.
fn add<I: Copy + PartialEq>(known: &mut Vec<I>, rows: &[I]) {
    for row in rows {
        if known.last() != Some(row) {
            known.push(*row);
        }
    }
}

/// All changes since the feed was read last.
#[derive(Clone, Debug)]
pub struct ChangeSet {
    /// The newest snapshot; none where only evidence is new.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Changed subjects, each once, ascending. Without those of before an erasure, which gives all
    /// rows new numbers.
    pub subjects: Vec<SubjectIx>,
}

#[derive(Default)]
struct Pending {
    /// Whether anybody reads the feed.
    open: bool,
    /// Whether the service ends.
    closed: bool,
    subjects: BTreeSet<SubjectIx>,
    snapshot: Option<Arc<Snapshot>>,
    evidence_changed: bool,
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
            pending.subjects.clear();
        }
        pending.subjects.extend(changed.subjects());
        pending.snapshot = Some(Arc::clone(snapshot));
        self.wakeup.notify_one();
    }

    /// Notes what changed by new evidence of the same rows.
    pub(super) fn evidence_changed(&self, changed: &ChangedRows) {
        let mut pending = self.pending();
        if pending.open {
            pending.subjects.extend(changed.subjects());
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
        pending.subjects.clear();
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
        Some(ChangeSet {
            snapshot: pending.snapshot.take(),
            subjects: std::mem::take(&mut pending.subjects).into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::state::ListingIx;

    fn listings(rows: &[u32]) -> ChangedRows {
        let mut changed = ChangedRows::default();
        changed.note(&Changes {
            listings: rows.iter().copied().map(ListingIx::nth).collect(),
            ..Changes::default()
        });
        changed
    }

    fn subjects<const N: usize>(listings: [u32; N]) -> [SubjectIx; N] {
        listings.map(|row| SubjectIx::Listing(ListingIx::nth(row)))
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
        assert_eq!(taken.subjects, subjects([1, 2, 3]));
        feed.evidence_changed(&listings(&[3]));
        let taken = feed.wait().unwrap();
        assert!(taken.snapshot.is_none());
        assert_eq!(taken.subjects, subjects([3]));
    }

    #[test]
    fn rows_of_before_an_erasure_are_dropped() {
        let feed = ChangeFeed::default();
        feed.start();
        feed.publish(&snapshot(0), &listings(&[1]));
        feed.publish(&snapshot(1), &listings(&[2]));
        assert_eq!(feed.wait().unwrap().subjects, subjects([2]));
    }

    #[test]
    fn stopped_or_closed_feed_keeps_nothing() {
        let feed = ChangeFeed::default();
        feed.start();
        feed.publish(&snapshot(0), &listings(&[1]));
        feed.stop();
        feed.start();
        feed.publish(&snapshot(0), &listings(&[2]));
        assert_eq!(feed.wait().unwrap().subjects, subjects([2]));
        feed.close();
        assert!(feed.is_closed() && feed.wait().is_none());
    }
}
