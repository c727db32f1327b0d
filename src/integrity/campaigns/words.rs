//! Words of sentences about campaigns.

use super::campaign_factors::CampaignFactors;
use super::marks::ReviewMark;
use super::reasons::Factor;

/// Factor, and words for one and for several reviews.
pub(super) const fn mark_words(mark: ReviewMark) -> (Factor, [&'static str; 2]) {
    match mark {
        ReviewMark::OneTime => (
            Factor::OneTimeAuthors,
            [
                "is its author's only review",
                "are their authors' only reviews",
            ],
        ),
        ReviewMark::Unverified => (
            Factor::Unverified,
            ["has no confirmed purchase", "have no confirmed purchase"],
        ),
        ReviewMark::Copied => (
            Factor::Copied,
            [
                "shares its wording with other reviews",
                "share their wording with other reviews",
            ],
        ),
        ReviewMark::Extreme => (Factor::Extreme, ["has 1 or 5 stars", "have 1 or 5 stars"]),
        ReviewMark::Removed => (
            Factor::Removed,
            [
                "was taken down by the platform",
                "were taken down by the platform",
            ],
        ),
        ReviewMark::NoOrder => (
            Factor::NoOrders,
            [
                "is by an author without a known order",
                "are by authors without a known order",
            ],
        ),
    }
}

/// A number of reviews.
pub(super) fn reviews(count: u32) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} review{ending}")
}

/// How far the reviews exceed what was to be expected, as a sentence to begin with.
pub(super) fn opening(facts: &CampaignFactors) -> String {
    format!(
        "{} reviews came where {} were expected",
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
