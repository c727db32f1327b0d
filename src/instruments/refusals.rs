//! Metrics of calls that were refused or ended to protect the service.

use super::Counters;

/// The bound that a call met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Calls in flight, of all callers.
    Calls,
    /// Calls in flight of one caller.
    CallsOfCaller,
    /// Open streams, of all callers.
    Streams,
    /// Open streams of one caller.
    StreamsOfCaller,
    /// Open watches of one caller.
    WatchesOfCaller,
    /// Long reads that wait, of all callers.
    Queries,
    /// Long reads of one caller that wait.
    QueriesOfCaller,
    /// Reads as of a past day that wait, of all callers.
    LookBacks,
    /// Reads as of a past day of one caller that wait.
    LookBacksOfCaller,
    /// Memory of messages, of all callers.
    Memory,
    /// Memory of messages of one caller.
    MemoryOfCaller,
    /// Memory of the process, before a call gets any.
    Resident,
    /// Memory of the process, taken back from a call that holds much.
    Shed,
    /// A request that did not arrive in time.
    BodyLate,
    /// A call that took too long.
    CallLate,
    /// A stream whose client was silent.
    StreamIdle,
    /// An answer that the client did not take.
    AnswerUnread,
    /// A stream whose token or certificate has ended.
    CredentialEnded,
}

impl Cause {
    const ALL: [Self; 18] = [
        Self::Calls,
        Self::CallsOfCaller,
        Self::Streams,
        Self::StreamsOfCaller,
        Self::WatchesOfCaller,
        Self::Queries,
        Self::QueriesOfCaller,
        Self::LookBacks,
        Self::LookBacksOfCaller,
        Self::Memory,
        Self::MemoryOfCaller,
        Self::Resident,
        Self::Shed,
        Self::BodyLate,
        Self::CallLate,
        Self::StreamIdle,
        Self::AnswerUnread,
        Self::CredentialEnded,
    ];

    const fn label(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::CallsOfCaller => "calls_of_caller",
            Self::Streams => "streams",
            Self::StreamsOfCaller => "streams_of_caller",
            Self::WatchesOfCaller => "watches_of_caller",
            Self::Queries => "queries",
            Self::QueriesOfCaller => "queries_of_caller",
            Self::LookBacks => "look_backs",
            Self::LookBacksOfCaller => "look_backs_of_caller",
            Self::Memory => "memory",
            Self::MemoryOfCaller => "memory_of_caller",
            Self::Resident => "resident",
            Self::Shed => "shed",
            Self::BodyLate => "body_late",
            Self::CallLate => "call_late",
            Self::StreamIdle => "stream_idle",
            Self::AnswerUnread => "answer_unread",
            Self::CredentialEnded => "credential_ended",
        }
    }

    /// Says to the caller which bound it met.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Calls => "too many calls at a time",
            Self::CallsOfCaller => "too many calls of this caller at a time",
            Self::Streams => "too many open streams",
            Self::StreamsOfCaller => "too many open streams of this caller",
            Self::WatchesOfCaller => "too many open watches of this caller",
            Self::Queries => "too many long reads wait",
            Self::QueriesOfCaller => "too many long reads of this caller wait",
            Self::LookBacks => "too many reads as of a past day wait",
            Self::LookBacksOfCaller => "too many reads of this caller as of a past day wait",
            Self::Memory => "the memory for messages is in use",
            Self::MemoryOfCaller => "this caller's share of the memory for messages is in use",
            Self::Resident => "the memory of the service is in use",
            Self::Shed => "the service needs the memory that this call holds",
            Self::BodyLate => "the request did not arrive in time",
            Self::CallLate => "the call took longer than calls may",
            Self::StreamIdle => "the stream was silent for too long",
            Self::AnswerUnread => "the answer was not taken in time",
            Self::CredentialEnded => "the token or certificate of the stream has ended",
        }
    }
}

/// Counts refusals by their cause.
#[derive(Clone, Debug)]
pub struct Refusals(pub(super) Counters<1>);

impl Default for Refusals {
    fn default() -> Self {
        let counters = Counters::default();
        for cause in Cause::ALL {
            drop(counters.get_or_create(&[("cause", cause.label())]));
        }
        Self(counters)
    }
}

impl Refusals {
    /// Counts one.
    pub fn count(&self, cause: Cause) {
        self.0.get_or_create(&[("cause", cause.label())]).inc();
    }
}
