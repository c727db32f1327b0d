//! Describes model versions in words.

use std::fmt::{self, Write as _};

use crate::cli::CliError;
use crate::cli::report::band_words;
use crate::domain::signed;
use crate::proto::v1::{
    Calibration, CompareModelVersionsResponse, Estimate, KindComparison, ModelMover, ModelVersion,
    SubjectKind,
};

pub(super) fn list(versions: &[ModelVersion]) -> Result<String, CliError> {
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
        let created = version
            .create_time
            .as_ref()
            .and_then(|time| chrono::DateTime::from_timestamp(time.seconds, 0));
        if let Some(created) = created {
            writeln!(
                text,
                "  {}, {} labels: {}",
                created.to_rfc3339(),
                version.label_count,
                version.trained_on
            )?;
        }
        let calibration = match version.calibration() {
            Calibration::Fitted => "probabilities fitted to verdicts of this service",
            Calibration::Elsewhere => {
                "curves fitted to labels of another set; once it is active, the backtest of \
                 `fit --from-verdicts` measures it here"
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
    let correlation = response
        .rank_correlation
        .map_or("none".to_owned(), |value| format!("{value:.4}"));
    writeln!(
        text,
        "  rank correlation {correlation}; risk changes by {} on average, {:.4} without sign, \
         {:.4} at most",
        signed(response.mean_change, 4),
        response.mean_absolute_change,
        response.largest_change
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
