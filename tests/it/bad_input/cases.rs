//! One fault a case: the event, the field's path below it, the reason.

mod listing;

pub(super) use listing::listing_cases;

use goodstanding::proto::v1::event::Payload;
use goodstanding::proto::v1::{
    BrandSignal, Event, ListingSnapshot, Money, Order, Review, ReviewRemoval, Seller, SubjectKind,
    Verdict,
};
use pbjson_types::Timestamp;

use crate::support::{at, good_review, review, subject};

pub(super) type Case = (Event, &'static str, &'static str);

pub(super) fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

fn money(code: &str, units: i64, nanos: i32) -> Option<Money> {
    Some(Money {
        currency_code: code.to_owned(),
        units,
        nanos,
    })
}

fn event(payload: Payload) -> Event {
    Event {
        revision: 0,
        payload: Some(payload),
    }
}

pub(super) fn bad_review(change: impl Fn(&mut Review)) -> Event {
    let mut bad = good_review("bad");
    change(&mut bad);
    review(bad)
}

pub(super) fn review_cases() -> Vec<Case> {
    let nanos = |nanos| Some(Timestamp { seconds: 1, nanos });
    vec![
        (
            bad_review(|r| r.review_id.clear()),
            "review.review_id",
            "REQUIRED",
        ),
        (
            bad_review(|r| r.review_id = long(129)),
            "review.review_id",
            "TOO_LONG",
        ),
        (
            bad_review(|r| r.review_id = "a\u{0}b".into()),
            "review.review_id",
            "MALFORMED",
        ),
        (
            bad_review(|r| r.marketplace.clear()),
            "review.marketplace",
            "REQUIRED",
        ),
        (
            bad_review(|r| r.marketplace = long(129)),
            "review.marketplace",
            "TOO_LONG",
        ),
        (
            bad_review(|r| r.listing_id.clear()),
            "review.listing_id",
            "REQUIRED",
        ),
        (
            bad_review(|r| r.listing_id = "\u{1b}[2J".into()),
            "review.listing_id",
            "MALFORMED",
        ),
        (
            bad_review(|r| r.reviewer_id.clear()),
            "review.reviewer_id",
            "REQUIRED",
        ),
        (
            bad_review(|r| r.reviewer_id = long(4000)),
            "review.reviewer_id",
            "TOO_LONG",
        ),
        (
            bad_review(|r| r.rating = 0),
            "review.rating",
            "OUT_OF_RANGE",
        ),
        (
            bad_review(|r| r.rating = 6),
            "review.rating",
            "OUT_OF_RANGE",
        ),
        (
            bad_review(|r| r.rating = u32::MAX),
            "review.rating",
            "OUT_OF_RANGE",
        ),
        (
            bad_review(|r| r.title = long(4097)),
            "review.title",
            "TOO_LONG",
        ),
        (
            bad_review(|r| r.body = long(65_537)),
            "review.body",
            "TOO_LONG",
        ),
        (
            bad_review(|r| r.language = "english please".into()),
            "review.language",
            "MALFORMED",
        ),
        (
            bad_review(|r| r.time = at(-1)),
            "review.time",
            "OUT_OF_RANGE",
        ),
        (
            bad_review(|r| r.time = at(i64::MIN)),
            "review.time",
            "OUT_OF_RANGE",
        ),
        (
            bad_review(|r| r.time = at(i64::MAX)),
            "review.time",
            "IN_FUTURE",
        ),
        (
            bad_review(|r| r.time = at(4_102_444_800)),
            "review.time",
            "IN_FUTURE",
        ),
        (
            bad_review(|r| r.time = nanos(-1)),
            "review.time.nanos",
            "OUT_OF_RANGE",
        ),
        (
            bad_review(|r| r.time = nanos(i32::MAX)),
            "review.time.nanos",
            "OUT_OF_RANGE",
        ),
    ]
}

pub(super) fn fact_cases() -> Vec<Case> {
    let seller = |change: fn(&mut Seller)| {
        let mut bad = Seller {
            seller_id: "s".into(),
            ..Seller::default()
        };
        change(&mut bad);
        event(Payload::Seller(bad))
    };
    let order = |change: fn(&mut Order)| {
        let mut bad = Order {
            order_id: "o".into(),
            marketplace: "m".into(),
            listing_id: "l".into(),
            quantity: 1,
            time: at(9),
            ..Order::default()
        };
        change(&mut bad);
        event(Payload::Order(bad))
    };
    let removal = ReviewRemoval {
        review_id: "r".into(),
        ..ReviewRemoval::default()
    };
    vec![
        (
            seller(|s| s.seller_id.clear()),
            "seller.seller_id",
            "REQUIRED",
        ),
        (
            seller(|s| s.home_country = "de".into()),
            "seller.home_country",
            "MALFORMED",
        ),
        (
            seller(|s| s.brands = vec!["b".into(); 65]),
            "seller.brands",
            "TOO_MANY",
        ),
        (order(|o| o.quantity = 0), "order.quantity", "OUT_OF_RANGE"),
        (
            order(|o| o.quantity = u32::MAX),
            "order.quantity",
            "OUT_OF_RANGE",
        ),
        (order(|o| o.time = None), "order.time", "REQUIRED"),
        (
            order(|o| o.buyer_id = long(129)),
            "order.buyer_id",
            "TOO_LONG",
        ),
        (
            event(Payload::ReviewRemoval(ReviewRemoval {
                time: at(1),
                ..removal.clone()
            })),
            "review_removal.marketplace",
            "REQUIRED",
        ),
        (
            event(Payload::ReviewRemoval(ReviewRemoval {
                marketplace: "m".into(),
                ..removal
            })),
            "review_removal.time",
            "REQUIRED",
        ),
        (
            Event {
                revision: 0,
                payload: None,
            },
            "payload",
            "REQUIRED",
        ),
        (
            Event {
                revision: 65_536,
                ..review(good_review("bad"))
            },
            "revision",
            "OUT_OF_RANGE",
        ),
    ]
}

pub(super) fn claim_cases() -> Vec<Case> {
    let snapshot = |change: fn(&mut ListingSnapshot)| {
        let mut bad = ListingSnapshot {
            listing_id: "l".into(),
            marketplace: "m".into(),
            time: at(5),
            ..ListingSnapshot::default()
        };
        change(&mut bad);
        event(Payload::ListingSnapshot(bad))
    };
    let signal = |change: fn(&mut BrandSignal)| {
        let mut bad = BrandSignal {
            signal_id: "b".into(),
            seller_id: "s".into(),
            channel: 1,
            metric: "sessions".into(),
            value: 1.0,
            start_time: at(1),
            end_time: at(2),
            provenance: 1,
            ..BrandSignal::default()
        };
        change(&mut bad);
        event(Payload::BrandSignal(bad))
    };
    let verdict = |change: fn(&mut Verdict)| {
        let subject = subject(SubjectKind::Review, "m", "r");
        let mut bad = Verdict {
            verdict_id: "v".into(),
            subject: Some(subject),
            label: 1,
            time: at(1),
            ..Verdict::default()
        };
        change(&mut bad);
        event(Payload::Verdict(bad))
    };
    let rating = "listing_snapshot.displayed_rating";
    vec![
        (
            snapshot(|s| s.sales_rank = Some(0)),
            "listing_snapshot.sales_rank",
            "OUT_OF_RANGE",
        ),
        (
            snapshot(|s| s.displayed_rating = Some(5.1)),
            rating,
            "OUT_OF_RANGE",
        ),
        (
            snapshot(|s| s.displayed_rating = Some(f64::NAN)),
            rating,
            "OUT_OF_RANGE",
        ),
        (
            snapshot(|s| s.time = None),
            "listing_snapshot.time",
            "REQUIRED",
        ),
        (
            signal(|s| s.value = f64::INFINITY),
            "brand_signal.value",
            "OUT_OF_RANGE",
        ),
        (
            signal(|s| s.channel = 0),
            "brand_signal.channel",
            "REQUIRED",
        ),
        (
            signal(|s| s.channel = -1),
            "brand_signal.channel",
            "UNKNOWN_VALUE",
        ),
        (
            signal(|s| s.end_time = at(1)),
            "brand_signal.end_time",
            "INCONSISTENT",
        ),
        (verdict(|v| v.subject = None), "verdict.subject", "REQUIRED"),
        (verdict(|v| v.label = 9), "verdict.label", "UNKNOWN_VALUE"),
        (
            verdict(|v| v.reason = long(4097)),
            "verdict.reason",
            "TOO_LONG",
        ),
    ]
}
