//! A month that is too dense with blame.

use super::super::{About, Family, Signal, spec};
use super::{Measurer, Page};
use crate::integrity::Measure;
use crate::state::ListingWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("listing.attack.blame_surge", Family::Timing),
    about: About {
        definition: "As the burst of blame, for its densest four weeks. Among a sample of listings \
                     with as much blame on the marketplace.",
        unit: "negative decimal logarithm of the probability",
        honest: "A change of supplier shows like this too.",
        source: "Mayzlin, Dover and Chevalier, AER 104, 2014; Naus, JASA 77, 1982.",
    },
    measure,
};

fn measure(page: &Page<'_>) -> Measure {
    page.walked(ListingWalk::BlameSurge)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn a_month_of_blame_is_dense() {
        let mut hand = Hand::crowd();
        for listing in [
            "l1", "l2", "l3", "l4", "l5", "l6", "l7", "l8", "l9", "l10", "l11", "l12",
        ] {
            for n in 0..6 {
                let author = format!("often{n}");
                hand.review(Draft {
                    listing,
                    author,
                    stars: 1,
                    day: 70 + 40 * n,
                    body: super::super::super::hand::words(7000 + n),
                    ..Draft::default()
                });
            }
        }
        for n in 0..26 {
            let day = if n < 6 { 70 + 40 * n } else { 190 + n };
            hand.review(Draft {
                author: format!("rival{n}"),
                stars: 1,
                day,
                ..Draft::default()
            });
        }
        (0..150).for_each(|n| {
            hand.add(Draft {
                author: format!("z{n}"),
                ..Draft::default()
            });
        });
        let (value, tail) = hand.on_listing("mine", &SIGNAL).expect("read");
        assert!(value > 4.0 && tail < 0.2, "{value} {tail}");
    }
}
