//! Decodes messages, parses them, folds what is accepted, and scores the state that follows.
#![no_main]

use std::sync::Arc;

use arbitrary::Unstructured;
use goodstanding::brand::advice::recommend;
use goodstanding::brand::{At, ProgressModel};
use goodstanding::codec::{self, parse_event};
use goodstanding::domain::{self, Kind};
use goodstanding::engine::fuzzing::fold;
use goodstanding::formats::write_event;
use goodstanding::integrity::{CorpusEvidence, suspicion};
use goodstanding::proto::v1::Event;
use goodstanding::query::assess;
use goodstanding::state::{ReviewIx, State, SubjectIx};
use goodstanding_fuzz::{ARRIVAL, messages};
use libfuzzer_sys::fuzz_target;
use prost::Message as _;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else {
        return;
    };
    let messages = match choice % 4 {
        0 => Event::decode(content).into_iter().collect(),
        1 => serde_json::from_slice(content).into_iter().collect(),
        _ => messages(&mut Unstructured::new(content)),
    };
    let events: Vec<domain::Event> = messages.into_iter().filter_map(parse).collect();
    let (state, _) = fold(&events);
    assert!(state.event_count() <= events.len() as u64);
    // A pass costs more than all before it.
    if choice & 4 != 0 {
        score(&state);
    }
});

/// Parses a message. An accepted one stays accepted, from the log and from a file.
fn parse(message: Event) -> Option<domain::Event> {
    let encoded = message.encode_to_vec();
    codec::record_name(&message);
    match parse_event(message.clone(), ARRIVAL) {
        Ok(event) => {
            assert_eq!(codec::read(&encoded).as_ref().ok(), Some(&event));
            let mut line = Vec::new();
            write_event(&mut line, &message).expect("it was accepted");
            let again: Event = serde_json::from_slice(&line).expect("just written");
            assert_eq!(parse_event(again, ARRIVAL).as_ref(), Ok(&event));
            Some(event)
        }
        Err(violations) => {
            assert!(!violations.is_empty());
            None
        }
    }
}

/// Makes both passes, assesses every subject and advises every seller.
fn score(state: &State) {
    let evidence = CorpusEvidence::gather(state);
    let suspicion = |row: ReviewIx| suspicion(state, evidence.campaigns(), row);
    let at = At { state, sequence: 1 };
    let model = ProgressModel::compute(at, &Arc::default(), &suspicion, 1, &|| true);
    let model = model.expect("nobody stopped it");
    for seller in state.sellers().numbers() {
        let cached = model
            .get(seller)
            .and_then(|cached| cached.progress.as_ref());
        if let Some(progress) = cached {
            recommend(progress, model.peers(), model.config());
        }
    }
    let kinds = [
        (Kind::Review, state.reviews().len()),
        (Kind::Reviewer, state.reviewers().len()),
        (Kind::Listing, state.listings().len()),
        (Kind::Seller, state.sellers().len()),
    ];
    for (kind, rows) in kinds {
        for row in (0..rows).filter_map(|number| SubjectIx::new(kind, number)) {
            if let Some(risk) = assess(state, &evidence, row).and_then(|found| found.risk) {
                assert!(risk.log_odds.is_finite() && risk.sd.is_finite(), "{risk:?}");
            }
        }
    }
}
