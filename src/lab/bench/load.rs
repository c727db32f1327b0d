//! Work for the servers.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::cli::CliError;
use crate::cli::client::Link;
use crate::lab::simulate::{Config, Market};
use crate::proto::v1::ingest_service_client::IngestServiceClient;
use crate::proto::v1::integrity_service_client::IntegrityServiceClient;
use crate::proto::v1::{Event, GetAssessmentRequest, IngestRequest, Subject, SubjectKind, event};

/// Events of one chunk of a stream.
pub(super) const CHUNK_EVENTS: usize = 20_000;
/// Listings whose assessments are requested.
const SUBJECTS: usize = 10_000;
/// Concurrent calls.
const CALLS: usize = 32;

/// A simulated market as a stream of reviews with their sellers and listings. Orders and snapshots
/// would measure other code.
pub(super) struct Load {
    market: Market,
    reviews: u64,
    subjects: Vec<Subject>,
}

impl Load {
    pub(super) fn of(reviews: u64) -> Self {
        let config = Config {
            orders: false,
            snapshots: false,
            // The number of reviews is met within a few percent.
            ..Config::sized(1, reviews + reviews / 10)
        };
        Self {
            market: Market::new(config),
            reviews: 0,
            subjects: Vec::new(),
        }
    }

    /// Returns the number of reviews so far.
    pub(super) const fn reviews(&self) -> u64 {
        self.reviews
    }

    /// Returns the next events; fewer at the end.
    pub(super) fn next(&mut self, count: usize) -> Vec<Event> {
        let events: Vec<Event> = self.market.by_ref().take(count).collect();
        for event in &events {
            match &event.payload {
                Some(event::Payload::Review(_)) => self.reviews += 1,
                Some(event::Payload::Listing(listing)) => self.subjects.push(Subject {
                    kind: SubjectKind::Listing.into(),
                    marketplace: listing.marketplace.clone(),
                    id: listing.listing_id.clone(),
                }),
                _ => {}
            }
        }
        // The truth is not needed here and would grow.
        self.market.take_truth();
        events
    }

    /// Returns listings from the whole market.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        let step = (self.subjects.len() / SUBJECTS).max(1);
        let picked = self.subjects.iter().step_by(step);
        picked.cycle().take(SUBJECTS).cloned().collect()
    }
}

/// The connection for ingest of one server.
pub(super) struct Sink {
    client: IngestServiceClient<Link>,
    batch_events: usize,
}

impl Sink {
    pub(super) fn new(channel: Link, batch_events: usize) -> Self {
        Self {
            client: IngestServiceClient::new(channel),
            batch_events,
        }
    }

    /// Streams events, and returns the time from the first to the last acknowledgement.
    pub(super) async fn send(&self, events: Vec<Event>) -> Result<Duration, CliError> {
        let expected = events.len() as u64;
        let mut events = events.into_iter();
        let mut batches = Vec::new();
        loop {
            let batch: Vec<Event> = events.by_ref().take(self.batch_events).collect();
            if batch.is_empty() {
                break;
            }
            batches.push(IngestRequest {
                batch_number: batches.len() as u64,
                events: batch,
            });
        }
        let mut client = self.client.clone();
        let started = Instant::now();
        let mut answers = client
            .ingest(tokio_stream::iter(batches))
            .await?
            .into_inner();
        let mut accepted = 0;
        while let Some(answer) = answers.message().await? {
            accepted += answer.summary.unwrap_or_default().accepted;
        }
        let took = started.elapsed();
        if accepted == expected {
            Ok(took)
        } else {
            Err(format!("{accepted} of {expected} events were accepted").into())
        }
    }
}

/// Requests the assessment of each subject, several at a time.
pub(super) async fn assess(channel: Link, subjects: &[Subject]) -> Result<Duration, CliError> {
    let started = Instant::now();
    let mut calls = JoinSet::new();
    let share = subjects.len().div_ceil(CALLS);
    for part in subjects.chunks(share.max(1)) {
        let mut client = IntegrityServiceClient::new(channel.clone());
        let part = part.to_vec();
        calls.spawn(async move {
            for subject in part {
                let request = GetAssessmentRequest {
                    subject: Some(subject),
                    as_of: None,
                };
                client.get_assessment(request).await?;
            }
            Ok::<_, tonic::Status>(())
        });
    }
    while let Some(ended) = calls.join_next().await {
        ended??;
    }
    Ok(started.elapsed())
}
