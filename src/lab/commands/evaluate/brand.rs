//! Measures brand progress against the later survival and growth of sellers.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::shown::shown;
use super::write_json;
use crate::cli::{CliError, print};
use crate::lab::evaluate::brand::{
    Figures, Market, Product, TargetFigures, TruthFigures, against_truth, measure, play_brands,
    read_olist, walk,
};
use crate::lab::simulate::brands::BrandConfig;
use crate::stats::Bootstrap;

/// Threads that compute progress.
const THREADS: usize = 2;
/// Bootstrap samples.
const DRAWS: usize = 400;

/// Options of `evaluate brand`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Layout of the data.
    #[arg(long, value_enum, required_unless_present = "simulate")]
    format: Option<Layout>,
    /// The files; unneeded ones may be among them.
    #[arg(required_unless_present = "simulate")]
    files: Vec<PathBuf>,
    /// Measure on a simulated market of brands instead, such as `sellers=2000,months=30,seed=1`;
    /// also `orders=8`, the monthly orders of a medium seller.
    #[arg(long, value_name = "SPEC", conflicts_with_all = ["format", "files"])]
    simulate: Option<String>,
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
        format: _,
        files,
        simulate,
        json,
    } = arguments;
    let (market, truth) = match simulate {
        Some(spec) => {
            let (market, truth) = play_brands(parse(&spec)?);
            (market, Some(truth))
        }
        None => (read_olist(&files)?, None),
    };
    let walk = walk(&market, &mut Product::new(THREADS))?;
    let bootstrap = Bootstrap {
        draws: DRAWS,
        ..Bootstrap::default()
    };
    let figures = measure(&walk, &bootstrap);
    if figures.rows == 0 && truth.is_none() {
        let message = "no month can be measured: at least 13 months of orders are needed, with 20 \
                    sellers of which some stop selling";
        return Err(message.into());
    }
    if figures.rows > 0 {
        print(&page(&market, &figures))?;
    }
    let mut value = serde_json::to_value(&figures)?;
    if let Some(truth) = truth {
        let found = against_truth(&market, &truth, THREADS, &bootstrap)?;
        print(&truth_page(&found))?;
        if let Some(object) = value.as_object_mut() {
            object.insert("truth".to_owned(), serde_json::to_value(&found)?);
        }
    }
    write_json(json.as_deref(), &value)
}

fn parse(spec: &str) -> Result<BrandConfig, CliError> {
    let mut config = BrandConfig {
        months: 30,
        ..BrandConfig::sized(1, 1000)
    };
    let parts = spec.split(',').map(str::trim);
    for part in parts.filter(|part| !part.is_empty()) {
        let fault = |message: &str| format!("--simulate: {part} {message}");
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let number = |low: f64, high: f64| -> Result<f64, String> {
            let number = value.parse().map_err(|_| fault("has no number"))?;
            if (low..=high).contains(&number) {
                Ok(number)
            } else {
                Err(fault(&format!("is not within {low} to {high}")))
            }
        };
        match key {
            "sellers" => config.sellers = number(30.0, 1e6)? as u32,
            "months" => config.months = number(1.0, 120.0)? as u16,
            "orders" => config.orders = number(0.01, 1e4)?,
            "seed" => {
                let seed = value.parse().map_err(|_| fault("has no whole number"));
                config.seed = seed?;
            }
            _ => {
                let message = fault("is not known; sellers, months, orders, seed are");
                return Err(message.into());
            }
        }
    }
    Ok(config)
}

fn truth_page(found: &TruthFigures) -> String {
    let mut text = format!(
        "rank correlation with the true strength: index {}{}, {} sellers, {} without an index\n",
        shown(found.index),
        range(found.index_interval),
        found.sellers,
        found.abstained
    );
    for (name, value) in found.pillars.iter().chain(&found.baselines) {
        let _ = writeln!(text, "  {name:<24} {}", shown(*value));
    }
    let rising = shown(found.rising);
    let _ = writeln!(text, "probability of rising with the true drift: {rising}");
    text += "by true strength: sellers; quarter, middle and three quarters of the index; stages\n";
    for band in &found.bands {
        let [low, middle, high] = band.indices;
        let stages = band.stages.iter();
        let stages: Vec<String> = stages
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let _ = writeln!(
            text,
            "  from {:.1} {:>6}; {low:>5.1} {middle:>5.1} {high:>5.1}; {}",
            band.from,
            band.sellers,
            stages.join(", ")
        );
    }
    for cut in &found.cuts {
        let _ = writeln!(
            text,
            "index that tells sellers from strength {:.1} on best: {:.1}, {:.0} % on the wrong side",
            cut.strength,
            cut.index,
            cut.wrong * 100.0
        );
    }
    text
}

fn range(range: Option<[f64; 2]>) -> String {
    range.map_or_else(String::new, |[low, high]| format!(" [{low:.3}, {high:.3}]"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_specification_names_the_fault() {
        let config = parse("sellers=200, months=26,seed=3,orders=2.5").unwrap();
        assert_eq!((config.sellers, config.months, config.seed), (200, 26, 3));
        assert_eq!(config.orders, 2.5);
        for wrong in ["sellers=1", "months=x", "seed=-1", "size=3", "orders=NaN"] {
            let message = parse(wrong).unwrap_err().to_string();
            assert!(message.starts_with("--simulate: "), "{message}");
        }
    }
}
