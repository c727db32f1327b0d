//! Records whether a listing became another product under its reviews.

use super::super::{REPURPOSED, Signal, SignalDoc};
use super::{ListingContext, Measurer};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Comparison, Family, Measure, Spec};
use crate::state::{ListingWalk, Polarity};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "listing.became_another",
        Family::Provenance,
        Support::CarriedOver,
        fact,
    )
    .blunt()
    .indicating(REPURPOSED)
    .compared(Comparison::Flag)
    .only(Polarity::Positive),
    doc: SignalDoc {
        definition: "Whether a newer revision of the listing has another narrowest category and a \
                     title of which most words are new. Compared with a sample of listings with \
                     as many positive reviews on the marketplace.",
        unit: "0 or 1",
        caveats: "A corrected category or a rewritten title alone is no change. Merged variations \
                  keep most of their title.",
        source: "US 16 CFR 465.3 as proposed and not adopted (review hijacking); FTC v. The \
                 Bountiful Company, 2023.",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value > 0.5 {
        "its narrowest category and most words of its title have changed".to_owned()
    } else {
        "its category and title have not changed to those of another product".to_owned()
    }
}

fn measure(listing: &ListingContext<'_>) -> Measure {
    listing.walked(ListingWalk::BecameAnother)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn change_of_category_and_title_marks_another_product() {
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
