//! Serves over gRPC until SIGTERM or SIGINT, then drains.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::CliError;
use crate::config::{Config, Overrides};
use crate::engine::{Engine, Options};
use crate::grpc::{Security, ServeOptions};
use crate::privacy::Pseudonyms;
use crate::store::SledStore;

/// Options of `serve`. A flag goes over the environment (`GOODSTANDING_SECTION__KEY`), and that
/// over the file.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The configuration, a TOML file; `goodstanding config show` prints all keys.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of the store; made when it is not there.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on, 127.0.0.1:7311 unless set. Others than loopback need TLS and
    /// authentication.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Listen on other addresses than loopback without TLS or authentication.
    #[arg(long)]
    insecure: bool,
    /// Memory that the store may use for its cache, in MiB; 64 unless set.
    #[arg(long)]
    cache_mib: Option<u32>,
    /// Directory that backups go into; none are written without.
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// File with the key that reviewer and buyer ids are replaced with: 64 hexadecimal digits.
    /// Without it they are kept as they come.
    #[arg(long, value_name = "FILE")]
    reviewer_key_file: Option<PathBuf>,
}

impl Arguments {
    fn into_config(self) -> Result<Config, CliError> {
        let Self {
            config,
            data,
            listen,
            insecure,
            cache_mib,
            backup_dir,
            reviewer_key_file,
        } = self;
        let data = text("--data", data)?;
        let backups = text("--backup-dir", backup_dir)?;
        let key = text("--reviewer-key-file", reviewer_key_file)?;
        let flags = Overrides::default()
            .set("store.data", data)
            .set("server.listen", listen.map(|address| address.to_string()))
            .set("server.insecure", insecure.then_some(true))
            .set("store.cache", cache_mib.map(|mib| format!("{mib} MiB")))
            .set("backup.directory", backups)
            .set("privacy.reviewer_key_file", key);
        Ok(Config::load(config.as_deref(), flags)?)
    }
}

fn text(flag: &str, path: Option<PathBuf>) -> Result<Option<String>, CliError> {
    let text = path.map(|path| path.into_os_string().into_string());
    text.transpose()
        .map_err(|path| format!("{flag} {} is not UTF-8", path.display()).into())
}

#[tokio::main]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let started = Instant::now();
    let config = arguments.into_config()?;
    let security = Security::open(&config).await?;
    let pseudonyms = Pseudonyms::open(&config.privacy)?;
    if !pseudonyms.is_on() {
        tracing::warn!(
            "ids of reviewers and buyers are kept as they come: privacy.reviewer_key_file is not set"
        );
    }
    let Config {
        server,
        store,
        limits,
        backup,
        ..
    } = config;
    let data = store
        .data
        .ok_or("store.data is not set: say --data DIR, or set it in the configuration")?;
    let listen = server.listen;
    // Before the replay, so that the same port is not found taken after a long wait.
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let cache_bytes = store.cache.as_u64();
    let open = move || {
        let store = SledStore::open(&data, cache_bytes)
            .map_err(|error| format!("cannot open {}: {error}", data.display()))?;
        let options = Options {
            pseudonyms,
            look_back_events_max: limits.look_back_events_max,
        };
        Engine::open_with(Arc::new(store), options)
            .map_err(|error| format!("cannot start on {}: {error}", data.display()))
    };
    let (engine, writer) = tokio::task::spawn_blocking(open).await??;
    // Before anybody is told that it is ready, and not before: a start that takes long may be killed.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let address = listener.local_addr()?;
    let events = engine.published().state.event_count();
    let startup_ms = started.elapsed().as_millis();
    let security_summary = security.summary();
    tracing::info!(%address, events, startup_ms, security = security_summary, "ready");
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: draining"),
            _ = interrupt.recv() => tracing::info!("SIGINT: draining"),
        }
    };
    let options = ServeOptions {
        limits,
        backups: backup.directory,
    };
    let serving = crate::grpc::serve(
        listener,
        engine.clone(),
        started,
        security,
        options,
        shutdown,
    );
    let served = serving.await;
    engine.close();
    drop(engine);
    tokio::task::spawn_blocking(move || writer.join()).await?;
    served?;
    tracing::info!("ended");
    Ok(())
}
