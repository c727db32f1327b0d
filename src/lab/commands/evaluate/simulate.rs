//! Measures the whole pipeline on simulated markets.

pub(super) mod text;

use serde_json::Value;

use super::grid;
use crate::cli::{CliError, print};
use crate::lab::evaluate::simulated::{Figures, measure, play};
use crate::lab::simulate::{Config, scheme_names};

/// A parsed specification.
#[derive(Clone, Debug, PartialEq)]
struct Spec {
    config: Config,
    grid: bool,
    looks: bool,
}

/// Simulates the specified markets, prints the figures and returns them.
pub(super) fn run(spec: &str) -> Result<Value, CliError> {
    let parsed = parse(spec)?;
    if parsed.grid {
        return grid::run(scheme_names(), |cell, name| {
            let config = Config {
                scheme: Some(cell.scheme),
                intensity: cell.intensity,
                camouflage: cell.camouflage,
                ..parsed.config.clone()
            };
            one(&config, name, parsed.looks)
        });
    }
    let figures = one(&parsed.config, spec, parsed.looks)?;
    print(&text::page(&figures))?;
    Ok(serde_json::to_value(figures)?)
}

fn one(config: &Config, spec: &str, looks: bool) -> Result<Figures, CliError> {
    Ok(measure(&play(config, spec, looks)?))
}

fn parse(spec: &str) -> Result<Spec, CliError> {
    let mut parsed = Spec {
        config: Config {
            orders: false,
            snapshots: false,
            ..Config::sized(1, 20_000)
        },
        grid: false,
        looks: true,
    };
    for part in spec
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
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
            "grid" if value.is_empty() => parsed.grid = true,
            "reviews" => parsed.config.reviews = number(1000.0, 10_000_000.0)? as u64,
            "seed" => {
                let seed = value.parse().map_err(|_| fault("has no whole number"));
                parsed.config.seed = seed?;
            }
            "intensity" => parsed.config.intensity = number(0.0, 10.0)?,
            "camouflage" => parsed.config.camouflage = number(0.0, 1.0)?,
            "looks" => parsed.looks = number(0.0, 1.0)? > 0.0,
            "scheme" => {
                let known = scheme_names().find(|name| *name == value);
                let names = || scheme_names().collect::<Vec<_>>().join(", ");
                let known = known.ok_or_else(|| fault(&format!("is none of {}", names())))?;
                parsed.config.scheme = Some(known);
            }
            _ => {
                let keys = "reviews, seed, intensity, scheme, camouflage, looks, grid";
                return Err(fault(&format!("is not known; {keys} are")).into());
            }
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_specification_names_the_fault() {
        let spec = parse("reviews=5000, seed=3,intensity=0.5,scheme=brushing,looks=0").unwrap();
        assert_eq!((spec.config.reviews, spec.config.seed), (5000, 3));
        assert_eq!(spec.config.scheme, Some("brushing"));
        assert!(!spec.looks && !spec.grid);
        assert!(parse("grid").unwrap().grid);
        for wrong in [
            "reviews=1",
            "seed=x",
            "scheme=none",
            "speed=1",
            "intensity=NaN",
            "grid=2",
        ] {
            let message = parse(wrong).unwrap_err().to_string();
            assert!(message.starts_with("--simulate: "), "{message}");
        }
    }
}
