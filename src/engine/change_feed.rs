//! Which subjects moved between two published snapshots, for whoever watches. Bounded by the number
//! of subjects: what is not fetched in time is only noted once.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Snapshot;
use crate::history::{Changed, KINDS};
use crate::integrity::CorpusEvidence;
use crate::state::{Changes, NONE, State};

/// Rows that a group of events changed, by [`KINDS`]; some may be there more than once.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched([Vec<u32>; KINDS.len()]);

impl Touched {
    /// The listings, sellers and authors of campaigns that evidence holds and other evidence does
    /// not, or holds otherwise; where another model version scores, all authors.
    pub(super) fn by_evidence(state: &State, one: &CorpusEvidence, other: &CorpusEvidence) -> Self {
        let mut touched = Self::default();
        if one.model_version() != other.model_version() {
            touched.note(&Changes {
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
                touched.note(&Changes {
                    reviewers: campaign.reviewers.clone(),
                    listings: campaign.listings.clone(),
                    sellers: sellers.collect(),
                });
            }
        }
        touched
    }

    fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    pub(super) fn note(&mut self, changes: &Changes) {
        let Changes {
            reviewers,
            listings,
            sellers,
        } = changes;
        for (held, rows) in self.0.iter_mut().zip([reviewers, listings, sellers]) {
            for row in rows {
                // Neighbours often change the same listing and seller.
                if held.last() != Some(row) {
                    held.push(*row);
                }
            }
        }
    }
}

/// What moved, and where it stands now.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The newest snapshot, where there is a new one; else only evidence is new.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Rows that changed since the last time, by [`KINDS`], each once. Empty where rows have got
    /// new numbers since.
    pub rows: [Vec<u32>; KINDS.len()],
}

#[derive(Default)]
struct Inner {
    /// Whether anybody watches.
    watched: bool,
    closed: bool,
    rows: [Changed; KINDS.len()],
    newest: Option<Arc<Snapshot>>,
    /// Evidence has changed since.
    regathered: bool,
    /// What passes for evidence changed, for watches that are resumed.
    passes: Passes,
}

/// Rows that are kept of passes; beyond, the oldest passes are forgotten.
const PASS_ROWS_MAX: usize = 200_000;

/// Which rows the newest passes for evidence spoke of otherwise than the pass before. Each pass is
/// known by the number of events that it rests on: evidence is a function of those.
#[derive(Default)]
struct Passes {
    /// Oldest first; each begins where the one before ends.
    held: VecDeque<PassMoves>,
    rows: usize,
}

struct PassMoves {
    before: u64,
    after: u64,
    touched: Touched,
}

impl Passes {
    fn push(&mut self, pass: PassMoves) {
        if self
            .held
            .back()
            .is_some_and(|last| last.after != pass.before)
        {
            self.forget();
        }
        self.rows += pass.touched.len();
        self.held.push_back(pass);
        while self.rows > PASS_ROWS_MAX {
            let Some(oldest) = self.held.pop_front() else {
                return;
            };
            self.rows -= oldest.touched.len();
        }
    }

    fn forget(&mut self) {
        self.held.clear();
        self.rows = 0;
    }

    fn between(&self, from: u64, to: u64) -> Option<[Vec<u32>; KINDS.len()]> {
        let mut rows: [Vec<u32>; KINDS.len()] = Default::default();
        if from == to {
            return Some(rows);
        }
        let first = self.held.iter().position(|pass| pass.before == from)?;
        // The last of them: where only the model version changed, a pass ends where it began.
        let last = self.held.iter().rposition(|pass| pass.after == to)?;
        for pass in self.held.range(first..=last.max(first)) {
            for (rows, touched) in rows.iter_mut().zip(&pass.touched.0) {
                rows.extend(touched);
            }
        }
        Some(rows)
    }
}

/// Gathers what moved, between the committer and one watching thread.
#[derive(Default)]
pub struct Moves {
    inner: Mutex<Inner>,
    news: Condvar,
}

impl Moves {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what changed up to a snapshot that was just published.
    pub(super) fn publish(&self, snapshot: &Arc<Snapshot>, touched: &Touched) {
        let mut inner = self.inner();
        if !inner.watched {
            return;
        }
        let renumbered = inner
            .newest
            .as_ref()
            .is_some_and(|held| held.generation != snapshot.generation);
        for (held, rows) in inner.rows.iter_mut().zip(&touched.0) {
            if renumbered {
                held.take();
            }
            for row in rows {
                held.insert(*row);
            }
        }
        inner.newest = Some(Arc::clone(snapshot));
        self.news.notify_one();
    }

    /// Notes whom new evidence speaks of otherwise, and the numbers of events that the evidence
    /// before and the new one rest on.
    pub(super) fn regather(&self, (before, after): (u64, u64), touched: Touched) {
        let mut inner = self.inner();
        if inner.watched {
            for (held, rows) in inner.rows.iter_mut().zip(&touched.0) {
                for row in rows {
                    held.insert(*row);
                }
            }
            inner.regathered = true;
            self.news.notify_one();
        }
        inner.passes.push(PassMoves {
            before,
            after,
            touched,
        });
    }

    /// Rows have new numbers: what passes changed is not known any more.
    pub(super) fn renumber(&self) {
        self.inner().passes.forget();
    }

    /// Rows of whom evidence speaks otherwise than evidence before, both known by the number of
    /// events that they rest on; some may be there more than once. None where that is not known: it
    /// is kept for a bounded number of rows, and for as long as the process lives.
    pub fn by_evidence(&self, from: u64, to: u64) -> Option<[Vec<u32>; KINDS.len()]> {
        self.inner().passes.between(from, to)
    }

    pub(super) fn close(&self) {
        self.inner().closed = true;
        self.news.notify_one();
    }

    /// Begins to gather. A snapshot that is read after this lacks nothing that is not gathered.
    pub fn begin(&self) {
        self.inner().watched = true;
    }

    /// Gathers no more; nobody watches.
    pub fn end(&self) {
        let mut inner = self.inner();
        inner.watched = false;
        inner.newest = None;
        inner.regathered = false;
        for held in &mut inner.rows {
            held.take();
        }
    }

    /// Waits until something was published, and takes what moved; none when the service ends.
    pub fn wait(&self) -> Option<Moved> {
        let mut inner = self.inner();
        loop {
            if inner.closed {
                return None;
            }
            if inner.newest.is_some() || inner.regathered {
                inner.regathered = false;
                let snapshot = inner.newest.take();
                let mut rows: [Vec<u32>; KINDS.len()] = Default::default();
                for (rows, held) in rows.iter_mut().zip(&mut inner.rows) {
                    *rows = held.take();
                    rows.sort_unstable();
                }
                return Some(Moved { snapshot, rows });
            }
            inner = self
                .news
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(listings: &[u32]) -> Touched {
        let mut touched = Touched::default();
        touched.note(&Changes {
            listings: listings.to_vec(),
            ..Changes::default()
        });
        touched
    }

    fn listings(moves: &Moves, from: u64, to: u64) -> Option<Vec<u32>> {
        let [_, listings, _] = moves.by_evidence(from, to)?;
        Some(listings)
    }

    #[test]
    fn what_passes_changed_is_known_from_any_of_them_on() {
        let moves = Moves::default();
        moves.regather((0, 10), touched(&[1, 2]));
        moves.regather((10, 25), touched(&[3]));
        moves.regather((25, 30), touched(&[2]));
        assert_eq!(listings(&moves, 0, 30), Some(vec![1, 2, 3, 2]));
        assert_eq!(listings(&moves, 10, 25), Some(vec![3]));
        assert_eq!(listings(&moves, 30, 30), Some(Vec::new()));
        // Of another process, of the future, or not noted yet.
        assert_eq!(listings(&moves, 7, 30), None);
        assert_eq!(listings(&moves, 10, 40), None);
        moves.renumber();
        assert_eq!(listings(&moves, 10, 25), None);
    }

    #[test]
    fn rows_of_passes_are_bounded() {
        let moves = Moves::default();
        let many: Vec<u32> = (0..PASS_ROWS_MAX as u32 / 2).collect();
        for pass in 0..4 {
            moves.regather((pass, pass + 1), touched(&many));
        }
        assert_eq!(listings(&moves, 0, 4), None);
        assert_eq!(
            listings(&moves, 2, 4).map(|rows| rows.len()),
            Some(2 * many.len())
        );
        assert!(moves.inner().passes.rows <= PASS_ROWS_MAX);
        // One that is too large alone is not kept.
        let too_many: Vec<u32> = (0..=PASS_ROWS_MAX as u32).collect();
        moves.regather((4, 5), touched(&too_many));
        assert_eq!(listings(&moves, 4, 5), None);
    }
}
