//! Fields of a record at fault.

/// Why a field was refused. The names are part of the contract.
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
    /// Not of the stated shape.
    Malformed,
    /// More than a day ahead of its arrival.
    InFuture,
    /// An enum value that this version does not know.
    UnknownValue,
    /// Contradicts another field.
    Inconsistent,
}

impl Reason {
    /// The stable name.
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

/// One field at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path from the event, such as `review.rating`.
    pub field: String,
    /// What is wrong, and what would be right.
    pub description: String,
    /// Why.
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
