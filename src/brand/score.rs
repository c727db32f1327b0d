//! From measures to pillars, the index, and how sure they are.

use std::sync::LazyLock;

use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

use super::inputs::Inputs;
use super::measure::{Measured, PILLARS, Value, View};
use super::peers::{Home, Peers, Width, percentile};
use super::pillars::{ALL, MEASURES};
use super::special::normal_cdf;
use super::window::Window;

/// Draws of an interval.
const DRAWS: usize = 100;
/// Two of the measures stand in for others: so many less can be had than there are.
const MEASURABLE: f64 = (MEASURES - 2) as f64;
/// What pillars count for: demand pull is what the others are for, and the only one that by itself
/// foretells which sellers last; counting more, it would let single orders of a small seller move the
/// index (docs/brand-evaluation.md).
const WEIGHTS: [f64; PILLARS] = [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
/// How unsure the part is, in robust standard deviations, for which nobody vouches.
const UNVOUCHED_SD: f64 = 0.5;
/// Steps of the normal quantiles that draws are made of.
const STEPS: usize = 1024;
/// Normal quantiles of the middles of equal parts, by halving.
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
pub struct Ranged {
    /// The number.
    pub value: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// Where a measure stands among the peers; robust standard deviations above the middle, above 0
/// being good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Of raw data.
    pub raw: Option<f64>,
    /// Of clean data, drawn to the middle as far as nobody vouches.
    pub z: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// Peers.
    pub count: u32,
    /// Which.
    pub width: Width,
}

/// One measure, measured and placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Of raw data.
    pub raw: Measured,
    /// Of clean data.
    pub clean: Measured,
    /// Among the peers; none where nothing was measured, or without peers.
    pub place: Option<Place>,
}

/// Measures all, as of a month.
pub(super) fn measure(inputs: &Inputs, last: usize, view: View) -> Option<[Measured; MEASURES]> {
    let window = Window::at(inputs, last)?;
    Some(ALL.map(|measure| (measure.of)(&window, view)))
}

/// Places what was measured.
pub(super) fn place(
    raw: &[Measured; MEASURES],
    clean: &[Measured; MEASURES],
    peers: &Peers,
    home: Home,
) -> [Standing; MEASURES] {
    std::array::from_fn(|at| {
        let (raw, clean) = (raw[at], clean[at]);
        Standing {
            raw,
            clean,
            place: clean
                .ok()
                .and_then(|value| place_one(at, &value, raw.ok(), peers, home)),
        }
    })
}

/// Places one measure.
pub(super) fn place_alone(
    at: usize,
    raw: Value,
    clean: Value,
    peers: &Peers,
    home: Home,
) -> Standing {
    Standing {
        raw: Ok(raw),
        clean: Ok(clean),
        place: place_one(at, &clean, Some(raw), peers, home),
    }
}

fn place_one(
    at: usize,
    clean: &Value,
    raw: Option<Value>,
    peers: &Peers,
    home: Home,
) -> Option<Place> {
    let spec = &ALL[at].spec;
    let (width, robust) = peers.measure(home, at)?;
    let sign = if spec.lower_is_better { -1.0 } else { 1.0 };
    let z = |value: f64| sign * robust.z(spec.scale.to(value));
    let own = clean.weight * robust.z_sd(clean.sd);
    let open = (1.0 - clean.weight) * UNVOUCHED_SD;
    Some(Place {
        raw: raw.map(|raw| z(raw.value)),
        z: clean.weight * z(clean.value),
        sd: libm::sqrt(own * own + open * open),
        count: robust.count,
        width,
    })
}

/// Pillars and index of one view.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Scores {
    /// Mean place of each pillar's measures, 0 to 100.
    pub pillars: [Option<f64>; PILLARS],
    /// Their power mean, 0 to 100.
    pub index: Option<f64>,
}

impl Scores {
    /// From the measures' robust standard deviations and how sure each is, none where there is none.
    /// A power mean with exponent 0.5 lets no strength hide a hole (Hardy, Littlewood and Polya,
    /// Inequalities, 1934). Measures, and pillars, count by their reliability ([`reliability`]): the
    /// repeat rate of a seller with three buyers is noise, and must not decide as much as what is
    /// known of it. Pillars also count by [`WEIGHTS`].
    pub(super) fn of(
        places: impl Iterator<Item = Option<(f64, f64)>>,
        pillars_least: usize,
    ) -> Self {
        Self::mean(
            places.map(|place| place.map(|(z, sd)| (expected(z, sd), sd))),
            pillars_least,
        )
    }

    /// From percentiles and how sure each is.
    fn mean(places: impl Iterator<Item = Option<(f64, f64)>>, pillars_least: usize) -> Self {
        let mut sums = [(0.0, 0.0, 0.0); PILLARS];
        for (measure, place) in ALL.iter().zip(places) {
            if let Some((percentile, sd)) = place {
                let (sum, weight, most) = &mut sums[measure.spec.pillar as usize];
                let sure = reliability(sd);
                *sum += sure * percentile;
                *weight += sure;
                *most = f64::max(*most, sure);
            }
        }
        let pillars = sums.map(|(sum, weight, _)| (weight > 0.0).then(|| sum / weight));
        let known = pillars.iter().flatten().count();
        let (mut roots, mut weights) = (0.0, 0.0);
        for ((score, (_, _, most)), weight) in pillars.iter().zip(sums).zip(WEIGHTS) {
            if let Some(score) = score {
                roots += weight * most * score.sqrt();
                weights += weight * most;
            }
        }
        let mean = roots / weights;
        Self {
            pillars,
            index: (known >= pillars_least.max(1)).then_some(mean * mean),
        }
    }
}

/// The percentile that is expected of a place so many robust standard deviations above the middle,
/// where these are off by a normal error: the mean of a normal distribution function (Owen, A table of
/// normal integrals, 1980, 10,010.8). What is unsure lies nearer to the middle.
fn expected(z: f64, sd: f64) -> f64 {
    percentile(z / libm::sqrt(1.0 + sd * sd))
}

/// Share of what a measure's places differ by among peers that is not its own error: peers' places
/// have the variance one, the error adds its own (Lord and Novick, 1968, 3.4). In (0, 1].
fn reliability(sd: f64) -> f64 {
    1.0 / (1.0 + sd * sd)
}

/// Share of the measures that could be had, 0 to 1.
pub(super) fn coverage(standings: &[Standing]) -> f64 {
    let placed = standings.iter().filter(|one| one.place.is_some()).count();
    (placed as f64 / MEASURABLE).min(1.0)
}

/// Intervals of pillars and index by a parametric bootstrap (Efron and Tibshirani, 1993, chapter 6):
/// each measure is drawn around its place with its own deviation. Seeded by the subject.
pub(super) fn intervals(
    standings: &[Standing],
    scores: &Scores,
    pillars_least: usize,
    seed: u64,
) -> ([Option<Ranged>; PILLARS], Option<Ranged>) {
    let mut dice = Pcg64Mcg::seed_from_u64(seed);
    let mut drawn: Vec<Scores> = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        let places = standings.iter().map(|one| {
            let place = one.place?;
            let step = (dice.next_u32() as usize) % STEPS;
            Some((percentile(place.z + place.sd * NORMAL[step]), place.sd))
        });
        drawn.push(Scores::mean(places, pillars_least));
    }
    let of = |pick: &dyn Fn(&Scores) -> Option<f64>| {
        let value = pick(scores)?;
        let mut all: Vec<f64> = drawn.iter().filter_map(pick).collect();
        all.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * all.len().saturating_sub(1) as f64).round() as usize;
            all.get(place).copied().unwrap_or(value)
        };
        Some(Ranged {
            value,
            lower: at(0.05).min(value),
            upper: at(0.95).max(value),
        })
    };
    let pillars = std::array::from_fn(|at| of(&|scores: &Scores| scores.pillars[at]));
    (pillars, of(&|scores: &Scores| scores.index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strength_cannot_hide_a_hole() {
        // Two pillars at 100 and 0 are (sqrt(100) + 0)^2 / 4, not 50.
        let z = ALL
            .iter()
            .map(|measure| match measure.spec.pillar as usize {
                1 => Some((9.0, 0.1)),
                2 => Some((-9.0, 0.1)),
                _ => None,
            });
        let scores = Scores::of(z, 2);
        assert!((scores.index.expect("two pillars") - 25.0).abs() < 1e-6);
        assert_eq!(scores.pillars[0], None);
        assert_eq!(Scores::of(ALL.iter().map(|_| None), 1).index, None);
    }

    #[test]
    fn the_expected_percentile_is_the_mean_of_draws() {
        let mean = |z: f64, sd: f64| {
            let draws = NORMAL.iter().map(|normal| percentile(z + sd * normal));
            draws.sum::<f64>() / STEPS as f64
        };
        for (z, sd) in [(0.0, 1.0), (-1.2, 0.7), (2.0, 1.5), (0.4, 0.0)] {
            let (of, drawn) = (expected(z, sd), mean(z, sd));
            assert!((of - drawn).abs() < 0.02, "{z} {sd}: {of} {drawn}");
        }
    }

    #[test]
    fn normal_quantiles_are_normal() {
        let sum: f64 = NORMAL.iter().sum();
        let squares: f64 = NORMAL.iter().map(|z| z * z).sum();
        assert!(sum.abs() < 1e-6 && (squares / STEPS as f64 - 1.0).abs() < 0.01);
    }

    #[test]
    fn surer_places_give_narrower_intervals() {
        let standing = |sd: f64| {
            let value = Value {
                value: 0.0,
                sd,
                weight: 1.0,
            };
            Standing {
                raw: Ok(value),
                clean: Ok(value),
                place: Some(Place {
                    raw: Some(0.0),
                    z: 0.0,
                    sd,
                    count: 40,
                    width: Width::All,
                }),
            }
        };
        let width = |sd: f64| {
            let all = [standing(sd); MEASURES];
            let scores = Scores::of(all.iter().map(|one| one.place.map(|p| (p.z, p.sd))), 3);
            let (_, index) = intervals(&all, &scores, 3, 7);
            let index = index.expect("an index");
            assert!((index.value - 50.0).abs() < 1e-9);
            index.upper - index.lower
        };
        assert!(width(0.1) < width(1.0) && width(0.1) > 0.1);
        assert!((coverage(&[standing(1.0); MEASURES]) - 1.0).abs() < 1e-12);
    }
}
