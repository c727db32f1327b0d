//! Describes model versions in words.

use std::fmt::{self, Write as _};

use crate::cli::CliError;
use crate::cli::report::band_words;
use crate::proto::v1::{
    Calibration, CompareModelVersionsResponse, Estimate, EvaluateResponse, Figure, KindComparison,
    Measurement, ModelMover, ModelVersion, Ordering, SubjectKind,
};

pub(super) fn list(versions: &[ModelVersion], json: bool) -> Result<String, CliError> {
    if json {
        return Ok(serde_json::to_string_pretty(versions)? + "\n");
    }
    let mut text = String::new();
    for version in versions {
        let role = match (version.active, version.shadow) {
            (true, _) => "active",
            (false, true) => "shadow",
            (false, false) => "",
        };
        writeln!(text, "{:<24} {role}", version.model_version)?;
        if !version.fault.is_empty() {
            writeln!(text, "  cannot be used: {}", version.fault)?;
        }
        let time = version.create_time.as_ref();
        let time = time.and_then(|time| chrono::DateTime::from_timestamp(time.seconds, 0));
        if let Some(time) = time {
            writeln!(
                text,
                "  {}, {} labels: {}",
                time.to_rfc3339(),
                version.label_count,
                version.trained_on
            )?;
        }
        let calibration = match version.calibration() {
            Calibration::Fitted => "probabilities fitted to verdicts of this service",
            Calibration::Elsewhere => {
                "curves fitted to labels of another set; `models evaluate` says what they are worth here"
            }
            Calibration::None | Calibration::Unspecified => {
                "probabilities order subjects, and are not frequencies"
            }
        };
        writeln!(text, "  {calibration}")?;
        if let Some(auc) = version.backtest_auc {
            let shown = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.3}"));
            writeln!(
                text,
                "  backtest AP {}, AUC {auc:.3}, calibration error {}",
                shown(version.backtest_average_precision),
                shown(version.backtest_calibration_error)
            )?;
        }
    }
    Ok(text)
}

pub(super) fn compared(response: &CompareModelVersionsResponse) -> Result<String, CliError> {
    let mut text = String::new();
    writeln!(text, "active      {}", response.active_model_version)?;
    writeln!(text, "shadow      {}", response.shadow_model_version)?;
    writeln!(text, "events      {}", response.event_count)?;
    for kind in &response.kinds {
        of_kind(&mut text, kind)?;
    }
    Ok(text)
}

fn of_kind(text: &mut String, response: &KindComparison) -> fmt::Result {
    let name = match response.kind() {
        SubjectKind::Review => "reviews",
        _ => "reviewers",
    };
    writeln!(
        text,
        "{name:<11} {} of {} compared, {} change their band",
        response.compared_count, response.subject_count, response.band_change_count
    )?;
    let correlation = response.rank_correlation;
    let correlation = correlation.map_or("none".to_owned(), |value| format!("{value:.4}"));
    writeln!(
        text,
        "  rank correlation {correlation}; risk changes by {:+.4} on average, {:.4} without sign, \
         {:.4} at most",
        response.mean_change, response.mean_absolute_change, response.largest_change
    )?;
    for mover in &response.movers {
        of_mover(text, mover)?;
    }
    Ok(())
}

fn of_mover(text: &mut String, mover: &ModelMover) -> fmt::Result {
    let risk = |risk: &Option<Estimate>| risk.as_ref().map_or(0.0, |risk| risk.probability);
    let (marketplace, id) = mover.subject.as_ref().map_or(("", ""), |subject| {
        (subject.marketplace.as_str(), subject.id.as_str())
    });
    writeln!(
        text,
        "    {:.3} {:<18} -> {:.3} {:<18} {marketplace} {id}",
        risk(&mover.active_risk),
        band_words(mover.active_band()),
        risk(&mover.shadow_risk),
        band_words(mover.shadow_band())
    )
}

pub(super) fn evaluated(response: &EvaluateResponse) -> Result<String, CliError> {
    let mut text = String::new();
    writeln!(text, "version     {}", response.model_version)?;
    writeln!(text, "events      {}", response.event_count)?;
    writeln!(text, "not used    {} verdicts", response.unused_count)?;
    if let Some(all) = &response.all {
        measured(&mut text, "all judged reviews", all)?;
    }
    if response.trained_elsewhere {
        writeln!(
            text,
            "trained elsewhere: whether these verdicts were among its labels is not known here"
        )?;
    }
    if response.trained_on_count > 0 {
        writeln!(
            text,
            "{} of these verdicts trained it: on them it repeats what it was told",
            response.trained_on_count
        )?;
        match &response.unseen {
            Some(unseen) => measured(&mut text, "reviews whose verdicts it has not seen", unseen)?,
            None => writeln!(
                text,
                "no verdicts of both kinds are left that did not train it"
            )?,
        }
    }
    Ok(text)
}

fn measured(text: &mut String, name: &str, response: &Measurement) -> fmt::Result {
    writeln!(
        text,
        "{name}: {} manipulated, {} genuine; in brackets 95 % of bootstrap samples",
        response.manipulated_count, response.genuine_count
    )?;
    let orders: [(&str, &Option<Ordering>); 3] = [
        ("reviews", &response.reviews),
        ("reviewers", &response.reviewers),
        ("one-review authors", &response.one_review_authors),
    ];
    for (name, order) in orders {
        let Some(order) = order else { continue };
        let (ap, auc) = (
            figure(order.average_precision.as_ref()),
            figure(order.auc.as_ref()),
        );
        writeln!(text, "  {name:<28} AP {ap}, AUC {auc}")?;
    }
    for point in &response.operating_points {
        writeln!(
            text,
            "  at {:.0} % false positives precision {:.3}, recall {:.3}",
            100.0 * point.false_positive_rate,
            point.precision,
            point.recall
        )?;
    }
    let error = figure(response.calibration_error.as_ref());
    writeln!(
        text,
        "  calibration error {error}; probability, share, reviews:"
    )?;
    for bin in &response.reliability {
        writeln!(
            text,
            "    {:.3} {:.3} {:>8}",
            bin.mean_probability, bin.manipulated_share, bin.review_count
        )?;
    }
    Ok(())
}

/// Formats a figure with its interval; a dash if it is absent.
pub(in crate::cli) fn figure(figure: Option<&Figure>) -> String {
    let Some(figure) = figure else {
        return "-".to_owned();
    };
    match (figure.lower, figure.upper) {
        (Some(lower), Some(upper)) => format!("{:.3} [{lower:.3}, {upper:.3}]", figure.value),
        _ => format!("{:.3}", figure.value),
    }
}

/// Adds a row of average precision, AUC and calibration error.
pub(in crate::cli) fn row(text: &mut String, name: &str, of: &[String; 3]) -> fmt::Result {
    let [ap, auc, error] = of;
    writeln!(
        text,
        "  {name:<28} AP {ap}, AUC {auc}, calibration error {error}"
    )
}
