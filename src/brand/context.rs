//! What a seller's inputs need of everybody else: priors of its peer group, and prices.

use std::collections::BTreeMap;

use super::complaints::Complaints;
use super::gather::{Suspicion, month_of};
use super::hedonic::attributes::{Kept, columns, values};
use super::hedonic::{PriceRow, Revenue, premiums, revenue_premium};
use super::inputs::{Inputs, MONTHS_MOST, WithSd};
use super::returns::{Usual, usual};
use crate::domain::Fulfilment;
use crate::domain::{Currency, DAY, Time};
use crate::state::{ListingRow, NONE, State};

/// Months of revenue that are compared.
const REVENUE_MONTHS: u16 = 12;
/// Most unbranded listings of a category that a seller's revenue is compared with, the first.
const UNBRANDED_MOST: usize = 200;
/// What pages say that have no brand.
const NO_BRANDS: [&str; 7] = [
    "",
    "generic",
    "unbranded",
    "no brand",
    "nobrand",
    "none",
    "n/a",
];
/// Controls of a price beside its attributes: three ways of fulfilment, age and completeness of the
/// page.
const CONTROLS: usize = 5;

/// A peer group.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    stars: u64,
    reviews: u64,
    refunded: u64,
    ordered: u64,
    /// Orders by month, from the context's first month on.
    orders: Vec<f64>,
}

/// What is usual, as of one snapshot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    first_month: u16,
    groups: Vec<Group>,
    /// By group; none where no buyer is known.
    returns: Option<Vec<Usual>>,
    premiums: BTreeMap<u32, WithSd>,
    revenues: BTreeMap<u32, WithSd>,
    /// What changed pages are held against.
    pub(super) complaints: Complaints,
}

/// What a listing took in within the newest months.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    currency: Option<Currency>,
    revenue: f64,
    units: f64,
}

impl Context {
    /// Looks over all listings and orders once, and over reviews of categories in which pages changed.
    pub fn of(state: &State, suspicion: Suspicion<'_>) -> Self {
        let clock = state.watermark().map_or(0, Time::seconds);
        let last = month_of(clock);
        let first_month = (last + 1).saturating_sub(MONTHS_MOST as u16);
        let months = usize::from(last - first_month) + 1;
        let empty = Group {
            stars: 0,
            reviews: 0,
            refunded: 0,
            ordered: 0,
            orders: vec![0.0; months],
        };
        let mut groups = vec![empty; state.groups().len() as usize];
        for listing in state.listings().iter() {
            if let Some(group) = groups.get_mut(listing.group as usize) {
                let (reviews, stars) = listing.tally.sum();
                group.reviews += u64::from(reviews);
                group.stars += u64::from(stars);
                group.ordered += u64::from(listing.tally.orders);
                group.refunded += u64::from(listing.tally.refunded);
            }
        }
        let mut taken = vec![Taken::default(); state.listings().len() as usize];
        for order in state.orders().iter() {
            let month = month_of(order.seconds);
            let listing = state.listings().get(order.listing);
            let group = listing.and_then(|held| groups.get_mut(held.group as usize));
            let place = usize::from(month.wrapping_sub(first_month));
            if let Some(count) = group.and_then(|group| group.orders.get_mut(place)) {
                *count += 1.0;
            }
            let recent = month + REVENUE_MONTHS > last && month <= last;
            if let Some(held) = taken.get_mut(order.listing as usize).filter(|_| recent)
                && let Some((price, currency)) = order.price()
                && *held.currency.get_or_insert(currency) == currency
            {
                held.revenue += price;
                held.units += f64::from(order.quantity);
            }
        }
        Self {
            first_month,
            groups,
            returns: usual(state),
            premiums: price_premiums(state, &taken, clock),
            revenues: revenue_premiums(state, &taken),
            complaints: Complaints::of(state, suspicion),
        }
    }

    /// Fills in what a seller is compared with; premiums only where all of it is looked at.
    pub(super) fn fill(&self, inputs: &mut Inputs, seller: u32, whole: bool) {
        let home = inputs.home;
        if let Some(group) = self.groups.get(home.group as usize) {
            let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
            inputs.group_rating = share(group.stars, group.reviews);
            inputs.group_refunds = share(group.refunded, group.ordered);
            let shift = i32::from(inputs.first_month) - i32::from(self.first_month);
            let orders = (0..inputs.months.len()).map(|place| {
                let at = usize::try_from(place as i32 + shift).ok();
                at.and_then(|at| group.orders.get(at))
                    .copied()
                    .unwrap_or(0.0)
            });
            inputs.group_orders = orders.collect();
        }
        let returns = self.returns.as_ref();
        let usual = returns.and_then(|groups| groups.get(home.group as usize));
        inputs.group_returning = usual.map(|usual| usual.returning);
        inputs.group_crossing = usual.map(|usual| usual.crossing);
        if whole {
            inputs.premium = self.premiums.get(&seller).copied();
            inputs.revenue_premium = self.revenues.get(&seller).copied();
        }
    }
}

fn number(currency: Currency) -> u32 {
    let letters = currency.as_str().bytes();
    letters.fold(0, |number, letter| number << 8 | u32::from(letter))
}

/// Sellers' premiums over like goods; of the category in which most of their listings are.
fn price_premiums(state: &State, taken: &[Taken], clock: u32) -> BTreeMap<u32, WithSd> {
    let mut by_group: BTreeMap<u32, Vec<PriceRow>> = BTreeMap::new();
    for ((row, listing), taken) in (0..).zip(state.listings().iter()).zip(taken) {
        let paid = (taken.units > 0.0).then(|| taken.revenue / taken.units);
        let asked = listing.price.map(|money| (money.amount(), money.currency));
        let paid = paid.zip(taken.currency).or(asked);
        let Some((price, currency)) = paid.filter(|_| listing.seller != NONE) else {
            continue;
        };
        let rows = by_group.entry(listing.group).or_default();
        rows.push(PriceRow {
            category: listing.group,
            month: 0,
            currency: number(currency),
            owner: listing.seller,
            listing: row,
            price,
            controls: controls(state, row, listing, clock),
        });
    }
    let mut found: BTreeMap<u32, (u32, WithSd)> = BTreeMap::new();
    for rows in by_group.values_mut() {
        let kept = |row: &PriceRow| state.listing_trade(row.listing).attributes;
        let told: Vec<(u32, Kept)> = rows.iter().map(|row| (row.owner, kept(row))).collect();
        let columns = columns(&told);
        for (row, (_, kept)) in rows.iter_mut().zip(&told) {
            row.controls.extend(values(&columns, kept));
        }
        for premium in premiums(rows, CONTROLS + columns.len()) {
            let held = found.get(&premium.owner).map_or(0, |held| held.0);
            if premium.effective > 0.0 && premium.listings > held {
                let value = (premium.log_premium, premium.sd);
                found.insert(premium.owner, (premium.listings, value));
            }
        }
    }
    let values = found.into_iter();
    values.map(|(seller, (_, value))| (seller, value)).collect()
}

fn controls(state: &State, row: u32, listing: &ListingRow, clock: u32) -> Vec<Option<f64>> {
    let way = |way: Fulfilment| {
        (listing.fulfilment != Fulfilment::Unspecified)
            .then(|| f64::from(u8::from(listing.fulfilment == way)))
    };
    let age = (listing.created_seconds != NONE).then(|| {
        let days = clock.saturating_sub(listing.created_seconds) / DAY;
        libm::log1p(f64::from(days) / 30.0)
    });
    let complete = state.listing_trade(row).completeness;
    vec![
        way(Fulfilment::CrossBorderParcel),
        way(Fulfilment::BondedWarehouse),
        way(Fulfilment::OverseasWarehouse),
        age,
        complete.map(|share| f64::from(share) / 100.0),
    ]
}

/// Sellers' revenue beside that of unbranded listings in the same categories and currency.
fn revenue_premiums(state: &State, taken: &[Taken]) -> BTreeMap<u32, WithSd> {
    let mut unbranded: BTreeMap<u64, Vec<Revenue>> = BTreeMap::new();
    let mut own: BTreeMap<u32, Vec<Revenue>> = BTreeMap::new();
    for ((row, listing), taken) in (0..).zip(state.listings().iter()).zip(taken) {
        let asked = listing.price.map(|money| money.currency);
        let Some(currency) = taken.currency.or(asked).filter(|_| listing.seller != NONE) else {
            continue;
        };
        let brand = state.word(state.listing_trade(row).brand);
        let branded = !NO_BRANDS
            .iter()
            .any(|none| brand.eq_ignore_ascii_case(none));
        let cell = u64::from(listing.group) << 32 | u64::from(number(currency));
        let revenue = Revenue {
            cell,
            owner: listing.seller,
            branded,
            revenue: taken.revenue,
        };
        if branded {
            own.entry(listing.seller).or_default().push(revenue);
        } else {
            let held = unbranded.entry(cell).or_default();
            if held.len() < UNBRANDED_MOST {
                held.push(revenue);
            }
        }
    }
    let mut found = BTreeMap::new();
    for (seller, mut rows) in own {
        let mut cells: Vec<u64> = rows.iter().map(|row| row.cell).collect();
        cells.sort_unstable();
        cells.dedup();
        let peers = cells.iter().filter_map(|cell| unbranded.get(cell));
        rows.extend(peers.flatten().copied());
        if let Some(premium) = revenue_premium(&rows, seller) {
            found.insert(seller, (premium.share, premium.sd));
        }
    }
    found
}
