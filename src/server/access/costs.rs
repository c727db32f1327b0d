//! The table of costs: what a call of each method takes of its caller's rate, and how large and how
//! long it may be. Methods outside the table are short reads.

use std::time::Duration;

use tonic::Status;

use super::{Caller, Guard};
use crate::server::MESSAGE_BYTES_MAX;
use crate::server::status;

/// Bytes of a question. The largest valid one, a watch of 100 sellers, has 13 KiB.
const QUESTION_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a model version as JSON, of its description and of its frame.
const MODEL_BYTES_MAX: usize = 1024 * 1024 + 4096;
/// What a read as of a past day costs, besides its call.
const LOOK_BACK_COST: u32 = 5;

/// What a method takes and gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Shape {
    /// A probe of health, which must be answered whatever the load.
    Health,
    /// One message, and one answer.
    Unary,
    /// A stream of batches, each with its answer.
    Ingest,
    /// One message, and a stream of answers.
    Watch,
    /// Streams of small messages in both directions.
    Stream,
}

/// The bounds of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) struct Plan {
    /// Calls of the caller's rate that it counts as.
    pub(in crate::server) cost: u32,
    /// Bytes of its largest message, decompressed.
    pub(in crate::server) message_max: usize,
    pub(in crate::server) shape: Shape,
    /// Whether the time of a call is bounded. The work of operators may take as long as it needs.
    timed: bool,
}

impl Plan {
    /// Whether more than one message may come.
    pub(in crate::server) const fn is_stream(&self) -> bool {
        matches!(self.shape, Shape::Ingest | Shape::Stream)
    }

    /// Whether it holds little: one small question, and an answer about one subject.
    pub(in crate::server) const fn is_small(&self) -> bool {
        matches!(self.shape, Shape::Health)
            || matches!(self.shape, Shape::Unary)
                && self.cost == SHORT.cost
                && self.message_max <= QUESTION_BYTES_MAX
    }

    /// Whether it may be open for longer than a credential is valid.
    pub(in crate::server) const fn is_long_lived(&self) -> bool {
        matches!(self.shape, Shape::Ingest | Shape::Stream | Shape::Watch)
    }

    /// Whether the time until an answer is bounded.
    pub(in crate::server) const fn is_timed(&self) -> bool {
        self.timed
    }
}

const SHORT: Plan = Plan {
    cost: 1,
    message_max: QUESTION_BYTES_MAX,
    shape: Shape::Unary,
    timed: true,
};

const fn costs(cost: u32) -> Plan {
    Plan { cost, ..SHORT }
}

const fn shaped(shape: Shape) -> Plan {
    Plan { shape, ..SHORT }
}

/// A method that takes batches.
const fn batch(shape: Shape) -> Plan {
    Plan {
        message_max: MESSAGE_BYTES_MAX,
        shape,
        ..SHORT
    }
}

/// Work of an operator.
const fn work(message_max: usize) -> Plan {
    Plan {
        message_max,
        timed: false,
        ..SHORT
    }
}

/// Methods that are more than a short read, sorted. A listing of a whole market takes some ten times
/// as long as one assessment, and the topics of a seller's reviews some hundred times.
const PLANS: [(&str, Plan); 24] = [
    (
        "/goodstanding.v1.AdminService/ActivateModelVersion",
        work(QUESTION_BYTES_MAX),
    ),
    (
        "/goodstanding.v1.AdminService/CompareModelVersions",
        work(QUESTION_BYTES_MAX),
    ),
    (
        "/goodstanding.v1.AdminService/CreateBackup",
        work(QUESTION_BYTES_MAX),
    ),
    (
        "/goodstanding.v1.AdminService/EraseReviewer",
        work(MESSAGE_BYTES_MAX),
    ),
    (
        "/goodstanding.v1.AdminService/FitModelVersion",
        work(QUESTION_BYTES_MAX),
    ),
    (
        "/goodstanding.v1.AdminService/ImportModelVersion",
        work(MODEL_BYTES_MAX),
    ),
    (
        "/goodstanding.v1.AdminService/RollBackModelVersion",
        work(QUESTION_BYTES_MAX),
    ),
    (
        "/goodstanding.v1.AdminService/SetShadowModelVersion",
        work(QUESTION_BYTES_MAX),
    ),
    (
        "/goodstanding.v1.AdminService/TurnBackClock",
        work(QUESTION_BYTES_MAX),
    ),
    ("/goodstanding.v1.BrandService/ListVoiceTopics", costs(10)),
    ("/goodstanding.v1.BrandService/SimulateBrandPlan", costs(2)),
    ("/goodstanding.v1.HistoryService/ListHistory", costs(2)),
    (
        "/goodstanding.v1.HistoryService/WatchAssessments",
        Plan {
            cost: 5,
            ..shaped(Shape::Watch)
        },
    ),
    (
        "/goodstanding.v1.IngestService/Ingest",
        batch(Shape::Ingest),
    ),
    (
        "/goodstanding.v1.IngestService/IngestBatch",
        batch(Shape::Unary),
    ),
    ("/goodstanding.v1.IntegrityService/GetCampaign", costs(2)),
    ("/goodstanding.v1.IntegrityService/GetDividend", costs(2)),
    (
        "/goodstanding.v1.IntegrityService/ListAssessments",
        costs(3),
    ),
    ("/goodstanding.v1.IntegrityService/ListCampaigns", costs(2)),
    (
        "/goodstanding.v1.IntegrityService/ListSuspectReviews",
        costs(3),
    ),
    (
        "/goodstanding.v1.IntegrityService/ScreenReviews",
        batch(Shape::Unary),
    ),
    ("/grpc.health.v1.Health/Check", shaped(Shape::Health)),
    ("/grpc.health.v1.Health/Watch", shaped(Shape::Health)),
    (
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        shaped(Shape::Stream),
    ),
];

/// Finds the bounds of a method.
pub(in crate::server) fn plan(path: &str) -> Plan {
    PLANS
        .binary_search_by(|(known, _)| (*known).cmp(path))
        .ok()
        .and_then(|index| PLANS.get(index))
        .map_or(SHORT, |(_, plan)| *plan)
}

/// The rate of a call's caller, for work that shows only within the call.
#[derive(Clone)]
pub(in crate::server) struct Tab {
    pub(super) guard: std::sync::Arc<Guard>,
    pub(super) caller: Caller,
}

impl Tab {
    /// Counts a read as of a past day, or refuses it.
    pub(in crate::server) fn take_look_back(&self) -> Result<(), Status> {
        self.guard
            .limiter
            .caller(self.caller.role, &self.caller.name, LOOK_BACK_COST)
            .map_err(|wait: Duration| status::access(&super::AccessError::TooMany(wait)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::access::rules::RULES;

    #[test]
    fn plans_are_sorted_and_of_served_methods() {
        assert!(PLANS.is_sorted_by(|(a, _), (b, _)| a < b));
        for (path, planned) in PLANS {
            assert_eq!(plan(path), planned);
            assert!(RULES.iter().any(|(known, _)| *known == path), "{path}");
        }
        assert_eq!(
            plan("/goodstanding.v1.IntegrityService/GetAssessment"),
            SHORT
        );
    }

    #[test]
    fn shapes_are_those_of_the_contract() {
        use prost::Message as _;
        let set = prost_types::FileDescriptorSet::decode(crate::proto::DESCRIPTORS);
        for file in set.expect("descriptors").file {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    let streams = (method.client_streaming(), method.server_streaming());
                    let expected = match plan(&path).shape {
                        Shape::Unary => (false, false),
                        Shape::Watch => (false, true),
                        Shape::Ingest | Shape::Stream => (true, true),
                        Shape::Health => panic!("{path} is no probe"),
                    };
                    assert_eq!(streams, expected, "{path}");
                }
            }
        }
    }
}
