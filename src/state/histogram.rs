//! Exact, mergeable, log-binned histograms of values among peers.

use std::iter::Sum;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Bins of a histogram.
pub const BINS: usize = 48;

/// How values fall into bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Shares, 0 to 1: an exact bin for 0, one for 1, and 46 even ones between.
    Share,
    /// Sizes from 0 up: exact to 8, then six bins each doubling, to some 800.
    Count,
}

impl Scale {
    /// The bin of a value; out-of-range values fall into the outermost bins.
    pub fn bin(self, value: f64) -> usize {
        let bin = match self {
            Self::Share if value <= 0.0 => 0.0,
            Self::Share if value >= 1.0 => (BINS - 1) as f64,
            Self::Share => 1.0 + (value * (BINS - 2) as f64).floor(),
            Self::Count if value <= 8.0 => value.max(0.0).floor(),
            Self::Count => 8.0 + (6.0 * libm::log2(value / 8.0)).floor(),
        };
        (bin as usize).min(BINS - 1)
    }
}

/// Which end of a histogram is unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Large values are.
    Upper,
    /// Small values are.
    Lower,
}

/// Counts by bin. A value that changes is taken out of its old bin and put into its new one, so
/// the counts are exact, whatever the order in which events came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    counts: [u32; BINS],
    // The sum of the counts: every comparison asks for it.
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: [0; BINS],
            total: 0,
        }
    }
}

// By hand: arrays of this length are beyond what serde derives.
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.counts.as_slice().serialize(to)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let counts = Vec::<u32>::deserialize(from)?;
        let counts: [u32; BINS] = counts
            .try_into()
            .map_err(|_| D::Error::custom("not as many bins as a histogram has"))?;
        let total = counts.iter().copied().map(u64::from).sum();
        Ok(Self { counts, total })
    }
}

impl Histogram {
    /// Counts one more in a bin.
    pub fn add(&mut self, bin: usize) {
        self.add_n(bin, 1);
    }

    /// Counts one less in a bin.
    pub fn remove(&mut self, bin: usize) {
        self.remove_n(bin, 1);
    }

    /// Counts `many` more in a bin.
    pub fn add_n(&mut self, bin: usize, many: u32) {
        self.step(bin, many, u32::saturating_add);
    }

    /// Counts `many` less in a bin.
    pub fn remove_n(&mut self, bin: usize, many: u32) {
        self.step(bin, many, u32::saturating_sub);
    }

    /// Counts `many` in or out of a bin.
    pub(super) fn step(&mut self, bin: usize, many: u32, step: fn(u32, u32) -> u32) {
        if let Some(count) = self.counts.get_mut(bin) {
            self.total -= u64::from(*count);
            *count = step(*count, many);
            self.total += u64::from(*count);
        }
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        for (bin, added) in other.counts.iter().enumerate() {
            self.add_n(bin, *added);
        }
    }

    /// How many were counted.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Counts by bin.
    pub fn counts(&self) -> &[u32; BINS] {
        &self.counts
    }

    /// How the counts lie around a bin. A subject that is counted in the bin `out` is left out.
    pub fn masses(&self, bin: usize, tail: Tail, out: Option<usize>) -> Masses {
        let split = bin.min(BINS - 1);
        let at = u64::from(self.counts[split]);
        // The shorter side is summed: scores spend most of their time here.
        let sum = |counts: &[u32]| counts.iter().copied().map(u64::from).sum::<u64>();
        let below = if split < BINS / 2 {
            sum(&self.counts[..split])
        } else {
            self.total - at - sum(&self.counts[split + 1..])
        };
        let mut masses = Masses {
            beyond: match tail {
                Tail::Lower => below,
                Tail::Upper => self.total - below - at,
            },
            at,
            total: self.total,
        };
        if let Some(out) = out.filter(|out| self.counts.get(*out).is_some_and(|count| *count > 0)) {
            let further = match tail {
                Tail::Lower => out < split,
                Tail::Upper => out > split,
            };
            masses.beyond -= u64::from(further);
            masses.at -= u64::from(out == split);
            masses.total -= 1;
        }
        masses
    }
}

/// Counts around a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masses {
    /// Those that are more unusual.
    pub beyond: u64,
    /// Those in the bin itself.
    pub at: u64,
    /// All.
    pub total: u64,
}

impl Sum for Masses {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            beyond: sum.beyond + one.beyond,
            at: sum.at + one.at,
            total: sum.total + one.total,
        })
    }
}

impl Masses {
    /// Mid-p tail mass: those beyond the bin, and half of those in it.
    fn mid(&self) -> f64 {
        self.beyond as f64 + 0.5 * self.at as f64
    }

    /// Tail probability, shrunk towards that of a wider group: small groups lean on their parent by
    /// `weight` pseudo-peers, (k + m p) / (n + m), as the mean of the posterior under a Beta prior
    /// centred on the parent (Gelman et al., Bayesian Data Analysis, section 2.4).
    pub fn tail(&self, parent: f64, weight: f64) -> f64 {
        (self.mid() + weight * parent) / (self.total as f64 + weight)
    }

    /// As [`Self::tail`] for a group that is a parent itself, with half a peer beyond. Always above
    /// 0, as no finite sample proves a value impossible.
    pub fn wide_tail(&self, parent: f64, weight: f64) -> f64 {
        (self.mid() + 0.5 + weight * parent) / (self.total as f64 + 1.0 + weight)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bins_never_fall_as_values_rise() {
        for scale in [Scale::Share, Scale::Count] {
            let mut last = 0;
            for step in 0..200_000 {
                let value = f64::from(step) / if scale == Scale::Share { 1e5 } else { 100.0 };
                let bin = scale.bin(value);
                assert!(bin >= last && bin < BINS, "{scale:?} {value}");
                last = bin;
            }
            assert_eq!(last, BINS - 1);
        }
        assert_eq!(Scale::Count.bin(f64::INFINITY), BINS - 1);
        assert_eq!(Scale::Count.bin(f64::NAN), 0);
    }

    #[test]
    fn tails_meet_in_the_middle() {
        let mut all = Histogram::default();
        for value in 0..100 {
            all.add(Scale::Share.bin(f64::from(value) / 100.0));
        }
        let bin = Scale::Share.bin(0.5);
        let upper = all.masses(bin, Tail::Upper, None).mid();
        let lower = all.masses(bin, Tail::Lower, None).mid();
        assert!((upper + lower - 100.0).abs() < 1e-9);
        assert!((upper - lower).abs() < 4.0);
    }

    #[test]
    fn small_group_leans_on_its_parent() {
        let mut parent = Histogram::default();
        (0..1000).for_each(|_| parent.add(2));
        (0..10).for_each(|_| parent.add(20));
        let empty = Histogram::default();
        let at = |peers: &Histogram| peers.masses(20, Tail::Upper, None);
        let wide = at(&parent).wide_tail(0.0, 0.0);
        let leaned = at(&empty).tail(wide, 50.0);
        assert!((leaned - 5.5 / 1011.0).abs() < 1e-9);
        let mut own = Histogram::default();
        (0..5000).for_each(|_| own.add(20));
        assert!(at(&own).tail(wide, 50.0) > 0.49);
        // A parent without peers is as its own parent.
        assert!((at(&empty).wide_tail(0.2, 1e9) - 0.2).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn left_out_value_equals_one_never_counted(
            bins in proptest::collection::vec(0..BINS, 1..60), at in 0..BINS, upper in any::<bool>()
        ) {
            let tail = if upper { Tail::Upper } else { Tail::Lower };
            let mut all = Histogram::default();
            for bin in &bins {
                all.add(*bin);
            }
            let left_out = all.masses(at, tail, Some(bins[0]));
            all.remove(bins[0]);
            prop_assert_eq!(left_out, all.masses(at, tail, None));
            let counts = all.counts().iter().enumerate();
            let beyond = counts.filter(|(bin, _)| if upper { *bin > at } else { *bin < at });
            let beyond: u64 = beyond.map(|(_, count)| u64::from(*count)).sum();
            prop_assert_eq!(left_out.beyond, beyond);
            prop_assert_eq!(all.total(), bins.len() as u64 - 1);
        }

        #[test]
        fn order_and_grouping_do_not_matter(values in proptest::collection::vec(0.0..1000.0, 0..200)) {
            let mut whole = Histogram::default();
            let mut parts = [Histogram::default(), Histogram::default()];
            for (index, value) in values.iter().enumerate() {
                whole.add(Scale::Count.bin(*value));
                parts[index % 2].add(Scale::Count.bin(*value));
            }
            let [mut first, second] = parts;
            first.merge(&second);
            prop_assert_eq!(&first, &whole);
            for value in values.iter().rev() {
                whole.remove(Scale::Count.bin(*value));
            }
            prop_assert_eq!(whole, Histogram::default());
        }
    }
}
