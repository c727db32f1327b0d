//! Gathers one seller's inputs from a snapshot.

mod audience;
mod brushing_orders;
mod bursts;
mod calendar;
mod order_similarity;
mod orders;
mod reviews;
mod signals;
mod suspected_reviews;

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

pub use calendar::month_of;

use super::inputs::{Breakdown, BreakdownCell, Inputs, MONTHS_MOST, Month};
use super::peer_context::PeerContext;
use crate::domain::{Country, Currency, Time};
use crate::domain::{Month as Calendar, first_day};
use crate::state::{
    GroupIx, ListingIx, ListingRow, ListingTrade, PeerKey, ReviewIx, SellerIx, State, WordIx,
};

/// The part of a seller that is gathered; all of it by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Only this brand, as the number of a word.
    pub brand: Option<WordIx>,
    /// Only this market.
    pub market: Option<Country>,
    /// Only data before a time; the month that it ends is the last.
    pub before: Option<Time>,
}

/// How likely a review is to be manipulated, 0 to 1, by its row.
pub(super) type Suspicion<'a> = &'a (dyn Fn(ReviewIx) -> f64 + Sync);

/// A listing of the seller.
struct Listing<'a> {
    row: ListingIx,
    data: &'a ListingRow,
    trade: ListingTrade,
}

/// Genuine orders and reviews of a peer group.
#[derive(Clone, Copy)]
struct Trade {
    marketplace: u16,
    count: u64,
}

/// Collects a seller's inputs.
struct Gather<'a> {
    state: &'a State,
    suspicion: Suspicion<'a>,
    part: Part,
    /// Months since 1970.
    first_month: u16,
    last_month: u16,
    /// Exclusive, in seconds since 1970.
    end: u32,
    /// By row.
    listings: Vec<Listing<'a>>,
    currency: Option<Currency>,
    /// By peer group.
    trade: BTreeMap<GroupIx, Trade>,
    /// Probability that a five-star review is planted, by its row; only where that is above 0.
    planted: BTreeMap<ReviewIx, f64>,
    inputs: Inputs,
}

/// The end of the last month that is over at a time, which `as_of` looks back to.
pub fn month_end(as_of: Time) -> Time {
    let days = first_day(Calendar::of(as_of.day()));
    Time::from_seconds(days.saturating_mul(crate::domain::DAY))
}

/// Gathers all data of a seller, or of a part of it.
pub(super) fn gather(
    state: &State,
    seller: SellerIx,
    context: &PeerContext,
    part: Part,
    suspicion: Suspicion<'_>,
) -> Inputs {
    let clock = state.watermark().map_or(0, Time::seconds);
    let end = part.before.map_or(clock.saturating_add(1), Time::seconds);
    let last_month = month_of(part.before.map_or(clock, |_| end.saturating_sub(1)));
    let first_month = (last_month + 1).saturating_sub(MONTHS_MOST as u16);
    let months = usize::from(last_month - first_month) + 1;
    let row = state.sellers().get(seller);
    let id = row.map_or("", |row| state.name(row.name));
    let mut gather = Gather {
        state,
        suspicion,
        part,
        first_month,
        last_month,
        end,
        listings: listings(state, seller, part),
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
    // Before orders: bursts of orders are compared with visits.
    gather.signals(seller);
    gather.snapshots();
    gather.orders();
    audience::clean(&mut gather.inputs.months);
    gather.inputs.peers = gather.peers();
    let mut inputs = gather.inputs;
    context.fill(&mut inputs, seller, part == Part::default());
    inputs
}

/// The listings of a part of a seller, by row.
fn listings(state: &State, seller: SellerIx, part: Part) -> Vec<Listing<'_>> {
    let rows = state.listings_of_seller(seller);
    let mut listings: Vec<Listing<'_>> = rows
        .filter_map(|row| {
            Some(Listing {
                row,
                data: state.listings().get(row)?,
                trade: state.listing_trade(row),
            })
        })
        .filter(|listing| part.brand.is_none() || listing.trade.brand == part.brand)
        .collect();
    listings.sort_unstable_by_key(|listing| listing.row);
    listings
}

impl Gather<'_> {
    /// The index of a moment's month; none outside of the months that are gathered.
    fn month_index(&self, seconds: u32) -> Option<usize> {
        if seconds >= self.end {
            return None;
        }
        let month = month_of(seconds);
        (self.first_month..=self.last_month)
            .contains(&month)
            .then(|| usize::from(month - self.first_month))
    }

    /// Whether a destination is in the market that is gathered.
    fn in_market(&self, destination: Option<Country>) -> bool {
        self.part
            .market
            .is_none_or(|market| destination == Some(market))
    }

    /// Counts an order or review of a listing for its peer group, if it is likelier genuine than not.
    /// The remaining weights of many bought ones must not decide.
    fn count_trade(&mut self, listing: ListingIx, genuine: f64) {
        if genuine < 0.5 {
            return;
        }
        if let Some(row) = self.state.listings().get(listing) {
            let trade = self.trade.entry(row.group).or_insert(Trade {
                marketplace: row.marketplace,
                count: 0,
            });
            trade.count += 1;
        }
    }

    /// The peer group with most genuine orders and reviews, the first of equal ones: bought ones must
    /// not choose the peers. Without any, the group of the first listing.
    fn peers(&self) -> PeerKey {
        let trade = self.trade.iter().rev();
        let most = trade.max_by_key(|(_, trade)| trade.count);
        let traded = most.map(|(group, trade)| PeerKey {
            group: Some(*group),
            marketplace: trade.marketplace,
        });
        let listed = || self.listings.first().map(|listing| listing.data.peers());
        traded.or_else(listed).unwrap_or_default()
    }

    /// Gathers the completeness of pages.
    fn pages(&mut self) {
        let listings = self.listings.iter();
        let in_market = listings.filter(|listing| self.in_market(listing.data.destination));
        let shares: Vec<f64> = in_market
            .filter_map(|listing| listing.trade.completeness)
            .map(|share| f64::from(share) / 100.0)
            .collect();
        if !shares.is_empty() {
            let mean = shares.iter().sum::<f64>() / shares.len() as f64;
            self.inputs.completeness = Some(mean);
            self.inputs.pages = shares.len() as u32;
        }
    }
}

/// Breaks weights of months down by keys, which are numbered in their order.
fn breakdown<K: Ord + Copy>(items: impl Iterator<Item = (u16, K, [f64; 2])>) -> Breakdown {
    let mut sorted: Vec<(K, u16, [f64; 2])> = items
        .map(|(month, key, weights)| (key, month, weights))
        .collect();
    sorted.sort_by_key(|one| (one.0, one.1));
    let mut breakdown = Breakdown::default();
    let mut last: Option<K> = None;
    for (key, month, weights) in sorted {
        if last != Some(key) {
            (last, breakdown.keys) = (Some(key), breakdown.keys + 1);
        }
        let number = breakdown.keys as u32 - 1;
        match breakdown.cells.last_mut() {
            Some(cell) if cell.month == month && cell.key == number => {
                cell.weights[0] += weights[0];
                cell.weights[1] += weights[1];
            }
            _ => breakdown.cells.push(BreakdownCell {
                month,
                key: number,
                weights,
            }),
        }
    }
    breakdown
}

#[cfg(test)]
mod tests;
