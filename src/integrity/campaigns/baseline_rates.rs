//! Baseline rates among the reviews of one polarity on one marketplace.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::Cell;
use super::marks::{ReviewMark, ReviewMarks};
use crate::domain::Remover;
use crate::state::{ListingIx, Polarity, PolarityTally, State, Tally};

/// Fewest reviews for a baseline rate.
pub(super) const BASELINE_LEAST: u64 = 50;

/// How many bear a mark, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) with: u64,
    pub(super) of: u64,
}

impl Share {
    pub(super) fn count(&mut self, mark: Option<bool>) {
        if let Some(mark) = mark {
            self.with += u64::from(mark);
            self.of += 1;
        }
    }

    fn without(self, part: Self) -> Self {
        let of = self.of.saturating_sub(part.of);
        Self {
            with: self.with.saturating_sub(part.with).min(of),
            of,
        }
    }

    /// Shrunk to one half by two reviews, so that it is never 0 nor 1.
    pub(super) fn rate(self) -> f64 {
        (self.with as f64 + 1.0) / (self.of as f64 + 2.0)
    }
}

/// In the order of [`ReviewMark::ALL`].
pub(super) type Shares = [Share; ReviewMark::ALL.len()];

/// Counts what a review bears.
pub(super) fn count(shares: &mut Shares, marked: ReviewMarks) {
    for (share, mark) in shares.iter_mut().zip(ReviewMark::ALL) {
        share.count(marked.on(mark));
    }
}

/// By [`Polarity::index`] and in the order of [`ReviewMark::ALL`].
type Marks = [Shares; 3];

/// Baseline rates of one marketplace.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MarketplaceRates {
    /// By [`Polarity::index`] and in the order of [`ReviewMark::ALL`].
    pub(super) marks: Marks,
    /// Reviews by [`Polarity::index`].
    pub(super) by_polarity: [u64; 3],
}

impl MarketplaceRates {
    fn count(&mut self, tally: &Tally, polarity: Polarity) {
        let PolarityTally {
            up,
            removed,
            verified,
            unverified,
            one_time,
            comparable,
            duplicate,
            reward: _,
        } = tally.by_polarity[polarity.index()];
        let (extreme, of) = match polarity {
            Polarity::Negative => (tally.stars[0], tally.stars[0] + tally.stars[1]),
            Polarity::Neutral => (0, tally.stars[2]),
            Polarity::Positive => (tally.stars[4], tally.stars[3] + tally.stars[4]),
        };
        let reviews = u64::from(up) + u64::from(removed);
        self.by_polarity[polarity.index()] += reviews;
        let counts = |mark: ReviewMark| match mark {
            ReviewMark::OneTime => (one_time, up.into()),
            ReviewMark::Unverified => (unverified, u64::from(verified) + u64::from(unverified)),
            ReviewMark::Copied => (duplicate, comparable.into()),
            ReviewMark::Extreme => (extreme, of.into()),
            ReviewMark::Removed => (0, reviews),
        };
        for (share, mark) in self.marks[polarity.index()].iter_mut().zip(ReviewMark::ALL) {
            let (with, of) = counts(mark);
            share.with += u64::from(with);
            share.of += of;
        }
    }

    /// Reviews.
    pub(super) fn reviews(&self) -> u64 {
        self.by_polarity.iter().sum()
    }

    /// Reviews of the other polarities for each positive one.
    pub(super) fn others_to_praise(&self) -> f64 {
        let praise = self.by_polarity[Polarity::Positive.index()];
        ((self.reviews() - praise) as f64 + 1.0) / (praise as f64 + 1.0)
    }
}

/// By marketplace.
pub(super) struct BaselineRates(Vec<MarketplaceRates>);

impl BaselineRates {
    /// From what listings count as events come, of reviews that are up; who took a review down is
    /// looked up on each.
    pub(super) fn of(state: &State) -> Self {
        let mut rates: Vec<MarketplaceRates> = Vec::new();
        for listing in state.listings().iter() {
            let market = usize::from(listing.marketplace);
            rates.resize(rates.len().max(market + 1), MarketplaceRates::default());
            for polarity in [Polarity::Negative, Polarity::Neutral, Polarity::Positive] {
                rates[market].count(&listing.tally, polarity);
            }
        }
        let down = state.reviews().iter();
        for review in down.filter(|review| review.removed == Some(Remover::Platform)) {
            if let Some(market) = rates.get_mut(usize::from(review.marketplace)) {
                let polarity = review.polarity().index();
                // One of which only the removal has arrived is of no listing yet.
                let arrived = u64::from(review.arrived());
                market.marks[polarity][ReviewMark::Removed as usize].with += arrived;
            }
        }
        Self(rates)
    }

    /// The same with the marks outside of the candidates, where enough reviews are left. Otherwise
    /// many campaigns would set the rate that each is compared with.
    pub(super) fn outside(mut self, state: &State, cells: &[Cell]) -> Self {
        let mut inside = vec![Marks::default(); self.0.len()];
        for cell in cells {
            let listing = state.listings().get(cell.listing);
            let Some(market) =
                listing.and_then(|listing| inside.get_mut(usize::from(listing.marketplace)))
            else {
                continue;
            };
            for marked in &cell.marks {
                for (share, mark) in market[cell.polarity.index()]
                    .iter_mut()
                    .zip(ReviewMark::ALL)
                {
                    // Tallies know of what was taken down only that it was.
                    if !marked.is_down() || mark == ReviewMark::Removed {
                        share.count(marked.on(mark));
                    }
                }
            }
        }
        for (market, inside) in self.0.iter_mut().zip(&inside) {
            let shares = market.marks.as_flattened_mut().iter_mut();
            for (share, inside) in shares.zip(inside.as_flattened()) {
                let rest = share.without(*inside);
                if rest.of >= BASELINE_LEAST {
                    *share = rest;
                }
            }
        }
        self
    }

    /// Reviews of a polarity on all marketplaces.
    pub(super) fn reviews(&self, polarity: Polarity) -> u64 {
        self.0
            .iter()
            .map(|market| market.by_polarity[polarity.index()])
            .sum()
    }

    /// Of a listing's marketplace.
    pub(super) fn around(&self, state: &State, listing: ListingIx) -> MarketplaceRates {
        let market = state
            .listings()
            .get(listing)
            .map(|listing| usize::from(listing.marketplace));
        market
            .and_then(|market| self.0.get(market))
            .copied()
            .unwrap_or_default()
    }

    /// The rates of some listings' marketplaces without these listings. Their own negative reviews
    /// must not set the rate that their positive ones are compared with. Marks stay, because they
    /// are of one polarity each.
    pub(super) fn beside(
        &self,
        state: &State,
        own: &BTreeSet<ListingIx>,
    ) -> BTreeMap<u16, MarketplaceRates> {
        let mut by_market = BTreeMap::new();
        for row in own {
            let Some(listing) = state.listings().get(*row) else {
                continue;
            };
            let market = by_market
                .entry(listing.marketplace)
                .or_insert_with(|| self.around(state, *row));
            for (reviews, of_own) in market
                .by_polarity
                .iter_mut()
                .zip(&listing.tally.by_polarity)
            {
                *reviews = reviews.saturating_sub(u64::from(of_own.up) + u64::from(of_own.removed));
            }
        }
        by_market
    }
}
