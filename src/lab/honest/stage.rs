//! The builder of a scene: its sellers, pages, orders and reviews.

use std::sync::Arc;

use super::background::{Background, MARKETS};
use super::roles::{Key, Role, note};
use super::scene::{Conditions, DAY, Deal, Page, Place, Post, Scene, Words};
use crate::codec::timestamp;
use crate::domain::{Month, first_day};
use crate::lab::simulate::catalog::CATEGORIES;
use crate::lab::simulate::dice::{Dice, mix};
use crate::lab::simulate::people::{self, Habit};
use crate::lab::simulate::text::{self, Subject};
use crate::lab::simulate::words;
use crate::proto::v1;
use crate::proto::v1::event::Payload;

/// Builder of a scene.
#[derive(Debug)]
pub(super) struct Stage<'a> {
    pub(super) dice: Dice,
    pub(super) conditions: Conditions,
    pub(super) place: Place,
    pub(super) ground: &'a Background,
    pub(super) scene: Scene,
    salt: u64,
    next: u64,
}

impl<'a> Stage<'a> {
    /// Makes an empty scene of a kind on a market.
    pub(super) fn new(ground: &'a Background, kind: &str) -> Self {
        let salt = kind
            .bytes()
            .fold(ground.seed, |sum, byte| mix(sum ^ u64::from(byte)));
        let mut dice = Dice::new(salt, 71);
        let market = usize::from(dice.chance(0.35));
        let (marketplace, country, currency) = MARKETS[market];
        Self {
            place: Place {
                marketplace: marketplace.to_owned(),
                country,
                currency,
                accounts: Arc::clone(&ground.accounts[market]),
                language: None,
                orders: true,
                flags: true,
                by_month: false,
            },
            conditions: Conditions::draw(&mut dice),
            dice,
            ground,
            scene: Scene::default(),
            salt,
            next: 0,
        }
    }

    /// Makes an id that no other has, and that reveals nothing.
    pub(super) fn id(&mut self, letter: char) -> String {
        self.next += 1;
        // A multiplication by an odd number is a bijection, so ids differ.
        let spread = (self.next as u32).wrapping_mul(0x9E37_79B1) ^ self.salt as u32;
        format!("{letter}x{spread:010}")
    }

    /// A count around a middle, by the size of this scene.
    pub(super) fn count(&mut self, middle: f64) -> u32 {
        let noise = 0.85 + 0.3 * self.dice.unit();
        (middle * self.conditions.size * noise).max(3.0) as u32
    }

    /// Days around a middle, by the pace of this scene; at least 1.
    pub(super) fn days(&mut self, middle: f64) -> i64 {
        let noise = 0.85 + 0.3 * self.dice.unit();
        (middle * self.conditions.pace * noise).max(1.0) as i64
    }

    /// A day in a part of the market's time, such as 0.4 to 0.8.
    pub(super) fn day_within(&mut self, from: f64, to: f64) -> i64 {
        let at = from + (to - from) * self.dice.unit();
        (self.ground.days as f64 * at) as i64
    }

    /// A second of a day of the market.
    pub(super) fn moment(&mut self, day: i64) -> i64 {
        self.ground.start + day * DAY + self.dice.second()
    }

    /// A new account.
    pub(super) fn fresh(&mut self) -> String {
        self.id('U')
    }

    /// A known honest account of the marketplace, by activity, or a new one.
    pub(super) fn author(&mut self, one_time: f64) -> String {
        let known = Arc::clone(&self.place.accounts);
        if known.is_empty() || self.dice.chance(one_time) {
            return self.fresh();
        }
        known[self.dice.below(known.len())].clone()
    }

    /// A seller.
    pub(super) fn seller(&mut self) -> String {
        let id = self.id('S');
        let days = i64::from(self.dice.between(60, 900));
        let seller = v1::Seller {
            seller_id: id.clone(),
            display_name: format!("Shop {}", &id[2..6]),
            home_country: self.place.country.to_owned(),
            register_time: Some(timestamp(self.ground.start - days * DAY)),
            brands: vec![format!("Brand {}", &id[2..6])],
        };
        self.push(i64::MIN, 0, Payload::Seller(seller));
        note(
            &mut self.scene.roles.sellers,
            Key::new("", &id),
            Role::Honest,
        );
        id
    }

    /// A page of a seller, created on a day that may lie before the market's first.
    pub(super) fn page(&mut self, seller: &str, born: i64) -> Page {
        let category = self.dice.below(CATEGORIES.len());
        let words = &CATEGORIES[category];
        let spread = 0.6 + self.dice.unit();
        let page = Page {
            seller: seller.to_owned(),
            id: self.id('L'),
            category,
            product: self.dice.pick(words.products),
            quality: self.conditions.quality,
            cents: (f64::from(words.price) * spread) as i64 * 100 + 99,
            born,
            parent: String::new(),
        };
        self.publish(&page, 0, None);
        page
    }

    /// Sends the page of a listing. Pages of later revisions arrive at a time.
    pub(super) fn publish(&mut self, page: &Page, revision: u32, arrives: Option<i64>) {
        let words = page.words();
        let colour = self.dice.pick(words::COLOUR);
        let usage = self.dice.pick(words.uses);
        let brand = format!("Brand {}", &page.seller[2..6]);
        let created = self.ground.start + page.born * DAY + 36_000;
        let aspects = (0..4)
            .map(|_| self.dice.pick(words.aspects).to_owned())
            .collect();
        let listing = v1::Listing {
            listing_id: page.id.clone(),
            marketplace: self.place.marketplace.clone(),
            seller_id: page.seller.clone(),
            destination_country: self.place.country.to_owned(),
            category_path: vec![words.parent.to_owned(), words.leaf.to_owned()],
            title: format!("{brand} {} {colour}, {usage}", page.product),
            brand,
            bullet_points: aspects,
            description: format!("A {} for use {usage}.", page.product),
            price: Some(self.money(page, 1)),
            image_count: Some(3 + self.dice.below(5) as u32),
            fulfilment: 1 + self.dice.below(4) as i32,
            variation_parent_id: page.parent.clone(),
            create_time: Some(timestamp(created)),
            ..v1::Listing::default()
        };
        let arrives = arrives.unwrap_or(created.max(self.ground.start));
        self.push(arrives, revision, Payload::Listing(listing));
        let key = Key::new(&self.place.marketplace, &page.id);
        note(&mut self.scene.roles.listings, key, Role::Honest);
    }

    /// An order.
    pub(super) fn order(&mut self, page: &Page, buyer: &str, time: i64, deal: Deal) {
        if !self.place.orders {
            return;
        }
        let order = v1::Order {
            order_id: self.id('O'),
            marketplace: self.place.marketplace.clone(),
            listing_id: page.id.clone(),
            buyer_id: buyer.to_owned(),
            time: Some(timestamp(time)),
            quantity: deal.quantity,
            price: Some(self.money(page, deal.quantity)),
            destination_country: self.place.country.to_owned(),
            promotion: Some(deal.promotion),
            delivered: Some(deal.delivered),
            refunded: Some(deal.refunded),
        };
        self.push(time, 0, Payload::Order(order));
    }

    /// Posts a review and returns it, for copies.
    pub(super) fn post(&mut self, post: Post<'_>) -> v1::Review {
        let disclosed = post.disclosed || matches!(post.words, Words::Disclosed);
        let (title, body) = self.write(post.page, post.author, post.stars, post.words);
        let pictures = self.dice.chance(0.08);
        let language = self.place.language.as_ref();
        let language = language.map_or("en", |language| language.code).to_owned();
        let review = v1::Review {
            review_id: self.id('R'),
            marketplace: self.place.marketplace.clone(),
            listing_id: post.page.id.clone(),
            reviewer_id: post.author.to_owned(),
            rating: post.stars.into(),
            title,
            body,
            language,
            verified_purchase: post.confirmed.filter(|_| self.place.flags),
            incentive_disclosed: Some(disclosed),
            helpful_votes: Some(self.dice.pareto(1.1, 200.0) as u32 - 1),
            image_count: Some(u32::from(pictures) * self.dice.between(1, 4) as u32),
            time: post.dated.map(|time| timestamp(self.stated(time))),
        };
        self.deliver(&review, post.arrives, post.role);
        review
    }

    /// The time that the marketplace states: with monthly batches the day of the batch.
    fn stated(&self, time: i64) -> i64 {
        if !self.place.by_month {
            return time;
        }
        let day = u32::try_from(time / DAY).unwrap_or(0);
        let next = Month(Month::of(day).0.saturating_add(1));
        (i64::from(first_day(next)) * DAY).min(self.ground.end() - 1)
    }

    /// Sends a finished review.
    pub(super) fn deliver(&mut self, review: &v1::Review, arrives: i64, role: Role) {
        let key = |id: &str| Key::new(&review.marketplace, id);
        let roles = &mut self.scene.roles;
        note(&mut roles.reviews, key(&review.review_id), role);
        note(&mut roles.authors, key(&review.reviewer_id), role);
        self.push(arrives, 0, Payload::Review(review.clone()));
    }

    /// Gives a listing and its seller a role.
    pub(super) fn assign(&mut self, page: &Page, role: Role) {
        let roles = &mut self.scene.roles;
        note(
            &mut roles.listings,
            Key::new(&self.place.marketplace, &page.id),
            role,
        );
        note(&mut roles.sellers, Key::new("", &page.seller), role);
    }

    fn push(&mut self, arrives: i64, revision: u32, payload: Payload) {
        let event = v1::Event {
            revision,
            payload: Some(payload),
        };
        self.scene.events.push((arrives, event));
    }

    fn write(&mut self, page: &Page, author: &str, stars: u8, words: Words) -> (String, String) {
        if let Words::Given(title, body) = words {
            return (title, body);
        }
        if let Some(language) = self.place.language.clone() {
            return language.write(&mut self.dice, stars, &words);
        }
        let (habit, dice) = (self.habit(author), &mut self.dice);
        let subject = Subject {
            category: page.words(),
            product: page.product,
            rating: stars,
        };
        let own = |dice: &mut Dice| {
            let title = text::title(dice, subject, habit);
            (title, text::body(dice, subject, habit))
        };
        let led = |dice: &mut Dice, from: &[&str]| {
            let (title, mut body) = own(dice);
            text::lead(dice, &mut body, from, subject);
            (title, body)
        };
        match words {
            Words::Own => own(dice),
            Words::Disclosed => led(dice, words::DISCLOSED),
            Words::Rewarded => led(dice, words::REWARD),
            Words::Paid => text::paid(dice, subject),
            Words::Script(script) => text::template(dice, script, subject),
            Words::Given(title, body) => (title, body),
        }
    }

    /// The fixed habit of an account.
    pub(super) fn habit(&self, author: &str) -> Habit {
        let number = author
            .bytes()
            .fold(7, |sum, byte| mix(sum ^ u64::from(byte)));
        people::habit(self.ground.seed, number as u32)
    }

    fn money(&self, page: &Page, quantity: u32) -> v1::Money {
        let cents = page.cents * i64::from(quantity);
        v1::Money {
            currency_code: self.place.currency.to_owned(),
            units: cents / 100,
            nanos: (cents % 100) as i32 * 10_000_000,
        }
    }
}
