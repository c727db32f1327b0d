//! How many sellers stand where: counted as they are computed, so that asking costs nothing.

use super::progress::Progress;
use super::stages::Stage;

/// Sellers by stage, and those that are fragile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    stages: [u32; 6],
    fragile: u32,
}

impl Census {
    /// Sellers at a stage.
    pub const fn at(&self, stage: Stage) -> u32 {
        self.stages[stage as usize]
    }

    /// Sellers whose standing rests on what is likely to vanish.
    pub const fn fragile(&self) -> u32 {
        self.fragile
    }

    /// Counts a seller of whom something is known.
    pub(super) fn add(&mut self, progress: &Progress) {
        self.stages[progress.stage as usize] += 1;
        self.fragile += u32::from(progress.fragility.fragile);
    }

    /// Counts one out that was counted in.
    pub(super) fn take(&mut self, progress: &Progress) {
        let at_stage = &mut self.stages[progress.stage as usize];
        *at_stage = at_stage.saturating_sub(1);
        let fragile = u32::from(progress.fragility.fragile);
        self.fragile = self.fragile.saturating_sub(fragile);
    }
}
