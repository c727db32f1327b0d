//! One seller's progress: a pure function of its inputs and its peers.

use super::config::Config;
use super::inputs::{Flow, Inputs};
use super::measure::{Input, Measured, PILLARS, View};
use super::peers::{Home, Peers, Width, percentile};
use super::pillars::{ALL, MEASURES, place as place_of};
use super::score::{Ranged, Scores, Standing, coverage, intervals, measure, place};
use super::stages::{Facts, Fragility, Stage, stages};
use super::trend::{Trend, trend};
use super::window::{WINDOW, Window};

/// Version of measures, peers and thresholds.
pub const BRAND_MODEL_VERSION: &str = "brand-3";
/// Least standard deviation of an index from month to month, in points.
const NOISE_LEAST: f64 = 0.5;

/// The index at the end of one month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonthStanding {
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
    /// Where peers were looked for.
    pub home: Home,
    /// What was measured, with places in [`ALL`], rising.
    pub measures: Vec<(u8, Standing)>,
    /// Clean scores with intervals.
    pub pillars: [Option<Ranged>; PILLARS],
    /// Raw scores.
    pub raw_pillars: [Option<f64>; PILLARS],
    /// Clean index with its interval.
    pub index: Option<Ranged>,
    /// Raw index.
    pub raw_index: Option<f64>,
    /// Share of the measures that could be had, 0 to 1.
    pub coverage: f64,
    /// The stage now.
    pub stage: Stage,
    /// What is hollow.
    pub fragility: Fragility,
    /// Where the index is heading.
    pub trend: Option<Trend>,
    /// The first of `months`, in months since 1970.
    pub first_month: u16,
    /// Oldest first; the last is the one that is looked from.
    pub months: Vec<MonthStanding>,
    /// What there is, by bits of [`Input`].
    pub inputs: u32,
    /// Seed of draws.
    pub seed: u64,
}

/// A measure that nothing is held of: why is told by the inputs that are missing.
const UNMEASURED: Standing = Standing {
    raw: Err("not enough is known yet"),
    clean: Err("not enough is known yet"),
    place: None,
};

fn measured((_, standing): &(u8, Standing)) -> bool {
    standing.raw.is_ok() || standing.clean.is_ok()
}

/// A month's measures, both views.
type Both = ([Measured; MEASURES], [Measured; MEASURES]);

fn both(inputs: &Inputs, last: usize) -> Option<Both> {
    Some((
        measure(inputs, last, View::Raw)?,
        measure(inputs, last, View::Clean)?,
    ))
}

/// How a seller stands as of the last month of its inputs. None where nothing is known of it.
pub fn progress(inputs: &Inputs, peers: &Peers, home: Home, config: &Config) -> Option<Progress> {
    if inputs.is_empty() {
        return None;
    }
    let last = inputs.months.len().checked_sub(1)?;
    let (raw, clean) = both(inputs, last)?;
    let standings = place(&raw, &clean, peers, home);
    let first = last.saturating_sub(WINDOW - 1);
    let mut facts = Vec::with_capacity(last + 1 - first);
    let mut months = Vec::with_capacity(last + 1 - first);
    for at in first..=last {
        let then = if at == last {
            standings
        } else {
            let (raw, clean) = both(inputs, at)?;
            place(&raw, &clean, peers, home)
        };
        let (clean, raw) = scores(&then, config);
        facts.push(facts_of(&then, &clean));
        months.push((clean.index, raw.index));
    }
    let stages = stages(&facts, config);
    let indices: Vec<Option<f64>> = months.iter().map(|(index, _)| *index).collect();
    // A seller has no months before the first that anything is known of.
    let unknown = indices.iter().take_while(|index| index.is_none()).count();
    let trend = trend(&indices[unknown..], NOISE_LEAST);
    let months = months.iter().zip(stages);
    let months = months.map(|((index, raw), stage)| MonthStanding {
        index: index.map(|index| index as f32),
        raw: raw.map(|raw| raw as f32),
        stage,
    });
    let months: Vec<MonthStanding> = months.skip(unknown).collect();
    let mut progress = stand(&standings, home, inputs.seed, config);
    let gap = gap(&progress);
    let window = Window::at(inputs, last)?;
    progress.fragility = Fragility::of(
        gap,
        discounted(&window, Flow::Praise),
        discounted(&window, Flow::Orders),
        config,
    );
    progress.stage = months
        .last()
        .map_or(Stage::InsufficientData, |month| month.stage);
    progress.trend = trend;
    progress.first_month = inputs.first_month + (first + unknown) as u16;
    progress.months = months;
    progress.inputs = held(inputs);
    Some(progress)
}

/// The standing that follows from placed measures alone, without months.
pub fn stand(standings: &[Standing], home: Home, seed: u64, config: &Config) -> Progress {
    let (clean, raw) = scores(standings, config);
    let (pillars, index) = intervals(standings, &clean, config.pillars_least, seed);
    let facts = facts_of(standings, &clean);
    Progress {
        home,
        measures: (0..)
            .zip(standings.iter().copied())
            .filter(measured)
            .collect(),
        pillars,
        raw_pillars: raw.pillars,
        index,
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

/// Clean and raw scores.
fn scores(standings: &[Standing], config: &Config) -> (Scores, Scores) {
    let clean = standings
        .iter()
        .map(|one| one.place.map(|place| (place.z, place.sd)));
    let raw = standings
        .iter()
        .map(|one| one.place.and_then(|place| Some((place.raw?, place.sd))));
    (
        Scores::of(clean, config.pillars_least),
        Scores::of(raw, config.pillars_least),
    )
}

fn facts_of(standings: &[Standing], clean: &Scores) -> Facts {
    let of = |code: &str| place_of(code).and_then(|place| standings.get(place));
    let markets = of("resilience.markets").and_then(|one| one.clean.ok());
    let ads = of("operating.ad_independence").and_then(|one| one.place);
    Facts {
        index: clean.index,
        pillars: clean.pillars,
        coverage: coverage(standings),
        markets: markets.map(|value| value.value),
        ads: ads.map(|place| percentile(place.z)),
    }
}

fn gap(progress: &Progress) -> f64 {
    match (progress.raw_index, progress.index) {
        (Some(raw), Some(clean)) => raw - clean.value,
        _ => 0.0,
    }
}

/// Share of a flow that manipulation is likely to have made.
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

/// What there is, by bits of [`Input`].
fn held(inputs: &Inputs) -> u32 {
    let all = ALL.iter().flat_map(|measure| measure.spec.inputs);
    all.filter(|input| inputs.has(**input))
        .fold(0, |bits, input| bits | 1 << *input as u32)
}

impl Progress {
    /// Whether there is data of a kind.
    pub const fn has(&self, input: Input) -> bool {
        self.inputs & (1 << input as u32) != 0
    }

    /// One measure.
    pub fn standing(&self, at: usize) -> Standing {
        let found = self
            .measures
            .iter()
            .find(|(held, _)| usize::from(*held) == at);
        found.map_or(UNMEASURED, |(_, standing)| *standing)
    }

    /// All measures.
    pub fn standings(&self) -> [Standing; MEASURES] {
        let mut all = [UNMEASURED; MEASURES];
        for (at, standing) in &self.measures {
            if let Some(held) = all.get_mut(usize::from(*at)) {
                *held = *standing;
            }
        }
        all
    }

    /// The narrowest peers that any measure found; none without.
    pub fn width(&self) -> Option<Width> {
        let places = self.measures.iter().filter_map(|(_, one)| one.place);
        places
            .map(|place| place.width)
            .min_by_key(|width| *width as u8)
    }
}
