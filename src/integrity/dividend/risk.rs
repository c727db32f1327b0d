//! Estimates the worth of the dividend: the revenue and sales rank that depend on it.
//!
//! A rating `d` that falls to `c` leaves `(c / d)^e` of the sales, `e` being the valence elasticity
//! of reviews. Two meta-analyses put it at 0.417 (You, Vadakkepatt and Joshi, Journal of Marketing
//! 79(2), 2015) and 0.69 (Floyd et al., Journal of Retailing 90(2), 2014). It is drawn from a
//! normal distribution around their middle, wide enough for both and for nearly none, and never
//! below 0.
//!
//! Sales fall with the rank `r` as `r^-s`. `s` is 0.871 on Amazon's books (Brynjolfsson, Hu and
//! Smith, Management Science 49(11), 2003), and is drawn around that too. None of this is measured
//! on the subject. Intervals show the possible error, and `docs/dividend.md` says which of these
//! figures were checked. The effect of the number of reviews itself is left out.

use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::{Ratings, interval};
use crate::domain::{Currency, DAY};
use crate::state::{Known, ListingIx, NO_COUNT, State};
use crate::stats::Interval;

/// A normal distribution.
struct Normal {
    mean: f64,
    sd: f64,
}

/// The elasticity.
const ELASTICITY: Normal = Normal {
    mean: 0.55,
    sd: 0.25,
};
/// The exponent by which sales fall with the rank.
const RANK_SLOPE: Normal = Normal {
    mean: 0.87,
    sd: 0.12,
};
/// Least and largest exponent that is believed.
const RANK_SLOPE_BOUNDS: std::ops::RangeInclusive<f64> = 0.4..=1.5;
/// Days of trade that are looked at, up to the clock.
const DAYS: u32 = 90;
/// Days of the span that revenue is told for.
const SPAN_DAYS: f64 = 30.0;
/// Fewest orders with a price for an estimate of revenue.
const ORDERS_LEAST: u32 = 5;
/// Fewest snapshots with units and a price that do, where orders do not.
const SNAPSHOTS_LEAST: u32 = 2;
/// Most different currencies that are told apart.
const CURRENCIES_MOST: usize = 16;

/// Source of a subject's revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevenueSource {
    /// Orders with a price.
    Orders,
    /// Units and prices of snapshots.
    Snapshots,
}

/// Revenue that depends on the dividend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RevenueAtRisk {
    /// Its currency.
    pub currency: Currency,
    /// Revenue of 30 days at the displayed rating, above 0.
    pub monthly: f64,
    /// Of this, what would be gone with the clean rating; below 0 for what an attack costs.
    pub at_risk: f64,
    /// Its 90 % interval.
    pub interval: Interval,
    /// Orders or snapshots behind it.
    pub count: u32,
    /// Its source.
    pub source: RevenueSource,
}

/// The sales rank that would stay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankAtRisk {
    /// The newest rank, 1 being best.
    pub rank: u32,
    /// The rank with the clean rating, 1 or above.
    pub clean: f64,
    /// Its 90 % interval.
    pub interval: Interval,
}

/// Revenue of some listings.
#[derive(Clone, Copy, Debug)]
struct Trade {
    currency: Currency,
    revenue: f64,
    /// Sum of squared prices: the variance of a compound Poisson sum.
    squares: f64,
    count: u32,
}

/// Adds an amount to its currency's sum.
fn add(sums: &mut Vec<Trade>, amount: f64, currency: Currency) {
    if let Some(sum) = sums.iter_mut().find(|sum| sum.currency == currency) {
        sum.revenue += amount;
        sum.squares += amount * amount;
        sum.count += 1;
    } else if sums.len() < CURRENCIES_MOST {
        sums.push(Trade {
            currency,
            revenue: amount,
            squares: amount * amount,
            count: 1,
        });
    }
}

/// The currency of most amounts, the first by its letters of equals.
fn main(mut sums: Vec<Trade>, least: u32) -> Option<Trade> {
    sums.sort_by_key(|sum| sum.currency);
    let most = sums.into_iter().rev().max_by_key(|sum| sum.count);
    most.filter(|sum| sum.count >= least && sum.revenue > 0.0)
}

/// Whether a moment lies within the days that are looked at.
fn recent(state: &State, seconds: u32) -> bool {
    let now = state.watermark().map_or(0, crate::domain::Time::seconds);
    seconds <= now && now - seconds <= DAYS * DAY
}

fn orders(state: &State, listings: &[ListingIx]) -> Option<Trade> {
    let mut sums = Vec::new();
    for listing in listings {
        for (_, order) in state.orders_of_listing(*listing) {
            let counts = recent(state, order.seconds) && order.refunded != Known::Yes;
            if let Some((price, currency)) = order.price().filter(|_| counts) {
                add(&mut sums, price, currency);
            }
        }
    }
    main(sums, ORDERS_LEAST)
}

fn snapshots(state: &State, listings: &[ListingIx]) -> Option<Trade> {
    let mut sums = Vec::new();
    for listing in listings {
        for snapshot in state.snapshots_of_listing(*listing) {
            if snapshot.units == NO_COUNT || !recent(state, snapshot.seconds) {
                continue;
            }
            if let Some((price, currency)) = snapshot.price() {
                add(&mut sums, price * f64::from(snapshot.units), currency);
            }
        }
    }
    main(sums, SNAPSHOTS_LEAST)
}

/// About a normal number: the sum of twelve even ones less its mean, never beyond 6.
fn normal(dice: &mut Pcg64Mcg) -> f64 {
    let unit = |dice: &mut Pcg64Mcg| f64::from(dice.next_u32()) / 4_294_967_296.0;
    (0..12).map(|_| unit(dice)).sum::<f64>() - 6.0
}

fn rising(drawn: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut drawn: Vec<f64> = drawn.collect();
    drawn.sort_by(f64::total_cmp);
    drawn
}

impl Normal {
    fn draw(&self, dice: &mut Pcg64Mcg) -> f64 {
        self.mean + self.sd * normal(dice)
    }
}

impl Ratings {
    /// Part of the sales that remains with the clean rating.
    fn sales_left(self, elasticity: f64) -> f64 {
        libm::pow(self.clean / self.displayed, elasticity)
    }

    const fn with_clean(self, clean: f64) -> Self {
        Self { clean, ..self }
    }
}

/// Revenue that depends on the difference of the displayed and the clean rating.
/// `draws` are possible clean ratings. None with fewer than five orders with a price and two
/// snapshots with units and a price within the last 90 days.
pub(super) fn revenue(
    state: &State,
    listings: &[ListingIx],
    ratings: Ratings,
    draws: &[f64],
    seed: u64,
) -> Option<RevenueAtRisk> {
    let (trade, source) = orders(state, listings)
        .map(|trade| (trade, RevenueSource::Orders))
        .or_else(|| snapshots(state, listings).map(|trade| (trade, RevenueSource::Snapshots)))?;
    let months = f64::from(DAYS) / SPAN_DAYS;
    let monthly = trade.revenue / months;
    let at_risk = monthly * (1.0 - ratings.sales_left(ELASTICITY.mean));
    let mut dice = Pcg64Mcg::seed_from_u64(seed ^ 1);
    let drawn = draws.iter().map(|clean| {
        let elasticity = ELASTICITY.draw(&mut dice).max(0.0);
        let revenue = trade.revenue + libm::sqrt(trade.squares) * normal(&mut dice);
        revenue.max(0.0) / months * (1.0 - ratings.with_clean(*clean).sales_left(elasticity))
    });
    let interval = interval(&rising(drawn), at_risk);
    let finite = [monthly, at_risk, interval.low, interval.high];
    finite
        .iter()
        .all(|value| value.is_finite())
        .then_some(RevenueAtRisk {
            currency: trade.currency,
            monthly,
            at_risk,
            interval,
            count: trade.count,
            source,
        })
}

/// The sales rank that a listing would have with the clean rating. None without a rank within the
/// last 90 days.
pub(super) fn rank(
    state: &State,
    listing: ListingIx,
    ratings: Ratings,
    draws: &[f64],
    seed: u64,
) -> Option<RankAtRisk> {
    let rank = state
        .snapshots_of_listing(listing)
        .filter(|snapshot| snapshot.rank != NO_COUNT && recent(state, snapshot.seconds))
        .max_by_key(|snapshot| (snapshot.seconds, snapshot.rank))?
        .rank
        .max(1);
    let moved = |clean: f64, elasticity: f64, slope: f64| {
        let times = libm::pow(
            ratings.with_clean(clean).sales_left(elasticity),
            -1.0 / slope,
        );
        (f64::from(rank) * times).max(1.0)
    };
    let value = moved(ratings.clean, ELASTICITY.mean, RANK_SLOPE.mean);
    let mut dice = Pcg64Mcg::seed_from_u64(seed ^ 2);
    let drawn = draws.iter().map(|clean| {
        let elasticity = ELASTICITY.draw(&mut dice).max(0.0);
        let slope = RANK_SLOPE
            .draw(&mut dice)
            .clamp(*RANK_SLOPE_BOUNDS.start(), *RANK_SLOPE_BOUNDS.end());
        moved(*clean, elasticity, slope)
    });
    let interval = interval(&rising(drawn), value);
    Some(RankAtRisk {
        rank,
        clean: value,
        interval,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Time;
    use crate::proto::v1::event::Payload;
    use crate::proto::v1::{Event, ListingSnapshot, Money, Order};
    use crate::state::LogRef;

    const fn stamp(day: i64) -> pbjson_types::Timestamp {
        pbjson_types::Timestamp {
            seconds: day * 86_400,
            nanos: 0,
        }
    }

    const fn ratings(displayed: f64, clean: f64) -> Ratings {
        Ratings { displayed, clean }
    }

    fn euros(units: i64) -> Money {
        Money {
            currency_code: "EUR".to_owned(),
            units,
            nanos: 0,
        }
    }

    fn order(number: i64, day: i64, price: i64) -> Payload {
        Payload::Order(Order {
            order_id: format!("O{number}"),
            marketplace: "m".to_owned(),
            listing_id: "L".to_owned(),
            time: Some(stamp(day)),
            quantity: 1,
            price: Some(euros(price)),
            ..Order::default()
        })
    }

    fn snapshot(day: i64, rank: u32, units: Option<u64>) -> Payload {
        Payload::ListingSnapshot(ListingSnapshot {
            listing_id: "L".to_owned(),
            marketplace: "m".to_owned(),
            time: Some(stamp(day)),
            price: Some(euros(20)),
            sales_rank: Some(rank),
            units,
            ..ListingSnapshot::default()
        })
    }

    fn folded(payloads: Vec<Payload>) -> (State, ListingIx) {
        let mut state = State::default();
        for payload in payloads {
            let event = Event {
                revision: 0,
                payload: Some(payload),
            };
            let event =
                crate::codec::parse_event(event, Time::from_seconds(u32::MAX)).expect("valid");
            let log = LogRef {
                sequence: 1,
                index: 0,
            };
            state.apply(&event, log).expect("there is room");
        }
        let row = state.find_listing("m", "L").expect("known");
        (state, row)
    }

    #[test]
    fn revenue_at_risk_equals_values_by_hand() {
        // Nine orders of 100 within 90 days and one before: 900 in three months, 300 in one.
        let mut payloads: Vec<Payload> = (0..9).map(|n| order(n, 1000 + n, 100)).collect();
        payloads.push(order(9, 800, 100));
        let (state, row) = folded(payloads);
        let risk = revenue(&state, &[row], ratings(4.5, 3.6), &[3.6; 400], 7).expect("known");
        assert!((risk.monthly - 300.0).abs() < 1e-9 && risk.count == 9);
        // 0.8 of the rating leaves 0.8^0.55 of the sales.
        let expected = 300.0 * (1.0 - libm::pow(0.8, 0.55));
        assert!((risk.at_risk - expected).abs() < 1e-9, "{risk:?}");
        // The elasticity alone: 0.55 -+ 1.645 * 0.25; the orders widen it.
        let Interval { low, high } = risk.interval;
        assert!(
            low > 0.0 && low < 300.0 * (1.0 - libm::pow(0.8, 0.14)) + 5.0,
            "{risk:?}"
        );
        assert!(
            high > 300.0 * (1.0 - libm::pow(0.8, 0.96)) - 2.0,
            "{risk:?}"
        );
        // The cost of an attack to its victim is below 0.
        let cost = revenue(&state, &[row], ratings(3.6, 4.5), &[4.5; 400], 7).expect("known");
        assert!(cost.at_risk < 0.0 && cost.interval.high <= 0.0, "{cost:?}");
        let nothing = revenue(&state, &[row], ratings(4.5, 4.5), &[4.5; 400], 7).expect("known");
        assert_eq!(nothing.at_risk, 0.0);
        let Interval { low, high } = nothing.interval;
        assert_eq!((low, high), (0.0, 0.0));
    }

    #[test]
    fn revenue_falls_back_to_snapshots_and_abstains_without() {
        let (state, row) = folded(vec![
            order(1, 1000, 100),
            snapshot(960, 50, Some(3)),
            snapshot(1000, 40, Some(6)),
        ]);
        let risk = revenue(&state, &[row], ratings(4.0, 4.0), &[], 7).expect("known");
        // 9 units of 20 in three months.
        assert_eq!(
            (risk.monthly, risk.source),
            (60.0, RevenueSource::Snapshots)
        );
        let (state, row) = folded(vec![order(1, 1000, 100), snapshot(1000, 40, None)]);
        assert!(revenue(&state, &[row], ratings(4.0, 3.0), &[3.0], 7).is_none());
        let free: Vec<Payload> = (0..9).map(|n| order(n, 1000, 0)).collect();
        let (state, row) = folded(free);
        assert!(revenue(&state, &[row], ratings(4.0, 3.0), &[3.0], 7).is_none());
    }

    #[test]
    fn rank_at_risk_equals_values_by_hand() {
        let (state, row) = folded(vec![snapshot(900, 100, None), snapshot(1000, 40, None)]);
        let risk = rank(&state, row, ratings(4.5, 3.6), &[3.6; 400], 7).expect("known");
        let expected = 40.0 * libm::pow(0.8, -0.55 / 0.87);
        assert!(
            risk.rank == 40 && (risk.clean - expected).abs() < 1e-9,
            "{risk:?}"
        );
        assert!(risk.interval.low >= 40.0 && risk.interval.high > risk.clean);
        // An attacked listing of rank 1 cannot rise.
        let (state, row) = folded(vec![snapshot(1000, 1, None)]);
        let best = rank(&state, row, ratings(3.0, 4.0), &[4.0; 9], 7).expect("known");
        assert_eq!(best.clean, 1.0);
        assert_eq!((best.interval.low, best.interval.high), (1.0, 1.0));
        // An old rank is no evidence.
        let (state, row) = folded(vec![snapshot(800, 40, None), order(1, 1000, 9)]);
        assert!(rank(&state, row, ratings(4.5, 3.6), &[3.6], 7).is_none());
    }
}
