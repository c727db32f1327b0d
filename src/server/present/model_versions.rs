//! Model versions, fits and comparisons as messages.

use crate::codec::timestamp;
use crate::integrity::learn::{Curve, Line};
use crate::models::{self, Fitted, HeldOutScores, KindComparison, Listed, Mover, Origin, Split};
use crate::proto::v1::{
    self, Calibration, Figure, FitModelVersionResponse, HeldOutBy, ModelCurve, ModelLine,
    ModelVersion,
};
use crate::query::subject_of;
use crate::server::present::assessment::{
    band_message, estimate_message, kind_message, subject_message,
};
use crate::state::State;
use crate::stats::population;

pub(in crate::server) const fn split(held_out_by: HeldOutBy) -> Split {
    match held_out_by {
        HeldOutBy::Unspecified | HeldOutBy::Listing => Split::Listing,
        HeldOutBy::Time => Split::Time,
        HeldOutBy::Author => Split::Author,
    }
}

const fn held_out_by(split: Split) -> HeldOutBy {
    match split {
        Split::Listing => HeldOutBy::Listing,
        Split::Time => HeldOutBy::Time,
        Split::Author => HeldOutBy::Author,
    }
}

pub(in crate::server) fn model_version(listed: Listed) -> ModelVersion {
    let Listed {
        name,
        version,
        fault,
        active,
        shadow,
    } = listed;
    let message = ModelVersion {
        model_version: name,
        active,
        shadow,
        calibration: Calibration::None.into(),
        fault: fault.unwrap_or_default(),
        ..ModelVersion::default()
    };
    let Some(version) = version else {
        return message;
    };
    let calibration = match version.origin {
        Origin::Imported => Calibration::Elsewhere,
        Origin::Fitted { .. } => Calibration::Fitted,
    };
    let tested = version.tested.unwrap_or_default();
    ModelVersion {
        trained_on: version.trained_on.clone(),
        label_count: version.learned.model.reviews,
        create_time: Some(timestamp(version.created.into())),
        calibration: calibration.into(),
        backtest_average_precision: tested.ap,
        backtest_auc: tested.auc,
        backtest_calibration_error: tested.ece,
        ..message
    }
}

pub(in crate::server) fn fit(fitted: Fitted, listed: Listed) -> FitModelVersionResponse {
    let Fitted {
        version,
        manipulated,
        genuine,
        left_out,
        backtest,
    } = fitted;
    let model = version.learned.model;
    FitModelVersionResponse {
        model_version: Some(model_version(listed)),
        manipulated_count: manipulated,
        genuine_count: genuine,
        unused_count: left_out,
        lines: model.lines.into_iter().map(line).collect(),
        curves: model.curves.into_iter().map(curve).collect(),
        backtest: Some(backtest_message(backtest)),
    }
}

fn line(line: Line) -> ModelLine {
    ModelLine {
        feature: line.feature,
        intercept: line.intercept,
        slope: line.slope,
    }
}

fn curve(curve: Curve) -> ModelCurve {
    ModelCurve {
        lowest: curve.heights.iter().copied().fold(0.0, f64::min),
        highest: curve.heights.iter().copied().fold(0.0, f64::max),
        bin_count: curve.heights.len() as u32,
        feature: curve.feature,
    }
}

fn backtest_message(backtest: models::Backtest) -> v1::Backtest {
    let models::Backtest {
        split,
        measured,
        before,
        before_trained_on,
        before_scores,
        after_scores,
        ap_gain,
        auc_gain,
    } = backtest;
    let figures = |HeldOutScores {
                       order,
                       calibration_error,
                   }| [order.ap, order.auc, calibration_error].map(figure);
    let [before_ap, before_auc, before_error] = figures(before_scores);
    let [after_ap, after_auc, after_error] = figures(after_scores);
    v1::Backtest {
        held_out_by: held_out_by(split).into(),
        review_count: measured,
        before_model_version: before,
        before_trained_on_count: before_trained_on,
        before_average_precision: before_ap,
        before_auc,
        before_calibration_error: before_error,
        after_average_precision: after_ap,
        after_auc,
        after_calibration_error: after_error,
        average_precision_gain: figure(ap_gain),
        auc_gain: figure(auc_gain),
    }
}

fn figure(figure: population::Figure) -> Option<Figure> {
    let population::Figure { value, interval } = figure;
    Some(Figure {
        value: value?,
        lower: interval.map(|interval| interval.low),
        upper: interval.map(|interval| interval.high),
    })
}

/// Subjects are named by the snapshot that was compared.
pub(in crate::server) fn kind_comparison(state: &State, of: KindComparison) -> v1::KindComparison {
    let KindComparison {
        kind,
        known,
        compared,
        band_changes,
        rank_correlation,
        mean_change,
        mean_absolute_change,
        movers,
    } = of;
    let mover = |mover: &Mover| {
        let subject = subject_of(state, mover.subject)?;
        Some(v1::ModelMover {
            subject: Some(subject_message(&subject)),
            active_risk: Some(estimate_message(&mover.active.estimate)),
            active_band: band_message(mover.active.band).into(),
            shadow_risk: Some(estimate_message(&mover.shadow.estimate)),
            shadow_band: band_message(mover.shadow.band).into(),
        })
    };
    v1::KindComparison {
        kind: kind_message(kind).into(),
        subject_count: known,
        compared_count: compared,
        band_change_count: band_changes,
        rank_correlation,
        mean_change,
        mean_absolute_change,
        largest_change: movers.first().map_or(0.0, |first| first.change().abs()),
        movers: movers.iter().filter_map(mover).collect(),
    }
}
