//! Serves over gRPC until SIGTERM or SIGINT, then drains.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use super::{CliError, parent};
use crate::engine::{ClockForTests, ClockOptions, Options, PanicForTests, Poison};
use crate::instruments::{Metrics, Transport};
use crate::privacy::Pseudonyms;
use crate::server::scrape::{self, Exposition, Port, Served};
use crate::server::{ServeOptions, Service, raise_open_files};
use crate::settings::{Overrides, Settings};
use crate::store::{FileStore, StoreError};
use crate::telemetry::{self, Exporter, Instruments, LogFormat, Sampler};

/// How long calls are still answered after a panic, so that clients learn the cause.
const PANIC_SEEN: Duration = Duration::from_secs(1);
/// How long a panic waits to be scraped, where metrics are served: twice the usual interval.
const PANIC_SCRAPED_MAX: Duration = Duration::from_secs(30);
/// How long the other threads, and work for callers, may go on once the service has drained
/// after a panic.
const PANIC_DRAIN_MAX: Duration = Duration::from_secs(10);
/// Longest wait for the export of the last spans.
const EXPORT_MAX: Duration = Duration::from_secs(5);

/// Options of `serve`. A flag overrides the environment (`GOODSTANDING_SECTION__KEY`), and that the
/// file.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration, a TOML file; `goodstanding config show` prints all keys.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of the store; created if it does not exist.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on, by default 127.0.0.1:7311. Addresses beyond loopback need TLS and
    /// authentication.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Allow addresses beyond loopback without TLS or authentication.
    #[arg(long)]
    insecure: bool,
    /// Memory of the store's cache in MiB, by default 16.
    #[arg(long)]
    cache_mib: Option<u32>,
    /// Address of /metrics, /healthz and /readyz over HTTP, such as 127.0.0.1:9311; by default
    /// none.
    #[arg(long, value_name = "ADDRESS")]
    metrics_listen: Option<SocketAddr>,
    /// Collector of spans over OTLP and gRPC, such as `http://127.0.0.1:4317`; by default none.
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<String>,
    /// Share of traced calls without a caller's decision, by default 0.01.
    #[arg(long, value_name = "0..1")]
    sample_ratio: Option<f64>,
    /// Directory of backups; without it none are written.
    #[arg(long, value_name = "DIR")]
    backup_dir: Option<PathBuf>,
    /// File with the key of pseudonyms of reviewers and buyers: 64 hexadecimal digits. Without it
    /// raw ids are kept.
    #[arg(long, value_name = "FILE")]
    reviewer_key_file: Option<PathBuf>,
    /// Believe the clock of this computer, though it is far beyond the last record of the log
    /// (`limits.clock_gap_max`).
    #[arg(long)]
    confirm_clock: bool,
    /// For tests: the wall clock is ahead after a while.
    #[arg(long, value_name = "AHEAD@AFTER", hide = true)]
    clock_for_tests: Option<ClockForTests>,
    /// For tests: a worker thread panics once so many events are published.
    #[arg(long, value_name = "THREAD@EVENTS", hide = true)]
    panic_for_tests: Option<PanicForTests>,
    /// End as after SIGTERM when stdin closes too: for programs that start the service as their child.
    #[arg(long)]
    with_parent: bool,
}

impl Arguments {
    fn into_config(self) -> Result<Settings, CliError> {
        let Self {
            config,
            data,
            listen,
            insecure,
            cache_mib,
            metrics_listen,
            otlp_endpoint,
            sample_ratio,
            backup_dir,
            reviewer_key_file,
            confirm_clock: _,
            clock_for_tests: _,
            panic_for_tests: _,
            with_parent: _,
        } = self;
        let data = text("--data", data)?;
        let backups = text("--backup-dir", backup_dir)?;
        let key = text("--reviewer-key-file", reviewer_key_file)?;
        let shown = |address: SocketAddr| address.to_string();
        let flags = Overrides::default()
            .set("store.data", data)
            .set("server.listen", listen.map(shown))
            .set("server.insecure", insecure.then_some(true))
            .set("store.cache", cache_mib.map(|mib| format!("{mib} MiB")))
            .set("metrics.listen", metrics_listen.map(shown))
            .set("telemetry.otlp_endpoint", otlp_endpoint)
            .set("telemetry.sample_ratio", sample_ratio)
            .set("backup.directory", backups)
            .set("privacy.reviewer_key_file", key);
        Ok(Settings::load(config.as_deref(), flags)?)
    }
}

fn text(flag: &str, path: Option<PathBuf>) -> Result<Option<String>, CliError> {
    let text = path.map(|path| path.into_os_string().into_string());
    text.transpose()
        .map_err(|path| format!("{flag} {} is not UTF-8", path.display()).into())
}

pub(super) fn run(arguments: Arguments, format: LogFormat, filter: &str) -> Result<(), CliError> {
    let mut startup = Startup {
        began: Instant::now(),
        with_parent: arguments.with_parent,
        clock: ClockOptions {
            confirmed: arguments.confirm_clock,
            for_tests: arguments.clock_for_tests,
            ..ClockOptions::default()
        },
        panic_for_tests: arguments.panic_for_tests,
    };
    let config = arguments.into_config()?;
    startup.clock.gap_max = config.limits.clock_gap_max.0;
    let metrics = Metrics::default();
    let export = config.telemetry.export();
    let exporter = export
        .map(|export| Exporter::start(&export, metrics.spans.clone()))
        .transpose()?;
    let repeats = telemetry::init(format, filter, exporter.as_ref(), &metrics.dropped_lines)?;
    let ratio = config.telemetry.sample_ratio;
    let sampler = exporter.as_ref().map(|_| Arc::new(Sampler::new(ratio)));
    let runtime = super::runtime::runtime()?;
    let reporting = runtime.spawn(Arc::clone(&repeats).report_each_minute());
    let served = runtime.block_on(serve(config, Instruments { metrics, sampler }, startup));
    reporting.abort();
    repeats.report();
    if served.is_err() {
        // Work that a panic left behind must not keep the process.
        runtime.shutdown_timeout(PANIC_DRAIN_MAX);
    } else {
        drop(runtime);
    }
    if let Some(exporter) = exporter {
        exporter.finish(EXPORT_MAX);
    }
    served
}

/// What the command line says beside the configuration.
struct Startup {
    began: Instant,
    with_parent: bool,
    clock: ClockOptions,
    panic_for_tests: Option<PanicForTests>,
}

async fn serve(
    mut config: Settings,
    instruments: Instruments,
    startup: Startup,
) -> Result<(), CliError> {
    let Startup {
        began,
        with_parent,
        clock,
        panic_for_tests,
    } = startup;
    let connections_max = raise_open_files(config.connections.connections_max)?;
    config.connections.connections_max = config.limits.connections_within_memory(connections_max);
    let security = config.open_security().await?;
    let exposition = Arc::new(Exposition::new(&instruments.metrics));
    let scraped = config.metrics.listen.map(|_| Arc::clone(&exposition));
    // Its tasks end when it is dropped.
    let _observed = observe(&config, &exposition, &instruments.metrics.transport).await?;
    let pseudonyms = open_pseudonyms(&config)?;
    let Settings {
        server,
        store,
        limits,
        health,
        backup,
        brand,
        rating,
        passes,
        ..
    } = config;
    let data = store
        .data
        .ok_or("store.data is not set: say --data DIR, or set it in the configuration")?;
    // Bound before the replay, so that a port in use is reported without a long wait.
    let listener = bind(server.listen).await?;
    super::prepare_for_store();
    if let Some(directory) = &backup.directory {
        crate::backup::remove_parts(directory);
    }
    let cache_bytes = store.cache.as_u64();
    let store_scrub = store.scrub;
    let open = move || {
        let store = FileStore::open(&data, cache_bytes).map_err(|error| {
            format!("cannot open {}: {error}{}", data.display(), advice(&error))
        })?;
        let options = Options {
            pseudonyms,
            as_of_events_max: limits.look_back_events_max,
            instruments,
            passes,
            brand,
            scrub: store_scrub,
            clock,
            panic_for_tests,
        };
        Service::open(Arc::new(store), options, limits.watchers_max, began)
            .map_err(|error| format!("cannot start on {}: {error}", data.display()))
    };
    let (service, threads) = tokio::task::spawn_blocking(open).await??;
    let engine = service.engine().clone();
    exposition.open(engine.clone());
    // Installed before the service is ready, and not earlier: a long start may be killed.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let address = listener.local_addr()?;
    let events = engine.snapshots.newest().state.event_count();
    let startup_ms = began.elapsed().as_millis();
    let security_summary = security.summary();
    tracing::info!(%address, events, startup_ms, security = security_summary, "ready");
    let poison = engine.poison.clone();
    let panicked = poison.clone();
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: draining"),
            _ = interrupt.recv() => tracing::info!("SIGINT: draining"),
            () = parent::gone(), if with_parent => tracing::info!("stdin closed: draining"),
            () = panic_is_seen(&panicked, scraped) => tracing::info!("a thread panicked: draining"),
        }
    };
    let options = ServeOptions {
        limits,
        health,
        backups: backup.directory,
        rating,
    };
    let serving = crate::server::serve(listener, service, security, options, shutdown);
    let served = Box::pin(serving).await;
    engine.close();
    drop(engine);
    let joined = tokio::task::spawn_blocking(move || threads.join());
    let stuck = async {
        poison.panicked().await;
        tokio::time::sleep(PANIC_DRAIN_MAX).await;
    };
    tokio::select! {
        joined = joined => joined?,
        () = stuck => tracing::warn!("threads were still at work at the end of the drain"),
    }
    if let Some(panic) = poison.panic() {
        return Err(panic.into());
    }
    served?;
    tracing::info!("ended");
    Ok(())
}

/// What an operator can do about a store that is refused.
const fn advice(error: &StoreError) -> &'static str {
    match error {
        StoreError::Corrupt { .. } | StoreError::Missing { .. } => {
            ". Nothing in the log was changed: copy the directory, then restore a backup, or see what \
             `goodstanding log verify` and `goodstanding log salvage` say"
        }
        _ => "",
    }
}

/// Opens the key of pseudonyms, and warns where there is none.
fn open_pseudonyms(config: &Settings) -> Result<Pseudonyms, CliError> {
    let pseudonyms = Pseudonyms::open(&config.privacy)?;
    if !pseudonyms.is_on() {
        tracing::warn!(
            "ids of reviewers and buyers are kept as they come: privacy.reviewer_key_file is not set"
        );
    }
    Ok(pseudonyms)
}

/// Serves metrics and probes on their ports, until the result is dropped.
async fn observe(
    config: &Settings,
    exposition: &Arc<Exposition>,
    metrics: &Transport,
) -> Result<JoinSet<()>, CliError> {
    let mut tasks = JoinSet::new();
    let ports = [
        (config.metrics.listen, Served::All),
        (config.health.listen, Served::Probes),
    ];
    for (listen, served) in ports {
        let Some(listen) = listen else {
            continue;
        };
        let listener = bind(listen).await?;
        let address = listener.local_addr()?;
        match served {
            Served::All => tracing::info!(metrics = %address, "metrics are served"),
            Served::Probes => tracing::info!(probes = %address, "probes are served"),
        }
        let port = Port::new(Arc::clone(exposition), served, metrics.clone());
        tasks.spawn(scrape::serve(listener, port));
    }
    Ok(tasks)
}

/// Waits for a panic, and until it was scraped where metrics are served and clients had time to
/// learn the cause.
async fn panic_is_seen(poison: &Poison, exposition: Option<Arc<Exposition>>) {
    poison.panicked().await;
    if let Some(exposition) = exposition {
        let _ = tokio::time::timeout(PANIC_SCRAPED_MAX, exposition.scraped()).await;
    }
    tokio::time::sleep(PANIC_SEEN).await;
}

async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| format!("cannot listen on {address}: {error}"))
}
