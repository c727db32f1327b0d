//! Measures schemes that are injected into real reviews.

use std::path::PathBuf;

use serde_json::Value;

use super::grid;
use super::simulate::text;
use crate::cli::{CliError, print};
use crate::formats::{Format, Options, read};
use crate::lab::evaluate::inject::{Plan, Real, SCHEMES};

/// A parsed specification.
#[derive(Clone, Debug, PartialEq)]
struct Spec {
    plan: Plan,
    grid: bool,
}

/// Injects the specified schemes, prints the figures and returns them.
pub(super) fn run(spec: &str, format: Format, files: &[PathBuf]) -> Result<Value, CliError> {
    let parsed = parse(spec)?;
    let reader = read(format, files, &Options::default())?;
    let (real, refused) = Real::read(reader, format.default_marketplace());
    print(&format!(
        "{} real reviews; {refused} lines passed over\n",
        real.len()
    ))?;
    if !parsed.grid {
        let figures = real.measure(&parsed.plan, spec)?;
        print(&text::page(&figures))?;
        return Ok(serde_json::to_value(figures)?);
    }
    grid::run(SCHEMES, |cell, name| {
        let plan = Plan {
            scheme: cell.scheme,
            intensity: cell.intensity,
            camouflage: cell.camouflage,
            seed: parsed.plan.seed,
        };
        real.measure(&plan, name).map_err(CliError::from)
    })
}

fn parse(spec: &str) -> Result<Spec, CliError> {
    let mut parsed = Spec {
        plan: Plan {
            scheme: SCHEMES[0],
            intensity: 1.0,
            camouflage: 0.0,
            seed: 1,
        },
        grid: false,
    };
    for part in spec
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let fault = |message: &str| format!("--inject: {part} {message}");
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let number = |low: f64, high: f64| -> Result<f64, String> {
            let number: f64 = value.parse().map_err(|_| fault("has no number"))?;
            if (low..=high).contains(&number) {
                Ok(number)
            } else {
                Err(fault(&format!("is not within {low} to {high}")))
            }
        };
        match key {
            "grid" if value.is_empty() => parsed.grid = true,
            "seed" => {
                parsed.plan.seed = value.parse().map_err(|_| fault("has no whole number"))?;
            }
            "intensity" => parsed.plan.intensity = number(0.0, 10.0)?,
            "camouflage" => parsed.plan.camouflage = number(0.0, 1.0)?,
            "scheme" => {
                let known = SCHEMES.into_iter().find(|name| *name == value);
                let names = || SCHEMES.join(", ");
                parsed.plan.scheme =
                    known.ok_or_else(|| fault(&format!("is none of {}", names())))?;
            }
            _ => {
                return Err(
                    fault("is not known; scheme, intensity, camouflage, seed, grid are").into(),
                );
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
        let spec = parse("scheme=review_club, intensity=2,camouflage=0.5,seed=7").unwrap();
        assert_eq!((spec.plan.scheme, spec.plan.seed), ("review_club", 7));
        assert_eq!((spec.plan.intensity, spec.plan.camouflage), (2.0, 0.5));
        assert!(!spec.grid && parse("grid,seed=2").unwrap().grid);
        for wrong in [
            "scheme=hijacked_listing",
            "reviews=5",
            "camouflage=2",
            "seed=x",
            "grid=1",
        ] {
            let message = parse(wrong).unwrap_err().to_string();
            assert!(message.starts_with("--inject: "), "{message}");
        }
    }
}
