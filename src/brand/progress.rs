//! Computes one seller's progress from its inputs and its peers.

use super::config::Config;
use super::inputs::{Flow, Inputs};
use super::measure::{Input, PILLARS, View};
use super::peers::{Peers, percentile};
use super::pillars::{ALL, MEASURES, index_of};
use super::score::{Interval, Scores, Standing, Uncertain, coverage, intervals, measure};
use super::stages::{Facts, Fragility, Stage, stages};
use super::trend::{Trend, trend};
use super::window::{WINDOW, Window};
use crate::state::PeerKey;

/// Version of measures, peers and thresholds.
pub const BRAND_MODEL_VERSION: &str = "brand-3";
/// Least standard deviation of an index from month to month, in points.
const NOISE_LEAST: f64 = 0.5;

/// The index at the end of one month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonthProgress {
    /// From clean data.
    pub index: Option<f32>,
    /// From raw data.
    pub raw: Option<f32>,
    /// The stage then.
    pub stage: Stage,
}

/// How far a seller has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Peers that it is compared with.
    pub peers: PeerKey,
    /// Measures that have a value, with their indices in [`ALL`], rising.
    pub measures: Vec<(u8, Standing)>,
    /// Clean scores with intervals.
    pub pillars: [Option<Interval>; PILLARS],
    /// Raw scores.
    pub raw_pillars: [Option<f64>; PILLARS],
    /// Clean index with its interval.
    pub index: Option<Interval>,
    /// Raw index.
    pub raw_index: Option<f64>,
    /// Share of the measures that are known, 0 to 1.
    pub coverage: f64,
    /// The stage now.
    pub stage: Stage,
    /// How much of it depends on data that are likely to be manipulated.
    pub fragility: Fragility,
    /// Direction of the index.
    pub trend: Option<Trend>,
    /// The first of `months`, in months since 1970.
    pub first_month: u16,
    /// Oldest first; the last is the month that is looked from.
    pub months: Vec<MonthProgress>,
    /// Kinds of data that are known, by bits of [`Input`].
    pub inputs: u32,
    /// Seed of random draws.
    pub seed: u64,
}

/// A measure without a value.
const UNMEASURED: Standing = Standing {
    raw: None,
    clean: None,
    position: None,
};

/// Measures all as of a month, and compares them with the peers.
fn standings(
    inputs: &Inputs,
    last: usize,
    peers: &Peers,
    key: PeerKey,
) -> Option<[Standing; MEASURES]> {
    let raw = measure(inputs, last, View::Raw)?;
    let clean = measure(inputs, last, View::Clean)?;
    Some(std::array::from_fn(|index| {
        Standing::of(index, raw[index], clean[index], peers, key)
    }))
}

/// The progress as of the last month of a seller's inputs. None where nothing is known of it.
pub(super) fn progress(
    inputs: &Inputs,
    peers: &Peers,
    key: PeerKey,
    config: &Config,
) -> Option<Progress> {
    if inputs.is_empty() {
        return None;
    }
    let last = inputs.months.len().checked_sub(1)?;
    let first = last.saturating_sub(WINDOW - 1);
    let months: Vec<[Standing; MEASURES]> = (first..=last)
        .map(|month| standings(inputs, month, peers, key))
        .collect::<Option<_>>()?;
    let scores: Vec<ViewScores> = months
        .iter()
        .map(|standings| ViewScores::of(standings, config))
        .collect();
    let facts: Vec<Facts> = months
        .iter()
        .zip(&scores)
        .map(|(standings, scores)| facts(standings, &scores.clean))
        .collect();
    let indices: Vec<Option<f64>> = scores.iter().map(|scores| scores.clean.index).collect();
    // A seller has no months before the first that anything is known of.
    let unknown = indices.iter().take_while(|index| index.is_none()).count();
    let stages = stages(&facts, config);
    let months_progress = scores
        .iter()
        .zip(stages)
        .map(|(scores, stage)| MonthProgress {
            index: scores.clean.index.map(|index| index as f32),
            raw: scores.raw.index.map(|index| index as f32),
            stage,
        });
    let known_months: Vec<MonthProgress> = months_progress.skip(unknown).collect();
    let now = Progress::of_standings(months.last()?, key, inputs.seed, config);
    let window = Window::at(inputs, last)?;
    Some(Progress {
        fragility: Fragility::of(
            now.gap(),
            discounted(&window, Flow::PositiveReviews),
            discounted(&window, Flow::Orders),
            config,
        ),
        stage: known_months
            .last()
            .map_or(Stage::InsufficientData, |month| month.stage),
        trend: trend(&indices[unknown..], NOISE_LEAST),
        first_month: inputs.first_month + (first + unknown) as u16,
        months: known_months,
        inputs: input_bits(inputs),
        ..now
    })
}

/// Scores of both views.
struct ViewScores {
    clean: Scores,
    raw: Scores,
}

impl ViewScores {
    fn of(standings: &[Standing], config: &Config) -> Self {
        let clean = standings.iter().map(|one| {
            one.position.map(|position| Uncertain {
                value: position.z,
                sd: position.sd,
            })
        });
        let raw = standings.iter().map(|one| {
            let position = one.position?;
            Some(Uncertain {
                value: position.raw?,
                sd: position.sd,
            })
        });
        Self {
            clean: Scores::of(clean, config.pillars_least),
            raw: Scores::of(raw, config.pillars_least),
        }
    }
}

fn facts(standings: &[Standing], clean: &Scores) -> Facts {
    let of = |code: &str| index_of(code).and_then(|index| standings.get(index));
    let markets = of("resilience.markets").and_then(|one| one.clean);
    let ads = of("operating.ad_independence").and_then(|one| one.position);
    Facts {
        index: clean.index,
        pillars: clean.pillars,
        coverage: coverage(standings),
        markets: markets.map(|value| value.value),
        ads: ads.map(|position| percentile(position.z)),
    }
}

/// Share of a flow that was discounted.
fn discounted(window: &Window<'_>, flow: Flow) -> f64 {
    let (mut raw, mut clean) = (0.0, 0.0);
    for (month, weight) in window.weighted() {
        raw += weight * month.flow(flow, View::Raw);
        clean += weight * month.flow(flow, View::Clean);
    }
    if raw > 0.0 {
        (1.0 - clean / raw).max(0.0)
    } else {
        0.0
    }
}

/// Kinds of data that are known, by bits of [`Input`].
fn input_bits(inputs: &Inputs) -> u32 {
    let all = ALL.iter().flat_map(|measure| measure.inputs);
    all.filter(|input| inputs.has(**input))
        .fold(0, |bits, input| bits | 1 << *input as u32)
}

impl Progress {
    /// The progress that follows from the standings of all measures alone, without months.
    pub(super) fn of_standings(
        standings: &[Standing],
        key: PeerKey,
        seed: u64,
        config: &Config,
    ) -> Self {
        let ViewScores { clean, raw } = ViewScores::of(standings, config);
        let intervals = intervals(standings, &clean, config.pillars_least, seed);
        let facts = facts(standings, &clean);
        let measured = |(_, one): &(u8, Standing)| one.raw.is_some() || one.clean.is_some();
        let numbered = (0..).zip(standings.iter().copied());
        Self {
            peers: key,
            measures: numbered.filter(measured).collect(),
            pillars: intervals.pillars,
            raw_pillars: raw.pillars,
            index: intervals.index,
            raw_index: raw.index,
            coverage: coverage(standings),
            stage: stages(&[facts], config)
                .pop()
                .unwrap_or(Stage::InsufficientData),
            fragility: Fragility::default(),
            trend: None,
            first_month: 0,
            months: Vec::new(),
            inputs: 0,
            seed,
        }
    }

    /// Raw index less clean index; 0 without one.
    fn gap(&self) -> f64 {
        match (self.raw_index, self.index) {
            (Some(raw), Some(clean)) => raw - clean.value,
            _ => 0.0,
        }
    }

    /// Whether there is data of a kind.
    pub const fn has(&self, input: Input) -> bool {
        self.inputs & (1 << input as u32) != 0
    }

    /// One measure, by its index in [`ALL`].
    pub fn standing(&self, index: usize) -> Standing {
        let mut measures = self.measures.iter();
        let found = measures.find(|(measured, _)| usize::from(*measured) == index);
        found.map_or(UNMEASURED, |(_, standing)| *standing)
    }

    /// All measures.
    pub fn standings(&self) -> [Standing; MEASURES] {
        std::array::from_fn(|index| self.standing(index))
    }
}
