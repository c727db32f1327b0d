//! The whole pipeline on a simulated market, measured against the truth.

mod market;
mod measure;
mod stream;

use serde::Serialize;

pub use market::{Played, play};
pub use measure::measure;

/// Confidence from which a campaign is flagged.
pub const FLAGGED: f64 = 0.5;

/// Quality of the order of one kind of subject.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Ordered {
    /// Average precision.
    pub ap: Option<f64>,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Recall at 1 % false positives.
    pub recall_at_1_percent: Option<f64>,
}

/// One kind of subject by one kind of score.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scored {
    /// By assessments as served.
    pub assessed: Ordered,
    /// By own signals alone.
    pub own_signals: Ordered,
    /// By own signals and the corpus detector.
    pub with_corpus: Ordered,
    /// By own signals and campaigns.
    pub with_campaigns: Ordered,
    /// By network beliefs that start from the assessments; empty for listings and sellers.
    pub network: Ordered,
}

/// Detection of the pushes of one scheme, or of all.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Found {
    /// Name of the scheme, or "all".
    pub scheme: String,
    /// Manipulated reviews.
    pub manipulated: u64,
    /// Reviews of the scheme against honest ones.
    pub reviews: Scored,
    /// Pushes of at least 5 reviews.
    pub pushes: u64,
    /// Pushes with at least half of their reviews in flagged campaigns.
    pub found: u64,
    /// Their reviews in flagged campaigns.
    pub reviews_found: u64,
    /// Mean share of a push's reviews that had arrived at its first detection, over detected
    /// pushes. A push is detected when half of its reviews so far, and at least 3, are flagged.
    pub share_at_first_flag: Option<f64>,
    /// Pushes that were detected while the market ran.
    pub ever_flagged: u64,
    /// Pushes detected with at most half of their reviews.
    pub flagged_by_half: u64,
}

/// Attributions of candidates.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Attributed {
    /// Candidates that are mostly planted positive reviews, and those attributed to self-promotion.
    pub promotion: [u64; 2],
    /// Candidates that are mostly planted negative reviews, and those attributed to an attack.
    pub attack: [u64; 2],
    /// Candidates with at most a tenth planted, and those called an organic burst.
    pub organic: [u64; 2],
}

impl Attributed {
    /// Returns the share of correct attributions.
    pub fn accuracy(&self) -> Option<f64> {
        let kinds = [self.promotion, self.attack, self.organic];
        let all: u64 = kinds.iter().map(|kind| kind[0]).sum();
        let right: u64 = kinds.iter().map(|kind| kind[1]).sum();
        (all > 0).then(|| right as f64 / all as f64)
    }
}

/// Honest sellers of one group.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Honest {
    /// Name of the group.
    pub group: String,
    /// Honest sellers with at least 5 reviews.
    pub sellers: u64,
    /// Those in band high or worse.
    pub high: u64,
    /// Those with a flagged campaign in their favour.
    pub promoted: u64,
}

/// Coverage of the dividend's intervals.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Coverage {
    /// The rating formula.
    pub formula: String,
    /// The set of listings, among those with at least 10 reviews.
    pub listings: String,
    /// Their number.
    pub count: u64,
    /// Share of 90 % intervals that contain the true clean rating.
    pub covered: Option<f64>,
    /// Mean absolute error of the clean rating, stars.
    pub error: Option<f64>,
    /// The same of the displayed rating.
    pub displayed_error: Option<f64>,
}

/// Effect of one family of signals, or one signal, on the order of one kind of subject, as areas
/// under the ROC curve.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Part {
    /// "review", "reviewer" or "listing".
    pub subject: &'static str,
    /// Name of the family or code of the signal.
    pub name: String,
    /// Whether it is a family.
    pub is_family: bool,
    /// Of the whole sum.
    pub whole: Option<f64>,
    /// Of the sum without it.
    pub without: Option<f64>,
    /// Of its terms alone.
    pub alone: Option<f64>,
    /// Share of the subjects on which it was measured.
    pub measured: f64,
}

/// All figures of one market.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// The market.
    pub spec: String,
    /// Its reviews.
    pub reviews_count: u64,
    /// Reviews, all schemes.
    pub reviews: Scored,
    /// Authors.
    pub reviewers: Scored,
    /// Listings.
    pub listings: Scored,
    /// Sellers.
    pub sellers: Scored,
    /// Families and signals, left out and alone.
    pub parts: Vec<Part>,
    /// By scheme.
    pub schemes: Vec<Found>,
    /// All schemes.
    pub all: Found,
    /// Flagged campaigns.
    pub flagged: u64,
    /// Flagged campaigns with at least half of their reviews planted.
    pub flagged_right: u64,
    /// Other flagged campaigns that begin on a general sale day or in the 9 days after.
    pub flagged_on_sale_days: u64,
    /// Candidates.
    pub candidates: u64,
    /// Their attributions.
    pub attributed: Attributed,
    /// Share of detected pushes whose first id still leads to a campaign at the end.
    pub ids_kept: Option<f64>,
    /// Manipulated sellers with at least 5 reviews, and those in band high or worse.
    pub caught: [u64; 2],
    /// Honest sellers: all, then by group.
    pub honest: Vec<Honest>,
    /// Coverage of the dividend.
    pub dividend: Vec<Coverage>,
    /// Seconds of one evidence pass over the whole market.
    pub pass_seconds: f64,
}
