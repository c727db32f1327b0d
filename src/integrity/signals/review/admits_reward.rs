//! Records whether a review says that its author got something for it.

use super::super::{BOUGHT, ReviewContext, Signal, SignalDoc, stated};
use super::Measurer;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::state::{Mark, Polarity};

/// Share of honest reviews of praise that read like each kind, from [`crate::domain::Reward::Sample`]
/// on. Free goods for an honest review are what programs of platforms give too, so one in thirty is
/// honest. The rest was read in none of 45,147 real reviews of six sets: half a review, rounded up.
const TAILS: [f64; 4] = [0.03, 2e-5, 2e-5, 2e-5];

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        cap: 6.0,
        ..Spec::of_review("review.admits_reward", Family::Statement, fact)
            .indicating(BOUGHT)
            .compared(Comparison::None)
    },
    doc: SignalDoc {
        definition: "What a review of 4 or 5 stars says that its author got for it, or that readers \
                     get for theirs: 1 goods for an honest review, 2 a reward for a review, 3 a \
                     reward for good stars, 4 an offer to readers. Read by patterns of words in 8 \
                     languages. Abstains where nothing is said and where the platform shows that an \
                     incentive is disclosed.",
        unit: "kind, 1 to 4",
        caveats: "Refunds of faulty goods, gifts, free shipping, denials and reports about other \
                  people or about a seller are no admissions. Reviews of fewer stars are never read \
                  as one: critics report offers of sellers.",
        source: "US 16 CFR 465.4; CMA, Fake online reviews, 2023; He, Hollenbeck and Proserpio, \
                 Marketing Science 41, 2022 (refunds for five stars).",
    },
    measure,
};

fn fact(value: f64) -> String {
    match value as u32 {
        0 => "it says nothing of a reward for the review",
        1 => "it says that its author got something for an honest review",
        2 => "it says that its author got something for the review",
        3 => "it says that its author got something for good stars",
        _ => "it offers readers something for good stars",
    }
    .to_owned()
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    if context.review.polarity() != Polarity::Positive {
        return Measure::Skipped;
    }
    stated(context, Mark::Admits, |value| {
        TAILS[(value as usize).clamp(1, TAILS.len()) - 1]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn admission_counts_by_kind_and_not_where_disclosed_or_in_blame() {
        let mut market = MarketFixture::crowd();
        let mut read = |body: &str, stars, disclosed| {
            let row = market.review(ReviewDraft {
                body: body.to_owned(),
                stars,
                disclosed,
                ..ReviewDraft::default()
            });
            market.on_review(row, &SIGNAL)
        };
        let bought = "the seller gave me this kettle free for a five star review";
        assert_eq!(read(bought, 5, None), Some((3.0, 2e-5)));
        assert_eq!(read(bought, 5, Some(true)), None);
        // A critic reports what the seller offered.
        assert_eq!(read(bought, 1, None), None);
        let sample = "I received this kettle for free in exchange for my honest review";
        assert_eq!(read(sample, 5, None), Some((1.0, 0.03)));
        assert_eq!(read("I got a refund because it broke", 5, None), None);
    }
}
