//! Updates between full passes against full passes.

use super::{World, heavy, tree};
use crate::lab::network::{Beliefs, Live};
use crate::stats::logistic;

/// Share of nodes whose probability differs by more than 0.01.
fn apart(live: &Live, full: &Beliefs) -> f64 {
    let differ = |a: Option<f64>, b: &f64| (logistic(a.unwrap()) - logistic(*b)).abs() > 0.01;
    let count = |far: &mut dyn Iterator<Item = bool>| far.filter(|far| *far).count();
    let numbered = |values: &[f64]| (0..values.len() as u32).collect::<Vec<_>>();
    let reviews = numbered(&full.reviews).into_iter().zip(&full.reviews);
    let reviewers = numbered(&full.reviewers).into_iter().zip(&full.reviewers);
    let cells = numbered(&full.cells).into_iter().zip(&full.cells);
    let far = count(&mut reviews.map(|(n, b)| differ(live.review(n), b)))
        + count(&mut reviewers.map(|(n, b)| differ(live.reviewer(n), b)))
        + count(&mut cells.map(|(n, b)| differ(live.cell(n), b)));
    far as f64 / (full.reviews.len() + full.reviewers.len() + full.cells.len()) as f64
}

/// Holds the last reviews back, adds them one by one, and compares with a pass over everything.
fn added_one_by_one(whole: &World, held: usize, budget: u32) -> f64 {
    let mut start = whole.clone();
    let kept = whole.reviews.len() - held;
    start.reviewer_of.truncate(kept);
    start.cell_of.truncate(kept);
    start.reviews.truncate(kept);
    let mut live = Live::new(start.graph(), start.pass(1), 0.005);
    for row in kept..whole.reviews.len() {
        let (reviewer, cell) = (whole.reviewer_of[row], whole.cell_of[row]);
        let added = live.add_review(reviewer, cell, whole.reviews[row]).unwrap();
        assert_eq!(added as usize, row);
        live.settle(budget);
    }
    apart(&live, &whole.network(1))
}

#[test]
fn local_updates_follow_the_full_pass() {
    let whole = heavy(11, 6_000);
    let one = added_one_by_one(&whole, 1, 1_000);
    assert!(one <= 0.01, "{one} of the nodes are off");
    let (settled, silent) = (
        added_one_by_one(&whole, 300, 1_000),
        added_one_by_one(&whole, 300, 0),
    );
    assert!(
        settled <= 0.01 && settled < silent,
        "{settled} with, {silent} without updates"
    );
}

#[test]
fn newcomers_are_taken_up() {
    let world = tree();
    let mut live = Live::new(world.graph(), world.pass(1), 1e-6);
    assert!(live.is_settled());
    let reviewer = live.add_reviewer(0.9).unwrap();
    let cell = live.add_cell();
    let row = live.add_review(reviewer, cell, 0.9).unwrap();
    let alone = live.review(row).unwrap();
    let company = live.add_review(0, cell, 0.95).unwrap();
    assert!(live.settle(10_000) > 0 && live.is_settled());
    assert!(live.review(row).unwrap() > alone);
    assert_eq!(live.review(company), live.reviewer(0));
    assert_eq!(live.reviews(), 6);
    assert!(live.add_review(99, cell, 0.5).is_err());
    assert!(live.add_review(0, 99, 0.5).is_err());
    assert!(live.add_review(0, cell, f64::NAN).is_err());
    assert!(live.add_reviewer(2.0).is_err());
    assert_eq!((live.cell(99), live.reviewer(99)), (None, None));
    assert_eq!(live.reviews(), 6);
}

#[test]
fn a_budget_bounds_the_work() {
    let world = heavy(5, 6_000);
    let mut live = Live::new(world.graph(), world.pass(1), 1e-9);
    for _ in 0..50 {
        live.add_review(1, 1, 0.99).unwrap();
    }
    let mut sent = 0;
    for _ in 0..100 {
        sent += live.settle(20);
    }
    // At most the budgets, and one node beyond them.
    assert!(sent > 0 && sent <= 2_000 + 6_050, "{sent}");
}
