//! Estimates which suspected reviews are genuine, by their similarity to planted and to own reviews.
//!
//! A campaign includes everybody who reviewed the same goods in the same days. Planted reviews are
//! alike (listing, confirmed purchase, an order behind it, an author who reviews other sellers). So the
//! odds that a suspected review is genuine are multiplied by the likelihood of its traits among the
//! seller's own reviews over that among the planted ones (naive Bayes, by turns as the EM algorithm;
//! Dempster, Laird and Rubin, 1977). Unsuspected reviews stay as they are. If planted reviews resemble
//! all others, nothing changes.

use super::order_similarity::{ValueCounts, number};
use crate::state::Known;

/// Traits of a review.
const TRAITS: usize = 4;
/// Planted reviews, summed by probability, below which their traits are not learned.
const PLANTED_LEAST: f64 = 3.0;
/// Planted reviews that the traits of the seller's own count for: a few teach little.
const POOLED: f64 = 4.0;
/// Largest likelihood ratio: traits are not independent, and can be bought.
const RATIO_MOST: f64 = 100.0;
/// Turns of traits and probabilities.
const TURNS: usize = 10;

/// Traits of a review: listing, confirmed purchase, whether its author has an order of the listing, and
/// whether the author reviews other sellers.
pub(super) type Traits = [u32; TRAITS];

/// The traits of a review.
pub(super) fn traits(listing: u32, verified: Known, ordered: bool, elsewhere: bool) -> Traits {
    [
        listing,
        number(verified),
        u32::from(ordered),
        u32::from(elsewhere),
    ]
}

/// A review of the polarity that is estimated, or another one to learn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct TraitedReview {
    pub(super) traits: Traits,
    /// Probability that it is genuine, without its traits.
    pub(super) genuine: f64,
    /// Whether it has the polarity that is estimated.
    pub(super) estimated: bool,
}

/// The probability that each is genuine, given its traits, too; unchanged for those of other
/// polarity.
pub(super) fn genuine_probabilities(reviews: &[TraitedReview]) -> Vec<f64> {
    let mut probabilities: Vec<f64> = reviews.iter().map(|review| review.genuine).collect();
    let planted = |(review, genuine): (&TraitedReview, &f64)| {
        if review.estimated { 1.0 - genuine } else { 0.0 }
    };
    let all_planted: f64 = reviews.iter().zip(&probabilities).map(planted).sum();
    if all_planted < PLANTED_LEAST {
        return probabilities;
    }
    for _ in 0..TURNS {
        let mut own: [ValueCounts; TRAITS] = std::array::from_fn(|_| ValueCounts::default());
        let mut bought: [ValueCounts; TRAITS] = std::array::from_fn(|_| ValueCounts::default());
        for (review, genuine) in reviews.iter().zip(&probabilities) {
            let planted = planted((review, genuine));
            for ((own, bought), value) in own.iter_mut().zip(&mut bought).zip(review.traits) {
                own.add(value, *genuine);
                bought.add(value, planted);
            }
        }
        for (review, genuine) in reviews.iter().zip(&mut probabilities) {
            if !review.estimated {
                continue;
            }
            let counts = own.iter().zip(&bought).zip(review.traits);
            let ratios = counts.map(|((own, bought), value)| {
                let usual = own.share(value);
                usual / ((bought.of(value) + POOLED * usual) / (bought.all + POOLED))
            });
            let ratio = ratios.product::<f64>().clamp(1.0 / RATIO_MOST, RATIO_MOST);
            let (own, planted) = (review.genuine * ratio, 1.0 - review.genuine);
            // One of them is above 0.
            *genuine = own / (own + planted);
        }
    }
    probabilities
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(verified: Known, genuine: f64, estimated: bool) -> TraitedReview {
        TraitedReview {
            traits: traits(1, verified, verified == Known::Yes, false),
            genuine,
            estimated,
        }
    }

    #[test]
    fn confirmed_buyer_is_not_of_a_campaign_without_purchases() {
        // A hundred of a campaign that is real with 0.6; two buyers were taken in with it.
        let mut reviews = vec![review(Known::No, 0.4, true); 100];
        reviews.extend([review(Known::Yes, 0.4, true); 2]);
        reviews.extend([review(Known::Yes, 1.0, true); 20]);
        reviews.extend([review(Known::Yes, 1.0, false); 5]);
        let found = genuine_probabilities(&reviews);
        // At the most the odds are 100 times as good: 66.7 of 67.7.
        assert!(
            found[100] > 0.95 && found[100] <= 200.0 / 203.0,
            "{}",
            found[100]
        );
        assert!(found[0] < 0.05, "{}", found[0]);
        assert_eq!(found[102], 1.0);
        assert_eq!(found[122..], [1.0; 5]);
    }

    #[test]
    fn planted_reviews_that_resemble_all_or_are_few_change_nothing() {
        let mut alike = vec![review(Known::Yes, 0.4, true); 50];
        alike.extend([review(Known::Yes, 1.0, true); 50]);
        let found = genuine_probabilities(&alike);
        assert!(
            found[..50].iter().all(|one| (one - 0.4).abs() < 0.01),
            "{found:?}"
        );
        // Four with 0.6 each are 2.4 planted ones: too few.
        let few = vec![review(Known::No, 0.4, true); 4];
        assert_eq!(genuine_probabilities(&few), [0.4; 4]);
        assert!(genuine_probabilities(&[]).is_empty());
    }
}
