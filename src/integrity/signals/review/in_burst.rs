//! Measures how surprising the busy weeks around a review are.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Family, Measure, Overlap, Spec};
use crate::integrity::wording::by_chance;
use crate::state::{ListingSignal, Polarity};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.in_burst", Family::Timing, fact)
        .version(3)
        .overlapping(Overlap::CampaignSearch),
    doc: SignalDoc {
        definition: "How surprising the densest week, or four weeks, of its polarity around its \
                     own day are at its listing. Chance is taken to spread the same reviews over \
                     the listing's days as everybody's reviews are spread, so a sale day counts \
                     for as many days as it is busy. Compared with the densest weeks of listings \
                     of similar size.",
        unit: "negative decimal logarithm of the probability",
        caveats: "A mention somewhere brings honest bursts, so it is compared with the densest \
                  weeks of peers. A review in quiet weeks counts against manipulation.",
        source: "Fei et al., ICWSM 2013 (review bursts); Naus, JASA 77, 1982 (scan statistic).",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!(
        "so many reviews in the weeks around it {}",
        by_chance(value)
    )
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    let signal = match context.review.polarity() {
        Polarity::Positive => ListingSignal::PositiveBurst,
        Polarity::Negative => ListingSignal::NegativeBurst,
        Polarity::Neutral => return Measure::Silent("neither positive nor negative"),
    };
    let measured = match context.crowd() {
        Ok(measured) => measured,
        Err(reason) => return Measure::Silent(reason),
    };
    let Some(listing) = context.listing() else {
        return Measure::Silent("its listing is unknown");
    };
    let counted = listing.bins.of_signal(signal);
    let compared = signal.peer_bin(measured).and_then(|at| {
        let baselines = context.state.baselines();
        baselines.compare_listing(listing.peers(), signal, at, counted)
    });
    read(measured.value, compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn review_in_a_burst_has_a_small_tail_and_one_in_a_quiet_week_not() {
        let mut market = MarketFixture::crowd();
        let at = |day, n| ReviewDraft {
            author: format!("b{n}"),
            day,
            ..ReviewDraft::default()
        };
        let quiet = market.review(at(60, 0));
        (1..10).for_each(|n| market.add(at(60 + 25 * n, n)));
        let burst = (0..12)
            .map(|n| market.review(at(200 + n % 4, 20 + n)))
            .max()
            .expect("some");
        let (value, tail) = market.on_review(burst, &SIGNAL).expect("read");
        assert!(value > 5.0 && tail < 0.05, "{value} {tail}");
        // Nobody else has a burst yet: until then all are alike, and there is nothing to compare.
        assert_eq!(market.on_review(quiet, &SIGNAL), None);
        (0..9).for_each(|n| {
            market.add(ReviewDraft {
                listing: "l1",
                ..at(380 + n % 3, 60 + n)
            });
        });
        let (value, tail) = market.on_review(quiet, &SIGNAL).expect("read");
        assert!(value == 0.0 && tail > 0.2, "{value} {tail}");
    }

    /// Everybody sells three times as much for four days, so no listing is unusual.
    #[test]
    fn reviews_of_a_sale_are_in_no_burst() {
        let mut market = MarketFixture::crowd();
        let names = ["l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10"];
        let sold = |listing, n: u32| ReviewDraft {
            listing,
            author: format!("sale{listing}{n}"),
            day: 180 + n % 4,
            ..ReviewDraft::default()
        };
        let mut rows = Vec::new();
        for name in names {
            rows.extend((0..6).map(|n| market.review(sold(name, n))));
        }
        for row in &rows {
            let (value, tail) = market.on_review(*row, &SIGNAL).expect("read");
            assert!(value < 2.0 && tail > 0.2, "{value} {tail}");
        }
    }
}
