//! Seeded random numbers, the same on every platform.

use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

/// A seeded source of draws.
#[derive(Clone, Debug)]
pub(in crate::lab) struct Dice(Pcg64Mcg);

impl Dice {
    /// Makes a source whose draws depend only on the seed and the number of the stream.
    pub(in crate::lab) fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(mix(seed ^ mix(stream))))
    }

    /// Draws uniformly from 0 .. n; 0 if n is 0.
    pub(in crate::lab) fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }

    /// Draws uniformly from low ..= high.
    pub(in crate::lab) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low).max(0) as usize + 1) as i32
    }

    /// Draws uniformly from 0 .. 1.
    pub(in crate::lab) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Returns true with the given probability.
    pub(in crate::lab) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Draws one of the items, which are never empty.
    pub(in crate::lab) fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items.get(self.below(items.len())).copied().unwrap_or("")
    }

    /// Draws an index by small integer weights.
    pub(in crate::lab) fn weighted(&mut self, weights: &[u16]) -> usize {
        let total: usize = weights.iter().map(|w| usize::from(*w)).sum();
        let mut left = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            let weight = usize::from(*weight);
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// Draws a Poisson count; above 40 a rounded normal, which agrees there.
    pub(in crate::lab) fn poisson(&mut self, mean: f64) -> u32 {
        if mean <= 0.0 {
            return 0;
        }
        if mean > 40.0 {
            let normal: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
            return (mean + normal * mean.sqrt() + 0.5).max(0.0) as u32;
        }
        let floor = libm::exp(-mean);
        let mut product = self.unit();
        let mut count = 0;
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// Draws from a Pareto distribution of scale 1, with a cap.
    pub(in crate::lab) fn pareto(&mut self, shape: f64, cap: f64) -> f64 {
        libm::pow(1.0 - self.unit(), -1.0 / shape).min(cap)
    }

    /// Draws a second of the day: quiet nights, busy evenings.
    pub(in crate::lab) fn second(&mut self) -> i64 {
        if self.chance(0.1) {
            return self.below(86_400) as i64;
        }
        (24_000 + self.below(32_000) + self.below(30_000)) as i64
    }
}

/// Spreads a number over all 64 bits.
pub(in crate::lab) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Walker's alias table: one draw by weight in constant time.
#[derive(Clone, Debug, Default)]
pub(in crate::lab) struct Alias {
    keep: Vec<f32>,
    other: Vec<u32>,
}

impl Alias {
    /// Makes a table of positive weights.
    pub(in crate::lab) fn new(weights: &[f64]) -> Self {
        let total: f64 = weights.iter().sum();
        let scale = weights.len() as f64 / total;
        let mut share: Vec<f64> = weights.iter().map(|w| w * scale).collect();
        let mut table = Self {
            keep: vec![1.0; share.len()],
            other: vec![0; share.len()],
        };
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..share.len() as u32).partition(|i| share[*i as usize] < 1.0);
        while let (Some(low), Some(high)) = (small.pop(), large.last().copied()) {
            let (l, h) = (low as usize, high as usize);
            table.keep[l] = share[l] as f32;
            table.other[l] = high;
            share[h] -= 1.0 - share[l];
            if share[h] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        table
    }

    /// Draws an index by weight.
    pub(in crate::lab) fn draw(&self, dice: &mut Dice) -> u32 {
        let slot = dice.below(self.keep.len());
        if dice.unit() < f64::from(self.keep[slot]) {
            slot as u32
        } else {
            self.other[slot]
        }
    }
}
