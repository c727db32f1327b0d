//! Words of sentences about campaigns.

use super::evidence::Facts;
use super::marks::Mark;

/// Code, words for one and for several reviews, and the least that a mark adds: many campaigns go
/// without copies or throw-away accounts, and removals come late.
pub(super) const fn mark_words(mark: Mark) -> (&'static str, [&'static str; 2], f64) {
    match mark {
        Mark::OneTime => (
            "campaign.one_time_authors",
            [
                "is the only one of its author",
                "are the only ones of their authors",
            ],
            -0.4,
        ),
        Mark::Unverified => (
            "campaign.unverified",
            [
                "comes without a confirmed purchase",
                "come without a confirmed purchase",
            ],
            -0.4,
        ),
        Mark::Copied => (
            "campaign.copied",
            [
                "shares its wording with others",
                "share their wording with others",
            ],
            -0.3,
        ),
        Mark::Extreme => (
            "campaign.extreme",
            ["has 1 or 5 stars", "have 1 or 5 stars"],
            -1.0,
        ),
        Mark::Removed => (
            "campaign.removed",
            [
                "was taken down by the platform",
                "were taken down by the platform",
            ],
            0.0,
        ),
    }
}

/// A number of reviews.
pub(super) fn reviews(count: u32) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} review{ending}")
}

/// How far the reviews exceed what was to be expected, as a sentence to begin with.
pub(super) fn opening(facts: &Facts) -> String {
    format!(
        "{} reviews came where {} were to be expected",
        facts.size,
        expected(facts.expected)
    )
}

/// An expected number of reviews: none is never said, as nothing is impossible.
pub(super) fn expected(expected: f64) -> String {
    if expected >= 0.95 {
        format!("{expected:.1}")
    } else if expected >= 0.01 {
        format!("{expected:.2}")
    } else {
        "fewer than 0.01".to_owned()
    }
}
