//! Learns a model version from the verdicts of a service.

use std::fmt::Write as _;

use crate::cli::client::{Absent, Target};
use crate::cli::models::explain;
use crate::cli::{CliError, print};
use crate::models::Split;
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::{
    Backtest, Figure, FitModelVersionRequest, FitModelVersionResponse, HeldOutBy, ModelVersion,
};

/// Options of `fit --from-verdicts`.
#[derive(Debug, clap::Args)]
pub(super) struct FromVerdicts {
    #[command(flatten)]
    target: Target,
    /// With --from-verdicts: the unit that the backtest holds out.
    #[arg(long, value_enum, default_value_t = Split::Listing, value_name = "UNIT")]
    held_out: Split,
    /// With --from-verdicts: print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: FromVerdicts) -> Result<(), CliError> {
    let FromVerdicts {
        target,
        held_out,
        json,
    } = options;
    let session = target.open(Absent::Refuse).await?;
    session.settled().await;
    let request = FitModelVersionRequest {
        held_out_by: held_out_by(held_out).into(),
    };
    let mut client = AdminServiceClient::new(session.channel());
    let answer = client.fit_model_version(request).await;
    let fitted = answer.map_err(|status| explain(&session, &status));
    drop(client);
    session.close().await?;
    let response = fitted?.into_inner();
    if json {
        return print(&(serde_json::to_string_pretty(&response)? + "\n"));
    }
    print(&lines_of(response)?)
}

fn lines_of(response: FitModelVersionResponse) -> Result<String, CliError> {
    let FitModelVersionResponse {
        model_version,
        manipulated_count,
        genuine_count,
        unused_count,
        lines,
        curves,
        backtest,
    } = response;
    let ModelVersion { model_version, .. } = model_version.unwrap_or_default();
    let mut text = String::new();
    writeln!(text, "version     {model_version}, not active")?;
    writeln!(
        text,
        "learned     from {manipulated_count} manipulated and {genuine_count} genuine reviews; \
         {unused_count} verdicts not used"
    )?;
    for line in lines {
        let (slope, intercept) = (line.slope, line.intercept);
        writeln!(
            text,
            "  {:<36} times {slope:.2}, and {intercept:.2}",
            line.feature
        )?;
    }
    for curve in curves {
        writeln!(
            text,
            "  {:<36} {:>6.2} to {:>5.2} in log-odds, {} bins",
            curve.feature, curve.lowest, curve.highest, curve.bin_count
        )?;
    }
    if let Some(backtest) = backtest {
        backtested(&mut text, &backtest)?;
    }
    Ok(text)
}

fn backtested(text: &mut String, backtest: &Backtest) -> Result<(), std::fmt::Error> {
    let unit = match backtest.held_out_by() {
        HeldOutBy::Author => "author",
        HeldOutBy::Time => "time",
        HeldOutBy::Unspecified | HeldOutBy::Listing => "listing",
    };
    writeln!(
        text,
        "backtest    {} reviews held out by {unit}, in brackets 95 % of bootstrap samples",
        backtest.review_count
    )?;
    let before = format!("before ({})", backtest.before_model_version);
    let rows = [
        (
            before.as_str(),
            &backtest.before_average_precision,
            &backtest.before_auc,
            &backtest.before_calibration_error,
        ),
        (
            "fitted without them",
            &backtest.after_average_precision,
            &backtest.after_auc,
            &backtest.after_calibration_error,
        ),
    ];
    for (name, ap, auc, error) in rows {
        writeln!(
            text,
            "  {name:<28} AP {}, AUC {}, calibration error {}",
            figure(ap.as_ref()),
            figure(auc.as_ref()),
            figure(error.as_ref())
        )?;
    }
    writeln!(
        text,
        "  {:<28} AP {}, AUC {}",
        "gain",
        figure(backtest.average_precision_gain.as_ref()),
        figure(backtest.auc_gain.as_ref())
    )?;
    if backtest.before_trained_on_count > 0 {
        writeln!(
            text,
            "  {} of these verdicts trained the version before: it has seen the answers",
            backtest.before_trained_on_count
        )?;
    }
    Ok(())
}

const fn held_out_by(unit: Split) -> HeldOutBy {
    match unit {
        Split::Listing => HeldOutBy::Listing,
        Split::Author => HeldOutBy::Author,
        Split::Time => HeldOutBy::Time,
    }
}

/// Formats a figure with its interval; a dash if it is absent.
fn figure(figure: Option<&Figure>) -> String {
    let Some(figure) = figure else {
        return "-".to_owned();
    };
    match (figure.lower, figure.upper) {
        (Some(lower), Some(upper)) => format!("{:.3} [{lower:.3}, {upper:.3}]", figure.value),
        _ => format!("{:.3}", figure.value),
    }
}
