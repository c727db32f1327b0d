//! Stars far from those that others gave, again and again.

use super::super::{Family, Signal, SignalDoc, weak};
use super::{Measurer, ReviewerContext};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.rating_deviation", Family::Rating),
    doc: SignalDoc {
        definition: "Mean distance of its stars from the means of listings with at least 5 reviews, \
                     at least two of them. Among authors of like activity on the marketplace, a \
                     sample of them.",
        unit: "stars, 0 to 4",
        caveats: "Critical people are honest; they deviate on most of what they buy, by about a \
                     star.",
        source: "Rayana and Akoglu, KDD 2015 (avgRD); Lim et al., CIKM 2010.",
    },
    measure,
};

fn measure(author: &ReviewerContext<'_>) -> Measure {
    author.walked(AuthorWalk::RatingDeviation)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::{MarketFixture, ReviewDraft};
    use super::*;

    #[test]
    fn one_star_everywhere_is_far_from_all() {
        let mut market = MarketFixture::crowd();
        for listing in ["l1", "l2", "l3", "l4", "l5", "l6"] {
            market.review(ReviewDraft {
                listing,
                stars: 1,
                ..ReviewDraft::default()
            });
        }
        let (value, tail) = market.on_author("author", &SIGNAL).expect("read");
        assert!(value > 2.0 && tail < 0.1, "{value} {tail}");
        market.review(ReviewDraft {
            author: "new".to_owned(),
            ..ReviewDraft::default()
        });
        assert_eq!(market.on_author("new", &SIGNAL), None);
    }
}
