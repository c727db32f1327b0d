//! One seller's token, within its rate: it cannot take the service from others.

use std::time::Duration;

use goodstanding::proto::v1::{
    GetAssessmentRequest, ListVoiceTopicsRequest, SubjectKind, WatchAssessmentsRequest,
};
use pbjson_types::Timestamp;
use prost::Message as _;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::watched::{MIB, Watch};
use crate::security::raw::{self, Raw};
use crate::security::server::{Running, with_tokens};
use crate::security::tokens::Signer;
use crate::support::command::Place;
use crate::support::{market, subject};

const ASSESS: &str = "/goodstanding.v1.IntegrityService/GetAssessment";
const TOPICS: &str = "/goodstanding.v1.BrandService/ListVoiceTopics";
const WATCH: &str = "/goodstanding.v1.HistoryService/WatchAssessments";
const INGEST: &str = "/goodstanding.v1.IngestService/IngestBatch";
const SELLER: &str = "S000001";

/// A service with a market, a harmful seller and an honest operator.
struct Scene {
    running: Running,
    seller: String,
    operator: String,
    /// The harmful seller's.
    channel: Channel,
    _place: Place,
}

impl Scene {
    async fn set(reviews: u64, more: &str) -> Self {
        let place = Place::new();
        let signer = Signer::ed25519("k1");
        let config = with_tokens(&place, &[&signer])
            + "[rate]\noperator = { per_second = 0, burst = 1 }\n"
            + more;
        let running = Running::start(&place, &config);
        let channel = running.plain().await;
        for batch in market(4, reviews).chunks(2000) {
            let request = goodstanding::proto::v1::IngestBatchRequest {
                events: batch.to_vec(),
            };
            let token = signer.platform();
            raw::call(&channel, INGEST, Some(&token), &request.encode_to_vec())
                .await
                .expect("taken");
        }
        Self {
            seller: signer.seller(&[SELLER]),
            operator: signer.operator(),
            channel: running.plain().await,
            running,
            _place: place,
        }
    }

    async fn watch(&self) -> Watch {
        let channel = self.running.plain().await;
        Watch::begin(self.running.pid(), channel, Some(self.operator.clone())).await
    }
}

/// Opens a call whose request never ends.
async fn endless(channel: Channel, token: String) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.expect("connected");
    let mut request = Request::new(tokio_stream::pending::<Vec<u8>>());
    let value = format!("Bearer {token}").parse().expect("ASCII");
    request.metadata_mut().insert("authorization", value);
    let path = http::uri::PathAndQuery::from_static(ASSESS);
    client.streaming(request, path, Raw).await.map(|_| ())
}

/// The codes of calls, by their number.
async fn codes(mut calls: JoinSet<Result<(), Status>>) -> Vec<Code> {
    let mut codes = Vec::new();
    while let Some(ended) = calls.join_next().await {
        let ended = ended.expect("joined");
        codes.push(ended.err().map_or(Code::Ok, |status| status.code()));
    }
    codes
}

fn count(codes: &[Code], wanted: Code) -> usize {
    codes.iter().filter(|code| **code == wanted).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_never_end_are_few_and_end() {
    let limits = "[limits]\ncalls_in_flight_max = 40\ncalls_per_caller_max = 16\n\
                  [connections]\nbody_max = \"3s\"\n";
    let scene = Scene::set(200, limits).await;
    let watch = scene.watch().await;
    let mut calls = JoinSet::new();
    for _ in 0..120 {
        calls.spawn(endless(scene.channel.clone(), scene.seller.clone()));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let codes = codes(calls).await;
    let figures = watch.end().await;
    figures.assert("120 endless bodies", 64 * MIB);
    // The places are free again after the deadline.
    let (late, refused) = (
        count(&codes, Code::DeadlineExceeded),
        count(&codes, Code::ResourceExhausted),
    );
    assert!(late >= 16 && refused > 0, "{late} late, {refused} refused");
    assert_eq!(late + refused, 120, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn look_backs_that_nobody_waits_for_stop_and_never_pile_up() {
    let rate = "seller = { per_second = 0, burst = 1 }\n";
    let scene = Scene::set(3000, rate).await;
    let newest = market(4, 3000)
        .iter()
        .filter_map(|event| match event.payload.as_ref()? {
            goodstanding::proto::v1::event::Payload::Review(review) => Some(review.time?.seconds),
            _ => None,
        })
        .max();
    let newest = newest.expect("reviews");
    let watch = scene.watch().await;
    let mut calls = JoinSet::new();
    for number in 0..200 {
        let (channel, token) = (scene.channel.clone(), scene.seller.clone());
        let request = goodstanding::proto::v1::GetDividendRequest {
            subject: Some(subject(SubjectKind::Seller, "", SELLER)),
            as_of: Some(Timestamp {
                seconds: newest - 86_400 * (1 + number % 40),
                nanos: 0,
            }),
            ..Default::default()
        };
        calls.spawn(async move {
            let path = "/goodstanding.v1.IntegrityService/GetDividend";
            let message = request.encode_to_vec();
            let call = raw::call(&channel, path, Some(&token), &message);
            // Nobody waits for most of them.
            match tokio::time::timeout(Duration::from_millis(300), call).await {
                Ok(answer) => answer.map(|_| ()),
                Err(_) => Err(Status::cancelled("given up")),
            }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let codes = codes(calls).await;
    let figures = watch.end().await;
    figures.assert("200 look-backs", 256 * MIB);
    assert!(figures.threads < 64, "{figures:?}");
    assert!(count(&codes, Code::ResourceExhausted) > 0, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn watches_of_one_caller_leave_room_for_others() {
    let rate = "seller = { per_second = 0, burst = 1 }\n";
    let scene = Scene::set(200, rate).await;
    let request = WatchAssessmentsRequest::default().encode_to_vec();
    let open = async |token: &str| {
        let mut client = tonic::client::Grpc::new(scene.channel.clone());
        client.ready().await.expect("connected");
        let mut asked = Request::new(tokio_stream::once(request.clone()));
        let value = format!("Bearer {token}").parse().expect("ASCII");
        asked.metadata_mut().insert("authorization", value);
        let path = http::uri::PathAndQuery::from_static(WATCH);
        let answers = client.streaming(asked, path, Raw).await;
        answers.map(tonic::Response::into_inner)
    };
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..64 {
        match open(&scene.seller).await {
            Ok(stream) => held.push(stream),
            Err(status) => {
                assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                assert!(status.message().contains("of this caller"), "{status}");
                refused += 1;
            }
        }
    }
    assert_eq!((held.len(), refused), (16, 48));
    open(&scene.operator)
        .await
        .expect("another caller has room");
    // A place is free again when its watch ends.
    held.pop();
    for tried in 0.. {
        match open(&scene.seller).await {
            Ok(_) => break,
            Err(status) => assert!(tried < 200, "{status}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_take_more_of_the_rate_and_few_turns() {
    let scene = Scene::set(3000, "").await;
    let request = ListVoiceTopicsRequest {
        seller_id: SELLER.to_owned(),
        ..ListVoiceTopicsRequest::default()
    };
    let watch = scene.watch().await;
    let mut calls = JoinSet::new();
    // Twenty a second, which is the rate of a seller.
    for _ in 0..100 {
        let (channel, token) = (scene.channel.clone(), scene.seller.clone());
        let message = request.encode_to_vec();
        calls.spawn(async move {
            let answer = raw::call(&channel, TOPICS, Some(&token), &message).await;
            answer.map(|_| ())
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let codes = codes(calls).await;
    watch.end().await.assert("topics at 20 a second", 128 * MIB);
    // Six at once, and two a second after that.
    let served = count(&codes, Code::Ok);
    assert!((6..=30).contains(&served), "{served} of {codes:?}");
    assert_eq!(served + count(&codes, Code::ResourceExhausted), 100);
    let cheap = GetAssessmentRequest {
        subject: Some(subject(SubjectKind::Seller, "", SELLER)),
        ..GetAssessmentRequest::default()
    };
    // Short calls fit into what is left after a little while.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let message = cheap.encode_to_vec();
    let answer = raw::call(&scene.channel, ASSESS, Some(&scene.seller), &message).await;
    assert!(answer.is_ok(), "{answer:?}");
}
