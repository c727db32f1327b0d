//! Small messages that would take much memory: refused before they are decoded.

use goodstanding::proto::v1::{Event, Listing, event};
use prost::Message as _;
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic::transport::Channel;

use super::watched::{MIB, Watch};
use crate::security::raw::{self, Raw};
use crate::support::{Service, good_review, refused_fields, review};

const INGEST: &str = "/goodstanding.v1.IngestService/IngestBatch";
const STREAM: &str = "/goodstanding.v1.IngestService/Ingest";
const SCREEN: &str = "/goodstanding.v1.IntegrityService/ScreenReviews";

/// As many empty entries as fit into 4 MiB: 4,100 bytes of gzip.
fn empty_entries(tag: u8) -> Vec<u8> {
    [tag << 3 | 2, 0].repeat(2_097_144)
}

async fn compressed(
    channel: &Channel,
    path: &'static str,
    message: Vec<u8>,
) -> Result<Vec<u8>, tonic::Status> {
    let mut client =
        tonic::client::Grpc::new(channel.clone()).send_compressed(CompressionEncoding::Gzip);
    client.ready().await.expect("connected");
    let request = tonic::Request::new(tokio_stream::once(message));
    let path = http::uri::PathAndQuery::from_static(path);
    let mut answers = client.streaming(request, path, Raw).await?.into_inner();
    Ok(answers.message().await?.expect("an answer"))
}

#[tokio::test(flavor = "multi_thread")]
async fn millions_of_empty_entries_take_no_memory() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let honest = service.connect().await;
    for (path, tag) in [(INGEST, 1), (STREAM, 2), (SCREEN, 1)] {
        let watch = Watch::begin(service.pid(), honest.clone(), None).await;
        let message = empty_entries(tag);
        for round in 0..3 {
            let calls: Vec<_> = (0..8)
                .map(|_| {
                    let (channel, message) = (service.channel.clone(), message.clone());
                    tokio::spawn(async move {
                        match round {
                            0 => raw::call(&channel, path, None, &message).await,
                            _ => compressed(&channel, path, message).await,
                        }
                    })
                })
                .collect();
            for call in calls {
                let refused = call.await.expect("joined").expect_err("refused");
                let code = refused.code();
                assert_eq!(code, Code::InvalidArgument, "{path}: {refused}");
            }
        }
        let figures = watch.end().await;
        figures.assert(&format!("empty entries to {path}"), 160 * MIB);
    }
    assert_eq!(service.status().await.event_count, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_over_its_limit_is_refused_with_the_limit() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for (path, tag, field, most) in [
        (INGEST, 1, "events", "10000"),
        (STREAM, 2, "events", "10000"),
        (SCREEN, 1, "reviews", "1000"),
    ] {
        let message = empty_entries(tag);
        let refused = raw::call(&service.channel, path, None, &message).await;
        let refused = refused.expect_err("too many");
        assert!(refused.message().contains(most), "{refused}");
        assert_eq!(refused_fields(&refused), [field]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn event_with_too_many_fields_is_rejected_and_others_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let listing = Listing {
        listing_id: "l1".to_owned(),
        bullet_points: vec![String::new(); 1_000_000],
        ..Listing::default()
    };
    let fat = Event {
        revision: 0,
        payload: Some(event::Payload::Listing(listing)),
    };
    assert!(fat.encoded_len() < 3 * 1024 * 1024);
    let watch = Watch::begin(service.pid(), service.connect().await, None).await;
    for number in 0..20 {
        let good = review(good_review(&format!("r{number}")));
        let summary = service.send(vec![fat.clone(), good]).await.expect("taken");
        assert_eq!((summary.accepted, summary.rejections.len()), (1, 1));
        let rejection = &summary.rejections[0];
        let fault = &rejection.violations[0];
        assert_eq!(
            (rejection.index, fault.field.as_str()),
            (0, "events[0].payload")
        );
        assert_eq!(fault.reason, "TOO_MANY");
        assert!(fault.description.contains("4096"), "{fault:?}");
    }
    watch
        .end()
        .await
        .assert("an event of a million fields", 64 * MIB);
}
