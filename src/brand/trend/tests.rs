use super::*;

fn all(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().map(|value| Some(*value)).collect()
}

/// Small noise that is not random: it repeats every seven months and sums to zero.
fn jitter(month: usize) -> f64 {
    [0.6, -0.4, 0.9, -1.0, 0.1, -0.5, 0.3][month % 7]
}

#[test]
fn straight_line_is_found() {
    let values: Vec<f64> = (0..24).map(|m| 10.0 + 2.0 * f64::from(m)).collect();
    let found = trend(&all(&values), 0.5).unwrap();
    assert!((found.level - 56.0).abs() < 1e-3, "{found:?}");
    assert!((found.slope - 2.0).abs() < 1e-3);
    assert!((found.change_3.unwrap().value - 6.0).abs() < 1e-3);
    assert!((found.change_12.unwrap().value - 24.0).abs() < 1e-3);
    assert!(found.rising > 0.99 && found.change_points.is_empty());
}

#[test]
fn three_months_are_least_squares_with_one_degree_of_freedom() {
    // 0, 1, 3 with hardly any wandering: the line of least squares has slope 1.5 and ends at
    // 17/6; its residuals 1/6, -1/3, 1/6 have the sum of squares 1/6, the slope's variance is half
    // of it. With one degree of freedom P(rising) is Cauchy's at 1.5 / sqrt(1/12) = 5.196.
    let pass = Pass::run(
        &all(&[0.0, 1.0, 3.0]),
        Ratios {
            level: 1e-9,
            slope: 1e-9,
        },
    );
    let smoothed = pass.smooth();
    let last = smoothed.last().unwrap();
    assert!((last.mean[1] - 1.5).abs() < 1e-4, "{last:?}");
    assert!((last.mean[0] - 17.0 / 6.0).abs() < 1e-4);
    assert!((pass.scale() - 1.0 / 6.0).abs() < 1e-4);
    assert!((last.variance[1][1] - 0.5).abs() < 1e-4);
    let (change, variance) = smoothed.change(2).unwrap();
    // Two months of the slope: 3, with four times its variance.
    assert!((change - 3.0).abs() < 1e-4 && (variance - 2.0).abs() < 1e-3);
}

#[test]
fn equal_values_have_no_slope() {
    let found = trend(&all(&[40.0; 12]), 0.5).unwrap();
    assert!((found.rising - 0.5).abs() < 1e-9 && found.slope.abs() < 1e-9);
    assert!(found.slope_sd > 0.0 && found.change_12.is_none());
    let change = found.change_3.unwrap();
    assert!(change.low < -0.1 && change.high > 0.1, "{change:?}");
}

#[test]
fn few_values_abstain_and_nan_is_missing() {
    assert_eq!(trend(&[], 1.0), None);
    assert_eq!(trend(&all(&[1.0]), 1.0), None);
    assert_eq!(trend(&all(&[1.0, 2.0]), 1.0), None);
    assert_eq!(trend(&[None; 40], 1.0), None);
    assert_eq!(trend(&all(&[1.0, f64::NAN, 2.0, f64::INFINITY]), 1.0), None);
    for noise in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(trend(&all(&[1.0, 2.0, 3.0]), noise), None);
    }
}

#[test]
fn gap_of_ten_years_widens_and_stays_finite() {
    let mut values = all(&[10.0, 11.0, 10.5, 11.5]);
    let before = trend(&values, 0.5).unwrap();
    values.extend([None; 120]);
    let silent = trend(&values, 0.5).unwrap();
    assert!(silent.level.is_finite() && silent.level_sd > 20.0 * before.level_sd);
    assert!((0.0..=1.0).contains(&silent.rising));
    values.extend(all(&[12.0, 12.5]));
    let after = trend(&values, 0.5).unwrap();
    assert!((after.level - 12.4).abs() < 1.0, "{after:?}");
    assert!(after.level_sd < 3.0 && after.change_12.unwrap().high.is_finite());
}

#[test]
fn missing_months_cost_certainty_only() {
    let full: Vec<f64> = (0..36).map(|m| 50.0 + m as f64 + jitter(m)).collect();
    let whole = trend(&all(&full), 0.1).unwrap();
    let gappy: Vec<Option<f64>> = full
        .iter()
        .enumerate()
        .map(|(month, value)| (month % 3 == 0).then_some(*value))
        .collect();
    let some = trend(&gappy, 0.1).unwrap();
    assert!((some.slope - whole.slope).abs() < 0.4, "{some:?} {whole:?}");
    assert!(whole.rising > 0.95 && some.rising > 0.9);
}

#[test]
fn jump_is_dated() {
    let jump: Vec<f64> = (0..36)
        .map(|m| if m < 20 { 40.0 } else { 52.0 } + jitter(m))
        .collect();
    let found = trend(&all(&jump), 0.1).unwrap();
    let months: Vec<usize> = found.change_points.iter().map(|p| p.month).collect();
    assert_eq!(months, [20], "{found:?}");
    assert_eq!(found.change_points[0].kind, BreakKind::Level);
    assert!(found.change_points[0].strength > 0.0);
    let quiet: Vec<f64> = (0..36).map(|m| 40.0 + jitter(m)).collect();
    assert!(trend(&all(&quiet), 0.1).unwrap().change_points.is_empty());
}

#[test]
fn months_beyond_the_most_are_left_out_and_indices_kept() {
    let mut values: Vec<f64> = (0..300).map(|m| 40.0 + jitter(m)).collect();
    for value in &mut values[280..] {
        *value += 15.0;
    }
    let found = trend(&all(&values), 0.1).unwrap();
    assert_eq!(found.months, MONTHS_MOST);
    assert_eq!(found.change_points[0].month, 280, "{found:?}");
}

#[test]
fn scaled_values_give_a_scaled_trend() {
    let values: Vec<f64> = (0..20).map(|m| 3.0 * m as f64 + 4.0 * jitter(m)).collect();
    let once = trend(&all(&values), 0.01).unwrap();
    let scaled: Vec<f64> = values.iter().map(|value| value * 1000.0).collect();
    let thousand = trend(&all(&scaled), 10.0).unwrap();
    assert!((once.slope * 1000.0 - thousand.slope).abs() < 1e-3);
    assert!((once.rising - thousand.rising).abs() < 1e-6);
}
