//! It speaks of what the listing was before.

use super::super::{Family, REPURPOSED, ReviewContext, Signal, SignalDoc, read, spec};
use super::Measurer;
use crate::integrity::{Measure, Sharpness, Spec};
use crate::state::{ListingWalk, Measured};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 1,
        sharpness: Sharpness::BLUNT,
        legal_tags: REPURPOSED,
        ..spec("review.of_another_product", Family::Provenance)
    },
    doc: SignalDoc {
        definition: "Whether its listing has since become another product: another narrowest \
                     category and a title of which most words are new. Among listings of like size, \
                     by how many of them did.",
        unit: "0 or 1",
        caveats: "A merged variation or a corrected category keeps most of the title; a title \
                     rewritten in its category is no change.",
        source: "US 16 CFR 465.3 as proposed and not adopted (review hijacking); FTC v. The Bountiful Company, \
                     2023.",
    },
    measure,
};

fn measure(seen: &ReviewContext<'_>) -> Measure {
    let Some(carried) = seen.is_of_another() else {
        return Measure::Silent("its listing is unknown");
    };
    let size = seen.listing().map_or(0, |listing| listing.tally.up());
    let measured = Measured {
        value: f64::from(u8::from(carried)),
        size,
    };
    let reference = seen.state.baselines().reference();
    let marketplace = Some(seen.review.marketplace);
    let compared = reference.compare_listing(marketplace, ListingWalk::BecameAnother, measured);
    read(measured.value, compared)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn what_came_before_the_turn_is_of_another_product() {
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
        // The sample is taken anew as praise grows, and then holds one listing that turned.
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
