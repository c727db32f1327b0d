//! Models learned from labels, measured on held-out listings, authors or times.

use crate::integrity::detect::Corpus;
use crate::integrity::detect::features::Feature;
use crate::integrity::learn::{ModelError, Restraint, Training, fit, fit_beyond};
use crate::lab::evaluate::labelled::Scores;
use crate::lab::neighbours::{self, Known};
use crate::models::{INNER_FOLDS, Parts, Split};

/// Scores of the held-out part; NaN elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// By curves over features without labels.
    pub curves: Scores,
    /// By the same curves and known labels of the same author and listing.
    pub with_labels: Scores,
}

/// For each part, learns from all other parts and scores it.
pub fn held_out(
    corpus: &Corpus,
    features: &[Feature],
    labels: &[Option<bool>],
    split: Split,
) -> Result<HeldOut, ModelError> {
    let parts = Parts::new(corpus, split);
    let mut curves = vec![f64::NAN; corpus.reviews()];
    let mut with_labels = curves.clone();
    let labelled: Vec<(u32, bool)> = (0..)
        .zip(labels)
        .filter_map(|(row, label)| Some((row, (*label)?)))
        .collect();
    for held_out in parts.held_out() {
        let held = |row: usize| parts.is_in(row, *held_out);
        let training: Vec<(u32, bool)> = labelled
            .iter()
            .copied()
            .filter(|(row, _)| !held(*row as usize))
            .collect();
        let (rows, labels): (Vec<u32>, Vec<bool>) = training.iter().copied().unzip();
        let from = Training {
            rows: &rows,
            labels: &labels,
            listings: corpus.listing_numbers(),
        };
        let expected = fit(features, from)?.score(features)?;
        let known = unseen(corpus, &parts, features, &training)?;
        let around = neighbours::features(corpus, &known, parts.units());
        let before: Vec<f64> = known.iter().map(|known| known.log_odds).collect();
        let beyond = fit_beyond(&around, from, &before, Restraint::LABELS)?.score(&around)?;
        for row in (0..corpus.reviews()).filter(|row| held(*row)) {
            curves[row] = expected[row];
            with_labels[row] = expected[row] + beyond[row];
        }
    }
    Ok(HeldOut {
        curves: Scores::from_reviews(corpus, curves),
        with_labels: Scores::from_reviews(corpus, with_labels),
    })
}

/// Predicts training rows by models that have not seen their units.
fn unseen(
    corpus: &Corpus,
    parts: &Parts,
    features: &[Feature],
    training: &[(u32, bool)],
) -> Result<Vec<Known>, ModelError> {
    let models: Vec<Vec<f64>> = (0..INNER_FOLDS)
        .map(|part| {
            let (rows, labels): (Vec<u32>, Vec<bool>) = training
                .iter()
                .copied()
                .filter(|(row, _)| parts.inner_part(*row as usize) != part)
                .unzip();
            let from = Training {
                rows: &rows,
                labels: &labels,
                listings: corpus.listing_numbers(),
            };
            fit(features, from)?.score(features)
        })
        .collect::<Result<_, ModelError>>()?;
    let known = |(row, manipulated): &(u32, bool)| Known {
        row: *row,
        manipulated: *manipulated,
        log_odds: models[parts.inner_part(*row as usize) as usize][*row as usize],
    };
    Ok(training.iter().map(known).collect())
}
