//! Model versions, as those who serve callers ask for them.

use std::sync::Arc;
use std::time::Duration;

use super::{Engine, EngineError, ScoredSnapshot};
use crate::integrity::CorpusEvidence;
use crate::models::labelled::Split;
use crate::models::{
    Basis, Comparison, Fitted, Listed, Measurement, ModelsError, Registry, Scorer, Scoring,
    Verdicts, fit, measure,
};
use crate::threads::cancel::Cancel;

/// How often it is looked whether a pass has ended.
const SLICE: Duration = Duration::from_millis(10);

/// A version held against the verdicts of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// The version.
    pub name: String,
    /// Events of the snapshot.
    pub event_count: u64,
    /// On all verdicts.
    pub all: Measurement,
    /// Reviews among them whose verdicts trained the version.
    pub trained_on: u64,
    /// Whether the version was trained elsewhere, so that nobody here knows on what.
    pub trained_elsewhere: bool,
    /// On the verdicts that did not train it, where some did and there are enough others.
    pub unseen: Option<Measurement>,
    /// Verdicts that say nothing of single reviews, or are beyond the newest that are measured.
    pub left_out: u64,
}

impl Engine {
    /// The versions.
    pub fn models(&self) -> &Registry {
        &self.models
    }

    /// Waits until assessments rest on the versions of a change, or of a later one.
    pub async fn rescored(&self, scoring: &Scoring) {
        if let Some(bell) = self.bell.load().as_ref() {
            // Full: it is rung already.
            let _ = bell.try_send(());
        }
        while self.gathered.load().change < scoring.change && !self.gatherer.is_finished() {
            tokio::time::sleep(SLICE).await;
        }
    }

    /// How the shadow differed from the active version when the newest pass was made.
    pub fn comparison(&self) -> Result<Arc<Comparison>, EngineError> {
        let scoring = self.models.scoring();
        if scoring.shadow.is_none() {
            return Err(ModelsError::NoShadow.into());
        }
        let gathered = self.gathered.load();
        let comparison = gathered.comparison.as_ref();
        match comparison.filter(|_| gathered.change == scoring.change) {
            Some(comparison) => Ok(Arc::clone(comparison)),
            None => Err(ModelsError::NotCompared.into()),
        }
    }

    /// Fits a version from the verdicts of the log, and keeps it, inactive. One at a time. Blocks.
    pub fn fit_model(
        &self,
        split: Split,
        created: u32,
        cancel: &Cancel,
    ) -> Result<(Fitted, Listed), EngineError> {
        let _alone = self.models.alone()?;
        let (ScoredSnapshot { snapshot, evidence }, active) = self.scored_by(None, cancel)?;
        let basis = Basis {
            state: &snapshot.state,
            log_sequence: snapshot.log_sequence,
            evidence: &evidence,
            active: &active,
        };
        let fitted = fit(basis, split, created, cancel)?;
        let listed = self.models.add(fitted.version.clone())?;
        Ok((fitted, listed))
    }

    /// Holds a version, or the active one, against the verdicts of the log. One at a time. Blocks.
    pub fn evaluate_model(
        &self,
        name: Option<&str>,
        cancel: &Cancel,
    ) -> Result<Evaluated, EngineError> {
        let _alone = self.models.alone()?;
        let (ScoredSnapshot { snapshot, evidence }, scorer) = self.scored_by(name, cancel)?;
        let state = &snapshot.state;
        let verdicts = Verdicts::of(state, cancel)?;
        verdicts.enough()?;
        let seen = |place: usize| scorer.trained_on(&verdicts.reviews[place]);
        let all = measure(state, &evidence, &verdicts, |_| true, cancel)?;
        let trained_on = (0..verdicts.reviews.len()).filter(|place| seen(*place));
        let trained_on = trained_on.count() as u64;
        let unseen = if trained_on == 0 {
            None
        } else {
            let found = measure(state, &evidence, &verdicts, |place| !seen(place), cancel)?;
            Some(found).filter(|found| found.manipulated > 0 && found.genuine > 0)
        };
        Ok(Evaluated {
            name: scorer.name().to_owned(),
            event_count: state.event_count(),
            all,
            trained_on,
            trained_elsewhere: scorer.is_imported(),
            unseen,
            left_out: verdicts.left_out + verdicts.beyond,
        })
    }

    /// The newest snapshot, with evidence of it by a version, or by the active one.
    fn scored_by(
        &self,
        name: Option<&str>,
        cancel: &Cancel,
    ) -> Result<(ScoredSnapshot, Scorer), EngineError> {
        let scorer = match name {
            Some(name) => self.models.find(name)?,
            None => self.models.scoring().active.clone(),
        };
        let gathered = self.gathered.load_full();
        let snapshot = self.newest();
        let state = &snapshot.state;
        let cancelled = |_| ModelsError::Cancelled;
        let evidence = if !gathered.has_seen(&snapshot) {
            CorpusEvidence::gather_by(state, scorer.learned(), cancel).map_err(cancelled)?
        } else if gathered.evidence.model_version() == scorer.name() {
            gathered.evidence.clone()
        } else {
            let found = gathered.evidence.by(state, &[scorer.learned()], cancel);
            let mut found = found.map_err(cancelled)?;
            found.pop().unwrap_or_default()
        };
        let scored = ScoredSnapshot { snapshot, evidence };
        Ok((scored, scorer))
    }
}
