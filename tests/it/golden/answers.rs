//! Asks a service at rest for everything that it knows.

mod brand;
mod integrity;
mod past;

use goodstanding::proto::v1::{Event, Subject};
use serde::Serialize;
use serde_json::{Value, json};

use super::document::Section;
use crate::support::Service;

/// All that is frozen of a service; some of the events that it took are screened.
pub(crate) async fn all(service: &Service, events: &[Event]) -> Vec<Section> {
    service.settle().await;
    let mut sections = vec![counts(service, events).await];
    let subjects = integrity::assessments(service, &mut sections).await;
    integrity::reviews(service, &subjects.listings, &mut sections).await;
    integrity::campaigns(service, &mut sections).await;
    integrity::dividends(service, &subjects, &mut sections).await;
    integrity::screened(service, events, &mut sections).await;
    past::history(service, &subjects, &mut sections).await;
    past::point_in_time_reads(service, &subjects.listings, &mut sections).await;
    brand::progress(service, &subjects.sellers, &mut sections).await;
    brand::advice(service, &subjects.sellers, &mut sections).await;
    sections
}

/// Subjects that have an assessment, the riskiest first.
pub(crate) struct Subjects {
    pub(crate) reviewers: Vec<Subject>,
    pub(crate) listings: Vec<Subject>,
    pub(crate) sellers: Vec<Subject>,
}

fn section(name: &'static str, whole: usize, records: Vec<Value>) -> Section {
    Section {
        name,
        whole,
        records,
    }
}

fn to_json(message: &impl Serialize) -> Value {
    serde_json::to_value(message).expect("a message has a JSON form")
}

/// A name for a subject that is easy to look for in the file.
fn named(subject: &Subject, answer: &impl Serialize) -> Value {
    let mut record = json!({ "subject": format!("{}/{}", subject.marketplace, subject.id) });
    record["answer"] = to_json(answer);
    record
}

/// How many of what the service knows, and a digest of the events, so that a change of the simulator
/// is told from a change of the scores.
async fn counts(service: &Service, events: &[Event]) -> Section {
    let status = service.status().await;
    let lines: Vec<String> = events
        .iter()
        .map(|event| to_json(event).to_string())
        .collect();
    let digest = xxhash_rust::xxh3::xxh3_64(lines.join("\n").as_bytes());
    let counts = json!({
        "inputDigest": format!("{digest:016x}"),
        "eventCount": status.event_count,
        "reviewCount": status.review_count,
        "reviewerCount": status.reviewer_count,
        "listingCount": status.listing_count,
        "sellerCount": status.seller_count,
        "orderCount": status.order_count,
        "watermark": to_json(&status.watermark),
        "marketplaces": status.marketplaces,
    });
    section("counts", 1, vec![counts])
}
