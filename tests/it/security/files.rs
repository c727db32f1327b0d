//! Connections leave enough open files to the store.

use std::process::{Command, Stdio};
use std::time::Duration;

use goodstanding::proto::v1::IngestBatchRequest;
use prost::Message as _;
use tonic::Code;

use super::attack::{assert_served, begin, channel_after};
use super::raw::{call, code};
use super::server::{Running, serve, with_files};
use crate::support::command::{Place, stderr};
use crate::support::market;

const INGEST: &str = "/goodstanding.v1.IngestService/IngestBatch";

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_do_not_take_the_files_of_the_store() {
    let place = Place::new();
    let config = "[connections]\nconnections_per_address_max = 10000\n";
    let running = Running::start_with_files(&place, config, 640);
    let lowered = running.wait_for("connections_max is lowered");
    assert!(lowered.contains("\"allowed\":128"), "{lowered}");
    let channel = running.plain().await;
    let mut silent = Vec::new();
    for _ in 0..800 {
        silent.push(begin("127.0.0.1", &running.address, b"").await);
    }
    running.wait_for("no room for more connections");
    let events: Vec<_> = market(3, 2000);
    for batch in events.chunks(200) {
        let events = batch.to_vec();
        let message = IngestBatchRequest { events }.encode_to_vec();
        let answer = call(&channel, INGEST, None, &message).await;
        assert_eq!(code(&answer), Code::Ok, "{answer:?}");
    }
    assert_served(&channel, None).await;
    assert!(running.logged("Too many open files").is_empty());
    // The silent ones are closed in time, and others get their places.
    let patience = Duration::from_millis(100);
    for tried in 0.. {
        let mut again = begin("127.0.0.1", &running.address, super::attack::HTTP2).await;
        if !super::attack::is_closed_within(&mut again, patience).await {
            break;
        }
        assert!(tried < 300, "no place is ever free");
        tokio::time::sleep(patience).await;
    }
}

#[test]
fn start_without_enough_files_is_refused() {
    let place = Place::new();
    let mut command = serve(with_files(500), &place, "");
    let out = command.stdin(Stdio::null()).output().expect("it ends");
    assert_eq!(out.status.code(), Some(1));
    let said = stderr(&out);
    assert!(
        said.contains("the limit of open files is 500, and 528 are needed"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn soft_limit_of_files_is_raised() {
    let place = Place::new();
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -S -n 256; exec \"$0\" \"$@\""])
        .arg(crate::support::command::binary());
    let config = "[connections]\nconnections_max = 400\n";
    let running = Running::launch(command, &place, config);
    let raised = running.wait_for("the limit of open files is raised");
    assert!(raised.contains("\"to\":912"), "{raised}");
}

/// Sets the soft limit of open files of a process; false where the tool for it is missing.
fn limit_files(id: u32, files: usize) -> bool {
    let limit = format!("--nofile={files}:");
    let set = Command::new("prlimit")
        .args(["--pid", &id.to_string(), &limit])
        .status();
    set.is_ok_and(|status| status.success())
}

/// Processor time of a process in hundredths of a second.
fn ticks(id: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).expect("it runs");
    let (_, rest) = stat.rsplit_once(')').expect("a name");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    [11, 12]
        .map(|at| fields[at].parse::<u64>().expect("a number"))
        .iter()
        .sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn lack_of_files_neither_spins_nor_stops_those_connected() {
    let place = Place::new();
    let running = Running::start(&place, "");
    let channel = running.plain().await;
    assert_served(&channel, None).await;
    let id = running.id();
    let held = std::fs::read_dir(format!("/proc/{id}/fd"))
        .expect("it runs")
        .count();
    if !limit_files(id, held) {
        println!("skipped: prlimit is not here");
        return;
    }
    let waiting = begin("127.0.0.1", &running.address, super::attack::HTTP2).await;
    running.wait_for("a connection was not accepted");
    assert_served(&channel, None).await;
    let before = ticks(id);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let spent = ticks(id) - before;
    assert!(
        spent < 60,
        "{spent} hundredths of a second while nothing was to do"
    );
    assert!(running.logged("a connection was not accepted").len() <= 20);
    assert!(limit_files(id, held + 100));
    let again = channel_after("127.0.0.1", &running.address, Vec::new()).await;
    let again = again.unwrap_or_else(|error| panic!("{error:?}: {:#?}", running.logged("")));
    assert_served(&again, None).await;
    drop(waiting);
}
