//! Measures scores against labels.

mod brand;
mod graph;
mod labelled;
mod shown;
mod simulate;

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::CliError;
use crate::evaluate::labelled::Split;

/// Options of `evaluate`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// How well manipulated reviews are told from genuine ones.
    Integrity(Integrity),
    /// How well brand progress tells which sellers will go on selling and which will grow.
    Brand(brand::Arguments),
}

/// Options of `evaluate integrity`.
#[derive(Debug, clap::Args)]
struct Integrity {
    /// How the labelled data are laid out.
    #[arg(long, value_enum, required_unless_present = "simulate")]
    format: Option<Layout>,
    /// The labelled data.
    #[arg(required_unless_present = "simulate")]
    path: Option<PathBuf>,
    /// Score with this model, as `fit` writes it, beside the detector that needs none.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Learn from part of the labels too, and measure on what was held out.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "UNIT")]
    held_out: Vec<Split>,
    /// Measure on a simulated market instead, such as `reviews=20000,seed=1,intensity=1`; also
    /// `scheme=NAME`, `camouflage=0.5` and `looks=0`; or `grid`, every scheme at several
    /// intensities with and without camouflage, such as `grid,reviews=10000,seed=1`.
    #[arg(long, value_name = "SPEC", conflicts_with_all = ["format", "path"])]
    simulate: Option<String>,
    /// Write the figures to this file too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Layouts of labelled data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Layout {
    /// A folder with reviews.csv, reviewers.csv and listings.csv, plain or gzip: a network with
    /// priors.
    Graph,
    /// One CSV with review, listing, reviewer, rating, time, text, manipulated, plain or gzip.
    Labelled,
}

pub(super) fn run(arguments: Arguments) -> Result<(), CliError> {
    match arguments.what {
        What::Integrity(options) => integrity(options),
        What::Brand(options) => brand::run(options),
    }
}

fn integrity(options: Integrity) -> Result<(), CliError> {
    let Integrity {
        format,
        path,
        model,
        held_out,
        simulate,
        json,
    } = options;
    let learns = model.is_some() || !held_out.is_empty();
    if learns && format != Some(Layout::Labelled) {
        return Err("--model and --held-out go with --format labelled".into());
    }
    let figures = match (simulate, format, path) {
        (Some(spec), _, _) => simulate::run(&spec)?,
        (None, Some(Layout::Graph), Some(path)) => graph::run(&path)?,
        (None, Some(Layout::Labelled), Some(path)) => {
            labelled::run(&path, model.as_deref(), &held_out)?
        }
        // Clap asks for both.
        (None, _, _) => return Err("--format and a path are needed".into()),
    };
    write_json(json.as_deref(), &figures)
}

/// Writes figures where they were asked for.
fn write_json(file: Option<&Path>, figures: &Value) -> Result<(), CliError> {
    let Some(file) = file else {
        return Ok(());
    };
    let text = serde_json::to_string_pretty(figures)?;
    let written = std::fs::write(file, text + "\n");
    Ok(written.map_err(|error| format!("--json {}: {error}", file.display()))?)
}
