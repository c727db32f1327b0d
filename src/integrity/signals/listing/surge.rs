//! Measures how surprising a listing's busiest four weeks of positive, or negative, reviews are.

use super::super::Signal;
use super::{BothPolarities, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::Family;
use crate::integrity::wording::by_chance;
use crate::state::{ListingWalk, Polarity};

const BOTH: BothPolarities = BothPolarities {
    family: Family::Timing,
    version: 1,
    support: Support::BusiestWeek,
    definition: "As the burst, for its densest four weeks of {reviews}: some pushes are spread \
                 out to stay unseen. Compared with a sample of listings of similar size on the \
                 marketplace, whose weeks are also measured by how busy everybody was.",
    unit: "negative decimal logarithm of the probability",
};

pub(super) const POSITIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Positive,
    "listing.praise_surge",
    |value| fact(value, "positive reviews"),
    |listing| listing.walked(ListingWalk::PositiveSurge),
    "Seasonal products of a category rise together, which does not count. A lasting honest \
     success rises too.",
    "He, Hollenbeck and Proserpio, 2022 (campaigns last 23 days on average); Naus, JASA 77, 1982.",
);

pub(super) const NEGATIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Negative,
    "listing.attack.blame_surge",
    |value| fact(value, "negative reviews"),
    |listing| listing.walked(ListingWalk::NegativeSurge),
    "A change of supplier looks like this too.",
    "Mayzlin, Dover and Chevalier, AER 104, 2014; Naus, JASA 77, 1982.",
);

fn fact(value: f64, reviews: &str) -> String {
    format!("its busiest four weeks of {reviews} {}", by_chance(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn dense_month_of_positive_reviews_is_a_surge() {
        let mut market = MarketFixture::crowd();
        let at = |day, n| ReviewDraft {
            author: format!("b{n}"),
            day,
            ..ReviewDraft::default()
        };
        (0..10).for_each(|n| market.add(at(60 + 28 * n, n)));
        (0..20).for_each(|n| market.add(at(180 + n, 20 + n)));
        let (value, tail) = market.on_listing("mine", &POSITIVE).expect("read");
        assert!(value > 5.0 && tail < 0.1, "{value} {tail}");
    }

    #[test]
    fn dense_month_of_negative_reviews_is_a_surge() {
        let mut market = MarketFixture::crowd();
        market.add_negative_peers();
        for n in 0..26 {
            let day = if n < 6 { 70 + 40 * n } else { 190 + n };
            market.review(ReviewDraft {
                author: format!("rival{n}"),
                stars: 1,
                day,
                ..ReviewDraft::default()
            });
        }
        (0..150).for_each(|n| {
            market.add(ReviewDraft {
                author: format!("z{n}"),
                ..ReviewDraft::default()
            });
        });
        let (value, tail) = market.on_listing("mine", &NEGATIVE).expect("read");
        assert!(value > 4.0 && tail < 0.2, "{value} {tail}");
    }
}
