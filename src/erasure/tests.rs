#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

use super::*;
use crate::journal::BatchBuilder;
use crate::proto::v1::{Subject, VerdictLabel};

fn review(id: &str, author: &str, revision: u32) -> Event {
    Event {
        revision,
        payload: Some(event::Payload::Review(Review {
            review_id: id.to_owned(),
            marketplace: "m".to_owned(),
            listing_id: "l".to_owned(),
            reviewer_id: author.to_owned(),
            rating: 5,
            body: "told in confidence".to_owned(),
            ..Review::default()
        })),
    }
}

fn verdict(id: &str, kind: SubjectKind, of: &str) -> Event {
    Event {
        revision: 0,
        payload: Some(event::Payload::Verdict(Verdict {
            verdict_id: id.to_owned(),
            subject: Some(Subject {
                kind: kind.into(),
                marketplace: "m".to_owned(),
                id: of.to_owned(),
            }),
            label: VerdictLabel::Genuine.into(),
            reason: "because".to_owned(),
            ..Verdict::default()
        })),
    }
}

fn order(buyer: &str) -> Event {
    Event {
        revision: 0,
        payload: Some(event::Payload::Order(Order {
            order_id: "o".to_owned(),
            marketplace: "m".to_owned(),
            buyer_id: buyer.to_owned(),
            ..Order::default()
        })),
    }
}

fn record(events: &[Event]) -> Record {
    let mut builder = BatchBuilder::new(40, 7);
    for event in events {
        builder.push(&event.encode_to_vec()).expect("room");
    }
    Record::decode(builder.finish().as_bytes()).expect("a record")
}

fn erase(records: &[Record], id: &str) -> Vec<Option<(Frame, Changed)>> {
    let mut targets = Targets::of(&[Person {
        marketplace: "m".to_owned(),
        id: id.to_owned(),
    }]);
    for record in records {
        targets.note(record).expect("readable");
    }
    records
        .iter()
        .map(|record| targets.rewrite(record).expect("rewritten"))
        .collect()
}

#[test]
fn events_of_erased_author_are_rewritten_and_others_stay() {
    let kept = [
        review("r3", "bob", 0),
        order("bob"),
        verdict("v3", SubjectKind::Review, "r3"),
    ];
    let gone = [
        review("r1", "ada", 0),
        // The platform moved it to another author: still hers.
        review("r1", "bob", 1),
        order("ada"),
        verdict("v1", SubjectKind::Reviewer, "ada"),
        verdict("v2", SubjectKind::Review, "r1"),
    ];
    let mixed: Vec<Event> = gone.iter().chain(&kept).cloned().collect();
    let records = [record(&kept), record(&mixed)];
    let [untouched, rewritten] = erase(&records, "ada").try_into().expect("two");
    assert!(untouched.is_none());
    let (frame, changed) = rewritten.expect("changed");
    assert_eq!(
        changed,
        Changed {
            reviews: 2,
            orders: 1,
            verdicts: 2,
            taken_back: 0,
            records: 1
        }
    );
    let fresh = Record::decode(frame.as_bytes()).expect("a record");
    assert_eq!((fresh.first_ordinal(), fresh.received_ms()), (40, 7));
    let events: Vec<Event> = fresh
        .entries()
        .map(|entry| Event::decode(entry).expect("an event"))
        .collect();
    assert_eq!(events[5..], kept);
    let text = format!("{:?}", &events[..5]);
    for word in ["ada", "bob", "confidence", "because"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    // Again: nothing is left to do.
    assert!(erase(&[fresh], "ada")[0].is_none());
}
