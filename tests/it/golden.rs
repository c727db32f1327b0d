//! Freezes every served number of simulated markets, bit for bit, and the served sentences apart.
//!
//! The built binary alone makes the markets and the answers, so that code may move freely below it.
//! `GOLDEN_WRITE=1` writes the files anew, `GOLDEN_DUMP=DIRECTORY` writes all answers whole, to find
//! what moved a digest, and `GOODSTANDING_BINARY` names another binary to hold the files against.

mod answers;
mod document;
pub mod stored;

use std::path::{Path, PathBuf};

use crate::support::Service;
use crate::support::command::{Place, run, stderr};
use document::Document;
use goodstanding::proto::v1::Event;

const REVIEWS: &str = "3000";
const BATCH_EVENTS: usize = 1000;
/// Records of a section that sentences are kept whole of.
const SENTENCES_WHOLE: usize = 6;

/// Reads what `goodstanding simulate` writes for a seed.
fn simulated(place: &Place, seed: u32) -> Vec<Event> {
    let out = place.text("market");
    let seed = seed.to_string();
    let made = run(&[
        "simulate",
        "--seed",
        &seed,
        "--reviews",
        REVIEWS,
        "--out",
        &out,
    ]);
    assert!(made.status.success(), "{}", stderr(&made));
    let file = std::fs::File::open(place.path("market/events.jsonl")).expect("events");
    parse(std::io::BufReader::new(file))
}

fn parse(lines: impl std::io::BufRead) -> Vec<Event> {
    lines
        .lines()
        .map(|line| serde_json::from_str(&line.expect("a line")).expect("an event"))
        .collect()
}

/// Ingests events and compares all answers with the files of that name, which hold so many records
/// of each section whole.
async fn check(name: &str, events: Vec<Event>, whole_max: usize) {
    let place = Place::new();
    let service = Service::start(&place.path("data")).await;
    for batch in events.chunks(BATCH_EVENTS) {
        let summary = service.send(batch.to_vec()).await.expect("taken");
        assert!(summary.rejections.is_empty(), "{:?}", summary.rejections);
    }
    let answers = answers::all(&service, &events).await;
    if let Some(directory) = std::env::var_os("GOLDEN_DUMP") {
        let path = PathBuf::from(directory).join(format!("{name}.json"));
        std::fs::write(path, Document::whole(&answers).to_string()).expect("written");
    }
    let golden = |file: String| tests().join("golden").join(file);
    Document::numbers(&answers, whole_max).hold_against(&golden(format!("{name}.json")));
    Document::sentences(&answers, SENTENCES_WHOLE)
        .hold_against(&golden(format!("{name}.sentences.json")));
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_for_seed_11_are_unchanged() {
    check("seed-11", simulated(&Place::new(), 11), 25).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_for_seed_101_are_unchanged() {
    check("seed-101", simulated(&Place::new(), 101), 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_for_seed_103_are_unchanged() {
    check("seed-103", simulated(&Place::new(), 103), 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_for_a_market_of_brands_are_unchanged() {
    let file = std::fs::File::open(tests().join("golden/brands.jsonl.gz"))
        .expect("committed beside this file");
    let unpacked = flate2::read::GzDecoder::new(file);
    check("brands", parse(std::io::BufReader::new(unpacked)), 6).await;
}
