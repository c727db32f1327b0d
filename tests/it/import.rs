//! The import as a user runs it: into a directory or a service, killed and run again, and over files
//! that are not what they should be.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::command::{Place, program, run, stderr, stdout};
use crate::support::scores::{bits, everything};
use crate::support::{Service, at, good_review, review};
use goodstanding::formats::write_event;
use goodstanding::lab::simulate::{Config, Market};

/// A market as event lines.
fn market(reviews: u64) -> Vec<Vec<u8>> {
    Market::new(Config::sized(5, reviews))
        .map(|event| {
            let mut line = Vec::new();
            write_event(&mut line, &event).expect("written");
            line
        })
        .collect()
}

/// An import that reads a pipe, into which half of the lines were written, and which has at least
/// one batch acknowledged.
fn half_way(lines: &[Vec<u8>], pipe: &str, target: [&str; 2], rejects: &str) -> (Child, File) {
    let mut import = program(&["--log-format", "json", "import", "--format", "events"])
        .args(target)
        .args(["--rejects", rejects, pipe])
        .env("GOODSTANDING_LOG", "goodstanding::cli=debug")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let mut feed = File::options().write(true).open(pipe).expect("a pipe");
    for line in &lines[..lines.len() / 2] {
        feed.write_all(line).expect("read on");
    }
    let said = BufReader::new(import.stderr.as_mut().expect("piped"));
    let durable = said
        .lines()
        .map_while(Result::ok)
        .any(|line| line.contains("durable"));
    assert!(durable, "a batch is acknowledged");
    (import, feed)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_import_repeated_scores_equal_bit_for_bit() {
    let place = Place::new();
    let lines = market(4000);
    let events = place.file("events.jsonl", lines.concat());
    let pipe = place.pipe("pipe");
    let (calm, killed) = (place.text("calm"), place.text("killed"));
    let rejects = place.text("rejects");
    let import = |data: &str| {
        let out = run(&[
            "import",
            "--format",
            "events",
            "--data",
            data,
            "--rejects",
            &rejects,
            &events,
        ]);
        assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
        stdout(&out)
    };
    assert!(import(&calm).contains(&format!("accepted    {}\n", lines.len())));

    let (mut half, _feed) = half_way(&lines, &pipe, ["--data", &killed], &rejects);
    half.kill().expect("running");
    half.wait().expect("ended");
    let said = import(&killed);
    assert!(
        !said.contains("known       0 "),
        "something was kept: {said}"
    );
    assert!(
        !said.contains("accepted    0\n"),
        "something was missing: {said}"
    );
    assert!(!Path::new(&rejects).exists(), "an empty file is not left");

    let calm = Service::start(Path::new(&calm)).await;
    let killed = Service::start(Path::new(&killed)).await;
    assert_eq!(killed.status().await.event_count, lines.len() as u64);
    let (expected, found) = (everything(&calm).await, everything(&killed).await);
    assert!(expected.len() > 5000, "{}", expected.len());
    assert_eq!(expected, found);
    assert_eq!(bits(&expected), bits(&found));
}

#[tokio::test(flavor = "multi_thread")]
async fn import_names_lost_service_and_how_to_continue() {
    let place = Place::new();
    let lines = market(4000);
    let pipe = place.pipe("pipe");
    let (data, rejects) = (place.path("data"), place.text("rejects"));
    let service = Service::start(&data).await;
    let url = service.url.clone();
    let mut import = program(&["--log-format", "json", "import", "--format", "events"])
        .args(["--server", &url, "--rejects", &rejects, &pipe])
        .env("GOODSTANDING_LOG", "goodstanding::cli=debug")
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut feed = File::options().write(true).open(&pipe).expect("a pipe");
    let half = lines.len() / 2;
    for line in &lines[..half] {
        feed.write_all(line).expect("read on");
    }
    let mut said = BufReader::new(import.stderr.take().expect("piped")).lines();
    assert!(said.any(|line| line.expect("text").contains("durable")));
    service.kill();
    for line in &lines[half..] {
        // The import may have given up already.
        let _ = feed.write_all(line);
    }
    drop(feed);
    let status = import.wait().expect("ended");
    let last: String = said.map_while(Result::ok).collect();
    assert_eq!(status.code(), Some(1), "{last}");
    let shown = format!("the service at {url} went away");
    assert!(
        last.contains(&shown) && last.contains("run the same command again"),
        "{last}"
    );

    let absent = run(&[
        "import",
        "--format",
        "events",
        "--server",
        &url,
        "--rejects",
        &rejects,
        &place.file("one", &lines[0]),
    ]);
    assert_eq!(absent.status.code(), Some(1));
    assert!(
        stderr(&absent).contains("no service answers at"),
        "{}",
        stderr(&absent)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn interrupted_import_drains_and_reports_it() {
    let place = Place::new();
    let lines = market(4000);
    let (data, rejects) = (place.text("data"), place.text("rejects"));
    let pipe = place.pipe("pipe");
    let (mut import, feed) = half_way(&lines, &pipe, ["--data", &data], &rejects);
    let sent = Command::new("kill")
        .args(["-TERM", &import.id().to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
    assert_eq!(import.wait().expect("ended").code(), Some(1));
    drop(feed);
    let status = run(&["status", "--data", &data, "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_ne!(status["eventCount"], "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn import_refuses_directory_in_use_and_data_with_server() {
    let place = Place::new();
    let (data, rejects) = (place.text("data"), place.text("rejects"));
    let one = place.file("one", &market(100)[0]);
    let service = Service::start(Path::new(&data)).await;
    for command in [
        &["import", "--format", "events", "--rejects", &rejects, &one] as &[&str],
        &["report", "listing"],
        &["status"],
    ] {
        let with_data = [command, &["--data", &data]].concat();
        let out = run(&with_data);
        assert_eq!(out.status.code(), Some(1), "{command:?}");
        let said = stderr(&out);
        assert!(
            said.contains("another process has it open") && said.contains("--server"),
            "{said}"
        );
        let both = [&with_data, &["--server", &service.url] as &[&str]].concat();
        assert_eq!(run(&both).status.code(), Some(2), "{command:?}");
    }
    assert!(!Path::new(&rejects).exists(), "nothing was begun");
    let nowhere = place.text("nowhere");
    let out = run(&["report", "listing", "--data", &nowhere]);
    assert_eq!(out.status.code(), Some(1));
    assert!(
        stderr(&out).contains("no store is there"),
        "{}",
        stderr(&out)
    );
    assert!(!Path::new(&nowhere).exists(), "looking makes nothing");
    std::fs::create_dir(&nowhere).expect("made");
    std::fs::write(place.path("nowhere/notes"), "mine").expect("written");
    let out = run(&["status", "--data", &nowhere]);
    assert!(
        stderr(&out).contains("no store is there"),
        "{}",
        stderr(&out)
    );
    assert_eq!(std::fs::read_dir(&nowhere).expect("there").count(), 1);
}

#[test]
fn import_rejects_name_file_and_line() {
    let place = Place::new();
    let mut lines = Vec::new();
    for number in 1..=5000 {
        let mut held = good_review(&format!("r{number}"));
        if number == 2500 {
            // The year 2200, which would push the clock.
            held.time = at(7_258_118_400);
        }
        write_event(&mut lines, &review(held)).expect("written");
    }
    let events = place.file("events.jsonl", lines);
    let (data, rejects) = (place.text("data"), place.text("rejects"));
    let out = run(&[
        "import",
        "--format",
        "events",
        "--data",
        &data,
        "--rejects",
        &rejects,
        &events,
    ]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    assert!(
        stdout(&out).contains("accepted    4999\n"),
        "{}",
        stdout(&out)
    );
    assert!(
        stderr(&out).contains("events.jsonl:2500: review.time: "),
        "{}",
        stderr(&out)
    );
    let row = std::fs::read_to_string(&rejects).expect("a file");
    let row: serde_json::Value = serde_json::from_str(&row).expect("one row");
    assert_eq!(row["line"], 2500);
    assert_eq!(row["event"]["review"]["reviewId"], "r2500");
}
