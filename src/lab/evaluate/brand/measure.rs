//! Figures of a walk.

use std::collections::BTreeMap;

use serde::Serialize;

use super::baselines;
use super::concordance::Concordance;
use super::walk::{MonthEnd, Walk};
use crate::stats::Bootstrap;

/// Targets of the prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// At least one order in the next six months.
    Survival,
    /// Log ratio of orders; no order after is the lowest.
    Growth,
    /// The same among those that survive.
    GrowthOfSurvivors,
}

const TARGETS: [(Target, &str); 3] = [
    (Target::Survival, "survival"),
    (Target::Growth, "growth"),
    (Target::GrowthOfSurvivors, "growth_of_survivors"),
];
/// The targets whose mean is the headline.
const HEADLINE: usize = 2;

impl Target {
    fn outcomes(self, month: &MonthEnd) -> Vec<Option<f64>> {
        let of = |place: usize| {
            let survives = month.after[place] > 0;
            match self {
                Self::Survival => Some(f64::from(u8::from(survives))),
                Self::Growth => Some(month.growth(place)),
                Self::GrowthOfSurvivors => survives.then(|| month.growth(place)),
            }
        };
        (0..month.sellers.len()).map(of).collect()
    }

    /// Returns the regression for the target.
    const fn regression(self) -> usize {
        match self {
            Self::Survival => 0,
            Self::Growth | Self::GrowthOfSurvivors => 1,
        }
    }
}

/// One target.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TargetFigures {
    /// Concordance index of progress, 0 to 1; one half is chance.
    pub concordance: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// Concordance of each baseline, by name.
    pub baselines: BTreeMap<&'static str, Option<f64>>,
    /// Concordance of other scores, by name.
    pub measures: BTreeMap<&'static str, Option<f64>>,
    /// Progress minus the best baseline.
    pub margin_over_best_baseline: Option<f64>,
    /// Its 95 % interval, with the same sellers drawn for both.
    pub margin_interval: Option<[f64; 2]>,
}

/// Figures of an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Mean concordance index of progress over survival and growth, 0 to 1.
    pub concordance: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// The same mean of each baseline; the regression is fitted separately for each target.
    pub baselines: BTreeMap<&'static str, Option<f64>>,
    /// The same of other scores.
    pub measures: BTreeMap<&'static str, Option<f64>>,
    /// The name of the best baseline.
    pub best_baseline: Option<&'static str>,
    /// Progress minus the best baseline.
    pub margin_over_best_baseline: Option<f64>,
    /// Its 95 % interval.
    pub margin_interval: Option<[f64; 2]>,
    /// By name.
    pub targets: BTreeMap<&'static str, TargetFigures>,
    /// Month ends, as `2017-08`.
    pub months: Vec<String>,
    /// Different sellers.
    pub sellers: usize,
    /// Sellers summed over month ends.
    pub rows: usize,
    /// Share of rows with an order in the six months after.
    pub survived_share: f64,
    /// Share of rows without a score, which are placed in the middle of their month.
    pub abstained_share: f64,
}

/// One score for every target.
struct Measured {
    name: &'static str,
    targets: Vec<Concordance>,
}

impl Measured {
    fn index(&self, target: usize, times: &[u32]) -> Option<f64> {
        self.targets[target].index(times)
    }

    /// Mean of the headline's targets.
    fn headline(&self, times: &[u32]) -> Option<f64> {
        let sum: Option<f64> = (0..HEADLINE).map(|target| self.index(target, times)).sum();
        sum.map(|sum| sum / HEADLINE as f64)
    }
}

/// Measures a walk, with intervals by bootstrap.
pub fn measure(walk: &Walk, bootstrap: &Bootstrap) -> Figures {
    let (progress, others) = scored(walk);
    let baselines = baselines_of(walk);
    let groups: Vec<u32> = walk
        .months
        .iter()
        .flat_map(|month| month.sellers.clone())
        .collect();
    let once = vec![1_u32; groups.len()];
    let Some(progress) = progress else {
        return Figures::default();
    };
    let compared = Compared {
        progress: &progress,
        others: &others,
        baselines: &baselines,
        groups: &groups,
        once: &once,
        bootstrap,
    };
    let whole = compared.figures(Measured::headline);
    let targets = TARGETS.iter().enumerate().map(|(at, (_, name))| {
        let figures = compared.figures(|measured, times| measured.index(at, times));
        (*name, figures.0)
    });
    let mut sellers = groups.clone();
    sellers.sort_unstable();
    sellers.dedup();
    let survived: usize = walk
        .months
        .iter()
        .map(|month| month.after.iter().filter(|after| **after > 0).count())
        .sum();
    let abstained: usize = walk
        .months
        .iter()
        .filter_map(|month| month.scores.first())
        .map(|scores| scores.iter().filter(|score| score.is_none()).count())
        .sum();
    let rows = groups.len().max(1) as f64;
    let (figures, best_baseline) = whole;
    Figures {
        concordance: figures.concordance,
        interval: figures.interval,
        baselines: figures.baselines,
        measures: figures.measures,
        best_baseline,
        margin_over_best_baseline: figures.margin_over_best_baseline,
        margin_interval: figures.margin_interval,
        targets: targets.collect(),
        months: walk.months.iter().map(|month| named(month.month)).collect(),
        sellers: sellers.len(),
        rows: groups.len(),
        survived_share: survived as f64 / rows,
        abstained_share: abstained as f64 / rows,
    }
}

fn named(month: u16) -> String {
    format!("{}-{:02}", 1970 + month / 12, month % 12 + 1)
}

/// Replaces missing scores by the middle of the month: unknown is neither good nor bad.
fn filled(scores: &[Option<f64>]) -> Vec<f64> {
    let mut known: Vec<f64> = scores.iter().flatten().copied().collect();
    known.sort_unstable_by(f64::total_cmp);
    let middle = known.get(known.len() / 2).copied().unwrap_or(0.0);
    scores.iter().map(|score| score.unwrap_or(middle)).collect()
}

fn against_targets(
    name: &'static str,
    walk: &Walk,
    scores: impl Fn(&MonthEnd, Target) -> Vec<f64>,
) -> Measured {
    let targets = TARGETS.iter().map(|(target, _)| {
        let mut concordance = Concordance::default();
        for month in &walk.months {
            concordance.add(&scores(month, *target), &target.outcomes(month));
        }
        concordance
    });
    Measured {
        name,
        targets: targets.collect(),
    }
}

fn scored(walk: &Walk) -> (Option<Measured>, Vec<Measured>) {
    let mut all = walk.names.iter().enumerate().map(|(at, name)| {
        against_targets(name, walk, |month, _| {
            month
                .scores
                .get(at)
                .map(|scores| filled(scores))
                .unwrap_or_default()
        })
    });
    let first = all.next();
    (first, all.collect())
}

fn baselines_of(walk: &Walk) -> Vec<Measured> {
    let of = |(at, name): (usize, &&'static str)| {
        against_targets(name, walk, |month, target| {
            let [rating, reviews, orders, regression] =
                baselines::scores(month, target.regression());
            match at {
                0 => rating,
                1 => reviews,
                2 => orders,
                _ => regression,
            }
        })
    };
    baselines::NAMES.iter().enumerate().map(of).collect()
}

struct Compared<'a> {
    progress: &'a Measured,
    others: &'a [Measured],
    baselines: &'a [Measured],
    groups: &'a [u32],
    once: &'a [u32],
    bootstrap: &'a Bootstrap,
}

impl Compared<'_> {
    /// Computes the figures by one index, and the name of the best baseline.
    fn figures(
        &self,
        index: impl Fn(&Measured, &[u32]) -> Option<f64>,
    ) -> (TargetFigures, Option<&'static str>) {
        let all = |measured: &[Measured]| -> BTreeMap<&'static str, Option<f64>> {
            measured
                .iter()
                .map(|one| (one.name, index(one, self.once)))
                .collect()
        };
        let concordance = index(self.progress, self.once);
        let best = self.baselines.iter().max_by(|a, b| {
            let of = |one: &Measured| index(one, self.once).unwrap_or(0.0);
            of(a).total_cmp(&of(b))
        });
        let over = |times: &[u32]| Some(index(self.progress, times)? - index(best?, times)?);
        let interval = |statistic: &dyn Fn(&[u32]) -> Option<f64>| {
            let interval = self.bootstrap.interval(self.groups, statistic);
            interval.map(|interval| [interval.low, interval.high])
        };
        let figures = TargetFigures {
            concordance,
            interval: interval(&|times| index(self.progress, times)),
            baselines: all(self.baselines),
            measures: all(self.others),
            margin_over_best_baseline: over(self.once),
            margin_interval: interval(&over),
        };
        (figures, best.map(|best| best.name))
    }
}
