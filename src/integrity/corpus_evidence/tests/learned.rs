//! What a learned version makes of the detector's terms.

use super::*;
use crate::integrity::detect::Corpus;
use crate::integrity::detect::features::{Feature, visit};
use crate::integrity::fusion::Term;
use crate::integrity::learn::{Training, fit};
use crate::state::ReviewerIx;

/// A model with lines and curves over all that it may look at, learned from arbitrary labels.
fn lesson(state: &State) -> (Corpus, Vec<Feature>, Model) {
    let campaigns = Campaigns::find_unless(state, &Cancel::default()).unwrap();
    let (corpus, detection) = detected(state, &campaigns).unwrap();
    let mut features = Vec::new();
    visit(&corpus, &detection, &mut |column| {
        features.push(column.keep(0..corpus.reviews()));
    });
    let rows: Vec<u32> = (0..corpus.reviews() as u32).collect();
    let labels: Vec<bool> = rows
        .iter()
        .map(|row| {
            let author = corpus.reviewer_of(*row as usize);
            corpus.reviews_of(author) == 1 && !row.is_multiple_of(3)
        })
        .collect();
    let training = Training {
        rows: &rows,
        labels: &labels,
        listings: corpus.listing_numbers(),
    };
    let model = fit(&features, training).unwrap();
    (corpus, features, model)
}

#[test]
fn detector_terms_of_a_fitted_version_sum_to_its_model() {
    let state = state(&events(&planted()));
    let (corpus, features, model) = lesson(&state);
    model.check().unwrap();
    let expected = model.score(&features).unwrap();
    let learned = Learned {
        name: "a lesson".to_owned(),
        model,
    };
    let plain = CorpusEvidence::gather(&state);
    let cancel = Cancel::default();
    let evidence = CorpusEvidence::gather_by(&state, Some(&learned), &cancel).unwrap();
    assert_eq!(evidence.model_version(), "a lesson");
    assert_eq!(plain.model_version(), MODEL_VERSION);
    let (mut strata, mut moved) = ([0; 2], false);
    for author in 0..corpus.reviewers() {
        let rows = corpus.rows_of(author);
        if rows.is_empty() {
            continue;
        }
        strata[usize::from(rows.len() > 1)] += 1;
        let sum: f64 = rows.iter().map(|row| expected[*row as usize]).sum();
        let row = ReviewerIx::nth(author as u32);
        let terms = evidence.authors.of_author(row);
        let said = terms
            .iter()
            .fold(PRIOR_LOG_ODDS, |said, term| said + term.contribution);
        // Seven terms are kept in steps of a 256th.
        let off = (said - sum / rows.len() as f64).abs();
        assert!(off < 7.5 / 512.0, "author {author} is {off} off");
        moved |= evidence.authors.of_author(row) != plain.authors.of_author(row);
    }
    assert!(
        moved && strata.iter().all(|authors| *authors > 5),
        "{strata:?}"
    );
    for row in state.reviews().numbers() {
        assert!(is_sum(&evidence.assess_review(&state, row).fused));
    }
    // Listings rest on their reviews, so it moves them too.
    let risk = |evidence: &CorpusEvidence, row| {
        evidence.assess_listing(&state, row).fused.estimate.log_odds
    };
    let mut rows = (0..LISTINGS).map(ListingIx::nth);
    assert!(rows.any(|row| risk(&evidence, row) != risk(&plain, row)));
    // The same version again says the same.
    let again = plain.by(&state, &[None, Some(&learned)], &cancel).unwrap();
    for row in state.reviews().numbers() {
        let [none, some] = [0, 1].map(|place| again[place].assess_review(&state, row));
        assert_eq!(none, plain.assess_review(&state, row));
        assert_eq!(some, evidence.assess_review(&state, row));
    }
}

#[test]
fn new_author_scores_closer_to_one_time_authors() {
    let drafts = planted();
    let seen = state(&events(&drafts));
    let (corpus, _, model) = lesson(&seen);
    let learned = Learned {
        name: "a lesson".to_owned(),
        model,
    };
    let evidence = CorpusEvidence::gather_by(&seen, Some(&learned), &Cancel::default()).unwrap();
    let mut newcomer = *seen.reviews().get(ReviewIx::nth(0)).unwrap();
    newcomer.reviewer = ReviewerIx::new(seen.reviewers().len() + 1);
    let said = |terms: Vec<Term>| terms.iter().map(|term| term.contribution).sum::<f64>();
    let new = said(evidence.authors.of_review(&newcomer));
    // Labels here are those of one-review authors: a newcomer is closer to them.
    let mean = |several: bool| {
        let of = (0..corpus.reviewers())
            .filter(|author| !corpus.rows_of(*author).is_empty())
            .filter(|author| (corpus.rows_of(*author).len() > 1) == several)
            .map(|author| said(evidence.authors.of_author(ReviewerIx::nth(author as u32))));
        let all: Vec<f64> = of.collect();
        all.iter().sum::<f64>() / all.len() as f64
    };
    let (one, many) = (mean(false), mean(true));
    assert!((new - one).abs() < (new - many).abs(), "{new} {one} {many}");
}
