//! Measures the detection of texts that are no reviews.

use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::shown::{order_json, order_line};
use crate::cli::{CliError, print};
use crate::lab::datasets::read_labelled_texts;
use crate::lab::evaluate::text::{Kind, Texts};
use crate::stats::Bootstrap;

const BOOTSTRAP: Bootstrap = Bootstrap {
    draws: 200,
    coverage: 0.95,
    seed: 1,
};

/// Scores the texts of a file without and with labels, prints the figures and returns them. Labels
/// are learned from `train`, or from the other four parts of the file.
pub(super) fn run(path: &Path, train: Option<&Path>) -> Result<Value, CliError> {
    let start = Instant::now();
    let texts = Texts::new(read_labelled_texts(path)?);
    print(&format!(
        "{} texts; average precision / area under the ROC curve against reviews, in brackets 95 % \
         of bootstrap samples over near-duplicate groups\n",
        texts.len()
    ))?;
    let mut figures = Map::new();
    figures.insert("texts".to_owned(), json!(texts.len()));
    for (name, scores) in texts.without_labels() {
        let kinds = texts.measure(&scores, Some(BOOTSTRAP));
        figures.insert(name.replace(' ', "_"), shown(name, &kinds)?);
    }
    let (name, scores) = match train {
        None => ("with labels, one fifth held out", texts.held_out()),
        Some(train) => {
            let model = Texts::new(read_labelled_texts(train)?).model();
            ("with labels of the training file", texts.by_model(&model))
        }
    };
    let kinds = texts.measure(&scores, Some(BOOTSTRAP));
    figures.insert("with_labels".to_owned(), shown(name, &kinds)?);
    let seconds = start.elapsed().as_secs_f64();
    print(&format!("{seconds:.2} s\n"))?;
    figures.insert("seconds".to_owned(), json!(seconds));
    Ok(figures.into())
}

fn shown(name: &str, kinds: &[Kind]) -> Result<Value, CliError> {
    print(&format!("{name}\n"))?;
    let mut all = Map::new();
    for kind in kinds {
        let line = order_line(&kind.name.replace('_', " "), &kind.order);
        print(&format!("  {line}, {} texts\n", kind.count))?;
        all.insert(kind.name.clone(), order_json(&kind.order));
    }
    Ok(all.into())
}
