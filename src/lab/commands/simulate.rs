//! Writes the events of a simulated marketplace and their truth.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::CliError;
use crate::formats::write_event;
use crate::lab::simulate::{Config, Market, write_json_lines};

/// Options of `simulate`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Directory for `events.jsonl` and `truth.jsonl`; created if it does not exist.
    #[arg(long)]
    out: PathBuf,
    /// The same seed gives the same marketplace.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Approximate number of reviews.
    #[arg(long, default_value_t = 20_000)]
    reviews: u64,
    /// Intensity of manipulation: 0 none, 1 normal.
    #[arg(long, default_value_t = 1.0, value_parser = intensity)]
    intensity: f64,
}

fn intensity(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "is no number".to_owned())?;
    if (0.0..=10.0).contains(&value) {
        Ok(value)
    } else {
        Err("0 to 10 is allowed".to_owned())
    }
}

pub(crate) fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        out,
        seed,
        reviews,
        intensity,
    } = arguments;
    std::fs::create_dir_all(&out).map_err(|error| format!("--out {}: {error}", out.display()))?;
    let config = Config {
        intensity,
        ..Config::sized(seed, reviews)
    };
    let mut market = Market::new(config);
    let create = |name: &str| {
        let path = out.join(name);
        File::create(&path)
            .map(BufWriter::new)
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    let mut events = create("events.jsonl")?;
    let mut truth = create("truth.jsonl")?;
    let style = ProgressStyle::with_template("{spinner} {human_pos} events, {per_sec}")?;
    let progress = ProgressBar::new_spinner().with_style(style);
    let mut count = 0_u64;
    let mut planted = 0;
    while let Some(event) = market.next() {
        write_event(&mut events, &event)?;
        count += 1;
        progress.inc(1);
        let rows = market.take_truth();
        write_json_lines(&mut truth, &rows)?;
        planted += rows.len();
    }
    events.flush()?;
    truth.flush()?;
    progress.finish_and_clear();
    print_line!(
        "{count} simulated events and {planted} true labels in {}",
        out.display()
    );
    Ok(())
}
