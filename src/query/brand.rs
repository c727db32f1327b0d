//! Brand progress as messages, and the read model that it is looked up in.

mod model;
mod spread;
mod words;

pub use model::{BrandModel, Looked, Reading};
pub use spread::quantiles;
use words::{abstention, sentence};

use crate::brand::advice::Recommendation;
use crate::brand::measure::{Measure, Pillar};
use crate::brand::peers::{Home, Width, percentile};
use crate::brand::pillars::ALL;
use crate::brand::trend::{BreakKind, Change, Trend};
use crate::brand::{BRAND_MODEL_VERSION, Board, Progress, Ranged, Stage, Standing};
use crate::codec::day_start;
use crate::domain::{Month, Time, first_day};
use crate::proto::v1;
use crate::state::{NONE, State};

/// From minus to plus this many standard deviations is 90 %.
const WIDTH_90: f64 = 1.644_853_626_951_472_2;
/// Most events that are named beside a change point.
const EVENTS_NAMED: usize = 5;

/// What a message says beside the progress itself.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Row of the seller.
    pub seller: u32,
    /// Brand asked for.
    pub brand: &'a str,
    /// Market asked for.
    pub market: &'a str,
    /// Log record that it rests on.
    pub sequence: u64,
    /// The moment that it speaks of.
    pub as_of: Option<Time>,
}

/// Progress as a message. Without progress nothing is known: the service abstains.
pub fn brand_message(
    state: &State,
    board: &Board,
    about: About<'_>,
    progress: Option<&Progress>,
) -> v1::BrandProgress {
    let seller = state.sellers().get(about.seller);
    let mut message = v1::BrandProgress {
        seller_id: seller.map_or(String::new(), |row| state.name(row.name).to_owned()),
        brand: about.brand.to_owned(),
        market: about.market.to_owned(),
        stage: v1::BrandStage::InsufficientData.into(),
        fragility: Some(v1::BrandFragility::default()),
        log_sequence: about.sequence,
        peers_log_sequence: board.peers_sequence(),
        as_of: about.as_of.map(Into::into),
        model_version: BRAND_MODEL_VERSION.to_owned(),
        ..v1::BrandProgress::default()
    };
    let Some(progress) = progress else {
        return message;
    };
    let standing = progress
        .index
        .and_then(|index| board.peers().standing(progress.home, index.value));
    message.index = progress.index.map(interval);
    message.raw_index = progress.raw_index;
    message.percentile = standing.map(|(place, _, _)| place);
    message.peer_count = standing.map_or(0, |(_, count, _)| count);
    message.peer_group = standing.map_or(String::new(), |(_, _, width)| {
        group_name(state, progress.home, width)
    });
    message.coverage = progress.coverage;
    message.stage = stage_message(progress.stage).into();
    let fragility = &progress.fragility;
    message.fragility = Some(v1::BrandFragility {
        index_gap: fragility.gap,
        discounted_reviews: fragility.praise,
        discounted_orders: fragility.orders,
        fragile: fragility.fragile,
        reason: fragility.reason.clone(),
    });
    let standings = progress.standings();
    message.pillars = Pillar::ALL
        .iter()
        .map(|pillar| pillar_message(state, board, progress, &standings, *pillar))
        .collect();
    message.trend = progress
        .trend
        .as_ref()
        .map(|trend| trend_message(state, about.seller, progress, trend));
    message.months = (progress.first_month..)
        .zip(&progress.months)
        .map(|(month, held)| v1::BrandMonth {
            month: Some(day_start(first_day(Month(month)))),
            index: held.index.map(f64::from),
            raw_index: held.raw.map(f64::from),
            stage: stage_message(held.stage).into(),
        })
        .collect();
    message
}

fn interval(ranged: Ranged) -> v1::Interval {
    v1::Interval {
        value: ranged.value,
        lower: ranged.lower,
        upper: ranged.upper,
    }
}

/// A pillar as a message.
const fn pillar_number(pillar: Pillar) -> v1::BrandPillar {
    match pillar {
        Pillar::DemandPull => v1::BrandPillar::DemandPull,
        Pillar::Quality => v1::BrandPillar::Quality,
        Pillar::Loyalty => v1::BrandPillar::Loyalty,
        Pillar::PricingPower => v1::BrandPillar::PricingPower,
        Pillar::Resilience => v1::BrandPillar::Resilience,
        Pillar::Reach => v1::BrandPillar::Reach,
        Pillar::OperatingSkill => v1::BrandPillar::OperatingSkill,
    }
}

const fn stage_message(stage: Stage) -> v1::BrandStage {
    match stage {
        Stage::InsufficientData => v1::BrandStage::InsufficientData,
        Stage::WhiteLabelLister => v1::BrandStage::WhiteLabelLister,
        Stage::TrafficRenter => v1::BrandStage::TrafficRenter,
        Stage::Emerging => v1::BrandStage::Emerging,
        Stage::Established => v1::BrandStage::Established,
        Stage::ResilientMultiMarket => v1::BrandStage::ResilientMultiMarket,
    }
}

fn pillar_message(
    state: &State,
    board: &Board,
    progress: &Progress,
    standings: &[Standing],
    pillar: Pillar,
) -> v1::BrandPillarScore {
    let own = ALL.iter().zip(standings).enumerate();
    let own = own.filter(|(_, (measure, _))| measure.spec.pillar == pillar);
    let measures: Vec<v1::BrandMeasure> = own
        .map(|(at, (measure, standing))| {
            measure_message(state, board, progress, (at, measure), standing)
        })
        .collect();
    let placed = measures
        .iter()
        .filter(|one| one.percentile.is_some())
        .count();
    v1::BrandPillarScore {
        pillar: pillar_number(pillar).into(),
        score: progress.pillars[pillar as usize].map(interval),
        raw_score: progress.raw_pillars[pillar as usize],
        coverage: placed as f64 / (measures.len() as f64).max(1.0),
        measures,
    }
}

fn measure_message(
    state: &State,
    board: &Board,
    progress: &Progress,
    (at, measure): (usize, &Measure),
    standing: &Standing,
) -> v1::BrandMeasure {
    let spec = &measure.spec;
    let (used, missing): (Vec<_>, Vec<_>) = spec.inputs.iter().partition(|one| progress.has(**one));
    let named = |inputs: Vec<&crate::brand::measure::Input>| {
        let names = inputs.into_iter().map(|input| input.name().to_owned());
        names.collect::<Vec<String>>()
    };
    let (used, missing) = (named(used), named(missing));
    let clean = standing.clean.ok();
    let at_sd = |value: f64, sd: f64| spec.scale.back(spec.scale.to(value) + sd);
    let robust = board.peers().measure(progress.home, at);
    let place = standing.place;
    v1::BrandMeasure {
        code: spec.code.to_owned(),
        pillar: pillar_number(spec.pillar).into(),
        unit: spec.unit.to_owned(),
        lower_is_better: spec.lower_is_better,
        raw_value: standing.raw.ok().map(|value| value.value),
        clean_value: clean.map(|held| v1::Interval {
            value: held.value,
            lower: at_sd(held.value, -WIDTH_90 * held.sd).min(held.value),
            upper: at_sd(held.value, WIDTH_90 * held.sd).max(held.value),
        }),
        raw_percentile: place.and_then(|place| place.raw).map(percentile),
        percentile: place.map(|place| v1::Interval {
            value: percentile(place.z),
            lower: percentile(place.z - WIDTH_90 * place.sd),
            upper: percentile(place.z + WIDTH_90 * place.sd),
        }),
        peer_group: place.map_or(String::new(), |place| {
            group_name(state, progress.home, place.width)
        }),
        peer_count: place.map_or(0, |place| place.count),
        peer_median: robust
            .filter(|_| clean.is_some())
            .map(|(_, robust)| spec.scale.back(robust.median)),
        provenance_weight: clean.map_or(0.0, |held| held.weight),
        abstention: if clean.is_some() {
            String::new()
        } else {
            abstention(spec, progress)
        },
        sentence: clean.map_or(String::new(), |held| sentence(spec, held.value, place)),
        inputs_used: used,
        inputs_missing: missing,
    }
}

/// Marketplace and category, as callers filter by them.
fn group_name(state: &State, home: Home, width: Width) -> String {
    match width {
        Width::All => "all".to_owned(),
        Width::Marketplace => state.marketplace(home.marketplace).to_owned(),
        Width::Group => {
            let marketplace = state.marketplace(home.marketplace);
            let group = state.groups().get(home.group);
            match group.and_then(|group| group.category) {
                Some(category) => format!("{marketplace}/{}", state.name(category)),
                None => marketplace.to_owned(),
            }
        }
    }
}

fn trend_message(state: &State, seller: u32, progress: &Progress, trend: &Trend) -> v1::BrandTrend {
    let change = |change: Change| v1::Interval {
        value: change.value,
        lower: change.low,
        upper: change.high,
    };
    let points = trend.change_points.iter().rev();
    v1::BrandTrend {
        slope: Some(v1::Interval {
            value: trend.slope,
            lower: trend.slope_interval.0,
            upper: trend.slope_interval.1,
        }),
        probability_rising: trend.rising,
        change_three_months: trend.change_3.map(change),
        change_twelve_months: trend.change_12.map(change),
        change_points: points
            .map(|point| {
                let month = progress.first_month + point.month as u16;
                v1::BrandChangePoint {
                    month: Some(day_start(first_day(Month(month)))),
                    kind: match point.kind {
                        BreakKind::Level => v1::BrandChangeKind::Level,
                        BreakKind::Slope => v1::BrandChangeKind::Slope,
                    }
                    .into(),
                    strength: point.strength,
                    events: events_near(state, seller, month),
                }
            })
            .collect(),
    }
}

/// What happened to a seller's pages within a month of a month.
fn events_near(state: &State, seller: u32, month: u16) -> Vec<String> {
    let near = |seconds: u32| {
        seconds != NONE && crate::brand::gather::month_of(seconds).abs_diff(month) <= 1
    };
    let mut listings: Vec<u32> = state.listings_of_seller(seller).collect();
    listings.sort_unstable();
    let mut events = Vec::new();
    for row in listings {
        let Some(listing) = state.listings().get(row) else {
            continue;
        };
        let id = state.name(listing.name);
        if near(listing.created_seconds) {
            events.push(format!("listing {id} appeared"));
        }
        if near(state.listing_trade(row).revised_seconds) {
            events.push(format!("the page of listing {id} changed"));
        }
    }
    events.truncate(EVENTS_NAMED);
    events
}

/// A recommendation as a message.
pub fn recommendation_message(found: &Recommendation) -> v1::BrandRecommendation {
    let action = found.action;
    let (value, half, more) = found.gain;
    v1::BrandRecommendation {
        code: action.code.clone(),
        sentence: action.sentence.clone(),
        measure_code: action.measure.clone(),
        pillar: ALL
            .get(found.at)
            .map_or(v1::BrandPillar::Unspecified, |measure| {
                pillar_number(measure.spec.pillar)
            })
            .into(),
        gain: Some(v1::Interval {
            value,
            lower: half.min(value),
            upper: more.max(value),
        }),
        effort_days: action.effort_days,
        gain_per_day: found.gain_per_day(),
        value_now: found.values.0,
        value_then: found.values.1,
        precondition: action.precondition.clone(),
        source: action.source.clone(),
        review_rules: action.review_rules.clone(),
    }
}
