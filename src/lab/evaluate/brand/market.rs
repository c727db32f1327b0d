//! Orders and reviews of sellers, in the order in which they became known.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::domain::DAY;
use crate::domain::Month;
use crate::formats::{Format, FormatError, Options, read};
use crate::proto::v1::event::Payload;
use crate::proto::v1::{Event, Listing, Money, Order, Review};

/// Days after an order at which its end, delivered or cancelled, becomes known. The data state the
/// end and not its time; nine in ten are delivered within a month.
const SETTLED_DAYS: u32 = 45;

/// An order of a seller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Index in [`Market::sellers`].
    pub seller: u32,
    /// Seconds since 1970.
    pub seconds: u32,
}

/// A review of a seller's listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rated {
    /// Index in [`Market::sellers`].
    pub seller: u32,
    /// Seconds since 1970.
    pub seconds: u32,
    /// 1 to 5.
    pub stars: u8,
}

/// A market's events in order of time.
#[derive(Clone, Debug, Default)]
pub struct Market {
    /// Ids, ascending.
    pub sellers: Vec<String>,
    /// In order of time.
    pub sales: Vec<Sale>,
    /// In order of time.
    pub ratings: Vec<Rated>,
    /// Events with the time at which they became known, in that order.
    pub events: Vec<(u32, Event)>,
    /// Records that could not be used, by reason.
    pub refused: BTreeMap<String, u64>,
}

/// Reads Olist's CSVs.
pub fn read_olist(files: &[PathBuf]) -> Result<Market, FormatError> {
    let mut events = Vec::new();
    let mut refused: BTreeMap<String, u64> = BTreeMap::new();
    for record in read(Format::Olist, files, &Options::default())? {
        match record {
            Ok(event) => events.push(event),
            Err(error) => {
                let reason = reason(&error.reason, &error.file);
                *refused.entry(reason).or_default() += 1;
            }
        }
    }
    Ok(Market {
        refused,
        ..Market::of(events)
    })
}

fn reason(reason: &str, file: &Path) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}: {reason}")
}

/// By marketplace and id.
type Listings = HashMap<(String, String), Listing>;

fn id(event: &Event) -> String {
    match &event.payload {
        Some(Payload::Seller(seller)) => seller.seller_id.clone(),
        Some(Payload::Listing(listing)) => listing.listing_id.clone(),
        Some(Payload::Order(order)) => order.order_id.clone(),
        Some(Payload::Review(review)) => review.review_id.clone(),
        _ => String::new(),
    }
}

/// Returns marketplace and listing id of an order or a review.
fn listing_of(event: &Event) -> Option<(String, String)> {
    let (marketplace, listing) = match &event.payload {
        Some(Payload::Order(order)) => (&order.marketplace, &order.listing_id),
        Some(Payload::Review(review)) => (&review.marketplace, &review.listing_id),
        _ => return None,
    };
    Some((marketplace.clone(), listing.clone()))
}

/// Order of events of one time: an event follows those that it refers to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Seller,
    Listing,
    Order,
    Settled,
    Review,
}

#[derive(Default)]
struct Draft {
    entries: Vec<(u32, Rank, Event)>,
}

impl Draft {
    fn push(&mut self, seconds: u32, rank: Rank, revision: u32, payload: Payload) {
        let event = Event {
            revision,
            payload: Some(payload),
        };
        self.entries.push((seconds, rank, event));
    }
}

fn seconds(time: Option<&pbjson_types::Timestamp>) -> Option<u32> {
    time.and_then(|time| u32::try_from(time.seconds).ok())
}

/// Returns the price of one unit.
fn unit_price(order: &Order) -> Option<Money> {
    let price = order.price.clone()?;
    if order.quantity <= 1 {
        return Some(price);
    }
    let count = i128::from(order.quantity);
    let nanos = (i128::from(price.units) * 1_000_000_000 + i128::from(price.nanos)) / count;
    Some(Money {
        units: i64::try_from(nanos / 1_000_000_000).ok()?,
        nanos: i32::try_from(nanos % 1_000_000_000).ok()?,
        ..price
    })
}

impl Market {
    /// Orders events by the time at which they became known. Sellers and listings carry no time:
    /// they become known with their first order or review, a listing with the price of its first
    /// order if that came first. An order's end becomes known as a revision of it. Sellers without
    /// orders are left out.
    pub fn of(events: Vec<Event>) -> Self {
        let mut listings = Listings::new();
        let mut sellers = BTreeMap::new();
        let (mut orders, mut reviews) = (Vec::new(), Vec::new());
        for event in events {
            match event.payload {
                Some(Payload::Listing(listing)) => {
                    let key = (listing.marketplace.clone(), listing.listing_id.clone());
                    listings.insert(key, listing);
                }
                Some(Payload::Seller(seller)) => {
                    sellers.insert(seller.seller_id.clone(), seller);
                }
                Some(Payload::Order(order)) => orders.push(order),
                Some(Payload::Review(review)) => reviews.push(review),
                _ => {}
            }
        }
        let mut draft = Draft::default();
        draft.take_orders(&listings, orders);
        draft.take_reviews(&listings, reviews);
        let first = draft.introduce(&listings);
        let selling: BTreeMap<String, u32> = first
            .iter()
            .filter(|(_, (_, sells))| *sells)
            .map(|(name, (at, _))| (name.clone(), *at))
            .collect();
        for (name, at) in &selling {
            if let Some(seller) = sellers.remove(name) {
                draft.push(*at, Rank::Seller, 0, Payload::Seller(seller));
            }
        }
        let names = selling.into_keys().collect();
        draft.finish(names, &listings)
    }

    /// Makes a market of events by month, each with the first second of its month. An event with
    /// its own time is known at that time, and others with their month.
    pub fn by_months(events: Vec<(u32, Event)>) -> Self {
        let mut market = Market::default();
        let mut owners: HashMap<(String, String), u32> = HashMap::new();
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        for (_, event) in &events {
            if let Some(Payload::Seller(seller)) = &event.payload {
                numbers.insert(seller.seller_id.clone(), 0);
            }
        }
        for (number, place) in (0..).zip(numbers.values_mut()) {
            *place = number;
        }
        market.sellers = numbers.keys().cloned().collect();
        for (start, event) in events {
            if let Some(Payload::Listing(listing)) = &event.payload {
                let key = (listing.marketplace.clone(), listing.listing_id.clone());
                if let Some(number) = numbers.get(&listing.seller_id) {
                    owners.insert(key, *number);
                }
            }
            let own = match &event.payload {
                Some(Payload::Order(order)) => seconds(order.time.as_ref()),
                Some(Payload::Review(review)) => seconds(review.time.as_ref()),
                Some(Payload::ListingSnapshot(snapshot)) => seconds(snapshot.time.as_ref()),
                Some(Payload::BrandSignal(signal)) => seconds(signal.end_time.as_ref()),
                _ => None,
            };
            let at = own.unwrap_or(start).max(start);
            if let Some(seller) = listing_of(&event).and_then(|key| owners.get(&key)) {
                market.count(*seller, at, &event);
            }
            market.events.push((at, event));
        }
        // The sort is stable, so events keep the order of their references.
        market.events.sort_by_key(|(at, _)| *at);
        market.sales.sort_by_key(|sale| sale.seconds);
        market.ratings.sort_by_key(|rated| rated.seconds);
        market
    }

    fn count(&mut self, seller: u32, seconds: u32, event: &Event) {
        match &event.payload {
            Some(Payload::Order(_)) if event.revision == 0 => {
                self.sales.push(Sale { seller, seconds });
            }
            Some(Payload::Review(review)) => self.ratings.push(Rated {
                seller,
                seconds,
                stars: review.rating.clamp(1, 5) as u8,
            }),
            _ => {}
        }
    }

    /// Returns the month of a time.
    pub fn month(seconds: u32) -> Month {
        Month::of(seconds / DAY)
    }

    /// Returns the last complete month: later ones have less than a quarter of the median month's
    /// orders.
    pub fn last_month(&self) -> Option<Month> {
        let mut counts: BTreeMap<Month, u32> = BTreeMap::new();
        for sale in &self.sales {
            *counts.entry(Self::month(sale.seconds)).or_default() += 1;
        }
        let mut sorted: Vec<u32> = counts.values().copied().collect();
        sorted.sort_unstable();
        let median = *sorted.get(sorted.len() / 2)?;
        let whole = counts.iter().rev().find(|(_, count)| **count * 4 >= median);
        whole.map(|(month, _)| *month)
    }

    /// Returns the month of the first order.
    pub fn first_month(&self) -> Option<Month> {
        self.sales.first().map(|sale| Self::month(sale.seconds))
    }
}

impl Draft {
    /// Adds orders of known listings.
    fn take_orders(&mut self, listings: &Listings, orders: Vec<Order>) {
        for mut order in orders {
            let key = (order.marketplace.clone(), order.listing_id.clone());
            let at = seconds(order.time.as_ref());
            let (Some(at), true) = (at, listings.contains_key(&key)) else {
                continue;
            };
            let settled = order.clone();
            order.delivered = None;
            order.refunded = None;
            self.push(at, Rank::Order, 0, Payload::Order(order));
            if settled.delivered.is_some() || settled.refunded.is_some() {
                let known = at.saturating_add(SETTLED_DAYS * DAY);
                self.push(known, Rank::Settled, 1, Payload::Order(settled));
            }
        }
    }

    /// Adds each listing at its first mention. Returns the first mention of each seller, and
    /// whether it ever sells.
    fn introduce(&mut self, listings: &Listings) -> BTreeMap<String, (u32, bool)> {
        self.entries
            .sort_by_cached_key(|(at, rank, event)| (*at, *rank, id(event)));
        let mut known: HashSet<(String, String)> = HashSet::new();
        let mut sellers: BTreeMap<String, (u32, bool)> = BTreeMap::new();
        let mut introduced = Vec::new();
        for (at, _, event) in &self.entries {
            let Some(key) = listing_of(event) else {
                continue;
            };
            let Some(listing) = listings.get(&key) else {
                continue;
            };
            let (price, sells) = match &event.payload {
                Some(Payload::Order(order)) => (unit_price(order), true),
                _ => (None, false),
            };
            let seller = sellers.entry(listing.seller_id.clone());
            seller.or_insert((*at, false)).1 |= sells;
            if known.insert(key) {
                let listing = Listing {
                    price,
                    ..listing.clone()
                };
                introduced.push((*at, listing));
            }
        }
        for (at, listing) in introduced {
            self.push(at, Rank::Listing, 0, Payload::Listing(listing));
        }
        sellers
    }

    fn take_reviews(&mut self, listings: &Listings, reviews: Vec<Review>) {
        for review in reviews {
            let key = (review.marketplace.clone(), review.listing_id.clone());
            let at = seconds(review.time.as_ref());
            if let (Some(at), true) = (at, listings.contains_key(&key)) {
                self.push(at, Rank::Review, 0, Payload::Review(review));
            }
        }
    }

    fn finish(mut self, sellers: Vec<String>, listings: &Listings) -> Market {
        self.entries
            .sort_by_cached_key(|(at, rank, event)| (*at, *rank, id(event)));
        let mut market = Market {
            sellers,
            ..Market::default()
        };
        for (at, _, event) in self.entries {
            let owner = listing_of(&event)
                .and_then(|key| listings.get(&key))
                .and_then(|listing| market.sellers.binary_search(&listing.seller_id).ok());
            if let Some(seller) = owner {
                market.count(seller as u32, at, &event);
            }
            market.events.push((at, event));
        }
        market
    }
}
