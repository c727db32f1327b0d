//! Stores and backups of earlier releases, made by `tests/fixtures/make.sh`: each is read, and scores
//! as its log says, to the bit. A model that was fitted to another model version is passed over.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::answers;
use super::document::Document;
use crate::support::Service;
use crate::support::command::{Place, run, stderr};

/// Records of a section that are held whole.
const WHOLE_MAX: usize = 5;

/// What release 0.1 stored, in format 1.
pub fn fixtures() -> PathBuf {
    super::tests().join("fixtures/v0.1")
}

/// What release 0.3 stored of the same events, in format 2.
fn fixtures_0_3() -> PathBuf {
    super::tests().join("fixtures/v0.3")
}

/// Copies a directory; packed files are unpacked.
pub fn unpack(from: &Path, into: &Path) {
    std::fs::create_dir_all(into).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a fixture") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        if path.is_dir() {
            unpack(&path, &into.join(name));
        } else if path.extension() == Some(OsStr::new("gz")) {
            let file = std::fs::File::open(&path).expect("a file");
            let mut unpacked = flate2::read::GzDecoder::new(file);
            let target = into.join(path.file_stem().expect("a name"));
            let mut target = std::fs::File::create(target).expect("a file");
            std::io::copy(&mut unpacked, &mut target).expect("written");
        } else {
            std::fs::copy(&path, into.join(name)).expect("copied");
        }
    }
}

async fn check(data: &Path, name: &str) {
    let service = Service::start(data).await;
    let answers = answers::all(&service, &[]).await;
    Document::numbers(&answers, WHOLE_MAX).hold_against(&fixtures().join(name));
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_log_with_checkpoint_and_fitted_model_of_0_1_scores_as_it_did() {
    let place = Place::new();
    unpack(&fixtures().join("stopped"), &place.path("data"));
    check(&place.path("data"), "stopped.json").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_log_of_a_killed_0_1_scores_as_it_did() {
    let place = Place::new();
    unpack(&fixtures().join("killed"), &place.path("data"));
    check(&place.path("data"), "killed.json").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_of_0_3_score_as_those_of_0_1() {
    for (store, answers) in [("stopped", "stopped.json"), ("killed", "killed.json")] {
        let place = Place::new();
        unpack(&fixtures_0_3().join(store), &place.path("data"));
        check(&place.path("data"), answers).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_stored_by_0_1_is_restored_and_scores_as_it_did() {
    let place = Place::new();
    let backup = fixtures().join("goodstanding.backup");
    let backup = backup.to_str().expect("UTF-8");
    let restored = run(&["restore", backup, "--data", &place.text("data")]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    check(&place.path("data"), "killed.json").await;
}
