//! Learns a model from labels.

mod verdicts;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use self::verdicts::FromVerdicts;
use super::{CliError, print, runtime};
use crate::formats::read_review_columns;
use crate::integrity::detect::features::features;
use crate::integrity::learn::{Model, Training, fit};

/// Options of `fit`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Layout of the labelled data.
    #[arg(
        long,
        value_enum,
        required_unless_present = "from_verdicts",
        requires = "file"
    )]
    format: Option<Layout>,
    /// The labelled data.
    #[arg(requires = "format")]
    file: Option<PathBuf>,
    /// File for the model, as JSON.
    #[arg(long, value_name = "MODEL", required_unless_present = "from_verdicts")]
    out: Option<PathBuf>,
    /// Learn from the verdicts of a service or a directory instead; the version is kept there,
    /// inactive.
    #[arg(long, conflicts_with_all = ["format", "file", "out"])]
    from_verdicts: bool,
    #[command(flatten)]
    verdicts: FromVerdicts,
}

/// Layouts of labelled data.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Layout {
    /// One CSV with review, listing, reviewer, rating, time, text, manipulated, plain or gzip.
    Labelled,
}

pub(super) fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        format,
        file,
        out,
        from_verdicts,
        verdicts: options,
    } = arguments;
    match (from_verdicts, format, file, out) {
        (true, ..) => runtime::block_on(verdicts::run(options)),
        (false, Some(Layout::Labelled), Some(file), Some(out)) => labelled(&file, &out),
        // Clap requires the other arguments.
        _ => Err("--format, a file and --out, or --from-verdicts are needed".into()),
    }
}

fn labelled(file: &Path, out: &Path) -> Result<(), CliError> {
    let start = Instant::now();
    let (columns, labels) = read_review_columns(file)?;
    let corpus = columns.corpus();
    let features = features(&corpus);
    let (rows, labels): (Vec<u32>, Vec<bool>) = (0..)
        .zip(&labels)
        .filter_map(|(row, label)| Some((row, (*label)?)))
        .unzip();
    let training = Training {
        rows: &rows,
        labels: &labels,
        listings: corpus.listing_numbers(),
    };
    let model = fit(&features, training)?;
    std::fs::write(out, model.to_json()? + "\n")
        .map_err(|error| format!("--out {}: {error}", out.display()))?;
    print(&learned(&model))?;
    print_line!("{:.2} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Describes the learned curves, a line each: length, lowest and highest value.
fn learned(model: &Model) -> String {
    let mut text = format!(
        "learned from {} reviews, {} of them manipulated\n",
        model.reviews, model.manipulated
    );
    for line in &model.lines {
        let _ = writeln!(
            text,
            "  {:<36} times {:.2}, and {:.2}",
            line.feature, line.slope, line.intercept
        );
    }
    for curve in &model.curves {
        let low = curve.heights.iter().copied().fold(0.0, f64::min);
        let high = curve.heights.iter().copied().fold(0.0, f64::max);
        let _ = writeln!(
            text,
            "  {:<36} {low:>6.2} to {high:>5.2} in log-odds, {} bins",
            curve.feature,
            curve.heights.len()
        );
    }
    text
}
