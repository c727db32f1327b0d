//! Marks of a review's text, each in a few steps: three bits in its row, eight counters among its
//! peers.

use serde::{Deserialize, Serialize};

use crate::domain::Fingerprint;
use crate::state::histogram::{Masses, Tail};
use crate::state::rows::Known;

/// Steps of a mark, 0 being "not measured".
const STEPS: usize = 8;

/// One thing seen on a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Share of capitals among letters.
    Capitals,
    /// Exclamation marks.
    Exclamations,
    /// Share of words in which the author speaks of itself.
    FirstPerson,
    /// How few of its words are distinct.
    Repetition,
    /// Readers who found it helpful.
    Helpful,
    /// Whether it speaks of a reward that it does not disclose.
    Reward,
    /// Words that hide invisible characters or mix alphabets.
    Hidden,
    /// What its author says to have got for it, and does not disclose.
    Admits,
    /// Whether it offers reviews for sale.
    Sells,
    /// Why it says nothing.
    NoContent,
}

impl Mark {
    /// How many there are.
    pub const COUNT: usize = 10;
    /// All of them, by [`Self::index`].
    pub const ALL: [Self; Self::COUNT] = [
        Self::Capitals,
        Self::Exclamations,
        Self::FirstPerson,
        Self::Repetition,
        Self::Helpful,
        Self::Reward,
        Self::Hidden,
        Self::Admits,
        Self::Sells,
        Self::NoContent,
    ];

    /// Its index in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Lower bounds of all steps but the lowest, in the mark's own unit.
    const fn bounds(self) -> [f64; STEPS - 2] {
        match self {
            Self::Capitals => [0.02, 0.05, 0.1, 0.2, 0.4, 0.7],
            Self::Exclamations => [1.0, 2.0, 3.0, 5.0, 9.0, 17.0],
            Self::FirstPerson => [0.01, 0.03, 0.05, 0.08, 0.12, 0.2],
            Self::Repetition => [0.02, 0.04, 0.06, 0.09, 0.13, 0.2],
            Self::Helpful => [1.0, 2.0, 4.0, 8.0, 16.0, 64.0],
            Self::Reward | Self::Admits | Self::Sells | Self::NoContent => {
                [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
            }
            // A single one is a slip of the keyboard.
            Self::Hidden => [2.0, 3.0, 5.0, 9.0, 17.0, 33.0],
        }
    }

    /// The step of a value, from 1.
    fn step(self, value: f64) -> u32 {
        1 + self
            .bounds()
            .iter()
            .filter(|bound| value >= **bound)
            .count() as u32
    }
}

/// The steps of one review, three bits a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels(u32);

impl Levels {
    /// Nothing is measured.
    pub const NONE: Self = Self(0);

    /// The steps of a text and of what else is known of a review.
    pub fn of(print: &Fingerprint, helpful: Option<u32>, disclosed: Known) -> Self {
        let mut levels = Self::default();
        if print.words > 0 {
            let words = f64::from(print.words);
            let share = |part: u16, whole: u16| f64::from(part) / f64::from(whole.max(1));
            levels.set(Mark::Capitals, share(print.capitals, print.letters));
            levels.set(Mark::Exclamations, print.exclamations.into());
            levels.set(Mark::FirstPerson, share(print.first_person, print.words));
            if print.words >= REPETITION_WORDS {
                // One less Herdan's C, ln V / ln N, which depends little on a text's length
                // (Herdan, Type-Token Mathematics, 1960).
                let richness = libm::log(f64::from(print.distinct.max(1))) / libm::log(words);
                levels.set(Mark::Repetition, 1.0 - richness);
            }
            levels.set(Mark::Hidden, print.hidden.into());
            if disclosed != Known::Unknown {
                let hidden = print.reward && disclosed == Known::No;
                levels.set(Mark::Reward, f64::from(u8::from(hidden)));
            }
        }
        if print.words > 0 || print.no_content.is_some() {
            let admits = print.admits.filter(|_| disclosed != Known::Yes);
            levels.set(
                Mark::Admits,
                admits.map_or(0.0, |kind| f64::from(kind as u8)),
            );
            levels.set(Mark::Sells, f64::from(u8::from(print.sells)));
            let kind = print.no_content.map_or(0.0, |kind| f64::from(kind as u8));
            levels.set(Mark::NoContent, kind);
        }
        if let Some(votes) = helpful {
            levels.set(Mark::Helpful, votes.into());
        }
        levels
    }

    fn set(&mut self, mark: Mark, value: f64) {
        self.0 |= mark.step(value) << (3 * mark.index());
    }

    /// The step of a mark; 0 where it is not measured.
    pub const fn step(self, mark: Mark) -> usize {
        (self.0 >> (3 * mark.index()) & 7) as usize
    }

    /// The least value of the step, in the mark's own unit; none where it is not measured.
    pub fn value(self, mark: Mark) -> Option<f64> {
        match self.step(mark) {
            0 => None,
            1 => Some(0.0),
            step => mark.bounds().get(step - 2).copied(),
        }
    }
}

/// Fewest words among which repetition means anything.
const REPETITION_WORDS: u16 = 10;

/// Reviews by mark and step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelCounts([[u32; STEPS]; Mark::COUNT]);

impl LevelCounts {
    /// Counts a review in or out.
    pub(super) fn count(&mut self, levels: Levels, step: fn(u32, u32) -> u32) {
        for (counts, mark) in self.0.iter_mut().zip(Mark::ALL) {
            let count = &mut counts[levels.step(mark)];
            *count = step(*count, 1);
        }
    }

    /// How the counts lie around a step; those that are not measured are no peers. A review that is
    /// counted in the step `out` is left out.
    pub fn masses(&self, mark: Mark, step: usize, tail: Tail, out: Option<usize>) -> Masses {
        let mut masses = Masses::default();
        for (index, count) in (0..STEPS).zip(self.0[mark.index()]).skip(1) {
            let count = u64::from(count).saturating_sub(u64::from(out == Some(index)));
            masses.total += count;
            let further = match tail {
                Tail::Upper => index > step,
                Tail::Lower => index < step,
            };
            masses.beyond += if further { count } else { 0 };
            masses.at += if index == step { count } else { 0 };
        }
        masses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fall_into_steps_by_their_bounds() {
        let print = Fingerprint::of(&["I LOVE it, I really do!!! my old one broke, I am so glad"]);
        let levels = Levels::of(&print, Some(9), Known::No);
        // Six of 40 letters, three marks, four of fourteen words.
        assert_eq!(levels.value(Mark::Capitals), Some(0.1));
        assert_eq!(levels.value(Mark::Exclamations), Some(3.0));
        assert_eq!(levels.value(Mark::FirstPerson), Some(0.2));
        assert_eq!(levels.value(Mark::Helpful), Some(8.0));
        assert_eq!(levels.value(Mark::Reward), Some(0.0));
        let nothing = Levels::of(&Fingerprint::default(), None, Known::No);
        assert_eq!(nothing, Levels::default());
        assert_eq!(nothing.value(Mark::Helpful), None);
    }

    #[test]
    fn counted_out_review_leaves_no_trace_in_levels() {
        let print = Fingerprint::of(&["a refund, a refund, a refund and a refund and a refund!"]);
        let levels = Levels::of(&print, Some(0), Known::No);
        assert_eq!(levels.value(Mark::Reward), Some(1.0));
        assert!(levels.value(Mark::Repetition) >= Some(0.2));
        let mut counts = LevelCounts::default();
        counts.count(levels, u32::wrapping_add);
        let step = levels.step(Mark::Reward);
        let masses = counts.masses(Mark::Reward, step, Tail::Upper, None);
        assert_eq!((masses.beyond, masses.at, masses.total), (0, 1, 1));
        let alone = counts.masses(Mark::Reward, step, Tail::Upper, Some(step));
        assert_eq!(alone, Masses::default());
        counts.count(levels, u32::wrapping_sub);
        assert_eq!(counts, LevelCounts::default());
    }
}
