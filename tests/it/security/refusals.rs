//! A refusal is small whatever was sent: statuses travel in trailers, of which clients take 8 KiB.

use goodstanding::proto::v1;
use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::raw::call;
use super::server::Running;
use crate::support::command::Place;

/// Bytes of a status' message and details as they travel.
fn travels(status: &Status) -> usize {
    3 * status.message().len() + status.details().len().div_ceil(3) * 4
}

/// Requests with so many faults, or such long ones, that telling all of them would be an attack on
/// the service and on its client; the field that is told first.
fn requests() -> Vec<(&'static str, Vec<u8>, Code, &'static str)> {
    let long = "\u{e9}".repeat(1_000_000);
    let watch = |kinds, seller_ids| v1::WatchAssessmentsRequest {
        kinds,
        seller_ids,
        ..Default::default()
    };
    let list = |bands| v1::ListAssessmentsRequest {
        kind: v1::SubjectKind::Listing.into(),
        bands,
        ..Default::default()
    };
    let activate = v1::ActivateModelVersionRequest {
        model_version: long[..60_000].to_owned(),
    };
    let erase = v1::EraseReviewerRequest {
        reviewers: vec![v1::Subject::default(); 100],
    };
    let import = v1::ImportModelVersionRequest {
        model_json: format!(
            r#"{{"layout":1,"reviews":0,"manipulated":0,"intercept":0.0,"curves":[],
                "lines":[{{"feature":"{}","intercept":0.1,"slope":1.5}}]}}"#,
            &long[..900_000]
        ),
        trained_on: "a test".to_owned(),
    };
    vec![
        (
            "/goodstanding.v1.HistoryService/WatchAssessments",
            watch(vec![77; 60_000], Vec::new()).encode_to_vec(),
            Code::InvalidArgument,
            "kinds has 60000 entries; at most 8 are allowed",
        ),
        (
            "/goodstanding.v1.HistoryService/WatchAssessments",
            watch(Vec::new(), vec![String::new(); 30_000]).encode_to_vec(),
            Code::InvalidArgument,
            "seller_ids has 30000 entries; at most 100 are allowed",
        ),
        (
            "/goodstanding.v1.IntegrityService/ListAssessments",
            list(vec![v1::Band::Low.into(); 60_000]).encode_to_vec(),
            Code::InvalidArgument,
            "bands has 60000 entries; at most 16 are allowed",
        ),
        (
            "/goodstanding.v1.HistoryService/WatchAssessments",
            watch(Vec::new(), vec![String::new(); 1_000_000]).encode_to_vec(),
            Code::OutOfRange,
            "the message is too large: at most 65536 bytes",
        ),
        (
            "/goodstanding.v1.IntegrityService/ListAssessments",
            list(vec![v1::Band::Low.into(), 99]).encode_to_vec(),
            Code::InvalidArgument,
            "bands[1] is no band",
        ),
        (
            "/goodstanding.v1.AdminService/ActivateModelVersion",
            activate.encode_to_vec(),
            Code::NotFound,
            "no model version \u{e9}",
        ),
        (
            "/goodstanding.v1.AdminService/EraseReviewer",
            erase.encode_to_vec(),
            Code::InvalidArgument,
            "reviewers[0].kind",
        ),
        (
            "/goodstanding.v1.AdminService/ImportModelVersion",
            import.encode_to_vec(),
            Code::InvalidArgument,
            "model: ",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_fit_trailers_for_any_request() {
    let place = Place::new();
    let running = Running::start(&place, "");
    let channel = running.plain().await;
    for (path, request, code, said) in requests() {
        let refused = call(&channel, path, None, &request).await;
        let refused = refused.expect_err(said);
        assert_eq!(refused.code(), code, "{path}: {refused}");
        assert!(refused.message().starts_with(said), "{path}: {refused}");
        assert!(travels(&refused) < 8192, "{path}: {}", travels(&refused));
        if code == Code::InvalidArgument && !said.starts_with("model") {
            let told = refused.get_details_bad_request().expect("details");
            assert!(!told.field_violations.is_empty(), "{path}");
        }
    }
}
