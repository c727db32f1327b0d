//! What one group of batches did.

use super::labels::{EventKind, SUBJECTS};
use crate::domain::Band;
use crate::domain::VerdictLabel;
use crate::domain::{Event, Payload};

/// What one group did: plain numbers that cost next to nothing to count up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Applied and unchanged, by [`EventKind`].
    pub(super) events: [[u64; 2]; EventKind::ALL.len()],
    /// Reviews scored as they arrived, by [`Band`].
    pub(super) arrivals: [u64; Band::ALL.len()],
    /// Genuine and manipulated, by [`Kind`].
    pub(super) verdicts: [[u64; 2]; SUBJECTS.len()],
}

impl Tally {
    /// An event was folded, or was known already.
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

    /// A review was scored as it arrived.
    pub fn arrival(&mut self, band: Band) {
        self.arrivals[band as usize] += 1;
    }
}
