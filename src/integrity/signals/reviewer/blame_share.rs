//! Measures the share of an author's reviews that are negative.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::integrity::wording::percent;
use crate::state::{AuthorWalk, Polarity};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews("reviewer.blame_share", Family::Rating, Support::Up, fact)
        .weak()
        .only(Polarity::Negative),
    doc: SignalDoc {
        definition: "Share of its reviews with 1 or 2 stars. Compared with a sample of authors of \
                     similar activity on the marketplace.",
        unit: "share, 0 to 1",
        caveats: "Some people write only when they are angry; attackers write nothing else.",
        source: "Rayana and Akoglu, KDD 2015 (NR, negative ratio).",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("{} of the author's reviews are negative", percent(value))
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.walked(AuthorWalk::NegativeShare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn one_and_two_star_reviews_are_negative() {
        let mut market = MarketFixture::crowd();
        for (n, stars) in (0..6).zip([1, 2, 1, 1, 2, 5]) {
            market.review(ReviewDraft {
                stars,
                day: 100 + n,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(
            (value - 5.0 / 6.0).abs() < 1e-12 && tail < 0.1,
            "{value} {tail}"
        );
    }
}
