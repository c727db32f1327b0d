//! What a learned model may look at: columns of a corpus, each with a direction.
//!
//! Every value is relative to the corpus itself (a percentile, a share, evidence against the
//! corpus's own baseline), so that a model learned on one corpus means the same on another. The
//! stratum of one-review authors has columns of its own: what is unusual for them is not what is
//! unusual for others. Curves over calendar time or over how busy a listing is are left out: they
//! were learned well and did not carry over from one part of the development set to another.

use super::Corpus;
use super::activity::{activity, shortness};
use super::arrival;
use super::audience::{excess, regulars};
use super::crowd::{cell_newcomers, deviation};
use super::scale::percentiles;
use super::silence::silence;
use super::{Without, detect};

/// What reasoning says about a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// More is more suspect.
    Rising,
    /// More is less suspect.
    Falling,
    /// Either may be.
    Free,
}

/// How a feature enters a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As log-odds that a straight line rescales: the detector that needs no label.
    Line,
    /// As a curve of its own.
    Curve,
}

/// Whose reviews a feature is about; the others' have no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stratum {
    One,
    Several,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Feature {
    /// Stable name.
    pub name: String,
    /// What reasoning says.
    pub direction: Direction,
    /// How it enters.
    pub shape: Shape,
    /// A value a review; not a number where the feature says nothing.
    pub values: Vec<f32>,
}

/// Collects columns.
struct Columns<'a> {
    corpus: &'a Corpus,
    features: Vec<Feature>,
}

impl Columns<'_> {
    fn push(&mut self, name: &str, direction: Direction, values: &[f64], only: Option<Stratum>) {
        let stratum = |row: usize| match self.corpus.author_reviews(row) {
            1 => Stratum::One,
            _ => Stratum::Several,
        };
        let value = |(row, value): (usize, &f64)| {
            let said = only.is_none_or(|only| only == stratum(row));
            if said { *value as f32 } else { f32::NAN }
        };
        let name = match only {
            None => name.to_owned(),
            Some(Stratum::One) => format!("{name}, one review"),
            Some(Stratum::Several) => format!("{name}, several reviews"),
        };
        self.features.push(Feature {
            name,
            direction,
            shape: Shape::Curve,
            values: values.iter().enumerate().map(value).collect(),
        });
    }

    /// The log-odds of a detector, a line for each stratum.
    fn push_lines(&mut self, name: &str, log_odds: &[f64]) {
        for only in [Stratum::One, Stratum::Several] {
            self.push(name, Direction::Rising, log_odds, Some(only));
            if let Some(feature) = self.features.last_mut() {
                feature.shape = Shape::Line;
            }
        }
    }

    /// A column for one-review authors, and one of authors' means for the others.
    fn push_both(&mut self, name: &str, directions: (Direction, Direction), values: &[f64]) {
        self.push(name, directions.0, values, Some(Stratum::One));
        let means = self.spread(&self.corpus.author_means(values));
        self.push(name, directions.1, &means, Some(Stratum::Several));
    }

    /// Gives each review its author's value.
    fn spread(&self, of_authors: &[f64]) -> Vec<f64> {
        let of = |author: &u32| of_authors[*author as usize];
        self.corpus.reviewers.iter().map(of).collect()
    }

    /// Gives each review its listing's value.
    fn spread_listings(&self, of_listings: &[f64]) -> Vec<f64> {
        let of = |listing: &u32| of_listings[*listing as usize];
        self.corpus.listings.iter().map(of).collect()
    }
}

/// Computes all features of a corpus.
pub fn features(corpus: &Corpus) -> Vec<Feature> {
    use Direction::{Falling, Free, Rising};
    let mut columns = Columns {
        corpus,
        features: Vec::new(),
    };
    let detection = detect(corpus, Without::Nothing);
    columns.push_lines("detector", &detection.reviews(corpus));
    let activity = activity(corpus);
    let effective = columns.spread(&activity.effective);
    let doublings: Vec<f64> = effective.iter().map(|n| libm::log2(n.max(1.0))).collect();
    columns.push("activity", Falling, &doublings, None);
    let short = columns.spread(&shortness(corpus, &activity));
    columns.push("span", Rising, &short, Some(Stratum::Several));
    let silence = silence(corpus, &activity);
    columns.push_both("silence", (Rising, Rising), &columns.spread(&silence));

    let excess = excess(corpus);
    columns.push_both(
        "one-review excess",
        (Rising, Free),
        &columns.spread_listings(&excess),
    );
    let regulars = columns.spread_listings(&regulars(corpus));
    columns.push_both("regulars", (Rising, Rising), &percentiles(&regulars));
    let mixture = &detection.mixture;
    let rows = 0..corpus.reviews();
    let stars: Vec<f64> = rows.clone().map(|row| mixture.stars(corpus, row)).collect();
    columns.push_both("stars", (Rising, Rising), &stars);
    columns.push("own stars", Rising, &stars, Some(Stratum::Several));
    let listing: Vec<f64> = (0..corpus.listings()).map(|l| mixture.listing(l)).collect();
    columns.push_both(
        "listing",
        (Rising, Free),
        &columns.spread_listings(&listing),
    );
    let given: Vec<f64> = rows.map(|row| f64::from(corpus.stars_of(row))).collect();
    columns.push("stars given", Free, &given, Some(Stratum::One));
    columns.push_both("deviation", (Rising, Rising), &deviation(corpus));
    columns.push_both("newcomers in cell", (Rising, Free), &cell_newcomers(corpus));

    columns.push_both("size", (Free, Free), &arrival::size(corpus));
    columns.features
}

#[cfg(test)]
mod tests {
    use super::super::corpus::tests::corpus;
    use super::*;

    #[test]
    fn strata_have_columns_of_their_own() {
        let corpus = corpus(&[(0, 0, 5, 1), (1, 0, 4, 2), (1, 1, 4, 3)]);
        let features = features(&corpus);
        for feature in &features {
            assert_eq!(feature.values.len(), 3);
            let known = feature.values.iter().map(|value| !value.is_nan());
            let known: Vec<bool> = known.collect();
            let expected = if feature.name.ends_with("one review") {
                [true, false, false]
            } else if feature.name.ends_with("several reviews") {
                [false, true, true]
            } else {
                [true, true, true]
            };
            assert_eq!(known, expected, "{}", feature.name);
        }
        assert_eq!(features[2].values, [0.0, 1.0, 1.0]);
    }
}
