#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

use prost::Message as _;

use super::*;
use crate::codec::timestamp;
use crate::erasure::Change;
use crate::journal::BatchBuilder;
use crate::proto::v1::{
    BrandSignal, Listing, ListingSnapshot, Order, Review, ReviewRemoval, Seller, Subject,
    SubjectKind, Verdict, VerdictLabel,
};

const KEPT: i64 = 1_700_000_000;
const LATER: i64 = KEPT + 1;

fn event(payload: event::Payload) -> Event {
    Event {
        revision: 3,
        payload: Some(payload),
    }
}

/// One event of each kind that belongs to a marketplace.
fn local(marketplace: &str, seconds: i64) -> Vec<Event> {
    let (marketplace, time) = (marketplace.to_owned(), Some(timestamp(seconds)));
    let payloads = vec![
        event::Payload::Listing(Listing {
            listing_id: "l".to_owned(),
            marketplace: marketplace.clone(),
            create_time: time,
            ..Listing::default()
        }),
        event::Payload::ListingSnapshot(ListingSnapshot {
            listing_id: "l".to_owned(),
            marketplace: marketplace.clone(),
            time,
            ..ListingSnapshot::default()
        }),
        event::Payload::Review(Review {
            review_id: "r".to_owned(),
            marketplace: marketplace.clone(),
            listing_id: "l".to_owned(),
            reviewer_id: "ada".to_owned(),
            rating: 5,
            body: "told in confidence".to_owned(),
            time,
            ..Review::default()
        }),
        event::Payload::ReviewRemoval(ReviewRemoval {
            review_id: "r".to_owned(),
            marketplace: marketplace.clone(),
            time,
            ..ReviewRemoval::default()
        }),
        event::Payload::Order(Order {
            order_id: "o".to_owned(),
            marketplace: marketplace.clone(),
            listing_id: "l".to_owned(),
            quantity: 1,
            time,
            ..Order::default()
        }),
        verdict(SubjectKind::Review, &marketplace, "r", seconds),
    ];
    payloads.into_iter().map(event).collect()
}

/// One event of each kind that belongs to none.
fn of_none(seconds: i64) -> Vec<Event> {
    let payloads = vec![
        event::Payload::Seller(Seller {
            seller_id: "s".to_owned(),
            register_time: Some(timestamp(seconds)),
            ..Seller::default()
        }),
        event::Payload::BrandSignal(BrandSignal {
            signal_id: "b".to_owned(),
            seller_id: "s".to_owned(),
            metric: "sessions".to_owned(),
            channel: 1,
            provenance: 1,
            start_time: Some(timestamp(KEPT - 9)),
            end_time: Some(timestamp(seconds)),
            ..BrandSignal::default()
        }),
        verdict(SubjectKind::Seller, "", "s", seconds),
    ];
    payloads.into_iter().map(event).collect()
}

fn verdict(kind: SubjectKind, marketplace: &str, id: &str, seconds: i64) -> event::Payload {
    event::Payload::Verdict(Verdict {
        verdict_id: "v".to_owned(),
        subject: Some(Subject {
            kind: kind.into(),
            marketplace: marketplace.to_owned(),
            id: id.to_owned(),
        }),
        label: VerdictLabel::Genuine.into(),
        reason: "because".to_owned(),
        time: Some(timestamp(seconds)),
        ..Verdict::default()
    })
}

fn tombstone(erased: Erased) -> Event {
    Event {
        revision: 0,
        payload: Some(event::Payload::Tombstone(Tombstone {
            erased: Some(erased),
        })),
    }
}

fn erased_review(time: Option<i64>) -> Event {
    tombstone(Erased::Review(ErasedReview {
        review_id: "r".to_owned(),
        marketplace: "m".to_owned(),
        listing_id: "l".to_owned(),
        time: time.map(timestamp),
    }))
}

fn erased_verdict(seconds: i64) -> Event {
    tombstone(Erased::Verdict(ErasedVerdict {
        verdict_id: "v".to_owned(),
        time: Some(timestamp(seconds)),
    }))
}

fn record(events: &[Event]) -> Record {
    let mut builder = BatchBuilder::new(40, 7);
    for event in events {
        builder.push(&event.encode_to_vec()).expect("room");
    }
    Record::decode(builder.finish().as_bytes()).expect("a record")
}

fn turn_back(events: &[Event], marketplace: &str) -> Option<(Vec<Event>, Changed)> {
    let mut change = Change::TurnBack(TurnBack {
        marketplace: marketplace.to_owned(),
        time: Time::from_seconds(KEPT as u32),
    });
    let record = record(events);
    let concerned = change.note(&record).expect("readable");
    let rewritten = change.rewrite(&record).expect("rewritten");
    assert_eq!(concerned, rewritten.is_some());
    let (frame, changed) = rewritten?;
    let fresh = Record::decode(frame.as_bytes()).expect("a record");
    assert_eq!((fresh.first_ordinal(), fresh.received_ms()), (40, 7));
    let events = fresh
        .entries()
        .map(|entry| Event::decode(entry).expect("an event"));
    Some((events.collect(), changed))
}

#[test]
fn every_kind_after_the_time_is_taken_back_without_its_content() {
    for (marketplace, later) in [("m", local("m", LATER)), ("", of_none(LATER))] {
        let (fresh, changed) = turn_back(&later, marketplace).expect("changed");
        let place = tombstone(Erased::TakenBack(TakenBack {}));
        assert_eq!(fresh, vec![place; later.len()]);
        let expected = Changed {
            taken_back: later.len() as u64,
            records: 1,
            ..Changed::default()
        };
        assert_eq!(changed, expected);
        assert!(turn_back(&fresh, marketplace).is_none());
    }
}

#[test]
fn events_up_to_the_time_and_of_other_marketplaces_stay() {
    let mut kept = local("m", KEPT);
    kept.extend(local("mm", LATER));
    kept.extend(of_none(LATER));
    assert!(turn_back(&kept, "m").is_none());
    let mixed: Vec<Event> = kept.iter().cloned().chain(local("m", LATER)).collect();
    let (fresh, changed) = turn_back(&mixed, "m").expect("changed");
    assert_eq!(fresh[..kept.len()], kept);
    assert_eq!(changed.events(), 6);

    let mut kept = of_none(KEPT);
    kept.extend(local("m", LATER));
    assert!(turn_back(&kept, "").is_none());
}

#[test]
fn tombstones_of_erased_facts_stay_known_and_lose_the_later_time() {
    let events = [erased_review(Some(LATER)), erased_review(Some(KEPT))];
    let (fresh, changed) = turn_back(&events, "m").expect("changed");
    assert_eq!(fresh, [erased_review(None), erased_review(Some(KEPT))]);
    assert_eq!(changed.taken_back, 1);
    let (fresh, _) = turn_back(&[erased_verdict(LATER)], "").expect("changed");
    assert_eq!(fresh, [erased_verdict(KEPT)]);
    assert!(turn_back(&fresh, "").is_none());
}

#[test]
fn end_says_where_and_to_when_and_can_be_read() {
    let change = Change::TurnBack(TurnBack {
        marketplace: "m".to_owned(),
        time: Time::from_seconds(KEPT as u32),
    });
    let changed = Changed {
        taken_back: 5,
        ..Changed::default()
    };
    let end = change.end(&changed);
    let expected = tombstone(Erased::ClockTurnBack(ClockTurnBack {
        marketplace: "m".to_owned(),
        time: Some(timestamp(KEPT)),
        changed_event_count: 5,
    }));
    assert_eq!(end, expected);
    let read = codec::read(&end.encode_to_vec()).expect("readable");
    assert_eq!(read.time(), None);
}
