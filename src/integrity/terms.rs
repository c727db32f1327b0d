//! The common shape of all terms of a score, and how a tail probability becomes evidence.

use super::campaigns::Campaign;
use super::detect::DetectorTerm;
use super::supporting_reviews::Support;
use crate::state::Polarity;

/// A group of signals that share a fact. Their terms are shrunk for what they have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Stars and their distribution.
    Rating,
    /// The author's identity and activity.
    Author,
    /// The words, and whether other reviews share them.
    Text,
    /// The style of the words.
    Style,
    /// The times of reviews.
    Timing,
    /// What the text says of itself.
    Statement,
    /// The purchase behind a review, and whether the review stayed up.
    Provenance,
    /// The corpus detector's comparison of the author with all authors.
    Corpus,
    /// Membership in a campaign.
    Campaign,
}

impl Family {
    /// All families, in the order in which they are summed.
    pub const ALL: [Self; 9] = [
        Self::Rating,
        Self::Author,
        Self::Text,
        Self::Style,
        Self::Timing,
        Self::Statement,
        Self::Provenance,
        Self::Corpus,
        Self::Campaign,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rating => "rating",
            Self::Author => "author",
            Self::Text => "text",
            Self::Style => "style",
            Self::Timing => "timing",
            Self::Statement => "statement",
            Self::Provenance => "provenance",
            Self::Corpus => "corpus",
            Self::Campaign => "campaign",
        }
    }
}

/// Sharpness of the alternative: the smaller, the more evidence a rare value is. Its logarithm is
/// stored beside it because every term of every score needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sharpness {
    /// Above 0 and below 1.
    pub value: f64,
    /// Natural logarithm of the value.
    log: f64,
}

impl Sharpness {
    /// A signal of usual weight.
    pub const USUAL: Self = Self {
        value: 0.35,
        log: -1.049_822_124_498_677_8,
    };
    /// A fact of few values, of which the rarest is not rare.
    pub const BLUNT: Self = Self {
        value: 0.6,
        log: -0.510_825_623_765_990_7,
    };
    /// A signal that honest behaviour explains often.
    pub const WEAK: Self = Self {
        value: 0.75,
        log: -0.287_682_072_451_780_9,
    };
}

/// The fixed definition of a term.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Stable code, such as `listing.positive_burst`.
    pub code: &'static str,
    /// Version of the definition, from 1.
    pub version: u32,
    /// The group of signals that share its fact.
    pub family: Family,
    /// How much evidence a rare value is.
    pub sharpness: Sharpness,
    /// Most that it may add to the log-odds, natural logarithm.
    pub cap: f64,
    /// Rules that it may be an indicator for; never a determination.
    pub legal_tags: &'static [&'static str],
    /// The only polarity of reviews that it looks at; none for any.
    pub polarity: Option<Polarity>,
    /// Its sentence.
    pub wording: Wording,
    /// The reviews that support it; none where no single review does.
    pub support: Option<Support>,
    /// The part of the corpus evidence that measures the same fact.
    pub overlap: Overlap,
}

/// Two definitions are equal if they have code, version and rules in common.
impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        (self.code, self.version, self.legal_tags) == (other.code, other.version, other.legal_tags)
    }
}

/// How a term's sentence is made.
#[derive(Clone, Copy, Debug)]
pub enum Wording {
    /// From a measured value.
    Value {
        /// The fact, without a capital and a full stop.
        fact: Fact,
        /// How the value compares with those of peers.
        comparison: Comparison,
    },
    /// From a campaign.
    Campaign {
        /// What the subject has to do with it, without a capital and a full stop. The number is that
        /// of the subject's reviews that are expected to belong to it.
        fact: fn(f64, &Campaign) -> String,
        /// How probable its role is: with a capital, without a full stop.
        judgement: fn(&Campaign) -> String,
    },
}

/// Words for a measured value.
pub(super) type Fact = fn(f64) -> String;

/// How a value's place among its peers is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Values beyond the peers' are unusual. The word gives the direction, such as `higher`.
    Than(&'static str),
    /// The value is a yes or a no. Half of the equal peers count as beyond it, so twice its tail is
    /// their share.
    Flag,
    /// The peers are the other reviews of the listing, and only their number is said.
    Rank,
    /// There is none.
    None,
}

/// The part of the corpus evidence that measures the same fact as a subject's own signal. The own
/// signal counts for as much less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// None.
    None,
    /// A term of the corpus detector, as far as it counts in this market.
    Detector(DetectorTerm),
    /// The corpus detector, which replaces the signal wherever it knows anything.
    ReplacedByDetector,
    /// The search for campaigns, where it has seen the review.
    CampaignSearch,
    /// The subject's reviews, where each has been assessed by itself.
    Reviews,
}

/// One signal's outcome on one subject.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// A measured value.
    Read(Reading),
    /// The signal abstains, with the reason.
    Silent(&'static str),
    /// The signal was not measured: as if it did not exist.
    Skipped,
}

/// A measured value.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// In the signal's own unit.
    pub value: f64,
    /// Share of peers that are at least as unusual, above 0 and up to 1.
    pub tail: f64,
    /// Number of peers that it was compared with. 0 where nothing is compared; the tail is 1 then.
    pub peers: u64,
}

/// Natural log of the likelihood ratio of a tail probability. It is uniform among honest peers and
/// Beta(x, 1) among manipulators, which gives `ln x + (x - 1) ln p` (Sellke, Bayarri and Berger,
/// The American Statistician 55, 2001, section 3). Its exponential has mean 1 among honest peers,
/// so evidence cannot be made out of nothing. Non-finite or out-of-range tails count as 1.
pub fn log_likelihood_ratio(tail: f64, sharpness: Sharpness) -> f64 {
    // A tail is never 0: no finite sample proves a value impossible.
    let tail = if tail > 0.0 && tail < 1.0 {
        tail.max(1e-12)
    } else {
        1.0
    };
    sharpness.log + (sharpness.value - 1.0) * libm::log(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_values_raise_and_usual_values_lower_the_risk() {
        assert!(log_likelihood_ratio(0.5, Sharpness::USUAL) < 0.0);
        assert!(log_likelihood_ratio(0.01, Sharpness::USUAL) > 1.5);
        assert!(
            log_likelihood_ratio(0.001, Sharpness::USUAL)
                > log_likelihood_ratio(0.01, Sharpness::USUAL)
        );
    }

    #[test]
    fn mean_likelihood_ratio_of_honest_peers_is_at_most_one() {
        for sharpness in [Sharpness::USUAL, Sharpness::BLUNT, Sharpness::WEAK] {
            assert!(sharpness.value > 0.0 && sharpness.value < 1.0);
            assert_eq!(sharpness.log, libm::log(sharpness.value));
            let steps = 2_000_000;
            let mean = (0..steps)
                .map(|step| {
                    let tail = (f64::from(step) + 0.5) / f64::from(steps);
                    libm::exp(log_likelihood_ratio(tail, sharpness))
                })
                .sum::<f64>()
                / f64::from(steps);
            // The integrand has a pole at 0 that a sum over a grid cuts a little short.
            assert!((0.9..=1.001).contains(&mean), "{sharpness:?}: {mean}");
        }
    }

    #[test]
    fn invalid_tails_never_raise_the_risk() {
        for tail in [f64::NAN, 0.0, -1.0, 2.0, f64::INFINITY] {
            let ratio = log_likelihood_ratio(tail, Sharpness::USUAL);
            assert!(ratio.is_finite() && ratio < 0.0, "{tail}: {ratio}");
        }
    }
}
