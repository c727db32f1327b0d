//! History as a function of the log.

use prost::Message as _;

use super::*;
use crate::codec::parse_event;
use crate::domain::{Payload, Time};
use crate::engine::{ended_months, replay};
use crate::history::{Block, KINDS, Level, Point};
use crate::integrity::own_signals::{
    assess_listing_daily, assess_review, assess_reviewer_daily, assess_seller,
};
use crate::journal::{BatchBuilder, Journal};
use crate::lab::simulate::{Config, Market};
use crate::proto::v1;
use crate::state::SubjectIx;
use crate::store::{MemoryStore, Store};

const REVIEWS: u64 = 3000;

fn messages() -> Vec<v1::Event> {
    Market::new(Config::sized(5, REVIEWS)).collect()
}

fn parse(messages: &[v1::Event]) -> Vec<Event> {
    messages
        .iter()
        .map(|message| {
            parse_event(message.clone(), Time::from_seconds(u32::MAX)).expect("a good event")
        })
        .collect()
}

fn place(index: usize) -> LogRef {
    LogRef {
        sequence: 1 + index as u32 / 1000,
        index: (index % 1000) as u16,
    }
}

fn fold(events: &[Event]) -> (Fold, Vec<Row>) {
    let (mut fold, mut rows) = (Fold::default(), Vec::new());
    for (index, event) in events.iter().enumerate() {
        fold.apply(event, place(index)).expect("room");
        rows.extend(fold.take_ended().into_iter().flat_map(|ended| ended.rows));
    }
    (fold, rows)
}

fn points(fold: &Fold, rows: &[Row]) -> Vec<Point> {
    let stored = rows
        .iter()
        .flat_map(|(key, value)| Block::decode(key, value).expect("a block").points);
    let open = fold.history.open.days.iter().flat_map(|day| day.iter());
    stored.chain(open.copied()).collect()
}

#[test]
fn points_are_the_assessments_at_the_end_of_the_day() {
    let events = parse(&messages());
    let (whole, rows) = fold(&events);
    let all = points(&whole, &rows);
    assert!(
        all.len() > 1000 && rows.len() > 20,
        "{} {}",
        all.len(),
        rows.len()
    );
    for kind in KINDS {
        assert!(
            all.iter().any(|point| point.subject.kind() == kind),
            "{kind:?}"
        );
    }
    // Again by hand: stop before each event that ends a day, and assess.
    let (mut state, mut checked) = (State::default(), 0);
    for (index, event) in events.iter().enumerate() {
        let (clock, time) = (state.watermark(), event.time());
        if let (Some(clock), Some(time)) = (clock, time)
            && clock.day() < time.day()
        {
            for point in all.iter().filter(|point| point.day == clock.day()) {
                let assessed = match point.subject {
                    SubjectIx::Review(row) => assess_review(&state, row),
                    SubjectIx::Reviewer(row) => assess_reviewer_daily(&state, row),
                    SubjectIx::Listing(row) => assess_listing_daily(&state, row),
                    SubjectIx::Seller(row) => assess_seller(&state, row),
                };
                assert_eq!(Level::of(&assessed.fused.estimate), point.risk);
                assert_eq!(assessed.band, point.band);
                let attack = assessed.attack.map(|attack| Level::of(&attack.estimate));
                assert_eq!(attack, point.attack);
                if let SubjectIx::Listing(row) = point.subject
                    && let Some(listing) = state.listings().get(row)
                {
                    assert_eq!(point.mean_rating(), listing.tally.shown().mean());
                }
                checked += 1;
            }
        }
        state.apply(event, place(index)).expect("room");
    }
    assert_eq!(checked, all.len());
}

#[test]
fn author_points_have_the_mean_stars_of_their_reviews() {
    let (whole, rows) = fold(&parse(&messages()));
    let last = points(&whole, &rows);
    let mut checked = 0;
    for (row, author) in whole.state.reviewers().numbered() {
        let up = whole.state.reviews_of_reviewer(row);
        let stars: Vec<u32> = up
            .filter(|(_, review)| review.removed.is_none())
            .map(|(_, review)| review.stars.into())
            .collect();
        assert_eq!(stars.iter().sum::<u32>(), author.stars);
        let subject = SubjectIx::Reviewer(row);
        checked += usize::from(last.iter().any(|point| point.subject == subject));
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn repeated_and_stale_events_leave_no_trace() {
    let events = parse(&messages());
    let (plain, plain_rows) = fold(&events);
    // Everything twice, and stale revisions that would move the clock if they were taken.
    let mut noisy = Fold::default();
    let mut rows = Vec::new();
    for (index, event) in events.iter().enumerate() {
        noisy.apply(event, place(index)).expect("room");
        let mut stale = event.clone();
        if let Payload::Review(review) = &mut stale.payload {
            review.time = Some(Time::from_seconds(u32::MAX - 86_400));
        }
        let outcome = noisy.apply(&stale, place(index)).expect("room");
        assert_eq!(outcome, Outcome::Unchanged);
        rows.extend(noisy.take_ended().into_iter().flat_map(|ended| ended.rows));
    }
    assert_eq!(rows, plain_rows);
    assert_eq!(noisy.history, plain.history);
    assert_eq!(noisy.state.watermark(), plain.state.watermark());
}

fn replayed(journal: &Journal, store: &dyn Store) -> Fold {
    let mut fold = Fold::default();
    let stored = ended_months::stored_through(store).expect("a mark");
    let mut backlog = ended_months::Backlog::default();
    replay::replay(journal, 1, &mut fold, |ended| {
        if stored.is_none_or(|stored| ended.through > stored) {
            backlog.store(store, Some(ended));
        }
        Ok(())
    })
    .expect("replayed");
    assert!(backlog.is_empty());
    fold
}

#[test]
fn replay_makes_the_same_rows_and_stores_missing_ones() {
    let messages = messages();
    let (live, rows) = fold(&parse(&messages));
    let store = MemoryStore::default();
    for (number, batch) in messages.chunks(1000).enumerate() {
        let mut record = BatchBuilder::new(number as u64 * 1000, 0);
        for message in batch {
            record.push(&message.encode_to_vec()).expect("room");
        }
        let store: std::sync::Arc<dyn Store> = std::sync::Arc::new(store.clone());
        let journal = Journal::open(store).expect("a journal");
        journal.append(&[record.finish()]).expect("appended");
    }
    let open = || Journal::open(std::sync::Arc::new(store.clone())).expect("a journal");
    let replayed = replayed(&open(), &store);
    assert_eq!(replayed.history, live.history);
    let mut expected = rows.clone();
    expected.sort();
    let stored = || {
        let rows = store.history().scan(&[], &[], usize::MAX).expect("rows");
        // The mark comes first.
        rows.into_iter().skip(1).collect::<Vec<Row>>()
    };
    assert_eq!(stored(), expected);
    let through = ended_months::stored_through(&store).expect("a mark");
    assert_eq!(
        through,
        live.state
            .watermark()
            .map(|clock| Month::of(clock.day()))
            .and_then(Month::before)
    );

    // A second start has nothing to store, and comes to the same.
    let again = self::replayed(&open(), &store);
    assert_eq!(again.history, live.history);
    assert_eq!(stored(), expected);
}

#[test]
fn failed_fold_ends_the_replay_of_a_long_log() {
    let store: std::sync::Arc<dyn Store> = std::sync::Arc::new(MemoryStore::default());
    let journal = Journal::open(store).expect("a journal");
    for (number, message) in messages().iter().take(40).enumerate() {
        let mut record = BatchBuilder::new(number as u64, 0);
        record.push(&message.encode_to_vec()).expect("room");
        journal.append(&[record.finish()]).expect("appended");
    }
    // A state that does not end where the record begins, as with a checkpoint of another log.
    let failed = replay::replay(&journal, 2, &mut Fold::default(), |_| Ok(()));
    let error = failed.expect_err("refused").to_string();
    assert!(error.contains("the state is at 0"), "{error}");
}
