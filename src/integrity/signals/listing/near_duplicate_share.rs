//! Measures the share of a listing's positive, or negative, reviews that share their wording.

use super::super::Signal;
use super::{BothPolarities, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::Family;
use crate::integrity::wording::percent;
use crate::state::{ListingSignal, Polarity};

const BOTH: BothPolarities = BothPolarities {
    family: Family::Text,
    version: 1,
    support: Support::Duplicate,
    definition: "Share of its {reviews} of at least five words that have a near-duplicate \
                 anywhere among {reviews}. Compared with listings of similar size in its peer \
                 group.",
    unit: "share, 0 to 1",
};

pub(super) const POSITIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Positive,
    "listing.near_duplicate_share",
    |value| fact(value, "positive reviews"),
    |listing| listing.counted(ListingSignal::NearDuplicateShare),
    "Honest texts share their wording by accident, once in a while.",
    "Jindal and Liu, WSDM 2008; ReviewMeta, phrase repetition.",
);

pub(super) const NEGATIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Negative,
    "listing.attack.near_duplicate_share",
    |value| fact(value, "negative reviews"),
    |listing| listing.counted(ListingSignal::NegativeNearDuplicateShare),
    "Honest texts share their wording by accident, once in a while.",
    "Jindal and Liu, WSDM 2008.",
);

fn fact(value: f64, reviews: &str) -> String {
    format!(
        "{} of its longer {reviews} share their wording with another review",
        percent(value)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn near_duplicate_positive_reviews_are_counted() {
        let mut market = MarketFixture::crowd();
        for n in 0..8 {
            let body = if n < 6 {
                "works very well and looks good too".to_owned()
            } else {
                crate::integrity::signals::fixture::words(500 + n)
            };
            market.review(ReviewDraft {
                author: format!("c{n}"),
                body,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &POSITIVE).expect("read");
        assert!(value == 0.75 && tail < 0.1, "{value} {tail}");
    }

    #[test]
    fn near_duplicate_negative_reviews_are_counted() {
        let mut market = MarketFixture::crowd();
        for listing in [
            "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12",
        ] {
            for n in 0..6 {
                let body = format!("{listing} broke {n} times in {n} weeks at {listing}");
                market.review(ReviewDraft {
                    listing,
                    author: format!("u{listing}{n}"),
                    stars: 1,
                    body,
                    ..ReviewDraft::default()
                });
            }
        }
        for n in 0..6 {
            let body = "broke on the first day never buy this".to_owned();
            market.review(ReviewDraft {
                author: format!("rival{n}"),
                stars: 1,
                body,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &NEGATIVE).expect("read");
        assert!(value == 1.0 && tail < 0.2, "{value} {tail}");
    }
}
