//! Measures the dividend of manipulated reviews: the displayed rating less the rating without them.
//!
//! Each review counts with the probability that it is genuine. The interval comes from draws in
//! which all reviews of one campaign are real or not together. Whether a campaign is real is drawn
//! once, then which of its reviews belong to it. Draws are seeded by the subject's id, so the same
//! snapshot gives the same interval.

mod formula;
mod missed;
mod risk;

use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::CorpusEvidence;
use super::campaigns::{Campaign, CampaignKind, CampaignOfReview, Direction};
use super::suspicion::own_suspicion;
use crate::domain::DAY;
use crate::state::{ListingIx, NO_TIME, Polarity, ReviewIx, ReviewRow, State};
use crate::stats::{Interval, logistic, nearest_quantile};
pub use formula::{Formula, HALF_LIFE_DAYS_MOST, PRIOR_REVIEWS_MOST, RatingConfig};
use missed::Missed;
pub use risk::{RankAtRisk, RevenueAtRisk, RevenueSource};

/// Draws of an interval.
const DRAWS: usize = 400;
/// Most reviews of one subject that are looked at.
pub const REVIEWS_MOST: usize = 100_000;
/// Standard deviation, in log-odds, of the common error on how far a campaign's reviews belong: that
/// of one strong mark.
const SHIFT_SD: f64 = 1.5;

impl Formula {
    /// The rating of some reviews, in the order in which they come; none without reviews.
    pub fn rating<'a>(
        self,
        state: &State,
        reviews: impl Iterator<Item = &'a ReviewRow>,
    ) -> Option<f64> {
        let mut items: Vec<Item> = reviews
            .map(|review| Item {
                age: age(state, review, self),
                weight: 1.0,
                stars: review.stars.into(),
                campaign: None,
                own: 0.0,
                side: ReviewSide::of(review),
            })
            .collect();
        weigh(&mut items);
        rating(&items, self, |_| 1.0)
    }
}

/// A rating with and without what is manipulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dividend {
    /// The displayed rating, 1 to 5.
    pub displayed: f64,
    /// The rating without them, 1 to 5.
    pub clean: f64,
    /// The 90 % interval of `clean`.
    pub clean_interval: Interval,
    /// Displayed less clean: above 0 for a gain, below 0 for what an attack costs.
    pub dividend: f64,
    /// Its 90 % interval.
    pub interval: Interval,
    /// Reviews that are up.
    pub reviews: u32,
    /// Of these, expected to be genuine.
    pub reviews_left: f64,
    /// Part of the dividend that comes from planted positive reviews, 0 or above with rare
    /// exceptions.
    pub gained: f64,
    /// Part that planted negative reviews cost, 0 or below with rare exceptions.
    pub lost: f64,
    /// Whether there were more reviews than were looked at.
    pub truncated: bool,
    /// Revenue at risk; none where too little is known of orders and snapshots.
    pub revenue: Option<RevenueAtRisk>,
    /// Of one listing, the sales rank that would stay; none without a recent one.
    pub rank: Option<RankAtRisk>,
}

/// One review in the sum.
struct Item {
    /// In half-lives of its weight.
    age: f64,
    /// Against the newest, 0 to 1.
    weight: f64,
    stars: f64,
    campaign: Option<CampaignOfReview>,
    own: f64,
    side: ReviewSide,
}

/// The listing of a review and its polarity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ReviewSide {
    listing: Option<ListingIx>,
    polarity: Polarity,
}

impl ReviewSide {
    fn of(review: &ReviewRow) -> Self {
        Self {
            listing: review.listing,
            polarity: review.polarity(),
        }
    }
}

/// The displayed rating and the rating without manipulated reviews, both above 0.
#[derive(Clone, Copy, Debug)]
struct Ratings {
    displayed: f64,
    clean: f64,
}

/// The dividend of the reviews of some listings; none without reviews. `seed` is the subject's.
pub fn dividend(
    state: &State,
    evidence: &CorpusEvidence,
    listings: &[ListingIx],
    formula: Formula,
    seed: u64,
) -> Option<Dividend> {
    let rows = listings
        .iter()
        .flat_map(|listing| state.reviews_of_listing(*listing));
    let up = rows.filter(|(_, review)| review.arrived() && review.removed.is_none());
    let mut rows: Vec<ReviewIx> = up.map(|(row, _)| row).take(REVIEWS_MOST + 1).collect();
    let truncated = rows.len() > REVIEWS_MOST;
    rows.truncate(REVIEWS_MOST);
    super::campaigns::sort_reviews(state, &mut rows);
    let mut items: Vec<Item> = rows
        .iter()
        .filter_map(|row| {
            let review = state.reviews().get(*row)?;
            let campaign = evidence.membership(state, *row);
            let own = own_suspicion(state, *row);
            Some(Item {
                age: age(state, review, formula),
                weight: 1.0,
                stars: review.stars.into(),
                campaign,
                own,
                side: ReviewSide::of(review),
            })
        })
        .collect();
    weigh(&mut items);
    let displayed = rating(&items, formula, |_| 1.0)?;
    let campaigns = evidence.campaigns().all();
    let real: Vec<f64> = campaigns.iter().map(Campaign::confidence).collect();
    let of_campaign = |item: &Item| {
        item.campaign
            .map_or(0.0, |part| real[part.index as usize] * part.belongs)
    };
    // No carried-over review is missed: the log has all reviews from before.
    let pushed = |campaign: u32| campaigns[campaign as usize].kind == CampaignKind::Push;
    let missed = Missed::of(&items, pushed);
    // Half of the largest share is the mean.
    let overlooked = missed.chances(|campaign| 0.5 * real[campaign as usize]);
    let genuine = |item: &Item| {
        let by_campaign = match item.campaign {
            Some(_) => of_campaign(item),
            None => overlooked.get(&item.side).copied().unwrap_or(0.0),
        };
        (1.0 - by_campaign) * (1.0 - item.own)
    };
    let clean = rating(&items, formula, genuine).unwrap_or(displayed);
    let draws = draws(&items, formula, &real, &missed, seed).unwrap_or_else(|| vec![displayed]);
    let clean_interval = interval(&draws, clean);
    let without = |direction: Direction| {
        let weight = |item: &Item| {
            let towards = item
                .campaign
                .map(|part| campaigns[part.index as usize].direction);
            if towards == Some(direction) {
                1.0 - of_campaign(item)
            } else {
                1.0
            }
        };
        displayed - rating(&items, formula, weight).unwrap_or(displayed)
    };
    let ratings = Ratings { displayed, clean };
    let rank = match listings {
        [listing] => risk::rank(state, *listing, ratings, &draws, seed),
        _ => None,
    };
    Some(Dividend {
        displayed,
        clean,
        revenue: risk::revenue(state, listings, ratings, &draws, seed),
        rank,
        clean_interval,
        dividend: displayed - clean,
        interval: Interval {
            low: displayed - clean_interval.high,
            high: displayed - clean_interval.low,
        },
        reviews: items.len() as u32,
        reviews_left: items.iter().map(genuine).sum(),
        gained: without(Direction::Promote),
        lost: without(Direction::Attack),
        truncated,
    })
}

/// How old a review is, in half-lives of its weight.
fn age(state: &State, review: &ReviewRow, formula: Formula) -> f64 {
    let Formula::Recency { half_life_days } = formula else {
        return 0.0;
    };
    let now = state.watermark().map_or(0, crate::domain::Time::seconds);
    // Of unknown age: as old as the newest is wrong, as the oldest too; one half-life.
    let days = if review.seconds == NO_TIME {
        half_life_days
    } else {
        f64::from(now.saturating_sub(review.seconds)) / f64::from(DAY)
    };
    days / half_life_days
}

/// Weighs reviews against the newest of them: only ratios count, and powers of large ages would be 0.
fn weigh(items: &mut [Item]) {
    let newest = items.iter().map(|item| item.age).fold(f64::MAX, f64::min);
    for item in items {
        item.weight = libm::exp2(newest - item.age);
    }
}

/// The rating when each review counts with a share of its weight; none when nothing counts.
fn rating(items: &[Item], formula: Formula, mut share: impl FnMut(&Item) -> f64) -> Option<f64> {
    let (mut sum, mut count) = match formula {
        Formula::Prior { reviews, stars } => (reviews * stars, reviews),
        Formula::Mean | Formula::Recency { .. } => (0.0, 0.0),
    };
    for item in items {
        let weight = item.weight * share(item);
        sum += weight * item.stars;
        count += weight;
    }
    (count > 1e-9 && !items.is_empty()).then(|| sum / count)
}

/// A campaign that is real in one draw.
#[derive(Clone, Copy, Debug)]
struct DrawnCampaign {
    /// How far its reviews are misjudged, log-odds.
    shift: f64,
    /// The part of it that was missed, against the largest, 0 to 1.
    missed: f64,
}

/// Clean ratings of all draws in which anything stays, rising; none where nothing ever does.
fn draws(
    items: &[Item],
    formula: Formula,
    real: &[f64],
    missed: &Missed,
    seed: u64,
) -> Option<Vec<f64>> {
    let mut dice = Pcg64Mcg::seed_from_u64(seed);
    let mut unit = || f64::from(dice.next_u32()) / 4_294_967_296.0;
    let mut touched: Vec<u32> = items
        .iter()
        .filter_map(|item| Some(item.campaign?.index))
        .collect();
    touched.sort_unstable();
    touched.dedup();
    let mut ratings = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        // None of a campaign that is none in this draw.
        let drawn: Vec<Option<DrawnCampaign>> = touched
            .iter()
            .map(|campaign| {
                let normal = (0..12).map(|_| unit()).sum::<f64>() - 6.0;
                let part = unit();
                (unit() < real[*campaign as usize]).then_some(DrawnCampaign {
                    shift: normal * SHIFT_SD,
                    missed: part,
                })
            })
            .collect();
        let of = |campaign: u32| -> Option<DrawnCampaign> {
            let index = touched.binary_search(&campaign).ok()?;
            drawn.get(index).copied().flatten()
        };
        let overlooked = missed.chances(|campaign| of(campaign).map_or(0.0, |drawn| drawn.missed));
        let rating = rating(items, formula, |item| {
            let planted = match item.campaign {
                Some(part) => {
                    of(part.index).is_some_and(|drawn| unit() < shifted(part.belongs, drawn.shift))
                }
                None => overlooked
                    .get(&item.side)
                    .is_some_and(|chance| unit() < *chance),
            };
            let gone = planted || (item.own > 0.0 && unit() < item.own);
            f64::from(u8::from(!gone))
        });
        ratings.extend(rating);
    }
    ratings.sort_by(f64::total_cmp);
    (!ratings.is_empty()).then_some(ratings)
}

/// A probability whose log-odds are moved.
fn shifted(probability: f64, by: f64) -> f64 {
    let bounded = probability.clamp(1e-6, 1.0 - 1e-6);
    logistic(libm::log(bounded / (1.0 - bounded)) + by)
}

/// A 90 % interval from rising draws. It holds the value itself, which is a mean and may lie
/// beyond nine draws in ten.
fn interval(sorted: &[f64], value: f64) -> Interval {
    let quantile = |share: f64| nearest_quantile(sorted, share).unwrap_or(value);
    Interval {
        low: quantile(0.05).min(value),
        high: quantile(0.95).max(value),
    }
}

#[cfg(test)]
mod tests;
