//! Praise that was taken down.

use super::super::{About, Family, Signal, spec};
use super::{Measurer, Page};
use crate::integrity::Measure;
use crate::state::ListingSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.removed_share", Family::Provenance),
    about: About {
        definition: "Share of its praise that was taken down, by anybody. Among listings of like \
                     size in its peer group.",
        unit: "share, 0 to 1",
        honest: "Platforms err, and authors take down their own; silent where nobody reports \
                     removals.",
        source: "He, Hollenbeck and Proserpio, 2022 (removals follow fake reviews); ReviewMeta, \
                     deleted reviews.",
    },
    measure,
};

fn measure(page: &Page<'_>) -> Measure {
    page.counted(ListingSignal::RemovedShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn what_was_taken_down_counts() {
        let mut hand = Hand::crowd();
        let rows: Vec<u32> = (0..8)
            .map(|n| {
                hand.review(Draft {
                    author: format!("r{n}"),
                    ..Draft::default()
                })
            })
            .collect();
        rows.iter().take(4).for_each(|row| hand.remove(*row));
        let (value, tail) = hand.on_listing("mine", &SIGNAL).expect("read");
        assert!(value == 0.5 && tail < 0.1, "{value} {tail}");
    }
}
