//! Measures scores against labels.

mod brand;
mod duplicates;
mod flagged_listings;
mod graph;
mod grid;
mod honest;
mod inject;
mod labelled;
mod shown;
mod simulate;
mod statements;
mod text;

use std::path::{Path, PathBuf};

use crate::cli::CliError;
use crate::formats::Format;
use crate::models::Split;

/// Options of `evaluate`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Measure the detection of manipulated reviews.
    Integrity(Integrity),
    /// Measure the detection of texts that are no product reviews, by texts alone.
    Text(Text),
    /// Count how often texts say something of themselves, such as that they were paid for.
    Statements(statements::Arguments),
    /// Measure the detection of near-duplicates, on pairs of texts with known edits.
    Duplicates(Duplicates),
    /// Measure the prediction of survival and growth of sellers by brand progress.
    Brand(brand::Arguments),
    /// Measure flags on honest scenes, such as a launch or a recall, and on manipulated ones that
    /// look like them.
    Honest(honest::Arguments),
}

/// Options of `evaluate duplicates`.
#[derive(Debug, clap::Args)]
struct Duplicates {
    /// Texts of each script and length.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(10..=20_000))]
    texts: u32,
    /// Seed of the draws; the same seed gives the same figures.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also write the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Options of `evaluate text`.
#[derive(Debug, clap::Args)]
struct Text {
    /// Layout of the labelled texts.
    #[arg(long, value_enum)]
    format: TextLayout,
    /// The labelled texts.
    file: PathBuf,
    /// Learn from the labels of this file, instead of from parts of the measured file.
    #[arg(long, value_name = "FILE")]
    train: Option<PathBuf>,
    /// Also write the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Layouts of labelled texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum TextLayout {
    /// One CSV with rating, text, spam (0 or 1) and kind, plain or gzip.
    Vietnamese,
}

/// Options of `evaluate integrity`.
#[derive(Debug, clap::Args)]
struct Integrity {
    /// Layout of the labelled data.
    #[arg(long, value_enum, required_unless_present = "simulate")]
    format: Option<Layout>,
    /// The labelled data; with `--inject` one file or more.
    #[arg(required_unless_present = "simulate")]
    paths: Vec<PathBuf>,
    /// Also score with this model, as `fit` writes it.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Also learn from part of the labels, and measure on the held-out part.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "UNIT")]
    held_out: Vec<Split>,
    /// Measure on a simulated market instead, such as `reviews=20000,seed=1,intensity=1`; also
    /// `scheme=NAME`, `camouflage=0.5` and `looks=0`; or `grid`, every scheme at several
    /// intensities with and without camouflage, such as `grid,reviews=10000,seed=1`.
    #[arg(long, value_name = "SPEC", conflicts_with_all = ["format", "paths", "inject"])]
    simulate: Option<String>,
    /// Plant a scheme among real reviews, such as `scheme=brushing,intensity=1,camouflage=0.5`;
    /// also `seed=1`; or `grid`, every scheme at several intensities with and without camouflage.
    #[arg(long, value_name = "SPEC", requires = "format")]
    inject: Option<String>,
    /// Also write the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Layouts of labelled data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Layout {
    /// A directory with reviews.csv, reviewers.csv and listings.csv, plain or gzip: a network with
    /// priors.
    Graph,
    /// One CSV with review, listing, reviewer, rating, time, text, manipulated, plain or gzip.
    Labelled,
    /// With `--inject` only: Amazon Review Data 2018.
    #[value(name = "amazon-2018")]
    Amazon2018,
    /// With `--inject` only: Amazon Reviews 2023.
    #[value(name = "amazon-2023")]
    Amazon2023,
    /// With `--inject` only: events in proto3 JSON.
    Events,
}

impl Layout {
    /// Returns the format's name in `import`; `None` if it is no list of reviews.
    const fn imported(self) -> Option<Format> {
        match self {
            Self::Graph => None,
            Self::Labelled => Some(Format::Labelled),
            Self::Amazon2018 => Some(Format::Amazon2018),
            Self::Amazon2023 => Some(Format::Amazon2023),
            Self::Events => Some(Format::Events),
        }
    }
}

pub(crate) fn run(arguments: Arguments) -> Result<(), CliError> {
    match arguments.what {
        What::Integrity(arguments) => integrity(arguments),
        What::Brand(options) => brand::run(options),
        What::Honest(options) => honest::run(options),
        What::Statements(options) => {
            let figures = statements::run(&options)?;
            write_json(options.json.as_deref(), &figures)
        }
        What::Duplicates(Duplicates { texts, seed, json }) => {
            let figures = duplicates::run(texts as usize, seed)?;
            write_json(json.as_deref(), &figures)
        }
        What::Text(Text {
            format: TextLayout::Vietnamese,
            file,
            train,
            json,
        }) => {
            let figures = text::run(&file, train.as_deref())?;
            write_json(json.as_deref(), &figures)
        }
    }
}

fn write_json(file: Option<&Path>, figures: &serde_json::Value) -> Result<(), CliError> {
    let Some(file) = file else { return Ok(()) };
    let text = serde_json::to_string_pretty(figures)?;
    std::fs::write(file, text + "\n")
        .map_err(|error| format!("--json {}: {error}", file.display()).into())
}

fn integrity(arguments: Integrity) -> Result<(), CliError> {
    let Integrity {
        format,
        paths,
        model,
        held_out,
        simulate,
        inject,
        json,
    } = arguments;
    let learns = model.is_some() || !held_out.is_empty();
    if learns && format != Some(Layout::Labelled) {
        return Err("--model and --held-out go with --format labelled".into());
    }
    let figures = match (simulate, inject, format, paths.as_slice()) {
        (Some(spec), ..) => simulate::run(&spec)?,
        (None, Some(spec), Some(layout), files) => {
            let format = layout
                .imported()
                .ok_or("--inject takes a set of reviews, not a graph")?;
            inject::run(&spec, format, files)?
        }
        (None, None, Some(Layout::Graph), [path]) => graph::run(path)?,
        (None, None, Some(Layout::Labelled), [path]) => {
            labelled::run(path, model.as_deref(), &held_out)?
        }
        (None, None, Some(_), [_]) => return Err("this format goes with --inject only".into()),
        // Clap requires the other arguments.
        _ => return Err("--format and one path are needed".into()),
    };
    write_json(json.as_deref(), &figures)
}
