//! Features from known labels of the same author and of the same listing.
//!
//! The excess of a group is the sum of label minus probability over its labelled reviews, divided
//! by the remaining variance plus a prior: one Newton step of a random effect. A row never sees
//! labels of its own unit (the author, listing or time of its fold), so training rows see the same
//! as unlabelled rows.

use std::collections::HashMap;

use crate::integrity::detect::Corpus;
use crate::integrity::detect::features::{Direction, Feature, Shape};
use crate::stats::logistic;

/// Prior variance: for authors, whose reviews nearly always share their label, and for listings.
const AUTHOR_PRIOR: f64 = 0.2;
const LISTING_PRIOR: f64 = 2.0;
/// Days of a short and of a long cell in time.
const CELL_DAYS: [f64; 2] = [60.0, 240.0];

/// Returns the group of a row.
type Key<'a> = &'a dyn Fn(usize) -> u64;

/// A known label with its row and the prediction of a model that has not seen it.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The review.
    pub row: u32,
    /// Its label.
    pub manipulated: bool,
    /// Log-odds of a model fitted without its unit.
    pub log_odds: f64,
}

/// Computes the excess around every review of the corpus; `units` has an entry for each review.
pub fn features(corpus: &Corpus, known: &[Known], units: &[u32]) -> Vec<Feature> {
    let stratum = |row: usize| u64::from(corpus.reviews_of(corpus.reviewer_of(row)) > 1);
    let listing = |row: usize| u64::from(corpus.listing_of(row));
    let star = |row: usize| u64::from(corpus.stars_of(row));
    let period = |row: usize, days: f64| {
        let day = corpus.day_of(row);
        day.map_or(0, |day| (day / days).max(0.0) as u64 + 1)
    };
    let in_stratum = |row: usize| listing(row) * 2 + stratum(row);
    let groups: [(&str, f64, Key<'_>); 7] = [
        ("labels of the author", AUTHOR_PRIOR, &|row| {
            u64::from(corpus.reviewer_of(row))
        }),
        ("labels of the listing", LISTING_PRIOR, &listing),
        ("labels of its stratum", LISTING_PRIOR, &in_stratum),
        ("labels of its stars", LISTING_PRIOR, &|row| {
            in_stratum(row) * 8 + star(row)
        }),
        ("labels of its months", LISTING_PRIOR, &|row| {
            (in_stratum(row) << 24) + period(row, CELL_DAYS[0])
        }),
        ("labels of its year", LISTING_PRIOR, &|row| {
            (in_stratum(row) << 24) + period(row, CELL_DAYS[1])
        }),
        ("labels of its stars and year", LISTING_PRIOR, &|row| {
            ((in_stratum(row) * 8 + star(row)) << 24) + period(row, CELL_DAYS[1])
        }),
    ];
    groups
        .into_iter()
        .map(|(name, prior, key)| Feature {
            name: name.to_owned(),
            direction: Direction::Rising,
            shape: Shape::Curve,
            values: excess(corpus, known, units, prior, key),
        })
        .collect()
}

/// Computes the excess around each review in the group of its key; NaN without a known label.
fn excess(corpus: &Corpus, known: &[Known], units: &[u32], prior: f64, key: Key<'_>) -> Vec<f32> {
    let mut all: HashMap<u64, [f64; 2]> = HashMap::new();
    let mut own: HashMap<(u64, u32), [f64; 2]> = HashMap::new();
    for known in known {
        let probability = logistic(known.log_odds);
        let residual = f64::from(u8::from(known.manipulated)) - probability;
        let variance = probability * (1.0 - probability);
        let row = known.row as usize;
        let group = key(row);
        for sum in [
            all.entry(group).or_default(),
            own.entry((group, units[row])).or_default(),
        ] {
            sum[0] += residual;
            sum[1] += variance;
        }
    }
    let around = |row: usize| {
        let group = key(row);
        let [residual, variance] = all.get(&group).copied().unwrap_or_default();
        let [own_residual, own_variance] =
            own.get(&(group, units[row])).copied().unwrap_or_default();
        let left = variance - own_variance;
        if left < 1e-9 {
            return f32::NAN;
        }
        ((residual - own_residual) / (left + prior)) as f32
    };
    (0..corpus.reviews()).map(around).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::detect::Review;

    #[test]
    fn row_never_sees_labels_of_its_own_unit() {
        let reviews = [(0, 0), (0, 1), (0, 2), (1, 0)];
        let corpus = Corpus::new(reviews.map(|(reviewer, listing)| Review {
            reviewer,
            listing,
            stars: 5,
            seconds: None,
        }));
        let known: Vec<Known> = [(0, true), (1, true)]
            .map(|(row, manipulated)| Known {
                row,
                manipulated,
                log_odds: 0.0,
            })
            .to_vec();
        // Units are listings, so review 0 sees the label of review 1, by the same author.
        let features = features(&corpus, &known, &[0, 1, 2, 0]);
        let author = &features[0].values;
        let one = 0.5 / (0.25 + 0.2);
        let two = 1.0 / (0.5 + 0.2);
        assert!((f64::from(author[0]) - one).abs() < 1e-6);
        assert!((f64::from(author[2]) - two).abs() < 1e-6);
        assert!(author[3].is_nan());
        // No label of the listing is outside the listing.
        assert!(features[1].values.iter().all(|value| value.is_nan()));
    }
}
