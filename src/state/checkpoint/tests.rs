//! Tests that a state that is written and read back is the same, and folds on the same.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use xxhash_rust::xxh3::xxh3_64;

use super::*;
use crate::domain::Event;
use crate::state::fold::tests::{any_event, fold};
use crate::state::{LogRef, Outcome};

fn written(state: &State) -> Vec<u8> {
    let mut bytes = Vec::new();
    state.write(&7_u8, &mut bytes).expect("memory takes it");
    bytes
}

/// All but the directories, whose entries have no order.
fn rows(state: &State) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut sink = Sink {
        into: &mut bytes,
        block: Vec::new(),
    };
    state.write_rows(&mut sink).expect("memory takes it");
    bytes
}

fn go_on(mut state: State, events: &[Event]) -> (Vec<Outcome>, Vec<u8>) {
    let outcomes = events.iter().zip(0..).map(|(event, index)| {
        let log = LogRef { sequence: 2, index };
        state.apply(event, log).expect("room")
    });
    (outcomes.collect(), rows(&state))
}

proptest! {
    #[test]
    fn state_that_was_read_folds_on_as_the_written_one(
        first in proptest::collection::vec(any_event(), 0..80),
        then in proptest::collection::vec(any_event(), 0..40),
    ) {
        let state = fold(&first);
        let again = State::read::<u8>(written(&state).as_slice()).expect("just written").0;
        prop_assert_eq!(rows(&again), rows(&state));
        prop_assert_eq!(go_on(again, &then), go_on(state, &then));
    }

    #[test]
    fn snapshot_is_written_without_later_rows(
        first in proptest::collection::vec(any_event(), 0..40),
        then in proptest::collection::vec(any_event(), 0..40),
    ) {
        let state = fold(&first);
        let before = rows(&state);
        // Goes into the directories that both share.
        go_on(state.clone(), &then);
        let again = State::read::<u8>(written(&state).as_slice()).expect("just written").0;
        prop_assert_eq!(rows(&again), before);
        prop_assert_eq!(go_on(again, &then), go_on(fold(&first), &then));
    }

    #[test]
    fn cut_or_damaged_checkpoint_is_an_error(
        events in proptest::collection::vec(any_event(), 1..30),
        cut in 0.0..1.0_f64,
        flip in any::<u8>(),
    ) {
        let bytes = written(&fold(&events));
        let at = (cut * bytes.len() as f64) as usize;
        prop_assert!(State::read::<u8>(&bytes[..at]).is_err());
        let mut flipped = bytes;
        flipped[at] ^= flip;
        // Whatever it reads as: it must not panic, nor take all memory. Checksums are the store's.
        let _ = State::read::<u8>(flipped.as_slice());
    }
}

#[test]
fn other_layout_is_refused_by_number() {
    let mut bytes = written(&State::default());
    bytes[4] = 99;
    let refused = State::read::<u8>(bytes.as_slice()).err();
    assert!(
        matches!(refused, Some(CheckpointError::Layout { found: 99 })),
        "{refused:?}"
    );
}

#[test]
fn changed_rows_need_another_layout() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let events = proptest::collection::vec(any_event(), 60)
        .new_tree(&mut runner)
        .expect("a value")
        .current();
    assert_eq!(
        (LAYOUT, xxh3_64(&rows(&fold(&events)))),
        (10, 14_531_390_144_268_644_443),
        "rows are written otherwise than before: raise LAYOUT, then note the new hash here"
    );
}
