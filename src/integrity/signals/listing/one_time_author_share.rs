//! Measures the share of a listing's positive, or negative, reviews whose authors wrote no other review.

use super::super::Signal;
use super::{BothPolarities, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::Family;
use crate::integrity::wording::percent;
use crate::state::{ListingSignal, Polarity};

const BOTH: BothPolarities = BothPolarities {
    family: Family::Author,
    version: 1,
    support: Support::OneTime,
    definition: "Share of its {reviews} whose author has no other review on the marketplace. \
                 Compared with listings of similar size in its peer group.",
    unit: "share, 0 to 1",
};

pub(super) const POSITIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Positive,
    "listing.one_time_author_share",
    |value| fact(value, "positive reviews"),
    |listing| listing.counted(ListingSignal::OneTimeAuthorShare),
    "A third and more of honest authors write once, and a young marketplace has no other authors.",
    "Xie et al., KDD 2012 (singleton reviews); ReviewMeta, one-hit wonders.",
);

pub(super) const NEGATIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Negative,
    "listing.attack.one_time_author_share",
    |value| fact(value, "negative reviews"),
    |listing| listing.counted(ListingSignal::NegativeOneTimeAuthorShare),
    "Disappointment makes people write their first review.",
    "Xie et al., KDD 2012; Mayzlin, Dover and Chevalier, AER 104, 2014.",
);

fn fact(value: f64, reviews: &str) -> String {
    format!(
        "{} of its {reviews} come from authors with no other review",
        percent(value)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn one_time_authors_of_positive_reviews_are_counted() {
        let mut market = MarketFixture::crowd();
        for n in 0..10 {
            market.review(ReviewDraft {
                author: format!("new{n}"),
                ..ReviewDraft::default()
            });
        }
        market.review(ReviewDraft {
            author: "often1".to_owned(),
            ..ReviewDraft::default()
        });
        let (value, tail) = market.on_listing("mine", &POSITIVE).expect("read");
        assert!(
            (value - 10.0 / 11.0).abs() < 1e-12 && tail < 0.1,
            "{value} {tail}"
        );
    }

    #[test]
    fn one_time_authors_of_negative_reviews_are_counted() {
        let mut market = MarketFixture::crowd();
        market.add_negative_peers();
        for n in 0..6 {
            market.review(ReviewDraft {
                author: format!("rival{n}"),
                stars: 1,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &NEGATIVE).expect("read");
        assert!(value == 1.0 && tail < 0.2, "{value} {tail}");
    }
}
