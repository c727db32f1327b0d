//! The clock of the events: those with a wrong date are taken back.

use std::path::Path;
use std::time::Duration;

use crate::erasure::history;
use crate::support::command::{Place, run, stderr, stdout};
use crate::support::scores::{bits, everything};
use crate::support::{Service, at, market, refused_fields, review};
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use goodstanding::proto::v1::history_service_client::HistoryServiceClient;
use goodstanding::proto::v1::{
    Assessment, Event, TurnBackClockRequest, TurnBackClockResponse, WatchAssessmentsRequest, event,
};
use tonic::{Code, Status};

/// 2099-06-01.
pub const WRONG: i64 = 4_083_955_200;
/// Later than every simulated event, and earlier than the wrong ones.
const LAST_RIGHT: i64 = 4_000_000_000;
/// A wall clock beyond 2099 since the start.
pub const AHEAD: [&str; 2] = ["--clock-for-tests", "74y@0s"];

/// A market, and events with a wrong date amid it.
struct Story {
    before: Vec<Event>,
    wrong: Vec<Event>,
    after: Vec<Event>,
    /// The true events in the place of wrong edits.
    edits: Vec<Event>,
}

fn story() -> Story {
    let mut before = market(13, 1500);
    let after = before.split_off(before.len() / 2);
    let mut wrong = Vec::new();
    let mut edits = Vec::new();
    for event in &before {
        match &event.payload {
            Some(event::Payload::Review(known)) if known.marketplace == "sim.us" => {
                let mut fresh = known.clone();
                fresh.time = at(WRONG + wrong.len() as i64);
                if edits.len() < 5 {
                    wrong.push(revised(event::Payload::Review(fresh)));
                    let mut edit = known.clone();
                    edit.rating = 1;
                    edits.push(revised(event::Payload::Review(edit)));
                } else if wrong.len() < 40 {
                    fresh.review_id = format!("wrong-{}", wrong.len());
                    wrong.push(review(fresh));
                }
            }
            _ => {}
        }
    }
    assert_eq!((wrong.len(), edits.len()), (40, 5));
    // A seller belongs to no marketplace.
    let seller = before.iter().find_map(|event| match &event.payload {
        Some(event::Payload::Seller(seller)) => Some(seller.clone()),
        _ => None,
    });
    let mut seller = seller.expect("a seller");
    seller.register_time = at(WRONG);
    wrong.push(revised(event::Payload::Seller(seller)));
    Story {
        before,
        wrong,
        after,
        edits,
    }
}

fn revised(payload: event::Payload) -> Event {
    Event {
        revision: 1,
        payload: Some(payload),
    }
}

pub async fn send_all(service: &Service, events: &[Event]) {
    for batch in events.chunks(1000) {
        let summary = service.send(batch.to_vec()).await.expect("taken");
        assert_eq!(summary.rejections, []);
    }
}

fn request(marketplace: &str, validate_only: bool) -> TurnBackClockRequest {
    TurnBackClockRequest {
        marketplace: marketplace.to_owned(),
        time: at(LAST_RIGHT),
        validate_only,
    }
}

async fn turn_back(service: &Service, request: TurnBackClockRequest) -> TurnBackClockResponse {
    let mut admin = AdminServiceClient::new(service.channel.clone());
    let turned = admin.turn_back_clock(request).await.expect("turned back");
    turned.into_inner()
}

/// Assessments without the counts of events, which taken-back events and their ends raise.
fn counts_aside(mut assessments: Vec<Assessment>) -> Vec<Assessment> {
    for assessment in &mut assessments {
        assessment.event_count = 0;
        assessment.evidence_event_count = 0;
    }
    assessments
}

pub async fn watermark(service: &Service) -> i64 {
    let status = service.status().await;
    status.watermark.expect("a time").seconds
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_dates_are_taken_back_and_scores_equal_a_service_that_never_had_them() {
    let story = story();
    let calm_place = Place::new();
    let calm = Service::start(&calm_place.path("data")).await;
    for events in [&story.before, &story.after, &story.edits] {
        send_all(&calm, events).await;
    }
    let (expected, past) = (counts_aside(everything(&calm).await), history(&calm).await);
    let clock = watermark(&calm).await;
    drop(calm);

    let place = Place::new();
    let data = place.path("data");
    let service = Service::start_with(&data, &AHEAD).await;
    for events in [&story.before, &story.wrong, &story.after] {
        send_all(&service, events).await;
    }
    let count = service.status().await.event_count;
    let pushed = watermark(&service).await;
    assert!(pushed > WRONG);
    // Counted first; nothing changes.
    let counted = turn_back(&service, request("sim.us", true)).await;
    assert_eq!((counted.event_count, counted.watermark), (40, at(pushed)));
    assert_eq!(service.status().await.event_count, count);

    let turned = turn_back(&service, request("sim.us", false)).await;
    assert_eq!(turned.event_count, 40);
    assert_eq!(turned.record_count, counted.record_count);
    // The seller still keeps it there.
    assert_eq!(turned.watermark, at(WRONG));
    let turned = turn_back(&service, request("", false)).await;
    assert_eq!((turned.event_count, turned.watermark), (1, at(clock)));
    let status = service.status().await;
    assert_eq!(status.event_count, count + 2);
    assert_eq!(status.log_sequence, turned.log_sequence);
    assert!(status.writable, "{}", status.refusal);
    for marketplace in ["sim.us", "", "nowhere"] {
        let again = turn_back(&service, request(marketplace, false)).await;
        assert_eq!((again.event_count, again.record_count), (0, 0));
    }

    // The true events are taken, and what comes next moves on.
    let summary = service.send(story.edits.clone()).await.expect("taken");
    assert_eq!(summary.accepted, 5);
    let found = counts_aside(everything(&service).await);
    assert_eq!(bits(&found), bits(&expected));
    assert!(found == expected, "something besides scores differs");
    assert_eq!(history(&service).await, past);
    assert!(service.terminate().await);
    let restarted = Service::start(&data).await;
    assert_eq!(watermark(&restarted).await, clock);
    assert!(counts_aside(everything(&restarted).await) == expected);
    assert_eq!(history(&restarted).await, past);
    drop(restarted);

    // From the log alone, without checkpoint and history.
    let into = place.text("into");
    let made = run(&["backup", "--data", &place.text("data"), "--into", &into]);
    assert!(made.status.success(), "{}", stderr(&made));
    let file = std::fs::read_dir(&into).expect("there").next();
    let file = file.expect("one").expect("read").path();
    let file = file.to_str().expect("UTF-8").to_owned();
    let restored = run(&["restore", &file, "--data", &place.text("restored")]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    let restored = Service::start(&place.path("restored")).await;
    assert!(counts_aside(everything(&restored).await) == expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn turning_back_killed_midway_has_happened_as_a_whole_or_not_at_all() {
    let story = story();
    for wait_ms in [0, 15, 40, 90, 200] {
        let place = Place::new();
        let service = Service::start_with(&place.path("data"), &AHEAD).await;
        for events in [&story.before, &story.wrong] {
            send_all(&service, events).await;
        }
        let before = service.status().await;
        let channel = service.channel.clone();
        let flight = tokio::spawn(async move {
            let mut admin = AdminServiceClient::new(channel);
            let turned = admin.turn_back_clock(request("sim.us", false)).await;
            turned.is_ok()
        });
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        service.kill();
        let answered = flight.await.expect("joined");
        let service = Service::start(&place.path("data")).await;
        let left = turn_back(&service, request("sim.us", true)).await;
        let happened = left.event_count == 0;
        assert!(happened || left.event_count == 40, "{left:?}");
        assert!(happened || !answered, "after {wait_ms} ms");
        let after = service.status().await;
        let ends = u64::from(happened);
        assert_eq!(after.event_count, before.event_count + ends);
        assert_eq!(after.log_sequence, before.log_sequence + ends);
        let clock = if happened {
            at(WRONG)
        } else {
            before.watermark
        };
        assert_eq!(after.watermark, clock);
        turn_back(&service, request("sim.us", false)).await;
        let turned = turn_back(&service, request("", false)).await;
        assert!(turned.watermark.expect("a time").seconds < LAST_RIGHT);
        send_all(&service, &story.after).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn turning_back_ends_watches_and_makes_their_tokens_too_old() {
    let place = Place::new();
    let service = Service::start_with(&place.path("data"), &AHEAD).await;
    send_all(&service, &story().wrong).await;
    let mut client = HistoryServiceClient::new(service.channel.clone());
    let begun = client
        .watch_assessments(WatchAssessmentsRequest::default())
        .await;
    let mut notices = begun.expect("begun").into_inner();
    let first = notices.message().await.expect("going on").expect("one");
    turn_back(&service, request("sim.us", false)).await;
    let ended = loop {
        match notices.message().await {
            Ok(notice) => assert!(notice.is_some(), "it ends with a reason"),
            Err(ended) => break ended,
        }
    };
    assert_eq!(ended.code(), Code::OutOfRange, "{ended}");
    let resumed = WatchAssessmentsRequest {
        resume_token: first.resume_token,
        ..WatchAssessmentsRequest::default()
    };
    let refused: Status = match client.watch_assessments(resumed).await {
        Err(refused) => refused,
        Ok(stream) => stream
            .into_inner()
            .message()
            .await
            .expect_err("of before the turning back"),
    };
    assert_eq!(refused.code(), Code::OutOfRange, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn command_turns_back_a_directory_and_invalid_requests_are_refused_by_field() {
    let place = Place::new();
    let data = place.text("data");
    let service = Service::start_with(Path::new(&data), &AHEAD).await;
    send_all(&service, &story().wrong).await;
    let mut admin = AdminServiceClient::new(service.channel.clone());
    for (marketplace, time, field) in [
        ("m", None, "time"),
        ("m", at(-1), "time"),
        ("m", at(1 << 33), "time"),
        ("m\n", at(1), "marketplace"),
        (&*"m".repeat(129), at(1), "marketplace"),
    ] {
        let request = TurnBackClockRequest {
            marketplace: marketplace.to_owned(),
            time,
            validate_only: false,
        };
        let refused = admin.turn_back_clock(request).await.expect_err("refused");
        assert_eq!(refused_fields(&refused), [field], "{refused}");
    }
    assert!(service.terminate().await);

    let turn_back = ["clock", "turn-back", "--data", &data, "--to"];
    let ask = |more: &[&str]| run(&[&turn_back[..], more].concat());
    let counted = ask(&[
        "2098-01-01T00:00:00Z",
        "--marketplace",
        "sim.us",
        "--dry-run",
    ]);
    let said = stdout(&counted);
    assert!(
        said.contains("40 events") && said.contains("nothing is changed"),
        "{said}"
    );
    let turned = ask(&["2098-01-01T00:00:00Z", "--marketplace", "sim.us"]);
    assert!(stdout(&turned).contains("clock       2099-06-01T00:00:00Z"));
    let turned = ask(&["2098-01-01T00:00:00Z", "--without-marketplace"]);
    assert!(
        stdout(&turned).contains("not started"),
        "{}",
        stdout(&turned)
    );
    for wrong in [
        &["2098-01-01", "--marketplace", "sim.us"][..],
        &["2098-01-01T00:00:00Z"],
        &[
            "2098-01-01T00:00:00Z",
            "--marketplace",
            "m",
            "--without-marketplace",
        ],
    ] {
        assert_eq!(ask(wrong).status.code(), Some(2));
    }
}
