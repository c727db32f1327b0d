//! Maps errors to gRPC statuses. No other place does.

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

/// Time after which a client should retry.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Domain of the reasons in error details.
const DOMAIN: &str = "goodstanding";

/// Bytes of the longest message, which may quote the request. A status is sent in trailers, in base64
/// or percent encoding, and clients accept 8 KiB of them.
const MESSAGE_BYTES_MAX: usize = 512;
/// Bytes of the violations of one status; further ones are only counted.
const VIOLATIONS_BYTES_MAX: usize = 3072;

fn short(text: &str) -> String {
    let start = limits::cut(text, MESSAGE_BYTES_MAX);
    if start.len() == text.len() {
        return text.to_owned();
    }
    format!("{start}...")
}

/// Refuses a request with all its violations.
pub(super) fn invalid(violations: Vec<Violation>) -> Status {
    let count = violations.len();
    let first = violations
        .first()
        .map(|violation| short(&format!("{} {}", violation.field, violation.description)));
    let mut bytes = 0;
    let shown_violations: Vec<FieldViolation> = violations
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
    let details = ErrorDetails::with_bad_request(shown_violations);
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// Refuses a request because of one field.
pub(super) fn invalid_argument(
    field: impl Into<String>,
    reason: Reason,
    description: impl Into<String>,
) -> Status {
    invalid(vec![Violation::new(field, reason, description)])
}

/// Refuses bytes that are no message of the contract. It is the caller's fault; other servers say
/// `INTERNAL`, which raises an alert here.
pub(super) fn malformed(reason: &str) -> Status {
    let message = short(&format!("the request is malformed: {reason}"));
    refusal(Code::InvalidArgument, message, "MALFORMED_MESSAGE")
}

/// Reports a subject that no event has named.
pub(super) fn unknown(subject: &Subject) -> Status {
    let (kind, id) = (subject.kind().word(), subject.id());
    match subject.marketplace() {
        "" => Status::not_found(format!("no {kind} {id} is known")),
        marketplace => Status::not_found(format!("no {kind} {id} is known on {marketplace}")),
    }
}

/// Reports that the first pass of brand progress has not ended yet.
pub(super) fn not_ready() -> Status {
    let mut details = ErrorDetails::new();
    details.set_retry_info(Some(RETRY_AFTER));
    let message = "brand progress is being computed for the first time since the start";
    Status::with_error_details(Code::Unavailable, message, details)
}

/// Refuses a comparison with so few peers that it would reveal single ones.
pub(super) fn too_few_peers() -> Status {
    Status::failed_precondition(
        "fewer than 10 peers with an index: their spread would tell about single ones",
    )
}

/// Refuses a plan for a seller without any measured value.
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

/// Maps a refusal of the gate.
pub(super) fn access(error: &AccessError) -> Status {
    let message = error.to_string();
    match error {
        AccessError::Unknown | AccessError::Header | AccessError::Token(_) => {
            refusal(Code::Unauthenticated, message, "CALLER_UNKNOWN")
        }
        AccessError::Role => refusal(Code::PermissionDenied, message, "ROLE"),
        AccessError::Unscoped => refusal(Code::PermissionDenied, message, "NOT_FOR_SELLERS"),
        AccessError::NoKeys => retry_after(Code::Unavailable, message, RETRY_AFTER),
        AccessError::TooMany(wait) => retry_after(Code::ResourceExhausted, message, *wait),
    }
}

fn refusal(code: Code, message: String, reason: &str) -> Status {
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

fn retry_after(code: Code, message: String, wait: Duration) -> Status {
    let details = ErrorDetails::with_retry_info(Some(wait));
    Status::with_error_details(code, message, details)
}

/// Maps an error of the engine.
pub(super) fn engine(error: &EngineError) -> Status {
    let code = match error {
        EngineError::Journal(error) => journal_code(error),
        EngineError::Poisoned(_) | EngineError::Privacy(_) | EngineError::LookBack(_) => {
            Code::FailedPrecondition
        }
        EngineError::Panicked(_)
        | EngineError::Paused(_)
        | EngineError::Closed
        | EngineError::Busy => Code::Unavailable,
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

/// Maps the cancellation of a call.
pub(super) fn cancelled(Cancelled: Cancelled) -> Status {
    Status::cancelled(Cancelled.to_string())
}

/// Maps an error of a ranking.
pub(super) fn rank(error: RankError) -> Status {
    match error {
        RankError::Cancelled(gone) => cancelled(gone),
        RankError::Store(error) => engine(&error.into()),
    }
}

/// Sheds a call.
pub(super) fn overloaded() -> Status {
    exhausted("too many calls at a time".to_owned())
}

/// Refuses a health call of an address that asks too often.
pub(super) fn too_many_health_calls(wait: Duration) -> Status {
    let message = "too many health calls from this address".to_owned();
    retry_after(Code::ResourceExhausted, message, wait)
}

/// Reports a limited resource that may be free again later.
pub(super) fn exhausted(message: String) -> Status {
    let details = ErrorDetails::with_retry_info(Some(RETRY_AFTER));
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// Refuses a message over the size that its method takes.
pub(super) fn too_large(bytes_max: usize) -> Status {
    let message = format!("the message is too large: at most {bytes_max} bytes are allowed");
    refusal(Code::OutOfRange, message, "MESSAGE_TOO_LARGE")
}

/// Ends a call whose work took too long.
pub(super) fn late(message: &str) -> Status {
    Status::deadline_exceeded(message)
}

/// Ends a call whose client neither sends nor takes. It is not the service that is late, and no alert
/// counts this code.
pub(super) fn client_too_slow(message: &str) -> Status {
    refusal(Code::Aborted, message.to_owned(), "CLIENT_TOO_SLOW")
}

/// Ends a stream whose token or certificate is no longer valid.
pub(super) fn credential_ended() -> Status {
    let message = "the token or certificate of this stream has ended; open it again with a new one";
    refusal(
        Code::Unauthenticated,
        message.to_owned(),
        "CREDENTIAL_ENDED",
    )
}

/// Refuses a resume token whose changes are no longer kept.
pub(super) fn too_old(message: String) -> Status {
    refusal(Code::OutOfRange, message, "TOO_OLD")
}

/// Reports a temporary failure.
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
        StoreError::Locked { .. } | StoreError::Unwritten(_) => Code::Unavailable,
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
    fn status_fits_into_trailers_for_any_input() {
        let violation = |text: String| Violation {
            field: text.clone(),
            description: text,
            reason: Reason::Malformed,
        };
        // The first ones are listed, and all are counted.
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
