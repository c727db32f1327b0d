//! Splits a labelled corpus into parts that are held out: by listing, by author or by time.

use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use crate::integrity::detect::Corpus;

/// Parts of which each is held out once.
const FOLDS: u32 = 5;
/// Parts of the training set, for expectations that have not seen their own labels.
pub const INNER_FOLDS: u32 = 3;
/// Seed of the draw of the parts.
const SEED: u64 = 7;
/// Stretches of time with as many reviews each; the last three are held out.
const STRETCHES: usize = 10;
const STRETCHES_LEARNED: u32 = 7;

/// The unit that is held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Split {
    /// A listing's reviews; labels of their authors elsewhere are known.
    Listing,
    /// An author's reviews; labels of other authors at the same listings are known.
    Author,
    /// The last three tenths; labels of the time before are known.
    Time,
}

impl Split {
    /// Stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::Author => "author",
            Self::Time => "time",
        }
    }
}

/// The unit of each review, and the part of each unit.
#[derive(Clone, Debug)]
pub struct Parts {
    units: Vec<u32>,
    outer: Vec<u32>,
    inner: Vec<u32>,
    held_out: Vec<u32>,
}

impl Parts {
    /// Draws the parts of a corpus.
    pub fn new(corpus: &Corpus, split: Split) -> Self {
        let of = |unit: &dyn Fn(usize) -> u32| (0..corpus.reviews()).map(unit).collect();
        let units: Vec<u32> = match split {
            Split::Listing => of(&|row| corpus.listing_of(row)),
            Split::Author => of(&|row| corpus.reviewer_of(row)),
            Split::Time => stretches(corpus),
        };
        let count = units.iter().map(|unit| *unit as usize + 1).max();
        let mut dice = Pcg64Mcg::seed_from_u64(SEED);
        let mut drawn = |parts: u32| -> Vec<u32> {
            let draw = |_| ((u64::from(dice.next_u32()) * u64::from(parts)) >> 32) as u32;
            (0..count.unwrap_or(0)).map(draw).collect()
        };
        let (outer, inner) = (drawn(FOLDS), drawn(INNER_FOLDS));
        match split {
            Split::Listing | Split::Author => Self {
                units,
                outer,
                inner,
                held_out: (0..FOLDS).collect(),
            },
            Split::Time => Self {
                units,
                outer: (0..STRETCHES as u32)
                    .map(|stretch| u32::from(stretch >= STRETCHES_LEARNED))
                    .collect(),
                inner: (0..STRETCHES as u32).map(|s| s % INNER_FOLDS).collect(),
                held_out: vec![1],
            },
        }
    }

    /// The parts that are held out, one after the other.
    pub fn held_out(&self) -> &[u32] {
        &self.held_out
    }

    /// Whether a review is held out with a part.
    pub fn is_in(&self, row: usize, part: u32) -> bool {
        self.part(&self.outer, row) == part
    }

    /// The unit of each review.
    pub fn units(&self) -> &[u32] {
        &self.units
    }

    /// The part of a review for expectations that have not seen its unit's labels, below
    /// [`INNER_FOLDS`].
    pub fn inner_part(&self, row: usize) -> u32 {
        self.part(&self.inner, row)
    }

    fn part(&self, parts: &[u32], row: usize) -> u32 {
        parts[self.units[row] as usize]
    }
}

/// Stretch of time of each review; untimed ones are in the first, which is never held out.
fn stretches(corpus: &Corpus) -> Vec<u32> {
    let day = |row: usize| corpus.day_of(row).unwrap_or(f64::NEG_INFINITY).floor();
    let mut days: Vec<f64> = (0..corpus.reviews()).map(day).collect();
    days.sort_unstable_by(f64::total_cmp);
    let start = |stretch: usize| days.get(stretch * days.len() / STRETCHES).copied();
    let starts: Vec<f64> = (1..STRETCHES).filter_map(start).collect();
    let of = |row: usize| starts.partition_point(|start| *start <= day(row)) as u32;
    (0..corpus.reviews()).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::detect::Review;

    #[test]
    fn units_stay_together_and_the_latest_reviews_are_held_out() {
        let review = |row: u32| Review {
            reviewer: row / 2,
            listing: row % 7,
            stars: 3,
            seconds: Some(i64::from(row) * 86_400),
        };
        let corpus = Corpus::new((0..100).map(review));
        let by_author = Parts::new(&corpus, Split::Author);
        for row in 0..50 {
            let part = |row| by_author.part(&by_author.outer, row);
            assert_eq!(part(2 * row), part(2 * row + 1));
        }
        let mut used = by_author.outer.clone();
        used.sort_unstable();
        used.dedup();
        assert_eq!(used, [0, 1, 2, 3, 4]);
        let by_time = Parts::new(&corpus, Split::Time);
        let held: Vec<usize> = (0..100)
            .filter(|row| by_time.part(&by_time.outer, *row) == 1)
            .collect();
        assert_eq!(held, (70..100).collect::<Vec<_>>());
    }
}
