//! Admission: bounds of what callers can hold open or have computed, for each caller and in all.
//!
//! Every call has an [`Account`] of its caller. It counts places and bytes: of requests that are
//! received or wait, and of answers that are not taken yet. Beyond a bound a call is refused at once,
//! and says when to come again. The memory of the process bounds the bytes of all calls ([`memory`]);
//! where it is short, calls that hold most are ended ([`shedding`]). Long reads wait in short queues ([`work`]), where no caller can take
//! all turns. Without authentication, the caller is the connection.

mod account;
mod charges;
mod holder;
mod inbound;
mod inflate;
mod layer;
mod memory;
mod outbound;
mod resident;
mod shedding;
mod stream;
mod unread;
mod work;

use std::sync::Arc;
use std::time::Duration;

use tonic::Status;

pub(in crate::server) use account::AccountKey;
pub(in crate::server) use charges::{Charge, Charges};
pub(in crate::server) use layer::AdmissionLayer;
pub(in crate::server) use work::{Work, keep, turn};

use account::{Account, Accounts, Shares, Totals};
use holder::Holders;
use unread::Unread;
use work::{Kept, Workshop};

use crate::engine::Snapshots;
use crate::instruments::{Cause, Refusals};
use crate::server::status;
use crate::server::transport::limits::LimitsConfig;

/// Parts of the memory of which one caller may hold one.
const MEMORY_PARTS: u64 = 4;

/// What all calls of a server share.
pub(in crate::server) struct Admission {
    limits: LimitsConfig,
    /// Longest pause within a message of a stream. Other bodies have a deadline of their own.
    body_max: Duration,
    totals: Totals,
    accounts: Accounts,
    workshop: Workshop,
    unread: Arc<Unread>,
    /// Calls that may be ended where memory is short.
    holders: Holders,
    /// Tells how many events a read as of a past day may replay.
    snapshots: Snapshots,
    refusals: Refusals,
}

impl Admission {
    pub(in crate::server) fn new(
        limits: &LimitsConfig,
        body_max: Duration,
        (snapshots, refusals): (Snapshots, Refusals),
    ) -> Arc<Self> {
        let admission = Arc::new(Self {
            limits: *limits,
            body_max,
            accounts: Accounts::new(Shares::all(limits, limits.memory_bytes() / MEMORY_PARTS)),
            totals: Totals::new(limits),
            workshop: Workshop::new(limits),
            unread: Arc::default(),
            holders: Holders::default(),
            snapshots,
            refusals,
        });
        admission.announce_memory();
        admission
    }

    /// Drops answers that nobody takes, until it is dropped.
    pub(in crate::server) async fn drop_unread(self: Arc<Self>) {
        let answer_max = self.limits.answer_max.0;
        loop {
            tokio::time::sleep(answer_max.min(Duration::from_secs(1))).await;
            for _ in 0..self.unread.drop_older_than(answer_max) {
                self.refusals.count(Cause::AnswerUnread);
            }
        }
    }

    /// Counts a refusal, and makes its status.
    fn refuse(&self, cause: Cause) -> Status {
        self.refusals.count(cause);
        match cause {
            Cause::Calls => status::overloaded(),
            Cause::CallLate => status::late(cause.description()),
            Cause::BodyLate | Cause::StreamIdle | Cause::AnswerUnread => {
                status::client_too_slow(cause.description())
            }
            Cause::CredentialEnded => status::credential_ended(),
            cause => status::exhausted(cause.description().to_owned()),
        }
    }
}

/// The admission of the call that a task works on.
#[derive(Clone)]
struct Current {
    admission: Arc<Admission>,
    account: Arc<Account>,
    /// The caller's rate, which expensive work is taken from as well.
    tab: Option<crate::server::access::Tab>,
    /// The turn of an answer that is not encoded yet.
    kept: Kept,
}

tokio::task_local! {
    /// Handlers ask for turns without passing this on. Set for the future of a handler only.
    static CURRENT: Current;
}
