//! Measures flags on honest scenes and on their manipulated twins.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::write_json;
use crate::cli::{CliError, print};
use crate::lab::honest::{Apart, Kind, Plan, Row, find, kinds, page, run as play};

/// Options of `evaluate honest`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Seeds of each kind.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: u64,
    /// First seed; the same seed gives the same figures.
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    from: u64,
    /// Kinds to measure, such as `launch,recall`; all by default.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    kinds: Vec<String>,
    /// Middle number of reviews of the market around a scene.
    #[arg(long, default_value_t = 8000, value_parser = clap::value_parser!(u64).range(1000..=1_000_000))]
    reviews: u64,
    /// Also write the figures to this file as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        seeds,
        from,
        kinds,
        reviews,
        json,
    } = arguments;
    let rows = play(&Plan {
        kinds: named(&kinds)?,
        from,
        seeds,
        reviews,
    })?;
    print(&page(&rows))?;
    write_json(json.as_deref(), &figures(&rows))
}

fn named(names: &[String]) -> Result<Vec<&'static Kind>, CliError> {
    if names.is_empty() {
        return Ok(kinds().iter().collect());
    }
    let one = |name: &String| {
        find(name.trim()).ok_or_else(|| {
            let known: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
            format!("--kinds: {name} is none of {}", known.join(", ")).into()
        })
    };
    names.iter().map(one).collect()
}

fn figures(rows: &[Row]) -> Value {
    let one = |row: &Row| {
        let (apart, is_alike) = match row.kind.apart {
            Apart::By(facts) => (facts, false),
            Apart::Alike(reason) => (reason, true),
        };
        json!({
            "kind": row.kind.name,
            "apart": apart,
            "is_alike": is_alike,
            "listings": row.honest(|one| one.listings),
            "sellers": row.honest(|one| one.sellers),
            "reviews": row.honest(|one| one.reviews),
            "authors": row.honest(|one| one.authors),
            "found": row.found(),
            "missed": row.missed(),
            "seeds": row.figures,
        })
    };
    rows.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_kind_is_refused_with_the_names_of_all() {
        let message = named(&["tornado".to_owned()]).unwrap_err().to_string();
        assert!(message.starts_with("--kinds: tornado is none of "));
        assert!(message.contains("launch"), "{message}");
        assert_eq!(named(&[]).unwrap().len(), kinds().len());
        assert_eq!(named(&["recall".to_owned()]).unwrap()[0].name, "recall");
    }
}
