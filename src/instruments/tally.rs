//! Counts of one group of batches.

use super::labels::{EventKind, SUBJECTS};
use crate::domain::Band;
use crate::domain::VerdictLabel;
use crate::domain::{Event, Payload};

/// Counts of one group in plain numbers, which cost almost nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Applied and unchanged, by [`EventKind`].
    pub(super) events: [[u64; 2]; EventKind::ALL.len()],
    /// Reviews scored on arrival, by [`Band`].
    pub(super) arrivals: [u64; Band::ALL.len()],
    /// Genuine and manipulated, by kind of subject.
    pub(super) verdicts: [[u64; 2]; SUBJECTS.len()],
}

impl Tally {
    /// Counts an event that was folded or already known.
    pub fn event(&mut self, event: &Event, applied: bool) {
        let kind = EventKind::of(&event.payload);
        self.events[kind as usize][usize::from(!applied)] += 1;
        if let Payload::Verdict(verdict) = &event.payload
            && applied
        {
            let manipulated = verdict.label == VerdictLabel::Manipulated;
            self.verdicts[verdict.subject.kind() as usize][usize::from(manipulated)] += 1;
        }
    }

    /// Counts a review that was scored on arrival.
    pub fn arrival(&mut self, band: Band) {
        self.arrivals[band as usize] += 1;
    }
}
