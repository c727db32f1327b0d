//! Lists the features of a learned model: columns of a corpus, each with a direction.
//!
//! Every value is relative to the corpus itself: a percentile, a share, or evidence against the
//! corpus's own baseline. So a model learned on one corpus means the same on another. One-review
//! authors are a stratum with columns of its own, because other values are unusual for them. Curves
//! over calendar time or over how busy a listing is are left out. They were learned well, but did
//! not transfer from one part of the development set to another.

use super::Corpus;
use super::activity::{activity, shortness};
use super::arrival;
use super::audience::{excess, regulars};
use super::crowd::{cell_newcomers, deviation};
use super::scale::percentiles;
use super::silence::silence;
use super::stars::Mixture;
use super::{Detection, DetectorTerm, Without, detect};

use Direction::{Falling, Free, Rising};

/// The direction that reasoning gives a feature.
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
pub enum Stratum {
    /// Reviews of authors who wrote no other.
    One,
    /// Reviews of all other authors.
    Several,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Feature {
    /// Stable name.
    pub name: String,
    /// The direction that reasoning gives it.
    pub direction: Direction,
    /// How it enters.
    pub shape: Shape,
    /// A value a review; not a number for an unknown value.
    pub values: Vec<f32>,
}

/// One column while it is visited: nobody has to hold all of them.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    corpus: &'a Corpus,
    /// Stable name.
    pub name: &'a str,
    /// The direction that reasoning gives it.
    pub direction: Direction,
    /// How it enters.
    pub shape: Shape,
    /// Whose reviews it is about; none for everybody's.
    pub only: Option<Stratum>,
    /// The term of the detector that a curve over it corrects; none for the detector itself.
    pub corrects: Option<DetectorTerm>,
    /// The values of all reviews, as if the column were about each of them.
    pub values: &'a [f64],
}

impl Column<'_> {
    /// The value of a review; not a number for an unknown value.
    pub fn value(&self, row: usize) -> f32 {
        let stratum = match self.corpus.author_reviews(row) {
            1 => Stratum::One,
            _ => Stratum::Several,
        };
        if self.only.is_none_or(|only| only == stratum) {
            self.values[row] as f32
        } else {
            f32::NAN
        }
    }

    /// The column of some reviews, to be kept.
    pub fn keep(&self, rows: impl Iterator<Item = usize>) -> Feature {
        Feature {
            name: self.name.to_owned(),
            direction: self.direction,
            shape: self.shape,
            values: rows.map(|row| self.value(row)).collect(),
        }
    }
}

/// Hands on columns.
struct Columns<'a> {
    corpus: &'a Corpus,
    visit: &'a mut dyn FnMut(&Column<'_>),
}

impl Columns<'_> {
    fn push(
        &mut self,
        (name, corrects): (&str, Option<DetectorTerm>),
        direction: Direction,
        values: &[f64],
        only: Option<Stratum>,
    ) {
        let name = match only {
            None => name.to_owned(),
            Some(Stratum::One) => format!("{name}, one review"),
            Some(Stratum::Several) => format!("{name}, several reviews"),
        };
        (self.visit)(&Column {
            corpus: self.corpus,
            name: &name,
            direction,
            shape: match corrects {
                None => Shape::Line,
                Some(_) => Shape::Curve,
            },
            only,
            corrects,
            values,
        });
    }

    /// The log-odds of a detector, a line for each stratum.
    fn push_lines(&mut self, name: &str, log_odds: &[f64]) {
        for only in [Stratum::One, Stratum::Several] {
            self.push((name, None), Direction::Rising, log_odds, Some(only));
        }
    }

    /// A column for one-review authors, and one of authors' means for the others.
    fn push_both(
        &mut self,
        (name, corrects): (&str, DetectorTerm),
        directions: (Direction, Direction),
        values: &[f64],
    ) {
        let named = (name, Some(corrects));
        self.push(named, directions.0, values, Some(Stratum::One));
        let means = self.spread(&self.corpus.author_means(values));
        self.push(named, directions.1, &means, Some(Stratum::Several));
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
    let detection = detect(corpus, Without::Nothing);
    let mut features = Vec::new();
    visit(corpus, &detection, &mut |column| {
        features.push(column.keep(0..corpus.reviews()));
    });
    features
}

/// Computes the features of a corpus that was detected in with nothing left out, one after the
/// other, in a fixed order. Holds a few columns at a time.
pub fn visit(corpus: &Corpus, detection: &Detection, visit: &mut dyn FnMut(&Column<'_>)) {
    let mut columns = Columns { corpus, visit };
    columns.push_lines("detector", &detection.reviews(corpus));
    columns.of_authors();
    columns.of_listings();
    columns.of_stars(&detection.mixture);
    let cell = cell_newcomers(corpus);
    columns.push_both(
        ("newcomers in cell", DetectorTerm::Listing),
        (Rising, Free),
        &cell,
    );
    columns.push_both(
        ("size", DetectorTerm::Size),
        (Free, Free),
        &arrival::size(corpus),
    );
}

impl Columns<'_> {
    /// How much authors wrote, over what time, and how long they have been silent.
    fn of_authors(&mut self) {
        let activity = activity(self.corpus);
        let doublings = activity.effective.iter().map(|n| libm::log2(n.max(1.0)));
        let doublings = self.spread(&doublings.collect::<Vec<_>>());
        let named = ("activity", Some(DetectorTerm::Activity));
        self.push(named, Falling, &doublings, None);
        drop(doublings);
        let short = self.spread(&shortness(self.corpus, &activity));
        let named = ("span", Some(DetectorTerm::Span));
        self.push(named, Rising, &short, Some(Stratum::Several));
        drop(short);
        let silence = self.spread(&silence(self.corpus, &activity));
        self.push_both(
            ("silence", DetectorTerm::Silence),
            (Rising, Rising),
            &silence,
        );
    }

    /// The audience of listings.
    fn of_listings(&mut self) {
        let corpus = self.corpus;
        let excess = self.spread_listings(&excess(corpus));
        let named = ("one-review excess", DetectorTerm::Listing);
        self.push_both(named, (Rising, Free), &excess);
        drop(excess);
        let regulars = percentiles(&self.spread_listings(&regulars(corpus)));
        self.push_both(
            ("regulars", DetectorTerm::Listing),
            (Rising, Rising),
            &regulars,
        );
    }

    /// The evidence of the mixture of stars, and stars against the listing's others.
    fn of_stars(&mut self, mixture: &Mixture) {
        let corpus = self.corpus;
        let rows = 0..corpus.reviews();
        let stars: Vec<f64> = rows.clone().map(|row| mixture.stars(corpus, row)).collect();
        self.push_both(("stars", DetectorTerm::Stars), (Rising, Rising), &stars);
        let named = ("own stars", Some(DetectorTerm::Stars));
        self.push(named, Rising, &stars, Some(Stratum::Several));
        drop(stars);
        let listing: Vec<f64> = (0..corpus.listings()).map(|l| mixture.listing(l)).collect();
        let listing = self.spread_listings(&listing);
        self.push_both(("listing", DetectorTerm::Listing), (Rising, Free), &listing);
        drop(listing);
        let given: Vec<f64> = rows.map(|row| f64::from(corpus.stars_of(row))).collect();
        let named = ("stars given", Some(DetectorTerm::Stars));
        self.push(named, Free, &given, Some(Stratum::One));
        drop(given);
        let deviation = deviation(corpus);
        self.push_both(
            ("deviation", DetectorTerm::Stars),
            (Rising, Rising),
            &deviation,
        );
    }
}

/// The term that a curve or line of this name corrects, none for the detector's lines. `None` for a
/// name that no column has.
pub fn find(name: &str) -> Option<Option<DetectorTerm>> {
    let entry = NAMES.iter().find(|(known, _)| *known == name);
    entry.map(|(_, corrects)| *corrects)
}

/// Names of all columns, in their order, with the term that each corrects.
const NAMES: [(&str, Option<DetectorTerm>); 22] = [
    ("detector, one review", None),
    ("detector, several reviews", None),
    ("activity", Some(DetectorTerm::Activity)),
    ("span, several reviews", Some(DetectorTerm::Span)),
    ("silence, one review", Some(DetectorTerm::Silence)),
    ("silence, several reviews", Some(DetectorTerm::Silence)),
    ("one-review excess, one review", Some(DetectorTerm::Listing)),
    (
        "one-review excess, several reviews",
        Some(DetectorTerm::Listing),
    ),
    ("regulars, one review", Some(DetectorTerm::Listing)),
    ("regulars, several reviews", Some(DetectorTerm::Listing)),
    ("stars, one review", Some(DetectorTerm::Stars)),
    ("stars, several reviews", Some(DetectorTerm::Stars)),
    ("own stars, several reviews", Some(DetectorTerm::Stars)),
    ("listing, one review", Some(DetectorTerm::Listing)),
    ("listing, several reviews", Some(DetectorTerm::Listing)),
    ("stars given, one review", Some(DetectorTerm::Stars)),
    ("deviation, one review", Some(DetectorTerm::Stars)),
    ("deviation, several reviews", Some(DetectorTerm::Stars)),
    ("newcomers in cell, one review", Some(DetectorTerm::Listing)),
    (
        "newcomers in cell, several reviews",
        Some(DetectorTerm::Listing),
    ),
    ("size, one review", Some(DetectorTerm::Size)),
    ("size, several reviews", Some(DetectorTerm::Size)),
];

#[cfg(test)]
mod tests {
    use super::super::corpus::tests::corpus;
    use super::*;

    #[test]
    fn features_of_strata_have_separate_columns() {
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
        for (feature, (name, corrects)) in features.iter().zip(NAMES) {
            assert_eq!(feature.name, name);
            assert_eq!(feature.shape == Shape::Line, corrects.is_none());
        }
        assert_eq!(features.len(), NAMES.len());
    }
}
