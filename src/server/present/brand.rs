//! Presents brand progress as messages.

mod spread;
mod words;

pub(in crate::server) use spread::quantiles;
use spread::two_digits;
use words::{abstention, sentence};

use crate::brand::advice::Recommendation;
use crate::brand::{
    BRAND_MODEL_VERSION, BreakKind, Change, Input, Interval, MEASURES, PEERS_LEAST, PeerScope,
    Pillar, Progress, ProgressModel, Stage, Standing, Trend, month_of, percentile,
};
use crate::codec::day_start;
use crate::domain::{Month, Time, first_day};
use crate::proto::v1;
use crate::state::{ListingIx, NO_TIME, PeerKey, SellerIx, State};
use crate::stats::QUANTILE_90;

/// Most events of a change point.
const EVENTS_MOST: usize = 5;

/// The seller of a message, and the moment of its progress.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct SellerContext<'a> {
    /// Row of the seller.
    pub seller: SellerIx,
    /// Requested brand.
    pub brand: &'a str,
    /// Requested market.
    pub market: &'a str,
    /// Log record that the progress rests on.
    pub sequence: u64,
    /// Time of the progress.
    pub as_of: Option<Time>,
    /// Whether numbers of peers are rounded and averaged, as a seller must not read a rival's.
    pub is_for_seller: bool,
}

/// Progress as a message; without progress it has insufficient data.
pub(in crate::server) fn brand_message(
    state: &State,
    model: &ProgressModel,
    context: SellerContext<'_>,
    progress: Option<&Progress>,
) -> v1::BrandProgress {
    let seller = state.sellers().get(context.seller);
    let header = v1::BrandProgress {
        seller_id: seller.map_or(String::new(), |row| state.name(row.name).to_owned()),
        brand: context.brand.to_owned(),
        market: context.market.to_owned(),
        stage: v1::BrandStage::InsufficientData.into(),
        fragility: Some(v1::BrandFragility::default()),
        log_sequence: context.sequence,
        peers_log_sequence: model.peers_sequence(),
        as_of: context.as_of.map(Into::into),
        model_version: BRAND_MODEL_VERSION.to_owned(),
        ..v1::BrandProgress::default()
    };
    let Some(progress) = progress else {
        return header;
    };
    let presenter = Presenter {
        state,
        model,
        progress,
        standings: &progress.standings(),
        is_for_seller: context.is_for_seller,
    };
    presenter.message(context.seller, header)
}

/// A seller's progress, and the data that its message needs.
#[derive(Clone, Copy)]
struct Presenter<'a> {
    state: &'a State,
    model: &'a ProgressModel,
    progress: &'a Progress,
    standings: &'a [Standing],
    is_for_seller: bool,
}

impl Presenter<'_> {
    fn message(self, seller: SellerIx, header: v1::BrandProgress) -> v1::BrandProgress {
        let progress = self.progress;
        let rank = progress
            .index
            .and_then(|index| self.model.peers().rank(progress.peers, index.value))
            .filter(|rank| self.may_show(rank.peers));
        let fragility = &progress.fragility;
        let trend = progress.trend.as_ref();
        let months = (progress.first_month..).zip(&progress.months);
        v1::BrandProgress {
            index: progress.index.map(interval),
            raw_index: progress.raw_index,
            percentile: rank.map(|rank| self.position(rank.percentile)),
            peer_count: rank.map_or(0, |rank| rank.peers),
            peer_group: rank.map_or(String::new(), |rank| self.group_name(rank.scope)),
            coverage: progress.coverage,
            stage: stage_message(progress.stage).into(),
            fragility: Some(v1::BrandFragility {
                index_gap: fragility.gap,
                discounted_reviews: fragility.positive_reviews,
                discounted_orders: fragility.orders,
                fragile: fragility.is_fragile(),
                reason: fragility.reason.clone(),
            }),
            pillars: Pillar::ALL.map(|pillar| self.pillar(pillar)).to_vec(),
            trend: trend.map(|trend| self.trend(seller, trend)),
            months: months
                .map(|(number, month)| v1::BrandMonth {
                    month: Some(day_start(first_day(Month(number)))),
                    index: month.index.map(f64::from),
                    raw_index: month.raw.map(f64::from),
                    stage: stage_message(month.stage).into(),
                })
                .collect(),
            ..header
        }
    }

    fn pillar(self, pillar: Pillar) -> v1::BrandPillarScore {
        let own = MEASURES.iter().enumerate();
        let measures: Vec<v1::BrandMeasure> = own
            .filter(|(_, measure)| measure.pillar == pillar)
            .map(|(index, _)| self.measure(index))
            .collect();
        let compared = measures.iter().filter(|one| one.percentile.is_some());
        v1::BrandPillarScore {
            pillar: pillar_message(pillar).into(),
            score: self.progress.pillars[pillar as usize].map(interval),
            raw_score: self.progress.raw_pillars[pillar as usize],
            coverage: compared.count() as f64 / (measures.len() as f64).max(1.0),
            measures,
        }
    }

    fn measure(self, index: usize) -> v1::BrandMeasure {
        let (measure, standing) = (MEASURES[index], self.standings[index]);
        let (used, missing): (Vec<Input>, Vec<Input>) = measure
            .inputs
            .iter()
            .partition(|input| self.progress.has(**input));
        let names = |inputs: Vec<Input>| {
            let names = inputs.into_iter().map(|input| input.name().to_owned());
            names.collect::<Vec<String>>()
        };
        let scale = measure.scale;
        let at_sd = |value: f64, sd: f64| scale.back(scale.to(value) + sd);
        let spread = self.model.peers().measure(self.progress.peers, index);
        let clean = standing.clean;
        let position = standing
            .position
            .filter(|position| self.may_show(position.peers));
        v1::BrandMeasure {
            code: measure.code.to_owned(),
            pillar: pillar_message(measure.pillar).into(),
            unit: measure.unit.to_owned(),
            lower_is_better: measure.lower_is_better,
            raw_value: standing.raw.map(|raw| raw.value),
            clean_value: clean.map(|clean| v1::Interval {
                value: clean.value,
                lower: at_sd(clean.value, -QUANTILE_90 * clean.sd).min(clean.value),
                upper: at_sd(clean.value, QUANTILE_90 * clean.sd).max(clean.value),
            }),
            raw_percentile: position
                .and_then(|position| position.raw)
                .map(|raw| self.position(percentile(raw))),
            percentile: position.map(|position| v1::Interval {
                value: self.position(percentile(position.z)),
                lower: self.position(percentile(position.z - QUANTILE_90 * position.sd)),
                upper: self.position(percentile(position.z + QUANTILE_90 * position.sd)),
            }),
            peer_group: position.map_or(String::new(), |position| self.group_name(position.scope)),
            peer_count: position.map_or(0, |position| position.peers),
            peer_median: spread
                .filter(|(_, spread)| clean.is_some() && self.may_show(spread.count))
                .map(|(_, spread)| {
                    if self.is_for_seller {
                        two_digits(scale.back(spread.smoothed[2]))
                    } else {
                        scale.back(spread.median)
                    }
                }),
            provenance_weight: clean.map_or(0.0, |clean| clean.weight),
            abstention: if clean.is_some() {
                String::new()
            } else {
                abstention(measure, self.progress)
            },
            sentence: clean.map_or(String::new(), |clean| {
                sentence(measure, clean.value, position)
            }),
            inputs_used: names(used),
            inputs_missing: names(missing),
        }
    }

    /// Whether numbers of so many peers are shown. A seller is one of them, and knows its own.
    const fn may_show(self, peers: u32) -> bool {
        !self.is_for_seller || peers as usize > PEERS_LEAST
    }

    /// A percentile among peers.
    fn position(self, percentile: f64) -> f64 {
        if self.is_for_seller {
            percentile.round()
        } else {
            percentile
        }
    }

    fn group_name(self, scope: PeerScope) -> String {
        group_name(self.state, self.progress.peers, scope)
    }

    fn trend(self, seller: SellerIx, trend: &Trend) -> v1::BrandTrend {
        let change = |change: Change| v1::Interval {
            value: change.value,
            lower: change.low,
            upper: change.high,
        };
        let points = trend.change_points.iter().rev();
        v1::BrandTrend {
            slope: Some(v1::Interval {
                value: trend.slope,
                lower: trend.slope_low,
                upper: trend.slope_high,
            }),
            probability_rising: trend.rising,
            change_three_months: trend.change_3.map(change),
            change_twelve_months: trend.change_12.map(change),
            change_points: points
                .map(|point| {
                    let month = self.progress.first_month + point.month as u16;
                    v1::BrandChangePoint {
                        month: Some(day_start(first_day(Month(month)))),
                        kind: match point.kind {
                            BreakKind::Level => v1::BrandChangeKind::Level,
                            BreakKind::Slope => v1::BrandChangeKind::Slope,
                        }
                        .into(),
                        strength: point.strength,
                        events: events_near(self.state, seller, month),
                    }
                })
                .collect(),
        }
    }
}

const fn interval(interval: Interval) -> v1::Interval {
    v1::Interval {
        value: interval.value,
        lower: interval.lower,
        upper: interval.upper,
    }
}

const fn pillar_message(pillar: Pillar) -> v1::BrandPillar {
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

/// Marketplace and category, as callers filter by them.
fn group_name(state: &State, key: PeerKey, scope: PeerScope) -> String {
    let marketplace = || state.marketplace(key.marketplace);
    match scope {
        PeerScope::All => "all".to_owned(),
        PeerScope::Marketplace => marketplace().to_owned(),
        PeerScope::Group => {
            let group = key.group.and_then(|group| state.groups().get(group));
            match group.and_then(|group| group.category) {
                Some(category) => format!("{}/{}", marketplace(), state.name(category)),
                None => marketplace().to_owned(),
            }
        }
    }
}

/// Events on a seller's pages within a month of a month.
fn events_near(state: &State, seller: SellerIx, month: u16) -> Vec<String> {
    let near = |seconds: u32| seconds != NO_TIME && month_of(seconds).abs_diff(month) <= 1;
    let mut listings: Vec<ListingIx> = state.listings_of_seller(seller).collect();
    listings.sort_unstable();
    let mut events = Vec::new();
    for row in listings {
        let Some(listing) = state.listings().get(row) else {
            continue;
        };
        let id = state.name(listing.name);
        if near(listing.created_seconds) {
            events.push(format!("listing {id} was added"));
        }
        if near(state.listing_trade(row).revised_seconds) {
            events.push(format!("the page of listing {id} changed"));
        }
    }
    events.truncate(EVENTS_MOST);
    events
}

/// A recommendation as a message.
pub(in crate::server) fn recommendation_message(
    recommendation: &Recommendation,
) -> v1::BrandRecommendation {
    let action = recommendation.action;
    let measure = MEASURES[recommendation.measure];
    let gain = recommendation.gain;
    v1::BrandRecommendation {
        code: action.code.clone(),
        sentence: action.sentence.clone(),
        measure_code: action.measure.clone(),
        pillar: pillar_message(measure.pillar).into(),
        gain: Some(v1::Interval {
            value: gain,
            lower: recommendation.gain_of_half.min(gain),
            upper: recommendation.gain_of_more.max(gain),
        }),
        effort_days: action.effort_days,
        gain_per_day: recommendation.gain_per_day(),
        value_now: recommendation.value_now,
        value_then: recommendation.value_then,
        precondition: action.precondition.clone(),
        source: action.source.clone(),
        review_rules: action.review_rules.clone(),
    }
}
