//! From a snapshot to one seller's inputs.

mod alike;
mod audience;
mod bursts;
mod calendar;
mod orders;
mod reviews;
mod signals;
mod strangers;
mod suspected;

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

pub use calendar::month_of;

use super::context::Context;
use super::inputs::{Inputs, MONTHS_MOST, Month, Spread};
use super::peers::Home;
use crate::domain::{Country, Currency, Time};
use crate::domain::{Month as Calendar, first_day};
use crate::state::{ListingRow, ListingTrade, State};

/// What part of a seller is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Only this brand, as a word.
    pub brand: Option<u32>,
    /// Only this market.
    pub market: Option<Country>,
    /// Only what was before; the month that this ends is the last.
    pub before: Option<Time>,
}

/// How likely a review is to be manipulated, 0 to 1, by its row.
pub type Suspicion<'a> = &'a (dyn Fn(u32) -> f64 + Sync);

/// A seller's inputs in the making.
struct Gather<'a> {
    state: &'a State,
    suspicion: Suspicion<'a>,
    part: Part,
    /// Months since 1970.
    first_month: u16,
    last_month: u16,
    /// Exclusive, in seconds since 1970.
    end: u32,
    listings: Vec<(u32, &'a ListingRow, ListingTrade)>,
    currency: Option<Currency>,
    /// Genuine orders and reviews of each peer group, with its marketplace.
    trade: BTreeMap<u32, (u16, u64)>,
    /// How likely a five-star review is to be planted, by its row; only where that is above 0.
    planted: BTreeMap<u32, f64>,
    inputs: Inputs,
}

/// The month that is looked from, in months since 1970, and the end of what is looked at.
fn last_month(state: &State, before: Option<Time>) -> (u16, u32) {
    let clock = state.watermark().map_or(0, Time::seconds);
    match before {
        Some(end) => {
            let last = Time::from_seconds(end.seconds().saturating_sub(1));
            (month_of(last.seconds()), end.seconds())
        }
        None => (month_of(clock), clock.saturating_add(1)),
    }
}

/// The end of the last month that is over at a moment: what `as_of` looks back to.
pub fn month_end(as_of: Time) -> Time {
    let days = first_day(Calendar::of(as_of.day()));
    Time::from_seconds(days.saturating_mul(crate::domain::DAY))
}

/// Everything that is known of a seller, or of a part of it.
pub fn gather(
    state: &State,
    seller: u32,
    context: &Context,
    part: Part,
    suspicion: Suspicion<'_>,
) -> Inputs {
    let (last_month, end) = last_month(state, part.before);
    let first_month = (last_month + 1).saturating_sub(MONTHS_MOST as u16);
    let listings = listings(state, seller, part);
    let months = usize::from(last_month - first_month) + 1;
    let id = state
        .sellers()
        .get(seller)
        .map_or("", |held| state.name(held.name));
    let mut gather = Gather {
        state,
        suspicion,
        part,
        first_month,
        last_month,
        end,
        listings,
        currency: None,
        trade: BTreeMap::new(),
        planted: BTreeMap::new(),
        inputs: Inputs {
            seed: xxh3_64(id.as_bytes()),
            first_month,
            months: vec![Month::default(); months],
            ..Inputs::default()
        },
    };
    gather.pages();
    gather.reviews(context);
    // Visits say whether a burst of orders is somebody's buyers.
    gather.signals(seller);
    gather.snapshots();
    gather.orders();
    audience::clean(&mut gather.inputs.months);
    gather.inputs.home = gather.home();
    let mut inputs = gather.inputs;
    context.fill(&mut inputs, seller, part == Part::default());
    inputs
}

/// The listings of a part of a seller, by row.
fn listings(state: &State, seller: u32, part: Part) -> Vec<(u32, &ListingRow, ListingTrade)> {
    let rows = state.listings_of_seller(seller);
    let mut listings: Vec<(u32, &ListingRow, ListingTrade)> = rows
        .filter_map(|row| Some((row, state.listings().get(row)?, state.listing_trade(row))))
        .filter(|(_, _, trade)| part.brand.is_none_or(|brand| trade.brand == brand))
        .collect();
    listings.sort_unstable_by_key(|(row, _, _)| *row);
    listings
}

impl Gather<'_> {
    /// The place of a moment's month; none outside of what is looked at.
    fn place(&self, seconds: u32) -> Option<usize> {
        if seconds >= self.end {
            return None;
        }
        let month = month_of(seconds);
        (self.first_month..=self.last_month)
            .contains(&month)
            .then(|| usize::from(month - self.first_month))
    }

    /// Whether a listing's own market is the one that is looked at.
    fn in_market(&self, destination: Option<Country>) -> bool {
        self.part
            .market
            .is_none_or(|market| destination == Some(market))
    }

    /// Counts what a listing sold, or was told of, for its peer group, if it is likelier genuine than
    /// not: what is left of many that are bought must not tip a balance.
    fn count_trade(&mut self, listing: u32, genuine: f64) {
        if genuine < 0.5 {
            return;
        }
        if let Some(row) = self.state.listings().get(listing) {
            let held = self.trade.entry(row.group).or_insert((row.marketplace, 0));
            held.1 += 1;
        }
    }

    /// The peer group in which most genuine orders and reviews are, the first of equals: what is bought
    /// must not choose the peers. Without any that of the first listing.
    fn home(&self) -> Home {
        let trade = self.trade.iter().rev();
        let most = trade.max_by_key(|(_, (_, count))| *count);
        let listing = self.listings.first();
        most.map(|(group, (marketplace, _))| (*group, *marketplace))
            .or_else(|| listing.map(|(_, row, _)| (row.group, row.marketplace)))
            .map_or_else(Home::default, |(group, marketplace)| Home {
                group,
                marketplace,
            })
    }

    fn pages(&mut self) {
        let known = self.listings.iter();
        let known = known.filter(|(_, row, _)| self.in_market(row.destination));
        let shares: Vec<f64> = known
            .filter_map(|(_, _, trade)| trade.completeness)
            .map(|share| f64::from(share) / 100.0)
            .collect();
        if !shares.is_empty() {
            let mean = shares.iter().sum::<f64>() / shares.len() as f64;
            self.inputs.completeness = Some((mean, shares.len() as u32));
        }
    }
}

/// Numbers for keys, in the order of the keys.
fn numbered<K: Ord + Copy>(items: impl Iterator<Item = (u16, K, [f64; 2])>) -> Spread {
    let mut items: Vec<(K, u16, [f64; 2])> = items.map(|(m, key, w)| (key, m, w)).collect();
    items.sort_by_key(|one| (one.0, one.1));
    let mut spread = Spread::default();
    let mut last: Option<K> = None;
    for (key, month, weights) in items {
        if last != Some(key) {
            (last, spread.keys) = (Some(key), spread.keys + 1);
        }
        let number = spread.keys as u32 - 1;
        match spread.cells.last_mut() {
            Some(held) if held.0 == month && held.1 == number => {
                held.2[0] += weights[0];
                held.2[1] += weights[1];
            }
            _ => spread.cells.push((month, number, weights)),
        }
    }
    spread
}

#[cfg(test)]
mod tests;
