//! Tests of peers.

use super::*;

#[test]
fn spread_is_robust_to_an_outlier() {
    let mut values: Vec<f64> = (1..=11).map(f64::from).collect();
    values[10] = 1e6;
    let spread = PeerSpread::of(&mut values).expect("eleven");
    // Distances from 6: 0, 1, 1, 2, 2, 3, 3, 4, 4, 5 and far: the middle is 3.
    assert_eq!(spread.median, 6.0);
    assert!((spread.scale - 4.4478).abs() < 1e-9, "{}", spread.scale);
    assert_eq!(spread.z(1e9), Z_MOST);
    assert!((percentile(spread.z(6.0)) - 50.0).abs() < 1e-9);
    assert_eq!(spread.quantiles[2], 6.0);
    assert!(PeerSpread::of(&mut [1.0; 9]).is_none());
}

#[test]
fn equal_peers_put_any_other_value_at_the_bound() {
    let spread = PeerSpread::of(&mut [2.0; 12]).expect("twelve");
    assert_eq!(
        (spread.z(2.0), spread.z(2.1), spread.z(1.0)),
        (0.0, Z_MOST, -Z_MOST)
    );
    let mut most = [1.0; 12];
    most[0] = 13.0;
    // The mean distance is 1.
    let spread = PeerSpread::of(&mut most).expect("twelve");
    assert!((spread.scale - 1.2533).abs() < 1e-12);
}

/// What is shown of some values: the same for the rival's values, or near enough that a digit
/// hides it.
fn shown(values: &[f64]) -> [f64; 5] {
    PeerSpread::of(&mut values.to_vec())
        .expect("peers")
        .smoothed
}

#[test]
fn no_quantile_is_one_peers_number() {
    for count in [11_u32, 12, 31, 60] {
        // Far from each other, and from every mean of them.
        let values: Vec<f64> = (1..=count).map(|n| f64::from(n * n) + 0.25).collect();
        for quantile in shown(&values) {
            assert!(!values.contains(&quantile), "{quantile} of {count}");
        }
    }
}

#[test]
fn one_rival_moves_a_quantile_only_by_its_share_of_the_window() {
    let values: Vec<f64> = (0..41).map(f64::from).collect();
    let before = shown(&values);
    for to in 0..41 {
        let mut moved = values.clone();
        moved[10] = f64::from(to);
        let after = shown(&moved);
        for (one, other) in before.iter().zip(after) {
            // A window of eight peers, of whom one is replaced by a neighbour.
            assert!((one - other).abs() <= 1.25, "{to}: {before:?} {after:?}");
        }
    }
    // How far beyond its new neighbours a rival went shows nowhere.
    let mut far = values.clone();
    let mut farther = values;
    (far[10], farther[10]) = (30.0, 33.0);
    assert_eq!(shown(&far)[..3], shown(&farther)[..3]);
}

#[test]
fn distance_of_the_outermost_peer_shows_nowhere() {
    let values: Vec<f64> = (0..11).map(f64::from).collect();
    let mut far = values.clone();
    (far[0], far[10]) = (-1e9, 1e9);
    assert_eq!(shown(&values), shown(&far));
}

#[test]
fn own_value_does_not_count_towards_the_least() {
    let spread = PeerSpread::of(&mut [1.0; 10]).expect("ten");
    assert!(spread.hides_single_peers(false) && !spread.hides_single_peers(true));
    let spread = PeerSpread::of(&mut [1.0; 11]).expect("eleven");
    assert!(spread.hides_single_peers(true));
}

#[test]
fn small_groups_are_pooled_upwards() {
    let key = |group, marketplace| PeerKey {
        group: Some(GroupIx::nth(group)),
        marketplace,
    };
    let row = |group: u32, marketplace: u16, value: f32| {
        let mut values = [f32::NAN; MEASURES];
        values[0] = value;
        let key = key(group, marketplace);
        PeerRow { key, values }
    };
    let mut rows: Vec<PeerRow<MEASURES>> = (0..40).map(|_| row(1, 1, 1.0)).collect();
    rows.extend((0..5).map(|_| row(2, 1, 2.0)));
    rows.extend((0..5).map(|_| row(3, 2, 3.0)));
    let peers = Peers::of_measures(&rows);
    let at = |group, marketplace| {
        let found = peers.measure(key(group, marketplace), 0);
        found.map(|(scope, spread)| (scope, spread.count))
    };
    assert_eq!(at(1, 1), Some((PeerScope::Group, 40)));
    assert_eq!(at(2, 1), Some((PeerScope::Marketplace, 45)));
    assert_eq!(at(3, 2), Some((PeerScope::All, 50)));
    assert!(peers.measure(rows[0].key, 1).is_none());
    let few = Peers::of_measures(&rows[..9]);
    assert!(few.measure(rows[0].key, 0).is_none());
}

#[test]
fn comparison_never_claims_all_peers() {
    assert_eq!(
        [0.2, 37.4, 99.98].map(|percentile| better_than(percentile, 44)),
        [
            "below almost all of 44 comparable sellers",
            "better than about 37 % of 44 comparable sellers",
            "better than almost all of 44 comparable sellers",
        ]
    );
}

#[test]
fn rank_counts_ties_half() {
    let key = PeerKey {
        group: Some(GroupIx::nth(1)),
        marketplace: 1,
    };
    let rows: Vec<PeerRow<1>> = (0..40_u8)
        .map(|n| PeerRow {
            key,
            values: [f32::from(n)],
        })
        .collect();
    let mut peers = Peers::default();
    peers.add_scores(&rows);
    // 10 below and one equal.
    let found = peers.rank(key, 10.0).expect("peers");
    assert!((found.percentile - 100.0 * 10.5 / 40.0).abs() < 1e-9);
    assert_eq!((found.peers, found.scope), (40, PeerScope::Group));
}
