//! Needs of a service by size: memory, disk, processor time, starts and passes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::load::{CHUNK_EVENTS, Load, Sink};
use super::process::{Launch, Server};
use crate::cli::CliError;

/// Longest wait for passes to cover all events.
const REST_MAX: Duration = Duration::from_secs(1800);
/// Interval of the checks.
const LOOK: Duration = Duration::from_millis(200);
/// Arguments of every server here.
const FLAGS: [&str; 2] = ["--metrics-listen", "127.0.0.1:0"];

/// An idle service of one size.
#[derive(Debug, Serialize)]
pub(super) struct Size {
    reviews: u64,
    events: u64,
    resident_bytes: u64,
    /// Memory above that of an empty service.
    memory_bytes_per_review: f64,
    disk_bytes_per_review: f64,
    /// Processor time of the server from the previous size to this one, without passes.
    cpu_us_per_event: f64,
    evidence_seconds: f64,
    brand_seconds: f64,
    /// Start with a checkpoint of all events.
    startup_seconds: f64,
    /// Start after a kill, with the newest checkpoint that was written before.
    crash_startup_seconds: f64,
}

/// Figures of a run.
#[derive(Debug, Serialize)]
pub(super) struct Sizes {
    sizes: Vec<Size>,
}

impl Sizes {
    /// Prints a table in Markdown, as in the documentation.
    pub(super) fn print(&self) {
        print_line!(
            "| reviews | memory | a review | disk, a review | processor, an event | pass for evidence \
             | for brands | start | after a kill |"
        );
        print_line!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for size in &self.sizes {
            print_line!(
                "| {} | {:.0} MiB | {:.0} bytes | {:.0} bytes | {:.1} us | {:.2} s | {:.2} s | {:.2} s | {:.2} s |",
                size.reviews,
                size.resident_bytes as f64 / 1_048_576.0,
                size.memory_bytes_per_review,
                size.disk_bytes_per_review,
                size.cpu_us_per_event,
                size.evidence_seconds,
                size.brand_seconds,
                size.startup_seconds,
                size.crash_startup_seconds
            );
        }
    }
}

/// Grows one store through ascending sizes in reviews.
pub(super) async fn measure(
    directory: &Path,
    batch: usize,
    sizes: &[u64],
) -> Result<Sizes, CliError> {
    let largest = sizes.last().copied().unwrap_or_default();
    let mut grown = Grown {
        store: directory.join("store"),
        load: Load::of(largest),
        batch,
    };
    let mut server = grown.launch()?.start().await?;
    let idle_bytes = server.resident_bytes()?;
    let mut figures = Vec::new();
    for reviews in sizes {
        let (size, again) = grown.to(server, *reviews, idle_bytes).await?;
        figures.push(size);
        server = again;
    }
    server.terminate().await?;
    Ok(Sizes { sizes: figures })
}

struct Grown {
    store: PathBuf,
    load: Load,
    batch: usize,
}

impl Grown {
    fn launch(&self) -> Result<Launch, CliError> {
        Ok(Launch::serve(&self.store)?.with(&FLAGS))
    }

    /// Grows the store, measures it, and returns the running service.
    async fn to(
        &mut self,
        mut server: Server,
        reviews: u64,
        idle_bytes: u64,
    ) -> Result<(Size, Server), CliError> {
        let before = server.status().await?.event_count;
        let cpu_before = server.cpu_seconds()?;
        while self.load.reviews() < reviews {
            let chunk = self.load.next(CHUNK_EVENTS);
            if chunk.is_empty() {
                return Err(format!("the simulated market ended before {reviews} reviews").into());
            }
            let sink = Sink::new(server.link(), self.batch);
            sink.send(chunk).await?;
        }
        let cpu = server.cpu_seconds()? - cpu_before;
        rested(&server).await?;
        let status = server.status().await?;
        let resident_bytes = server.resident_bytes()?;
        let evidence_seconds =
            server.metric(r#"goodstanding_pass_last_seconds{pass="evidence"}"#)?;
        let brand = r#"goodstanding_pass_last_seconds{pass="brand_refresh"}"#;
        let brand_seconds = server.metric(brand)?;
        let (crash_startup_seconds, server) = server.restarted(|| self.launch()).await?;
        let known = status.review_count.max(1) as f64;
        let size = Size {
            reviews: status.review_count,
            events: status.event_count,
            resident_bytes,
            memory_bytes_per_review: resident_bytes.saturating_sub(idle_bytes) as f64 / known,
            disk_bytes_per_review: server.status().await?.store_bytes as f64 / known,
            cpu_us_per_event: 1e6 * cpu / (status.event_count - before).max(1) as f64,
            evidence_seconds,
            brand_seconds,
            startup_seconds: server.startup_seconds(),
            crash_startup_seconds,
        };
        Ok((size, server))
    }
}

/// Waits until all passes cover all events.
async fn rested(server: &Server) -> Result<(), CliError> {
    let started = Instant::now();
    loop {
        let mut behind = 0.0;
        for name in [
            "goodstanding_evidence_events_behind",
            "goodstanding_brand_sellers_waiting",
            "goodstanding_brand_peers_events_behind",
        ] {
            // Before the first pass the metric is absent.
            behind += server.metric(name).unwrap_or(1.0);
        }
        if behind == 0.0 {
            return Ok(());
        }
        if started.elapsed() > REST_MAX {
            return Err("passes did not catch up with the events".into());
        }
        tokio::time::sleep(LOOK).await;
    }
}
