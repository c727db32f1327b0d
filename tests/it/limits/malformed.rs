//! Bytes that are no message: a fault of the caller, whatever the method.

use goodstanding::proto::v1::Event;
use http_body_util::Full;
use prost::Message as _;
use tonic::{Code, Status};
use tower::{Service as _, ServiceExt as _};

use crate::security::raw;
use crate::support::Service;

/// Every method that decodes a message before it answers.
const METHODS: [&str; 29] = [
    "/goodstanding.v1.AdminService/ActivateModelVersion",
    "/goodstanding.v1.AdminService/CompareModelVersions",
    "/goodstanding.v1.AdminService/CreateBackup",
    "/goodstanding.v1.AdminService/DeleteModelVersion",
    "/goodstanding.v1.AdminService/EraseReviewer",
    "/goodstanding.v1.AdminService/FitModelVersion",
    "/goodstanding.v1.AdminService/GetStatus",
    "/goodstanding.v1.AdminService/ImportModelVersion",
    "/goodstanding.v1.AdminService/ListModelVersions",
    "/goodstanding.v1.AdminService/RollBackModelVersion",
    "/goodstanding.v1.AdminService/SetShadowModelVersion",
    "/goodstanding.v1.BrandService/CompareToPeers",
    "/goodstanding.v1.BrandService/GetBrandProgress",
    "/goodstanding.v1.BrandService/ListRecommendations",
    "/goodstanding.v1.BrandService/ListVoiceTopics",
    "/goodstanding.v1.BrandService/SimulateBrandPlan",
    "/goodstanding.v1.HistoryService/ListHistory",
    "/goodstanding.v1.HistoryService/WatchAssessments",
    "/goodstanding.v1.IngestService/Ingest",
    "/goodstanding.v1.IngestService/IngestBatch",
    "/goodstanding.v1.IntegrityService/GetAssessment",
    "/goodstanding.v1.IntegrityService/GetCampaign",
    "/goodstanding.v1.IntegrityService/GetDividend",
    "/goodstanding.v1.IntegrityService/ListAssessments",
    "/goodstanding.v1.IntegrityService/ListCampaigns",
    "/goodstanding.v1.IntegrityService/ListSuspectReviews",
    "/goodstanding.v1.IntegrityService/ScreenReviews",
    "/grpc.health.v1.Health/Check",
    "/grpc.health.v1.Health/Watch",
];

#[tokio::test(flavor = "multi_thread")]
async fn malformed_message_is_invalid_argument_for_every_method() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    // A key cut off, field number zero, a group that never ends, a length beyond the end.
    let broken: [&[u8]; 4] = [b"\xff", b"\x00\x01", b"\x0b\x0b", b"\x0a\x7f\x00"];
    for path in METHODS {
        for bytes in broken {
            let refused = raw::call(&service.channel, path, None, bytes).await;
            let refused = refused.expect_err("malformed");
            assert_eq!(refused.code(), Code::InvalidArgument, "{path} {refused}");
            assert!(refused.message().contains("malformed"), "{path} {refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_entry_is_named_and_nothing_of_its_batch_is_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let good = crate::support::review(crate::support::good_review("r1"));
    let mut bytes = goodstanding::proto::v1::IngestBatchRequest {
        events: vec![good; 3],
    }
    .encode_to_vec();
    // A review whose rating is a text.
    let wrong = [0x2a, 0x03, 0x2a, 0x01, b'x'];
    assert!(Event::decode(&wrong[..]).is_err());
    bytes.extend([0x0a, wrong.len() as u8]);
    bytes.extend(wrong);
    let path = "/goodstanding.v1.IngestService/IngestBatch";
    let refused = raw::call(&service.channel, path, None, &bytes).await;
    let refused = refused.expect_err("malformed");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    assert!(refused.message().contains("events[3]"), "{refused}");
    assert_eq!(service.status().await.event_count, 0);
}

/// Sends a body as it is; the status of the answer, which has no message.
async fn post(service: &Service, path: &str, gzip: bool, body: &[u8]) -> Status {
    let mut request = http::Request::post(format!("{}{path}", service.url))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if gzip {
        request = request.header("grpc-encoding", "gzip");
    }
    let body = Full::new(bytes::Bytes::copy_from_slice(body));
    let request = request
        .body(tonic::body::Body::new(body))
        .expect("a request");
    let mut channel = service.channel.clone();
    let channel = channel.ready().await.expect("connected");
    let response = channel.call(request).await.expect("answered");
    Status::from_header_map(response.headers()).expect("a refusal")
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_frames_are_invalid_argument() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let batch = "/goodstanding.v1.IngestService/IngestBatch";
    let zeros = gzip_of(&vec![0; 3 * 1024 * 1024]);
    let framed = |flag: u8, length: usize, bytes: &[u8]| {
        let mut frame = vec![flag];
        frame.extend((length as u32).to_be_bytes());
        frame.extend(bytes);
        frame
    };
    for (gzip, body, said) in [
        (false, framed(7, 0, b""), "no mark of compression"),
        (false, framed(1, 2, b"ab"), "no encoding is named"),
        (false, framed(0, 9, b"ab"), "within a message"),
        (false, b"\0\0".to_vec(), "within a message"),
        (false, Vec::new(), "has no message"),
        (false, framed(0, 0, b"\0\0\0\0\0"), "more than one message"),
        (true, framed(1, 4, b"none"), "its gzip is broken"),
        (true, framed(1, zeros.len(), &zeros), "200 times its size"),
    ] {
        let refused = post(&service, batch, gzip, &body).await;
        assert_eq!(refused.code(), Code::InvalidArgument, "{said}: {refused}");
        assert!(refused.message().contains(said), "{said}: {refused}");
    }
    let long = framed(0, 5 * 1024 * 1024, b"");
    let refused = post(&service, batch, false, &long).await;
    assert_eq!(refused.code(), Code::OutOfRange, "{refused}");
}

fn gzip_of(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).expect("in memory");
    packed.finish().expect("in memory")
}
