//! The terms that the corpus detector adds to a score: their definitions and sentences.

use crate::integrity::detect::DetectorTerm;
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Comparison, Fact, Family, Spec, Wording};

/// In the order of [`DetectorTerm::ALL`].
pub(super) static SPECS: [Spec; DetectorTerm::ALL.len()] = [
    spec("author.activity", |times| {
        likelihood("how much the author wrote, and at how many sittings", times)
    }),
    spec("author.span", |times| {
        likelihood("how little of its time the author's reviews span", times)
    }),
    spec("author.silence", |times| {
        likelihood("how long the author has been silent since", times)
    }),
    spec("author.listings", |times| {
        likelihood(
            "the share of throw-away accounts among the listings' newcomers",
            times,
        )
    }),
    spec("author.stars", |times| {
        likelihood(
            "the author's stars beside those of the listings' established authors",
            times,
        )
    }),
    spec("author.place", |times| {
        likelihood("how early in its listings' time the author wrote", times)
    }),
    spec("author.size", |times| {
        likelihood("how few reviews the author's listings have", times)
    }),
];

const fn spec(code: &'static str, fact: Fact) -> Spec {
    let comparison = Comparison::None;
    Spec {
        support: Some(Support::Any),
        ..Spec::new(code, Family::Corpus, Wording::Value { fact, comparison })
    }
}

/// How many times as likely a throw-away account makes a fact as an honest author does.
fn likelihood(fact: &str, times: f64) -> String {
    format!("{fact}: {times:.2} times as likely of a throw-away account as of an honest author")
}
