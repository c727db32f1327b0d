//! How a shadow version differs from the active one.

use crate::domain::Kind;
use crate::domain::{Band, Estimate};
use crate::integrity::CorpusEvidence;
use crate::state::{ReviewRow, State, SubjectIx};
use crate::stats::spearman;

/// Most subjects of a kind that are assessed by both: bounds the work of a pass.
const COMPARED_MAX: usize = 200_000;
/// Movers that are named for each kind.
const MOVERS_MAX: usize = 20;
/// Kinds whose assessments rest on the corpus detector, which is what versions correct.
const KINDS: [Kind; 2] = [Kind::Review, Kind::Reviewer];

/// A subject that two versions judge differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mover {
    /// The subject.
    pub subject: SubjectIx,
    /// Risk and band by the active version.
    pub active: (Estimate, Band),
    /// Risk and band by the shadow.
    pub shadow: (Estimate, Band),
}

impl Mover {
    /// How much higher the shadow's risk is, -1 to 1.
    pub fn change(&self) -> f64 {
        self.shadow.0.probability() - self.active.0.probability()
    }
}

/// How the subjects of one kind differ.
#[derive(Clone, Debug, PartialEq)]
pub struct KindComparison {
    /// The kind.
    pub kind: Kind,
    /// Subjects of the snapshot.
    pub known: u64,
    /// Those that both versions assessed: all, or an even sample of them.
    pub compared: u64,
    /// Compared subjects whose band differs.
    pub band_changes: u64,
    /// Spearman's correlation of the risks; none where one side is all one value.
    pub rank_correlation: Option<f64>,
    /// Mean change of the risk, -1 to 1.
    pub mean_change: f64,
    /// Mean of the absolute change, 0 to 1.
    pub mean_absolute_change: f64,
    /// Those that change most, the largest first; ties by row.
    pub movers: Vec<Mover>,
}

/// How a shadow version differs from the active one.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The active version.
    pub active: String,
    /// The shadow.
    pub shadow: String,
    /// Events of the snapshot that both scored.
    pub event_count: u64,
    /// Erasures before the snapshot: rows mean nothing after another one.
    pub generation: u64,
    /// Reviews and reviewers.
    pub kinds: Vec<KindComparison>,
}

/// Compares two versions on the snapshot that both kinds of evidence were gathered from. Listings and
/// sellers do not rest on the detector that versions correct.
pub fn compare(
    state: &State,
    active: &CorpusEvidence,
    shadow: &CorpusEvidence,
    generation: u64,
) -> Comparison {
    Comparison {
        active: active.model_version().to_owned(),
        shadow: shadow.model_version().to_owned(),
        event_count: state.event_count(),
        generation,
        kinds: KINDS
            .into_iter()
            .map(|kind| of_kind(state, kind, [active, shadow]))
            .collect(),
    }
}

fn of_kind(state: &State, kind: Kind, evidence: [&CorpusEvidence; 2]) -> KindComparison {
    let arrived = |subject: &SubjectIx| match subject {
        SubjectIx::Review(row) => state.reviews().get(*row).is_some_and(ReviewRow::arrived),
        SubjectIx::Reviewer(_) | SubjectIx::Listing(_) | SubjectIx::Seller(_) => true,
    };
    let rows: Vec<SubjectIx> = state.subjects(kind).filter(arrived).collect();
    let step = rows.len().div_ceil(COMPARED_MAX).max(1);
    let mover = |subject: &SubjectIx| {
        let [active, shadow] = evidence.map(|evidence| {
            let assessed = evidence.assess(state, *subject);
            (assessed.fused.estimate, assessed.band)
        });
        Mover {
            subject: *subject,
            active,
            shadow,
        }
    };
    let mut movers: Vec<Mover> = rows.iter().step_by(step).map(mover).collect();
    let side = |of: fn(&Mover) -> Estimate| -> Vec<f64> {
        movers.iter().map(|mover| of(mover).log_odds).collect()
    };
    let rank_correlation = spearman(&side(|mover| mover.active.0), &side(|mover| mover.shadow.0));
    let compared = movers.len();
    let mean = |of: &dyn Fn(f64) -> f64| {
        let sum: f64 = movers.iter().map(|mover| of(mover.change())).sum();
        sum / compared.max(1) as f64
    };
    let (mean_change, mean_absolute_change) = (mean(&|change| change), mean(&f64::abs));
    let changed = movers
        .iter()
        .filter(|mover| mover.active.1 != mover.shadow.1);
    let band_changes = changed.count() as u64;
    movers.retain(|mover| mover.change() != 0.0);
    movers.sort_by(|a, b| {
        let larger = b.change().abs().total_cmp(&a.change().abs());
        larger.then(a.subject.cmp(&b.subject))
    });
    movers.truncate(MOVERS_MAX);
    KindComparison {
        kind,
        known: rows.len() as u64,
        compared: compared as u64,
        band_changes,
        rank_correlation,
        mean_change,
        mean_absolute_change,
        movers,
    }
}
