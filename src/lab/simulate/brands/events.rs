//! Events of sellers: pages, orders, reviews and brand measures.

use super::{BRAND_MARKETPLACE, BUYERS_KEPT, BrandMarket, Listing};
use crate::codec::timestamp;
use crate::lab::simulate::catalog::CATEGORIES;
use crate::lab::simulate::people::{self, Habit};
use crate::lab::simulate::text::{self, Subject};
use crate::proto::v1::event::Payload;
use crate::proto::v1::{self, BrandChannel, Event, Provenance};

/// Destinations of orders, the home market first.
pub(super) const COUNTRIES: [&str; 6] = ["US", "DE", "JP", "BR", "GB", "VN"];
/// Share of orders with a review.
const REVIEWED: f64 = 0.3;
/// Share of new buyers who also buy from other sellers.
const KNOWN_ELSEWHERE: f64 = 0.5;

pub(super) fn event(payload: Payload) -> Event {
    Event {
        revision: 0,
        payload: Some(payload),
    }
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "messages hold their parts as options"
)]
pub(super) fn money(cents: f64) -> Option<v1::Money> {
    let cents = cents.max(0.0) as i64;
    Some(v1::Money {
        currency_code: "USD".to_owned(),
        units: cents / 100,
        nanos: (cents % 100) as i32 * 10_000_000,
    })
}

impl BrandMarket {
    /// Adds the seller and its pages.
    pub(super) fn introduce(&mut self, number: usize, events: &mut Vec<Event>) {
        let (start, _) = self.days();
        let seller = self.sellers[number].clone();
        events.push(event(Payload::Seller(v1::Seller {
            seller_id: seller.id.clone(),
            display_name: seller.brand.clone(),
            home_country: "CN".to_owned(),
            register_time: Some(timestamp(start - 40 * 86_400)),
            brands: Vec::new(),
        })));
        for listing in &seller.listings {
            let category = &CATEGORIES[listing.category];
            let care = seller.strength + 0.5 * (self.dice.unit() - 0.5);
            let bullets = (care * 6.0).clamp(0.0, 6.0) as usize;
            events.push(event(Payload::Listing(v1::Listing {
                listing_id: listing.id.clone(),
                marketplace: BRAND_MARKETPLACE.to_owned(),
                seller_id: seller.id.clone(),
                destination_country: COUNTRIES[0].to_owned(),
                category_path: vec![category.leaf.to_owned()],
                brand: seller.brand.clone(),
                title: format!("{} {}", seller.brand, category.products[0]),
                bullet_points: (0..bullets)
                    .map(|n| category.aspects[n].to_owned())
                    .collect(),
                price: money(f64::from(listing.cents)),
                image_count: Some((care * 8.0).clamp(1.0, 9.0) as u32),
                video_count: Some(u32::from(care > 0.6)),
                enhanced_content: Some(care > 0.5),
                fulfilment: 1 + self.dice.below(4) as i32,
                create_time: Some(timestamp(start - 30 * 86_400)),
                ..v1::Listing::default()
            })));
        }
    }

    /// Adds the orders and reviews of a month.
    pub(super) fn trade(&mut self, number: usize, events: &mut Vec<Event>) {
        let (start, days) = self.days();
        let (size, strength) = (self.sellers[number].size, self.sellers[number].strength);
        let grown = libm::exp(0.03 * (strength - 0.5) * f64::from(self.month));
        let orders = self.dice.poisson(size * grown);
        for _ in 0..orders {
            let places = self.sellers[number].listings.len();
            let listing = self.sellers[number].listings[self.dice.below(places)].clone();
            let buyer = self.buyer(number, strength);
            let second = self.dice.second();
            let time = start + i64::from(self.dice.between(0, days - 1)) * 86_400 + second;
            events.push(self.order(number, &listing, &buyer, time));
            if self.dice.chance(REVIEWED) {
                let end = start + i64::from(days) * 86_400 - 1;
                let later = i64::from(self.dice.between(2, 20)) * 86_400;
                let written = (time + later).min(end);
                let quality = (strength * 6.0 + self.dice.unit() * 4.0) as u8;
                let stars = people::rating(&mut self.dice, quality.min(9), Habit::Plain);
                events.push(self.review(&listing, &buyer, (written, stars), Some(true)));
            }
        }
    }

    /// Draws a returning buyer, a buyer known from other sellers, or a new one.
    fn buyer(&mut self, number: usize, strength: f64) -> String {
        let held = self.sellers[number].buyers.len();
        if held > 0 && self.dice.chance(0.05 + 0.4 * strength) {
            return self.sellers[number].buyers[self.dice.below(held)].clone();
        }
        let buyer = if self.dice.chance(KNOWN_ELSEWHERE) {
            let known = self.sellers.len() * 4 + 40;
            format!("BK{}", self.dice.below(known))
        } else {
            self.counts[2] += 1;
            format!("BB{}", self.counts[2])
        };
        let index = self.dice.below(BUYERS_KEPT);
        let buyers = &mut self.sellers[number].buyers;
        if buyers.len() < BUYERS_KEPT {
            buyers.push(buyer.clone());
        } else {
            buyers[index].clone_from(&buyer);
        }
        buyer
    }

    pub(super) fn order(
        &mut self,
        number: usize,
        listing: &Listing,
        buyer: &str,
        time: i64,
    ) -> Event {
        self.counts[0] += 1;
        let seller = &self.sellers[number];
        let (strength, countries) = (seller.strength, seller.countries);
        let promotion = self.dice.chance(0.4 - 0.3 * strength);
        let quantity = [1, 1, 1, 2, 3][self.dice.below(5)];
        let off = if promotion { 0.85 } else { 1.0 };
        let abroad = countries > 1 && self.dice.chance(0.15 + 0.5 * strength);
        let country = if abroad {
            1 + self.dice.below(countries - 1)
        } else {
            0
        };
        event(Payload::Order(v1::Order {
            order_id: format!("BO{}", self.counts[0]),
            marketplace: BRAND_MARKETPLACE.to_owned(),
            listing_id: listing.id.clone(),
            buyer_id: buyer.to_owned(),
            time: Some(timestamp(time)),
            quantity,
            price: money(f64::from(listing.cents) * f64::from(quantity) * off),
            destination_country: COUNTRIES[country].to_owned(),
            promotion: Some(promotion),
            delivered: Some(self.dice.chance(0.93 + 0.05 * strength)),
            refunded: Some(self.dice.chance(0.11 - 0.08 * strength)),
        }))
    }

    pub(super) fn review(
        &mut self,
        listing: &Listing,
        author: &str,
        (time, stars): (i64, u8),
        verified: Option<bool>,
    ) -> Event {
        self.counts[1] += 1;
        let category = &CATEGORIES[listing.category];
        let subject = Subject {
            category,
            product: category.products[listing.product],
            rating: stars,
        };
        event(Payload::Review(v1::Review {
            review_id: format!("BR{}", self.counts[1]),
            marketplace: BRAND_MARKETPLACE.to_owned(),
            listing_id: listing.id.clone(),
            reviewer_id: author.to_owned(),
            rating: u32::from(stars),
            title: text::title(&mut self.dice, subject, Habit::Plain),
            body: text::body(&mut self.dice, subject, Habit::Plain),
            language: "en".to_owned(),
            verified_purchase: verified,
            time: Some(timestamp(time)),
            ..v1::Review::default()
        }))
    }

    /// Adds listing snapshots and brand measures.
    pub(super) fn tell(&mut self, number: usize, events: &mut Vec<Event>) {
        let (start, days) = self.days();
        let end = start + i64::from(days) * 86_400;
        let seller = self.sellers[number].clone();
        let strength = seller.strength;
        for listing in &seller.listings {
            let mean = seller.size / seller.listings.len() as f64;
            let units = f64::from(self.dice.poisson(mean * 1.4));
            let spend = units * f64::from(listing.cents) * (0.28 - 0.22 * strength).max(0.0);
            let spend = spend * (0.7 + 0.6 * self.dice.unit());
            let rank = 40_000.0 / (1.0 + seller.size) * (0.7 + 0.6 * self.dice.unit());
            events.push(event(Payload::ListingSnapshot(v1::ListingSnapshot {
                listing_id: listing.id.clone(),
                marketplace: BRAND_MARKETPLACE.to_owned(),
                time: Some(timestamp(end - 3600)),
                price: money(f64::from(listing.cents)),
                sales_rank: Some(rank.max(1.0) as u32),
                units: Some(units as u64),
                sessions: Some((mean * 15.0 * (0.8 + 0.4 * self.dice.unit())) as u64),
                ad_spend: money(spend),
                returns: Some(u64::from(
                    self.dice.poisson(units * (0.12 - 0.08 * strength)),
                )),
                ..v1::ListingSnapshot::default()
            })));
        }
        if !seller.measured {
            return;
        }
        let drawn = libm::exp(3.0 * (strength - 0.5));
        let noise = |market: &mut Self| 0.7 + 0.6 * market.dice.unit();
        let queries = seller.size * 20.0 * drawn * noise(self);
        let followers = &mut self.sellers[number].followers;
        *followers *= 1.0 + 0.03 * strength;
        let followers = *followers;
        let told = [
            (BrandChannel::Search, "brand_queries", queries, 1),
            (
                BrandChannel::Search,
                "category_queries",
                60_000.0 * noise(self),
                1,
            ),
            (
                BrandChannel::Search,
                "visibility",
                (0.1 + 0.4 * strength) * noise(self),
                1,
            ),
            (
                BrandChannel::Website,
                "sessions",
                seller.size * 8.0 * drawn * noise(self),
                2,
            ),
            (
                BrandChannel::Website,
                "orders",
                seller.size * 0.3 * strength * noise(self),
                2,
            ),
            (BrandChannel::Social, "followers", followers, seller.vouched),
        ];
        for (channel, metric, value, provenance) in told {
            events.push(signal(
                &seller.id,
                (channel, metric),
                value,
                (start, end),
                provenance,
            ));
        }
    }
}

/// Adds a brand measure of a whole month.
pub(super) fn signal(
    seller: &str,
    (channel, metric): (BrandChannel, &str),
    value: f64,
    (start, end): (i64, i64),
    provenance: i32,
) -> Event {
    let provenance = Provenance::try_from(provenance).unwrap_or(Provenance::SelfReported);
    event(Payload::BrandSignal(v1::BrandSignal {
        signal_id: format!("BM-{seller}-{metric}-{start}"),
        seller_id: seller.to_owned(),
        brand: String::new(),
        market: String::new(),
        channel: channel.into(),
        metric: metric.to_owned(),
        value: if metric == "visibility" {
            value.min(1.0)
        } else {
            value
        },
        start_time: Some(timestamp(start)),
        end_time: Some(timestamp(end)),
        provenance: provenance.into(),
    }))
}
