//! Counts of reviews by polarity.

use serde::{Deserialize, Serialize};

use super::{Copied, Known};
use crate::domain::Rating;

/// Polarity of a review. Praise can be promotion and blame can be attack: they are counted apart,
/// so that blame never reaches a listing's own risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Polarity {
    /// 1 or 2 stars.
    Negative,
    /// 3 stars.
    Neutral,
    /// 4 or 5 stars.
    Positive,
}

impl Polarity {
    /// The polarity of stars.
    pub const fn of_stars(stars: u8) -> Self {
        match stars {
            0..=2 => Self::Negative,
            3 => Self::Neutral,
            _ => Self::Positive,
        }
    }

    /// The polarity of a rating.
    pub const fn of(rating: Rating) -> Self {
        Self::of_stars(rating.stars())
    }

    /// Its index in a [`Tally`].
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Counts of the reviews of one polarity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolarityTally {
    /// Reviews that are up.
    pub up: u32,
    /// Reviews that were taken down.
    pub removed: u32,
    /// Of those up: purchase confirmed.
    pub verified: u32,
    /// Of those up: purchase denied.
    pub unverified: u32,
    /// Of those up: the only review of their author.
    pub one_time: u32,
    /// Of those up: long enough to compare with others.
    pub comparable: u32,
    /// Of those comparable: with a near-duplicate.
    pub duplicate: u32,
    /// Of those up: speaks of a reward that it does not disclose.
    pub reward: u32,
    /// Of those up: other listings of the family show it, too.
    pub shared: u32,
}

/// Counts of a listing's or a seller's reviews and orders. Each act counts once on a listing, and
/// once at a seller; what is shown besides is known by its stars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Reviews that are up, by stars less one.
    pub stars: [u32; 5],
    /// Copies of these that are up as well, by stars less one.
    pub copies: [u32; 5],
    /// Copies of acts on other listings, taken down or not; 0 at sellers.
    pub variants: u32,
    /// By [`Polarity::index`].
    pub by_polarity: [PolarityTally; 3],
    /// Orders.
    pub orders: u32,
    /// Orders refunded.
    pub refunded: u32,
}

/// The facts of one review that a tally counts.
#[allow(
    clippy::struct_excessive_bools,
    reason = "independent facts, each counted by itself"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReviewFacts {
    /// 1 to 5.
    pub stars: u8,
    /// Whether it was taken down.
    pub removed: bool,
    /// Whether the purchase was confirmed.
    pub verified: Known,
    /// Whether it is its author's only review.
    pub one_time: bool,
    /// Whether its text is long enough to compare.
    pub comparable: bool,
    /// Whether it has a near-duplicate.
    pub duplicate: bool,
    /// Whether it speaks of a reward that it does not disclose.
    pub reward: bool,
    /// Whether it is a copy.
    pub copied: Copied,
}

impl ReviewFacts {
    /// As its seller counts it: copies from one listing to another are shown, and count no more.
    #[must_use]
    pub fn at_seller(self) -> Self {
        let copied = match self.copied {
            Copied::Variant => Copied::Repeat,
            other => other,
        };
        Self { copied, ..self }
    }
}

impl Tally {
    /// Counts a review in.
    pub fn add(&mut self, facts: ReviewFacts) {
        self.count(facts, u32::wrapping_add);
    }

    /// Counts a review out that was counted in with the same facts.
    pub fn remove(&mut self, facts: ReviewFacts) {
        self.count(facts, u32::wrapping_sub);
    }

    fn count(&mut self, facts: ReviewFacts, step: impl Fn(u32, u32) -> u32) {
        let place = usize::from(facts.stars).wrapping_sub(1);
        match facts.copied {
            Copied::Unplaced => return,
            Copied::Repeat => {
                if let Some(count) = self.copies.get_mut(place).filter(|_| !facts.removed) {
                    *count = step(*count, 1);
                }
                return;
            }
            Copied::Variant => self.variants = step(self.variants, 1),
            Copied::Original | Copied::Shared => (),
        }
        let polarity = &mut self.by_polarity[Polarity::of_stars(facts.stars).index()];
        if facts.removed {
            polarity.removed = step(polarity.removed, 1);
            return;
        }
        polarity.up = step(polarity.up, 1);
        polarity.verified = step(polarity.verified, u32::from(facts.verified == Known::Yes));
        polarity.unverified = step(polarity.unverified, u32::from(facts.verified == Known::No));
        polarity.one_time = step(polarity.one_time, u32::from(facts.one_time));
        polarity.comparable = step(polarity.comparable, u32::from(facts.comparable));
        polarity.duplicate = step(polarity.duplicate, u32::from(facts.duplicate));
        polarity.reward = step(polarity.reward, u32::from(facts.reward));
        let shared = matches!(facts.copied, Copied::Shared | Copied::Variant);
        polarity.shared = step(polarity.shared, u32::from(shared));
        if let Some(count) = self.stars.get_mut(place) {
            *count = step(*count, 1);
        }
    }

    /// Adds or takes away another tally, when a listing changes hands.
    pub fn combine(&mut self, other: &Self, step: fn(u32, u32) -> u32) {
        let (mine, theirs) = (self.stars.iter_mut(), other.stars);
        let copies = self.copies.iter_mut().zip(other.copies);
        for (mine, theirs) in mine.zip(theirs).chain(copies) {
            *mine = step(*mine, theirs);
        }
        self.variants = step(self.variants, other.variants);
        for (mine, theirs) in self.by_polarity.iter_mut().zip(other.by_polarity) {
            let PolarityTally {
                up,
                removed,
                verified,
                unverified,
                one_time,
                comparable,
                duplicate,
                reward,
                shared,
            } = theirs;
            mine.up = step(mine.up, up);
            mine.removed = step(mine.removed, removed);
            mine.verified = step(mine.verified, verified);
            mine.unverified = step(mine.unverified, unverified);
            mine.one_time = step(mine.one_time, one_time);
            mine.comparable = step(mine.comparable, comparable);
            mine.duplicate = step(mine.duplicate, duplicate);
            mine.reward = step(mine.reward, reward);
            mine.shared = step(mine.shared, shared);
        }
        self.orders = step(self.orders, other.orders);
        self.refunded = step(self.refunded, other.refunded);
    }

    /// Reviews that are up, each act once.
    pub fn up(&self) -> u32 {
        self.stars.iter().sum()
    }

    /// Copies that are up beside them.
    pub fn copies_up(&self) -> u32 {
        self.copies.iter().sum()
    }

    /// As a page shows it: every review that is up, copies too.
    #[must_use]
    pub fn shown(&self) -> Self {
        let mut stars = self.stars;
        for (count, copies) in stars.iter_mut().zip(self.copies) {
            *count = count.wrapping_add(copies);
        }
        Self { stars, ..*self }
    }

    /// Reviews that were taken down.
    pub fn removed(&self) -> u32 {
        self.by_polarity
            .iter()
            .map(|polarity| polarity.removed)
            .sum()
    }

    /// Reviews that are up, and their stars summed. Saturates.
    pub fn sum(&self) -> (u32, u32) {
        let sum = self.star_sum();
        (self.up(), u32::try_from(sum).unwrap_or(u32::MAX))
    }

    /// Mean stars of the reviews that are up.
    pub fn mean(&self) -> Option<f64> {
        let up = self.up();
        (up > 0).then(|| self.star_sum() as f64 / f64::from(up))
    }

    fn star_sum(&self) -> u64 {
        (1..)
            .zip(self.stars)
            .map(|(stars, count)| stars * u64::from(count))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_out_review_leaves_no_trace_in_a_tally() {
        let facts = ReviewFacts {
            stars: 5,
            removed: false,
            verified: Known::No,
            one_time: true,
            comparable: true,
            duplicate: false,
            reward: true,
            copied: Copied::Shared,
        };
        let mut tally = Tally::default();
        tally.add(facts);
        assert_eq!(
            (tally.up(), tally.mean(), tally.by_polarity[2].unverified),
            (1, Some(5.0), 1)
        );
        tally.remove(facts);
        assert_eq!(tally, Tally::default());
    }

    #[test]
    fn copies_are_shown_and_count_once() {
        let facts = |stars, copied| ReviewFacts {
            stars,
            removed: false,
            verified: Known::Yes,
            one_time: true,
            comparable: true,
            duplicate: false,
            reward: false,
            copied,
        };
        let mut tally = Tally::default();
        tally.add(facts(1, Copied::Original));
        tally.add(facts(4, Copied::Variant));
        (0..3).for_each(|_| tally.add(facts(1, Copied::Repeat)));
        assert_eq!((tally.up(), tally.mean()), (2, Some(2.5)));
        assert_eq!((tally.shown().up(), tally.shown().mean()), (5, Some(1.6)));
        assert_eq!((tally.by_polarity[0].up, tally.variants), (1, 1));
        let mut seller = Tally::default();
        seller.add(facts(4, Copied::Variant).at_seller());
        assert_eq!((seller.up(), seller.shown().up()), (0, 1));
    }
}
