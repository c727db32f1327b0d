//! An assessment of one subject: its probability with an interval, and the findings that add up to it.

use serde::{Deserialize, Serialize};

use super::{Id, Subject, Time, VerdictLabel};
use crate::stats::{QUANTILE_90, logistic};

/// The scored result for one subject at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The subject.
    pub subject: Subject,
    /// Risk that the subject manipulates; none for a past day without a point.
    pub risk: Option<Estimate>,
    /// Band of the risk.
    pub band: Band,
    /// Share of signals that could be measured, 0 to 1.
    pub coverage: f64,
    /// Findings whose contributions, with the prior, sum to the log-odds of the risk.
    pub findings: Vec<Finding>,
    /// Signals that could not be measured.
    pub abstentions: Vec<Abstention>,
    /// Risk that others attack the subject; none where nothing could be measured.
    pub attack: Option<Estimate>,
    /// Findings of the attack.
    pub attack_findings: Vec<Finding>,
    /// Context of the subject.
    pub context: SubjectContext,
    /// Latest verdict on the subject.
    pub verdict: VerdictLabel,
    /// Name of the model version.
    pub model_version: String,
    /// Events of the snapshot; 0 for a past day.
    pub event_count: u64,
    /// Events that the corpus evidence rests on.
    pub evidence_event_count: u64,
    /// Newest event time of the snapshot.
    pub watermark: Option<Time>,
}

/// Facts of a subject beside its score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SubjectContext {
    /// Reviews that are up, copies included.
    pub review_count: u64,
    /// Of these, copies of others on the same listing or of the same seller.
    pub copy_count: u64,
    /// The review that a review is a copy of.
    pub copy_of: Option<CopyOf>,
    /// Reviews that were removed.
    pub removed_count: u64,
    /// Mean stars of the reviews that are up, 1 to 5.
    pub mean_rating: Option<f64>,
    /// Marketplace and category that the subject is compared within; empty for sellers.
    pub peer_group: String,
    /// Seller of a review or listing; empty otherwise.
    pub seller_id: String,
    /// Log-odds of a review when it arrived.
    pub arrival_log_odds: Option<f64>,
    /// Manipulated ones among the positive reviews of a listing or a seller.
    pub manipulated: Option<ManipulatedReviews>,
}

/// How many of a subject's positive reviews are manipulated, in its favour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ManipulatedReviews {
    /// Reviews that are up, 4 or 5 stars.
    pub reviews: u32,
    /// Expected number of these.
    pub expected: f64,
    /// Standard deviation of that number.
    pub sd: f64,
    /// The share from which on it is material, 0 to 1.
    pub material_share: f64,
    /// Probability that the share is material, 0 to 1.
    pub material: f64,
}

impl ManipulatedReviews {
    /// The 90 % interval of the number, inside 0 and the number of reviews.
    pub fn interval(&self) -> (f64, f64) {
        let most = f64::from(self.reviews);
        let end = |sign: f64| (self.expected + sign * QUANTILE_90 * self.sd).clamp(0.0, most);
        (end(-1.0), end(1.0))
    }
}

/// The original of a copied review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOf {
    /// Its id.
    pub review: Id,
    /// Whether it is of the same seller as the copy.
    pub same_seller: bool,
}

/// One term of a score with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Stable code of the signal.
    pub code: &'static str,
    /// Version of the signal.
    pub version: u32,
    /// Family of signals that share one bound.
    pub family: &'static str,
    /// The measured fact in words, without a full stop.
    pub fact: String,
    /// The measured value, in the signal's unit.
    pub value: f64,
    /// How the value compares with peers; none where they must not be shown.
    pub comparison: Option<PeerComparison>,
    /// Log-odds that the term adds.
    pub contribution: f64,
    /// Up to five reviews that support the term, newest first.
    pub reviews: Vec<Id>,
    /// Rules that the finding may be an indicator for.
    pub legal_tags: &'static [&'static str],
    /// Campaign that the term is about.
    pub campaign_id: Option<String>,
}

/// How a value compares with those of peers.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerComparison {
    /// Share of peers with a less unusual value, 0 to 1.
    pub percentile: f64,
    /// Peers compared with.
    pub peers: u64,
    /// The comparison in words, without a full stop; none where it adds nothing to the fact.
    pub words: Option<String>,
}

/// A signal that could not be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abstention {
    /// Stable code of the signal.
    pub code: &'static str,
    /// Why.
    pub reason: &'static str,
}

/// A probability with its 90 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Natural log-odds.
    pub log_odds: f64,
    /// Standard deviation of the log-odds.
    pub sd: f64,
}

impl Estimate {
    /// Returns the probability, 0 to 1.
    pub fn probability(&self) -> f64 {
        logistic(self.log_odds)
    }

    /// Returns the lower end of the interval, 0 to 1.
    pub fn lower(&self) -> f64 {
        logistic(self.log_odds - QUANTILE_90 * self.sd)
    }

    /// Returns the upper end of the interval, 0 to 1.
    pub fn upper(&self) -> f64 {
        logistic(self.log_odds + QUANTILE_90 * self.sd)
    }
}

/// Attention that a subject deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Band {
    /// Too little is known.
    InsufficientData,
    /// Below 0.15.
    Low,
    /// Below 0.35.
    Guarded,
    /// Below 0.6, or above with a lower end below 0.3.
    Elevated,
    /// Below 0.85, or above with a lower end below 0.6.
    High,
    /// The rest.
    Critical,
}

impl Band {
    /// All bands, in rising order.
    pub const ALL: [Self; 6] = [
        Self::InsufficientData,
        Self::Low,
        Self::Guarded,
        Self::Elevated,
        Self::High,
        Self::Critical,
    ];

    /// Returns the band of an estimate, for a subject of which enough is known.
    pub fn of(estimate: &Estimate) -> Self {
        let (probability, lower) = (estimate.probability(), estimate.lower());
        match probability {
            p if p < 0.15 => Self::Low,
            p if p < 0.35 => Self::Guarded,
            p if p < 0.6 || lower < 0.3 => Self::Elevated,
            p if p < 0.85 || lower < 0.6 => Self::High,
            _ => Self::Critical,
        }
    }

    /// Returns the stable code that metrics and files use.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InsufficientData => "insufficient_data",
            Self::Low => "low",
            Self::Guarded => "guarded",
            Self::Elevated => "elevated",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
