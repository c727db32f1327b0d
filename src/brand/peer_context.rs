//! Collects the data of peers that a seller's inputs need: priors of its peer group, and premiums.

use std::collections::BTreeMap;

use super::complaints::Complaints;
use super::gather::{Suspicion, month_of};
use super::hedonic::attributes::{Kept, columns, values};
use super::hedonic::{Premium, PriceRow, Revenue, premiums, revenue_premium};
use super::inputs::{Inputs, MONTHS_MOST, WithSd};
use super::repeat_rates::{RepeatRates, repeat_rates};
use crate::domain::{Currency, DAY, Fulfilment, Time};
use crate::state::{GroupIx, ListingIx, ListingRow, NO_TIME, SellerIx, State};

/// Months of revenue that are compared.
const REVENUE_MONTHS: u16 = 12;
/// Most unbranded listings of a category that a seller's revenue is compared with, the first ones.
const UNBRANDED_MOST: usize = 200;
/// Brands of pages that have none.
const NO_BRANDS: [&str; 7] = [
    "",
    "generic",
    "unbranded",
    "no brand",
    "nobrand",
    "none",
    "n/a",
];
/// Controls of a price beside its attributes: three kinds of fulfilment, age and completeness of the
/// page.
const CONTROLS: usize = 5;

/// Sums of a peer group.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    stars: u64,
    reviews: u64,
    refunded: u64,
    ordered: u64,
    /// Orders by month, from the context's first month on.
    orders: Vec<f64>,
}

/// Data of all peer groups, as of one snapshot.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PeerContext {
    first_month: u16,
    groups: Vec<Group>,
    /// By group; none where no buyer is known.
    repeat_rates: Option<Vec<RepeatRates>>,
    premiums: BTreeMap<SellerIx, WithSd>,
    revenue_premiums: BTreeMap<SellerIx, WithSd>,
    /// Complaints that changed pages are compared with.
    pub(super) complaints: Complaints,
}

/// Sales of a listing within the newest months.
#[derive(Clone, Copy, Debug, Default)]
struct Sales {
    currency: Option<Currency>,
    revenue: f64,
    units: f64,
}

impl PeerContext {
    /// Walks over all listings and orders once, and over reviews of categories in which pages
    /// changed.
    pub(super) fn of(state: &State, suspicion: Suspicion<'_>) -> Self {
        let clock = state.watermark().map_or(0, Time::seconds);
        let last = month_of(clock);
        let first_month = (last + 1).saturating_sub(MONTHS_MOST as u16);
        let mut groups = groups(state, usize::from(last - first_month) + 1);
        let mut sales = vec![Sales::default(); state.listings().len() as usize];
        for order in state.orders().iter() {
            let month = month_of(order.seconds);
            let listing = state.listings().get(order.listing);
            let group = listing.and_then(|listing| groups.get_mut(listing.group.index()));
            let index = usize::from(month.wrapping_sub(first_month));
            if let Some(count) = group.and_then(|group| group.orders.get_mut(index)) {
                *count += 1.0;
            }
            let recent = month + REVENUE_MONTHS > last && month <= last;
            if let Some(sold) = sales.get_mut(order.listing.index()).filter(|_| recent)
                && let Some((price, currency)) = order.price()
                && *sold.currency.get_or_insert(currency) == currency
            {
                sold.revenue += price;
                sold.units += f64::from(order.quantity);
            }
        }
        Self {
            first_month,
            groups,
            repeat_rates: repeat_rates(state),
            premiums: price_premiums(state, &sales, clock),
            revenue_premiums: revenue_premiums(state, &sales),
            complaints: Complaints::of(state, suspicion),
        }
    }

    /// Adds the data of a seller's peers; premiums only to those of the `whole` seller.
    pub(super) fn fill(&self, inputs: &mut Inputs, seller: SellerIx, whole: bool) {
        let own_group = inputs.peers.group;
        if let Some(group) = own_group.and_then(|group| self.groups.get(group.index())) {
            let share = |part: u64, all: u64| (all > 0).then(|| part as f64 / all as f64);
            inputs.group_rating = share(group.stars, group.reviews);
            inputs.group_refunds = share(group.refunded, group.ordered);
            let shift = i32::from(inputs.first_month) - i32::from(self.first_month);
            let orders = (0..inputs.months.len()).map(|index| {
                let month = usize::try_from(index as i32 + shift).ok();
                month
                    .and_then(|month| group.orders.get(month))
                    .copied()
                    .unwrap_or(0.0)
            });
            inputs.group_orders = orders.collect();
        }
        let groups = self.repeat_rates.as_ref();
        let rates = groups.and_then(|groups| groups.get(own_group?.index()));
        inputs.group_returning = rates.map(|rates| rates.returning);
        inputs.group_crossing = rates.map(|rates| rates.cross_listing);
        if whole {
            inputs.premium = self.premiums.get(&seller).copied();
            inputs.revenue_premium = self.revenue_premiums.get(&seller).copied();
        }
    }
}

/// Sums of reviews and orders by group, without orders by month.
fn groups(state: &State, months: usize) -> Vec<Group> {
    let empty = Group {
        stars: 0,
        reviews: 0,
        refunded: 0,
        ordered: 0,
        orders: vec![0.0; months],
    };
    let mut groups = vec![empty; state.groups().len() as usize];
    for listing in state.listings().iter() {
        if let Some(group) = groups.get_mut(listing.group.index()) {
            let (reviews, stars) = listing.tally.sum();
            group.reviews += u64::from(reviews);
            group.stars += u64::from(stars);
            group.ordered += u64::from(listing.tally.orders);
            group.refunded += u64::from(listing.tally.refunded);
        }
    }
    groups
}

/// A number that names a currency.
fn number(currency: Currency) -> u32 {
    let letters = currency.as_str().bytes();
    letters.fold(0, |number, letter| number << 8 | u32::from(letter))
}

/// Sellers' premiums over like goods, in the category in which most of their listings are.
fn price_premiums(state: &State, sales: &[Sales], clock: u32) -> BTreeMap<SellerIx, WithSd> {
    let mut by_group: BTreeMap<GroupIx, Vec<PriceRow>> = BTreeMap::new();
    for ((row, listing), sold) in state.listings().numbered().zip(sales) {
        let paid = (sold.units > 0.0).then(|| sold.revenue / sold.units);
        let asked = listing.price.map(|money| (money.amount(), money.currency));
        let known = paid.zip(sold.currency).or(asked);
        let (Some((price, currency)), Some(seller)) = (known, listing.seller) else {
            continue;
        };
        let rows = by_group.entry(listing.group).or_default();
        rows.push(PriceRow {
            category: listing.group.number(),
            month: 0,
            currency: number(currency),
            owner: seller.number(),
            listing: row.number(),
            price,
            controls: controls(state, row, listing, clock),
        });
    }
    let mut largest: BTreeMap<u32, Premium> = BTreeMap::new();
    for rows in by_group.values_mut() {
        let attributes = |row: &PriceRow| {
            ListingIx::new(row.listing)
                .map(|row| state.listing_trade(row).attributes)
                .unwrap_or_default()
        };
        let listings: Vec<(u32, Kept)> = rows
            .iter()
            .map(|row| (row.owner, attributes(row)))
            .collect();
        let columns = columns(&listings);
        for (row, (_, kept)) in rows.iter_mut().zip(&listings) {
            row.controls.extend(values(&columns, kept));
        }
        for premium in premiums(rows, CONTROLS + columns.len()) {
            let before = largest.get(&premium.owner).map_or(0, |one| one.listings);
            if premium.effective > 0.0 && premium.listings > before {
                largest.insert(premium.owner, premium);
            }
        }
    }
    let premiums = largest.into_iter().filter_map(|(seller, premium)| {
        let value = premium.log_difference;
        let sd = premium.sd;
        Some((SellerIx::new(seller)?, WithSd { value, sd }))
    });
    premiums.collect()
}

fn controls(state: &State, row: ListingIx, listing: &ListingRow, clock: u32) -> Vec<Option<f64>> {
    let is = |fulfilment: Fulfilment| {
        (listing.fulfilment != Fulfilment::Unspecified)
            .then(|| f64::from(u8::from(listing.fulfilment == fulfilment)))
    };
    let age = (listing.created_seconds != NO_TIME).then(|| {
        let days = clock.saturating_sub(listing.created_seconds) / DAY;
        libm::log1p(f64::from(days) / 30.0)
    });
    let complete = state.listing_trade(row).completeness;
    vec![
        is(Fulfilment::CrossBorderParcel),
        is(Fulfilment::BondedWarehouse),
        is(Fulfilment::OverseasWarehouse),
        age,
        complete.map(|share| f64::from(share) / 100.0),
    ]
}

/// Sellers' revenue premiums over unbranded listings in the same categories and currency.
fn revenue_premiums(state: &State, sales: &[Sales]) -> BTreeMap<SellerIx, WithSd> {
    let mut unbranded: BTreeMap<u64, Vec<Revenue>> = BTreeMap::new();
    let mut own: BTreeMap<SellerIx, Vec<Revenue>> = BTreeMap::new();
    for ((row, listing), sold) in state.listings().numbered().zip(sales) {
        let asked = listing.price.map(|money| money.currency);
        let (Some(currency), Some(seller)) = (sold.currency.or(asked), listing.seller) else {
            continue;
        };
        let brand = state.word(state.listing_trade(row).brand);
        let branded = !NO_BRANDS
            .iter()
            .any(|none| brand.eq_ignore_ascii_case(none));
        let cell = u64::from(listing.group.number()) << 32 | u64::from(number(currency));
        let revenue = Revenue {
            cell,
            owner: seller.number(),
            branded,
            amount: sold.revenue,
        };
        if branded {
            own.entry(seller).or_default().push(revenue);
        } else {
            let peers = unbranded.entry(cell).or_default();
            if peers.len() < UNBRANDED_MOST {
                peers.push(revenue);
            }
        }
    }
    let premiums = own.into_iter().filter_map(|(seller, mut rows)| {
        let mut cells: Vec<u64> = rows.iter().map(|row| row.cell).collect();
        cells.sort_unstable();
        cells.dedup();
        let peers = cells.iter().filter_map(|cell| unbranded.get(cell));
        rows.extend(peers.flatten().copied());
        Some((seller, revenue_premium(&rows, seller.number())?))
    });
    premiums.collect()
}
