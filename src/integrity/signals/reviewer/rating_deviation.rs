//! Stars far from those that others gave, again and again.

use super::super::{About, Family, Signal, weak};
use super::{Author, Measurer};
use crate::integrity::Measure;
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: weak("reviewer.rating_deviation", Family::Rating),
    about: About {
        definition: "Mean distance of its stars from the means of listings with at least 5 reviews, \
                     at least two of them. Among authors of like activity on the marketplace, a \
                     sample of them.",
        unit: "stars, 0 to 4",
        honest: "Critical people are honest; they deviate on most of what they buy, by about a \
                     star.",
        source: "Rayana and Akoglu, KDD 2015 (avgRD); Lim et al., CIKM 2010.",
    },
    measure,
};

fn measure(author: &Author<'_>) -> Measure {
    author.walked(AuthorWalk::RatingDeviation)
}

#[cfg(test)]
mod tests {
    use super::super::super::hand::{Draft, Hand};
    use super::*;

    #[test]
    fn one_star_everywhere_is_far_from_all() {
        let mut hand = Hand::crowd();
        for listing in ["l1", "l2", "l3", "l4", "l5", "l6"] {
            hand.review(Draft {
                listing,
                stars: 1,
                ..Draft::default()
            });
        }
        let (value, tail) = hand.on_author("author", &SIGNAL).expect("read");
        assert!(value > 2.0 && tail < 0.1, "{value} {tail}");
        hand.review(Draft {
            author: "new".to_owned(),
            ..Draft::default()
        });
        assert_eq!(hand.on_author("new", &SIGNAL), None);
    }
}
