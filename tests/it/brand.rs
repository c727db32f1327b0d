//! Brand progress over the real socket: looked up, compared, planned, and as it was.

use std::time::{Duration, Instant};

use crate::support::command::{Place, run, stderr, stdout};
use crate::support::{Service, at, refused_fields};
use goodstanding::lab::simulate::brands::{BrandConfig, BrandMarket};
use goodstanding::proto::v1::brand_plan_change::Change;
use goodstanding::proto::v1::brand_service_client::BrandServiceClient;
use goodstanding::proto::v1::{
    BrandPlanChange, BrandProgress, CompareToPeersRequest, Event, GetBrandProgressRequest,
    ListRecommendationsRequest, ListVoiceTopicsRequest, SimulateBrandPlanRequest,
};
use tonic::Code;
use tonic::transport::Channel;

mod differencing;

type Client = BrandServiceClient<Channel>;

const SELLER: &str = "BS000007";

fn client(service: &Service) -> Client {
    BrandServiceClient::new(service.channel.clone()).max_decoding_message_size(64 << 20)
}

fn market(sellers: u32) -> Vec<Event> {
    let config = BrandConfig {
        months: 6,
        orders: 3.0,
        ..BrandConfig::sized(3, sellers)
    };
    let mut market = BrandMarket::new(config);
    let mut events = Vec::new();
    while let Some(month) = market.month() {
        events.extend(month);
    }
    events
}

async fn send(service: &Service, events: Vec<Event>) {
    for part in events.chunks(5000) {
        let summary = service.send(part.to_vec()).await.expect("accepted");
        assert!(summary.rejections.is_empty(), "{:?}", summary.rejections);
    }
}

fn asked(seller: &str) -> GetBrandProgressRequest {
    GetBrandProgressRequest {
        seller_id: seller.to_owned(),
        ..GetBrandProgressRequest::default()
    }
}

/// The progress once it rests on everything, as a reader at rest gets it.
async fn at_rest(service: &Service, client: &mut Client, seller: &str) -> BrandProgress {
    let sequence = service.status().await.log_sequence;
    let started = Instant::now();
    // Evidence comes first, then what rests on it.
    service.settle().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    loop {
        if let Ok(found) = client.get_brand_progress(asked(seller)).await {
            let progress = found.into_inner().progress.expect("progress");
            if progress.log_sequence.min(progress.peers_log_sequence) >= sequence {
                return progress;
            }
        }
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "it never comes to rest"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn brand_progress_is_equal_after_other_batches_and_restart() {
    let place = Place::new();
    let service = Service::start(&place.path("data")).await;
    let mut client = client(&service);
    send(&service, market(60)).await;
    let progress = at_rest(&service, &mut client, SELLER).await;
    let index = progress.index.expect("an index");
    assert!(index.lower <= index.value && index.value <= index.upper);
    assert_eq!(
        (progress.peer_group.as_str(), progress.pillars.len()),
        ("sim.brands", 7)
    );
    assert!(progress.percentile.is_some() && progress.peer_count >= 30);
    let measures: Vec<_> = progress
        .pillars
        .iter()
        .flat_map(|one| &one.measures)
        .collect();
    for measure in &measures {
        let told = measure.clean_value.is_some();
        assert_eq!(measure.abstention.is_empty(), told, "{measure:?}");
        assert_eq!(measure.sentence.is_empty(), !told, "{measure:?}");
        assert!(!measure.inputs_used.is_empty() || !measure.inputs_missing.is_empty());
    }
    assert!(
        measures
            .iter()
            .filter(|one| one.percentile.is_some())
            .count()
            > 12
    );
    assert!(!progress.months.is_empty() && progress.trend.is_some());
    // The same events in a new service come to the same, whatever was computed on the way.
    let other = Place::new();
    let again = Service::start(&other.path("data")).await;
    let mut other_client = self::client(&again);
    for part in market(60).chunks(700) {
        again.send(part.to_vec()).await.expect("accepted");
    }
    let mut fresh = at_rest(&again, &mut other_client, SELLER).await;
    (fresh.log_sequence, fresh.peers_log_sequence) =
        (progress.log_sequence, progress.peers_log_sequence);
    assert_eq!(fresh, progress);
    // And so does a restart.
    assert!(again.terminate().await);
    let again = Service::start(&other.path("data")).await;
    let mut restarted = at_rest(&again, &mut self::client(&again), SELLER).await;
    (restarted.log_sequence, restarted.peers_log_sequence) =
        (progress.log_sequence, progress.peers_log_sequence);
    assert_eq!(restarted, progress);
}

#[tokio::test]
async fn brand_progress_answers_plans_parts_and_past_months() {
    let place = Place::new();
    let service = Service::start(&place.path("data")).await;
    let mut client = client(&service);
    send(&service, market(60)).await;
    let now = at_rest(&service, &mut client, SELLER).await;
    // As of the first day of the last month: the month before is the last that is over.
    let last = now.months.last().expect("months").month.expect("a month");
    let before = GetBrandProgressRequest {
        as_of: at(last.seconds + 1),
        ..asked(SELLER)
    };
    let before = client
        .get_brand_progress(before)
        .await
        .expect("answered")
        .into_inner();
    let before = before.progress.expect("progress");
    assert_eq!(before.as_of, Some(last));
    assert_eq!(before.months.len() + 1, now.months.len());
    // Before the first month of all nothing is known, and no month can be asked for after the last.
    let first = GetBrandProgressRequest {
        as_of: at(0),
        ..asked(SELLER)
    };
    let first = client.get_brand_progress(first).await.expect("answered");
    let first = first.into_inner().progress.expect("progress");
    assert!(first.index.is_none() && first.months.is_empty());
    let beyond = GetBrandProgressRequest {
        as_of: at(5_000_000_000),
        ..asked(SELLER)
    };
    let beyond = client.get_brand_progress(beyond).await.expect_err("2128");
    assert_eq!(beyond.code(), Code::InvalidArgument);
    assert_eq!(beyond.message(), "as_of lies after 2106-02-07T06:28:15Z");
    // Nothing is known of a brand that nobody names; a market is a part.
    let brand = GetBrandProgressRequest {
        brand: "Nobody's".to_owned(),
        ..asked(SELLER)
    };
    let brand = client
        .get_brand_progress(brand)
        .await
        .expect("answered")
        .into_inner();
    assert!(brand.progress.expect("progress").index.is_none());
    let part = GetBrandProgressRequest {
        market: "US".to_owned(),
        ..asked(SELLER)
    };
    let part = client
        .get_brand_progress(part)
        .await
        .expect("answered")
        .into_inner();
    assert!(part.progress.expect("progress").coverage <= now.coverage);

    let change = |code: &str, change| BrandPlanChange {
        measure_code: code.to_owned(),
        change: Some(change),
    };
    let plan = SimulateBrandPlanRequest {
        seller_id: SELLER.to_owned(),
        changes: vec![
            change("quality.rating", Change::To(4.9)),
            change("quality.returns", Change::To(0.0)),
        ],
    };
    let plan = client
        .simulate_brand_plan(plan)
        .await
        .expect("answered")
        .into_inner();
    let index =
        |progress: Option<BrandProgress>| progress.and_then(|p| p.index).expect("an index").value;
    assert!(index(plan.then) >= index(plan.now.clone()));
    assert_eq!(plan.now.and_then(|held| held.index), now.index);
    let advice = client.list_recommendations(ListRecommendationsRequest {
        seller_id: SELLER.to_owned(),
        page_size: 2,
        ..ListRecommendationsRequest::default()
    });
    let advice = advice.await.expect("answered").into_inner().recommendations;
    assert!(advice.len() <= 2 && advice.iter().all(|one| one.gain_per_day > 0.0));
    let compared = client.compare_to_peers(CompareToPeersRequest {
        seller_id: SELLER.to_owned(),
    });
    let compared = compared.await.expect("answered").into_inner();
    assert!(
        compared
            .quantiles
            .iter()
            .all(|one| one.peer_count >= 10 && one.p10 <= one.p90)
    );
    assert_eq!(compared.quantiles[0].code, "index");
    let voice = ListVoiceTopicsRequest {
        seller_id: SELLER.to_owned(),
        ..ListVoiceTopicsRequest::default()
    };
    let voice = client
        .list_voice_topics(voice)
        .await
        .expect("answered")
        .into_inner();
    assert!(voice.review_count > 0 && !voice.truncated);
}

#[tokio::test]
async fn invalid_brand_requests_are_refused_by_field() {
    let place = Place::new();
    let service = Service::start(&place.path("data")).await;
    let mut client = client(&service);
    send(&service, market(6)).await;
    at_rest(&service, &mut client, "BS000001").await;
    let few = client.compare_to_peers(CompareToPeersRequest {
        seller_id: "BS000001".to_owned(),
    });
    let few = few.await.expect_err("six sellers are too few");
    assert_eq!(few.code(), Code::FailedPrecondition, "{few:?}");
    let unknown = client
        .get_brand_progress(asked("nobody"))
        .await
        .expect_err("unknown");
    assert_eq!(unknown.code(), Code::NotFound);
    let wrong = GetBrandProgressRequest {
        market: "germany".to_owned(),
        ..asked("BS000001")
    };
    let wrong = client
        .get_brand_progress(wrong)
        .await
        .expect_err("no country");
    assert_eq!(refused_fields(&wrong)[0], "market");
    let empty = client
        .get_brand_progress(asked(""))
        .await
        .expect_err("no seller");
    assert_eq!(refused_fields(&empty)[0], "seller_id");
    let changes = |code: &str, change| SimulateBrandPlanRequest {
        seller_id: "BS000001".to_owned(),
        changes: vec![BrandPlanChange {
            measure_code: code.to_owned(),
            change,
        }],
    };
    let cases = [
        (
            changes("nothing", Some(Change::To(1.0))),
            "changes[0].measure_code",
        ),
        (changes("quality.rating", None), "changes[0].change"),
        (
            changes("quality.rating", Some(Change::To(f64::NAN))),
            "changes[0].change",
        ),
        (
            changes("quality.returns", Some(Change::To(2.0))),
            "changes[0].change",
        ),
        (
            SimulateBrandPlanRequest {
                seller_id: "BS000001".to_owned(),
                changes: vec![],
            },
            "changes",
        ),
    ];
    for (request, expected) in cases {
        let refused = client
            .simulate_brand_plan(request.clone())
            .await
            .expect_err("senseless");
        assert_eq!(refused_fields(&refused)[0], expected, "{request:?}");
    }
}

#[tokio::test]
async fn seller_report_shows_risk_and_brand_progress() {
    let place = Place::new();
    let service = Service::start(&place.path("data")).await;
    send(&service, market(60)).await;
    at_rest(&service, &mut client(&service), SELLER).await;
    let url = service.url.clone();
    let report = |arguments: Vec<&str>| {
        let all: Vec<String> = [
            vec!["report", "seller", SELLER],
            arguments,
            vec!["--server", &url],
        ]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect();
        tokio::task::spawn_blocking(move || {
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            run(&all)
        })
    };
    let out = report(vec![]).await.expect("joined");
    let text = stdout(&out);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    for said in [
        "  band       ",
        "  risk  ",
        "brand of seller",
        "  stage      ",
        "  index      ",
        "loyalty ",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let out = report(vec!["--format", "json"]).await.expect("joined");
    let value: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(value["brand"]["progress"]["sellerId"], SELLER);
    assert!(value["assessment"]["risk"]["probability"].is_number());
    let out = report(vec!["--json"]).await.expect("joined");
    let value: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert!(value["risk"]["probability"].is_number());
}
