//! Accepted and refused messages, with the reasons of refusals.

use pbjson_types::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::Subject;
use crate::proto::v1;

const NOW: Time = Time::from_seconds(1_700_000_000);

fn review() -> v1::Review {
    v1::Review {
        review_id: "r1".into(),
        marketplace: "shop.example".into(),
        listing_id: "l1".into(),
        reviewer_id: "a1".into(),
        rating: 4,
        time: Some(Timestamp {
            seconds: 1_600_000_000,
            nanos: 5,
        }),
        ..Default::default()
    }
}

fn event(payload: event::Payload) -> v1::Event {
    v1::Event {
        revision: 0,
        payload: Some(payload),
    }
}

fn faults(message: v1::Event) -> Vec<(String, &'static str)> {
    let violations = parse_event(message, NOW).expect_err("refused");
    violations
        .into_iter()
        .map(|fault| (fault.field, fault.reason.name()))
        .collect()
}

fn fault(field: &str, reason: &'static str) -> (String, &'static str) {
    (field.to_owned(), reason)
}

#[test]
fn valid_review_keeps_every_field() {
    let parsed = parse_event(event(event::Payload::Review(review())), NOW).expect("good");
    assert_eq!(parsed.time(), Some(Time::from_seconds(1_600_000_000)));
    let Payload::Review(review) = parsed.payload else {
        panic!("a review")
    };
    assert_eq!(review.rating.stars(), 4);
    assert_eq!(review.verified, None);
}

#[test]
fn all_violations_of_a_record_are_reported() {
    let bad = v1::Review {
        review_id: String::new(),
        marketplace: "x".repeat(129),
        rating: 9,
        language: "not a tag".into(),
        body: "b".repeat(65_537),
        time: Some(Timestamp {
            seconds: -1,
            nanos: 0,
        }),
        ..review()
    };
    let expected = vec![
        fault("revision", "OUT_OF_RANGE"),
        fault("review.review_id", "REQUIRED"),
        fault("review.marketplace", "TOO_LONG"),
        fault("review.rating", "OUT_OF_RANGE"),
        fault("review.body", "TOO_LONG"),
        fault("review.language", "MALFORMED"),
        fault("review.time", "OUT_OF_RANGE"),
    ];
    let message = v1::Event {
        revision: 70_000,
        payload: Some(event::Payload::Review(bad)),
    };
    assert_eq!(faults(message), expected);
}

#[test]
fn times_in_the_future_are_refused() {
    let at = |seconds| {
        let time = Some(Timestamp { seconds, nanos: 0 });
        event(event::Payload::Review(v1::Review { time, ..review() }))
    };
    let day_ahead = i64::from(NOW.seconds()) + 86_400;
    assert!(parse_event(at(day_ahead), NOW).is_ok());
    assert_eq!(
        faults(at(day_ahead + 1)),
        [fault("review.time", "IN_FUTURE")]
    );
    assert_eq!(faults(at(i64::MAX)), [fault("review.time", "IN_FUTURE")]);
    assert_eq!(faults(at(i64::MIN)), [fault("review.time", "OUT_OF_RANGE")]);
}

#[test]
fn event_without_payload_is_refused() {
    let empty = v1::Event {
        revision: 0,
        payload: None,
    };
    assert_eq!(faults(empty), [fault("payload", "REQUIRED")]);
}

#[test]
fn money_is_never_negative_nor_overflows() {
    let priced = |currency: &str, units, nanos| {
        event(event::Payload::Order(v1::Order {
            order_id: "o".into(),
            marketplace: "m".into(),
            listing_id: "l".into(),
            time: Some(Timestamp {
                seconds: 1,
                nanos: 0,
            }),
            quantity: 1,
            price: Some(v1::Money {
                currency_code: currency.into(),
                units,
                nanos,
            }),
            ..Default::default()
        }))
    };
    assert!(parse_event(priced("EUR", 1_000_000_000_000_000, 999_999_999), NOW).is_ok());
    assert_eq!(
        faults(priced("eur", 1, 0)),
        [fault("order.price.currency_code", "MALFORMED")]
    );
    assert_eq!(
        faults(priced("EUR", i64::MIN, 0)),
        [fault("order.price.units", "OUT_OF_RANGE")]
    );
    assert_eq!(
        faults(priced("EUR", 0, -1)),
        [fault("order.price.nanos", "OUT_OF_RANGE")]
    );
}

#[test]
fn brand_signals_and_verdicts_need_specified_enums() {
    let signal = v1::BrandSignal {
        signal_id: "s".into(),
        seller_id: "v".into(),
        metric: "sessions".into(),
        value: f64::NAN,
        start_time: Some(Timestamp {
            seconds: 9,
            nanos: 0,
        }),
        end_time: Some(Timestamp {
            seconds: 9,
            nanos: 0,
        }),
        channel: 77,
        ..Default::default()
    };
    let expected = [
        fault("brand_signal.channel", "UNKNOWN_VALUE"),
        fault("brand_signal.value", "OUT_OF_RANGE"),
        fault("brand_signal.end_time", "INCONSISTENT"),
        fault("brand_signal.provenance", "REQUIRED"),
    ];
    assert_eq!(faults(event(event::Payload::BrandSignal(signal))), expected);

    let verdict = v1::Verdict {
        verdict_id: "v".into(),
        subject: Some(v1::Subject {
            kind: v1::SubjectKind::Seller.into(),
            marketplace: "m".into(),
            id: "s".into(),
        }),
        ..Default::default()
    };
    let expected = [
        fault("verdict.subject.marketplace", "INCONSISTENT"),
        fault("verdict.label", "REQUIRED"),
        fault("verdict.time", "REQUIRED"),
    ];
    assert_eq!(faults(event(event::Payload::Verdict(verdict))), expected);
}

#[test]
fn lists_and_maps_are_bounded() {
    let listing = v1::Listing {
        listing_id: "l".into(),
        marketplace: "m".into(),
        category_path: vec!["Home".into(), String::new()],
        bullet_points: vec!["b".into(); 65],
        attributes: [
            (String::new(), "v".to_owned()),
            ("k".into(), "v".repeat(5000)),
        ]
        .into(),
        image_count: Some(u32::MAX),
        fulfilment: -3,
        ..Default::default()
    };
    let expected = [
        fault("listing.category_path[1]", "REQUIRED"),
        fault("listing.bullet_points", "TOO_MANY"),
        fault("listing.attributes[\"\"]", "REQUIRED"),
        fault("listing.attributes[\"k\"]", "TOO_LONG"),
        fault("listing.image_count", "OUT_OF_RANGE"),
        fault("listing.fulfilment", "UNKNOWN_VALUE"),
    ];
    assert_eq!(faults(event(event::Payload::Listing(listing))), expected);
}

#[test]
fn refused_ids_are_escaped_and_cut() {
    let bad = v1::Review {
        review_id: "a\nb".into(),
        ..review()
    };
    assert_eq!(
        record_name(&event(event::Payload::Review(bad))),
        "review a\\nb"
    );
}

#[test]
fn request_subjects_follow_the_rules_of_events() {
    assert!(parse_subject(None).is_err());
    let subject = v1::Subject {
        kind: v1::SubjectKind::Listing.into(),
        marketplace: "m".into(),
        id: "l".into(),
    };
    assert!(matches!(
        parse_subject(Some(subject)),
        Ok(Subject::Local { .. })
    ));
    let future = Some(Timestamp {
        seconds: 4_000_000_000,
        nanos: 0,
    });
    assert!(matches!(parse_time("as_of", future), Ok(Some(_))));
}

proptest! {
    /// Any decodable message is accepted or refused with a named field; nothing panics.
    #[test]
    fn any_bytes_are_accepted_or_refused_by_name(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        use prost::Message as _;
        if let Ok(message) = v1::Event::decode(bytes.as_slice()) {
            let _ = record_name(&message);
            if let Err(violations) = parse_event(message, NOW) {
                prop_assert!(!violations.is_empty());
                prop_assert!(violations.iter().all(|fault| !fault.field.is_empty()));
            }
        }
    }

    #[test]
    fn any_numbers_are_accepted_or_refused_by_name(seconds: i64, nanos: i32, rating: u32, revision: u32) {
        let time = Some(Timestamp { seconds, nanos });
        let message = v1::Event {
            revision,
            payload: Some(event::Payload::Review(v1::Review { rating, time, ..review() })),
        };
        let good = revision <= 65_535
            && (1..=5).contains(&rating)
            && (0..1_000_000_000).contains(&nanos)
            && (0..=i64::from(NOW.seconds()) + 86_400).contains(&seconds);
        prop_assert_eq!(parse_event(message, NOW).is_ok(), good);
    }
}
