//! Records whether a review is about the product that its listing sold before.

use super::super::{REPURPOSED, ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::state::{ListingWalk, Measured};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_review("review.of_another_product", Family::Provenance, fact)
        .blunt()
        .indicating(REPURPOSED)
        .compared(Comparison::Flag),
    doc: SignalDoc {
        definition: "Whether its listing has since become another product: another narrowest \
                     category and a title of which most words are new. Compared with listings of \
                     similar size, by how many of them changed.",
        unit: "0 or 1",
        caveats: "A merged variation or a corrected category keeps most of the title. A title \
                  rewritten in its category is no change.",
        source: "US 16 CFR 465.3 as proposed and not adopted (review hijacking); FTC v. The \
                 Bountiful Company, 2023.",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value > 0.5 {
        "it was written before its listing became another product".to_owned()
    } else {
        "its listing has not become another product since then".to_owned()
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    let Some(carried) = context.is_of_another() else {
        return Measure::Silent("its listing is unknown");
    };
    let size = context.listing().map_or(0, |listing| listing.tally.up());
    let measured = Measured {
        value: f64::from(u8::from(carried)),
        size,
    };
    let reference = context.state.baselines().reference();
    let marketplace = Some(context.review.marketplace);
    let compared = reference.compare_listing(marketplace, ListingWalk::BecameAnother, measured);
    read(measured.value, compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn review_before_the_change_is_of_another_product() {
        let mut market = MarketFixture::crowd();
        market.listing("mine", "s1", "kettles", "steel kettle for the kitchen");
        let old = (0..6).map(|n| {
            market.review(ReviewDraft {
                author: format!("o{n}"),
                ..ReviewDraft::default()
            })
        });
        let old = old.max().expect("some");
        market.listing("mine", "s1", "drones", "folding drone with two cameras");
        // The reference sample is drawn again as positive reviews grow, and then has one changed
        // listing.
        let new = (0..200).map(|n| {
            market.review(ReviewDraft {
                author: format!("n{n}"),
                ..ReviewDraft::default()
            })
        });
        let new = new.max().expect("some");
        let (value, tail) = market.on_review(old, &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.05, "{value} {tail}");
        let (value, tail) = market.on_review(new, &SIGNAL).expect("read");
        assert!(value == 0.0 && tail > 0.4, "{value} {tail}");
    }
}
