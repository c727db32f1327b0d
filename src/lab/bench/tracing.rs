//! Cost of tracing: the service without tracing, with the default sampling, and with everything
//! traced, on the same events in turn.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

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

use super::compare::{Contender, Cost, Rounds, costs, ingest_in_turn};
use super::process::Launch;
use crate::cli::CliError;
use crate::telemetry::TelemetryConfig;

/// Chunks for each server, measured and before.
const ROUNDS: Rounds = Rounds {
    warm_up: 5,
    measured: 60,
};

/// Figures of a run.
#[derive(Debug, Serialize)]
pub(super) struct Overhead {
    /// Default share of sampled calls.
    sample_ratio: f64,
    /// Costs at that ratio, and with everything traced.
    costs: Vec<Cost>,
    /// Processor time without tracing.
    cpu_us_per_event: f64,
    events: usize,
    batch_events: usize,
    rounds: usize,
    /// Spans received from both.
    spans: u64,
}

impl Overhead {
    pub(super) fn print(&self) {
        let Self {
            sample_ratio,
            cpu_us_per_event,
            events,
            batch_events,
            rounds,
            spans,
            ..
        } = self;
        print_line!(
            "tracing over OTLP to a sink on this machine; {events} events to each server in \
             {rounds} rounds, {batch_events} events a batch"
        );
        print_line!("more than without tracing     processor time              time a round");
        for cost in &self.costs {
            let (cpu, time) = (cost.cpu.text(), cost.time.text());
            print_line!("{:<22} {cpu}  {time}", cost.name);
        }
        print_line!(
            "the default samples {sample_ratio}; without tracing {cpu_us_per_event:.2} us an event; \
             {spans} spans received"
        );
        print_line!(
            "in brackets 95 % intervals over rounds; passes beside the work are not counted"
        );
    }
}

/// A collector that counts spans and drops them.
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
    let mut contenders = Vec::new();
    let flags: [(&str, &[&str]); 3] = [
        ("without", &[]),
        ("default sampling", &traced),
        ("everything traced", &all),
    ];
    for (name, flags) in flags {
        let launch = Launch::serve(&directory.join(name))?.with(flags);
        let server = launch.with_rare_passes().start().await?;
        contenders.push(Contender::new(name, server));
    }
    let events = ingest_in_turn(&mut contenders, ROUNDS, batch, |_| ()).await?;
    // The exporter waits to fill a request.
    let delay = TelemetryConfig::default().export_delay.0;
    tokio::time::sleep(delay + Duration::from_secs(1)).await;
    for contender in &mut contenders {
        contender.finish()?;
    }
    let cpu = contenders.first().map_or(0.0, Contender::cpu_seconds);
    let overhead = Overhead {
        sample_ratio: TelemetryConfig::default().sample_ratio,
        costs: costs(&contenders),
        cpu_us_per_event: 1e6 * cpu / events.max(1) as f64,
        events,
        batch_events: batch,
        rounds: ROUNDS.measured,
        spans: 0,
    };
    // An orderly end sends the last spans.
    for contender in contenders {
        contender.server.terminate().await?;
    }
    sink.abort();
    let spans = count.0.load(Ordering::Relaxed);
    Ok(Overhead { spans, ..overhead })
}
