//! Fits a version from the verdicts of the log, and backtests it.

use super::record::{Origin, Tested, Version};
use super::{ModelsError, Parts, Scorer, Split, Verdicts};
use crate::integrity::detect::Corpus;
use crate::integrity::detect::features::{Feature, visit};
use crate::integrity::learn::{Learned, Model, ModelError, Training, fit_beside};
use crate::integrity::{CorpusEvidence, detected};
use crate::state::State;
use crate::stats::population::{Figure, Order, Population};
use crate::stats::{Bootstrap, Ranking};
use crate::threads::cancel::Cancel;

/// Draws of the bootstrap: enough for two digits of an interval.
const BOOTSTRAP: Bootstrap = Bootstrap {
    draws: 200,
    coverage: 0.95,
    seed: 1,
};
/// Fitted models whose tables of authors are in memory at a time.
const AT_A_TIME: usize = 2;

/// A fitted version and its backtest.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Learned from all verdicts.
    pub version: Version,
    /// Reviews judged manipulated.
    pub manipulated: u64,
    /// Reviews judged genuine.
    pub genuine: u64,
    /// Verdicts that were not used: not on single reviews, or too old.
    pub left_out: u64,
    /// Comparison with the active version.
    pub backtest: Backtest,
}

/// Agreement of one scorer with held-out verdicts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOutScores {
    /// Average precision and AUC.
    pub order: Order,
    /// Expected calibration error, 0 to 1.
    pub calibration_error: Figure,
}

/// The active version, and models fitted without the held-out verdicts, measured on those.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// The unit that was held out.
    pub split: Split,
    /// Held-out reviews that were measured.
    pub measured: u64,
    /// Name of the active version.
    pub before: String,
    /// Measured verdicts that trained the active version: it has seen their answers.
    pub before_trained_on: u64,
    /// By the active version.
    pub before_scores: HeldOutScores,
    /// By the fitted models.
    pub after_scores: HeldOutScores,
    /// Gain in average precision, on the same bootstrap samples.
    pub ap_gain: Figure,
    /// Gain in AUC, on the same bootstrap samples.
    pub auc_gain: Figure,
}

/// Input of a fit.
#[derive(Clone, Copy)]
pub struct Basis<'a> {
    /// The snapshot.
    pub state: &'a State,
    /// Its last log record.
    pub log_sequence: u64,
    /// Evidence of the snapshot by the active version.
    pub evidence: &'a CorpusEvidence,
    /// The active version.
    pub active: &'a Scorer,
}

/// Fits a version from the verdicts of a snapshot. The curves are fitted beside own signals and
/// campaigns, so that they do not learn what those explain already. Costs several passes over all
/// reviews. Blocks.
pub fn fit(
    basis: Basis<'_>,
    split: Split,
    created: u32,
    cancel: &Cancel,
) -> Result<Fitted, ModelsError> {
    let state = basis.state;
    let verdicts = Verdicts::of(state, cancel)?;
    verdicts.enough()?;
    let training_set = TrainingSet::of(basis, &verdicts, cancel)?;
    let model = training_set.learn(|_| true)?;
    let backtest = backtest_of(basis, &verdicts, &training_set, split, cancel)?;
    let (manipulated, genuine) = verdicts.counts();
    let (log_sequence, events) = (basis.log_sequence, state.event_count());
    let trained_on = format!("verdicts among the first {events} events of the log");
    let mut version = Version::new(model, trained_on, Origin::Fitted { log_sequence }, created);
    version.tested = Some(Tested {
        ap: backtest.after_scores.order.ap.value,
        auc: backtest.after_scores.order.auc.value,
        ece: backtest.after_scores.calibration_error.value,
    });
    Ok(Fitted {
        version,
        manipulated: manipulated as u64,
        genuine: genuine as u64,
        left_out: verdicts.left_out + verdicts.beyond,
        backtest,
    })
}

/// The judged reviews, as input of the learner.
struct TrainingSet {
    features: Vec<Feature>,
    labels: Vec<bool>,
    /// Log-odds by own signals and campaigns.
    beside: Vec<f64>,
    corpus: Corpus,
}

impl TrainingSet {
    fn of(basis: Basis<'_>, verdicts: &Verdicts, cancel: &Cancel) -> Result<Self, ModelsError> {
        let state = basis.state;
        let indices = arrival_indices(state, verdicts);
        cancel.check()?;
        let (all, detection) =
            detected(state, basis.evidence.campaigns()).ok_or(ModelError::OneKind)?;
        let mut features = Vec::new();
        let mut going_on = Ok(());
        visit(&all, &detection, &mut |column| {
            going_on = going_on.and_then(|()| cancel.check());
            if going_on.is_ok() {
                features.push(column.keep(indices.iter().copied()));
            }
        });
        going_on?;
        let mut beside = Vec::with_capacity(indices.len());
        for judged in &verdicts.reviews {
            cancel.check()?;
            beside.push(basis.evidence.log_odds_beside(state, judged.review));
        }
        Ok(Self {
            features,
            labels: verdicts.labels(),
            beside,
            corpus: verdicts.corpus(state),
        })
    }

    /// Learns from the reviews that `taken` takes.
    fn learn(&self, taken: impl Fn(usize) -> bool) -> Result<Model, ModelError> {
        let rows: Vec<u32> = (0..self.labels.len())
            .filter(|row| taken(*row))
            .map(|row| row as u32)
            .collect();
        let labels: Vec<bool> = rows.iter().map(|row| self.labels[*row as usize]).collect();
        let beside: Vec<f64> = rows.iter().map(|row| self.beside[*row as usize]).collect();
        let training = Training {
            rows: &rows,
            labels: &labels,
            listings: self.corpus.listing_numbers(),
        };
        fit_beside(&self.features, training, &beside)
    }
}

/// Finds the judged reviews among the reviews that have arrived.
fn arrival_indices(state: &State, verdicts: &Verdicts) -> Vec<usize> {
    let mut judged = verdicts
        .reviews
        .iter()
        .map(|judged| judged.review)
        .peekable();
    let reviews = state.reviews().numbered();
    reviews
        .filter(|(_, review)| review.arrived())
        .enumerate()
        .filter(|(_, (row, _))| judged.next_if_eq(row).is_some())
        .map(|(index, _)| index)
        .collect()
}

/// Fits without each held-out part, scores that part, and compares it with the active version.
fn backtest_of(
    basis: Basis<'_>,
    verdicts: &Verdicts,
    training_set: &TrainingSet,
    split: Split,
    cancel: &Cancel,
) -> Result<Backtest, ModelsError> {
    let Basis {
        state,
        evidence,
        active,
        ..
    } = basis;
    let parts = Parts::new(&training_set.corpus, split);
    let mut folds = Vec::new();
    for part in parts.held_out() {
        cancel.check()?;
        match training_set.learn(|row| !parts.is_in(row, *part)) {
            Ok(model) => folds.push((
                *part,
                Learned {
                    name: String::new(),
                    model,
                },
            )),
            // All other labels are alike: this part is not measured.
            Err(ModelError::OneKind) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut after = vec![f64::NAN; verdicts.reviews.len()];
    for folds in folds.chunks(AT_A_TIME) {
        let learned: Vec<Option<&Learned>> = folds.iter().map(|(_, fold)| Some(fold)).collect();
        let tables = evidence.by(state, &learned, cancel)?;
        for ((part, _), table) in folds.iter().zip(tables) {
            for (row, judged) in verdicts.reviews.iter().enumerate() {
                if parts.is_in(row, *part) {
                    cancel.check()?;
                    let assessed = table.assess_review(state, judged.review);
                    after[row] = assessed.fused.estimate.log_odds;
                }
            }
        }
    }
    // Only where models without the verdict score, too.
    let mut before = after.clone();
    for (score, judged) in before.iter_mut().zip(&verdicts.reviews) {
        cancel.check()?;
        if !score.is_nan() {
            let assessed = evidence.assess_review(state, judged.review);
            *score = assessed.fused.estimate.log_odds;
        }
    }
    let rows: Vec<u32> = (0..after.len())
        .filter(|row| !after[*row].is_nan())
        .map(|row| row as u32)
        .collect();
    let of = |row: &u32| training_set.corpus.listing_of(*row as usize);
    let held_out = Population {
        labels: rows
            .iter()
            .map(|row| training_set.labels[*row as usize])
            .collect(),
        groups: rows.iter().map(of).collect(),
        rows,
    };
    let trained = held_out
        .rows
        .iter()
        .filter(|row| active.trained_on(&verdicts.reviews[**row as usize]));
    let before_trained_on = trained.count() as u64;
    cancel.check()?;
    Ok(Backtest {
        split,
        measured: held_out.rows.len() as u64,
        before: active.name().to_owned(),
        before_trained_on,
        before_scores: scores_of(&held_out, &before),
        after_scores: scores_of(&held_out, &after),
        ap_gain: gain(&held_out, [&before, &after], |ranking, sample| {
            sample.map_or_else(
                || ranking.average_precision(),
                |sample| ranking.average_precision_of_sample(sample),
            )
        }),
        auc_gain: gain(&held_out, [&before, &after], |ranking, sample| {
            sample.map_or_else(|| ranking.auc(), |sample| ranking.auc_of_sample(sample))
        }),
    })
}

fn scores_of(held_out: &Population, log_odds: &[f64]) -> HeldOutScores {
    HeldOutScores {
        order: held_out.order(log_odds, Some(BOOTSTRAP)),
        calibration_error: held_out.calibration_error(log_odds, BOOTSTRAP),
    }
}

/// Computes the gain of the second scores over the first, on the same rows and the same draws.
fn gain(
    held_out: &Population,
    scores: [&[f64]; 2],
    figure: fn(&Ranking, Option<&[u32]>) -> Option<f64>,
) -> Figure {
    let rankings = scores.map(|scores| held_out.ranking(scores));
    let [Some(before), Some(after)] = rankings else {
        return Figure::default();
    };
    let gain = |sample: Option<&[u32]>| Some(figure(&after, sample)? - figure(&before, sample)?);
    Figure {
        value: gain(None),
        interval: BOOTSTRAP.interval(&held_out.groups, |sample| gain(Some(sample))),
    }
}
