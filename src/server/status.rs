//! The one place where errors become gRPC statuses.

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::backup::BackupError;
use crate::domain::{Reason, Subject, Violation, limits};
use crate::engine::EngineError;
use crate::journal::JournalError;
use crate::models::ModelsError;
use crate::query::RankError;
use crate::server::access::AccessError;
use crate::store::{Retry, StoreError};
use crate::threads::cancel::Cancelled;

/// How long a client should wait before it tries again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Whose reasons they are, in error details.
const DOMAIN: &str = "goodstanding";

/// Most bytes of a message, which may quote what was sent. All of a status travels in trailers, of
/// which clients take 8 KiB, and in base64 or percent encoding.
const MESSAGE_BYTES_MAX: usize = 512;
/// Most bytes of the violations of one status; what is beyond is only counted.
const VIOLATIONS_BYTES_MAX: usize = 3072;

fn short(text: &str) -> String {
    let start = limits::cut(text, MESSAGE_BYTES_MAX);
    if start.len() == text.len() {
        return text.to_owned();
    }
    format!("{start}...")
}

/// A request that is at fault as a whole.
pub(super) fn invalid(found: Vec<Violation>) -> Status {
    let count = found.len();
    let first = found
        .first()
        .map(|fault| short(&format!("{} {}", fault.field, fault.description)));
    let mut bytes = 0;
    let violations: Vec<FieldViolation> = found
        .into_iter()
        .map(
            |Violation {
                 field,
                 description,
                 reason,
             }| {
                let description = format!("{} ({})", short(&description), reason.name());
                FieldViolation::new(short(&field), description)
            },
        )
        .take_while(|shown| {
            bytes += shown.field.len() + shown.description.len();
            bytes <= VIOLATIONS_BYTES_MAX
        })
        .collect();
    let message = match first {
        Some(first) if count > 1 => format!("{first}; and {} more", count - 1),
        Some(first) => first,
        None => "the request is invalid".to_owned(),
    };
    let details = ErrorDetails::with_bad_request(violations);
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// A request of which one field is at fault.
pub(super) fn invalid_argument(
    field: impl Into<String>,
    reason: Reason,
    description: impl Into<String>,
) -> Status {
    invalid(vec![Violation::new(field, reason, description)])
}

/// A subject that no event has named yet.
pub(super) fn unknown(subject: &Subject) -> Status {
    let (kind, id) = (subject.kind().word(), subject.id());
    match subject.marketplace() {
        "" => Status::not_found(format!("no {kind} {id} is known")),
        marketplace => Status::not_found(format!("no {kind} {id} is known on {marketplace}")),
    }
}

/// The read model of brand progress has not been made for the first time yet.
pub(super) fn not_ready() -> Status {
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(RETRY_AFTER));
    let said = "brand progress is being computed for the first time since the start";
    Status::with_error_details(Code::Unavailable, said, details)
}

/// Fewer peers than can be spoken of without speaking of single ones.
pub(super) fn too_few_peers() -> Status {
    Status::failed_precondition(
        "fewer than 10 peers with an index: their spread would tell about single ones",
    )
}

/// A plan for a seller of whom nothing is known.
pub(super) fn nothing_known() -> Status {
    Status::failed_precondition("nothing is known of the seller that a plan could change")
}

/// A subject that is not the caller's, or that nobody knows.
pub(super) fn foreign() -> Status {
    refusal(
        Code::PermissionDenied,
        "this caller may only ask about its own seller, listings and their reviews".to_owned(),
        "NOT_OWN",
    )
}

/// A request that is not let through.
pub(super) fn access(error: &AccessError) -> Status {
    let said = error.to_string();
    match error {
        AccessError::Unknown | AccessError::Header | AccessError::Token(_) => {
            refusal(Code::Unauthenticated, said, "CALLER_UNKNOWN")
        }
        AccessError::Role => refusal(Code::PermissionDenied, said, "ROLE"),
        AccessError::Unscoped => refusal(Code::PermissionDenied, said, "NOT_FOR_SELLERS"),
        AccessError::NoKeys => retry_after(Code::Unavailable, said, RETRY_AFTER),
        AccessError::TooMany(wait) => retry_after(Code::ResourceExhausted, said, *wait),
    }
}

fn refusal(code: Code, said: String, reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, said, details)
}

fn retry_after(code: Code, said: String, wait: Duration) -> Status {
    let details = ErrorDetails::with_retry_info(Some(wait));
    Status::with_error_details(code, said, details)
}

/// An error of the engine.
pub(super) fn engine(error: &EngineError) -> Status {
    let code = match error {
        EngineError::Journal(error) => journal_code(error),
        EngineError::Poisoned(_) | EngineError::Privacy(_) | EngineError::LookBack(_) => {
            Code::FailedPrecondition
        }
        EngineError::Panicked(_) | EngineError::Closed | EngineError::Busy => Code::Unavailable,
        EngineError::Unreadable { .. } => Code::DataLoss,
        EngineError::Full(_) => Code::ResourceExhausted,
        EngineError::Thread(_) => Code::Internal,
        EngineError::Cancelled => Code::Cancelled,
        EngineError::Backup(error) => backup_code(error),
        EngineError::Models(error) => models_code(error),
    };
    let mut details = ErrorDetails::new();
    match error.retry() {
        Retry::Now | Retry::Later => {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        Retry::Never => {}
    }
    Status::with_error_details(code, short(&error.to_string()), details)
}

/// A call whose caller is gone.
pub(super) fn cancelled(Cancelled: Cancelled) -> Status {
    Status::cancelled(Cancelled.to_string())
}

/// A ranking that could not be made.
pub(super) fn rank(error: RankError) -> Status {
    match error {
        RankError::Cancelled(gone) => cancelled(gone),
        RankError::Store(error) => engine(&error.into()),
    }
}

/// More calls than are worked on at a time.
pub(super) fn overloaded() -> Status {
    exhausted("too many calls at a time".to_owned())
}

/// Something of which there is only so much; it may be free again later.
pub(super) fn exhausted(message: String) -> Status {
    let details = ErrorDetails::with_retry_info(Some(RETRY_AFTER));
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// A resume token that the service does not keep changes for any more.
pub(super) fn too_old(message: String) -> Status {
    refusal(Code::OutOfRange, message, "TOO_OLD")
}

/// Something that is back later.
pub(super) fn unavailable(message: String) -> Status {
    let details = ErrorDetails::with_retry_info(Some(RETRY_AFTER));
    Status::with_error_details(Code::Unavailable, message, details)
}

fn backup_code(error: &BackupError) -> Code {
    match error {
        BackupError::Io { .. } => Code::Internal,
        BackupError::Journal(error) => journal_code(error),
        BackupError::Store(error) => store_code(error),
        BackupError::Damaged { .. } => Code::DataLoss,
        BackupError::Newer { .. } | BackupError::Occupied { .. } => Code::FailedPrecondition,
    }
}

fn models_code(error: &ModelsError) -> Code {
    match error {
        ModelsError::Model(_) => Code::InvalidArgument,
        ModelsError::Unknown(_) => Code::NotFound,
        ModelsError::Unusable { .. }
        | ModelsError::InUse { .. }
        | ModelsError::NothingBefore
        | ModelsError::NoShadow
        | ModelsError::TooFew { .. } => Code::FailedPrecondition,
        ModelsError::Full(_) => Code::ResourceExhausted,
        ModelsError::Busy => Code::Unavailable,
        ModelsError::Cancelled => Code::Cancelled,
        ModelsError::Store(error) => store_code(error),
    }
}

fn journal_code(error: &JournalError) -> Code {
    match error {
        JournalError::Store(error) => store_code(error),
        JournalError::Corrupt { .. } => Code::DataLoss,
        JournalError::OutOfOrder { .. } => Code::Internal,
        JournalError::Poisoned { .. } => Code::FailedPrecondition,
    }
}

fn store_code(error: &StoreError) -> Code {
    match error {
        StoreError::Locked { .. } => Code::Unavailable,
        StoreError::Corrupt { .. } => Code::DataLoss,
        StoreError::Newer { .. } | StoreError::Refused { .. } => Code::FailedPrecondition,
        StoreError::Full => Code::ResourceExhausted,
        StoreError::Io { .. } => Code::Internal,
        StoreError::Missing { .. } => Code::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_fits_into_trailers_whatever_was_sent() {
        let violation = |text: String| Violation {
            field: text.clone(),
            description: text,
            reason: Reason::Malformed,
        };
        // The first ones are told, and all are counted.
        let many = (0..1000).map(|place| violation(format!("field[{place}]")));
        let status = invalid(many.collect());
        assert!(status.message().ends_with("; and 999 more"), "{status}");
        let shown = status.get_details_bad_request().expect("details");
        let shown = shown.field_violations;
        assert!((10..1000).contains(&shown.len()));
        assert_eq!(shown[7].field, "field[7]");
        assert!(status.details().len() < 5000);
        // Cut between characters.
        let long = "\u{e9}".repeat(100_000);
        for status in [
            invalid(vec![violation(long.clone())]),
            engine(&EngineError::Models(ModelsError::Unknown(long))),
        ] {
            assert!(status.message().len() < 600 && status.details().len() < 5000);
            assert!(status.message().contains("..."), "{status}");
        }
    }
}
