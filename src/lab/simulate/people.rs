//! Honest reviewers: habits, activity and ratings.

use super::dice::{Alias, Dice, mix};

/// Habit of a reviewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Habit {
    /// Ordinary.
    Plain,
    /// One star or five.
    Extreme,
    /// Seldom positive.
    Critical,
    /// Often, and at length.
    Prolific,
    /// A few words.
    Terse,
    /// A great many words.
    Verbose,
}

/// Returns the fixed habit of an account.
pub(in crate::lab) fn habit(seed: u64, account: u32) -> Habit {
    match mix(seed ^ (u64::from(account) << 20)) % 100 {
        0..=39 => Habit::Plain,
        40..=54 => Habit::Extreme,
        55..=64 => Habit::Critical,
        65..=74 => Habit::Prolific,
        75..=87 => Habit::Terse,
        _ => Habit::Verbose,
    }
}

/// J-shaped shares of 1 to 5 stars, from the worst listing to the best.
const SHAPES: [[u16; 5]; 10] = [
    [42, 16, 12, 10, 20],
    [33, 14, 13, 13, 27],
    [26, 12, 13, 15, 34],
    [20, 10, 12, 17, 41],
    [16, 8, 11, 18, 47],
    [12, 6, 10, 19, 53],
    [9, 5, 9, 18, 59],
    [7, 4, 7, 17, 65],
    [5, 3, 6, 15, 71],
    [4, 2, 4, 12, 78],
];

/// Draws the stars of an honest account.
pub(in crate::lab) fn rating(dice: &mut Dice, quality: u8, habit: Habit) -> u8 {
    let stars = dice.weighted(&SHAPES[usize::from(quality.min(9))]) as u8 + 1;
    match habit {
        Habit::Extreme if stars >= 4 => 5,
        Habit::Extreme if stars <= 2 => 1,
        Habit::Critical if dice.chance(0.6) => stars.saturating_sub(1).max(1),
        _ => stars,
    }
}

/// Returning accounts with heavy-tailed activity.
#[derive(Debug)]
pub(in crate::lab) struct Pool {
    tables: [Alias; 2],
    first: [u32; 2],
    /// Accounts in the pool.
    pub(in crate::lab) size: u32,
}

impl Pool {
    /// Makes about `size` accounts, split between the marketplaces like the sales.
    pub(in crate::lab) fn new(dice: &mut Dice, size: u32) -> Self {
        let left = (size * 65 / 100).max(1);
        let right = (size - left.min(size)).max(1);
        let mut table = |count: u32| {
            let weights: Vec<f64> = (0..count).map(|_| dice.pareto(1.3, 60.0)).collect();
            Alias::new(&weights)
        };
        Self {
            tables: [table(left), table(right)],
            first: [0, left],
            size: left + right,
        }
    }

    /// Draws an account of the marketplace by activity.
    pub(in crate::lab) fn draw(&self, dice: &mut Dice, marketplace: usize) -> u32 {
        self.first[marketplace] + self.tables[marketplace].draw(dice)
    }
}
