//! Measures how surprising a listing's busiest week of positive, or negative, reviews is.

use super::super::Signal;
use super::{BothPolarities, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::Family;
use crate::integrity::wording::by_chance;
use crate::state::{ListingSignal, Polarity};

const BOTH: BothPolarities = BothPolarities {
    family: Family::Timing,
    version: 3,
    support: Support::BusiestWeek,
    definition: "How surprising its densest week of {reviews} is. Chance is taken to spread them \
                 over its days as everybody's are spread, so a sale day is nobody's burst. \
                 Compared with listings of similar size in its peer group, whose weeks are \
                 measured by days alone, which errs towards calling a burst usual.",
    unit: "negative decimal logarithm of the probability",
};

pub(super) const POSITIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Positive,
    "listing.positive_burst",
    |value| fact(value, "positive reviews"),
    |listing| listing.counted(ListingSignal::PositiveBurst),
    "A mention somewhere brings an honest burst, and so does a launch.",
    "Fei et al., ICWSM 2013; Naus, JASA 77, 1982 (scan statistic); Xie et al., KDD 2012.",
);

pub(super) const NEGATIVE: Signal<Measurer> = BOTH.signal(
    Polarity::Negative,
    "listing.attack.negative_burst",
    |value| fact(value, "negative reviews"),
    |listing| listing.counted(ListingSignal::NegativeBurst),
    "A bad batch or a late carrier brings an honest burst of negative reviews.",
    "Fei et al., ICWSM 2013; Naus, JASA 77, 1982 (scan statistic).",
);

fn fact(value: f64, reviews: &str) -> String {
    format!("its busiest week of {reviews} {}", by_chance(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn dense_week_is_a_burst_and_a_sale_is_not() {
        let mut market = MarketFixture::crowd();
        let at = |day, n| ReviewDraft {
            author: format!("b{n}"),
            day,
            ..ReviewDraft::default()
        };
        (0..8).for_each(|n| market.add(at(60 + 30 * n, n)));
        (0..12).for_each(|n| market.add(at(200 + n % 4, 20 + n)));
        let (value, tail) = market.on_listing("mine", &POSITIVE).expect("read");
        assert!(value > 5.0 && tail < 0.1, "{value} {tail}");
        // Everybody else has the same days of sale.
        for listing in ["l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9"] {
            for n in 0..24 {
                let author = format!("s{listing}{n}");
                market.review(ReviewDraft {
                    listing,
                    author,
                    day: 200 + n % 4,
                    ..ReviewDraft::default()
                });
            }
        }
        let row = market
            .state
            .find_listing("shop.example", "mine")
            .expect("a listing");
        let listing = market.state.listings().get(row).expect("there");
        let around = market.state.baselines().around(listing.peers());
        let rhythm = listing.rhythms.of(crate::state::Polarity::Positive);
        let value = rhythm
            .measure_around(crate::state::Polarity::Positive, around)
            .expect("enough")
            .value;
        assert!(value < 2.0, "{value}");
    }

    #[test]
    fn reviews_delivered_twenty_times_are_no_burst() {
        let mut market = MarketFixture::crowd();
        let written = |n: u32| ReviewDraft {
            author: format!("buyer{n}"),
            day: if n < 8 { 60 + 30 * n } else { 200 + n % 4 },
            second: Some(7 * n),
            body: crate::integrity::signals::fixture::words(800 + n),
            ..ReviewDraft::default()
        };
        (0..20).for_each(|n| market.add(written(n)));
        let once = market.on_listing("mine", &POSITIVE).expect("read");
        for n in [2, 3, 12] {
            (0..19).for_each(|_| market.add(written(n)));
        }
        assert_eq!(market.on_listing("mine", &POSITIVE), Some(once));
        let row = market.state.find_listing("shop.example", "mine");
        let listing = market.state.listings().get(row.expect("known"));
        let tally = listing.expect("known").tally;
        assert_eq!((tally.up(), tally.copies_up()), (20, 57));
    }

    #[test]
    fn dense_week_of_negative_reviews_is_a_burst() {
        let mut market = MarketFixture::crowd();
        market.add_negative_peers();
        for n in 0..16 {
            let day = if n < 6 { 70 + 40 * n } else { 200 + n % 3 };
            market.review(ReviewDraft {
                author: format!("rival{n}"),
                stars: 1,
                day,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &NEGATIVE).expect("read");
        assert!(value > 4.0 && tail < 0.2, "{value} {tail}");
    }
}
