//! The probability that more of a subject's reviews are manipulated than a platform tolerates.
//!
//! The number of manipulated reviews is a sum: each review by itself, and each campaign as a whole,
//! since the reviews of one campaign stand or fall together. All reviews of a subject also share the
//! error of the model on subjects like it. The sum is taken over every combination of the largest
//! campaigns, the rest as a normal variable.
//!
//! What is material is a share of the subject's reviews, and at least a multiple of what is usual on
//! its marketplace: the general level cannot be told from reviews without labels, and nobody answers
//! for the market.

use super::review_shares::ReviewShare;
use crate::stats::normal_cdf;

/// A material share is more than this many times the marketplace's: more than double. Chosen with sight
/// of the labels of `YelpChi` (2.0, 2.2 and 2.5 were tried).
const TIMES_USUAL: f64 = 2.2;
/// Common error of the reviews of one subject, standard deviation in log-odds.
const COMMON_SD: f64 = 0.5;
/// Reviews at the marketplace's mean that a subject's own mean leans on: those of a small subject
/// err together.
const LEANS_ON: f64 = 10.0;
/// Campaigns of a subject of which all combinations are taken: the largest.
const COMBINED_MOST: usize = 6;

/// The share of a subject's reviews from which on manipulation is material, inside 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaterialShare(f64);

impl Default for MaterialShare {
    fn default() -> Self {
        Self(0.1)
    }
}

impl MaterialShare {
    /// Makes one; none outside of 0.001 to 0.9.
    pub fn new(share: f64) -> Option<Self> {
        (0.001..=0.9).contains(&share).then_some(Self(share))
    }

    /// The share, where so much is usual.
    pub(super) fn beside(self, usual: f64) -> f64 {
        self.0.max(TIMES_USUAL * usual)
    }
}

/// A campaign of a subject.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct CampaignPart {
    /// Its index among all.
    pub(super) campaign: u32,
    /// Probability that it is real and serves the subject, 0 to 1.
    pub(super) chance: f64,
    /// Its reviews, given that it is real.
    pub(super) planted: f64,
}

/// How many of a subject's reviews are manipulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Manipulated {
    /// Mean number.
    pub(super) expected: f64,
    /// Its standard deviation.
    pub(super) sd: f64,
    /// Probability that the share is material, 0 to 1.
    pub(super) material: f64,
}

/// Sums a subject's reviews and its campaigns, the strongest first. `usual` is the mean probability
/// of such reviews on the marketplace.
pub(super) fn manipulated(
    share: &ReviewShare,
    usual: f64,
    campaigns: &[CampaignPart],
    material: f64,
) -> Manipulated {
    let share = share.leaning_on(LEANS_ON, usual);
    let own = 1.0 - share.mean();
    let mut alone = Sum {
        mean: share.expected,
        variance: share.variance,
        common: COMMON_SD * share.variance,
    };
    let (combined, rest) = campaigns.split_at(campaigns.len().min(COMBINED_MOST));
    for part in rest {
        let planted = own * part.planted;
        alone.mean += part.chance * planted;
        alone.variance += part.chance * (1.0 - part.chance) * planted * planted;
    }
    let (mut mean, mut square, mut exceeds) = (0.0, 0.0, 0.0);
    for chosen in 0..1_u32 << combined.len() {
        let mut chance = 1.0;
        let mut sum = alone;
        for (bit, part) in combined.iter().enumerate() {
            if chosen >> bit & 1 == 1 {
                chance *= part.chance;
                sum.mean += own * part.planted;
            } else {
                chance *= 1.0 - part.chance;
            }
        }
        sum.mean = sum.mean.min(share.reviews);
        mean += chance * sum.mean;
        square += chance * (sum.mean * sum.mean + sum.variance());
        exceeds += chance * sum.exceeds(material * share.reviews);
    }
    Manipulated {
        expected: mean,
        sd: libm::sqrt((square - mean * mean).max(0.0)),
        material: exceeds.clamp(0.0, 1.0),
    }
}

#[derive(Clone, Copy)]
struct Sum {
    mean: f64,
    /// Of reviews that stand alone.
    variance: f64,
    /// Standard deviation of what they have in common.
    common: f64,
}

impl Sum {
    fn variance(&self) -> f64 {
        self.variance + self.common * self.common
    }

    /// Probability that the number is above `most`. Numbers are whole, so half a review is added.
    fn exceeds(&self, most: f64) -> f64 {
        let least = libm::floor(most) + 0.5;
        let sd = libm::sqrt(self.variance()).max(1e-9);
        normal_cdf((self.mean - least) / sd)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(reviews: f64, probability: f64) -> ReviewShare {
        ReviewShare {
            reviews,
            expected: reviews * probability,
            variance: reviews * probability * (1.0 - probability),
        }
    }

    fn campaign(chance: f64, planted: f64) -> CampaignPart {
        CampaignPart {
            campaign: 0,
            chance,
            planted,
        }
    }

    #[test]
    fn usual_reviews_are_not_material() {
        for reviews in [5.0, 20.0, 200.0, 20_000.0] {
            let usual = manipulated(&share(reviews, 0.1), 0.1, &[], 0.2);
            assert!(usual.material < 0.15, "{reviews}: {usual:?}");
        }
        assert!(manipulated(&share(200.0, 0.4), 0.1, &[], 0.2).material > 0.9);
    }

    #[test]
    fn large_campaign_is_as_material_as_it_is_probable() {
        let found = manipulated(&share(100.0, 0.05), 0.1, &[campaign(0.9, 40.0)], 0.2);
        assert!((found.material - 0.9).abs() < 0.02, "{found:?}");
        // A campaign of a few of many reviews is not.
        let small = manipulated(&share(1000.0, 0.05), 0.1, &[campaign(0.99, 8.0)], 0.2);
        assert!(small.material < 0.05, "{small:?}");
    }

    #[test]
    fn reviews_of_one_campaign_stand_or_fall_together() {
        let together = manipulated(&share(100.0, 0.05), 0.1, &[campaign(0.5, 40.0)], 0.2);
        let apart = manipulated(&share(100.0, 0.05), 0.1, &[campaign(0.5, 20.0); 2], 0.2);
        assert!((together.expected - apart.expected).abs() < 1e-9);
        assert!(together.sd > apart.sd + 3.0, "{together:?} {apart:?}");
    }

    proptest! {
        #[test]
        fn more_evidence_never_lowers_the_probability(
            reviews in 1.0..500.0f64, probability in 0.0..0.9f64, chance in 0.0..1.0f64, planted in 0.0..50.0f64,
            material in 0.05..0.5f64,
        ) {
            let share = share(reviews.floor(), probability);
            let without = manipulated(&share, 0.1, &[], material);
            let with = manipulated(&share, 0.1, &[campaign(chance, planted)], material);
            prop_assert!(with.material >= without.material - 1e-9);
            prop_assert!(with.expected <= share.reviews + 1e-9 && with.sd.is_finite());
        }
    }
}
