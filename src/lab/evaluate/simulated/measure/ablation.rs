//! Effect of each family of signals, and of each signal, on the order of assessments.

use std::collections::BTreeMap;

use super::{Played, Truth};
use crate::integrity::{Assessed, Term, own_signals, signals::catalogue};
use crate::lab::evaluate::simulated::Part;
use crate::stats::roc_auc;

/// Measures families and signals left out of the sum, and alone.
pub(super) fn ablation(played: &Played, truth: &Truth) -> Vec<Part> {
    let state = &played.state;
    let reviews = state
        .reviews()
        .numbered()
        .filter(|(_, review)| review.arrived())
        .map(|(row, _)| {
            (
                own_signals::assess_review(state, row),
                truth.is_planted(row),
            )
        });
    let mut parts = of("review", reviews);
    let reviewers = state.reviewers().numbers().map(|row| {
        (
            own_signals::assess_reviewer(state, row),
            truth.reviewers.contains(&row),
        )
    });
    parts.extend(of("reviewer", reviewers));
    let listings = state.listings().numbers().map(|row| {
        (
            own_signals::assess_listing(state, row),
            truth.listings.contains(&row),
        )
    });
    parts.extend(of("listing", listings));
    parts
}

/// The terms of all subjects of one kind, by family and by signal.
#[derive(Default)]
struct Sums {
    whole: Vec<f64>,
    labels: Vec<bool>,
    // Index of the subject, and the sum of its terms of that name.
    parts: BTreeMap<String, Vec<(usize, f64)>>,
}

fn of(subject: &'static str, all: impl Iterator<Item = (Assessed, bool)>) -> Vec<Part> {
    let mut sums = Sums::default();
    for (place, (assessed, label)) in all.enumerate() {
        sums.whole.push(assessed.fused.estimate.log_odds);
        sums.labels.push(label);
        for term in &assessed.fused.terms {
            for name in [term.spec.code.to_owned(), family(term)] {
                let held = sums.parts.entry(name).or_default();
                match held.last_mut().filter(|last| last.0 == place) {
                    Some(last) => last.1 += term.contribution,
                    None => held.push((place, term.contribution)),
                }
            }
        }
    }
    let whole = roc_auc(&sums.whole, &sums.labels);
    let codes = catalogue::entries()
        .into_iter()
        .map(|entry| entry.spec.code);
    let known = |name: &str| codes.clone().any(|code| code == name);
    let mut parts: Vec<Part> = sums
        .parts
        .iter()
        .map(|(name, terms)| {
            let (mut alone, mut without) = (vec![0.0; sums.whole.len()], sums.whole.clone());
            for (place, contribution) in terms {
                alone[*place] = *contribution;
                without[*place] -= contribution;
            }
            Part {
                subject,
                name: name.clone(),
                is_family: !known(name),
                whole,
                without: roc_auc(&without, &sums.labels),
                alone: roc_auc(&alone, &sums.labels),
                measured: terms.len() as f64 / sums.whole.len().max(1) as f64,
            }
        })
        .collect();
    parts.sort_by_key(|part| !part.is_family);
    parts
}

fn family(term: &Term) -> String {
    term.spec.family.name().to_owned()
}
