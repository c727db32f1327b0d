//! Measures how far an author's stars are from the listings' means.

use super::super::{Signal, SignalDoc};
use super::{Measurer, ReviewerContext};
use crate::integrity::supporting_reviews::Support;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::state::AuthorWalk;

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec::of_reviews(
        "reviewer.rating_deviation",
        Family::Rating,
        Support::Up,
        fact,
    )
    .weak(),
    doc: SignalDoc {
        definition: "Mean distance of its stars from the means of listings with at least 5 \
                     reviews; at least two such listings. Compared with a sample of authors of \
                     similar activity on the marketplace.",
        unit: "stars, 0 to 4",
        caveats: "Critical people are honest. They deviate on most of the products they buy, by \
                  about a star.",
        source: "Rayana and Akoglu, KDD 2015 (avgRD); Lim et al., CIKM 2010.",
    },
    measure,
};

fn fact(value: f64) -> String {
    format!("on average, the author's stars differ by {value:.1} from the listings' means")
}

fn measure(reviewer: &ReviewerContext<'_>) -> Measure {
    reviewer.walked(AuthorWalk::RatingDeviation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn author_of_one_star_reviews_deviates_from_all_listings() {
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
