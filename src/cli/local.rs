//! The service in this process, for commands on a directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

use super::CliError;
use crate::engine::{ClockOptions, EngineError, EngineThreads, Options};
use crate::journal::JournalError;
use crate::privacy::Pseudonyms;
use crate::server::{LimitsConfig, Security, ServeError, ServeOptions, Service};
use crate::store::{FileStore, StoreError};

/// Memory of the store's cache, in bytes.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// How a directory is opened.
#[derive(Default)]
pub(crate) struct LocalOptions {
    /// How ids of people are kept.
    pub(crate) pseudonyms: Pseudonyms,
    /// Whether the wall clock is believed, whatever the log says.
    pub(crate) confirm_clock: bool,
    /// Directory of backups; none refuses them.
    pub(crate) backups: Option<PathBuf>,
}

/// A service for the duration of one command. It has the same engine and API as `serve`, on a free
/// loopback port.
pub(crate) struct LocalService {
    service: Service,
    threads: EngineThreads,
    channel: Channel,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), ServeError>>,
}

impl LocalService {
    /// Opens the store in a directory and serves it.
    pub(crate) async fn open(directory: &Path, options: LocalOptions) -> Result<Self, CliError> {
        let LocalOptions {
            pseudonyms,
            confirm_clock,
            backups,
        } = options;
        let began = Instant::now();
        super::prepare_for_store();
        let path = directory.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            let store = FileStore::open(&path, CACHE_BYTES).map_err(EngineError::from)?;
            let options = Options {
                pseudonyms,
                clock: ClockOptions {
                    confirmed: confirm_clock,
                    ..ClockOptions::default()
                },
                ..Options::default()
            };
            let watchers_max = LimitsConfig::default().watchers_max;
            Service::open(Arc::new(store), options, watchers_max, began)
        });
        let (service, threads) = opened.await?.map_err(|error| refusal(directory, &error))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move {
            // A dropped sender, as after an error, stops it too.
            let _ = stopped.await;
        };
        let options = ServeOptions {
            backups,
            ..ServeOptions::default()
        };
        let serving = crate::server::serve(
            listener,
            service.clone(),
            Security::default(),
            options,
            shutdown,
        );
        let server = tokio::spawn(serving);
        let channel = Channel::from_shared(format!("http://{address}"))?
            .connect()
            .await?;
        Ok(Self {
            service,
            threads,
            channel,
            stop,
            server,
        })
    }

    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Waits until assessments cover all events.
    pub(crate) async fn settled(&self) {
        self.service.engine().snapshots.settled().await;
    }

    /// Drains, and releases the directory.
    pub(crate) async fn close(self) -> Result<(), CliError> {
        let Self {
            service,
            threads,
            channel,
            stop,
            server,
        } = self;
        drop(channel);
        // The server may have ended already.
        let _ = stop.send(());
        let served = server.await?;
        let engine = service.engine();
        engine.close();
        tokio::task::spawn_blocking(move || threads.join()).await?;
        match engine.poison.panic() {
            Some(panic) => Err(panic.into()),
            None => served.map_err(Into::into),
        }
    }
}

fn refusal(directory: &Path, error: &ServeError) -> CliError {
    let directory_flag = format!("--data {}", directory.display());
    let locked = matches!(
        error,
        ServeError::Engine(EngineError::Journal(inner))
            if matches!(**inner, JournalError::Store(StoreError::Locked { .. }))
    );
    if locked {
        format!(
            "{directory_flag}: another process has it open, a running service most likely; \
             talk to that one with --server URL instead"
        )
        .into()
    } else {
        format!("{directory_flag}: {error}").into()
    }
}
