//! Learns a model from labels.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use super::CliError;
use crate::evaluate::labelled::corpus;
use crate::formats::read_review_columns;
use crate::integrity::detect::features::features;
use crate::integrity::learn::{Model, Training, fit};

/// Options of `fit`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How the labelled data are laid out.
    #[arg(long, value_enum)]
    format: Layout,
    /// The labelled data.
    file: PathBuf,
    /// Where the model goes, as JSON.
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
}

/// Layouts of labelled data.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Layout {
    /// One CSV with review, listing, reviewer, rating, time, text, manipulated, plain or gzip.
    Labelled,
}

pub(super) fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        format: Layout::Labelled,
        file,
        out,
    } = arguments;
    let start = Instant::now();
    let (columns, labels) = read_review_columns(&file)?;
    let corpus = corpus(&columns);
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
    std::fs::write(&out, model.to_json()? + "\n")
        .map_err(|error| format!("--out {}: {error}", out.display()))?;
    print!("{}", learned(&model));
    println!("{:.2} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// What was learned, a line a curve: how far it reaches, and where it is lowest and highest.
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
