//! Comparison of a shadow version with the active one.

use super::ModelsError;
use crate::domain::{Band, Estimate, Kind};
use crate::integrity::{Assessed, CorpusEvidence};
use crate::state::{ReviewRow, State, SubjectIx};
use crate::stats::spearman;
use crate::threads::cancel::Cancel;

/// Most subjects of a kind that both versions assess: bounds the work of a comparison.
const COMPARED_MAX: usize = 200_000;
/// Movers that are named for each kind.
const MOVERS_MAX: usize = 20;
/// Kinds whose assessments use the corpus detector, which versions correct. Listings and sellers use
/// own signals and campaigns only.
const KINDS: [Kind; 2] = [Kind::Review, Kind::Reviewer];
/// Subjects between two checks for a cancelled call.
const CHECK_EVERY: usize = 1024;

/// Risk and band by one version.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Risk {
    /// The risk.
    pub estimate: Estimate,
    /// Its band.
    pub band: Band,
}

impl From<Assessed> for Risk {
    fn from(assessed: Assessed) -> Self {
        Self {
            estimate: assessed.fused.estimate,
            band: assessed.band,
        }
    }
}

/// A subject that two versions assess differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mover {
    /// The subject.
    pub subject: SubjectIx,
    /// By the active version.
    pub active: Risk,
    /// By the shadow.
    pub shadow: Risk,
}

impl Mover {
    /// The shadow's probability minus the active version's, -1 to 1.
    pub fn change(&self) -> f64 {
        self.shadow.estimate.probability() - self.active.estimate.probability()
    }
}

/// Differences of the subjects of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct KindComparison {
    /// The kind.
    pub kind: Kind,
    /// Subjects of the snapshot.
    pub known: u64,
    /// Subjects that both versions assessed: all, or an even sample of them.
    pub compared: u64,
    /// Compared subjects whose band differs.
    pub band_changes: u64,
    /// Spearman's correlation of the risks; none if one version gives all subjects the same risk.
    pub rank_correlation: Option<f64>,
    /// Mean change of the probability, -1 to 1.
    pub mean_change: f64,
    /// Mean of the absolute change, 0 to 1.
    pub mean_absolute_change: f64,
    /// The subjects that change most, the largest change first; ties by subject.
    pub movers: Vec<Mover>,
}

/// Differences between a shadow version and the active one.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The active version.
    pub active: String,
    /// The shadow.
    pub shadow: String,
    /// Accepted events of the snapshot.
    pub event_count: u64,
    /// Reviews and reviewers.
    pub kinds: Vec<KindComparison>,
}

/// Compares two versions by their evidence of one snapshot.
pub fn compare(
    state: &State,
    active: &CorpusEvidence,
    shadow: &CorpusEvidence,
    cancel: &Cancel,
) -> Result<Comparison, ModelsError> {
    let mut kinds = Vec::new();
    for kind in KINDS {
        let subjects = arrived(state, kind);
        let step = subjects.len().div_ceil(COMPARED_MAX).max(1);
        let mut movers = Vec::with_capacity(subjects.len().div_ceil(step));
        for (number, subject) in subjects.iter().copied().step_by(step).enumerate() {
            if number % CHECK_EVERY == 0 {
                cancel.check()?;
            }
            movers.push(Mover {
                subject,
                active: active.assess(state, subject).into(),
                shadow: shadow.assess(state, subject).into(),
            });
        }
        kinds.push(KindComparison::of(kind, subjects.len() as u64, movers));
    }
    Ok(Comparison {
        active: active.model_version().to_owned(),
        shadow: shadow.model_version().to_owned(),
        event_count: state.event_count(),
        kinds,
    })
}

fn arrived(state: &State, kind: Kind) -> Vec<SubjectIx> {
    let has_arrived = |subject: &SubjectIx| match subject {
        SubjectIx::Review(row) => state.reviews().get(*row).is_some_and(ReviewRow::arrived),
        SubjectIx::Reviewer(_) | SubjectIx::Listing(_) | SubjectIx::Seller(_) => true,
    };
    state.subjects(kind).filter(has_arrived).collect()
}

impl KindComparison {
    fn of(kind: Kind, known: u64, mut compared: Vec<Mover>) -> Self {
        let log_odds = |of: fn(&Mover) -> Risk| -> Vec<f64> {
            let risks = compared.iter().map(of);
            risks.map(|risk| risk.estimate.log_odds).collect()
        };
        let count = compared.len();
        let mean = |of: fn(f64) -> f64| {
            let sum: f64 = compared.iter().map(|mover| of(mover.change())).sum();
            sum / count.max(1) as f64
        };
        let band_changes = compared
            .iter()
            .filter(|mover| mover.active.band != mover.shadow.band);
        let comparison = Self {
            kind,
            known,
            compared: count as u64,
            band_changes: band_changes.count() as u64,
            rank_correlation: spearman(
                &log_odds(|mover| mover.active),
                &log_odds(|mover| mover.shadow),
            ),
            mean_change: mean(|change| change),
            mean_absolute_change: mean(f64::abs),
            movers: Vec::new(),
        };
        compared.retain(|mover| mover.change() != 0.0);
        compared.sort_by(|a, b| {
            let larger = b.change().abs().total_cmp(&a.change().abs());
            larger.then(a.subject.cmp(&b.subject))
        });
        compared.truncate(MOVERS_MAX);
        Self {
            movers: compared,
            ..comparison
        }
    }
}
