//! Hardly a confirmed purchase.

use super::super::{About, Family, Signal, spec};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.unverified_share", Family::Provenance),
    about: About {
        definition: "Share of its reviews whose purchase the platform denies, where that is known. \
                     Among authors of like activity on the marketplace.",
        unit: "share, 0 to 1",
        honest: "Some people review what they bought elsewhere.",
        source: "ReviewMeta, unverified purchases.",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.counted(AuthorSignal::UnverifiedShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn unknown_purchases_do_not_count() {
        let mut hand = Hand::crowd();
        for verified in [Some(false), Some(false), None, Some(true)] {
            hand.review(Draft {
                verified,
                ..Draft::default()
            });
        }
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(
            (value - 2.0 / 3.0).abs() < 1e-12 && tail < 0.2,
            "{value} {tail}"
        );
    }
}
