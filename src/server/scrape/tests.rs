use std::sync::Arc;
use std::time::Duration;

use tonic::Code;

use super::*;
use crate::engine::{Engine, Options};
use crate::instruments::{Metrics, Pass};
use crate::store::MemoryStore;
use crate::telemetry::Instruments;

fn text(metrics: &Metrics) -> String {
    Exposition::new(metrics).text().expect("text")
}

#[test]
fn every_metric_has_a_help_line() {
    let metrics = Metrics::default();
    let (engine, threads) =
        Engine::open(Arc::new(MemoryStore::default()), Options::default()).expect("it opens");
    let exposition = Exposition::new(&metrics);
    assert!(!exposition.ready(), "there is no engine yet");
    exposition.open(engine.clone());
    assert!(exposition.ready());
    let text = exposition.text().expect("text");
    engine.close();
    threads.join();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let mut named = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            named.push(rest.split(' ').next().expect("a name").to_owned());
        }
    }
    assert!(named.len() > 30, "{named:?}");
    let mut unique = named.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(
        unique.len(),
        named.len(),
        "a name is taken twice: {named:?}"
    );
    for name in named {
        let help = format!("# HELP {name} ");
        let line = text.lines().find_map(|line| line.strip_prefix(&help));
        assert!(
            line.is_some_and(|help| help.len() > 5),
            "no help for {name}"
        );
    }
}

#[test]
fn unknown_methods_share_one_label() {
    let metrics = Metrics::default();
    for path in [
        "/a.B/C",
        "/d.E/F",
        "",
        "/goodstanding.v1.IngestService/Nothing",
    ] {
        let method = metrics.rpc.method(path);
        method.begin();
        method.end(Code::Unimplemented, Duration::ZERO);
    }
    let text = text(&metrics);
    let expected = "grpc_server_handled_total{grpc_type=\"unary\",grpc_service=\"unknown\",\
                    grpc_method=\"unknown\",grpc_code=\"Unimplemented\"} 4";
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("a.B"));
}

#[test]
fn methods_have_the_streams_of_their_descriptors() {
    let metrics = Metrics::default();
    let ingest = metrics.rpc.method("/goodstanding.v1.IngestService/Ingest");
    assert_eq!((ingest.method, ingest.client_streams), ("Ingest", true));
    let batch = metrics
        .rpc
        .method("/goodstanding.v1.IngestService/IngestBatch");
    assert_eq!((batch.method, batch.client_streams), ("IngestBatch", false));
    batch.begin();
    let under_way = "grpc_server_in_flight{grpc_type=\"unary\",\
                     grpc_service=\"goodstanding.v1.IngestService\",grpc_method=\"IngestBatch\"}";
    assert!(text(&metrics).contains(&format!("{under_way} 1")));
    batch.end(Code::InvalidArgument, Duration::from_millis(3));
    let text = text(&metrics);
    assert!(text.contains(&format!("{under_way} 0")));
    assert!(text.contains("grpc_code=\"InvalidArgument\"} 1"));
}

#[test]
fn passes_have_durations_and_sellers_have_stages() {
    let metrics = Metrics::default();
    assert!(text(&metrics).contains("goodstanding_passes_total{pass=\"brand_update\"} 0"));
    let options = Options {
        instruments: Instruments {
            metrics: metrics.clone(),
            sampler: None,
        },
        ..Options::default()
    };
    let store = Arc::new(MemoryStore::default());
    let (engine, threads) = Engine::open(store, options).expect("it opens");
    let exposition = Exposition::new(&metrics);
    exposition.open(engine.clone());
    let stages = "goodstanding_brand_sellers{stage=\"emerging\"}";
    let mut waited = 0;
    while engine.progress.newest().is_none() {
        assert!(waited < 1000, "there is no reading");
        waited += 1;
        std::thread::sleep(Duration::from_millis(10));
    }
    let text = exposition.text().expect("text");
    for line in [
        format!("{stages} 0.0"),
        "goodstanding_brand_sellers_waiting 0.0".to_owned(),
        "goodstanding_evidence_events_behind 0.0".to_owned(),
        "goodstanding_campaigns{attribution=\"attack\"} 0.0".to_owned(),
    ] {
        assert!(text.contains(&line), "{line} is not in {text}");
    }
    engine.close();
    threads.join();
    metrics
        .passes
        .ended(Pass::Evidence, Duration::from_millis(1500));
    metrics
        .passes
        .ended(Pass::Evidence, Duration::from_millis(500));
    metrics.passes.computed(7);
    let text = self::text(&metrics);
    for line in [
        "goodstanding_passes_total{pass=\"evidence\"} 2",
        "goodstanding_pass_seconds_total{pass=\"evidence\"} 2.0",
        "goodstanding_pass_last_seconds{pass=\"evidence\"} 0.5",
        "goodstanding_brand_sellers_computed_total 7",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
}
