//! Backups are taken while events stream in, and what is restored scores the same to the bit.

use std::collections::BTreeSet;

use crate::support::command::{Place, run, stderr, stdout};
use crate::support::scores::{bits, everything};
use crate::support::{Service, market};
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use goodstanding::proto::v1::{CreateBackupRequest, CreateBackupResponse};
use tonic::{Code, Status};

async fn back_up(service: &Service) -> Result<CreateBackupResponse, Status> {
    let mut client = AdminServiceClient::new(service.channel.clone());
    let backup = client.create_backup(CreateBackupRequest {}).await?;
    Ok(backup.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn backup_during_ingest_restores_scores_bit_for_bit() {
    let place = Place::new();
    let (data, backups) = (place.text("data"), place.text("backups"));
    let flags = ["--backup-dir", backups.as_str()];
    let service = Service::start_with(data.as_ref(), &flags).await;
    let events = market(9, 3000);
    let (first, rest) = events.split_at(events.len() / 3);
    for batch in first.chunks(500) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let acknowledged = service.status().await.event_count;
    // The rest streams in while backups are written.
    let ingest = async {
        for batch in rest.chunks(100) {
            service.send(batch.to_vec()).await.expect("taken");
        }
    };
    let backing = async {
        let mut taken = Vec::new();
        for _ in 0..4 {
            taken.push(back_up(&service).await.expect("written"));
        }
        taken
    };
    let ((), taken) = tokio::join!(ingest, backing);
    let during: BTreeSet<u64> = taken.iter().map(|backup| backup.event_count).collect();
    assert!(during.iter().all(|count| *count >= acknowledged));
    let last = taken.last().expect("four").clone();
    assert!(last.event_count < events.len() as u64, "ingest had ended");

    let file = place.path("backups").join(&last.file_name);
    let bytes = std::fs::read(&file).expect("there");
    assert_eq!(bytes.len() as u64, last.size_bytes);
    let sum = ring::digest::digest(&ring::digest::SHA256, &bytes);
    let sum = sum
        .as_ref()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    assert_eq!(sum, last.sha256);

    // Restored by hand, and brought to where the service is.
    let file = file.to_str().expect("UTF-8");
    let restored = run(&["restore", file, "--data", &place.text("restored")]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    assert!(stdout(&restored).contains(&last.sha256));
    let again = Service::start(&place.path("restored")).await;
    let status = again.status().await;
    assert_eq!(status.event_count, last.event_count);
    assert_eq!(status.log_sequence, last.log_sequence);
    for batch in events.chunks(1000) {
        again.send(batch.to_vec()).await.expect("taken");
    }
    let (expected, found) = (everything(&service).await, everything(&again).await);
    // How many records the events lie in is no part of a score.
    assert_eq!(bits(&found), bits(&expected));
    assert_eq!(found, expected);

    // A whole one, without what came later.
    let whole = back_up(&service).await.expect("written");
    let file = place.path("backups").join(&whole.file_name);
    let file = file.to_str().expect("UTF-8");
    let restored = run(&["restore", file, "--data", &place.text("whole")]);
    assert!(restored.status.success(), "{}", stderr(&restored));
    let whole = Service::start(&place.path("whole")).await;
    assert_eq!(bits(&everything(&whole).await), bits(&expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn restore_refuses_damaged_files_and_directories_with_data() {
    let place = Place::new();
    let data = place.path("data");
    let service = Service::start(&data).await;
    service
        .send(market(9, 3000)[..500].to_vec())
        .await
        .expect("taken");
    let refused = back_up(&service).await.expect_err("no directory");
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    assert!(service.terminate().await);

    // The store in a directory, backed up by the command itself.
    let (data, into) = (place.text("data"), place.text("into"));
    let done = run(&["backup", "--data", &data, "--into", &into, "--json"]);
    assert!(done.status.success(), "{}", stderr(&done));
    let said: serde_json::Value = serde_json::from_str(&stdout(&done)).expect("JSON");
    let name = said["fileName"].as_str().expect("a name");
    let file = place.path("into").join(name);
    let path = file.to_str().expect("UTF-8").to_owned();
    let checked = run(&["restore", &path, "--check"]);
    assert!(checked.status.success(), "{}", stderr(&checked));

    let full = run(&["restore", &path, "--data", &data]);
    assert_eq!(full.status.code(), Some(1));
    assert!(stderr(&full).contains("not empty"), "{}", stderr(&full));
    let mut bytes = std::fs::read(&file).expect("there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).expect("written");
    let damaged = run(&["restore", &path, "--data", &place.text("other")]);
    assert_eq!(damaged.status.code(), Some(1));
    assert!(!place.path("other").exists());
}
