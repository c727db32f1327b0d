//! Measures scores against labels.

mod graph;
mod labelled;
mod shown;

use std::path::PathBuf;

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
}

/// Options of `evaluate integrity`.
#[derive(Debug, clap::Args)]
struct Integrity {
    /// How the labelled data are laid out.
    #[arg(long, value_enum)]
    format: Layout,
    /// The labelled data.
    path: PathBuf,
    /// Score with this model, as `fit` writes it, beside the detector that needs none.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Learn from part of the labels too, and measure on what was held out.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "UNIT")]
    held_out: Vec<Split>,
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
    let What::Integrity(Integrity {
        format,
        path,
        model,
        held_out,
        json,
    }) = arguments.what;
    let figures = match format {
        Layout::Graph if model.is_some() || !held_out.is_empty() => {
            return Err("--model and --held-out go with --format labelled".into());
        }
        Layout::Graph => graph::run(&path)?,
        Layout::Labelled => labelled::run(&path, model.as_deref(), &held_out)?,
    };
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(&file, text + "\n")
            .map_err(|error| format!("--json {}: {error}", file.display()))?;
    }
    Ok(())
}
