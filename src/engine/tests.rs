//! The engine over a store in memory: checkpoints, and what is left after a crash.

use std::io::Write as _;
use std::sync::Arc;

use prost::Message as _;

use super::*;
use crate::codec::parse_event;
use crate::domain::Time;
use crate::history::OpenMonth;
use crate::integrity::{CorpusEvidence, own_signals};
use crate::lab::simulate::{Config, Market};
use crate::store::{MemoryStore, Store as _};

fn entries(seed: u64) -> Vec<Entry> {
    let late = Time::from_seconds(u32::MAX);
    Market::new(Config::sized(seed, 1500))
        .map(|message| Entry {
            encoded: message.encode_to_vec(),
            event: parse_event(message, late).expect("simulated events are valid"),
        })
        .collect()
}

fn open(store: &MemoryStore) -> (Engine, EngineThreads) {
    Engine::open(Arc::new(store.clone()), Options::default()).expect("it opens")
}

async fn send(engine: &Engine, entries: Vec<Entry>) -> u64 {
    let mut entries = entries.into_iter();
    let mut accepted = 0;
    loop {
        let batch: Vec<Entry> = entries.by_ref().take(500).collect();
        if batch.is_empty() {
            return accepted;
        }
        accepted += engine.ingest.submit(batch).await.expect("taken").accepted;
    }
}

/// Every listing's and author's score by its bits, and the open history.
fn standing(engine: &Engine) -> (Vec<u64>, OpenMonth, u64) {
    let snapshot = engine.snapshots.newest();
    let state = &snapshot.state;
    let listings = state
        .listings()
        .numbers()
        .map(|row| own_signals::assess_listing(state, row));
    let authors = state
        .reviewers()
        .numbers()
        .map(|row| own_signals::assess_reviewer(state, row));
    let scores = listings
        .chain(authors)
        .map(|one| one.fused.estimate.log_odds.to_bits());
    (
        scores.collect(),
        snapshot.history.clone(),
        state.event_count(),
    )
}

#[tokio::test]
async fn start_from_checkpoint_and_tail_gives_the_same_state() {
    let calm = MemoryStore::default();
    let (engine, threads) = open(&calm);
    send(&engine, entries(3)).await;
    let expected = standing(&engine);
    engine.close();
    threads.join();

    let half = entries(3).len() / 2;
    let store = MemoryStore::default();
    let (engine, threads) = open(&store);
    send(&engine, entries(3).into_iter().take(half).collect()).await;
    engine.close();
    threads.join();
    let covered = engine.maintenance.checkpoint_sequence();
    assert!(covered > 0, "an orderly end writes a checkpoint");

    let (engine, _crashed) = open(&store);
    assert_eq!(engine.maintenance.checkpoint_sequence(), covered);
    // Sent again from the start: the first half is known.
    assert_eq!(send(&engine, entries(3)).await, expected.2 - half as u64);
    assert_eq!(standing(&engine), expected);
    // No orderly end: the tail is only in the log.
    let (again, threads) = open(&store);
    assert_eq!(again.maintenance.checkpoint_sequence(), covered);
    assert_eq!(standing(&again), expected);
    again.close();
    threads.join();
    assert!(again.maintenance.checkpoint_sequence() > covered);
    let (last, _) = open(&store);
    assert_eq!(standing(&last), expected);
}

#[tokio::test]
async fn unreadable_checkpoint_is_replaced_by_a_replay() {
    let store = MemoryStore::default();
    let (engine, threads) = open(&store);
    send(&engine, entries(4)).await;
    let expected = standing(&engine);
    engine.close();
    threads.join();
    let covered = engine.maintenance.checkpoint_sequence();
    let mut junk = store.begin_checkpoint(covered).expect("begun");
    junk.write_all(b"no state").expect("written");
    junk.commit().expect("kept");
    let (again, _) = open(&store);
    assert_eq!(again.maintenance.checkpoint_sequence(), 0);
    assert_eq!(standing(&again), expected);
}

#[tokio::test]
async fn checkpoint_ahead_of_the_log_is_corruption() {
    let store = MemoryStore::default();
    let junk = store.begin_checkpoint(7).expect("begun");
    junk.commit().expect("kept");
    let refused = Engine::open(Arc::new(store), Options::default())
        .err()
        .expect("refused");
    assert!(
        refused.to_string().contains("the log ends at 0"),
        "{refused}"
    );
}

#[tokio::test]
async fn evidence_is_never_ahead_and_at_rest_equals_a_recomputation() {
    let store = MemoryStore::default();
    let (engine, threads) = open(&store);
    let mut rest = entries(3).into_iter();
    loop {
        let batch: Vec<Entry> = rest.by_ref().take(300).collect();
        if batch.is_empty() {
            break;
        }
        engine.ingest.submit(batch).await.expect("taken");
        let scored = engine.snapshots.scored();
        assert!(scored.evidence.event_count() <= scored.snapshot.state.event_count());
    }
    let at_rest = async |engine: &Engine| {
        engine.snapshots.settled().await;
        let ScoredSnapshot { snapshot, evidence } = engine.snapshots.scored();
        let state = &snapshot.state;
        assert_eq!(evidence.event_count(), state.event_count());
        let again = CorpusEvidence::gather(state);
        let reviews = state.reviews().numbers().map(|row| {
            let assessed = evidence.assess_review(state, row);
            assert_eq!(assessed, again.assess_review(state, row));
            assessed.fused.estimate.log_odds.to_bits()
        });
        reviews.collect::<Vec<u64>>()
    };
    let live = at_rest(&engine).await;
    engine.close();
    threads.join();
    let (restarted, threads) = open(&store);
    assert_eq!(at_rest(&restarted).await, live);
    restarted.close();
    threads.join();
}
