//! What is said of a batch's refused events, in an answer that any client can take.

use prost::Message as _;

use crate::domain::limits;
use crate::proto::v1::Rejection;

/// Bytes of rejections that are told in full. With what follows in brief an answer about a full batch
/// stays below the 4 MiB that clients take unless told otherwise.
const FULL_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of a record's name or of a field's path in brief.
const BRIEF_BYTES: usize = 64;

/// Rejections in the order of their events.
#[derive(Debug, Default)]
pub(in crate::server) struct Rejections {
    told: Vec<Rejection>,
    bytes: usize,
}

impl Rejections {
    /// Takes the next one: in full, or in brief once there were too many. In brief is which event, which
    /// record, and of the first field at fault its path and the stable reason.
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
        self.told.push(rejection);
    }

    /// All of them.
    pub(in crate::server) fn into_vec(self) -> Vec<Rejection> {
        self.told
    }
}

fn shorten(text: &mut String) {
    let end = limits::cut(text, BRIEF_BYTES).len();
    text.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{FieldViolation, IngestSummary};
    use crate::server::{BATCH_EVENTS_MAX, MESSAGE_BYTES_MAX};

    fn rejection(index: u32) -> Rejection {
        let violation = |place: usize| FieldViolation {
            field: format!(
                "events[{index}].listing.attributes[{place}].{}",
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
    fn an_answer_about_the_worst_batch_can_be_taken() {
        let mut rejections = Rejections::default();
        (0..BATCH_EVENTS_MAX as u32).for_each(|index| rejections.push(rejection(index)));
        let summary = IngestSummary {
            rejections: rejections.into_vec(),
            ..IngestSummary::default()
        };
        assert!(summary.encoded_len() < MESSAGE_BYTES_MAX * 9 / 10);
        assert_eq!(summary.rejections[0], rejection(0));
        let last = summary.rejections.last().expect("told");
        assert_eq!(last.index as usize, BATCH_EVENTS_MAX - 1);
        assert!(last.record.starts_with("listing é"));
        let field = &last.violations[0].field;
        assert!(field.starts_with("events[9999].listing.attributes[0]"));
        assert_eq!(last.violations[0].reason, "OUT_OF_RANGE");
    }
}
