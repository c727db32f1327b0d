//! How assessments went over time: the same from the same log, however it was sent and reloaded.

use crate::support::{Service, at, market, refused_fields};
use goodstanding::proto::v1::history_service_client::HistoryServiceClient;
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    Assessment, Band, GetAssessmentRequest, HistoryPoint, ListAssessmentsRequest,
    ListHistoryRequest, ListHistoryResponse, Resolution, Subject, SubjectKind,
};
use pbjson_types::Timestamp;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

const DAY: i64 = 86_400;

async fn page(
    service: &Service,
    request: ListHistoryRequest,
) -> Result<ListHistoryResponse, Status> {
    let mut client = HistoryServiceClient::new(service.channel.clone());
    Ok(client.list_history(request).await?.into_inner())
}

/// All points of a subject, by pages of a size.
async fn points(service: &Service, subject: &Subject, page_size: u32) -> Vec<HistoryPoint> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListHistoryRequest {
            subject: Some(subject.clone()),
            page_size,
            page_token,
            ..ListHistoryRequest::default()
        };
        let response = page(service, request).await.expect("a page");
        assert!(response.points.len() <= page_size as usize);
        all.extend(response.points);
        page_token = response.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

async fn then(
    service: &Service,
    subject: &Subject,
    as_of: Option<Timestamp>,
) -> Result<Assessment, Status> {
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let request = GetAssessmentRequest {
        subject: Some(subject.clone()),
        as_of,
    };
    let response = client.get_assessment(request).await?.into_inner();
    Ok(response.assessment.expect("an assessment"))
}

/// Some subjects of each kind that has history.
async fn subjects(service: &Service) -> Vec<Subject> {
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let mut all = Vec::new();
    for kind in [
        SubjectKind::Reviewer,
        SubjectKind::Listing,
        SubjectKind::Seller,
    ] {
        let request = ListAssessmentsRequest {
            kind: kind.into(),
            page_size: 40,
            ..ListAssessmentsRequest::default()
        };
        let response = client.list_assessments(request).await.expect("a page");
        let found = response.into_inner().assessments;
        all.extend(found.into_iter().filter_map(|held| held.subject));
    }
    all
}

fn day_of(point: &HistoryPoint) -> i64 {
    let day = point.day.as_ref().expect("a day").seconds;
    assert_eq!(day % DAY, 0);
    day
}

async fn everything(service: &Service, subjects: &[Subject]) -> Vec<Vec<HistoryPoint>> {
    let mut all = Vec::new();
    for subject in subjects {
        all.push(points(service, subject, 1000).await);
    }
    all
}

fn bits(all: &[Vec<HistoryPoint>]) -> Vec<u64> {
    let points = all.iter().flatten();
    let estimates = points.flat_map(|point| point.risk.iter().chain(&point.attack));
    estimates
        .flat_map(|held| [held.probability, held.lower, held.upper, held.log_odds])
        .map(f64::to_bits)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_equal_bit_for_bit_after_restart_and_other_batches() {
    let events = market(11, 4000);
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in events.chunks(1000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let subjects = subjects(&service).await;
    let live = everything(&service, &subjects).await;
    let count = live.iter().map(Vec::len).sum::<usize>();
    assert!(count > 1000, "{count}");
    for points in &live {
        let days: Vec<i64> = points.iter().map(day_of).collect();
        assert!(days.is_sorted_by(|one, other| one < other), "{days:?}");
    }
    // Several months, so that points come from the store and from memory.
    let days: Vec<i64> = live.iter().flatten().map(day_of).collect();
    let (first, last) = (days.iter().min(), days.iter().max());
    assert!(
        last.zip(first)
            .is_some_and(|(last, first)| last - first > 90 * DAY)
    );
    service.kill();

    let restarted = Service::start(directory.path()).await;
    let replayed = everything(&restarted, &subjects).await;
    assert_eq!(live, replayed);
    assert_eq!(bits(&live), bits(&replayed));
    drop(restarted);

    let other_directory = tempfile::tempdir().expect("a directory");
    let mut other = Service::start(other_directory.path()).await;
    for (number, batch) in events.chunks(83).enumerate() {
        other.send(batch.to_vec()).await.expect("taken");
        other.send(batch.to_vec()).await.expect("taken");
        if number % 60 == 59 {
            other.kill();
            other = Service::start(other_directory.path()).await;
        }
    }
    let rebatched = everything(&other, &subjects).await;
    assert_eq!(live, rebatched);
    assert_eq!(bits(&live), bits(&rebatched));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_pages_ranges_and_as_of_agree() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(11, 4000).chunks(5000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let mut seen = 0;
    for subject in subjects(&service).await.iter().step_by(7) {
        let all = points(&service, subject, 1000).await;
        assert_eq!(points(&service, subject, 3).await, all);
        let Some((first, last)) = all.first().zip(all.last()) else {
            continue;
        };
        seen += all.len();
        // From the second point's noon to the last one's midnight, which is left out.
        let start = day_of(all.get(1).unwrap_or(first));
        let request = ListHistoryRequest {
            subject: Some(subject.clone()),
            start_time: at(start + DAY / 2),
            end_time: at(day_of(last).max(start + DAY)),
            ..ListHistoryRequest::default()
        };
        let within = page(
            &service,
            ListHistoryRequest {
                page_size: 1000,
                ..request
            },
        );
        let expected: Vec<HistoryPoint> = all
            .iter()
            .filter(|point| day_of(point) >= start && day_of(point) < day_of(last).max(start + DAY))
            .copied()
            .collect();
        assert_eq!(within.await.expect("a page").points, expected);

        for (place, point) in all.iter().enumerate() {
            let until = all.get(place + 1).map_or(day_of(point) + DAY, day_of);
            for seconds in [day_of(point), day_of(point) + DAY - 1, until - 1] {
                let held = then(&service, subject, at(seconds)).await.expect("known");
                assert_eq!((held.risk, held.band), (point.risk, point.band));
                assert_eq!(held.attack, point.attack);
                assert_eq!(held.review_count, point.review_count);
                assert_eq!(held.watermark, point.day);
                assert!(held.findings.is_empty() && held.subject.as_ref() == Some(subject));
            }
        }
        let before = then(&service, subject, at(day_of(first) - 1)).await;
        let before = before.expect("known");
        assert_eq!(before.band(), Band::InsufficientData);
        assert_eq!((before.risk, before.watermark), (None, None));
    }
    assert!(seen > 100, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_history_requests_are_refused_by_field() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let event = crate::support::review(crate::support::good_review("r1"));
    service.send(vec![event]).await.expect("taken");
    let subject = |kind: SubjectKind, id: &str| Subject {
        kind: kind.into(),
        marketplace: "shop.example".to_owned(),
        id: id.to_owned(),
    };
    let listing = subject(SubjectKind::Listing, "l1");
    let good = ListHistoryRequest {
        subject: Some(listing.clone()),
        ..ListHistoryRequest::default()
    };
    let empty = page(&service, good.clone()).await.expect("a page");
    assert_eq!(
        (empty.points, empty.next_page_token),
        (Vec::new(), String::new())
    );

    let cases = [
        (
            ListHistoryRequest {
                subject: Some(subject(SubjectKind::Review, "r1")),
                ..good.clone()
            },
            "subject.kind",
        ),
        (
            ListHistoryRequest {
                subject: None,
                ..good.clone()
            },
            "subject",
        ),
        (
            ListHistoryRequest {
                page_size: 1001,
                ..good.clone()
            },
            "page_size",
        ),
        (
            ListHistoryRequest {
                page_token: "x".into(),
                ..good.clone()
            },
            "page_token",
        ),
        (
            ListHistoryRequest {
                start_time: at(-1),
                ..good.clone()
            },
            "start_time",
        ),
        (
            ListHistoryRequest {
                end_time: at(-1),
                ..good.clone()
            },
            "end_time",
        ),
        (
            ListHistoryRequest {
                start_time: at(9 * DAY),
                end_time: at(9 * DAY),
                ..good.clone()
            },
            "end_time",
        ),
    ];
    for (request, field) in cases {
        let refused = page(&service, request).await.expect_err("refused");
        check(&refused, field);
    }
    let unknown = ListHistoryRequest {
        subject: Some(subject(SubjectKind::Listing, "l2")),
        ..good
    };
    let refused = page(&service, unknown).await.expect_err("unknown");
    assert_eq!(refused.code(), Code::NotFound);

    let review = subject(SubjectKind::Review, "r1");
    // Reviews have no points: theirs is the past itself, in which this one had not come yet.
    let unknown = then(&service, &review, at(DAY)).await.expect_err("unknown");
    assert_eq!(unknown.code(), Code::NotFound);
    check(
        &then(&service, &listing, at(-5)).await.expect_err("refused"),
        "as_of",
    );
    let stranger = subject(SubjectKind::Listing, "l2");
    let refused = then(&service, &stranger, at(DAY))
        .await
        .expect_err("unknown");
    assert_eq!(refused.code(), Code::NotFound);
}

fn check(refused: &Status, field: &str) {
    assert_eq!(refused_fields(refused), [field]);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_names_every_service_as_serving() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let mut client = HealthClient::new(service.channel.clone());
    for name in ["", "Ingest", "Integrity", "History", "Admin"] {
        let service = match name {
            "" => String::new(),
            name => format!("goodstanding.v1.{name}Service"),
        };
        let answer = client.check(HealthCheckRequest { service }).await;
        assert_eq!(answer.expect("known").into_inner().status, 1, "{name}");
    }
}

/// The number of a point's week from Monday, or of its month.
fn period(resolution: Resolution, point: &HistoryPoint) -> i64 {
    let day = day_of(point) / DAY;
    if resolution == Resolution::Week {
        return (day + 3).div_euclid(7);
    }
    let date = chrono::DateTime::from_timestamp(day * DAY, 0).expect("a date");
    date.format("%Y%m").to_string().parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn weekly_and_monthly_history_is_the_last_daily_point() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(11, 4000).chunks(5000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let mut fewer = 0;
    for subject in subjects(&service).await.iter().step_by(11) {
        let all = points(&service, subject, 1000).await;
        for resolution in [Resolution::Week, Resolution::Month] {
            let mut expected: Vec<HistoryPoint> = Vec::new();
            for point in &all {
                let last = expected.last();
                if last.is_some_and(|last| period(resolution, last) == period(resolution, point)) {
                    expected.pop();
                }
                expected.push(*point);
            }
            let (mut found, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = ListHistoryRequest {
                    subject: Some(subject.clone()),
                    resolution: resolution.into(),
                    page_size: 2,
                    page_token,
                    ..ListHistoryRequest::default()
                };
                let response = page(&service, request).await.expect("a page");
                found.extend(response.points);
                page_token = response.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            assert_eq!(found, expected);
            fewer += all.len() - found.len();
        }
    }
    assert!(fewer > 20, "{fewer}");
    let unknown = ListHistoryRequest {
        resolution: 9,
        subject: subjects(&service).await.first().cloned(),
        ..ListHistoryRequest::default()
    };
    check(
        &page(&service, unknown).await.expect_err("refused"),
        "resolution",
    );
}
