//! What a collector, a scraper and a reader of logs get from the running binary.

mod collector;
mod service;

use std::collections::BTreeSet;

use crate::support::{good_review, http_get, review, subject};
use collector::{Collector, Span, attribute, hex};
use goodstanding::proto::v1::ingest_service_client::IngestServiceClient;
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    Event, GetAssessmentRequest, IngestBatchRequest, IngestRequest, ScreenReviewsRequest,
    SubjectKind,
};
use service::Observed;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

fn event(id: &str) -> Event {
    review(good_review(id))
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn called_by<T>(message: T, sampled: bool) -> Request<T> {
    let mut request = Request::new(message);
    let flag = if sampled { "01" } else { "00" };
    let header = format!("00-{TRACE}-{PARENT}-{flag}");
    let value = header.parse().expect("ASCII");
    request.metadata_mut().insert("traceparent", value);
    request
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let mut found = spans.iter().filter(|span| span.name == name);
    let first = found.next();
    let first = first.unwrap_or_else(|| panic!("no span {name} among {:?}", names(spans)));
    assert!(found.next().is_none(), "more than one span {name}");
    first
}

fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn caller_trace_continues_through_all_stages_of_a_commit() {
    let collector = Collector::start().await;
    // Only what a caller samples: nothing is drawn.
    let service =
        Observed::start(&["--otlp-endpoint", &collector.url, "--sample-ratio", "0"]).await;
    let mut client = IngestServiceClient::new(service.channel());
    let events = vec![event("r1"), event("r2")];
    let request = IngestBatchRequest { events };
    client
        .ingest_batch(called_by(request.clone(), false))
        .await
        .expect("taken");
    client.ingest_batch(request.clone()).await.expect("taken");
    client
        .ingest_batch(called_by(request, true))
        .await
        .expect("taken");
    let log = service.stop().await;
    let spans = collector.spans().await;
    let of_call: Vec<Span> = spans
        .iter()
        .filter(|span| hex(&span.trace_id) == TRACE)
        .cloned()
        .collect();
    let call = named(&of_call, "goodstanding.v1.IngestService/IngestBatch");
    assert_eq!(hex(&call.parent_span_id), PARENT);
    assert_eq!(call.kind, 2, "a server's");
    for (key, value) in [
        ("rpc.system", "grpc"),
        ("rpc.service", "goodstanding.v1.IngestService"),
        ("rpc.method", "IngestBatch"),
        ("rpc.grpc.status_code", "0"),
        ("goodstanding.events", "2"),
    ] {
        assert_eq!(attribute(call, key).as_deref(), Some(value), "{key}");
    }
    let group = named(&of_call, "group commit");
    assert_eq!(group.parent_span_id, call.span_id);
    for (stage, parent) in [
        ("decode", call),
        ("queue", call),
        ("fold", group),
        ("publish", group),
    ] {
        let stage = named(&of_call, stage);
        assert_eq!(stage.parent_span_id, parent.span_id, "{}", stage.name);
        assert!(stage.start_time_unix_nano <= stage.end_time_unix_nano);
    }
    // Nothing in it is news, so nothing was written.
    let expected = BTreeSet::from([
        "goodstanding.v1.IngestService/IngestBatch",
        "group commit",
        "decode",
        "queue",
        "fold",
        "publish",
    ]);
    assert_eq!(
        names(&of_call).into_iter().collect::<BTreeSet<_>>(),
        expected
    );
    // Neither the call whose caller decided against, nor the one that was not drawn.
    let others = spans.iter().filter(|span| hex(&span.trace_id) != TRACE);
    let others: Vec<&str> = others.map(|span| span.name.as_str()).collect();
    assert_eq!(others, ["checkpoint"], "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_batch_of_a_stream_is_sampled_separately_and_scoring_is_timed() {
    let collector = Collector::start().await;
    let service =
        Observed::start(&["--otlp-endpoint", &collector.url, "--sample-ratio", "1"]).await;
    let mut client = IngestServiceClient::new(service.channel());
    let batches = (0..2).map(|batch_number| IngestRequest {
        batch_number,
        events: vec![event(&format!("r{batch_number}"))],
    });
    let batches: Vec<IngestRequest> = batches.collect();
    let mut answers = client
        .ingest(tokio_stream::iter(batches.clone()))
        .await
        .expect("a stream")
        .into_inner();
    while answers.message().await.expect("an answer").is_some() {}
    // With a caller that is traced, batches stand below its call.
    let stream = called_by(tokio_stream::iter(batches), true);
    let mut answers = client.ingest(stream).await.expect("a stream").into_inner();
    while answers.message().await.expect("an answer").is_some() {}
    service.stop().await;
    let spans = collector.spans().await;

    let is_root = |span: &&Span| span.parent_span_id.is_empty();
    let ingest = "goodstanding.v1.IngestService/Ingest";
    let drawn: Vec<&Span> = spans
        .iter()
        .filter(is_root)
        .filter(|span| span.name == ingest)
        .collect();
    assert_eq!(drawn.len(), 2, "{:?}", names(&spans));
    let numbers: BTreeSet<_> = drawn
        .iter()
        .filter_map(|span| attribute(span, "rpc.message.id"))
        .collect();
    assert_eq!(numbers, BTreeSet::from(["0".to_owned(), "1".to_owned()]));
    let traces: BTreeSet<String> = drawn.iter().map(|span| hex(&span.trace_id)).collect();
    assert_eq!(traces.len(), 2, "each has a trace of its own");
    // What was new was written; both batches may have shared the flush.
    for stage in ["compress", "append", "flush", "fold", "publish"] {
        let stage: Vec<&Span> = spans.iter().filter(|span| span.name == stage).collect();
        assert!(!stage.is_empty(), "{:?}", names(&spans));
    }
    let folds = spans.iter().filter(|span| span.name == "fold");
    let timed = folds.filter_map(|fold| attribute(fold, "goodstanding.score_seconds"));
    assert!(timed.count() > 0);

    let call = spans
        .iter()
        .find(|span| span.name == ingest && hex(&span.trace_id) == TRACE)
        .expect("the stream of the traced caller");
    let below = spans.iter().filter(|span| span.name == "batch");
    let below: Vec<&Span> = below.collect();
    assert_eq!(below.len(), 2);
    for batch in below {
        assert_eq!(batch.parent_span_id, call.span_id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_sharing_a_flush_link_to_its_span() {
    let collector = Collector::start().await;
    let service =
        Observed::start(&["--otlp-endpoint", &collector.url, "--sample-ratio", "1"]).await;
    let calls = (0..64).map(|number| {
        let mut client = IngestServiceClient::new(service.channel());
        let events = vec![event(&format!("r{number}"))];
        tokio::spawn(async move { client.ingest_batch(IngestBatchRequest { events }).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("joined").expect("taken");
    }
    service.stop().await;
    let spans = collector.spans().await;
    let by_id = |id: &[u8]| spans.iter().find(|span| span.span_id == id);
    let groups: Vec<&Span> = spans
        .iter()
        .filter(|span| span.name == "group commit")
        .collect();
    let mut served = 0;
    for group in &groups {
        let parent = by_id(&group.parent_span_id).expect("the first caller");
        assert_eq!(parent.trace_id, group.trace_id);
        assert!(parent.links.is_empty());
        for link in &group.links {
            let caller = by_id(&link.span_id).expect("a caller");
            assert_eq!(caller.links.len(), 1);
            assert_eq!(caller.links[0].span_id, group.span_id, "there and back");
        }
        served += 1 + group.links.len();
    }
    assert_eq!(served, 64, "each call is served by one group");
    // As many flushes as groups, and fewer than calls unless none ever waited.
    let flushes = spans.iter().filter(|span| span.name == "flush").count();
    assert_eq!(flushes, groups.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_of_traced_calls_carry_trace_ids() {
    let service = Observed::with_log(
        "goodstanding=debug",
        &[
            "--otlp-endpoint",
            "http://127.0.0.1:9",
            "--sample-ratio",
            "0",
        ],
    )
    .await;
    let mut client = IngestServiceClient::new(service.channel());
    let events = vec![event("r1")];
    client
        .ingest_batch(called_by(IngestBatchRequest { events }, true))
        .await
        .expect("taken although no collector is there");
    let log = service.stop().await;
    let traced: Vec<_> = log
        .iter()
        .filter(|line| line["trace_id"] == TRACE)
        .collect();
    assert!(!traced.is_empty(), "{log:?}");
    for line in traced {
        assert_eq!(line["span_id"].as_str().map(str::len), Some(16), "{line}");
        assert!(line["fields"]["message"].is_string(), "{line}");
    }
    let lost = log.iter().filter(|line| {
        let said = line["fields"]["message"].as_str().unwrap_or_default();
        said.contains("the collector takes no spans")
    });
    assert_eq!(lost.count(), 1, "said once: {log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn scrape_reports_calls_events_scores_and_state() {
    let service = Observed::start(&["--metrics-listen", "127.0.0.1:0"]).await;
    let metrics = service.metrics.clone().expect("an address");
    let mut ingest = IngestServiceClient::new(service.channel());
    let mut integrity = IntegrityServiceClient::new(service.channel());
    let refused = Event::default();
    let events = vec![event("r1"), event("r1"), refused];
    ingest
        .ingest_batch(IngestBatchRequest { events })
        .await
        .expect("taken");
    let reviews = vec![good_review("r2")];
    integrity
        .screen_reviews(ScreenReviewsRequest { reviews })
        .await
        .expect("screened");
    let subject = Some(subject(SubjectKind::Seller, "", "nobody"));
    let request = GetAssessmentRequest {
        subject,
        as_of: None,
    };
    let unknown = integrity.get_assessment(request).await;
    assert_eq!(unknown.expect_err("unknown").code(), Code::NotFound);

    let (status, text) = http_get(&metrics, "/metrics").await;
    assert_eq!(status, 200);
    let value = |series: &str| -> Option<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(series))?;
        line.trim().parse().ok()
    };
    let events = |outcome: &str, kind: &str| {
        value(&format!(
            "goodstanding_events_total{{kind=\"{kind}\",outcome=\"{outcome}\"}}"
        ))
    };
    assert_eq!(events("applied", "review"), Some(1.0), "{text}");
    assert_eq!(events("unchanged", "review"), Some(1.0));
    assert_eq!(events("refused", "empty"), Some(1.0));
    let handled = |service: &str, method: &str, code: &str| {
        value(&format!(
            "grpc_server_handled_total{{grpc_type=\"unary\",grpc_service=\"goodstanding.v1.{service}\",\
             grpc_method=\"{method}\",grpc_code=\"{code}\"}}"
        ))
    };
    assert_eq!(handled("IngestService", "IngestBatch", "OK"), Some(1.0));
    assert_eq!(
        handled("IntegrityService", "GetAssessment", "NotFound"),
        Some(1.0)
    );
    let scored: f64 = text
        .lines()
        .filter(|line| line.starts_with("goodstanding_reviews_scored_total{"))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum();
    assert_eq!(scored, 2.0, "one as it arrived, one before publication");
    assert_eq!(value("goodstanding_writable"), Some(1.0));
    assert_eq!(value("goodstanding_log_sequence"), Some(1.0));
    assert_eq!(value("goodstanding_flush_seconds_count"), Some(1.0));
    assert_eq!(value("goodstanding_acknowledge_seconds_count"), Some(1.0));
    assert!(value("goodstanding_store_bytes") > Some(0.0));
    assert!(value("process_resident_memory_bytes") > Some(0.0));

    assert_eq!(http_get(&metrics, "/healthz").await.0, 200);
    assert_eq!(http_get(&metrics, "/readyz").await.0, 200);
    assert_eq!(http_get(&metrics, "/else").await.0, 404);
    let plain = tonic::transport::Channel::from_shared(format!("http://{metrics}"));
    let plain = plain.expect("an address").connect().await.expect("HTTP/2");
    let mut health = HealthClient::new(plain);
    let answer = health.check(HealthCheckRequest::default()).await;
    assert_eq!(answer.expect("an answer").into_inner().status, 1, "serving");
    let other = HealthCheckRequest {
        service: "other".to_owned(),
    };
    let refused = health.check(other).await.expect_err("unknown");
    assert_eq!(refused.code(), Code::NotFound);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelled_call_is_counted_as_cancelled() {
    let service = Observed::start(&["--metrics-listen", "127.0.0.1:0"]).await;
    let metrics = service.metrics.clone().expect("an address");
    let url = service.url.clone();
    let caller = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let mut client = IngestServiceClient::connect(url).await.expect("it answers");
            // A stream that never ends by itself; its connection ends with the runtime.
            let begun = client.ingest(tokio_stream::pending()).await;
            begun.expect("begun");
        });
    });
    caller.await.expect("joined");
    let in_flight = "grpc_server_in_flight{grpc_type=\"bidi_stream\",\
                     grpc_service=\"goodstanding.v1.IngestService\",grpc_method=\"Ingest\"}";
    let cancelled = "grpc_method=\"Ingest\",grpc_code=\"Canceled\"} 1";
    // The reset is on its way: until it has come, as long as anybody would wait for it.
    let mut text = String::new();
    for _ in 0..500 {
        (_, text) = http_get(&metrics, "/metrics").await;
        if text.contains(&format!("{in_flight} 0")) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(text.contains(cancelled), "{text}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_warnings_of_a_library_do_not_flood_the_log() {
    use tokio::io::AsyncWriteExt as _;
    let service = Observed::start(&["--metrics-listen", "127.0.0.1:0"]).await;
    let metrics = service.metrics.clone().expect("an address");
    let address = service.url.trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address)
        .await
        .expect("connected");
    // An answer to a ping that was never sent, of which h2 warns each time.
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    for _ in 0..5000 {
        bytes.extend(b"\0\0\x08\x06\x01\0\0\0\0harmless");
    }
    stream.write_all(&bytes).await.expect("sent");
    let series = "goodstanding_log_lines_dropped_total ";
    for tried in 0.. {
        let (_, text) = http_get(&metrics, "/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(series));
        if line.and_then(|count| count.parse().ok()) >= Some(4980.0) {
            break;
        }
        assert!(tried < 500, "{line:?}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    drop(stream);
    let log = service.stop().await;
    let of_library = |line: &&serde_json::Value| {
        let target = line["target"].as_str().unwrap_or_default();
        target.starts_with("h2")
    };
    assert_eq!(log.iter().filter(of_library).count(), 20);
    let summary = log.iter().find(|line| line["fields"]["left_out"] == 4980);
    let of = summary.map(|line| line["fields"]["of"].clone());
    assert_eq!(of, Some("h2::proto::ping_pong".into()), "{log:?}");
}
