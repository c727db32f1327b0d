//! Connects a command to a running service, or to a service that it runs itself.

mod credentials;

use std::error::Error as _;
use std::path::{Path, PathBuf};

use tonic::service::interceptor::InterceptedService;
use tonic::transport::Endpoint;
use tonic::{Code, Status};

use self::credentials::Bearer;
pub(crate) use self::credentials::{Credentials, Link};
use super::CliError;
use super::local::{LocalOptions, LocalService};
use crate::config::{Secret, Section as _};
use crate::privacy::{PrivacyConfig, Pseudonyms};
use crate::store::FileStore;

/// Default address of `serve`.
const DEFAULT_SERVER: &str = "http://127.0.0.1:7311";
/// Largest answer, in bytes: a page of assessments with all findings.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A running service, or a directory that no service has open.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Target {
    /// Address of a running service; by default `http://127.0.0.1:7311`.
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    server: Option<String>,
    /// Directory of a store that no service has open; this command opens and closes it.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Believe the clock of this computer, though it is far beyond the last record of the log.
    #[arg(long, requires = "data")]
    confirm_clock: bool,
    #[command(flatten)]
    key: KeyFile,
    #[command(flatten)]
    credentials: Credentials,
}

/// The key of pseudonyms of reviewers and buyers.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct KeyFile {
    /// File with the key of pseudonyms of reviewers and buyers: 64 hexadecimal digits. Without it
    /// raw ids are kept.
    #[arg(
        long,
        value_name = "FILE",
        env = "GOODSTANDING_PRIVACY__REVIEWER_KEY_FILE"
    )]
    reviewer_key_file: Option<PathBuf>,
}

/// The variable with the key itself. No flag has it, because everybody can see flags.
const KEY_VARIABLE: &str = "GOODSTANDING_PRIVACY__REVIEWER_KEY";

impl KeyFile {
    /// Reads the key.
    pub(crate) fn read(&self) -> Result<Pseudonyms, CliError> {
        let config = PrivacyConfig {
            reviewer_key_file: self.reviewer_key_file.clone(),
            reviewer_key: std::env::var(KEY_VARIABLE)
                .map(Secret::from)
                .unwrap_or_default(),
        };
        match config.check().into_iter().next() {
            Some(fault) => Err(fault.under("privacy").to_string().into()),
            None => Ok(Pseudonyms::open(&config)?),
        }
    }
}

/// Handling of a directory without a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Make a store.
    Create,
    /// Return an error.
    Refuse,
}

impl Target {
    /// Connects to the service, or opens the directory behind the same API.
    pub(crate) async fn open(&self, absent: Absent) -> Result<Session, CliError> {
        self.open_with_backups(absent, None).await
    }

    /// Works as [`Target::open`]; backups of a directory go into another one.
    pub(crate) async fn open_with_backups(
        &self,
        absent: Absent,
        backups: Option<PathBuf>,
    ) -> Result<Session, CliError> {
        if let Some(directory) = &self.data {
            let options = LocalOptions {
                pseudonyms: self.key.read()?,
                confirm_clock: self.confirm_clock,
                backups,
            };
            return Session::open(directory, absent, options).await;
        }
        let server = self.server.as_deref().unwrap_or(DEFAULT_SERVER);
        Session::connect(server, &self.credentials).await
    }
}

impl Target {
    /// Returns whether it is a directory, which this process opens itself.
    pub(crate) const fn is_directory(&self) -> bool {
        self.data.is_some()
    }
}

/// A connection to the service, and the service itself if this process runs it.
pub(crate) struct Session {
    channel: Link,
    name: String,
    local: Option<LocalService>,
}

impl Session {
    async fn connect(server: &str, credentials: &Credentials) -> Result<Self, CliError> {
        Ok(Self {
            channel: connect(server, credentials).await?,
            name: format!("the service at {server}"),
            local: None,
        })
    }

    async fn open(
        directory: &Path,
        absent: Absent,
        options: LocalOptions,
    ) -> Result<Self, CliError> {
        if absent == Absent::Refuse && !FileStore::is_in(directory) {
            return Err(format!(
                "--data {}: no store is there; `goodstanding import --data` makes one",
                directory.display()
            )
            .into());
        }
        let service = LocalService::open(directory, options).await?;
        Ok(Self {
            channel: InterceptedService::new(service.channel(), Bearer::NONE),
            name: format!("the store in {}", directory.display()),
            local: Some(service),
        })
    }

    /// Returns the channel of all services of the API.
    pub(crate) fn channel(&self) -> Link {
        self.channel.clone()
    }

    /// Waits until assessments cover all events of a directory. It does not wait for a running
    /// service, which may always have new events.
    pub(crate) async fn settled(&self) {
        if let Some(service) = &self.local {
            service.settled().await;
        }
    }

    /// Returns the name of the service for messages.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Closes the session: sent events are durable, and a directory is free again.
    pub(crate) async fn close(self) -> Result<(), CliError> {
        drop(self.channel);
        match self.local {
            Some(service) => service.close().await,
            None => Ok(()),
        }
    }

    /// Explains a refusal, and what to do about it.
    pub(crate) fn explain(&self, status: &Status) -> CliError {
        let (name, message) = (&self.name, status.message());
        // The next command opens a directory again; a service has to be restarted.
        let log = match &self.local {
            Some(_) => "",
            None => "; its log says why, a restart clears it",
        };
        let text = match status.code() {
            // Failures of the transport have no code of the service.
            Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Aborted => {
                match status.source().map(innermost) {
                    Some(cause) => format!("{name} went away: {cause}"),
                    None => format!("{name} cannot do this now: {message}"),
                }
            }
            Code::ResourceExhausted => {
                format!("{name} has no room: {message}; free some, and it goes on")
            }
            Code::FailedPrecondition => {
                format!("{name} takes no writes: {message}{log}")
            }
            Code::DataLoss => format!("{name} has damaged data: {message}"),
            Code::Unimplemented => {
                format!("{name} does not serve this: {message}; is it of the same version?")
            }
            Code::Unauthenticated => {
                format!("{name} wants to know who calls: {message}; see --token-file and --cert")
            }
            Code::PermissionDenied => format!("{name} does not allow it: {message}"),
            Code::NotFound | Code::InvalidArgument | Code::OutOfRange => message.to_owned(),
            code => format!("{name} failed: {message} ({code:?})"),
        };
        text.into()
    }
}

/// Connects to a running service.
pub(crate) async fn connect(server: &str, credentials: &Credentials) -> Result<Link, CliError> {
    let endpoint = Endpoint::from_shared(server.to_owned())
        .map_err(|error| format!("--server {server}: {error}"))?;
    let endpoint = credentials.secure(server, endpoint)?;
    let bearer = credentials.bearer(endpoint.uri())?;
    let channel = endpoint.connect().await.map_err(|error| {
        let cause = innermost(&error);
        format!(
            "no service answers at {server}: {cause}; start one with \
             `goodstanding serve --data DIR`, or open the directory with --data DIR"
        )
    })?;
    Ok(InterceptedService::new(channel, bearer))
}

/// Returns the innermost cause, because transports wrap theirs several times.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
