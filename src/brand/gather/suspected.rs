//! Which of the reviews that are suspected look as what was planted does, and which as the seller's
//! own.
//!
//! A campaign takes in whoever wrote of the same goods in the same days. What was planted looks alike
//! (listing, confirmed purchase, an order behind it, an author who writes of others), so the odds that a
//! suspected review is genuine are multiplied by how much likelier it looks so among the seller's own
//! reviews than among the planted ones (naive Bayes, by turns as the EM algorithm; Dempster, Laird and
//! Rubin, 1977). What nothing is suspected of stays as it is, and if planted reviews look like all
//! others, nothing changes.

use super::alike::Counts;
use crate::state::Known;

/// Traits of a review.
const TRAITS: usize = 4;
/// Planted reviews, summed by probability, below which nothing is learned of how they look.
const PLANTED_LEAST: f64 = 3.0;
/// Planted reviews that the looks of the seller's own count for: a few teach little.
const POOLED: f64 = 4.0;
/// How much looks may say at most: they are not independent, and can be bought.
const LIKELIER_MOST: f64 = 100.0;
/// Turns of looks and probabilities.
const TURNS: usize = 10;

/// How a review looks: listing, confirmed purchase, whether its author has an order of the listing, and
/// whether the author writes of other sellers.
pub(super) type Looks = [u32; TRAITS];

/// How a review looks.
pub(super) fn looks(listing: u32, verified: Known, (ordered, elsewhere): (bool, bool)) -> Looks {
    let verified = match verified {
        Known::Unknown => 0,
        Known::No => 1,
        Known::Yes => 2,
    };
    [listing, verified, u32::from(ordered), u32::from(elsewhere)]
}

/// A review of one side, praise or blame, or one of the other side to learn from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) looks: Looks,
    /// Probability that it is genuine by whatever suspects it.
    pub(super) genuine: f64,
    /// Whether it is of the side that is looked at.
    pub(super) asked: bool,
}

/// The probability that each is genuine, given how it looks, too; as it was for those of the other side.
pub(super) fn genuine(seen: &[Seen]) -> Vec<f64> {
    let mut found: Vec<f64> = seen.iter().map(|one| one.genuine).collect();
    let planted = |(one, found): (&Seen, &f64)| if one.asked { 1.0 - found } else { 0.0 };
    if seen.iter().zip(&found).map(planted).sum::<f64>() < PLANTED_LEAST {
        return found;
    }
    for _ in 0..TURNS {
        let mut own: [Counts; TRAITS] = std::array::from_fn(|_| Counts::default());
        let mut bought: [Counts; TRAITS] = std::array::from_fn(|_| Counts::default());
        for (one, found) in seen.iter().zip(&found) {
            let planted = planted((one, found));
            for ((own, bought), value) in own.iter_mut().zip(&mut bought).zip(one.looks) {
                own.add(value, *found);
                bought.add(value, planted);
            }
        }
        for (one, found) in seen.iter().zip(&mut found).filter(|(one, _)| one.asked) {
            let held = own.iter().zip(&bought).zip(one.looks);
            let likelier: f64 = held
                .map(|((own, bought), value)| {
                    let usual = own.share(value);
                    let planted = (bought.of(value) + POOLED * usual) / (bought.all() + POOLED);
                    usual / planted
                })
                .product();
            let likelier = likelier.clamp(1.0 / LIKELIER_MOST, LIKELIER_MOST);
            let (own, planted) = (one.genuine * likelier, 1.0 - one.genuine);
            // One of them is above 0.
            *found = own / (own + planted);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(verified: Known, genuine: f64, asked: bool) -> Seen {
        Seen {
            looks: looks(1, verified, (verified == Known::Yes, false)),
            genuine,
            asked,
        }
    }

    #[test]
    fn a_confirmed_buyer_is_none_of_a_campaign_without_purchases() {
        // A hundred of a campaign that is real with 0.6; two buyers were taken in with it.
        let mut seen = vec![review(Known::No, 0.4, true); 100];
        seen.extend([review(Known::Yes, 0.4, true); 2]);
        seen.extend([review(Known::Yes, 1.0, true); 20]);
        seen.extend([review(Known::Yes, 1.0, false); 5]);
        let found = genuine(&seen);
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
    fn what_looks_like_everything_and_what_is_little_stays() {
        let mut alike = vec![review(Known::Yes, 0.4, true); 50];
        alike.extend([review(Known::Yes, 1.0, true); 50]);
        let found = genuine(&alike);
        assert!(
            found[..50].iter().all(|one| (one - 0.4).abs() < 0.01),
            "{found:?}"
        );
        // Four with 0.6 each are 2.4 planted ones: too few.
        let few = vec![review(Known::No, 0.4, true); 4];
        assert_eq!(genuine(&few), [0.4; 4]);
        assert!(genuine(&[]).is_empty());
    }
}
