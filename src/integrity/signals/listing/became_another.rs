//! A page that became another product under its reviews.

use super::super::{Family, REPURPOSED, Signal, SignalDoc, spec};
use super::{ListingContext, Measurer};
use crate::integrity::{Measure, Sharpness, Spec};
use crate::state::ListingWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        version: 1,
        sharpness: Sharpness::BLUNT,
        legal_tags: REPURPOSED,
        ..spec("listing.became_another", Family::Provenance)
    },
    doc: SignalDoc {
        definition: "Whether a newer revision of the listing has another narrowest category and a \
                     title of which most words are new. Among a sample of listings with as much \
                     praise on the marketplace.",
        unit: "0 or 1",
        caveats: "A corrected category or a rewritten title alone is no change; merged \
                     variations keep most of their title.",
        source: "US 16 CFR 465.3 as proposed and not adopted (review hijacking); FTC v. The Bountiful Company, \
                     2023.",
    },
    measure,
};

fn measure(page: &ListingContext<'_>) -> Measure {
    page.walked(ListingWalk::BecameAnother)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn another_category_and_title_make_another_product() {
        let mut market = MarketFixture::crowd();
        market.listing("mine", "s1", "kettles", "steel kettle for the kitchen");
        market.listing("mine", "s1", "drones", "folding drone with two cameras");
        for n in 0..250 {
            market.review(ReviewDraft {
                author: format!("t{n}"),
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 1.0 && tail < 0.1, "{value} {tail}");
        // Of its size nobody did.
        assert_eq!(market.on_listing("l1", &SIGNAL), None);
    }
}
