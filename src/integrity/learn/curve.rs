//! The best smooth, monotone curve through weighted targets.

use crate::integrity::detect::features::Direction;

/// Weight of the squared difference of neighbouring bins, in observations' worth of curvature.
const SMOOTHNESS: f64 = 30.0;
/// Minimises `sum w (b - target)^2 + SMOOTHNESS sum (difference)^2 + shrinkage sum b^2`. The curve
/// is then made monotone by pooling adjacent violators (Ayer et al., 1955) with the same weights.
pub(super) fn solve(
    weights: &[f64],
    targets: &[f64],
    direction: Direction,
    shrinkage: f64,
) -> Vec<f64> {
    let mut curve = smooth(weights, targets, shrinkage);
    let weights: Vec<f64> = weights.iter().map(|weight| weight + shrinkage).collect();
    match direction {
        Direction::Free => {}
        Direction::Rising => pool(&mut curve, &weights),
        Direction::Falling => {
            curve = curve.iter().map(|height| -height).collect();
            pool(&mut curve, &weights);
            curve = curve.iter().map(|height| -height).collect();
        }
    }
    curve
}

/// Solves the tridiagonal system of the two penalties (Thomas's elimination; the diagonal
/// dominates, so that it is stable).
fn smooth(weights: &[f64], targets: &[f64], shrinkage: f64) -> Vec<f64> {
    let last = weights.len().saturating_sub(1);
    let mut above = vec![0.0; weights.len()];
    let mut curve = vec![0.0; weights.len()];
    for bin in 0..weights.len() {
        let neighbours = f64::from(u8::from(bin > 0)) + f64::from(u8::from(bin < last));
        let mut diagonal = weights[bin] + shrinkage + SMOOTHNESS * neighbours;
        let mut right = weights[bin] * targets[bin];
        if bin > 0 {
            diagonal += SMOOTHNESS * above[bin - 1];
            right += SMOOTHNESS * curve[bin - 1];
        }
        above[bin] = -SMOOTHNESS / diagonal;
        curve[bin] = right / diagonal;
    }
    for bin in (0..last).rev() {
        curve[bin] -= above[bin] * curve[bin + 1];
    }
    curve
}

/// Makes heights rise, each block at its weighted mean.
fn pool(curve: &mut [f64], weights: &[f64]) {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (height, weight) in curve.iter().zip(weights) {
        let mut block = (*height, *weight, 1);
        while let Some(before) = blocks.pop_if(|before| before.0 >= block.0) {
            let weight = before.1 + block.1;
            let mean = (before.0 * before.1 + block.0 * block.1) / weight;
            block = (mean, weight, before.2 + block.2);
        }
        blocks.push(block);
    }
    let heights = blocks
        .iter()
        .flat_map(|(height, _, bins)| std::iter::repeat_n(*height, *bins));
    for (place, height) in curve.iter_mut().zip(heights) {
        *place = height;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_violators_are_pooled_at_their_mean() {
        let mut curve = [1.0, 3.0, 2.0, 5.0];
        pool(&mut curve, &[1.0, 1.0, 3.0, 1.0]);
        assert_eq!(curve, [1.0, 2.25, 2.25, 5.0]);
    }

    #[test]
    fn curve_follows_much_data_and_shrinks_little() {
        let targets = [1.0, -1.0, 2.0];
        let close = solve(&[1e9; 3], &targets, Direction::Free, 3.0);
        for (height, target) in close.iter().zip(targets) {
            assert!((height - target).abs() < 1e-6);
        }
        let far = solve(&[1e-6; 3], &targets, Direction::Free, 3.0);
        assert!(far.iter().all(|height| height.abs() < 1e-5));
        let falling = solve(&[1e9; 3], &targets, Direction::Falling, 3.0);
        assert!(falling.is_sorted_by(|a, b| a >= b));
        assert_eq!(solve(&[], &[], Direction::Rising, 3.0), [0.0; 0]);
    }

    #[test]
    fn smoothed_curve_solves_its_equations() {
        let (weights, targets) = ([10.0, 1.0, 5.0], [1.0, 4.0, -2.0]);
        let curve = smooth(&weights, &targets, 3.0);
        for bin in 0..3 {
            let mut left = (weights[bin] + 3.0) * curve[bin];
            if bin > 0 {
                left += SMOOTHNESS * (curve[bin] - curve[bin - 1]);
            }
            if bin < 2 {
                left += SMOOTHNESS * (curve[bin] - curve[bin + 1]);
            }
            assert!((left - weights[bin] * targets[bin]).abs() < 1e-9);
        }
    }
}
