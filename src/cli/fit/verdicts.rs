//! Learns a model version from the verdicts of a service.

use std::fmt::Write as _;

use crate::cli::client::{Absent, Target};
use crate::cli::models::{explain, figure, row};
use crate::cli::{CliError, print};
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
    #[arg(long, value_enum, default_value_t = Unit::Listing, value_name = "UNIT")]
    held_out: Unit,
    /// With --from-verdicts: print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

/// Units of a backtest.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Unit {
    /// Each fifth of the listings in turn.
    Listing,
    /// Each fifth of the authors in turn.
    Author,
    /// The last three tenths of the judged reviews.
    Time,
}

impl Unit {
    const fn message(self) -> HeldOutBy {
        match self {
            Self::Listing => HeldOutBy::Listing,
            Self::Author => HeldOutBy::Author,
            Self::Time => HeldOutBy::Time,
        }
    }
}

#[tokio::main]
pub(super) async fn run(options: FromVerdicts) -> Result<(), CliError> {
    let FromVerdicts {
        target,
        held_out,
        json,
    } = options;
    let session = target.open(Absent::Refuse).await?;
    session.settled().await;
    let request = FitModelVersionRequest {
        held_out_by: held_out.message().into(),
    };
    let mut client = AdminServiceClient::new(session.channel());
    let asked = client.fit_model_version(request).await;
    let fitted = asked.map_err(|status| explain(&session, &status));
    drop(client);
    session.close().await?;
    let fitted = fitted?.into_inner();
    if json {
        return print(&(serde_json::to_string_pretty(&fitted)? + "\n"));
    }
    print(&words(fitted)?)
}

fn words(fitted: FitModelVersionResponse) -> Result<String, CliError> {
    let FitModelVersionResponse {
        model_version,
        manipulated_count,
        genuine_count,
        unused_count,
        lines,
        curves,
        backtest,
    } = fitted;
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
    let rows: [(&str, [Option<&Figure>; 3]); 2] = [
        (
            &before,
            [
                backtest.before_average_precision.as_ref(),
                backtest.before_auc.as_ref(),
                backtest.before_calibration_error.as_ref(),
            ],
        ),
        (
            "fitted without them",
            [
                backtest.after_average_precision.as_ref(),
                backtest.after_auc.as_ref(),
                backtest.after_calibration_error.as_ref(),
            ],
        ),
    ];
    for (name, figures) in rows {
        row(text, name, &figures.map(figure))?;
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
