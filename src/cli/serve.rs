//! Serves over gRPC until SIGTERM or SIGINT, then drains.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::CliError;
use super::client::KeyFile;
use crate::engine::{Engine, Options};
use crate::grpc::ServeOptions;
use crate::store::SledStore;

/// Options of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Directory of the store; made when it is not there.
    #[arg(long)]
    data: PathBuf,
    /// Address to listen on. Only loopback, as there is no authentication.
    #[arg(long, default_value = "127.0.0.1:7311")]
    listen: SocketAddr,
    /// Listen on other addresses than loopback although anybody there may read and write.
    #[arg(long)]
    insecure: bool,
    /// Memory that the store may use for its cache, in MiB.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=65_536))]
    cache_mib: u64,
    /// Directory that backups go into; none are written without.
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    #[command(flatten)]
    key: KeyFile,
}

#[tokio::main]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let started = Instant::now();
    let Arguments {
        data,
        listen,
        insecure,
        cache_mib,
        backup_dir,
        key,
    } = arguments;
    let pseudonyms = key.read()?;
    if !pseudonyms.is_on() {
        tracing::warn!(
            "reviewer and buyer ids are kept as they come: no --reviewer-key-file was given"
        );
    }
    if !listen.ip().is_loopback() && !insecure {
        let said =
            "is not loopback, and there is no authentication: say --insecure to serve anyway";
        return Err(format!("--listen {listen} {said}").into());
    }
    // Before the replay, so that the same port is not found taken after a long wait.
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let cache_bytes = cache_mib * 1024 * 1024;
    let open = move || {
        let store = SledStore::open(&data, cache_bytes)
            .map_err(|error| format!("cannot open {}: {error}", data.display()))?;
        let options = Options {
            pseudonyms,
            ..Options::default()
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
    tracing::info!(%address, events, startup_ms, "ready");
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: draining"),
            _ = interrupt.recv() => tracing::info!("SIGINT: draining"),
        }
    };
    let options = ServeOptions {
        backups: backup_dir,
        ..ServeOptions::default()
    };
    let served = crate::grpc::serve(listener, engine.clone(), started, options, shutdown).await;
    engine.close();
    drop(engine);
    tokio::task::spawn_blocking(move || writer.join()).await?;
    served?;
    tracing::info!("ended");
    Ok(())
}
