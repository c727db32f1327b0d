//! Planting of reviews.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::{Real, seconds};
use crate::codec::timestamp;
use crate::lab::simulate::TruthRow;
use crate::proto::v1;
use crate::proto::v1::event::Payload;

/// Schemes that can be injected, by their names in the simulator.
pub const SCHEMES: [&str; 5] = [
    "brushing",
    "review_club",
    "competitor_attack",
    "undisclosed_incentive",
    "template_texts",
];
/// Planted share of the real reviews at intensity 1.
const PLANTED: f64 = 0.05;
/// Fewest reviews of a promoted or attacked listing.
const LISTING_LEAST: usize = 5;
/// Fewest reviews of an account with a cover.
const COVER_LEAST: usize = 3;
const DAY: i64 = 86_400;

/// Paid texts without a script.
const GENERIC: [&str; 8] = [
    "very good quality and fast shipping",
    "exactly what I needed, very happy with it",
    "great product, will buy from this seller again",
    "amazing quality, highly recommend to everybody",
    "best purchase this year, five stars",
    "super nice and beautiful, thanks to the seller",
    "perfect product, perfect service, love it",
    "high quality, looks as in the pictures",
];
/// Phrases that reveal a reward.
const REWARD: [&str; 4] = [
    "The seller sent a voucher after I posted this.",
    "Got my refund for the review.",
    "They promised a discount for five stars.",
    "Free in return for stars.",
];

/// A plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// One of [`SCHEMES`].
    pub scheme: &'static str,
    /// Intensity: 1 plants 5 % of the real reviews.
    pub intensity: f64,
    /// Camouflage, 0 to 1: slower pushes, real accounts, confirmed purchases, fewer extremes.
    pub camouflage: f64,
    /// The same seed plants the same reviews.
    pub seed: u64,
}

/// Ranges of a scheme's pushes: fewest and most reviews, fewest and most days, share of fresh
/// accounts, of confirmed purchases, and of the most extreme stars.
struct Way {
    size: (usize, usize),
    days: (usize, usize),
    fresh: f64,
    verified: f64,
    extreme: f64,
}

fn way(scheme: &str) -> Way {
    let (size, days, fresh, verified, extreme) = match scheme {
        "brushing" => ((15, 60), (5, 20), 1.0, 0.97, 0.97),
        "review_club" => ((12, 30), (6, 25), 0.0, 0.75, 0.88),
        "competitor_attack" => ((10, 36), (2, 5), 0.7, 0.2, 0.93),
        "undisclosed_incentive" => ((20, 60), (20, 60), 0.0, 0.95, 0.85),
        _ => ((12, 45), (4, 18), 0.6, 0.5, 0.94),
    };
    Way {
        size,
        days,
        fresh,
        verified,
        extreme,
    }
}

/// Material of planted reviews.
struct Ground<'a> {
    // Listings with enough reviews, and the days from the first to the last of these.
    listings: Vec<(&'a str, i64, i64)>,
    // Accounts with several real reviews.
    covers: Vec<&'a str>,
    // Positive and negative sentences, those of one review in a row.
    sentences: [Vec<Vec<&'a str>>; 2],
    // Whether the set states purchases.
    verified: bool,
}

impl<'a> Ground<'a> {
    fn of(real: &'a Real) -> Self {
        let mut spans: BTreeMap<&str, (usize, i64, i64)> = BTreeMap::new();
        let mut authors: BTreeMap<&str, usize> = BTreeMap::new();
        let mut sentences = [Vec::new(), Vec::new()];
        for review in &real.reviews {
            let day = seconds(review).div_euclid(DAY);
            let held = spans.entry(&review.listing_id).or_insert((0, day, day));
            held.0 += 1;
            held.2 = day;
            *authors.entry(&review.reviewer_id).or_default() += 1;
            let text: Vec<&str> = review
                .body
                .split_inclusive(['.', '!', '?'])
                .map(str::trim)
                .filter(|sentence| sentence.len() > 12)
                .collect();
            if !text.is_empty() && review.rating != 3 {
                sentences[usize::from(review.rating < 3)].push(text);
            }
        }
        let listings = spans
            .into_iter()
            .filter(|(_, held)| held.0 >= LISTING_LEAST);
        let covers = authors
            .into_iter()
            .filter(|(_, count)| *count >= COVER_LEAST);
        Self {
            listings: listings
                .map(|(id, (_, first, last))| (id, first, last))
                .collect(),
            covers: covers.map(|(id, _)| id).collect(),
            sentences,
            verified: real
                .reviews
                .iter()
                .any(|review| review.verified_purchase.is_some()),
        }
    }
}

/// One push.
struct Push<'a> {
    number: u32,
    listing: &'a str,
    start: i64,
    days: usize,
    script: String,
}

impl Plan {
    /// Returns the planted reviews and their truth.
    pub(super) fn plant(&self, real: &Real) -> (Vec<v1::Review>, Vec<TruthRow>) {
        let ground = Ground::of(real);
        let mut dice = Dice(Pcg64Mcg::seed_from_u64(self.seed));
        let wanted = (real.len() as f64 * PLANTED * self.intensity).round() as usize;
        let (mut reviews, mut truth) = (Vec::new(), Vec::new());
        let mut number = 0;
        while reviews.len() < wanted && !ground.listings.is_empty() {
            self.push(real, &ground, &mut dice, number, (&mut reviews, &mut truth));
            number += 1;
        }
        truth.extend(self.sellers(real, &truth));
        (reviews, truth)
    }

    /// Returns the owners of promoted listings; owners of other listings are honest as far as is
    /// known.
    fn sellers(&self, real: &Real, truth: &[TruthRow]) -> Vec<TruthRow> {
        let promoted: BTreeSet<&str> = truth
            .iter()
            .filter(|row| row.kind == "listing" && row.role == "manipulated")
            .map(|row| row.id.as_str())
            .collect();
        let owned = real.pages.iter().filter_map(|page| match &page.payload {
            Some(Payload::Listing(listing)) => Some(listing),
            _ => None,
        });
        let owners: BTreeSet<&str> = owned
            .filter(|listing| promoted.contains(listing.listing_id.as_str()))
            .map(|listing| listing.seller_id.as_str())
            .collect();
        let row = |id: &str| TruthRow {
            kind: "seller",
            marketplace: "",
            id: id.to_owned(),
            scheme: self.scheme,
            role: "manipulated",
            campaign: None,
        };
        owners.into_iter().map(row).collect()
    }

    fn push(
        &self,
        real: &Real,
        ground: &Ground<'_>,
        dice: &mut Dice,
        number: u32,
        (reviews, truth): (&mut Vec<v1::Review>, &mut Vec<TruthRow>),
    ) {
        let way = way(self.scheme);
        let days = dice.between(way.days) as f64 * (1.0 + 2.0 * self.camouflage);
        let (listing, first, last) = ground.listings[dice.below(ground.listings.len())];
        let span = (last - first - days as i64).max(1);
        let push = Push {
            number,
            listing,
            start: first + dice.below(span as usize) as i64,
            days: days as usize,
            script: self.sentences(ground, dice, 3),
        };
        let size = dice.between(way.size);
        for turn in 0..size {
            let review = self.review(real, ground, dice, &way, &push, (turn, size));
            let row = |kind, id: &str| TruthRow {
                kind,
                marketplace: real.marketplace,
                id: id.to_owned(),
                scheme: self.scheme,
                role: "manipulated",
                campaign: (kind == "review").then_some(number),
            };
            truth.push(row("review", &review.review_id));
            truth.push(row("reviewer", &review.reviewer_id));
            reviews.push(review);
        }
        let promoted = self.scheme != "competitor_attack";
        truth.push(TruthRow {
            kind: "listing",
            marketplace: real.marketplace,
            id: listing.to_owned(),
            scheme: self.scheme,
            role: if promoted { "manipulated" } else { "victim" },
            campaign: None,
        });
    }

    fn review(
        &self,
        real: &Real,
        ground: &Ground<'_>,
        dice: &mut Dice,
        way: &Way,
        push: &Push<'_>,
        (turn, size): (usize, usize),
    ) -> v1::Review {
        let number = push.number;
        let day = push.start + (turn * push.days / size) as i64;
        let hide = self.camouflage;
        let fresh = dice.chance(way.fresh);
        let hidden = dice.chance(hide) && !ground.covers.is_empty();
        let reviewer_id = if hidden {
            ground.covers[dice.below(ground.covers.len())].to_owned()
        } else if fresh {
            format!("planted-{number}-{turn}")
        } else {
            // A club of forty accounts writes all pushes.
            format!("planted-club-{}", dice.below(40))
        };
        let extreme = dice.chance(way.extreme * (1.0 - 0.3 * hide));
        let rating = match (self.scheme == "competitor_attack", extreme) {
            (true, true) => 1,
            (true, false) => 2,
            (false, true) => 5,
            (false, false) => 4,
        };
        let verified = dice.chance(way.verified + hide * (0.85 - way.verified));
        v1::Review {
            review_id: format!("planted-{number}-{turn}"),
            marketplace: real.marketplace.to_owned(),
            listing_id: push.listing.to_owned(),
            reviewer_id,
            rating,
            body: self.text(ground, dice, push),
            verified_purchase: ground.verified.then_some(verified),
            time: Some(timestamp(day * DAY)),
            ..v1::Review::default()
        }
    }

    fn text(&self, ground: &Ground<'_>, dice: &mut Dice, push: &Push<'_>) -> String {
        // A set without texts gets planted reviews without texts.
        if ground.sentences.iter().all(Vec::is_empty) {
            return String::new();
        }
        match self.scheme {
            "brushing" => GENERIC[dice.below(GENERIC.len())].to_owned(),
            "template_texts" => reworded(&push.script, dice),
            "undisclosed_incentive" if dice.chance(0.3) => {
                let text = self.sentences(ground, dice, 2);
                format!("{text} {}", REWARD[dice.below(REWARD.len())])
            }
            _ => self.sentences(ground, dice, 3),
        }
    }

    /// Combines sentences of several real reviews of the scheme's polarity.
    fn sentences(&self, ground: &Ground<'_>, dice: &mut Dice, count: usize) -> String {
        let texts = &ground.sentences[usize::from(self.scheme == "competitor_attack")];
        if texts.is_empty() {
            return String::new();
        }
        let mut one = || {
            let text = &texts[dice.below(texts.len())];
            text[dice.below(text.len())]
        };
        (0..count).map(|_| one()).collect::<Vec<_>>().join(" ")
    }
}

/// Copies a script without one word in twelve.
fn reworded(script: &str, dice: &mut Dice) -> String {
    let words = script
        .split_whitespace()
        .filter(|_| !dice.chance(1.0 / 12.0));
    words.collect::<Vec<_>>().join(" ")
}

struct Dice(Pcg64Mcg);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        ((u64::from(self.0.next_u32()) * bound as u64) >> 32) as usize
    }

    fn between(&mut self, (least, most): (usize, usize)) -> usize {
        least + self.below(most - least + 1)
    }

    fn chance(&mut self, probability: f64) -> bool {
        f64::from(self.0.next_u32()) / 4_294_967_296.0 < probability
    }
}
