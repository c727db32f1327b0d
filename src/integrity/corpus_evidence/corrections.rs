//! Corrects the corpus detector's terms by a learned model.
//!
//! A model has a line through the detector's log-odds for each stratum, and curves over columns
//! that each correct one of its terms ([`Column::corrects`]). So a learned score has the detector's
//! terms, each scaled and corrected, and remains a sum of reasons. A curve over a value that
//! differs between an author's reviews counts by its mean over them, because a review's score is
//! its author's.

use crate::integrity::detect::features::{Column, Stratum};
use crate::integrity::detect::{Corpus, DetectorTerm};
use crate::integrity::learn::Model;

const PARTS: usize = DetectorTerm::ALL.len();

/// Sums of a curve's heights over a listing's reviews, of which its mean is taken.
#[derive(Clone, Copy, Debug, Default)]
struct CurveSums {
    listing: f32,
    size: f32,
    stars: [f32; 5],
}

/// Corrections for newcomers to a listing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NewcomerCorrection {
    pub(super) listing: f64,
    pub(super) size: f64,
    pub(super) stars: [f64; 5],
}

/// Corrections of one model; 28 bytes an author and 48 a listing while a pass lasts.
pub(super) struct ModelCorrection<'a> {
    model: &'a Model,
    authors: Vec<[f32; PARTS]>,
    newcomer: [f64; PARTS],
    listing_newcomers: Vec<CurveSums>,
    /// Reviews by listing and stars.
    counts: Vec<[u32; 5]>,
}

/// Corrections for stars that nobody has given a listing yet: the mean over all listings.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fallback([f64; 5]);

impl Fallback {
    pub(super) fn of(of: &ModelCorrection<'_>) -> Self {
        let mean = |star: usize| {
            let sum: f64 = of
                .listing_newcomers
                .iter()
                .map(|seen| f64::from(seen.stars[star]))
                .sum();
            let count: f64 = of.counts.iter().map(|count| f64::from(count[star])).sum();
            sum / count.max(1.0)
        };
        Self([0, 1, 2, 3, 4].map(mean))
    }
}

impl<'a> ModelCorrection<'a> {
    pub(super) fn new(model: &'a Model, corpus: &Corpus) -> Self {
        let mut counts = vec![[0; 5]; corpus.listings()];
        for row in 0..corpus.reviews() {
            let star = usize::from(corpus.stars_of(row)) - 1;
            counts[corpus.listing_of(row) as usize][star] += 1;
        }
        let mut newcomer = [0.0; PARTS];
        newcomer[DetectorTerm::Activity as usize] = model.intercept;
        let mut shared = [0.0; PARTS];
        shared[DetectorTerm::Activity as usize] = model.intercept as f32;
        Self {
            model,
            authors: vec![shared; corpus.reviewers()],
            newcomer,
            listing_newcomers: vec![CurveSums::default(); corpus.listings()],
            counts,
        }
    }

    /// Intercept and slope of the line for authors of so many reviews.
    pub(super) fn line(&self, reviews: u32) -> (f64, f64) {
        let stratum = if reviews == 1 {
            "detector, one review"
        } else {
            "detector, several reviews"
        };
        let lines = self.model.lines.iter();
        lines
            .filter(|line| line.feature == stratum)
            .fold((0.0, 0.0), |(intercept, slope), line| {
                (intercept + line.intercept, slope + line.slope)
            })
    }

    /// Corrections of an author's terms, in the order of [`DetectorTerm::ALL`].
    pub(super) fn author(&self, author: usize) -> &[f32; PARTS] {
        &self.authors[author]
    }

    /// The same for a newcomer, where nothing depends on the listing.
    pub(super) const fn newcomer(&self) -> &[f64; PARTS] {
        &self.newcomer
    }

    /// The same for a newcomer to a listing.
    pub(super) fn door(&self, listing: usize, fallback: &Fallback) -> NewcomerCorrection {
        let (seen, counts) = (&self.listing_newcomers[listing], &self.counts[listing]);
        let reviews = counts.iter().sum::<u32>().max(1);
        let star = |star: usize| match counts[star] {
            0 => fallback.0[star],
            count => f64::from(seen.stars[star]) / f64::from(count),
        };
        NewcomerCorrection {
            listing: f64::from(seen.listing) / f64::from(reviews),
            size: f64::from(seen.size) / f64::from(reviews),
            stars: [0, 1, 2, 3, 4].map(star),
        }
    }

    /// Adds the heights of the model's curves over a column.
    pub(super) fn take(&mut self, corpus: &Corpus, column: &Column<'_>) {
        let Some(part) = column.corrects else {
            return;
        };
        let model = self.model;
        for curve in model.curves.iter().filter(|c| c.feature == column.name) {
            for (author, sums) in self.authors.iter_mut().enumerate() {
                let rows = corpus.rows_of(author);
                let sum: f64 = rows
                    .iter()
                    .map(|row| curve.at(column.value(*row as usize)))
                    .sum();
                sums[part as usize] += (sum / rows.len().max(1) as f64) as f32;
            }
            if column.only != Some(Stratum::Several) {
                let at = |value: f64| curve.at(value as f32);
                self.admit(corpus, column, part, &at);
            }
        }
    }

    /// Adds the height of a curve for newcomers. Columns for one-review authors have a value for
    /// every review: the value if its author had written no other.
    fn admit(
        &mut self,
        corpus: &Corpus,
        column: &Column<'_>,
        part: DetectorTerm,
        at: &dyn Fn(f64) -> f64,
    ) {
        match part {
            DetectorTerm::Activity => self.newcomer[part as usize] += at(0.0),
            // As silent as the one who wrote last.
            DetectorTerm::Silence => {
                let ones = (0..corpus.reviews())
                    .filter(|row| corpus.reviews_of(corpus.reviewer_of(*row)) == 1);
                let least = ones.map(|row| column.values[row]).reduce(f64::min);
                self.newcomer[part as usize] += at(least.unwrap_or(0.0));
            }
            DetectorTerm::Listing | DetectorTerm::Size | DetectorTerm::Stars => {
                for (row, value) in column.values.iter().enumerate() {
                    let height = at(*value) as f32;
                    let seen = &mut self.listing_newcomers[corpus.listing_of(row) as usize];
                    match part {
                        DetectorTerm::Size => seen.size += height,
                        DetectorTerm::Stars => {
                            seen.stars[usize::from(corpus.stars_of(row)) - 1] += height;
                        }
                        _ => seen.listing += height,
                    }
                }
            }
            DetectorTerm::Span | DetectorTerm::Place => {}
        }
    }
}
