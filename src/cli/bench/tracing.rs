//! What tracing costs: the service three times over, without, with the default sampling, and with
//! everything traced, on the same events in turn.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use serde::Serialize;
use tokio::net::TcpListener;
use tonic::transport::Server as Transport;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use super::figures::median;
use super::load::{Load, Sink};
use super::process::Server;
use crate::cli::CliError;
use crate::telemetry::TelemetryConfig;

/// Chunks that each server takes while it is measured, and before.
const ROUNDS: usize = 60;
const WARM_UP: usize = 5;
/// Events of one chunk.
const CHUNK_EVENTS: usize = 20_000;

/// What a run found. Shares are of the service without tracing: 0.01 is one percent more.
#[derive(Debug, Serialize)]
pub(super) struct Overhead {
    /// Share of calls that are sampled by default.
    sample_ratio: f64,
    /// More processor time of the server for an event, at that ratio.
    cpu_share: f64,
    /// More time for a chunk, median over rounds.
    time_share: f64,
    /// The same with everything traced.
    cpu_share_all: f64,
    time_share_all: f64,
    /// Processor time without tracing.
    cpu_us_per_event: f64,
    events: usize,
    /// Spans that the sink received from both.
    spans: u64,
}

impl Overhead {
    pub(super) fn print(&self) {
        let percent = |share: f64| 100.0 * share;
        let (events, ratio) = (self.events, self.sample_ratio);
        println!("tracing over OTLP to a sink on this machine, {events} events to each server");
        println!("                              processor time   time a chunk");
        println!(
            "sampling {ratio} (the default)        {:>+6.2} %       {:>+6.2} %",
            percent(self.cpu_share),
            percent(self.time_share)
        );
        println!(
            "everything traced                  {:>+6.2} %       {:>+6.2} %",
            percent(self.cpu_share_all),
            percent(self.time_share_all)
        );
        let (cpu, spans) = (self.cpu_us_per_event, self.spans);
        println!("without tracing {cpu:.2} us an event; {spans} spans received");
    }
}

/// Counts spans, and forgets them.
#[derive(Clone, Default)]
struct Count(Arc<AtomicU64>);

#[tonic::async_trait]
impl TraceService for Count {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes = request.get_ref().resource_spans.iter();
        let scopes = scopes.flat_map(|resource| &resource.scope_spans);
        let spans: usize = scopes.map(|scope| scope.spans.len()).sum();
        self.0.fetch_add(spans as u64, Ordering::Relaxed);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// One of the servers, and what it took.
struct Measured {
    server: Server,
    sink: Sink,
    seconds: Vec<f64>,
    cpu_before: f64,
}

impl Measured {
    async fn start(store: &Path, batch: usize, flags: &[&str]) -> Result<Self, CliError> {
        let server = Server::serve_with(store, flags).await?;
        Ok(Self {
            sink: Sink::new(server.channel(), batch),
            server,
            seconds: Vec::with_capacity(ROUNDS),
            cpu_before: 0.0,
        })
    }
}

pub(super) async fn measure(directory: &Path, batch: usize) -> Result<Overhead, CliError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let collector = format!("http://{}", listener.local_addr()?);
    let count = Count::default();
    let sink = Transport::builder()
        .add_service(TraceServiceServer::new(count.clone()))
        .serve_with_incoming(TcpIncoming::from(listener));
    let sink = tokio::spawn(sink);
    let traced = ["--otlp-endpoint", &collector];
    let all = ["--otlp-endpoint", &collector, "--sample-ratio", "1"];
    let mut servers = [
        Measured::start(&directory.join("off"), batch, &[]).await?,
        Measured::start(&directory.join("default"), batch, &traced).await?,
        Measured::start(&directory.join("all"), batch, &all).await?,
    ];
    let mut load = Load::of(((ROUNDS + WARM_UP) * CHUNK_EVENTS) as u64);
    let mut events = 0;
    for round in 0..WARM_UP + ROUNDS {
        let chunk = load.next(CHUNK_EVENTS);
        if round == WARM_UP {
            for measured in &mut servers {
                measured.cpu_before = measured.server.cpu_seconds()?;
                measured.seconds.clear();
                events = 0;
            }
        }
        events += chunk.len();
        // Who goes first changes, so that nobody profits from a machine that slows down.
        for turn in 0..servers.len() {
            let place = (round + turn) % servers.len();
            let measured = &mut servers[place];
            let took = measured.sink.send(chunk.clone()).await?;
            measured.seconds.push(took.as_secs_f64());
        }
    }
    let mut cpu = [0.0; 3];
    for (cpu, measured) in cpu.iter_mut().zip(&servers) {
        *cpu = measured.server.cpu_seconds()? - measured.cpu_before;
    }
    let share = |place: usize| cpu[place] / cpu[0] - 1.0;
    let time_share = |place: usize| {
        let rounds = servers[place].seconds.iter().zip(&servers[0].seconds);
        median(rounds.map(|(with, without)| with / without)) - 1.0
    };
    let overhead = Overhead {
        sample_ratio: TelemetryConfig::default().sample_ratio,
        cpu_share: share(1),
        time_share: time_share(1),
        cpu_share_all: share(2),
        time_share_all: time_share(2),
        cpu_us_per_event: 1e6 * cpu[0] / events as f64,
        events,
        spans: 0,
    };
    // An orderly end sends the last spans.
    for Measured { server, sink, .. } in servers {
        drop(sink);
        server.terminate().await?;
    }
    sink.abort();
    let spans = count.0.load(Ordering::Relaxed);
    Ok(Overhead { spans, ..overhead })
}
