//! Sums of the reviews' own probabilities, by listing and by seller and marketplace.
//!
//! A listing or a seller is judged by its reviews ([`super::material`]). The sums leave campaigns
//! out: their reviews stand or fall together, and are added when a subject is assessed.

use std::collections::BTreeMap;

use super::CorpusEvidence;
use crate::state::{ListingIx, Polarity, ReviewIx, SellerIx, State};
use crate::threads::cancel::{Cancel, Cancelled};
use crate::threads::parallel::{PASS_THREADS, gathered};

/// Most reviews of a listing and polarity that are assessed, in even steps. Their mean is then known
/// to about one in forty.
const ASSESSED_MOST: usize = 16;
/// Reviews that the assumed share counts for in a marketplace's mean.
const PRIOR_REVIEWS: f64 = 100.0;

/// The reviews of one polarity that are up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ReviewShare {
    /// Their number.
    pub(super) reviews: f64,
    /// Of these, expected to be manipulated, campaigns left out.
    pub(super) expected: f64,
    /// Variance of that number if each review stands alone.
    pub(super) variance: f64,
}

impl ReviewShare {
    fn add(&mut self, other: &Self) {
        self.reviews += other.reviews;
        self.expected += other.expected;
        self.variance += other.variance;
    }

    /// The same with a mean that leans on that of so many other reviews.
    pub(super) fn leaning_on(&self, others: f64, mean: f64) -> Self {
        let expected = (self.expected + others * mean) / (self.reviews + others);
        Self {
            expected: self.reviews * expected,
            ..*self
        }
    }

    /// Mean probability; 0 without reviews.
    pub(super) fn mean(&self) -> f64 {
        self.expected / self.reviews.max(1.0)
    }
}

/// By positive and by negative reviews.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct SubjectShares {
    positive: ReviewShare,
    negative: ReviewShare,
}

impl SubjectShares {
    pub(super) const fn of(&self, polarity: Polarity) -> &ReviewShare {
        match polarity {
            Polarity::Negative => &self.negative,
            Polarity::Neutral | Polarity::Positive => &self.positive,
        }
    }

    fn add(&mut self, other: &Self) {
        self.positive.add(&other.positive);
        self.negative.add(&other.negative);
    }
}

/// The reviews of a seller on one marketplace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SellerShares {
    seller: SellerIx,
    pub(super) marketplace: u16,
    pub(super) shares: SubjectShares,
}

/// The sums of a snapshot.
#[derive(Debug, Default)]
pub(super) struct ReviewShares {
    listings: Vec<SubjectShares>,
    /// By seller, then by marketplace.
    sellers: Vec<SellerShares>,
    /// By marketplace.
    markets: Vec<SubjectShares>,
}

impl ReviewShares {
    /// Assesses the reviews of all listings, campaigns left out: positive ones by the evidence of
    /// positive reviews alone.
    pub(super) fn of(
        state: &State,
        positive: &CorpusEvidence,
        all: &CorpusEvidence,
        cancel: &Cancel,
    ) -> Result<Self, Cancelled> {
        let listings = gathered(PASS_THREADS, state.listings().len() as usize, |range| {
            let rows = ListingIx::range(range).take_while(|_| cancel.check().is_ok());
            rows.map(|row| of_listing(state, positive, all, row))
                .collect()
        });
        cancel.check()?;
        let mut markets: Vec<SubjectShares> = Vec::new();
        let mut sellers: BTreeMap<(SellerIx, u16), SubjectShares> = BTreeMap::new();
        for (row, shares) in state.listings().iter().zip(&listings) {
            let market = usize::from(row.marketplace);
            markets.resize_with(markets.len().max(market + 1), SubjectShares::default);
            markets[market].add(shares);
            if let Some(seller) = row.seller {
                sellers
                    .entry((seller, row.marketplace))
                    .or_default()
                    .add(shares);
            }
        }
        let sellers = sellers.into_iter();
        let sellers = sellers.map(|((seller, marketplace), shares)| SellerShares {
            seller,
            marketplace,
            shares,
        });
        Ok(Self {
            sellers: sellers.collect(),
            listings,
            markets,
        })
    }

    /// Of a listing; none for one that the pass has not seen.
    pub(super) fn listing(&self, row: ListingIx) -> Option<&SubjectShares> {
        self.listings.get(row.index())
    }

    /// Of a seller, by marketplace.
    pub(super) fn seller(&self, row: SellerIx) -> &[SellerShares] {
        let start = self.sellers.partition_point(|shares| shares.seller < row);
        let rest = &self.sellers[start..];
        &rest[..rest.partition_point(|shares| shares.seller == row)]
    }

    /// The mean probability of a marketplace's reviews of a polarity, leaning on `prior`.
    pub(super) fn usual(&self, marketplace: u16, polarity: Polarity, prior: f64) -> f64 {
        let market = self.markets.get(usize::from(marketplace));
        let share = market
            .map(|market| *market.of(polarity))
            .unwrap_or_default();
        (share.expected + PRIOR_REVIEWS * prior) / (share.reviews + PRIOR_REVIEWS)
    }
}

fn of_listing(
    state: &State,
    by_positive: &CorpusEvidence,
    by_all: &CorpusEvidence,
    listing: ListingIx,
) -> SubjectShares {
    let (mut positive, mut negative) = (Vec::new(), Vec::new());
    for (row, review) in state.acts_of_listing(listing) {
        if review.removed.is_some() {
            continue;
        }
        match review.polarity() {
            Polarity::Positive => positive.push(row),
            Polarity::Negative => negative.push(row),
            Polarity::Neutral => {}
        }
    }
    SubjectShares {
        positive: of_reviews(state, by_positive, positive),
        negative: of_reviews(state, by_all, negative),
    }
}

fn of_reviews(state: &State, evidence: &CorpusEvidence, mut rows: Vec<ReviewIx>) -> ReviewShare {
    if rows.is_empty() {
        return ReviewShare::default();
    }
    let reviews = rows.len();
    // The sum, and which ones are assessed, must not depend on the order of events.
    crate::integrity::campaigns::sort_reviews(state, &mut rows);
    let assessed = rows.iter().step_by(reviews.div_ceil(ASSESSED_MOST));
    let (mut expected, mut variance, mut count) = (0.0, 0.0, 0.0);
    for row in assessed {
        let probability = evidence.probability_beside_campaigns(state, *row);
        expected += probability;
        variance += probability * (1.0 - probability);
        count += 1.0;
    }
    let scale = reviews as f64 / count;
    ReviewShare {
        reviews: reviews as f64,
        expected: scale * expected,
        variance: scale * variance,
    }
}
