//! Reviews by month, as they came and by how likely they are to be genuine.

use super::Gather;
use crate::brand::inputs::Flow;

/// Most reviews of a seller that are looked at.
const REVIEWS_MOST: usize = 200_000;

struct Item {
    place: usize,
    reviewer: u32,
    listing: u32,
    seconds: u32,
    genuine: f64,
}

impl Gather<'_> {
    pub(super) fn reviews(&mut self) {
        let mut items: Vec<Item> = Vec::new();
        let mut revision = [[0.0; 2]; 2];
        for at in 0..self.listings.len() {
            let (listing, row, trade) = self.listings[at];
            if !self.in_market(row.destination) {
                continue;
            }
            for (row, review) in self.state.reviews_of_listing(listing) {
                let up = review.arrived() && review.removed.is_none();
                let Some(place) = self.place(review.seconds).filter(|_| up) else {
                    continue;
                };
                if items.len() == REVIEWS_MOST {
                    break;
                }
                let genuine = 1.0 - (self.suspicion)(row);
                let stars = f64::from(review.stars);
                let praise = f64::from(u8::from(review.stars >= 4));
                let month = &mut self.inputs.months[place];
                for (flow, amount) in [
                    (Flow::Reviews, 1.0),
                    (Flow::Stars, stars),
                    (Flow::SquaredStars, stars * stars),
                    (Flow::Praise, praise),
                ] {
                    month.add(flow, amount, amount * genuine);
                }
                if let Some(revised) = trade.revised() {
                    let side = usize::from(review.seconds >= revised.seconds());
                    revision[side][0] += genuine * f64::from(u8::from(review.stars <= 2));
                    revision[side][1] += genuine;
                }
                items.push(Item {
                    place,
                    reviewer: review.reviewer,
                    listing,
                    seconds: review.seconds,
                    genuine,
                });
            }
        }
        if revision.iter().all(|side| side[1] >= 1.0) {
            self.inputs.revision = Some(revision);
        }
        self.reviewers(items);
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
