//! Damaged, incomplete and full stores: everything that was acknowledged is there, or the start is
//! refused and changes nothing.

mod lies;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use goodstanding::proto::v1::IngestSummary;

use crate::golden::stored::{fixtures, unpack};
use crate::support::command::{Place, program, run, stderr, stdout};
use crate::support::{Service, market};

const BATCH: usize = 100;

/// A killed store of some records, and how many events it acknowledged.
async fn killed(data: &Path, batches: usize) -> u64 {
    let service = Service::start(data).await;
    let mut acknowledged = 0;
    for batch in market(11, 2000).chunks(BATCH).take(batches) {
        let summary = service.send(batch.to_vec()).await.expect("taken");
        acknowledged = summary.event_count;
    }
    service.kill();
    acknowledged
}

/// A service that has taken the first batch of the market.
async fn serving_a_batch(data: &Path) -> (Service, IngestSummary) {
    let service = Service::start(data).await;
    let batch = market(11, 2000)[..BATCH].to_vec();
    let summary = service.send(batch).await.expect("taken");
    (service, summary)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copied");
        }
    }
}

/// All files below a directory with their bytes.
fn image(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(image(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).expect("read"));
        }
    }
    files
}

/// Opens a store as a command does: the number of its events, or the refusal.
fn opened(data: &Path) -> Result<u64, String> {
    let out = run(&["status", "--json", "--data", &data.display().to_string()]);
    if out.status.success() {
        let status: serde_json::Value = serde_json::from_str(&stdout(&out)).expect("JSON");
        let count = status["eventCount"].as_str().expect("a count");
        Ok(count.parse().expect("a number"))
    } else {
        Err(stderr(&out))
    }
}

/// A sequence of places that looks random and is the same each time.
fn places(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_damaged_place_of_a_killed_store_loses_nothing_in_silence() {
    let place = Place::new();
    let whole = place.path("whole");
    let acknowledged = killed(&whole, 12).await;
    let mut at = places(17);
    let mut refused = 0;
    for trial in 0..24 {
        let data = place.path(&format!("trial-{trial}"));
        copy(&whole, &data);
        let files: Vec<PathBuf> = image(&data.join("log")).into_keys().collect();
        let target = &files[at(files.len())];
        let mut bytes = fs::read(target).expect("read");
        let from = at(bytes.len());
        match trial % 4 {
            0 => bytes[from] ^= 1 << (trial % 8),
            1 => bytes.truncate(from),
            2 => {
                let end = (from + 512).min(bytes.len());
                bytes[from..end].fill(0);
            }
            _ => bytes[from] = bytes[from].wrapping_add(1),
        }
        fs::write(target, bytes).expect("written");
        let before = image(&data.join("log"));
        match opened(&data) {
            Ok(count) => assert_eq!(count, acknowledged, "{}, offset {from}", target.display()),
            Err(message) => {
                refused += 1;
                assert!(message.contains("log/"), "names the file: {message}");
                assert!(
                    image(&data.join("log")) == before,
                    "the refused start changed the log"
                );
            }
        }
        fs::remove_dir_all(&data).expect("removed");
    }
    assert!(
        refused >= 8,
        "{refused} of 24 were damaged where it matters"
    );
}

#[test]
fn damaged_store_of_format_1_is_converted_whole_or_refused_and_stays_as_it_was() {
    let place = Place::new();
    let old = place.path("old");
    unpack(&fixtures().join("killed"), &old);
    let converted = place.path("converted");
    copy(&old, &converted);
    let events = opened(&converted).expect("converted");
    assert!(events > 300, "{events}");
    assert!(
        image(&converted.join("engine"))
            .into_values()
            .eq(image(&old.join("engine")).into_values())
    );
    assert_eq!(opened(&converted), Ok(events), "converted once");
    let used = fs::read(old.join("engine/db")).expect("read");
    let used = used.iter().rposition(|byte| *byte != 0).expect("data");
    let mut at = places(5);
    let mut refused = 0;
    for trial in 0..12 {
        let data = place.path("trial");
        copy(&old, &data);
        let db = data.join("engine/db");
        let mut bytes = fs::read(&db).expect("read");
        bytes[at(used)] ^= 1 << (trial % 8);
        fs::write(&db, &bytes).expect("written");
        match opened(&data) {
            Ok(found) => assert_eq!(found, events, "trial {trial}"),
            Err(message) => {
                refused += 1;
                assert!(!message.contains("panicked at"), "trial {trial}: {message}");
            }
        }
        assert!(
            fs::read(&db).expect("read") == bytes,
            "the old files changed"
        );
        fs::remove_dir_all(&data).expect("removed");
    }
    assert!(refused > 0, "no flip was met");
}

#[tokio::test(flavor = "multi_thread")]
async fn store_without_its_log_is_refused() {
    let place = Place::new();
    let data = place.path("data");
    killed(&data, 3).await;
    for gone in ["log", "FORMAT"] {
        let trial = place.path(&format!("without-{gone}"));
        copy(&data, &trial);
        let path = trial.join(gone);
        if path.is_dir() {
            fs::remove_dir_all(&path).expect("removed");
        } else {
            fs::remove_file(&path).expect("removed");
        }
        let message = opened(&trial).expect_err("refused");
        assert!(message.contains("is missing"), "{message}");
        let data = trial.display().to_string();
        let served = run(&["serve", "--listen", "127.0.0.1:0", "--data", &data]);
        assert_eq!(served.status.code(), Some(1));
        let advice = stderr(&served);
        assert!(advice.contains("restore a backup"), "{advice}");
    }
    let marks_only = place.path("marks-only");
    copy(&data, &marks_only);
    fs::remove_file(marks_only.join("FORMAT")).expect("removed");
    for file in image(&marks_only.join("log")).into_keys() {
        if file.extension().is_some() {
            fs::remove_file(file).expect("removed");
        }
    }
    let message = opened(&marks_only).expect_err("refused");
    assert!(message.contains("is missing"), "{message}");
    for file in image(&data.join("log"))
        .into_keys()
        .filter(|file| file.extension().is_some())
    {
        let trial = place.path("without-segment");
        copy(&data, &trial);
        fs::remove_file(trial.join("log").join(file.file_name().expect("a name")))
            .expect("removed");
        let message = opened(&trial).expect_err("refused");
        assert!(message.contains("was acknowledged"), "{message}");
        fs::remove_dir_all(&trial).expect("removed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_history_checkpoints_and_notes_cost_no_event() {
    let place = Place::new();
    let data = place.path("data");
    let service = Service::start(&data).await;
    let events = market(11, 2000);
    let mut acknowledged = 0;
    for batch in events.chunks(BATCH) {
        acknowledged = service
            .send(batch.to_vec())
            .await
            .expect("taken")
            .event_count;
    }
    assert!(service.terminate().await);
    let mut at = places(3);
    for path in image(&data).into_keys() {
        let name = path
            .strip_prefix(&data)
            .expect("below")
            .display()
            .to_string();
        let derived = name.starts_with("rows/db") || name.starts_with("checkpoint-");
        if !derived && path.extension().is_none_or(|ending| ending != "note") {
            continue;
        }
        let trial = place.path("trial");
        copy(&data, &trial);
        let mut bytes = fs::read(&path).expect("read");
        let from = at(bytes.len().min(20_000));
        bytes[from] ^= 0x10;
        fs::write(trial.join(&name), bytes).expect("written");
        assert_eq!(opened(&trial), Ok(acknowledged), "{name}, offset {from}");
        fs::remove_dir_all(&trial).expect("removed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_names_the_damage_and_salvage_saves_the_rest() {
    let place = Place::new();
    let data = place.path("data");
    let acknowledged = killed(&data, 12).await;
    let verify = || run(&["log", "verify", "--data", &place.text("data")]);
    let whole = verify();
    assert!(whole.status.success(), "{}", stderr(&whole));
    assert!(
        stdout(&whole).contains(&format!("events        {acknowledged} in")),
        "{}",
        stdout(&whole)
    );
    let segment = image(&data.join("log"))
        .into_keys()
        .find(|path| path.extension().is_some());
    let segment = segment.expect("a segment");
    let mut bytes = fs::read(&segment).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&segment, bytes).expect("written");
    let damaged = verify();
    assert_eq!(damaged.status.code(), Some(1));
    assert!(
        stderr(&damaged).contains("at offset"),
        "{}",
        stderr(&damaged)
    );
    let salvaged = run(&[
        "log",
        "salvage",
        "--data",
        &place.text("data"),
        "--into",
        &place.text("saved"),
    ]);
    assert_eq!(salvaged.status.code(), Some(1), "not everything was saved");
    let text = stdout(&salvaged);
    let lost = text
        .lines()
        .find(|line| line.starts_with("lost"))
        .expect("says what is lost");
    let numbers: Vec<u64> = lost
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    let gone = numbers[3] - numbers[2] + 1;
    assert_eq!(
        opened(&place.path("saved")),
        Ok(acknowledged - gone),
        "{text}"
    );
    assert!(opened(&data).is_err(), "the damaged store is as it was");
    let again = run(&[
        "log",
        "salvage",
        "--data",
        &place.text("data"),
        "--into",
        &place.text("saved"),
    ]);
    assert!(
        stderr(&again).contains("is not empty"),
        "{}",
        stderr(&again)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn others_on_the_machine_cannot_read_a_store_whatever_the_mask() {
    let place = Place::new();
    let data = place.text("data");
    let script = format!("umask 000; exec \"$0\" status --data {data}");
    let binary = crate::support::command::binary();
    // `status` refuses a directory without a store.
    let (service, _) = serving_a_batch(&place.path("data")).await;
    assert!(service.terminate().await);
    fs::set_permissions(&data, fs::Permissions::from_mode(0o777)).expect("opened to all");
    let out = Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(binary)
        .output()
        .expect("sh runs");
    assert!(out.status.success(), "{}", stderr(&out));
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(Path::new(&data)), 0o700);
    for file in image(Path::new(&data)).into_keys() {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        assert_eq!(
            mode(file.parent().expect("a directory")),
            0o700,
            "{}",
            file.display()
        );
    }
}

/// Sets a soft limit of a running process.
fn limit(service: &Service, what: &str) {
    let set = Command::new("prlimit")
        .args(["--pid", &service.process_id().to_string(), what])
        .status();
    assert!(set.expect("prlimit runs").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn write_that_cannot_grow_pauses_and_goes_on_by_itself() {
    let place = Place::new();
    let data = place.path("data");
    let (service, before) = serving_a_batch(&data).await;
    let events = market(11, 2000);
    let mut batches = events.chunks(BATCH).skip(1);
    let segment = image(&data.join("log"))
        .into_iter()
        .find(|(path, _)| path.extension().is_some());
    let bytes = segment.expect("a segment").1.len();
    limit(&service, &format!("--fsize={bytes}:"));
    let second = batches.next().expect("a batch");
    let refused = service.send(second.to_vec()).await.expect_err("no room");
    assert_eq!(refused.code(), tonic::Code::Unavailable, "{refused}");
    let status = service.status().await;
    assert_eq!(status.event_count, before.event_count, "reads go on");
    assert!(
        !status.writable && status.refusal.contains("writing the log"),
        "{}",
        status.refusal
    );
    limit(&service, "--fsize=unlimited:");
    let taken = loop {
        match service.send(second.to_vec()).await {
            Ok(summary) => break summary,
            Err(status) => assert_eq!(status.code(), tonic::Code::Unavailable, "{status}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    let expected = before.event_count + second.len() as u64;
    assert_eq!(taken.event_count, expected);
    assert!(service.status().await.writable);
    service.kill();
    assert_eq!(opened(&data), Ok(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_go_on_without_free_descriptors() {
    let place = Place::new();
    let data = place.path("data");
    let (service, _) = serving_a_batch(&data).await;
    let events = market(11, 2000);
    let batches = events.chunks(BATCH).skip(1);
    let open = fs::read_dir(format!("/proc/{}/fd", service.process_id()))
        .expect("listed")
        .count();
    limit(&service, &format!("--nofile={open}:"));
    for batch in batches {
        service.send(batch.to_vec()).await.expect("taken");
    }
    limit(&service, "--nofile=1024:");
    assert!(service.status().await.writable);
}

#[test]
fn commands_on_a_damaged_store_do_not_panic() {
    let place = Place::new();
    fs::create_dir_all(place.path("data/log")).expect("made");
    fs::write(place.path("data/FORMAT"), "goodstanding-store 2\n").expect("written");
    for arguments in [
        vec!["log", "verify"],
        vec!["status"],
        vec!["log", "salvage", "--into", "/dev/null/no"],
    ] {
        let mut command = program(&arguments);
        let out = command
            .args(["--data", &place.text("data")])
            .output()
            .expect("it runs");
        assert_eq!(out.status.code(), Some(1), "{}", stderr(&out));
        assert!(!stderr(&out).contains("panicked"), "{}", stderr(&out));
    }
}
