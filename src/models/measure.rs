//! How well a version tells the verdicts of the log apart.

use super::{ModelsError, Verdicts};
use crate::integrity::CorpusEvidence;
use crate::models::labelled::{Judge, Labelled, Report, Scores, Top};
use crate::state::State;
use crate::stats::population::Figure;
use crate::stats::{Bootstrap, Calibration};
use crate::threads::cancel::Cancel;

/// Draws of the bootstrap: enough for two digits of an interval.
pub(super) const BOOTSTRAP: Bootstrap = Bootstrap {
    draws: 200,
    coverage: 0.95,
    seed: 1,
};

/// How well scores tell verdicts apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Reviews judged manipulated.
    pub manipulated: u64,
    /// Reviews judged genuine.
    pub genuine: u64,
    /// Order, by kind of subject.
    pub report: Report,
    /// The top of the ranking of reviews.
    pub top: Top,
    /// Expected calibration error of reviews, 0 to 1; interval over listings.
    pub ece: Figure,
    /// Probabilities against shares; none without rows.
    pub calibration: Option<Calibration>,
}

/// Measures the assessments that evidence makes, on the verdicts that `measured` takes. The state is
/// the one that the evidence was gathered from, or a later one.
pub fn measure(
    state: &State,
    evidence: &CorpusEvidence,
    verdicts: &Verdicts,
    measured: impl Fn(usize) -> bool,
    cancel: &Cancel,
) -> Result<Measurement, ModelsError> {
    let corpus = verdicts.corpus(state);
    let mut rows = Vec::new();
    let mut scores = Scores {
        reviews: vec![f64::NAN; verdicts.reviews.len()],
        reviewers: vec![f64::NAN; corpus.reviewers()],
    };
    for (place, judged) in verdicts.reviews.iter().enumerate() {
        if !measured(place) {
            continue;
        }
        cancel.check()?;
        let assessed = evidence.assess_review(state, judged.review);
        scores.reviews[place] = assessed.fused.estimate.log_odds;
        let author = corpus.reviewer_of(place);
        let score = &mut scores.reviewers[author as usize];
        if score.is_nan() {
            let assessed = evidence.assess_reviewer(state, judged.reviewer);
            *score = assessed.fused.estimate.log_odds;
        }
        rows.push(Labelled {
            row: place as u32,
            reviewer: author,
            listing: corpus.listing_of(place),
            lone: judged.lone,
            manipulated: judged.manipulated,
        });
    }
    let judge = Judge::of(&rows);
    let manipulated = rows.iter().filter(|row| row.manipulated).count();
    cancel.check()?;
    let report = judge.report(&scores, Some(BOOTSTRAP));
    cancel.check()?;
    Ok(Measurement {
        manipulated: manipulated as u64,
        genuine: (rows.len() - manipulated) as u64,
        report,
        top: judge.top(&scores),
        ece: judge.calibration_error(&scores.reviews, BOOTSTRAP),
        calibration: judge.calibration(&scores.reviews),
    })
}
