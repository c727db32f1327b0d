//! Distribution of indices and stages over the true strength of simulated sellers, from which the
//! thresholds of stages are chosen.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::brand::Progress;
use crate::lab::evaluate::robustness::quantile;
use crate::lab::simulate::brands::BrandTruth;

/// Bands of strength, from 0 to 1.
const BANDS: usize = 5;
/// Strengths to separate by an index.
const STRENGTHS: [f64; 5] = [0.3, 0.4, 0.5, 0.6, 0.7];

/// Sellers of about one strength.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Band {
    /// Least strength, inclusive, 0 to 1.
    pub from: f64,
    /// Sellers with an index.
    pub sellers: usize,
    /// Quartiles of their indices, 0 to 100.
    pub indices: [f64; 3],
    /// Number of sellers at each stage.
    pub stages: BTreeMap<&'static str, usize>,
}

/// The index that separates sellers above and below a strength with the fewest errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cut {
    /// The strength, 0 to 1.
    pub strength: f64,
    /// The index, 0 to 100: the middle of the best thresholds.
    pub index: f64,
    /// Share of the sellers on the wrong side.
    pub wrong: f64,
}

/// Computes bands and thresholds of sellers with an index.
pub(super) fn bands(found: &[(&Progress, &BrandTruth)]) -> (Vec<Band>, Vec<Cut>) {
    let known: Vec<(f64, f64, &'static str)> = found
        .iter()
        .filter_map(|(progress, one)| {
            Some((progress.index?.value, one.strength, progress.stage.name()))
        })
        .collect();
    let band = |place: usize| {
        let of = |strength: f64| ((strength * BANDS as f64) as usize).min(BANDS - 1);
        let inside: Vec<_> = known.iter().filter(|one| of(one.1) == place).collect();
        let mut indices: Vec<f64> = inside.iter().map(|one| one.0).collect();
        indices.sort_by(f64::total_cmp);
        let mut stages = BTreeMap::new();
        for one in &inside {
            *stages.entry(one.2).or_default() += 1;
        }
        Band {
            from: place as f64 / BANDS as f64,
            sellers: inside.len(),
            indices: [0.25, 0.5, 0.75].map(|share| quantile(&indices, share)),
            stages,
        }
    };
    let pairs: Vec<(f64, f64)> = known.iter().map(|one| (one.0, one.1)).collect();
    let cuts = STRENGTHS
        .iter()
        .filter_map(|strength| cut(&pairs, *strength));
    ((0..BANDS).map(band).collect(), cuts.collect())
}

/// Returns the best threshold for a strength from pairs of index and strength; `None` without
/// pairs.
fn cut(pairs: &[(f64, f64)], strength: f64) -> Option<Cut> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    // Below the first index all sellers count as above the strength.
    let mut wrong = sorted.iter().filter(|pair| pair.1 < strength).count();
    let mut best: (usize, Vec<f64>) = (usize::MAX, Vec::new());
    for (index, of) in &sorted {
        if *of < strength {
            wrong -= 1;
        } else {
            wrong += 1;
        }
        match wrong.cmp(&best.0) {
            std::cmp::Ordering::Less => best = (wrong, vec![*index]),
            std::cmp::Ordering::Equal => best.1.push(*index),
            std::cmp::Ordering::Greater => {}
        }
    }
    let index = *best.1.get(best.1.len() / 2)?;
    Some(Cut {
        strength,
        index,
        wrong: best.0 as f64 / sorted.len() as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threshold_has_the_fewest_errors() {
        // Strengths follow the index except for one pair: the threshold is after 30.
        let pairs = [
            (10.0, 0.1),
            (20.0, 0.6),
            (30.0, 0.3),
            (40.0, 0.7),
            (50.0, 0.9),
        ];
        let found = cut(&pairs, 0.5).expect("pairs");
        assert_eq!((found.index, found.wrong), (30.0, 0.2));
        assert!(cut(&[], 0.5).is_none());
        // All are above, so the threshold is the lowest possible.
        let all = cut(&[(10.0, 0.9), (20.0, 0.8)], 0.5).expect("pairs");
        assert_eq!((all.index, all.wrong), (10.0, 0.5));
    }
}
