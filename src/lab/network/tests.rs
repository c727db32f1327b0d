//! Both inferences against enumeration, against other orders, and on difficult graphs.

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::stats::logistic;

/// A network that owns its numbers.
#[derive(Clone, Debug)]
struct World {
    reviewer_of: Vec<u32>,
    cell_of: Vec<u32>,
    reviews: Vec<f64>,
    reviewers: Vec<f64>,
    cells: Vec<f64>,
}

impl World {
    fn graph(&self) -> Graph {
        let (reviewers, cells) = (self.reviewers.len(), self.cells.len());
        Graph::new(&self.reviewer_of, &self.cell_of, reviewers, cells).unwrap()
    }

    fn priors(&self) -> Priors<'_> {
        Priors {
            reviews: &self.reviews,
            reviewers: &self.reviewers,
            cells: &self.cells,
        }
    }

    fn speagle(&self, threads: usize) -> Beliefs {
        speagle(&self.graph(), self.priors(), Potentials::default(), threads).unwrap()
    }

    fn pass(&self, threads: usize) -> Pass {
        propagate(&self.graph(), self.priors(), Options::default(), threads).unwrap()
    }

    fn network(&self, threads: usize) -> Beliefs {
        self.pass(threads).beliefs(&self.graph())
    }

    /// The same network with rows, reviewers and cells numbered backwards.
    fn backwards(&self) -> Self {
        let flip = |numbers: &[u32], count: usize| -> Vec<u32> {
            numbers
                .iter()
                .rev()
                .map(|number| count as u32 - 1 - number)
                .collect()
        };
        let reverse = |values: &[f64]| values.iter().rev().copied().collect();
        Self {
            reviewer_of: flip(&self.reviewer_of, self.reviewers.len()),
            cell_of: flip(&self.cell_of, self.cells.len()),
            reviews: reverse(&self.reviews),
            reviewers: reverse(&self.reviewers),
            cells: reverse(&self.cells),
        }
    }
}

fn reversed(beliefs: Beliefs) -> Beliefs {
    let reverse = |values: Vec<f64>| values.into_iter().rev().collect();
    Beliefs {
        reviews: reverse(beliefs.reviews),
        reviewers: reverse(beliefs.reviewers),
        cells: reverse(beliefs.cells),
    }
}

/// Makes a chain of two listings and three reviewers, without a loop.
fn tree() -> World {
    World {
        reviewer_of: vec![0, 1, 1, 2],
        cell_of: vec![0, 0, 1, 1],
        reviews: vec![0.7, 0.2, 0.4, 0.1],
        reviewers: vec![0.3, 0.6, 0.45],
        cells: vec![0.4, 0.55],
    }
}

/// Returns the marginals of all nodes (reviews, reviewers, cells) by summing over every joint
/// state.
fn enumerate(world: &World, potentials: Potentials) -> Vec<f64> {
    let priors: Vec<f64> = [&world.reviews, &world.reviewers, &world.cells]
        .into_iter()
        .flatten()
        .copied()
        .collect();
    let (rows, reviewers) = (world.reviews.len(), world.reviewers.len());
    let mut weights = vec![0.0; priors.len()];
    let mut total = 0.0;
    for state in 0..1_u32 << priors.len() {
        let on = |node: usize| state >> node & 1 == 1;
        let agree = |a: usize, b: usize, e: f64| if on(a) == on(b) { 1.0 - e } else { e };
        let mut weight: f64 = priors
            .iter()
            .enumerate()
            .map(|(i, p)| if on(i) { *p } else { 1.0 - p })
            .product();
        for row in 0..rows {
            let reviewer = rows + world.reviewer_of[row] as usize;
            let cell = rows + reviewers + world.cell_of[row] as usize;
            weight *= agree(row, reviewer, potentials.reviewer_review);
            weight *= agree(row, cell, potentials.review_cell);
        }
        total += weight;
        for (node, sum) in weights.iter_mut().enumerate() {
            *sum += if on(node) { weight } else { 0.0 };
        }
    }
    weights.into_iter().map(|weight| weight / total).collect()
}

/// One start needs one sweep in and one out; two starts need four sweeps.
#[test]
fn speagle_is_exact_on_a_tree() {
    let mut one_start = tree();
    one_start.reviewer_of.push(1);
    one_start.cell_of.push(2);
    one_start.reviews.push(0.65);
    one_start.cells.push(0.8);
    for (world, sweeps) in [(one_start, 2), (tree(), 4)] {
        let potentials = Potentials {
            reviewer_review: 0.05,
            review_cell: 0.2,
            sweeps,
        };
        let beliefs = speagle(&world.graph(), world.priors(), potentials, 1).unwrap();
        let all = [beliefs.reviews, beliefs.reviewers, beliefs.cells].concat();
        for (belief, exact) in all.iter().zip(enumerate(&world, potentials)) {
            assert!(
                (logistic(*belief) - exact).abs() < 1e-6,
                "{belief} is not {exact}"
            );
        }
    }
}

#[test]
fn single_review_keeps_its_base_rate() {
    let world = World {
        reviewer_of: vec![0],
        cell_of: vec![0],
        reviews: vec![0.2],
        reviewers: vec![0.9],
        cells: vec![0.5],
    };
    let beliefs = world.network(1);
    assert!((logistic(beliefs.reviews[0]) - 0.2).abs() < 1e-6);
    assert_eq!(beliefs.reviews, beliefs.reviewers);
    // A cell adds ten reviews at the base rate to its own, which is at that rate too.
    assert!((logistic(beliefs.cells[0]) - 0.2).abs() < 1e-6);
}

/// All cells have one review, so the evidence can be computed by hand.
#[test]
fn beliefs_match_values_by_hand() {
    let world = World {
        reviewer_of: vec![0, 1, 1],
        cell_of: vec![0, 1, 2],
        reviews: vec![0.3, 0.3, 0.3],
        reviewers: vec![0.5, 0.5],
        cells: vec![0.5; 3],
    };
    let beliefs = world.network(1);
    // They differ only in the number of reviews: by half of 2.5 ln 2.
    let apart = beliefs.reviews[0] - beliefs.reviews[1];
    assert!(
        (apart - 0.5 * 2.5 * std::f64::consts::LN_2).abs() < 1e-6,
        "{apart}"
    );
    let mean = beliefs.reviews.iter().map(|x| logistic(*x)).sum::<f64>() / 3.0;
    assert!((mean - 0.3).abs() < 1e-6);
}

#[test]
fn suspect_cells_raise_beliefs_and_volume_does_not() {
    // Reviewers 0 to 4 share cell 0 with suspects, 5 to 9 share cell 1 with none.
    let rows = 20_u32;
    let reviews: Vec<f64> = (0..rows)
        .map(|row| if (5..10).contains(&row) { 0.8 } else { 0.1 })
        .collect();
    let world = World {
        reviewer_of: (0..rows).collect(),
        cell_of: (0..rows).map(|row| row / 10).collect(),
        reviews,
        reviewers: vec![0.2; rows as usize],
        cells: vec![0.5; 2],
    };
    let beliefs = world.network(1);
    assert!(
        beliefs.reviews[0] > beliefs.reviews[10] + 0.1,
        "{:?}",
        beliefs.reviews
    );
    assert!(beliefs.cells[0] > beliefs.cells[1]);
    // Five suspect reviews of one account weigh like one, except for their number.
    let account = |count: u32| {
        let mut world = world.clone();
        world.reviewer_of[5..5 + count as usize].fill(5);
        world.network(1).reviewers[5]
    };
    assert!(account(5) < account(1) && account(5) > account(1) - 0.5 * 2.5 * 1.61 - 0.5);
}

#[test]
fn invalid_networks_are_refused() {
    let refused =
        |reviewers: &[u32], cells: &[u32]| Graph::new(reviewers, cells, 2, 2).unwrap_err();
    let what = "reviewer";
    let number = NetworkError::Number {
        what,
        row: 1,
        number: 2,
        count: 2,
    };
    assert_eq!(refused(&[0, 2], &[0, 0]), number);
    assert!(
        refused(&[0, 1], &[0, u32::MAX])
            .to_string()
            .starts_with("cell of row 1")
    );
    assert!(matches!(
        refused(&[0, 1], &[0]),
        NetworkError::Length {
            got: 1,
            want: 2,
            ..
        }
    ));
    let huge = Graph::new(&[], &[], usize::MAX, 1).unwrap_err();
    assert!(matches!(huge, NetworkError::Size(_)));
    for wrong in [f64::NAN, -0.1, 1.5, f64::INFINITY] {
        let mut world = tree();
        world.reviewers[1] = wrong;
        let graph = world.graph();
        let error = speagle(&graph, world.priors(), Potentials::default(), 1).unwrap_err();
        assert!(error.to_string().starts_with("prior of reviewer 1"));
        assert!(propagate(&graph, world.priors(), Options::default(), 1).is_err());
    }
    let mut world = tree();
    world.cells.pop();
    let priors = world.priors();
    let error = propagate(&tree().graph(), priors, Options::default(), 1).unwrap_err();
    assert!(matches!(
        error,
        NetworkError::Length {
            what: "cell",
            got: 1,
            want: 2
        }
    ));
}

#[test]
fn empty_network_has_no_beliefs() {
    let world = World {
        reviewer_of: vec![],
        cell_of: vec![],
        reviews: vec![],
        reviewers: vec![0.5; 3],
        cells: vec![],
    };
    for beliefs in [world.network(2), world.speagle(2)] {
        assert!(beliefs.reviews.is_empty() && beliefs.cells.is_empty());
        assert!(beliefs.reviewers.iter().all(|belief| belief.is_finite()));
    }
}

/// Makes a heavy-tailed network: a few reviewers and cells have most reviews, many have one or
/// none.
fn heavy(seed: u64, rows: usize) -> World {
    let mut dice = Pcg64Mcg::seed_from_u64(seed);
    let mut unit = move || f64::from(dice.next_u32()) / 4_294_967_296.0;
    let (reviewers, cells) = (rows / 2 + 1, rows / 20 + 1);
    let mut skewed = |count: usize| (libm::pow(count as f64, unit()) as u32).min(count as u32 - 1);
    let reviewer_of: Vec<u32> = (0..rows).map(|_| skewed(reviewers)).collect();
    let cell_of = (0..rows).map(|_| skewed(cells)).collect();
    let mut dice = Pcg64Mcg::seed_from_u64(!seed);
    let mut prior = move || {
        let unit = f64::from(dice.next_u32()) / 4_294_967_296.0;
        0.01 + 0.8 * unit * unit * unit
    };
    World {
        reviewer_of,
        cell_of,
        reviews: (0..rows).map(|_| prior()).collect(),
        reviewers: (0..reviewers).map(|_| prior()).collect(),
        cells: (0..cells).map(|_| prior()).collect(),
    }
}

#[test]
fn beliefs_do_not_depend_on_threads_or_numbering() {
    let world = heavy(7, 20_000);
    assert_eq!(world.pass(1), world.pass(2));
    assert_eq!(world.speagle(1), world.speagle(2));
    let turned = world.backwards();
    assert_eq!(reversed(turned.network(2)), world.network(1));
    assert_eq!(reversed(turned.speagle(2)), world.speagle(1));
    let pass = world.pass(1);
    assert!(pass.converged && pass.sweeps < 20, "{}", pass.sweeps);
}

/// Messages could oscillate in dense blocks, and must converge.
#[test]
fn dense_block_converges() {
    let mut world = heavy(3, 2_000);
    let base = world.reviewers.len() as u32;
    world.reviewers.extend([0.5; 30]);
    world.cells.extend([0.5; 30]);
    let cells = world.cells.len() as u32;
    for reviewer in 0..30 {
        for cell in 0..30 {
            world.reviewer_of.push(base + reviewer);
            world.cell_of.push(cells - 1 - cell);
            world.reviews.push(0.6);
        }
    }
    let pass = world.pass(2);
    assert!(pass.converged, "{} sweeps", pass.sweeps);
    let beliefs = pass.beliefs(&world.graph());
    let honest = beliefs.reviewers[..base as usize].iter().sum::<f64>() / f64::from(base);
    assert!(
        beliefs.reviewers[base as usize] > honest,
        "{:?}",
        beliefs.reviewers[base as usize]
    );
}

fn worlds() -> impl Strategy<Value = World> {
    let prior = || prop_oneof![Just(0.0), Just(1.0), Just(0.5), 0.0..=1.0_f64, Just(1e-300)];
    (1..8_usize, 1..6_usize, 0..30_usize).prop_flat_map(move |(reviewers, cells, rows)| {
        (
            prop::collection::vec(0..reviewers as u32, rows),
            prop::collection::vec(0..cells as u32, rows),
            prop::collection::vec(prior(), rows),
            prop::collection::vec(prior(), reviewers),
            prop::collection::vec(prior(), cells),
        )
            .prop_map(|(reviewer_of, cell_of, reviews, reviewers, cells)| World {
                reviewer_of,
                cell_of,
                reviews,
                reviewers,
                cells,
            })
    })
}

proptest! {
    #[test]
    fn beliefs_are_finite_for_any_graph(world in worlds()) {
        for beliefs in [world.network(1), world.speagle(1)] {
            let all = [beliefs.reviews, beliefs.reviewers, beliefs.cells].concat();
            prop_assert!(all.iter().all(|belief| belief.is_finite()), "{:?}", all);
        }
    }

    #[test]
    fn beliefs_do_not_depend_on_numbering(world in worlds()) {
        let turned = world.backwards();
        prop_assert_eq!(reversed(turned.network(1)), world.network(2));
        prop_assert_eq!(reversed(turned.speagle(1)), world.speagle(2));
    }
}
