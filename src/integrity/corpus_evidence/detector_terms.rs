//! The terms that the corpus detector adds to a score: their definitions and sentences.

use crate::integrity::detect::DetectorTerm;
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Comparison, Fact, Family, Spec, Wording};

/// In the order of [`DetectorTerm::ALL`].
pub(super) static SPECS: [Spec; DetectorTerm::ALL.len()] = [
    spec("author.activity", |times| {
        how_common("this number of reviews and of days with reviews", times)
    }),
    spec("author.span", |times| {
        how_common(
            "this time between the author's first and last review",
            times,
        )
    }),
    spec("author.silence", |times| {
        how_common("this time since the author's last review", times)
    }),
    spec("author.listings", |times| {
        how_common(
            "this share of one-time authors on the author's listings",
            times,
        )
    }),
    spec("author.stars", |times| {
        how_common("this rating, next to others of the same listings,", times)
    }),
    spec("author.place", |times| {
        how_common("this place in the order of a listing's reviews", times)
    }),
    spec("author.size", |times| {
        how_common("this number of reviews on the author's listings", times)
    }),
];

const fn spec(code: &'static str, fact: Fact) -> Spec {
    let comparison = Comparison::None;
    Spec {
        support: Some(Support::Any),
        ..Spec::new(code, Family::Corpus, Wording::Value { fact, comparison })
    }
}

/// How much more common a fact is in one group of accounts than in the other. The factor is at least
/// 1, as "0.8 times as common" is hard to read.
fn how_common(fact: &str, times: f64) -> String {
    const ONCE: &str = "accounts used only once";
    const REGULAR: &str = "regular authors";
    let (more, less, factor) = if times < 1.0 {
        (REGULAR, ONCE, 1.0 / times)
    } else {
        (ONCE, REGULAR, times)
    };
    match factor {
        ..1.05 => format!("{fact} is about as common among {ONCE} as among {REGULAR}"),
        ..9.95 => format!("{fact} is {factor:.1} times as common among {more} as among {less}"),
        _ => format!("{fact} is {factor:.0} times as common among {more} as among {less}"),
    }
}

/// All definitions, for the table of sentences.
#[cfg(test)]
pub(in crate::integrity) fn detector_specs() -> &'static [Spec] {
    &SPECS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_below_one_is_told_from_the_other_side() {
        for (times, expected) in [
            (
                0.8,
                "it is 1.2 times as common among regular authors as among accounts used only once",
            ),
            (
                0.97,
                "it is about as common among accounts used only once as among regular authors",
            ),
            (
                1.7,
                "it is 1.7 times as common among accounts used only once as among regular authors",
            ),
            (
                0.02,
                "it is 50 times as common among regular authors as among accounts used only once",
            ),
        ] {
            assert_eq!(how_common("it", times), expected);
        }
    }
}
