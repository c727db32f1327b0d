//! Files that are whole and wrong: checkpoints of other stores, and marks of an earlier moment.

use std::fs;
use std::path::{Path, PathBuf};

use super::{BATCH, image, opened};
use crate::support::command::{Place, run, stderr};
use crate::support::{Service, market};

/// A store that was ended in order after some batches of a market; returns its events.
async fn ended(data: &Path, seed: u64, batches: usize) -> u64 {
    let service = Service::start(data).await;
    let mut acknowledged = 0;
    for batch in market(seed, 2000).chunks(BATCH).take(batches) {
        let summary = service.send(batch.to_vec()).await.expect("taken");
        acknowledged = summary.event_count;
    }
    assert!(service.terminate().await);
    acknowledged
}

/// The newest checkpoint of a store, and the record that it covers.
fn checkpoint(data: &Path) -> (PathBuf, u64) {
    let checkpoints = image(data).into_keys().filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        let number = name.strip_prefix("checkpoint-")?.strip_suffix(".lz4")?;
        let number = number.parse().ok()?;
        Some((path, number))
    });
    let newest = checkpoints.max_by_key(|(_, covered)| *covered);
    newest.expect("a checkpoint")
}

/// Changes the record that a checkpoint covers, and makes its checksum hold.
fn renumber(file: &mut [u8], covered: u64) {
    file[8..16].copy_from_slice(&covered.to_le_bytes());
    let header = if file[4] == 1 { 16 } else { 48 };
    let (content, sum) = file.split_last_chunk_mut::<4>().expect("a checksum");
    let (body, len) = content[header..].split_last_chunk::<8>().expect("a length");
    let mut crc = crc32fast::Hasher::new();
    for part in [body, &content[..header], len] {
        crc.update(part);
    }
    *sum = crc.finalize().to_le_bytes();
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoint_of_another_store_is_passed_over() {
    let place = Place::new();
    let (own, other) = (place.path("own"), place.path("other"));
    let acknowledged = ended(&own, 11, 6).await;
    let foreign = ended(&other, 12, 2).await;
    assert_ne!(acknowledged, foreign);
    let (target, covered) = checkpoint(&own);
    let mut bytes = fs::read(checkpoint(&other).0).expect("read");
    renumber(&mut bytes, covered);
    fs::write(&target, &bytes).expect("written");
    assert_eq!(opened(&own), Ok(acknowledged));
    // The end of that start has written the right one.
    assert_eq!(checkpoint(&own).1, covered);
    assert!(fs::read(&target).expect("read") != bytes);
    assert_eq!(opened(&own), Ok(acknowledged));
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_behind_marks_of_an_earlier_moment_is_refused_and_changes_nothing() {
    let place = Place::new();
    let data = place.path("data");
    let service = Service::start(&data).await;
    let events = market(11, 2000);
    let mut marks = Vec::new();
    let mut ends = Vec::new();
    for (number, batch) in events.chunks(BATCH).take(8).enumerate() {
        service.send(batch.to_vec()).await.expect("taken");
        let log = image(&data.join("log"));
        if number == 2 {
            marks.extend(
                log.clone()
                    .into_iter()
                    .filter(|(path, _)| path.extension().is_none()),
            );
        }
        let segment = log.into_iter().find(|(path, _)| path.extension().is_some());
        ends.push(segment.expect("a segment"));
    }
    service.kill();
    assert_eq!(marks.len(), 2);
    for (path, bytes) in marks {
        fs::write(path, bytes).expect("put back");
    }
    let (segment, whole) = ends.last().expect("a segment");
    let mut damaged = whole.clone();
    // In the record of the fifth batch.
    damaged[ends[4].1.len() - 9] ^= 1;
    fs::write(segment, &damaged).expect("written");
    let before = image(&data.join("log"));
    let message = opened(&data).expect_err("refused");
    for part in ["log/", "at offset", "was acknowledged"] {
        assert!(message.contains(part), "{message} lacks {part}");
    }
    assert!(image(&data.join("log")) == before, "the log changed");
    let verify = run(&["log", "verify", "--data", &place.text("data")]);
    assert_eq!(verify.status.code(), Some(1));
    assert!(stderr(&verify).contains("was acknowledged"));
    // Without the damage the records behind the marks are there, and stay.
    fs::write(segment, whole).expect("written");
    let all: usize = events.chunks(BATCH).take(8).map(<[_]>::len).sum();
    assert_eq!(opened(&data), Ok(all as u64));
}
