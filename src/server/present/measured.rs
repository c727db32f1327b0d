//! Figures of versions held against verdicts, as messages.

use crate::models;
use crate::models::labelled::{Report, Split, Top};
use crate::proto::v1::{self, Figure, HeldOutBy, Measurement, OperatingPoint, Ordering};
use crate::stats::ReliabilityBin;
use crate::stats::population::{self, Order};

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

fn figure(figure: population::Figure) -> Option<Figure> {
    let population::Figure { value, interval } = figure;
    Some(Figure {
        value: value?,
        lower: interval.map(|interval| interval.low),
        upper: interval.map(|interval| interval.high),
    })
}

fn ordering(order: Order) -> Option<Ordering> {
    let ordering = Ordering {
        average_precision: figure(order.ap),
        auc: figure(order.auc),
    };
    (order.ap.value.is_some() || order.auc.value.is_some()).then_some(ordering)
}

pub(in crate::server) fn backtest(backtest: models::Backtest) -> v1::Backtest {
    let models::Backtest {
        split,
        measured,
        before,
        before_trained_on,
        before_order,
        after_order,
        before_ece,
        after_ece,
        ap_gain,
        auc_gain,
    } = backtest;
    v1::Backtest {
        held_out_by: held_out_by(split).into(),
        review_count: measured,
        before_model_version: before,
        before_trained_on_count: before_trained_on,
        before_average_precision: figure(before_order.ap),
        before_auc: figure(before_order.auc),
        before_calibration_error: figure(before_ece),
        after_average_precision: figure(after_order.ap),
        after_auc: figure(after_order.auc),
        after_calibration_error: figure(after_ece),
        average_precision_gain: figure(ap_gain),
        auc_gain: figure(auc_gain),
    }
}

pub(in crate::server) fn measurement(found: models::Measurement) -> Measurement {
    let models::Measurement {
        manipulated,
        genuine,
        report:
            Report {
                reviews,
                reviewers,
                one_review_authors,
            },
        top: Top { gains: _, points },
        ece,
        calibration,
    } = found;
    let bins = calibration.map(|calibration| calibration.bins);
    let bins = bins.unwrap_or_default().into_iter();
    let bin = |bin: ReliabilityBin| v1::ReliabilityBin {
        low: bin.low,
        high: bin.high,
        review_count: bin.rows,
        mean_probability: bin.mean_probability,
        manipulated_share: bin.positive_share,
    };
    let point = |(false_positive_rate, precision, recall)| OperatingPoint {
        false_positive_rate,
        precision,
        recall,
    };
    Measurement {
        manipulated_count: manipulated,
        genuine_count: genuine,
        reviews: ordering(reviews),
        reviewers: ordering(reviewers),
        one_review_authors: ordering(one_review_authors),
        calibration_error: figure(ece),
        reliability: bins.map(bin).collect(),
        operating_points: points.into_iter().map(point).collect(),
    }
}
