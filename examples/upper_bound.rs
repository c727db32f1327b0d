//! How far the additive model is from what a gradient-boosted ensemble makes of the same columns.
//!
//! ```sh
//! cargo run --release --features upper-bound --example upper_bound -- reviews.csv.gz [listing|author|time ...]
//! ```
//!
//! Both learn from the same parts of a labelled file and are measured on what was held out. The
//! ensemble may bend and join features as it likes, so that its terms are no reasons: it stands here
//! for what the columns hold, and the service does not carry it.

use std::error::Error;
use std::path::Path;

use forust_ml::{GradientBooster, Matrix};
use goodstanding::formats::read_review_columns;
use goodstanding::integrity::detect::Corpus;
use goodstanding::integrity::detect::features::{Feature, features};
use goodstanding::integrity::learn::{Training, fit};
use goodstanding::models::labelled::{Parts, Split};
use goodstanding::stats::{Bootstrap, Ranking};

/// Depth and number of trees that are tried; all are printed, none is chosen.
const SIZES: [(usize, usize); 3] = [(2, 300), (3, 200), (5, 100)];
const LEARNING_RATE: f32 = 0.05;
/// Least information in a leaf, in reviews of even odds.
const LEAF_WEIGHT_LEAST: f32 = 10.0;
const BOOTSTRAP: Bootstrap = Bootstrap {
    draws: 200,
    coverage: 0.95,
    seed: 1,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("a labelled file is needed")?;
    let mut splits = Vec::new();
    for argument in arguments {
        let all = [Split::Listing, Split::Author, Split::Time];
        let found = all.into_iter().find(|split| split.code() == argument);
        splits.push(found.ok_or("a split is listing, author or time")?);
    }
    if splits.is_empty() {
        splits = vec![Split::Listing, Split::Author, Split::Time];
    }
    let (columns, labels) = read_review_columns(Path::new(&file))?;
    let corpus = columns.corpus();
    let features = features(&corpus);
    println!(
        "AP and AUC over held-out reviews; gain of the ensemble in AUC with 95 % of bootstrap samples of listings"
    );
    for split in splits {
        let additive = held_out(&corpus, &labels, split, &|taken| {
            additive(&corpus, &features, taken)
        })?;
        println!(
            "{:<8} additive model         {}",
            split.code(),
            shown(&additive, &labels)?
        );
        for size in SIZES {
            let boosted = held_out(&corpus, &labels, split, &|taken| {
                boosted(&features, taken, size)
            })?;
            let gain = gain(&corpus, &labels, &additive, &boosted)?;
            println!(
                "{:<8} {:>3} trees of depth {}   {}; AUC {gain}",
                split.code(),
                size.1,
                size.0,
                shown(&boosted, &labels)?
            );
        }
    }
    Ok(())
}

/// Reviews to learn from, with their labels.
type Lesson = (Vec<u32>, Vec<bool>);
/// Learns, and scores every review.
type Learner<'a> = &'a dyn Fn(&Lesson) -> Result<Vec<f64>, Box<dyn Error>>;

/// Scores of what was held out; not a number elsewhere.
fn held_out(
    corpus: &Corpus,
    labels: &[Option<bool>],
    split: Split,
    learn: Learner<'_>,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let parts = Parts::new(corpus, split);
    let mut scores = vec![f64::NAN; corpus.reviews()];
    for part in parts.held_out() {
        let taken = (0..corpus.reviews())
            .filter(|row| !parts.is_in(*row, *part))
            .filter_map(|row| Some((row as u32, labels[row]?)));
        let found = learn(&taken.unzip())?;
        for (row, score) in found.into_iter().enumerate() {
            if parts.is_in(row, *part) && labels[row].is_some() {
                scores[row] = score;
            }
        }
    }
    Ok(scores)
}

fn additive(
    corpus: &Corpus,
    features: &[Feature],
    (rows, labels): &Lesson,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let training = Training {
        rows,
        labels,
        listings: corpus.listing_numbers(),
    };
    Ok(fit(features, training)?.score(features)?)
}

fn boosted(
    features: &[Feature],
    (rows, labels): &Lesson,
    (depth, trees): (usize, usize),
) -> Result<Vec<f64>, Box<dyn Error>> {
    let of_rows = |feature: &Feature| -> Vec<f64> {
        let of = |row: &u32| f64::from(feature.values[*row as usize]);
        rows.iter().map(of).collect()
    };
    let learned: Vec<f64> = features.iter().flat_map(of_rows).collect();
    let targets: Vec<f64> = labels
        .iter()
        .map(|label| f64::from(u8::from(*label)))
        .collect();
    let mut booster = GradientBooster::default()
        .set_iterations(trees)
        .set_max_depth(depth)
        .set_learning_rate(LEARNING_RATE)
        .set_min_leaf_weight(LEAF_WEIGHT_LEAST);
    let matrix = Matrix::new(&learned, rows.len(), features.len());
    booster.fit_unweighted(&matrix, &targets, None)?;
    let reviews = features.first().map_or(0, |feature| feature.values.len());
    let all: Vec<f64> = features
        .iter()
        .flat_map(|feature| feature.values.iter().map(|value| f64::from(*value)))
        .collect();
    Ok(booster.predict(&Matrix::new(&all, reviews, features.len()), true))
}

/// The held-out scores with their labels.
fn measured(scores: &[f64], labels: &[Option<bool>]) -> (Vec<f64>, Vec<bool>) {
    let pairs = scores.iter().zip(labels);
    let known = pairs.filter(|(score, _)| !score.is_nan());
    known
        .filter_map(|(score, label)| Some((*score, (*label)?)))
        .unzip()
}

fn ranking(scores: &[f64], labels: &[Option<bool>]) -> Result<Ranking, Box<dyn Error>> {
    let (scores, labels) = measured(scores, labels);
    Ok(Ranking::new(&scores, &labels).ok_or("nothing to measure")?)
}

fn shown(scores: &[f64], labels: &[Option<bool>]) -> Result<String, Box<dyn Error>> {
    let ranking = ranking(scores, labels)?;
    let (ap, auc) = (ranking.average_precision(), ranking.auc());
    Ok(format!(
        "AP {:.4}, AUC {:.4}",
        ap.unwrap_or(f64::NAN),
        auc.unwrap_or(f64::NAN)
    ))
}

fn gain(
    corpus: &Corpus,
    labels: &[Option<bool>],
    additive: &[f64],
    boosted: &[f64],
) -> Result<String, Box<dyn Error>> {
    let [one, other] = [ranking(additive, labels)?, ranking(boosted, labels)?];
    let groups: Vec<u32> = (0..corpus.reviews())
        .filter(|row| !additive[*row].is_nan())
        .map(|row| corpus.listing_of(row))
        .collect();
    let interval = BOOTSTRAP.interval(&groups, |sample| {
        Some(other.auc_of_sample(sample)? - one.auc_of_sample(sample)?)
    });
    let value = other.auc().zip(one.auc()).map(|(other, one)| other - one);
    let value = value.ok_or("nothing to measure")?;
    Ok(match interval {
        Some(interval) => format!("{value:+.4} [{:+.4}, {:+.4}]", interval.low, interval.high),
        None => format!("{value:+.4}"),
    })
}
