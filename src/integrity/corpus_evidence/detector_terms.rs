//! The terms that the corpus detector adds to a score: their definitions and sentences.

use crate::integrity::detect::DetectorTerm;
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Comparison, Fact, Family, Spec, Wording};

/// In the order of [`DetectorTerm::ALL`].
pub(super) static SPECS: [Spec; DetectorTerm::ALL.len()] = [
    spec("author.activity", |times| {
        likelihood(
            "the author's number of reviews and of days with reviews is",
            times,
        )
    }),
    spec("author.span", |times| {
        likelihood(
            "the time between the author's first and last review is",
            times,
        )
    }),
    spec("author.silence", |times| {
        likelihood("the time since the author's last review is", times)
    }),
    spec("author.listings", |times| {
        likelihood(
            "the share of single-use accounts among new reviewers of the author's listings is",
            times,
        )
    }),
    spec("author.stars", |times| {
        likelihood(
            "the author's rating, next to those of established authors of the same listings, is",
            times,
        )
    }),
    spec("author.place", |times| {
        likelihood(
            "the time at which the author reviewed the listings is",
            times,
        )
    }),
    spec("author.size", |times| {
        likelihood("the number of reviews of the author's listings is", times)
    }),
];

const fn spec(code: &'static str, fact: Fact) -> Spec {
    let comparison = Comparison::None;
    Spec {
        support: Some(Support::Any),
        ..Spec::new(code, Family::Corpus, Wording::Value { fact, comparison })
    }
}

/// How many times as likely a fact is for a single-use account as for a regular author.
fn likelihood(fact: &str, times: f64) -> String {
    format!("{fact} {times:.2} times as likely for a single-use account as for a regular author")
}

/// All definitions, for the table of sentences.
#[cfg(test)]
pub(in crate::integrity) fn detector_specs() -> &'static [Spec] {
    &SPECS
}
