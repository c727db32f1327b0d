//! Baseline rates among the reviews of one polarity on one marketplace.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{Cell, CellIndex};
use super::honest_shares::{HonestMarks, HonestShare, HonestShares, WindowCounts};
use super::listing_index::{ListingIndex, ListingPolarity};
use super::marks::{ReviewMark, ReviewMarks};
use crate::state::{ListingIx, ListingRow, Polarity, State};

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

/// Baseline rates of one marketplace.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MarketplaceRates {
    /// Reviews by [`Polarity::index`].
    pub(super) by_polarity: [u64; 3],
    /// How much two reviews of one page have in common in that they are positive or not.
    critics_correlation: f64,
}

impl MarketplaceRates {
    /// Reviews.
    pub(super) fn reviews(&self) -> u64 {
        self.by_polarity.iter().sum()
    }

    /// The share of reviews of the other polarities among those of a page.
    pub(super) fn critics(&self) -> HonestShare {
        let praise = self.by_polarity[Polarity::Positive.index()];
        let of = self.reviews();
        HonestShare {
            mean: ((of - praise) as f64 + 1.0) / (of as f64 + 2.0),
            correlation: self.critics_correlation,
            of,
        }
    }
}

/// By marketplace.
pub(super) struct BaselineRates {
    markets: Vec<MarketplaceRates>,
    honest: HonestShares,
}

impl BaselineRates {
    /// From what listings count as events come, and from the reviews outside of all cells.
    /// Otherwise many campaigns would set the rate that each is compared with.
    pub(super) fn of(state: &State, index: &ListingIndex, cells: &CellIndex) -> Self {
        let mut markets: Vec<MarketplaceRates> = Vec::new();
        let mut pages: Vec<WindowCounts> = Vec::new();
        for listing in state.listings().iter() {
            let market = usize::from(listing.marketplace);
            markets.resize(markets.len().max(market + 1), MarketplaceRates::default());
            pages.resize_with(markets.len(), WindowCounts::default);
            pages[market].add_scaled(critics_of(listing));
            let reviews = markets[market].by_polarity.iter_mut();
            for (reviews, tally) in reviews.zip(&listing.tally.by_polarity) {
                *reviews += u64::from(tally.up) + u64::from(tally.removed);
            }
        }
        for (market, pages) in markets.iter_mut().zip(pages) {
            market.critics_correlation = pages.share().correlation;
        }
        let counts: Vec<[u64; 3]> = markets.iter().map(|market| market.by_polarity).collect();
        let honest = HonestShares::of(state, index, cells, &counts);
        Self { markets, honest }
    }

    /// The shares of marks that are to be expected of some cells of one polarity; none without one.
    pub(super) fn honest(&self, state: &State, cells: &[&Cell]) -> Option<HonestMarks> {
        let sides = cells.iter().map(|cell| ListingPolarity {
            listing: cell.listing,
            polarity: cell.polarity,
        });
        self.honest.expected(state, sides)
    }

    /// Reviews of a polarity on all marketplaces.
    pub(super) fn reviews(&self, polarity: Polarity) -> u64 {
        self.markets
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
            .and_then(|market| self.markets.get(market))
            .copied()
            .unwrap_or_default()
    }

    /// The rates of some listings' marketplaces without these listings. Their own negative reviews
    /// must not set the rate that their positive ones are compared with.
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

/// A listing's reviews of the other polarities than positive, of all.
fn critics_of(listing: &ListingRow) -> Share {
    let of = |polarity: Polarity| u64::from(listing.tally.by_polarity[polarity.index()].up);
    let others = of(Polarity::Negative) + of(Polarity::Neutral);
    Share {
        with: others,
        of: others + of(Polarity::Positive),
    }
}
