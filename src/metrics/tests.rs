use std::sync::Arc;
use std::time::Duration;

use tonic::Code;

use super::*;
use crate::engine::Engine;
use crate::store::MemoryStore;

fn text(metrics: &Metrics) -> String {
    Exposition::new(metrics).text().expect("text")
}

#[test]
fn every_metric_has_a_help_line_and_ends_well() {
    let metrics = Metrics::default();
    let (engine, writer) = Engine::open(Arc::new(MemoryStore::default())).expect("it opens");
    let exposition = Exposition::new(&metrics);
    assert!(!exposition.ready(), "there is no engine yet");
    exposition.open(engine.clone());
    assert!(exposition.ready());
    let text = exposition.text().expect("text");
    engine.close();
    writer.join();
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
fn calls_of_what_is_not_served_share_one_name() {
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
fn methods_of_the_descriptors_know_who_streams() {
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
