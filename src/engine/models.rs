//! Model versions: rescoring after a change, fits, and comparisons of the shadow.

use std::sync::Arc;
use std::time::Duration;

use super::{EngineError, Maintenance, Snapshot};
use crate::models::{Basis, Comparison, Fitted, Listed, ModelsError, Split, compare, fit};
use crate::threads::cancel::Cancel;

/// How often a caller checks whether a pass has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

impl Maintenance {
    /// Waits until assessments use the active version.
    pub async fn rescored(&self) {
        let is_used = || {
            let result = self.snapshots.newest.evidence.load();
            result.evidence.model_version() == self.models().active().name()
        };
        while !is_used() && !self.snapshots.is_ending() {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Compares the shadow with the active version on the newest snapshot, which is returned too.
    /// One fit or comparison runs at a time. Blocks.
    pub fn compare_models(
        &self,
        cancel: &Cancel,
    ) -> Result<(Arc<Snapshot>, Comparison), EngineError> {
        let _exclusive = self.models().exclusive()?;
        let shadow = self.models().shadow()?;
        let active = self.models().active();
        let snapshot = self.snapshots.newest();
        let result = self.snapshots.newest.evidence.load_full();
        let both = [active.learned(), shadow.learned()];
        let evidence = result.evidence_by(&snapshot, &both, cancel);
        let [active, shadow] = evidence.map_err(|_| ModelsError::Cancelled)?;
        let comparison = compare(&snapshot.state, &active, &shadow, cancel)?;
        Ok((snapshot, comparison))
    }

    /// Fits a version from the verdicts of the log, and keeps it, inactive. One fit or comparison
    /// runs at a time. Blocks.
    pub fn fit_model(
        &self,
        split: Split,
        created: u32,
        cancel: &Cancel,
    ) -> Result<(Fitted, Listed), EngineError> {
        let _exclusive = self.models().exclusive()?;
        let active = self.models().active();
        let snapshot = self.snapshots.newest();
        let result = self.snapshots.newest.evidence.load_full();
        let evidence = result.evidence_by(&snapshot, &[active.learned()], cancel);
        let [evidence] = evidence.map_err(|_| ModelsError::Cancelled)?;
        let basis = Basis {
            state: &snapshot.state,
            log_sequence: snapshot.log_sequence,
            evidence: &evidence,
            active: &active,
        };
        let fitted = fit(basis, split, created, cancel)?;
        let listed = self.models().add(fitted.version.clone())?;
        Ok((fitted, listed))
    }
}
