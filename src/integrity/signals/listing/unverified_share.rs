//! Measures the share of a listing's positive, or negative, reviews without a confirmed purchase.

use super::super::Signal;
use super::{BothPolarities, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::Family;
use crate::integrity::wording::percent;
use crate::state::{ListingSignal, Polarity};

const BOTH: BothPolarities = BothPolarities {
    family: Family::Provenance,
    version: 1,
    support: Support::Unverified,
    definition: "Share of its {reviews} whose purchase the platform denies, where that is known. \
                 Compared with listings of similar size in its peer group.",
    unit: "share, 0 to 1",
};

pub(super) const POSITIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Positive,
    "listing.unverified_share",
    |value| fact(value, "positive reviews"),
    |listing| listing.counted(ListingSignal::UnverifiedShare),
    "Products that are also sold elsewhere get positive reviews from people who bought them \
     there.",
    "ReviewMeta, unverified purchases.",
);

pub(super) const NEGATIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Negative,
    "listing.attack.unverified_share",
    |value| fact(value, "negative reviews"),
    |listing| listing.counted(ListingSignal::NegativeUnverifiedShare),
    "A person who was given a bad present writes a negative review without a purchase.",
    "ReviewMeta, unverified purchases; Mayzlin, Dover and Chevalier, AER 104, 2014.",
);

fn fact(value: f64, reviews: &str) -> String {
    format!(
        "{} of its {reviews} have no confirmed purchase, counting only those where this is known",
        percent(value)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn unknown_purchases_do_not_count() {
        let mut market = MarketFixture::crowd();
        for (n, verified) in (0..7).zip([
            Some(false),
            Some(false),
            Some(false),
            Some(true),
            Some(false),
            None,
            None,
        ]) {
            market.review(ReviewDraft {
                author: format!("v{n}"),
                verified,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &POSITIVE).expect("read");
        assert!(value == 0.8 && tail < 0.1, "{value} {tail}");
    }

    #[test]
    fn unverified_negative_reviews_are_counted() {
        let mut market = MarketFixture::crowd();
        market.add_negative_peers();
        for n in 0..6 {
            market.review(ReviewDraft {
                author: format!("rival{n}"),
                stars: 1,
                verified: Some(n == 0),
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &NEGATIVE).expect("read");
        assert!(
            (value - 5.0 / 6.0).abs() < 1e-12 && tail < 0.2,
            "{value} {tail}"
        );
    }
}
