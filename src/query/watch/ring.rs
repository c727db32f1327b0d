//! Change ring: the newest noticeable changes, for watchers that read at their own pace.

use std::collections::VecDeque;
use std::sync::Arc;

use super::WatchError;
use super::last_notified::NotifiedScore;
use crate::domain::Assessment;

/// Changes that are kept, each with its assessment: bounds memory, and the length of an interruption
/// that a watcher can resume after.
pub(super) const RING_CHANGES: usize = 2048;

/// A subject whose score changed noticeably.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// Watchers were last notified of this score.
    pub(super) before: NotifiedScore,
    pub(super) after: NotifiedScore,
    /// The assessment after the change.
    pub(super) assessment: Arc<Assessment>,
    /// The newest log record of the snapshot that was scored.
    pub(super) log_sequence: u64,
}

/// The newest changes. They are numbered from 0; a position is the number of the next change to
/// read.
#[derive(Debug, Default)]
pub(super) struct ChangeRing {
    changes: VecDeque<Change>,
    /// Number of the oldest change that is kept.
    first: u64,
    /// Positions below are of before the last interruption.
    start: u64,
}

impl ChangeRing {
    /// The position behind the newest change.
    pub(super) fn end(&self) -> u64 {
        self.first + self.changes.len() as u64
    }

    /// The position at which the last interruption ended.
    pub(super) const fn start(&self) -> u64 {
        self.start
    }

    /// Appends changes; the oldest are dropped.
    pub(super) fn append(&mut self, changes: Vec<Change>) {
        self.changes.extend(changes);
        let excess = self.changes.len().saturating_sub(RING_CHANGES);
        self.changes.drain(..excess);
        self.first += excess as u64;
    }

    /// Forgets all changes, and refuses every earlier position: changes from here on are not
    /// noticed until scoring goes on.
    pub(super) fn interrupt(&mut self) {
        self.start = self.end() + 1;
        self.first = self.start;
        self.changes.clear();
    }

    /// The changes from a position on, with the position behind each.
    pub(super) fn since(
        &self,
        position: u64,
    ) -> Result<impl Iterator<Item = (u64, &Change)>, WatchError> {
        if position < self.start || position > self.end() {
            return Err(WatchError::TooOld);
        }
        let skipped = position.checked_sub(self.first).ok_or(WatchError::Slow)?;
        // At most the length of the ring.
        let changes = self.changes.iter().skip(skipped as usize);
        Ok((position + 1..).zip(changes))
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::domain::{Id, Kind, Subject};
    use crate::query::assess_then;

    pub(in crate::query::watch) fn change(kind: Kind, id: &str) -> Change {
        let id = Id::new(id).unwrap();
        let subject = match kind {
            Kind::Seller => Subject::Seller(id),
            _ => Subject::Local {
                kind,
                marketplace: Id::new("shop").unwrap(),
                id,
            },
        };
        Change {
            before: NotifiedScore::default(),
            after: NotifiedScore::default(),
            assessment: Arc::new(assess_then(subject, None)),
            log_sequence: 7,
        }
    }

    fn changes(count: usize) -> Vec<Change> {
        let changes = (0..count).map(|number| change(Kind::Listing, &number.to_string()));
        changes.collect()
    }

    fn positions(ring: &ChangeRing, from: u64) -> Result<Vec<u64>, WatchError> {
        let since = ring.since(from)?;
        Ok(since.map(|(behind, _)| behind).collect())
    }

    #[test]
    fn positions_within_the_ring_are_exact_and_older_ones_refused() {
        let mut ring = ChangeRing::default();
        ring.append(changes(3));
        assert_eq!(positions(&ring, 1), Ok(vec![2, 3]));
        assert_eq!(positions(&ring, 3), Ok(vec![]));
        assert_eq!(positions(&ring, 4), Err(WatchError::TooOld));
        let (behind, first) = ring.since(1).unwrap().next().unwrap();
        assert_eq!(first.assessment.subject.id().as_str(), "1");
        assert_eq!(behind, 2);
        ring.append(changes(RING_CHANGES - 1));
        assert_eq!(positions(&ring, 1), Err(WatchError::Slow));
        assert_eq!(positions(&ring, 2).unwrap().len(), RING_CHANGES);
        assert_eq!(ring.end(), RING_CHANGES as u64 + 2);
    }

    #[test]
    fn positions_of_before_an_interruption_are_refused() {
        let mut ring = ChangeRing::default();
        ring.append(changes(3));
        ring.interrupt();
        for position in 0..=3 {
            assert_eq!(positions(&ring, position), Err(WatchError::TooOld));
        }
        let start = ring.end();
        ring.append(changes(2));
        assert_eq!(positions(&ring, start).unwrap().len(), 2);
        assert_eq!(ring.start(), start);
    }
}
