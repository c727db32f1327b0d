//! A version fitted from the verdicts of the log, and its backtest.

use super::measure::BOOTSTRAP;
use super::record::{Origin, Tested, Version};
use super::{ModelsError, Scorer, Verdicts};
use crate::integrity::detect::Corpus;
use crate::integrity::detect::features::{Feature, visit};
use crate::integrity::learn::{Learned, Model, ModelError, Training, fit_beside};
use crate::integrity::{CorpusEvidence, detected};
use crate::models::labelled::{Parts, Split};
use crate::state::State;
use crate::stats::Ranking;
use crate::stats::population::{Figure, Order, Population};
use crate::threads::cancel::Cancel;

/// Versions whose tables are held at a time while the backtest scores with them.
const AT_A_TIME: usize = 2;

/// A version that was fitted, and what it is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The version, learned from all verdicts.
    pub version: Version,
    /// Reviews judged manipulated.
    pub manipulated: u64,
    /// Reviews judged genuine.
    pub genuine: u64,
    /// Verdicts that say nothing of single reviews.
    pub left_out: u64,
    /// How models did that had not seen the verdicts that they are measured on.
    pub backtest: Backtest,
}

/// The active version and models fitted without the held-out verdicts, on those.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// What was held out together.
    pub split: Split,
    /// Held-out reviews that were measured.
    pub measured: u64,
    /// The active version.
    pub before: String,
    /// Measured verdicts that the active version was trained on: it has seen the answers.
    pub before_trained_on: u64,
    /// The active version on them.
    pub before_order: Order,
    /// The fitted models on them.
    pub after_order: Order,
    /// Expected calibration error of the active version.
    pub before_ece: Figure,
    /// Expected calibration error of the fitted models.
    pub after_ece: Figure,
    /// Average precision of the fitted models less the active version's, on the same draws.
    pub ap_gain: Figure,
    /// AUC of the fitted models less the active version's, on the same draws.
    pub auc_gain: Figure,
}

/// What a fit starts from.
#[derive(Clone, Copy)]
pub struct Basis<'a> {
    /// The snapshot.
    pub state: &'a State,
    /// Its last log record.
    pub log_sequence: u64,
    /// Campaigns, and how authors stand by the active version.
    pub evidence: &'a CorpusEvidence,
    /// The active version.
    pub active: &'a Scorer,
}

/// Fits a version from the verdicts of a snapshot. The curves are fitted beside what own signals and
/// campaigns say of each review, so that they do not learn again what is explained already. Costs
/// several passes over all reviews: call it off the async threads.
pub fn fit(
    basis: Basis<'_>,
    split: Split,
    created: u32,
    cancel: &Cancel,
) -> Result<Fitted, ModelsError> {
    let state = basis.state;
    let verdicts = Verdicts::of(state, cancel)?;
    verdicts.enough()?;
    let lesson = Lesson::of(basis, &verdicts, cancel)?;
    let model = lesson.learn(|_| true)?;
    let backtest = backtest(basis, &verdicts, &lesson, split, cancel)?;
    let (manipulated, genuine) = verdicts.counts();
    let (log_sequence, events) = (basis.log_sequence, state.event_count());
    let trained_on = format!("verdicts among the first {events} events of the log");
    let mut version = Version::new(model, trained_on, Origin::Fitted { log_sequence }, created);
    version.tested = Some(Tested {
        ap: backtest.after_order.ap.value,
        auc: backtest.after_order.auc.value,
        ece: backtest.after_ece.value,
    });
    Ok(Fitted {
        version,
        manipulated: manipulated as u64,
        genuine: genuine as u64,
        left_out: verdicts.left_out + verdicts.beyond,
        backtest,
    })
}

/// The judged reviews, as the learner takes them.
struct Lesson {
    features: Vec<Feature>,
    labels: Vec<bool>,
    /// What own signals and campaigns say of each.
    beside: Vec<f64>,
    corpus: Corpus,
}

impl Lesson {
    fn of(basis: Basis<'_>, verdicts: &Verdicts, cancel: &Cancel) -> Result<Self, ModelsError> {
        let state = basis.state;
        let places = places(state, verdicts);
        cancel.check()?;
        let found = detected(state, basis.evidence.campaigns());
        let (all, detection) = found.ok_or(ModelError::OneKind)?;
        let mut features = Vec::new();
        let mut gone = Ok(());
        visit(&all, &detection, &mut |column| {
            gone = gone.and_then(|()| cancel.check());
            if gone.is_ok() {
                features.push(column.keep(places.iter().copied()));
            }
        });
        gone?;
        let mut beside = Vec::with_capacity(places.len());
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
        let rows = (0..self.labels.len()).filter(|row| taken(*row));
        let rows: Vec<u32> = rows.map(|row| row as u32).collect();
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

/// Places of judged reviews among the reviews that have arrived.
fn places(state: &State, verdicts: &Verdicts) -> Vec<usize> {
    let mut judged = verdicts
        .reviews
        .iter()
        .map(|judged| judged.review)
        .peekable();
    let mut places = Vec::with_capacity(verdicts.reviews.len());
    let reviews = state.reviews().numbered();
    for (place, (row, _)) in reviews.filter(|(_, review)| review.arrived()).enumerate() {
        if judged.next_if_eq(&row).is_some() {
            places.push(place);
        }
    }
    places
}

/// Fits without each held-out part, scores that part, and holds it against the active version.
fn backtest(
    basis: Basis<'_>,
    verdicts: &Verdicts,
    lesson: &Lesson,
    split: Split,
    cancel: &Cancel,
) -> Result<Backtest, ModelsError> {
    let Basis {
        state,
        evidence,
        active,
        ..
    } = basis;
    let parts = Parts::new(&lesson.corpus, split);
    let mut folds = Vec::new();
    for part in parts.held_out() {
        cancel.check()?;
        match lesson.learn(|row| !parts.is_in(row, *part)) {
            Ok(model) => folds.push((
                *part,
                Learned {
                    name: String::new(),
                    model,
                },
            )),
            // What is left is of one kind: this part is not measured.
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
    let mut before = after.clone();
    for table in evidence.by(state, &[active.learned()], cancel)? {
        for (score, judged) in before.iter_mut().zip(&verdicts.reviews) {
            cancel.check()?;
            if !score.is_nan() {
                *score = table
                    .assess_review(state, judged.review)
                    .fused
                    .estimate
                    .log_odds;
            }
        }
    }
    let rows = (0..after.len()).filter(|row| !after[*row].is_nan());
    let rows: Vec<u32> = rows.map(|row| row as u32).collect();
    let of = |row: &u32| lesson.corpus.listing_of(*row as usize);
    let held_out = Population {
        labels: rows
            .iter()
            .map(|row| lesson.labels[*row as usize])
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
        before_order: held_out.order(&before, Some(BOOTSTRAP)),
        after_order: held_out.order(&after, Some(BOOTSTRAP)),
        before_ece: held_out.calibration_error(&before, BOOTSTRAP),
        after_ece: held_out.calibration_error(&after, BOOTSTRAP),
        ap_gain: gain(
            &held_out,
            [&before, &after],
            |ranking, sample| match sample {
                Some(sample) => ranking.average_precision_of_sample(sample),
                None => ranking.average_precision(),
            },
        ),
        auc_gain: gain(
            &held_out,
            [&before, &after],
            |ranking, sample| match sample {
                Some(sample) => ranking.auc_of_sample(sample),
                None => ranking.auc(),
            },
        ),
    })
}

/// How much better the second scores are than the first, on the same rows and the same draws.
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
