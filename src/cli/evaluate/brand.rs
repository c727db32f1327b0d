//! Brand progress against what came of sellers.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::shown::shown;
use super::write_json;
use crate::cli::{CliError, say};
use crate::evaluate::brand::{Figures, Market, Product, TargetFigures, measure, read_olist, walk};
use crate::evaluate::metrics::Bootstrap;

/// Threads that compute progress.
const THREADS: usize = 2;
/// Bootstrap samples.
const DRAWS: usize = 400;

/// Options of `evaluate brand`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// How the data are laid out.
    #[arg(long, value_enum)]
    format: Layout,
    /// The data; those that are not needed may be among them.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write the figures to this file too, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Layouts of orders and reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Layout {
    /// Olist's CSVs, plain or gzip, in any order.
    Olist,
}

pub(super) fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        format: Layout::Olist,
        files,
        json,
    } = arguments;
    let market = read_olist(&files)?;
    let walk = walk(&market, &mut Product::new(THREADS))?;
    let bootstrap = Bootstrap {
        draws: DRAWS,
        ..Bootstrap::default()
    };
    let figures = measure(&walk, &bootstrap);
    if figures.rows == 0 {
        let said = "no month can be measured: at least 13 months of orders are needed, with 20 \
                    sellers of which some stop selling";
        return Err(said.into());
    }
    say(&page(&market, &figures))?;
    write_json(json.as_deref(), &serde_json::to_value(&figures)?)
}

fn page(market: &Market, figures: &Figures) -> String {
    let months = &figures.months;
    let (first, last) = (months.first(), months.last());
    let mut text = format!(
        "{} sellers, {} orders, {} reviews; {} month ends from {} to {}, {} sellers in them, {} rows, \
         {:.1} % sell on\n",
        market.sellers.len(),
        market.sales.len(),
        market.ratings.len(),
        months.len(),
        first.map_or("none", String::as_str),
        last.map_or("none", String::as_str),
        figures.sellers,
        figures.rows,
        100.0 * figures.survived_share,
    );
    for (reason, count) in &market.refused {
        let _ = writeln!(text, "left out: {count} x {reason}");
    }
    text += "concordance index: of sales in the next six months, of growth, mean of both; growth of those that sell on\n";
    row(
        &mut text,
        "progress",
        figures,
        |target| target.concordance,
        figures.concordance,
    );
    for (name, mean) in &figures.measures {
        row(
            &mut text,
            name,
            figures,
            |target| target.measures[name],
            *mean,
        );
    }
    for (name, mean) in &figures.baselines {
        row(
            &mut text,
            name,
            figures,
            |target| target.baselines[name],
            *mean,
        );
    }
    let range = |range: Option<[f64; 2]>| {
        range.map_or_else(String::new, |[low, high]| format!(" [{low:.3}, {high:.3}]"))
    };
    let _ = writeln!(
        text,
        "progress, mean of both: {}{}; over the best baseline ({}): {}{}; without a score: {:.1} % of rows",
        shown(figures.concordance),
        range(figures.interval),
        figures.best_baseline.unwrap_or("none"),
        shown(figures.margin_over_best_baseline),
        range(figures.margin_interval),
        100.0 * figures.abstained_share,
    );
    text
}

fn row(
    text: &mut String,
    name: &str,
    figures: &Figures,
    of: impl Fn(&TargetFigures) -> Option<f64>,
    mean: Option<f64>,
) {
    let target = |target: &str| shown(figures.targets.get(target).and_then(&of));
    let _ = writeln!(
        text,
        "  {name:<24} {}  {}  {};  {}",
        target("survival"),
        target("growth"),
        shown(mean),
        target("growth_of_survivors"),
    );
}
