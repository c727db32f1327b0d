//! Network inference on real reviews, and on ten million simulated ones.

use std::path::Path;
use std::time::Instant;

use goodstanding::lab::datasets::{NetworkTables, NetworkTruth, read_network};
use goodstanding::lab::evaluate::network::{Detectors, Judge};
use goodstanding::lab::network::{Beliefs, Graph, Options, Potentials, Priors, propagate, speagle};
use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;

fn yelp() -> Option<(NetworkTables, NetworkTruth)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/yelp-graph");
    if folder.is_dir() {
        Some(read_network(&folder).unwrap())
    } else {
        eprintln!("skipped: {} is not there", folder.display());
        None
    }
}

fn priors(tables: &NetworkTables) -> Priors<'_> {
    Priors {
        reviews: &tables.review_priors,
        reviewers: &tables.reviewer_priors,
        cells: &tables.listing_priors,
    }
}

fn graph(tables: &NetworkTables) -> Graph {
    let (reviewers, listings) = (tables.reviewer_priors.len(), tables.listing_priors.len());
    Graph::new(&tables.reviewer_of, &tables.listing_of, reviewers, listings).unwrap()
}

fn full_pass(tables: &NetworkTables) -> Beliefs {
    let graph = graph(tables);
    let pass = propagate(&graph, priors(tables), Options::default(), 2).unwrap();
    pass.beliefs(&graph)
}

#[test]
fn speagle_ranking_equals_that_of_the_toolbox() {
    let Some((tables, truth)) = yelp() else {
        return;
    };
    let detectors = Detectors::score(&tables, 2).unwrap();
    let judge = Judge::new(&tables, &truth);
    let agreement = judge.agreement(&detectors.speagle.reviews).unwrap();
    println!("Spearman {agreement:.6}");
    assert!(agreement >= 0.99);
    let measure = |scores| judge.report(scores, None).reviews;
    let (ours, theirs) = (measure(&detectors.network), measure(&detectors.speagle));
    assert!((theirs.ap.value.unwrap() - 0.302).abs() < 0.0015);
    assert!((theirs.auc.value.unwrap() - 0.766).abs() < 0.0015);
    assert!(ours.ap.value.unwrap() >= 0.31 && ours.auc.value.unwrap() >= 0.77);
    for (name, scores) in &detectors.baselines {
        let rule = measure(scores);
        assert!(
            ours.ap.value > rule.ap.value && ours.auc.value > rule.auc.value,
            "{name}"
        );
    }
}

#[test]
fn beliefs_do_not_depend_on_the_order_of_rows() {
    let Some((tables, _)) = yelp() else { return };
    let mut turned = tables.clone();
    turned.reviewer_of.reverse();
    turned.listing_of.reverse();
    turned.review_priors.reverse();
    let run = |tables: &NetworkTables| {
        let graph = graph(tables);
        let beliefs = speagle(&graph, priors(tables), Potentials::default(), 2).unwrap();
        (beliefs, full_pass(tables))
    };
    let (forward, backward) = (run(&tables), run(&turned));
    let back = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
    assert_eq!(forward.0.reviews, back(&backward.0.reviews));
    assert_eq!(forward.1.reviews, back(&backward.1.reviews));
    assert_eq!(forward.1.cells, backward.1.cells);
}

/// Makes a heavy-tailed marketplace. Half of the reviews are by accounts with few, and the other
/// reviews and all listings follow a power law.
fn marketplace(reviews: usize) -> NetworkTables {
    let mut dice = Pcg64Mcg::seed_from_u64(1);
    let mut unit = move || f64::from(dice.next_u32()) / 4_294_967_296.0;
    let (reviewers, listings) = (reviews * 4 / 10, reviews / 20);
    let mut tables = NetworkTables::default();
    for row in 0..reviews {
        let skewed = |count: usize, unit: f64| (libm::pow(count as f64, unit) as u32).max(1) - 1;
        let reviewer = if row % 2 == 0 {
            (unit() * reviewers as f64) as u32
        } else {
            skewed(reviewers, unit().sqrt())
        };
        tables.reviewer_of.push(reviewer);
        tables.listing_of.push(skewed(listings, unit().sqrt()));
        tables.review_priors.push(0.01 + 0.5 * unit() * unit());
    }
    tables.reviewer_priors = (0..reviewers).map(|_| 0.05 + 0.3 * unit()).collect();
    tables.listing_priors = vec![0.5; listings];
    tables
}

/// `cargo test --release network -- --ignored --nocapture`
#[test]
#[ignore = "ten million reviews; run it in a release build"]
fn ten_million_reviews_take_at_most_twenty_seconds() {
    for reviews in [1_000_000, 10_000_000] {
        let tables = marketplace(reviews);
        let begun = Instant::now();
        let graph = graph(&tables);
        let built = begun.elapsed().as_secs_f64();
        let pass = propagate(&graph, priors(&tables), Options::default(), 2).unwrap();
        let beliefs = pass.beliefs(&graph);
        let passed = begun.elapsed().as_secs_f64();
        let (sweeps, converged) = (pass.sweeps, pass.converged);
        println!("{reviews}: graph {built:.2} s, with pass {passed:.2} s, {sweeps} sweeps");
        assert!(converged && passed < 20.0 && beliefs.reviews.len() == reviews);
        let begun = Instant::now();
        speagle(&graph, priors(&tables), Potentials::default(), 2).unwrap();
        println!("{reviews}: SpEagle {:.2} s", begun.elapsed().as_secs_f64());
    }
}
