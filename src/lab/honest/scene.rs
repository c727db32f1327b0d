//! The parts of a scene: its marketplace, conditions, pages, orders and reviews.

use std::sync::Arc;

use super::language::Language;
use super::roles::{Role, Roles};
use crate::lab::simulate::catalog::{CATEGORIES, Category};
use crate::lab::simulate::dice::Dice;
use crate::proto::v1;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Events with the time at which they arrive, and the truth.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    pub(super) events: Vec<(i64, v1::Event)>,
    pub(super) roles: Roles,
}

/// The marketplace of a scene, and what it tells.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) marketplace: String,
    pub(super) country: &'static str,
    pub(super) currency: &'static str,
    /// Known honest accounts, once for each review that they usually write.
    pub(super) accounts: Arc<Vec<String>>,
    /// Language of its buyers; none is English.
    pub(super) language: Option<Arc<Language>>,
    /// Whether it shares orders.
    pub(super) orders: bool,
    /// Whether it says which purchases are confirmed.
    pub(super) flags: bool,
    /// Whether it sends reviews in monthly batches, with the day of the batch.
    pub(super) by_month: bool,
}

/// Conditions that differ between the scenes of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// Share of buyers without another review.
    pub(super) one_time: f64,
    /// Share of buyers whose purchase the platform confirms beside the review.
    pub(super) confirmed: f64,
    /// Share of buyers who write.
    pub(super) writes: f64,
    /// Factor of counts.
    pub(super) size: f64,
    /// Factor of durations.
    pub(super) pace: f64,
    /// Quality of the goods, 0 to 9.
    pub(super) quality: u8,
}

impl Conditions {
    /// Draws the conditions of a scene.
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let mut span = |low: f64, high: f64| low + (high - low) * dice.unit();
        let (one_time, confirmed, writes) = (span(0.25, 0.5), span(0.82, 0.98), span(0.12, 0.35));
        let factor = |at: f64| libm::exp(at);
        let (size, pace) = (factor(span(-0.6, 0.7)), factor(span(-0.5, 0.5)));
        Self {
            one_time,
            confirmed,
            writes,
            size,
            pace,
            quality: dice.between(4, 8) as u8,
        }
    }
}

/// A page on which reviews stand.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) seller: String,
    pub(super) id: String,
    /// Index of its category.
    pub(super) category: usize,
    pub(super) product: &'static str,
    pub(super) quality: u8,
    pub(super) cents: i64,
    /// Day of its creation.
    pub(super) born: i64,
    /// Variation parent, or empty.
    pub(super) parent: String,
}

impl Page {
    /// Returns the vocabulary of its category.
    pub(super) fn words(&self) -> &'static Category {
        &CATEGORIES[self.category]
    }
}

/// Facts of an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deal {
    pub(super) quantity: u32,
    pub(super) promotion: bool,
    pub(super) delivered: bool,
    pub(super) refunded: bool,
}

impl Deal {
    /// One piece at full price, delivered and kept.
    pub(super) const KEPT: Self = Self {
        quantity: 1,
        promotion: false,
        delivered: true,
        refunded: false,
    };
    /// An order that the seller cancelled.
    pub(super) const CANCELLED: Self = Self {
        delivered: false,
        refunded: true,
        ..Self::KEPT
    };
    /// An order at a lower price.
    pub(super) const PROMOTED: Self = Self {
        promotion: true,
        ..Self::KEPT
    };
}

/// Source of a review's words.
#[derive(Clone, Debug)]
pub(super) enum Words {
    /// The author's own.
    Own,
    /// A disclosure of a free copy, then the author's own.
    Disclosed,
    /// Paid praise without a script.
    Paid,
    /// A mention of the reward, then the author's own.
    Rewarded,
    /// A slightly changed copy of a script.
    Script(u64),
    /// These, title and body.
    Given(String, String),
}

/// A review to post.
#[derive(Clone, Debug)]
pub(super) struct Post<'a> {
    pub(super) page: &'a Page,
    pub(super) author: &'a str,
    /// Time of arrival.
    pub(super) arrives: i64,
    /// Time that the review states, if it states one.
    pub(super) dated: Option<i64>,
    pub(super) stars: u8,
    pub(super) confirmed: Option<bool>,
    /// Whether the platform marks it as rewarded.
    pub(super) disclosed: bool,
    pub(super) words: Words,
    pub(super) role: Role,
}

impl<'a> Post<'a> {
    /// Makes an honest review of the author's own words that is stated when it arrives.
    pub(super) const fn new(page: &'a Page, author: &'a str, time: i64, stars: u8) -> Self {
        Self {
            page,
            author,
            arrives: time,
            dated: Some(time),
            stars,
            confirmed: Some(true),
            disclosed: false,
            words: Words::Own,
            role: Role::Honest,
        }
    }
}
