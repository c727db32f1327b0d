//! Combines measures to pillars and to the index, with their uncertainty.

use std::sync::LazyLock;

use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::inputs::Inputs;
use super::measure::{Measured, PILLARS, View};
use super::peers::{PeerScope, Peers, percentile};
use super::pillars::{ALL, MEASURES};
use super::window::Window;
use crate::state::PeerKey;
use crate::stats::{nearest_quantile, normal_cdf};

/// Draws of an interval.
const DRAWS: usize = 100;
/// Measures that a seller can have at most: two of them stand in for others.
const MEASURABLE: f64 = (MEASURES - 2) as f64;
/// Weights of pillars. Demand pull counts twice: the other pillars serve it, and it alone foretells
/// by itself which sellers last. With more weight single orders of a small seller would move the
/// index (docs/brand-evaluation.md).
const WEIGHTS: [f64; PILLARS] = [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
/// Standard deviation of the untrusted part of a value, in robust standard deviations.
const UNTRUSTED_SD: f64 = 0.5;
/// Steps of the normal quantiles that draws are made of.
const STEPS: usize = 1024;
/// Normal quantiles of the middles of equal parts, by bisection.
static NORMAL: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let quantile = |step: usize| {
        let share = (step as f64 + 0.5) / STEPS as f64;
        let (mut low, mut high) = (-6.0, 6.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if normal_cdf(middle) < share {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    };
    (0..STEPS).map(quantile).collect()
});

/// A number with its 90 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The number.
    pub value: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// Position of a measure among peers, in robust standard deviations above the median; above 0 is
/// good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Of raw data.
    pub raw: Option<f64>,
    /// Of clean data, shrunk to the median as far as their provenance is not trusted.
    pub z: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// Number of peers.
    pub peers: u32,
    /// Their group.
    pub scope: PeerScope,
}

/// One measure, measured and compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Of raw data.
    pub raw: Option<Measured>,
    /// Of clean data.
    pub clean: Option<Measured>,
    /// Among the peers; none where nothing was measured, or without peers.
    pub position: Option<Position>,
}

/// The values of all measures.
pub(super) type Values = [Option<Measured>; MEASURES];

/// Measures all as of a month.
pub(super) fn measure(inputs: &Inputs, last: usize, view: View) -> Option<Values> {
    let window = Window::at(inputs, last)?;
    Some(ALL.map(|measure| measure.measure(&window, view)))
}

impl Standing {
    /// Compares the values of one measure, by its index, with the peers.
    pub(super) fn of(
        index: usize,
        raw: Option<Measured>,
        clean: Option<Measured>,
        peers: &Peers,
        key: PeerKey,
    ) -> Self {
        let position = clean.and_then(|clean| Position::of(index, raw, clean, peers, key));
        Self {
            raw,
            clean,
            position,
        }
    }
}

impl Position {
    fn of(
        index: usize,
        raw: Option<Measured>,
        clean: Measured,
        peers: &Peers,
        key: PeerKey,
    ) -> Option<Self> {
        let measure = ALL[index];
        let (scope, spread) = peers.measure(key, index)?;
        let sign = if measure.lower_is_better { -1.0 } else { 1.0 };
        let z = |value: f64| sign * spread.z(measure.scale.to(value));
        let own = clean.weight * spread.z_sd(clean.sd);
        let untrusted = (1.0 - clean.weight) * UNTRUSTED_SD;
        Some(Self {
            raw: raw.map(|raw| z(raw.value)),
            z: clean.weight * z(clean.value),
            sd: libm::sqrt(own * own + untrusted * untrusted),
            peers: spread.count,
            scope,
        })
    }
}

/// A position or percentile with its uncertainty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uncertain {
    pub(super) value: f64,
    /// In robust standard deviations.
    pub(super) sd: f64,
}

/// Pillars and index of one view.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Scores {
    /// Mean percentile of each pillar's measures, 0 to 100.
    pub(super) pillars: [Option<f64>; PILLARS],
    /// Their power mean, 0 to 100.
    pub(super) index: Option<f64>,
}

/// Sums of one pillar.
#[derive(Clone, Copy, Default)]
struct PillarSum {
    percentiles: f64,
    weight: f64,
    /// Highest reliability of its measures.
    reliability: f64,
}

impl Scores {
    /// From the positions of measures, none where there is none. A power mean with exponent 0.5 lets
    /// no strength make up for a hole (Hardy, Littlewood and Polya, Inequalities, 1934). Measures,
    /// and pillars, count by their reliability ([`reliability`]). The repeat rate of a seller with
    /// three buyers is noise, and must not decide as much as better known facts. Pillars also count
    /// by [`WEIGHTS`].
    pub(super) fn of(
        positions: impl Iterator<Item = Option<Uncertain>>,
        pillars_least: usize,
    ) -> Self {
        let percentiles = positions.map(|position| {
            position.map(|Uncertain { value, sd }| Uncertain {
                value: expected_percentile(value, sd),
                sd,
            })
        });
        Self::of_percentiles(percentiles, pillars_least)
    }

    fn of_percentiles(
        percentiles: impl Iterator<Item = Option<Uncertain>>,
        pillars_least: usize,
    ) -> Self {
        let mut sums = [PillarSum::default(); PILLARS];
        for (measure, percentile) in ALL.iter().zip(percentiles) {
            if let Some(Uncertain { value, sd }) = percentile {
                let sum = &mut sums[measure.pillar as usize];
                let weight = reliability(sd);
                sum.percentiles += weight * value;
                sum.weight += weight;
                sum.reliability = sum.reliability.max(weight);
            }
        }
        let pillars = sums.map(|sum| (sum.weight > 0.0).then(|| sum.percentiles / sum.weight));
        let known = pillars.iter().flatten().count();
        let (mut roots, mut weights) = (0.0, 0.0);
        for ((score, sum), weight) in pillars.iter().zip(sums).zip(WEIGHTS) {
            if let Some(score) = score {
                roots += weight * sum.reliability * score.sqrt();
                weights += weight * sum.reliability;
            }
        }
        let mean = roots / weights;
        Self {
            pillars,
            index: (known >= pillars_least.max(1)).then_some(mean * mean),
        }
    }
}

/// The expected percentile of a position with a normal error: the mean of a normal distribution
/// function (Owen, A table of normal integrals, 1980, 10,010.8). Uncertain positions are nearer to
/// the middle.
fn expected_percentile(z: f64, sd: f64) -> f64 {
    percentile(z / libm::sqrt(1.0 + sd * sd))
}

/// Share of the variance of positions among peers that is not the position's own error, in (0, 1].
/// Positions of peers have the variance one, the error adds its own (Lord and Novick, 1968, 3.4).
fn reliability(sd: f64) -> f64 {
    1.0 / (1.0 + sd * sd)
}

/// Share of the measures that are known, 0 to 1.
pub(super) fn coverage(standings: &[Standing]) -> f64 {
    let known = standings.iter().filter(|one| one.position.is_some());
    (known.count() as f64 / MEASURABLE).min(1.0)
}

/// Intervals of pillars and index.
pub(super) struct Intervals {
    pub(super) pillars: [Option<Interval>; PILLARS],
    pub(super) index: Option<Interval>,
}

/// Intervals by a parametric bootstrap (Efron and Tibshirani, 1993, chapter 6): each measure is drawn
/// around its position with its own deviation.
pub(super) fn intervals(
    standings: &[Standing],
    scores: &Scores,
    pillars_least: usize,
    seed: u64,
) -> Intervals {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut draws: Vec<Scores> = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let percentiles = standings.iter().map(|one| {
            let Position { z, sd, .. } = one.position?;
            let step = (random.next_u32() as usize) % STEPS;
            let value = percentile(z + sd * NORMAL[step]);
            Some(Uncertain { value, sd })
        });
        draws.push(Scores::of_percentiles(percentiles, pillars_least));
    }
    let interval = |score: &dyn Fn(&Scores) -> Option<f64>| {
        let value = score(scores)?;
        let mut drawn: Vec<f64> = draws.iter().filter_map(score).collect();
        drawn.sort_by(f64::total_cmp);
        let quantile = |share: f64| nearest_quantile(&drawn, share).unwrap_or(value);
        Some(Interval {
            value,
            lower: quantile(0.05).min(value),
            upper: quantile(0.95).max(value),
        })
    };
    Intervals {
        pillars: std::array::from_fn(|pillar| interval(&|scores| scores.pillars[pillar])),
        index: interval(&|scores| scores.index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_mean_lets_no_strength_make_up_for_a_hole() {
        // Two pillars at 100 and 0 are (sqrt(100) + 0)^2 / 4, not 50.
        let z = ALL.iter().map(|measure| match measure.pillar as usize {
            1 => Some(Uncertain {
                value: 9.0,
                sd: 0.1,
            }),
            2 => Some(Uncertain {
                value: -9.0,
                sd: 0.1,
            }),
            _ => None,
        });
        let scores = Scores::of(z, 2);
        assert!((scores.index.expect("two pillars") - 25.0).abs() < 1e-6);
        assert_eq!(scores.pillars[0], None);
        assert_eq!(Scores::of(ALL.iter().map(|_| None), 1).index, None);
    }

    #[test]
    fn expected_percentile_is_the_mean_of_draws() {
        let mean = |z: f64, sd: f64| {
            let draws = NORMAL.iter().map(|normal| percentile(z + sd * normal));
            draws.sum::<f64>() / STEPS as f64
        };
        for (z, sd) in [(0.0, 1.0), (-1.2, 0.7), (2.0, 1.5), (0.4, 0.0)] {
            let (closed, drawn) = (expected_percentile(z, sd), mean(z, sd));
            assert!((closed - drawn).abs() < 0.02, "{z} {sd}: {closed} {drawn}");
        }
    }

    #[test]
    fn normal_quantiles_are_normal() {
        let sum: f64 = NORMAL.iter().sum();
        let squares: f64 = NORMAL.iter().map(|z| z * z).sum();
        assert!(sum.abs() < 1e-6 && (squares / STEPS as f64 - 1.0).abs() < 0.01);
    }

    #[test]
    fn surer_positions_give_narrower_intervals() {
        let standing = |sd: f64| {
            let value = Measured {
                value: 0.0,
                sd,
                weight: 1.0,
            };
            Standing {
                raw: Some(value),
                clean: Some(value),
                position: Some(Position {
                    raw: Some(0.0),
                    z: 0.0,
                    sd,
                    peers: 40,
                    scope: PeerScope::All,
                }),
            }
        };
        let width = |sd: f64| {
            let all = [standing(sd); MEASURES];
            let positions = all.iter().map(|one| {
                one.position.map(|position| Uncertain {
                    value: position.z,
                    sd: position.sd,
                })
            });
            let scores = Scores::of(positions, 3);
            let index = intervals(&all, &scores, 3, 7).index.expect("an index");
            assert!((index.value - 50.0).abs() < 1e-9);
            index.upper - index.lower
        };
        assert!(width(0.1) < width(1.0) && width(0.1) > 0.1);
        assert!((coverage(&[standing(1.0); MEASURES]) - 1.0).abs() < 1e-12);
    }
}
