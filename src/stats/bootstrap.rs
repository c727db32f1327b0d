//! Bootstrap intervals.

use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::quantile;

/// Draws whole groups of rows with replacement, because rows of one group (the reviews of a
/// listing) are dependent.
#[derive(Clone, Copy, Debug)]
pub struct Bootstrap {
    /// Samples to draw.
    pub draws: usize,
    /// Share of the samples within the interval, above 0 and below 1.
    pub coverage: f64,
    /// Seed of the draws; the same seed gives the same interval.
    pub seed: u64,
}

/// The interval of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Default for Bootstrap {
    /// Takes 1,000 draws and 95 %.
    fn default() -> Self {
        Self {
            draws: 1000,
            coverage: 0.95,
            seed: 1,
        }
    }
}

impl Bootstrap {
    /// Returns the percentile interval of a statistic over groups of rows (Efron, 1979; the cluster
    /// bootstrap of Davison and Hinkley, 1997, section 3.8). `groups` names the group of each row;
    /// the statistic gets the number of times each row is in the sample. Samples without a value
    /// are left out. `None` if they are more than half, with fewer than two groups, or for a
    /// coverage that is no share.
    pub fn interval(
        &self,
        groups: &[u32],
        mut statistic: impl FnMut(&[u32]) -> Option<f64>,
    ) -> Option<Interval> {
        let (members, count) = dense(groups);
        if count < 2 || self.draws == 0 || !(self.coverage > 0.0 && self.coverage < 1.0) {
            return None;
        }
        let mut dice = Pcg64Mcg::seed_from_u64(self.seed);
        let mut times = vec![0_u32; count];
        let mut multiplicity = vec![0_u32; groups.len()];
        let mut values = Vec::new();
        for _ in 0..self.draws {
            times.fill(0);
            for _ in 0..count {
                let drawn = (u64::from(dice.next_u32()) * count as u64) >> 32;
                times[drawn as usize] += 1;
            }
            for (multiplicity, group) in multiplicity.iter_mut().zip(&members) {
                *multiplicity = times[*group as usize];
            }
            values.extend(statistic(&multiplicity).filter(|value| value.is_finite()));
        }
        if values.len() * 2 < self.draws {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - self.coverage) / 2.0;
        Some(Interval {
            low: quantile(&values, tail)?,
            high: quantile(&values, 1.0 - tail)?,
        })
    }
}

/// Returns consecutive group numbers in the order of the groups' names, and their count.
fn dense(groups: &[u32]) -> (Vec<u32>, usize) {
    let mut names = groups.to_vec();
    names.sort_unstable();
    names.dedup();
    let members = groups
        .iter()
        .map(|group| names.partition_point(|name| name < group) as u32)
        .collect();
    (members, names.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_of(values: &[f64]) -> impl Fn(&[u32]) -> Option<f64> + '_ {
        |times| {
            let rows: u32 = times.iter().sum();
            let sum: f64 = values
                .iter()
                .zip(times)
                .map(|(v, t)| v * f64::from(*t))
                .sum();
            (rows > 0).then(|| sum / f64::from(rows))
        }
    }

    #[test]
    fn interval_of_a_mean_has_its_known_width() {
        // Half of the rows are 0 and half 1: the standard error of the mean is 0.5 / sqrt(400).
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let groups: Vec<u32> = (0..400).collect();
        let interval = Bootstrap::default()
            .interval(&groups, mean_of(&values))
            .unwrap();
        let expected = 1.96 * 0.025;
        assert!(
            (interval.low - (0.5 - expected)).abs() < 0.008,
            "{interval:?}"
        );
        assert!(
            (interval.high - (0.5 + expected)).abs() < 0.008,
            "{interval:?}"
        );
    }

    #[test]
    fn dependent_rows_widen_the_interval() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i / 40 % 2)).collect();
        let rows: Vec<u32> = (0..400).collect();
        let blocks: Vec<u32> = (0..400).map(|i| 1_000_000 - i / 40).collect();
        let width = |groups: &[u32]| {
            let interval = Bootstrap::default()
                .interval(groups, mean_of(&values))
                .unwrap();
            interval.high - interval.low
        };
        assert!(width(&blocks) > 3.0 * width(&rows));
    }

    #[test]
    fn seed_decides_and_invalid_input_gives_none() {
        let values = [0.0, 1.0, 5.0, 2.0];
        let groups = [0, 1, 2, 3];
        let with = |seed, draws, coverage| {
            let bootstrap = Bootstrap {
                draws,
                coverage,
                seed,
            };
            bootstrap.interval(&groups, mean_of(&values))
        };
        assert_eq!(with(1, 99, 0.9), with(1, 99, 0.9));
        assert_ne!(with(1, 99, 0.9), with(2, 99, 0.9));
        assert_eq!(with(1, 0, 0.9), None);
        for coverage in [0.0, 1.0, f64::NAN, -1.0] {
            assert_eq!(with(1, 99, coverage), None);
        }
        let bootstrap = Bootstrap::default();
        assert_eq!(bootstrap.interval(&[], mean_of(&[])), None);
        assert_eq!(bootstrap.interval(&[3, 3], mean_of(&[1.0, 2.0])), None);
        assert_eq!(bootstrap.interval(&groups, |_| None), None);
        assert_eq!(bootstrap.interval(&groups, |_| Some(f64::NAN)), None);
    }
}
