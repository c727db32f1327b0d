//! A walk from month to month: scores from known facts, and later outcomes.

use super::SPAN_MONTHS;
use super::baselines::{Facts, predictions};
use super::market::Market;
use crate::domain::{Month, first_day};
use crate::proto::v1::Event;

/// Fewest sellers of a month that is measured.
const SELLERS_LEAST: usize = 20;

/// A score to measure. It gets every event once, in order of time, and is asked at month ends.
pub trait Scorer {
    /// Returns the names of the scores in order; the first is the main one.
    fn names(&self) -> Vec<&'static str>;

    /// Takes an event.
    fn fold(&mut self, seconds: u32, event: &Event) -> Result<(), String>;

    /// Returns scores of sellers by id, as of the end of the day before `day`; `None` for an
    /// abstention.
    fn scores(&mut self, day: u32, sellers: &[&str]) -> Result<Vec<Vec<Option<f64>>>, String>;
}

/// A month's end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MonthEnd {
    /// Months since 1970.
    pub month: u16,
    /// Indices in [`Market::sellers`].
    pub sellers: Vec<u32>,
    /// By score, then by seller.
    pub scores: Vec<Vec<Option<f64>>>,
    /// By seller.
    pub facts: Vec<Facts>,
    /// Of the logistic regression, by target: survival, growth.
    pub logistic: [Vec<f64>; 2],
    /// Orders of the six months before.
    pub before: Vec<u32>,
    /// Orders of the six months after.
    pub after: Vec<u32>,
}

impl MonthEnd {
    /// Returns the log ratio of orders after and before; no order after is the lowest.
    pub fn growth(&self, index: usize) -> f64 {
        let (before, after) = (self.before[index], self.after[index]);
        if after == 0 {
            return f64::NEG_INFINITY;
        }
        libm::log(f64::from(after) / f64::from(before.max(1)))
    }
}

/// All month ends that could be measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Walk {
    /// Names of the scores.
    pub names: Vec<&'static str>,
    /// In order.
    pub months: Vec<MonthEnd>,
}

/// Sums up to a month's end, by seller.
struct Known {
    facts: Vec<Facts>,
    /// Orders by month since the first.
    orders: Vec<Vec<u32>>,
}

/// Walks through a market. A month is measured if its next six months are complete and the
/// regression can be fitted.
pub fn walk(market: &Market, scorer: &mut dyn Scorer) -> Result<Walk, String> {
    let mut found = Walk {
        names: scorer.names(),
        months: Vec::new(),
    };
    let (Some(first), Some(last)) = (market.first_month(), market.last_month()) else {
        return Ok(found);
    };
    let orders = by_month(market, first, last);
    let mut known = Known {
        facts: vec![Facts::default(); market.sellers.len()],
        orders,
    };
    let (mut events, mut ratings) = (0, 0);
    let mut past: Vec<MonthEnd> = Vec::new();
    for month in first.0..=last.0.saturating_sub(SPAN_MONTHS) {
        let end_day = first_day(Month(month + 1));
        let end = end_day.saturating_mul(crate::domain::DAY);
        while let Some((at, event)) = market.events.get(events).filter(|(at, _)| *at < end) {
            scorer.fold(*at, event)?;
            events += 1;
        }
        while let Some(rated) = market.ratings.get(ratings).filter(|one| one.seconds < end) {
            known.facts[rated.seller as usize].add_rating(rated.stars);
            ratings += 1;
        }
        let mut held = known.month_end(month, (month - first.0) as usize);
        if held.sellers.len() >= SELLERS_LEAST
            && let Some(logistic) = predictions(over(&past), &held)
        {
            held.logistic = logistic;
            let ids: Vec<&str> = held
                .sellers
                .iter()
                .map(|seller| market.sellers[*seller as usize].as_str())
                .collect();
            held.scores = scorer.scores(end_day, &ids)?;
            found.months.push(held.clone());
        }
        past.push(held);
    }
    Ok(found)
}

/// Returns the earlier months whose next six months are over at the end of this one.
fn over(past: &[MonthEnd]) -> &[MonthEnd] {
    let count = (past.len() + 1).saturating_sub(usize::from(SPAN_MONTHS));
    &past[..count]
}

fn by_month(market: &Market, first: Month, last: Month) -> Vec<Vec<u32>> {
    let months = usize::from(last.0 - first.0) + 1;
    let mut orders = vec![vec![0; months]; market.sellers.len()];
    for sale in &market.sales {
        let month = Market::month(sale.seconds);
        let index = usize::from(month.0 - first.0);
        if let Some(count) = orders[sale.seller as usize].get_mut(index) {
            *count += 1;
        }
    }
    orders
}

impl Known {
    fn month_end(&self, month: u16, index: usize) -> MonthEnd {
        let span = usize::from(SPAN_MONTHS);
        let mut held = MonthEnd {
            month,
            ..MonthEnd::default()
        };
        for (seller, orders) in (0_u32..).zip(&self.orders) {
            let count = |from: usize, to: usize| -> u32 {
                let to = to.min(orders.len());
                orders[from.min(to)..to].iter().sum()
            };
            let before = count((index + 1).saturating_sub(span), index + 1);
            if before == 0 {
                continue;
            }
            held.sellers.push(seller);
            held.before.push(before);
            held.after.push(count(index + 1, index + 1 + span));
            held.facts.push(Facts {
                last_three: count((index + 1).saturating_sub(3), index + 1),
                ..self.facts[seller as usize]
            });
        }
        held
    }
}
