//! Serves over gRPC until SIGTERM or SIGINT, then drains.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::CliError;
use crate::config::{Config, Overrides};
use crate::engine::Engine;
use crate::grpc::Security;
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
}

impl Arguments {
    fn into_config(self) -> Result<Config, CliError> {
        let Self {
            config,
            data,
            listen,
            insecure,
            cache_mib,
        } = self;
        let data = data.map(|data| data.into_os_string().into_string());
        let data = data
            .transpose()
            .map_err(|data| format!("--data {} is not UTF-8", data.display()))?;
        let flags = Overrides::default()
            .set("store.data", data)
            .set("server.listen", listen.map(|address| address.to_string()))
            .set("server.insecure", insecure.then_some(true))
            .set("store.cache", cache_mib.map(|mib| format!("{mib} MiB")));
        Ok(Config::load(config.as_deref(), flags)?)
    }
}

#[tokio::main]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let started = Instant::now();
    let config = arguments.into_config()?;
    let security = Security::open(&config).await?;
    let Config { server, store, .. } = config;
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
        Engine::open(Arc::new(store))
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
    let served = crate::grpc::serve(listener, engine.clone(), started, security, shutdown).await;
    engine.close();
    drop(engine);
    tokio::task::spawn_blocking(move || writer.join()).await?;
    served?;
    tracing::info!("ended");
    Ok(())
}
