//! Attacks on the brand index by a seller or a rival.

use super::events::{event, money, signal};
use super::{BRAND_MARKETPLACE, BrandMarket};
use crate::codec::timestamp;
use crate::proto::v1::event::Payload;
use crate::proto::v1::{self, BrandChannel, Event};

/// A way to change a seller's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Five-star reviews by accounts that review nothing else.
    PositiveReviews(u32),
    /// Orders of one unit by new accounts, none of which returns.
    BrushingOrders(u32),
    /// The same, with half of the accounts ordering twice or more, so that buyers seem to return.
    ReturningBrushingOrders(u32),
    /// Orders by new accounts that resemble the seller's own, with as many destinations,
    /// promotions, units and returns.
    SimilarBrushingOrders(u32),
    /// Followers, in the source that reports them.
    Followers(u32),
    /// One-star reviews by accounts that review nothing else.
    NegativeReviews(u32),
}

impl Attack {
    /// All attacks in the sizes of the robustness measurement.
    pub const ALL: [Self; 6] = [
        Self::PositiveReviews(200),
        Self::BrushingOrders(500),
        Self::ReturningBrushingOrders(500),
        Self::SimilarBrushingOrders(500),
        Self::Followers(50_000),
        Self::NegativeReviews(200),
    ];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PositiveReviews(_) => "fake five-star reviews",
            Self::BrushingOrders(_) => "brushing orders",
            Self::ReturningBrushingOrders(_) => "brushing orders of accounts that return",
            Self::SimilarBrushingOrders(_) => "brushing orders similar to all others",
            Self::Followers(_) => "bought followers",
            Self::NegativeReviews(_) => "planted one-star reviews",
        }
    }

    /// Returns its size.
    pub const fn size(self) -> u32 {
        match self {
            Self::PositiveReviews(n)
            | Self::BrushingOrders(n)
            | Self::ReturningBrushingOrders(n)
            | Self::SimilarBrushingOrders(n)
            | Self::Followers(n)
            | Self::NegativeReviews(n) => n,
        }
    }
}

/// Days over which reviews and orders are spread.
const DAYS: i64 = 20;

/// Makes the events of an attack within the last simulated month, on a seller by number. Brushing
/// orders are delivered and never refunded.
pub fn attack(market: &mut BrandMarket, seller: usize, attack: Attack) -> Vec<Event> {
    market.month -= 1;
    let (start, days) = market.days();
    market.month += 1;
    let held = market.sellers[seller].clone();
    let count = i64::from(attack.size());
    let at = |number: i64| start + 3 * 86_400 + number * DAYS * 86_400 / count.max(1);
    let places = held.listings.len() as i64;
    let listing = |number: i64| &held.listings[(number % places.min(2)) as usize];
    match attack {
        Attack::PositiveReviews(_) | Attack::NegativeReviews(_) => {
            let stars = if matches!(attack, Attack::NegativeReviews(_)) {
                1
            } else {
                5
            };
            let one = |number: i64| {
                let author = format!("BX-{}-{stars}-{number}", held.id);
                market.review(listing(number), &author, (at(number), stars), Some(false))
            };
            (0..count).map(one).collect()
        }
        Attack::BrushingOrders(_) | Attack::ReturningBrushingOrders(_) => {
            let repeats = matches!(attack, Attack::ReturningBrushingOrders(_));
            let one = |number: i64| {
                let account = if repeats {
                    number % (count / 3).max(1)
                } else {
                    number
                };
                let listing = listing(number);
                event(Payload::Order(v1::Order {
                    order_id: format!("BXO-{}-{repeats}-{number}", held.id),
                    marketplace: BRAND_MARKETPLACE.to_owned(),
                    listing_id: listing.id.clone(),
                    buyer_id: format!("BXB-{}-{account}", held.id),
                    time: Some(timestamp(at(number))),
                    quantity: 1,
                    price: money(f64::from(listing.cents)),
                    destination_country: "US".to_owned(),
                    promotion: Some(false),
                    delivered: Some(true),
                    refunded: Some(false),
                }))
            };
            (0..count).map(one).collect()
        }
        Attack::SimilarBrushingOrders(_) => {
            let one = |number: i64| {
                let listing = held.listings[(number % places) as usize].clone();
                let account = format!("BXA-{}-{number}", held.id);
                market.order(seller, &listing, &account, at(number))
            };
            (0..count).map(one).collect()
        }
        Attack::Followers(more) => {
            let end = start + i64::from(days) * 86_400;
            let value = held.followers + f64::from(more);
            let told = (BrandChannel::Social, "followers");
            let mut event = signal(&held.id, told, value, (start, end), held.vouched);
            event.revision = 1;
            vec![event]
        }
    }
}
