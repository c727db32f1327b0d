//! Peers that are looked at one by one: an even sample, taken anew whenever praise has grown by a
//! quarter, so that the work of all samples stays a fixed share of that of the events.
//!
//! Which rows are sampled follows from the log, and so does when: a replay takes the same sample.
//! Praise alone sets the time, so that blame cannot move what a listing's own risk rests on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::compare::{Compared, compare, like_size};
use super::walk::{AuthorWalk, ListingWalk};
use super::{Measured, PeerBin, STRATA};
use crate::state::histogram::{Histogram, Masses, Tail};
use crate::state::{ListingIx, ReviewerIx, State};

/// Rows of authors that are looked at; most have one review and cost nothing.
const AUTHORS: u32 = 4096;
/// Rows of listings that are looked at.
const LISTINGS: u32 = 512;
/// Praise before the first sample.
const FIRST: u64 = 100;

/// Sampled peers of one marketplace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampled {
    /// By [`AuthorWalk::index`] and stratum of activity.
    pub authors: [[Histogram; STRATA]; AuthorWalk::COUNT],
    /// By [`ListingWalk::index`] and stratum of size.
    pub listings: [[Histogram; STRATA]; ListingWalk::COUNT],
}

/// Sampled peers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reference {
    // By marketplace.
    marketplaces: Vec<Arc<Sampled>>,
    due: u64,
}

impl Default for Reference {
    fn default() -> Self {
        Self {
            marketplaces: Vec::new(),
            due: FIRST,
        }
    }
}

impl Reference {
    /// Whether a new sample is to be taken.
    pub(super) const fn is_due(&self, positive: u64) -> bool {
        positive >= self.due
    }

    /// A sample of the state as it is.
    pub(super) fn of(state: &State) -> Self {
        let mut samples: Vec<Sampled> = Vec::new();
        let mut at = |marketplace: u16, change: &dyn Fn(&mut Sampled)| {
            let at = usize::from(marketplace);
            while samples.len() <= at {
                samples.push(Sampled::default());
            }
            change(&mut samples[at]);
        };
        let (authors, listings) = (state.reviewers.len(), state.listings.len());
        let sampled = (0..authors).step_by((authors / AUTHORS).max(1) as usize);
        for row in sampled.filter_map(ReviewerIx::new) {
            let author = state.reviewers.get(row);
            let Some(author) = author.filter(|author| author.reviews > 1) else {
                continue;
            };
            let values = state.walk_author(row);
            at(author.marketplace, &|sampled| {
                for ((strata, what), value) in
                    sampled.authors.iter_mut().zip(AuthorWalk::ALL).zip(values)
                {
                    count(strata, value.map(|measured| what.peer_bin(measured)));
                }
            });
        }
        let sampled = (0..listings).step_by((listings / LISTINGS).max(1) as usize);
        for row in sampled.filter_map(ListingIx::new) {
            let Some(listing) = state.listings.get(row) else {
                continue;
            };
            at(listing.marketplace, &|sampled| {
                for (strata, what) in sampled.listings.iter_mut().zip(ListingWalk::ALL) {
                    let value = state.walk_listing(row, what);
                    count(strata, value.map(|measured| what.peer_bin(measured)));
                }
            });
        }
        Self {
            marketplaces: samples.into_iter().map(Arc::new).collect(),
            due: state.positive + state.positive / 4 + 1,
        }
    }

    /// How unusual an author's value is among sampled authors of like activity on its marketplace,
    /// leaning on all others. The author may be in the sample.
    pub fn compare_author(
        &self,
        marketplace: u16,
        what: AuthorWalk,
        measured: Measured,
    ) -> Option<Compared> {
        let (at, tail) = (what.peer_bin(measured), what.tail());
        self.compare(Some(marketplace), |sampled| {
            like_size(&sampled.authors[what.index()], at, tail, None)
        })
    }

    /// How unusual a listing's value is among sampled listings of like size; a seller's among those
    /// of all marketplaces.
    pub fn compare_listing(
        &self,
        marketplace: Option<u16>,
        what: ListingWalk,
        measured: Measured,
    ) -> Option<Compared> {
        let at = what.peer_bin(measured);
        self.compare(marketplace, |sampled| {
            like_size(&sampled.listings[what.index()], at, Tail::Upper, None)
        })
    }

    fn compare(
        &self,
        marketplace: Option<u16>,
        masses: impl Fn(&Sampled) -> Masses,
    ) -> Option<Compared> {
        let others = || {
            let all = self.marketplaces.iter().enumerate();
            let others = all.filter(|(at, _)| marketplace.map(usize::from) != Some(*at));
            others.map(|(_, sampled)| masses(sampled)).sum::<Masses>()
        };
        let own = marketplace.and_then(|at| self.marketplaces.get(usize::from(at)));
        if let Some(own) = own {
            let own = masses(own);
            return compare(own, own, others);
        }
        let all = others();
        compare(all, all, Masses::default)
    }
}

fn count(strata: &mut [Histogram; STRATA], at: Result<PeerBin, &'static str>) {
    if let Ok(PeerBin { stratum, bin }) = at
        && let Some(histogram) = strata.get_mut(stratum)
    {
        histogram.add(bin);
    }
}
