//! Duration of screening during ingest. Calls start at a fixed rate and do not wait for each other,
//! without ingest, with ingest at a fixed rate and at full speed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;

use super::load::{CHUNK_EVENTS, Load, Sink};
use super::process::Launch;
use crate::cli::CliError;
use crate::cli::client::{self, Credentials};
use crate::proto::v1::integrity_service_client::IntegrityServiceClient;
use crate::proto::v1::{Event, Review, ScreenReviewsRequest, event};

/// Calls a second.
const CALLS_PER_SECOND: u32 = 100;
/// Calls of one phase: 20 of them are above the 99th percentile.
const CALLS: usize = 2000;
/// Events a second of the phase with a fixed rate, far more than a platform has.
const EVENTS_PER_SECOND: u64 = 10_000;
/// Events of a chunk at that rate.
const PACED_CHUNK: usize = 500;

/// Durations of the calls of one phase, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Phase {
    beside: &'static str,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    calls: usize,
    events_per_second: f64,
}

/// Figures of a run.
#[derive(Debug, Serialize)]
pub(super) struct Screening {
    reviews: u64,
    calls_per_second: u32,
    phases: Vec<Phase>,
}

impl Screening {
    pub(super) fn print(&self) {
        print_line!(
            "ScreenReviews of one review, {} a second, timed by the client; {} reviews \
             known",
            self.calls_per_second,
            self.reviews
        );
        print_line!("beside                          p50        p99        max   events a second");
        for phase in &self.phases {
            print_line!(
                "{:<24} {:>7.2} ms {:>7.2} ms {:>7.2} ms   {:>8.0}",
                phase.beside,
                phase.p50_ms,
                phase.p99_ms,
                phase.max_ms,
                phase.events_per_second
            );
        }
    }
}

/// Ingest during a phase.
#[derive(Clone, Copy)]
enum Beside {
    Nothing,
    Paced,
    Full,
}

impl Beside {
    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Paced => "ingest at a fixed rate",
            Self::Full => "ingest at full speed",
        }
    }
}

pub(super) async fn measure(
    directory: &Path,
    batch: usize,
    reviews: u64,
) -> Result<Screening, CliError> {
    let server = Launch::serve(&directory.join("store"))?.start().await?;
    // The phases need some million more.
    let mut load = Load::of(reviews + 5_000_000);
    let mut sample = Vec::new();
    while load.reviews() < reviews {
        let chunk = load.next(CHUNK_EVENTS);
        if sample.len() < CALLS {
            sample.extend(chunk.iter().filter_map(to_screen));
        }
        Sink::new(server.link(), batch).send(chunk).await?;
    }
    if sample.is_empty() {
        return Err("the simulated market has no review to screen".into());
    }
    let known = load.reviews();
    let sample = Arc::new(sample);
    let feed = Feed {
        sink: Sink::new(server.link(), batch),
        paced: Sink::new(server.link(), PACED_CHUNK),
        load,
    };
    let mut feed = Some(feed);
    let mut phases = Vec::new();
    for beside in [Beside::Nothing, Beside::Paced, Beside::Full] {
        // On a separate thread with its own connection. The service is measured, so the work of
        // this process for ingest must not delay the calls.
        let (done, sent) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (calls, over) = (Arc::clone(&sample), Arc::clone(&done));
        let url = server.url().to_owned();
        let caller = std::thread::Builder::new()
            .name("screening".to_owned())
            .spawn(move || {
                let took = screen_all(&url, &calls).map_err(|error| error.to_string());
                over.store(true, Ordering::Release);
                took
            })?;
        let started = Instant::now();
        let Some(held) = feed.take() else {
            return Err("ingest ended early".into());
        };
        feed = Some(held.run(beside, &done, &sent).await?);
        let seconds = started.elapsed().as_secs_f64();
        let took = tokio::task::spawn_blocking(move || caller.join()).await?;
        let took = took.map_err(|_| "the caller's thread panicked")??;
        let events_per_second = sent.load(Ordering::Acquire) as f64 / seconds;
        phases.push(phase(beside, took, events_per_second));
    }
    server.terminate().await?;
    Ok(Screening {
        reviews: known,
        calls_per_second: CALLS_PER_SECOND,
        phases,
    })
}

/// Returns the same review by an unknown author.
fn to_screen(event: &Event) -> Option<Review> {
    let Some(event::Payload::Review(review)) = &event.payload else {
        return None;
    };
    Some(Review {
        review_id: format!("screened-{}", review.review_id),
        reviewer_id: format!("new-{}", review.reviewer_id),
        ..review.clone()
    })
}

/// The stream of events.
struct Feed {
    sink: Sink,
    paced: Sink,
    load: Load,
}

impl Feed {
    async fn run(
        mut self,
        beside: Beside,
        done: &AtomicBool,
        sent: &AtomicU64,
    ) -> Result<Self, CliError> {
        let mut due = tokio::time::Instant::now();
        while !done.load(Ordering::Acquire) {
            let (sink, count) = match beside {
                Beside::Nothing => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
                Beside::Paced => (&self.paced, PACED_CHUNK),
                Beside::Full => (&self.sink, CHUNK_EVENTS),
            };
            let chunk = self.load.next(count);
            if chunk.is_empty() {
                return Err("the simulated market ended before the calls did".into());
            }
            sent.fetch_add(chunk.len() as u64, Ordering::AcqRel);
            sink.send(chunk).await?;
            if matches!(beside, Beside::Paced) {
                due += Duration::from_secs_f64(PACED_CHUNK as f64 / EVENTS_PER_SECOND as f64);
                tokio::time::sleep_until(due).await;
            }
        }
        Ok(self)
    }
}

/// Calls at a fixed rate, each timed from its start. Slow calls do not delay later ones.
fn screen_all(url: &str, reviews: &[Review]) -> Result<Vec<f64>, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let link = client::connect(url, &Credentials::default()).await?;
        let mut calls = JoinSet::new();
        let mut due = tokio::time::Instant::now();
        for review in reviews.iter().cycle().take(CALLS) {
            tokio::time::sleep_until(due).await;
            let (review, mut client) = (review.clone(), IntegrityServiceClient::new(link.clone()));
            calls.spawn(async move {
                let request = ScreenReviewsRequest {
                    reviews: vec![review],
                };
                let started = Instant::now();
                client.screen_reviews(request).await?;
                Ok::<_, tonic::Status>(started.elapsed().as_secs_f64() * 1e3)
            });
            due += Duration::from_secs(1) / CALLS_PER_SECOND;
        }
        let mut took = Vec::with_capacity(CALLS);
        while let Some(call) = calls.join_next().await {
            took.push(call??);
        }
        Ok(took)
    })
}

fn phase(beside: Beside, mut took: Vec<f64>, events_per_second: f64) -> Phase {
    took.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = (took.len() as f64 * share).ceil() as usize;
        took.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
    };
    Phase {
        beside: beside.name(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        max_ms: at(1.0),
        calls: took.len(),
        events_per_second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_durations_of_real_calls() {
        let took: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        let figures = phase(Beside::Nothing, took, 0.0);
        assert_eq!(
            (figures.p50_ms, figures.p99_ms, figures.max_ms),
            (100.0, 198.0, 200.0)
        );
        assert!(phase(Beside::Full, Vec::new(), 0.0).p99_ms.is_nan());
    }
}
