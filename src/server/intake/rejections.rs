//! Collects a batch's refused events, within the size of an answer that every client accepts.

use prost::Message as _;

use crate::domain::limits;
use crate::proto::v1::Rejection;

/// Bytes of rejections that are reported in full. Further ones are shortened, so that the answer to
/// a full batch stays below the 4 MiB that clients accept by default.
const FULL_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of memory that a text takes besides its own: its place, and what allocators add.
const TEXT_BYTES: usize = 40;
/// Bytes of a record's name or a field's path in a shortened rejection.
const SHORT_TEXT_BYTES: usize = 64;

/// Rejections in the order of their events.
#[derive(Debug, Default)]
pub(in crate::server) struct Rejections {
    all: Vec<Rejection>,
    /// Bytes of all, in full.
    bytes: usize,
    /// Bytes of memory.
    memory: usize,
}

impl Rejections {
    /// Adds the next one, in full or shortened. A shortened one keeps the event's index, the record,
    /// and the first violation's path and stable reason.
    pub(in crate::server) fn push(&mut self, mut rejection: Rejection) {
        self.bytes += rejection.encoded_len();
        if self.bytes > FULL_BYTES_MAX {
            shorten(&mut rejection.record);
            rejection.violations.truncate(1);
            for violation in &mut rejection.violations {
                shorten(&mut violation.field);
                violation.description = String::new();
            }
        }
        self.memory += TEXT_BYTES * (1 + 3 * rejection.violations.len()) + rejection.encoded_len();
        self.all.push(rejection);
    }

    /// Bytes of memory that they take.
    pub(in crate::server) const fn memory(&self) -> usize {
        self.memory
    }

    /// Returns all of them.
    pub(in crate::server) fn into_vec(self) -> Vec<Rejection> {
        self.all
    }
}

fn shorten(text: &mut String) {
    let end = limits::cut(text, SHORT_TEXT_BYTES).len();
    text.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{FieldViolation, IngestSummary};
    use crate::server::{BATCH_EVENTS_MAX, MESSAGE_BYTES_MAX};

    fn rejection(index: u32) -> Rejection {
        let violation = |attribute: usize| FieldViolation {
            field: format!(
                "events[{index}].listing.attributes[{attribute}].{}",
                "x".repeat(400)
            ),
            description: "é".repeat(500),
            reason: "OUT_OF_RANGE".to_owned(),
        };
        Rejection {
            index,
            record: format!("listing {}", "é".repeat(200)),
            violations: (0..8).map(violation).collect(),
        }
    }

    #[test]
    fn summary_of_worst_batch_stays_below_message_limit() {
        let mut rejections = Rejections::default();
        (0..BATCH_EVENTS_MAX as u32).for_each(|index| rejections.push(rejection(index)));
        let summary = IngestSummary {
            rejections: rejections.into_vec(),
            ..IngestSummary::default()
        };
        assert!(summary.encoded_len() < MESSAGE_BYTES_MAX * 9 / 10);
        assert_eq!(summary.rejections[0], rejection(0));
        let last = summary.rejections.last().expect("the last rejection");
        assert_eq!(last.index as usize, BATCH_EVENTS_MAX - 1);
        assert!(last.record.starts_with("listing é"));
        let field = &last.violations[0].field;
        assert!(field.starts_with("events[9999].listing.attributes[0]"));
        assert_eq!(last.violations[0].reason, "OUT_OF_RANGE");
    }
}
