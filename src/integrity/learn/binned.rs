//! Features cut into bins.

use crate::integrity::detect::features::Feature;

/// Most bins of a feature.
const BINS: usize = 24;
/// The bin of what has no value.
pub(super) const ABSENT: u8 = u8::MAX;

/// Upper edges between bins, rising: quantiles of the given rows, equal ones once.
pub(super) fn edges(feature: &Feature, rows: &[u32]) -> Vec<f32> {
    let of = |row: &u32| feature.values[*row as usize];
    let mut values: Vec<f32> = rows.iter().map(of).filter(|v| v.is_finite()).collect();
    values.sort_unstable_by(f32::total_cmp);
    let quantile = |bin: usize| values.get(bin * values.len() / BINS).copied();
    let mut edges: Vec<f32> = (1..BINS).filter_map(quantile).collect();
    edges.dedup();
    // Nothing lies below the least value.
    if edges.first() == values.first() {
        edges.drain(..edges.len().min(1));
    }
    edges
}

/// Bin of a value: the number of edges at or below it.
pub(super) fn bin(edges: &[f32], value: f32) -> u8 {
    if value.is_nan() {
        return ABSENT;
    }
    edges.partition_point(|edge| *edge <= value) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::detect::features::{Direction, Shape};

    fn feature(values: Vec<f32>) -> Feature {
        Feature {
            name: "x".to_owned(),
            direction: Direction::Free,
            shape: Shape::Curve,
            values,
        }
    }

    #[test]
    fn few_values_get_one_bin_each() {
        let values = feature(vec![1.0, f32::NAN, 3.0, 1.0, 2.0, 3.0]);
        let edges = edges(&values, &[0, 1, 2, 3, 4, 5]);
        assert_eq!(edges, [2.0, 3.0]);
        let bins: Vec<u8> = [0.0, 1.0, 2.0, 2.5, 3.0, 9.0, f32::NAN]
            .iter()
            .map(|value| bin(&edges, *value))
            .collect();
        assert_eq!(bins, [0, 0, 1, 1, 2, 2, ABSENT]);
    }

    #[test]
    fn many_values_fill_bins_evenly() {
        let feature = feature((0..2400_u16).map(f32::from).collect());
        let rows: Vec<u32> = (0..2400).collect();
        let edges = edges(&feature, &rows);
        assert_eq!(edges.len(), BINS - 1);
        let first = rows.iter().filter(|row| bin(&edges, **row as f32) == 0);
        assert_eq!(first.count(), 100);
        assert!(super::edges(&feature, &[]).is_empty());
    }
}
