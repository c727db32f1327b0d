//! Measures every scheme at several intensities and camouflages.

use serde_json::Value;

use super::simulate::text;
use crate::cli::{CliError, print};
use crate::lab::evaluate::simulated::Figures;

/// Intensities of the grid.
pub(super) const INTENSITIES: [f64; 3] = [0.5, 1.0, 2.0];
/// Camouflages of the grid.
pub(super) const CAMOUFLAGES: [f64; 2] = [0.0, 0.6];

/// One cell of the grid.
#[derive(Clone, Copy, Debug)]
pub(super) struct GridCell {
    pub(super) scheme: &'static str,
    pub(super) intensity: f64,
    pub(super) camouflage: f64,
}

impl GridCell {
    /// Its specification, as on the command line.
    fn spec(self) -> String {
        let Self {
            scheme,
            intensity,
            camouflage,
        } = self;
        format!("scheme={scheme},intensity={intensity},camouflage={camouflage}")
    }
}

/// Measures all cells of some schemes, prints a row for each and returns their figures.
pub(super) fn run(
    schemes: impl IntoIterator<Item = &'static str>,
    measure: impl Fn(GridCell, &str) -> Result<Figures, CliError>,
) -> Result<Value, CliError> {
    print(&text::grid_heading())?;
    let mut rows = Vec::new();
    for scheme in schemes {
        for intensity in INTENSITIES {
            for camouflage in CAMOUFLAGES {
                let cell = GridCell {
                    scheme,
                    intensity,
                    camouflage,
                };
                let figures = measure(cell, &cell.spec())?;
                print(&text::grid_row(&figures))?;
                rows.push(serde_json::to_value(figures)?);
            }
        }
    }
    Ok(rows.into())
}
