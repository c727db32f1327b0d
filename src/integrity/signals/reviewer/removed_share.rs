//! Much of it taken down.

use super::super::{About, Family, Signal, spec};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorSignal;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: spec("reviewer.removed_share", Family::Provenance),
    about: About {
        definition: "Share of its reviews that were taken down, by anybody. Among authors of like \
                     activity on the marketplace.",
        unit: "share, 0 to 1",
        honest: "Platforms err, and authors take down their own; silent where nobody reports \
                     removals.",
        source: "ReviewMeta, deleted reviews; He, Hollenbeck and Proserpio, 2022 (removals \
                     follow fake reviews).",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.counted(AuthorSignal::RemovedShare)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn what_was_taken_down_counts() {
        let mut hand = Hand::crowd();
        let row = hand.review(Draft::default());
        hand.review(Draft::default());
        hand.remove(row);
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(value == 0.5 && tail < 0.1, "{value} {tail}");
    }
}
