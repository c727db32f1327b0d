//! Reviews by month, as they came and by how likely they are to be genuine.

use std::collections::BTreeMap;

use super::Gather;
use super::strangers::{WEEK, excesses};
use super::suspected::{self, Looks, Seen};
use crate::brand::complaints::{self, Changed};
use crate::brand::context::Context;
use crate::brand::inputs::Flow;
use crate::brand::voice::revision::Periods;
use crate::domain::DAY;
use crate::state::{Known, Polarity};

/// Most reviews of a seller that are looked at.
const REVIEWS_MOST: usize = 200_000;
/// Most orders of an author that are looked at.
const ORDERS_LOOKED_AT: usize = 8;

struct Item {
    row: u32,
    place: usize,
    reviewer: u32,
    listing: u32,
    seconds: u32,
    stars: u8,
    verified: Known,
    /// Group of its listing and the day when the page last changed; none where it never did.
    revised: Option<(u32, u32)>,
    genuine: f64,
}

/// How many of these an author wrote.
fn here(items: &[Item]) -> impl Fn(u32) -> u32 + use<> {
    let mut authors: Vec<u32> = items.iter().map(|item| item.reviewer).collect();
    authors.sort_unstable();
    move |author: u32| {
        let start = authors.partition_point(|held| *held < author);
        (authors.partition_point(|held| *held <= author) - start) as u32
    }
}

impl Gather<'_> {
    pub(super) fn reviews(&mut self, context: &Context) {
        let mut items = self.written();
        self.weigh_looks(&mut items);
        let planted = items
            .iter()
            .filter(|item| item.stars == 5 && item.genuine < 1.0);
        self.planted = planted.map(|item| (item.row, 1.0 - item.genuine)).collect();
        self.doubt_bursts(&mut items);
        let mut changed: BTreeMap<u32, Changed> = BTreeMap::new();
        for item in &items {
            self.count_trade(item.listing, item.genuine);
            let stars = f64::from(item.stars);
            let praise = f64::from(u8::from(item.stars >= 4));
            let month = &mut self.inputs.months[item.place];
            for (flow, amount) in [
                (Flow::Reviews, 1.0),
                (Flow::Stars, stars),
                (Flow::SquaredStars, stars * stars),
                (Flow::Praise, praise),
            ] {
                month.add(flow, amount, amount * item.genuine);
            }
            if let Some((group, day)) = item.revised {
                let held = changed.entry(item.listing).or_insert(Changed {
                    group,
                    listing: item.listing,
                    day,
                    views: [Periods::default(); 2],
                });
                for (periods, weight) in held.views.iter_mut().zip([1.0, item.genuine]) {
                    let days = (item.seconds / DAY, day);
                    complaints::add(periods, days, item.stars <= 2, weight);
                }
            }
        }
        self.inputs.revision = context.complaints.fell(changed.into_values().collect());
        self.reviewers(items);
    }

    /// The reviews that are up and whose time is known, in order of time.
    fn written(&self) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        for (listing, row, trade) in &self.listings {
            if !self.in_market(row.destination) {
                continue;
            }
            let revised = trade.revised().map(|time| (row.group, time.day()));
            for (row, review) in self.state.reviews_of_listing(*listing) {
                let up = review.arrived() && review.removed.is_none();
                let Some(place) = self.place(review.seconds).filter(|_| up) else {
                    continue;
                };
                if items.len() == REVIEWS_MOST {
                    break;
                }
                items.push(Item {
                    row,
                    place,
                    reviewer: review.reviewer,
                    listing: *listing,
                    seconds: review.seconds,
                    stars: review.stars,
                    verified: review.verified,
                    revised,
                    genuine: 1.0 - (self.suspicion)(row),
                });
            }
        }
        items.sort_unstable_by_key(|item| (item.seconds, item.listing, item.reviewer));
        items
    }

    /// Suspected reviews by how they look.
    fn weigh_looks(&self, items: &mut [Item]) {
        if items.iter().all(|item| item.genuine >= 1.0) {
            return;
        }
        let here = here(items);
        let looks: Vec<Looks> = items
            .iter()
            .map(|item| {
                let author = self.state.reviewers().get(item.reviewer);
                let elsewhere = author.is_some_and(|author| author.reviews > here(item.reviewer));
                let ordered = self.has_ordered(item.reviewer, item.listing);
                suspected::looks(item.listing, item.verified, (ordered, elsewhere))
            })
            .collect();
        for polarity in [Polarity::Positive, Polarity::Negative] {
            let seen: Vec<Seen> = items
                .iter()
                .zip(&looks)
                .map(|(item, looks)| Seen {
                    looks: *looks,
                    genuine: item.genuine,
                    asked: Polarity::of_stars(item.stars) == polarity,
                })
                .collect();
            for (item, genuine) in items.iter_mut().zip(suspected::genuine(&seen)) {
                item.genuine = genuine;
            }
        }
    }

    /// Whether an author has an order of a listing, under the same id.
    fn has_ordered(&self, reviewer: u32, listing: u32) -> bool {
        let buyer = self.state.buyer_of_reviewer(reviewer);
        let orders = buyer
            .into_iter()
            .flat_map(|row| self.state.orders_of_buyer(row));
        orders
            .take(ORDERS_LOOKED_AT)
            .any(|(_, order)| order.listing == listing)
    }

    /// Bursts of praise, or of blame, by authors who write of nobody else count as usual weeks: what
    /// a campaign that is not quite sure leaves over would still be a burst.
    fn doubt_bursts(&self, items: &mut [Item]) {
        let here = here(items);
        let stranger = |item: &Item| {
            let author = self.state.reviewers().get(item.reviewer);
            author.is_some_and(|author| author.reviews <= here(item.reviewer))
        };
        let strangers: Vec<bool> = items.iter().map(stranger).collect();
        let first = items.first().map_or(0, |item| item.seconds / WEEK);
        let weeks = items
            .last()
            .map_or(0, |item| item.seconds / WEEK - first + 1);
        for polarity in [Polarity::Positive, Polarity::Negative] {
            let mut counts = vec![(0.0, 1.0); weeks as usize];
            let of_polarity = |item: &Item| Polarity::of_stars(item.stars) == polarity;
            for (item, _) in items
                .iter()
                .zip(&strangers)
                .filter(|(item, s)| **s && of_polarity(item))
            {
                counts[(item.seconds / WEEK - first) as usize].0 += item.genuine;
            }
            let excess = excesses(&counts);
            for (item, stranger) in items.iter_mut().zip(&strangers) {
                if *stranger && of_polarity(item) {
                    item.genuine *= 1.0 - excess[(item.seconds / WEEK - first) as usize];
                }
            }
        }
    }

    /// Authors of each month, and those who have reviewed another listing before.
    fn reviewers(&mut self, mut items: Vec<Item>) {
        items.sort_unstable_by_key(|item| (item.reviewer, item.seconds, item.listing));
        for author in items.chunk_by(|one, other| one.reviewer == other.reviewer) {
            let mut before: Option<&Item> = None;
            for month in author.chunk_by(|one, other| one.place == other.place) {
                let genuine = month.iter().map(|item| item.genuine).fold(0.0, f64::max);
                let held = &mut self.inputs.months[month[0].place];
                held.add(Flow::Reviewers, 1.0, genuine);
                let first = before.unwrap_or(&month[0]);
                if month.iter().any(|item| item.listing != first.listing) {
                    held.add(Flow::ReturningReviewers, 1.0, genuine.min(first.genuine));
                }
                before = before.or(month.first());
            }
        }
    }
}
