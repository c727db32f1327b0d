//! The terms that a subject's reviews add to its score: their definitions and sentences.

use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Comparison, Fact, Family, Spec, Wording};
use crate::state::Polarity;

/// On a listing or a seller: its positive reviews.
pub(super) static MANIPULATED: Spec = spec(
    "listing.reviews",
    |times| as_often("positive", times),
    Polarity::Positive,
);

/// On a listing or a seller: its negative reviews.
pub(super) static ATTACKED: Spec = spec(
    "listing.attack.reviews",
    |times| as_often("negative", times),
    Polarity::Negative,
);

const fn spec(code: &'static str, fact: Fact, polarity: Polarity) -> Spec {
    let comparison = Comparison::None;
    Spec {
        support: Some(Support::Up),
        polarity: Some(polarity),
        ..Spec::new(code, Family::Corpus, Wording::Value { fact, comparison })
    }
}

/// How often the reviews look manipulated, against those of the marketplace.
fn as_often(polarity: &str, times: f64) -> String {
    let reviews = format!("its {polarity} reviews, each taken by itself,");
    match times {
        ..0.95 => format!("{reviews} look manipulated less often than is usual on its marketplace"),
        ..1.15 => {
            format!("{reviews} look manipulated about as often as is usual on its marketplace")
        }
        _ => format!(
            "{reviews} look manipulated {times:.1} times as often as is usual on its marketplace"
        ),
    }
}

/// All definitions, for the table of sentences.
#[cfg(test)]
pub(in crate::integrity) fn share_specs() -> [&'static Spec; 2] {
    [&MANIPULATED, &ATTACKED]
}
