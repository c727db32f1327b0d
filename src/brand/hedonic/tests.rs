use super::*;

fn row(category: u32, owner: u32, listing: u32, price: f64) -> PriceRow {
    PriceRow {
        category,
        month: 0,
        currency: 986,
        owner,
        listing,
        price,
        controls: Vec::new(),
    }
}

/// Owner 0 asks a fifth more than the others for the same twelve products.
fn market() -> Vec<PriceRow> {
    let mut rows = Vec::new();
    for category in 0..12 {
        for owner in 0..5 {
            let base = 10.0 * f64::from(category + 1);
            let more = if owner == 0 { 1.2 } else { 1.0 };
            let odd = [1.02, 0.98, 1.0, 1.01, 0.99][((category + owner) % 5) as usize];
            rows.push(row(category, owner, category, base * more * odd));
        }
    }
    rows
}

#[test]
fn premium_of_a_fifth_is_found() {
    let found = premiums(&market(), 0);
    assert_eq!(found.len(), 5);
    // Premiums are against the mean of the cell, the owner's own rows included.
    let gap = found[0].log_difference - found[1].log_difference;
    assert!((gap - libm::log(1.2)).abs() < 0.01, "{found:?}");
    // Two standard deviations are wider than the 90 % range.
    let low = |premium: &Premium| premium.log_difference - 2.0 * premium.sd;
    let high = |premium: &Premium| premium.log_difference + 2.0 * premium.sd;
    assert!(low(&found[0]) > 0.0 && libm::expm1(found[0].log_difference) > 0.1);
    assert!(found.iter().skip(1).all(|other| high(other) < 0.0));
}

#[test]
fn shrinkage_by_hand() {
    // Two owners in a cell with 2 listings each at logs 0 and 1; variances known: the owners'
    // means differ from the cell's by 0.5, and are shrunk by 2 / (2 + within / between).
    let rows = [
        row(0, 0, 0, 1.0),
        row(0, 0, 1, 1.0),
        row(0, 1, 2, libm::exp(1.0)),
        row(0, 1, 3, libm::exp(1.0)),
    ];
    let rows: Vec<&PriceRow> = rows.iter().collect();
    let model = Model::fit(&rows, 0).unwrap();
    let (low, high) = (&model.owners[0], &model.owners[1]);
    assert!((low.effect + high.effect).abs() < 1e-9);
    assert!((low.effect + 0.5).abs() < 0.01, "{}", low.effect);
    // Half of the weight of two is taken by the cell's mean.
    assert!((low.effective - 1.0).abs() < 1e-12);
}

#[test]
fn owner_without_peers_has_no_premium() {
    let mut rows = market();
    rows.extend((0..6).map(|listing| row(99, 7, listing, 1000.0 + f64::from(listing))));
    // One more with a single listing among peers.
    rows.push(row(0, 8, 0, 500.0));
    let found = premiums(&rows, 0);
    let owners: Vec<u32> = found.iter().map(|premium| premium.owner).collect();
    assert_eq!(owners, [0, 1, 2, 3, 4]);
}

#[test]
fn rows_of_one_listing_are_one_observation() {
    let mut rows = market();
    let first = premiums(&rows, 0);
    // The dearest owner's first listing again and again, in the same cell.
    for _ in 0..50 {
        rows.push(rows[0].clone());
    }
    let again = premiums(&rows, 0);
    assert_eq!(first[0].listings, again[0].listings);
    assert!((first[0].log_difference - again[0].log_difference).abs() < 1e-6);
}

#[test]
fn controls_take_their_part_off_the_premium() {
    // Owner 0 sells from a domestic warehouse, which all buyers pay 30 % more for.
    let mut rows = Vec::new();
    for category in 0..10 {
        for owner in 0..6 {
            let domestic = owner == 0 || (owner + category) % 2 == 0;
            let more = if domestic { 1.3 } else { 1.0 };
            let odd = [1.01, 0.99, 1.0][((category * 2 + owner) % 3) as usize];
            let mut made = row(category, owner, category, 20.0 * more * odd);
            made.controls = vec![Some(f64::from(u8::from(domestic))), None];
            rows.push(made);
        }
    }
    let found = premiums(&rows, 2);
    assert!(found[0].log_difference.abs() < 0.03, "{found:?}");
    let blind: Vec<PriceRow> = rows
        .iter()
        .map(|row| PriceRow {
            controls: Vec::new(),
            ..row.clone()
        })
        .collect();
    let unseen = premiums(&blind, 0)[0].log_difference;
    assert!(
        unseen > 3.0 * found[0].log_difference.abs(),
        "{unseen} {found:?}"
    );
}

#[test]
fn goods_that_differ_give_no_premiums() {
    // Every owner sells something for 10 and something for 40.
    let rows: Vec<PriceRow> = (0..20)
        .map(|n| row(0, n % 5, n, if n < 10 { 10.0 } else { 40.0 }))
        .collect();
    assert!(premiums(&rows, 0).is_empty());
    // The control explains their difference.
    let explained: Vec<PriceRow> = rows
        .iter()
        .map(|row| PriceRow {
            controls: vec![Some(f64::from(u8::from(row.listing < 10)))],
            ..row.clone()
        })
        .collect();
    assert_eq!(premiums(&explained, 1).len(), 5);
}

#[test]
fn currencies_are_not_compared() {
    let mut rows = market();
    let before = premiums(&rows, 0);
    for mut other in market() {
        other.currency = 392;
        other.price *= 150.0;
        other.listing += 100;
        rows.push(other);
    }
    let after = premiums(&rows, 0);
    for (one, two) in before.iter().zip(&after) {
        assert!(
            (one.log_difference - two.log_difference).abs() < 0.01,
            "{two:?}"
        );
        assert!(two.sd < one.sd);
    }
}

#[test]
fn small_or_odd_input_abstains_and_is_never_nan() {
    assert!(premiums(&[], 3).is_empty());
    assert!(premiums(&market()[..4], 0).is_empty());
    let mut rows = market();
    for price in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        rows.push(row(0, 0, 500, price));
    }
    rows.push(PriceRow {
        controls: vec![Some(1.0)],
        ..row(0, 0, 501, 1e9)
    });
    assert_eq!(premiums(&rows, 0), premiums(&market(), 0));
    // All prices equal, and a control that never varies.
    let flat: Vec<PriceRow> = (0..20)
        .map(|n| PriceRow {
            controls: vec![Some(1.0)],
            ..row(0, n % 4, n, 9.99)
        })
        .collect();
    for premium in premiums(&flat, 1) {
        assert!(
            premium.log_difference.abs() < 1e-9 && premium.sd > 0.0,
            "{premium:?}"
        );
    }
}

fn revenue(owner: u32, branded: bool, amount: f64) -> Revenue {
    Revenue {
        cell: 1,
        owner,
        branded,
        amount,
    }
}

#[test]
fn revenue_premium_by_hand() {
    // Own listings take in 30 and 50, five unbranded ones 10 to 30, 20 in the mean: twice as much.
    let mut rows = vec![revenue(1, true, 30.0), revenue(1, true, 50.0)];
    rows.extend([10.0, 15.0, 20.0, 25.0, 30.0].map(|taken| revenue(2, false, taken)));
    // Another's brand does not count.
    rows.push(revenue(3, true, 900.0));
    let found = revenue_premium(&rows, 1).unwrap();
    assert!((found.value - 1.0).abs() < 1e-12);
    // Variance of own mean 100, of peers' 12.5: (100 + 12.5 * 4) / 400.
    assert!(
        (found.sd - (150.0_f64 / 400.0).sqrt()).abs() < 1e-12,
        "{found:?}"
    );
}

#[test]
fn revenue_premium_abstains_without_peers() {
    assert_eq!(revenue_premium(&[], 1), None);
    let mut rows = vec![revenue(1, true, 30.0)];
    rows.extend([10.0; 4].map(|taken| revenue(2, false, taken)));
    assert_eq!(revenue_premium(&rows, 1), None);
    rows.push(revenue(2, false, f64::NAN));
    assert_eq!(revenue_premium(&rows, 1), None);
    rows.push(revenue(2, false, 10.0));
    let found = revenue_premium(&rows, 1).unwrap();
    assert!((found.value - 2.0).abs() < 1e-12 && found.sd == 0.0);
    let nothing: Vec<Revenue> = (0..6).map(|n| revenue(n, false, 0.0)).collect();
    assert_eq!(revenue_premium(&nothing, 0), None);
}
