//! Violations: invalid fields of a record.

/// Reason for a refused field. The names are part of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Missing or empty.
    Required,
    /// More bytes than allowed.
    TooLong,
    /// More entries than allowed.
    TooMany,
    /// Outside the range.
    OutOfRange,
    /// Not of the required form.
    Malformed,
    /// More than a day after its arrival.
    InFuture,
    /// An enum value that this version does not know.
    UnknownValue,
    /// Contradicts another field.
    Inconsistent,
}

impl Reason {
    /// Returns the stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::TooLong => "TOO_LONG",
            Self::TooMany => "TOO_MANY",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::Malformed => "MALFORMED",
            Self::InFuture => "IN_FUTURE",
            Self::UnknownValue => "UNKNOWN_VALUE",
            Self::Inconsistent => "INCONSISTENT",
        }
    }
}

/// One invalid field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path from the event, such as `review.rating`.
    pub field: String,
    /// The fault and the valid values.
    pub description: String,
    /// Reason.
    pub reason: Reason,
}

impl Violation {
    /// Names a field and what is wrong with it.
    pub fn new(field: impl Into<String>, reason: Reason, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
            reason,
        }
    }
}
