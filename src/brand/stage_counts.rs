//! Counts sellers by stage as their progress is computed, so that readers need no walk.

use super::progress::Progress;
use super::stages::Stage;

/// Number of sellers at each stage, and of those that are fragile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageCounts {
    stages: [u32; Stage::ALL.len()],
    fragile: u32,
}

impl StageCounts {
    /// Sellers at a stage.
    pub const fn at(&self, stage: Stage) -> u32 {
        self.stages[stage as usize]
    }

    /// Sellers that are fragile ([`super::Fragility`]).
    pub const fn fragile(&self) -> u32 {
        self.fragile
    }

    /// Adds a seller of whom something is known.
    pub(super) fn add(&mut self, progress: &Progress) {
        self.stages[progress.stage as usize] += 1;
        self.fragile += u32::from(progress.fragility.is_fragile());
    }

    /// Removes a seller that was added.
    pub(super) fn remove(&mut self, progress: &Progress) {
        let at_stage = &mut self.stages[progress.stage as usize];
        *at_stage = at_stage.saturating_sub(1);
        let fragile = u32::from(progress.fragility.is_fragile());
        self.fragile = self.fragile.saturating_sub(fragile);
    }
}
