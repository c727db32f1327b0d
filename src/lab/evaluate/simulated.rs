//! The whole pipeline on a simulated market, held against the truth.

mod market;
mod measure;
mod stream;

use serde::Serialize;

pub use market::{Played, play};
pub use measure::measure;

/// Campaigns below this confidence are not called campaigns.
pub const FLAGGED: f64 = 0.5;

/// How well scores order one kind of subject.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Ordered {
    /// Average precision.
    pub ap: Option<f64>,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Share of the manipulated found at 1 % false positives.
    pub recall_at_1_percent: Option<f64>,
}

/// One kind of subject by one kind of score.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scored {
    /// By the assessments as they are served.
    pub assessed: Ordered,
    /// By own signals alone.
    pub own_signals: Ordered,
    /// By these and the corpus detector.
    pub with_corpus: Ordered,
    /// By own signals and campaigns.
    pub with_campaigns: Ordered,
    /// By network beliefs that start from the assessments; none for listings and sellers.
    pub network: Ordered,
}

/// What was found of the pushes of one scheme, or of all.
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
    /// Of these, with at least half of their reviews in flagged campaigns.
    pub found: u64,
    /// Reviews of these pushes in flagged campaigns.
    pub reviews_found: u64,
    /// Mean share of a push's reviews that were in when half of those that were in, and at least
    /// 3, were first flagged; over the pushes that ever were.
    pub share_at_first_flag: Option<f64>,
    /// Pushes that were ever flagged while the market ran.
    pub ever_flagged: u64,
    /// Of these, flagged when at most half of their reviews were in.
    pub flagged_by_half: u64,
}

/// Whom candidates were attributed to.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Attributed {
    /// Candidates that are mostly planted praise, and those of them called self-promotion.
    pub promotion: [u64; 2],
    /// Candidates that are mostly planted blame, and those of them called an attack.
    pub attack: [u64; 2],
    /// Candidates with at most a tenth planted, and those of them called an organic burst.
    pub organic: [u64; 2],
}

impl Attributed {
    /// Share of all these that were called right.
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
    /// What they have in common.
    pub group: String,
    /// Honest sellers with at least 5 reviews.
    pub sellers: u64,
    /// Of these, in band high or worse.
    pub high: u64,
    /// Of these, with a flagged campaign for them.
    pub promoted: u64,
}

/// Coverage of the dividend's intervals.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Coverage {
    /// The rating formula.
    pub formula: String,
    /// Which listings, of those with at least 10 reviews.
    pub listings: String,
    /// How many.
    pub count: u64,
    /// Share of 90 % intervals that hold the true clean rating.
    pub covered: Option<f64>,
    /// Mean absolute error of the clean rating, stars.
    pub error: Option<f64>,
    /// The same of the displayed rating.
    pub displayed_error: Option<f64>,
}

/// What one family of signals, or one signal, does for the order of one kind of subject, as areas
/// under the ROC curve.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Part {
    /// "review", "reviewer" or "listing".
    pub subject: &'static str,
    /// Name of the family or code of the signal.
    pub name: String,
    /// Which of both it is.
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
    /// Families and signals, each left out and each alone.
    pub parts: Vec<Part>,
    /// By scheme.
    pub schemes: Vec<Found>,
    /// All schemes.
    pub all: Found,
    /// Flagged campaigns.
    pub flagged: u64,
    /// Of these, with at least half of their reviews planted.
    pub flagged_right: u64,
    /// Flagged campaigns that are not, and begin on a sale day of all or in the 9 days after.
    pub flagged_on_sale_days: u64,
    /// Candidates.
    pub candidates: u64,
    /// Whom they were attributed to.
    pub attributed: Attributed,
    /// Share of the pushes ever flagged whose first id still leads to a campaign at the end.
    pub ids_kept: Option<f64>,
    /// Manipulated sellers with at least 5 reviews, and those of them in band high or worse.
    pub caught: [u64; 2],
    /// Honest sellers: all, then by group.
    pub honest: Vec<Honest>,
    /// Coverage of the dividend.
    pub dividend: Vec<Coverage>,
    /// Seconds of one pass for evidence over the whole market.
    pub pass_seconds: f64,
}
