//! What must hold for every corpus.

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand_pcg::Pcg64Mcg;

use super::features::features;
use super::{BASE_RATE, Corpus, DetectorTerm, Review, Without, detect, on_arrival};
use crate::stats::logistic;
use crate::stats::roc_auc;

fn reviews() -> impl Strategy<Value = Vec<Review>> {
    let seconds = prop::option::of(0..400_000_000_i64);
    let review = (0..30_u32, 0..6_u32, 0..7_u8, seconds);
    let review = review.prop_map(|(reviewer, listing, stars, seconds)| Review {
        reviewer,
        listing,
        stars,
        seconds,
    });
    prop::collection::vec(review, 1..120)
}

fn all_scores(corpus: &Corpus) -> Vec<f64> {
    let detection = detect(corpus, Without::Nothing);
    let terms = detection.terms.iter().flatten().copied();
    let network = detect(corpus, Without::Network).reviewers;
    let arrival = on_arrival::score(corpus);
    let features = features(corpus);
    let values = features.iter().flat_map(|feature| &feature.values);
    // What a stratum does not say is not a number on purpose.
    let values = values.filter(|v| !v.is_nan()).map(|v| f64::from(*v));
    detection
        .reviewers
        .iter()
        .copied()
        .chain(terms)
        .chain(network)
        .chain(arrival)
        .chain(values)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scores_are_finite_and_equal_the_sum_of_terms(reviews in reviews()) {
        let corpus = Corpus::new(reviews.iter().copied());
        prop_assert!(all_scores(&corpus).iter().all(|score| score.is_finite()));
        let detection = detect(&corpus, Without::Nothing);
        for (reviewer, score) in detection.reviewers.iter().enumerate() {
            let terms: f64 = DetectorTerm::ALL.iter().map(|term| detection.term(*term, reviewer)).sum();
            prop_assert!((terms + detection.base - score).abs() < 1e-9);
        }
        let reviews = detection.reviews(&corpus);
        let mean = reviews.iter().map(|x| logistic(*x)).sum::<f64>() / reviews.len() as f64;
        prop_assert!((mean - BASE_RATE).abs() < 1e-6);
    }

    /// Neither the order of rows nor the numbering of authors and listings leaves a trace.
    #[test]
    fn scores_do_not_depend_on_row_order_or_ids(reviews in reviews(), seed in any::<u64>()) {
        let mut dice = Pcg64Mcg::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..reviews.len()).collect();
        let mut renamed = [(0..30).collect::<Vec<u32>>(), (0..6).collect()];
        for at in (1..order.len()).rev() {
            order.swap(at, dice.random_range(0..=at));
        }
        for names in &mut renamed {
            for at in (1..names.len()).rev() {
                names.swap(at, dice.random_range(0..=at));
            }
        }
        let other = Corpus::new(order.iter().map(|row| Review {
            reviewer: renamed[0][reviews[*row].reviewer as usize],
            listing: renamed[1][reviews[*row].listing as usize],
            ..reviews[*row]
        }));
        let corpus = Corpus::new(reviews.iter().copied());
        let close = |a: f64, b: f64| (a - b).abs() < 1e-7 || (a.is_nan() && b.is_nan());
        let (here, there) = (detect(&corpus, Without::Nothing), detect(&other, Without::Nothing));
        let (here, there) = (here.reviews(&corpus), there.reviews(&other));
        let arrivals = (on_arrival::score(&corpus), on_arrival::score(&other));
        for (new, old) in order.iter().enumerate() {
            prop_assert!(close(here[*old], there[new]));
            prop_assert!(close(arrivals.0[*old], arrivals.1[new]));
        }
        for (here, there) in features(&corpus).iter().zip(features(&other)) {
            for (new, old) in order.iter().enumerate() {
                let (a, b) = (f64::from(here.values[*old]), f64::from(there.values[new]));
                prop_assert!((a - b).abs() < 1e-4 || close(a, b), "{}: {a} {b}", here.name);
            }
        }
    }
}

#[test]
fn degenerate_corpora_are_scored() {
    assert!(all_scores(&Corpus::new([])).is_empty());
    let one = |reviewer, listing, seconds| Review {
        reviewer,
        listing,
        stars: 5,
        seconds,
    };
    let same_moment = (0..500).map(|row| one(row, 0, Some(7)));
    let one_author = (0..5000).map(|row| one(0, row % 3, None));
    let far_apart = [one(0, 0, Some(i64::MIN)), one(0, 0, Some(i64::MAX))];
    for corpus in [
        Corpus::new([one(0, 0, None)]),
        Corpus::new([one(3, 5, Some(-1))]),
        Corpus::new(same_moment),
        Corpus::new(one_author),
        Corpus::new(far_apart),
    ] {
        assert!(all_scores(&corpus).iter().all(|score| score.is_finite()));
    }
}

/// A market of 60 listings with 1,500 honest authors, from guests of one stay to regulars, and 300
/// throwaway authors who praise 10 of the listings or blame 5.
fn market(seed: u64) -> (Corpus, Vec<bool>) {
    let mut dice = Pcg64Mcg::seed_from_u64(seed);
    let mut reviews = Vec::new();
    let mut labels = Vec::new();
    let stars = |dice: &mut Pcg64Mcg, shares: [u32; 5]| {
        let drawn = dice.random_range(0..shares.iter().sum());
        let mut left = drawn;
        let star = shares.iter().position(|share| {
            let here = left < *share;
            left = left.saturating_sub(*share);
            here
        });
        star.unwrap_or(4) as u8 + 1
    };
    for reviewer in 0..1500 {
        let many = 1 + (8.0 / f64::from(dice.random_range(1..20_u32))) as u32;
        let start = dice.random_range(0..1500_i64);
        for visit in 0..i64::from(many) {
            reviews.push(Review {
                reviewer,
                listing: dice.random_range(0..60),
                stars: stars(&mut dice, [4, 8, 20, 40, 28]),
                seconds: Some((start + visit * dice.random_range(5..120)) * 86_400),
            });
            labels.push(false);
        }
    }
    for reviewer in 1500..1800 {
        let blame = dice.random_range(0..4) == 0;
        reviews.push(Review {
            reviewer,
            listing: if blame {
                dice.random_range(10..15)
            } else {
                dice.random_range(0..10)
            },
            stars: if blame { 1 } else { 5 },
            seconds: Some(dice.random_range(0..1500_i64) * 86_400),
        });
        labels.push(true);
    }
    (Corpus::new(reviews), labels)
}

#[test]
fn planted_single_use_accounts_score_above_others() {
    for seed in 0..3 {
        let (corpus, labels) = market(seed);
        let scores = detect(&corpus, Without::Nothing).reviews(&corpus);
        let auc = roc_auc(&scores, &labels).unwrap();
        assert!(auc > 0.9, "{auc}");
        let ones = |kept: &dyn Fn(usize) -> bool| {
            let rows: Vec<usize> = (0..corpus.reviews())
                .filter(|row| corpus.reviews_of(corpus.reviewer_of(*row)) == 1 && kept(*row))
                .collect();
            let scores: Vec<f64> = rows.iter().map(|row| scores[*row]).collect();
            let labels: Vec<bool> = rows.iter().map(|row| labels[*row]).collect();
            roc_auc(&scores, &labels).unwrap()
        };
        // Praise and blame are both told from honest one-review authors.
        let auc = [
            ones(&|row| !labels[row] || corpus.stars_of(row) == 5),
            ones(&|row| !labels[row] || corpus.stars_of(row) == 1),
        ];
        assert!(auc[0] > 0.85 && auc[1] > 0.85, "{auc:?}");
    }
}
