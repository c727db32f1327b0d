//! Credentials of streams, which live longer than the check at their beginning.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};

use super::Guard;
use crate::server::intake::now;
use crate::server::transport::tls::TlsReloader;

/// A client certificate with its chain, as it was shown, and the settings that accepted it.
#[derive(Clone)]
pub(in crate::server) struct Shown {
    pub(in crate::server) tls: Arc<TlsReloader>,
    pub(in crate::server) chain: Arc<[CertificateDer<'static>]>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
}

/// What identified a caller.
#[derive(Clone)]
pub(super) enum Proof {
    /// A token, which ends at its expiry, or when its key leaves the set.
    Token(Box<str>),
    /// A certificate, which ends at its expiry, or when its authority leaves the list.
    Certificate(Shown),
}

/// The token or certificate that identified the caller of a stream.
#[derive(Clone)]
pub(in crate::server) struct Credential {
    pub(super) guard: Arc<Guard>,
    pub(super) proof: Proof,
}

impl Credential {
    /// Completes when it no longer identifies its caller.
    pub(in crate::server) async fn ended(&self) {
        loop {
            tokio::time::sleep(self.next_check()).await;
            if !self.is_valid().await {
                return;
            }
        }
    }

    fn next_check(&self) -> Duration {
        let expires_at = match &self.proof {
            Proof::Token(token) => self.guard.expiry(token),
            Proof::Certificate(_) => None,
        };
        let every = self.guard.recheck_every;
        expires_at.map_or(every, |expires_at| {
            let seconds = expires_at.saturating_sub(now().seconds().into());
            // A little behind the expiry, whose second is over then.
            every.min(Duration::from_secs(seconds) + Duration::from_millis(50))
        })
    }

    async fn is_valid(&self) -> bool {
        match &self.proof {
            Proof::Token(token) => self.guard.still_accepts(token).await,
            Proof::Certificate(Shown { tls, chain }) => tls.still_accepts(chain, unix_now()),
        }
    }
}

fn unix_now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now().seconds().into()))
}
