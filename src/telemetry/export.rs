//! Export of spans to a collector over OTLP and gRPC.
//!
//! Spans wait in a bounded queue for export threads. If the collector is slow or absent, spans are
//! lost and no call waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter as OtlpExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData,
    SpanExporter,
};
use tokio::runtime::{Builder, Handle, Runtime};
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::{TARGET, TelemetryError};
use crate::instruments::Spans;

/// Most waiting spans; further ones are lost.
const QUEUE_SPANS: usize = 4096;
/// Most spans of one request to the collector.
const REQUEST_SPANS: usize = 512;
/// Most links of one span: a group commit serves at most 256 batches.
const LINKS_MAX: u32 = 256;

/// Settings of an export.
#[derive(Clone, Debug)]
pub struct Export {
    /// Address of the collector, such as `http://127.0.0.1:4317`.
    pub endpoint: String,
    /// Timeout of a request to the collector.
    pub timeout: Duration,
    /// Longest wait of a span for a full request.
    pub delay: Duration,
}

/// A running export.
#[derive(Debug)]
pub struct Exporter {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    runtime: Runtime,
}

impl Exporter {
    /// Starts the export threads. The collector may still be absent.
    pub fn start(export: &Export, spans: Spans) -> Result<Self, TelemetryError> {
        let failed = |error: &dyn std::fmt::Display| TelemetryError(error.to_string());
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("otlp")
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let sender = {
            // The connection belongs to this runtime.
            let _within = runtime.enter();
            OtlpExporter::builder()
                .with_tonic()
                .with_endpoint(&export.endpoint)
                .with_timeout(export.timeout)
                .build()
                .map_err(|error| failed(&error))?
        };
        let counted = Counted {
            sender: Arc::new(sender),
            runtime: runtime.handle().clone(),
            timeout: export.timeout,
            spans,
            failing: AtomicBool::new(false),
        };
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE_SPANS)
            .with_max_export_batch_size(REQUEST_SPANS)
            .with_scheduled_delay(export.delay)
            .build();
        let processor = BatchSpanProcessor::builder(counted)
            .with_batch_config(batches)
            .build();
        let resource = Resource::builder()
            .with_service_name("goodstanding")
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            // Every span was sampled before it was made.
            .with_sampler(Sampler::AlwaysOn)
            .with_max_links_per_span(LINKS_MAX)
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("goodstanding");
        Ok(Self {
            provider,
            tracer,
            runtime,
        })
    }

    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        OpenTelemetryLayer::new(self.tracer.clone())
            .with_location(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_context_activation(false)
            .with_filter(filter_fn(|meta| {
                meta.target() == TARGET
                    || (meta.is_event() && meta.target().starts_with("goodstanding"))
            }))
    }

    /// Sends the waiting spans until a timeout. Blocks.
    pub fn finish(self, within: Duration) {
        let Self {
            provider,
            tracer,
            runtime,
        } = self;
        drop(tracer);
        if let Err(error) = provider.shutdown_with_timeout(within) {
            tracing::warn!(%error, "the last spans were not sent");
        }
        runtime.shutdown_background();
    }
}

/// Sends on a runtime of its own, and counts. Logs the beginning and the end of failures, not each
/// failure.
#[derive(Debug)]
struct Counted {
    sender: Arc<OtlpExporter>,
    runtime: Handle,
    timeout: Duration,
    spans: Spans,
    failing: AtomicBool,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let (count, timeout) = (batch.len(), self.timeout);
        let sender = Arc::clone(&self.sender);
        let sending = self.runtime.spawn(async move {
            let sent = tokio::time::timeout(timeout, sender.export(batch)).await;
            sent.unwrap_or(Err(OTelSdkError::Timeout(timeout)))
        });
        let sent = sending.await.unwrap_or_else(|error| {
            let message = error.to_string();
            Err(OTelSdkError::InternalFailure(message))
        });
        match &sent {
            Ok(()) => {
                self.spans.exported(count);
                if self.failing.swap(false, Ordering::Relaxed) {
                    tracing::info!("the collector takes spans again");
                }
            }
            Err(error) => {
                self.spans.failed(count);
                if !self.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "the collector takes no spans: they are lost");
                }
            }
        }
        sent
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Some(sender) = Arc::get_mut(&mut self.sender) {
            sender.set_resource(resource);
        }
    }
}
