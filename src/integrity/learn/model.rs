//! A learned model, and its file.

use serde::{Deserialize, Serialize};

use super::binned::{ABSENT, bin};
use crate::integrity::detect::features::{self, Feature};

/// The version of the file's layout.
const LAYOUT: u32 = 1;

/// One feature's curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Name of the feature.
    pub feature: String,
    /// Values at which a new bin starts, rising.
    pub edges: Vec<f32>,
    /// Log-odds of each bin, one more than edges.
    pub heights: Vec<f64>,
}

/// One feature's straight line, for log-odds that are known without labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Name of the feature.
    pub feature: String,
    /// Log-odds where the feature is 0.
    pub intercept: f64,
    /// Log-odds for each unit of the feature.
    pub slope: f64,
}

/// An additive model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    layout: u32,
    /// Labelled reviews that it was learned from.
    pub reviews: u64,
    /// How many of them were labelled manipulated.
    pub manipulated: u64,
    /// Log-odds that all reviews share.
    pub intercept: f64,
    /// The lines, in the order in which they are summed.
    pub lines: Vec<Line>,
    /// The curves, summed after the lines.
    pub curves: Vec<Curve>,
}

/// A model with the name that assessments give as their model version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Name of the version.
    pub name: String,
    /// The model.
    pub model: Model,
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The text is no model.
    #[error("not a model: {0}")]
    Text(#[from] serde_json::Error),
    /// The layout is another version's.
    #[error("layout {0}, and this program reads {LAYOUT}")]
    Layout(u32),
    /// A number or a length is out of place.
    #[error("curve `{0}`: edges must rise, heights be finite and one more than edges")]
    Curve(String),
    /// A number is out of place.
    #[error("line `{0}`: not finite")]
    Line(String),
    /// A line or curve is about a feature that this program does not compute.
    #[error("`{0}`: no such feature")]
    Feature(String),
    /// There is nothing to learn from.
    #[error("both manipulated and genuine reviews are needed")]
    OneKind,
}

impl Model {
    pub(super) fn new(
        labels: &[bool],
        intercept: f64,
        lines: Vec<Line>,
        curves: Vec<Curve>,
    ) -> Self {
        Self {
            layout: LAYOUT,
            reviews: labels.len() as u64,
            manipulated: labels.iter().filter(|label| **label).count() as u64,
            intercept,
            lines,
            curves,
        }
    }

    /// The same with other lines.
    pub(super) fn with_lines(self, lines: Vec<Line>) -> Self {
        Self { lines, ..self }
    }

    /// Reads a model from the text that [`Self::to_json`] writes.
    pub fn from_json(text: &str) -> Result<Self, ModelError> {
        let model: Self = serde_json::from_str(text)?;
        if model.layout != LAYOUT {
            return Err(ModelError::Layout(model.layout));
        }
        for line in &model.lines {
            if !(line.intercept.is_finite() && line.slope.is_finite()) {
                return Err(ModelError::Line(line.feature.clone()));
            }
        }
        for curve in &model.curves {
            let sound = curve.heights.len() == curve.edges.len() + 1
                && curve.edges.len() < ABSENT as usize
                && curve.heights.iter().all(|height| height.is_finite())
                && curve.edges.iter().all(|edge| edge.is_finite())
                && curve.edges.is_sorted();
            if !sound {
                return Err(ModelError::Curve(curve.feature.clone()));
            }
        }
        Ok(model)
    }

    /// Whether every line and curve is about a column that this program computes.
    pub fn check(&self) -> Result<(), ModelError> {
        let lines = self.lines.iter().map(|line| (&line.feature, true));
        let curves = self.curves.iter().map(|curve| (&curve.feature, false));
        for (name, is_line) in lines.chain(curves) {
            let known = features::find(name).map(|corrects| corrects.is_none());
            if known != Some(is_line) {
                return Err(ModelError::Feature(name.clone()));
            }
        }
        if !self.intercept.is_finite() {
            return Err(ModelError::Line("intercept".to_owned()));
        }
        Ok(())
    }

    /// The model as text.
    pub fn to_json(&self) -> Result<String, ModelError> {
        Ok(serde_json::to_string_pretty(self)?)
    }

    /// Log-odds of each review.
    pub fn score(&self, features: &[Feature]) -> Result<Vec<f64>, ModelError> {
        let reviews = features.first().map_or(0, |feature| feature.values.len());
        let mut scores = vec![self.intercept; reviews];
        let named = |name: &str| {
            let found = features.iter().find(|feature| feature.name == name);
            found.ok_or_else(|| ModelError::Feature(name.to_owned()))
        };
        for line in &self.lines {
            for (score, value) in scores.iter_mut().zip(&named(&line.feature)?.values) {
                *score += line.at(*value);
            }
        }
        for curve in &self.curves {
            let feature = named(&curve.feature)?;
            for (score, value) in scores.iter_mut().zip(&feature.values) {
                *score += curve.at(*value);
            }
        }
        Ok(scores)
    }
}

impl Line {
    /// Log-odds that a value adds; 0 for one that is not a number.
    pub fn at(&self, value: f32) -> f64 {
        if value.is_nan() {
            return 0.0;
        }
        self.intercept + self.slope * f64::from(value)
    }
}

impl Curve {
    /// Log-odds that a value adds; 0 for one that is not a number.
    pub fn at(&self, value: f32) -> f64 {
        match bin(&self.edges, value) {
            ABSENT => 0.0,
            bin => self.heights[bin as usize],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let curve = Curve {
            feature: "activity".to_owned(),
            edges: vec![1.5],
            heights: vec![0.25, -1.0 / 3.0],
        };
        let line = Line {
            feature: "detector".to_owned(),
            // With all digits that a float can have.
            intercept: 3.879_117_522_428_555_5,
            slope: 1.5,
        };
        Model::new(&[true, false, false], -1.0, vec![line], vec![curve])
    }

    #[test]
    fn model_file_round_trips_to_the_bit() {
        let model = model();
        assert_eq!(Model::from_json(&model.to_json().unwrap()).unwrap(), model);
    }

    #[test]
    fn invalid_model_files_are_refused() {
        let text = model().to_json().unwrap();
        let refused = |from: &str, to: &str| Model::from_json(&text.replacen(from, to, 1));
        assert!(matches!(refused("{", "["), Err(ModelError::Text(_))));
        let layout = refused("\"layout\": 1", "\"layout\": 9");
        assert!(matches!(layout, Err(ModelError::Layout(9))));
        assert!(matches!(refused("0.25,", ""), Err(ModelError::Curve(_))));
        let unknown = refused("activity", "weather").unwrap();
        assert!(matches!(unknown.score(&[]), Err(ModelError::Feature(_))));
        assert!(matches!(unknown.check(), Err(ModelError::Feature(_))));
        let known = refused("\"detector\"", "\"detector, one review\"").unwrap();
        known.check().unwrap();
    }
}
