//! Streams live no longer than what identified their caller.

use std::pin::Pin;
use std::sync::Arc;

use tokio::task::AbortHandle;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::Admission;
use crate::instruments::Cause;
use crate::server::access::Credential;

/// Completes when the credential of a stream has ended.
pub(super) type Ended = Pin<Box<WaitForCancellationFutureOwned>>;

/// The task that checks a credential; ends when this is dropped.
pub(super) struct Watchdog {
    task: AbortHandle,
    ended: CancellationToken,
}

impl Watchdog {
    /// Checks a credential at its expiry, and at least once a minute.
    pub(super) fn begin(admission: &Arc<Admission>, credential: Credential) -> Self {
        let ended = CancellationToken::new();
        let task = tokio::spawn(check(Arc::clone(admission), credential, ended.clone()));
        Self {
            task: task.abort_handle(),
            ended,
        }
    }

    pub(super) fn ended(&self) -> Ended {
        Box::pin(self.ended.clone().cancelled_owned())
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn check(admission: Arc<Admission>, credential: Credential, ended: CancellationToken) {
    credential.ended().await;
    admission.refusals.count(Cause::CredentialEnded);
    ended.cancel();
}
