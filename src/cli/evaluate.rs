//! Measures scores against labels.

mod graph;

use std::path::PathBuf;

use super::CliError;

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
}

pub(super) fn run(arguments: Arguments) -> Result<(), CliError> {
    let What::Integrity(Integrity { format, path, json }) = arguments.what;
    let figures = match format {
        Layout::Graph => graph::run(&path)?,
    };
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(&file, text + "\n")
            .map_err(|error| format!("--json {}: {error}", file.display()))?;
    }
    Ok(())
}
