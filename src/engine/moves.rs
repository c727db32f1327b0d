//! Which subjects moved between two published snapshots, for whoever watches. Bounded by the number
//! of subjects: what is not fetched in time is only noted once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Published;
use crate::history::{Changed, KINDS};
use crate::integrity::Evidence;
use crate::state::{Changes, NONE, State};

/// Rows that a group of events changed, by [`KINDS`]; some may be there more than once.
#[derive(Clone, Debug, Default)]
pub(super) struct Touched([Vec<u32>; KINDS.len()]);

impl Touched {
    /// The listings, sellers and authors of campaigns that evidence holds and other evidence does
    /// not, or holds otherwise; where another model version scores, all authors.
    pub(super) fn by_evidence(state: &State, one: &Evidence, other: &Evidence) -> Self {
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
    pub published: Option<Arc<Published>>,
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
    newest: Option<Arc<Published>>,
    /// Evidence has changed since.
    regathered: bool,
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
    pub(super) fn publish(&self, published: &Arc<Published>, touched: &Touched) {
        let mut inner = self.inner();
        if !inner.watched {
            return;
        }
        let renumbered = inner
            .newest
            .as_ref()
            .is_some_and(|held| held.rebuilds != published.rebuilds);
        for (held, rows) in inner.rows.iter_mut().zip(&touched.0) {
            if renumbered {
                held.take();
            }
            for row in rows {
                held.insert(*row);
            }
        }
        inner.newest = Some(Arc::clone(published));
        self.news.notify_one();
    }

    /// Notes whom new evidence speaks of otherwise.
    pub(super) fn regather(&self, touched: &Touched) {
        let mut inner = self.inner();
        if !inner.watched {
            return;
        }
        for (held, rows) in inner.rows.iter_mut().zip(&touched.0) {
            for row in rows {
                held.insert(*row);
            }
        }
        inner.regathered = true;
        self.news.notify_one();
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
                let published = inner.newest.take();
                let mut rows: [Vec<u32>; KINDS.len()] = Default::default();
                for (rows, held) in rows.iter_mut().zip(&mut inner.rows) {
                    *rows = held.take();
                    rows.sort_unstable();
                }
                return Some(Moved { published, rows });
            }
            inner = self
                .news
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}
