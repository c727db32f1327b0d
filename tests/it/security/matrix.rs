//! Every RPC, by each role: a table of its own, so that a change of the rules shows.

use std::collections::BTreeSet;

use goodstanding::proto::v1;
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::Code;
use tonic::Code::{
    FailedPrecondition as Lacking, Ok as Fine, PermissionDenied as Denied,
    Unauthenticated as Unknown,
};
use tonic::transport::Channel;

use super::raw::{call, code};
use super::server::{Running, with_tokens};
use super::stage::Stage;
use super::tokens::Signer;
use crate::support::command::Place;
use crate::support::{good_review, review, subject};

/// What nobody, the seller that it is about, another seller, the platform and an operator get.
type Expected = [Code; 5];
const SCOPED: Expected = [Unknown, Fine, Denied, Fine, Fine];
const WRITE: Expected = [Unknown, Denied, Denied, Fine, Denied];
const RUN: Expected = [Unknown, Denied, Denied, Fine, Fine];
const OPERATE: Expected = [Unknown, Denied, Denied, Denied, Fine];
const OPEN: Expected = [Fine; 5];
/// Operators are let in, and refused for what the stage does not have.
const LACKING: Expected = [Unknown, Denied, Denied, Denied, Lacking];

/// An RPC, a request about what belongs to the stage's own seller, and what each role gets.
type Row = (&'static str, Vec<u8>, Expected);

fn rows(stage: &Stage) -> Vec<Row> {
    let mut rows = of_integrity(stage);
    rows.extend(of_brand(stage));
    rows.extend(of_history(stage));
    rows.extend(of_admin());
    rows.extend(of_models());
    rows.extend(of_ingest());
    rows.extend(of_the_rest());
    rows
}

fn of_integrity(stage: &Stage) -> Vec<Row> {
    let listing = Some(stage.listing.clone());
    let assessment = v1::GetAssessmentRequest {
        subject: Some(stage.seller()),
        as_of: None,
    };
    let campaign = v1::GetCampaignRequest {
        campaign_id: stage.campaign.campaign_id.clone(),
        ..Default::default()
    };
    let dividend = v1::GetDividendRequest {
        subject: listing.clone(),
        ..Default::default()
    };
    let assessments = v1::ListAssessmentsRequest {
        kind: v1::SubjectKind::Listing.into(),
        seller_id: stage.own.clone(),
        ..Default::default()
    };
    let campaigns = v1::ListCampaignsRequest {
        subject: listing.clone(),
        ..Default::default()
    };
    let suspects = v1::ListSuspectReviewsRequest {
        subject: listing,
        ..Default::default()
    };
    let reviews = vec![good_review("r2")];
    let screen = v1::ScreenReviewsRequest { reviews };
    let row = |path, request: Vec<u8>, expected| (path, request, expected);
    vec![
        row(
            "/goodstanding.v1.IntegrityService/GetAssessment",
            assessment.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.IntegrityService/GetCampaign",
            campaign.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.IntegrityService/GetDividend",
            dividend.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.IntegrityService/ListAssessments",
            assessments.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.IntegrityService/ListCampaigns",
            campaigns.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.IntegrityService/ListSuspectReviews",
            suspects.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.IntegrityService/ScreenReviews",
            screen.encode_to_vec(),
            WRITE,
        ),
    ]
}

fn of_brand(stage: &Stage) -> Vec<Row> {
    let seller_id = stage.own.clone();
    let peers = v1::CompareToPeersRequest {
        seller_id: seller_id.clone(),
    };
    let progress = v1::GetBrandProgressRequest {
        seller_id: seller_id.clone(),
        ..Default::default()
    };
    let advice = v1::ListRecommendationsRequest {
        seller_id: seller_id.clone(),
        ..Default::default()
    };
    let topics = v1::ListVoiceTopicsRequest {
        seller_id: seller_id.clone(),
        ..Default::default()
    };
    let plan = v1::SimulateBrandPlanRequest {
        seller_id,
        changes: vec![v1::BrandPlanChange {
            measure_code: "quality.rating".to_owned(),
            change: Some(v1::brand_plan_change::Change::By(0.1)),
        }],
    };
    let row = |path, request: Vec<u8>, expected| (path, request, expected);
    vec![
        row(
            "/goodstanding.v1.BrandService/CompareToPeers",
            peers.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.BrandService/GetBrandProgress",
            progress.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.BrandService/ListRecommendations",
            advice.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.BrandService/ListVoiceTopics",
            topics.encode_to_vec(),
            SCOPED,
        ),
        row(
            "/goodstanding.v1.BrandService/SimulateBrandPlan",
            plan.encode_to_vec(),
            SCOPED,
        ),
    ]
}

fn of_history(stage: &Stage) -> Vec<Row> {
    let list = v1::ListHistoryRequest {
        subject: Some(stage.seller()),
        ..Default::default()
    };
    let watch = v1::WatchAssessmentsRequest {
        seller_ids: vec![stage.own.clone()],
        ..Default::default()
    };
    vec![
        (
            "/goodstanding.v1.HistoryService/ListHistory",
            list.encode_to_vec(),
            SCOPED,
        ),
        (
            "/goodstanding.v1.HistoryService/WatchAssessments",
            watch.encode_to_vec(),
            SCOPED,
        ),
    ]
}

fn of_admin() -> Vec<Row> {
    let reviewer = subject(v1::SubjectKind::Reviewer, "sim.us", "nobody");
    let erase = v1::EraseReviewerRequest {
        reviewers: vec![reviewer],
    };
    let turn_back = v1::TurnBackClockRequest {
        marketplace: "nowhere".to_owned(),
        time: Some(pbjson_types::Timestamp::default()),
        validate_only: false,
    };
    vec![
        (
            "/goodstanding.v1.AdminService/CreateBackup",
            Vec::new(),
            OPERATE,
        ),
        (
            "/goodstanding.v1.AdminService/EraseReviewer",
            erase.encode_to_vec(),
            OPERATE,
        ),
        (
            "/goodstanding.v1.AdminService/TurnBackClock",
            turn_back.encode_to_vec(),
            OPERATE,
        ),
        ("/goodstanding.v1.AdminService/GetStatus", Vec::new(), RUN),
        (
            "/goodstanding.v1.AdminService/ListModelVersions",
            Vec::new(),
            RUN,
        ),
    ]
}

fn of_models() -> Vec<Row> {
    let import = v1::ImportModelVersionRequest {
        model_json:
            r#"{"layout":1,"reviews":0,"manipulated":0,"intercept":0.0,"lines":[],"curves":[]}"#
                .to_owned(),
        trained_on: "nothing".to_owned(),
    };
    let activate = v1::ActivateModelVersionRequest {
        model_version: goodstanding::integrity::MODEL_VERSION.to_owned(),
    };
    let delete = v1::DeleteModelVersionRequest {
        model_version: activate.model_version.clone(),
    };
    let row = |name, request: Vec<u8>, expected| (name, request, expected);
    vec![
        row(
            "/goodstanding.v1.AdminService/ImportModelVersion",
            import.encode_to_vec(),
            OPERATE,
        ),
        row(
            "/goodstanding.v1.AdminService/ActivateModelVersion",
            activate.encode_to_vec(),
            OPERATE,
        ),
        row(
            "/goodstanding.v1.AdminService/SetShadowModelVersion",
            Vec::new(),
            OPERATE,
        ),
        row(
            "/goodstanding.v1.AdminService/RollBackModelVersion",
            Vec::new(),
            LACKING,
        ),
        row(
            "/goodstanding.v1.AdminService/CompareModelVersions",
            Vec::new(),
            LACKING,
        ),
        row(
            "/goodstanding.v1.AdminService/DeleteModelVersion",
            delete.encode_to_vec(),
            LACKING,
        ),
        row(
            "/goodstanding.v1.AdminService/FitModelVersion",
            Vec::new(),
            LACKING,
        ),
    ]
}

fn of_ingest() -> Vec<Row> {
    let events = vec![review(good_review("r1"))];
    let stream = v1::IngestRequest {
        batch_number: 1,
        events: events.clone(),
    };
    let batch = v1::IngestBatchRequest { events };
    vec![
        (
            "/goodstanding.v1.IngestService/Ingest",
            stream.encode_to_vec(),
            WRITE,
        ),
        (
            "/goodstanding.v1.IngestService/IngestBatch",
            batch.encode_to_vec(),
            WRITE,
        ),
    ]
}

fn of_the_rest() -> Vec<Row> {
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    let reflection = ServerReflectionRequest {
        message_request: Some(MessageRequest::ListServices(String::new())),
        ..Default::default()
    };
    vec![
        ("/grpc.health.v1.Health/Check", Vec::new(), OPEN),
        ("/grpc.health.v1.Health/Watch", Vec::new(), OPEN),
        (
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            reflection.encode_to_vec(),
            RUN,
        ),
    ]
}

/// Paths of all RPCs in encoded descriptor sets.
fn served() -> BTreeSet<String> {
    let sets = [
        goodstanding::proto::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
    ];
    let mut paths = BTreeSet::new();
    for set in sets {
        let set = FileDescriptorSet::decode(set).expect("descriptors");
        for file in &set.file {
            for service in &file.service {
                let methods = service.method.iter().map(|method| {
                    format!("/{}.{}/{}", file.package(), service.name(), method.name())
                });
                paths.extend(methods);
            }
        }
    }
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_answers_each_role_as_documented() {
    let stage = Stage::set().await;
    let cases = rows(&stage);
    let tried: BTreeSet<String> = cases.iter().map(|(path, ..)| (*path).to_owned()).collect();
    assert_eq!(tried, served(), "an RPC has no row here");
    let signer = &stage.signer;
    let tokens = [
        None,
        Some(signer.seller(&[&stage.own])),
        Some(signer.seller(&[&stage.foreign])),
        Some(signer.platform()),
        Some(signer.operator()),
    ];
    let callers = tokens.map(|token| (stage.channel.clone(), token));
    holds(&cases, &callers).await;
    // The same callers, by the names in their certificates.
    let (_place, _running, channels) = stage.known_by_certificates().await;
    holds(&cases, &channels.map(|channel| (channel, None))).await;
}

/// Asks all as each caller, in the order of [`Expected`].
async fn holds(cases: &[Row], callers: &[(Channel, Option<String>); 5]) {
    for (path, request, expected) in cases {
        let mut got = Vec::new();
        for (channel, token) in callers {
            let answer = call(channel, path, token.as_deref(), request).await;
            got.push(code(&answer));
        }
        let by = if callers[4].1.is_some() {
            "tokens"
        } else {
            "certificates"
        };
        assert_eq!(got, expected, "{path}, by {by}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_calls_are_refused_to_every_role() {
    let place = Place::new();
    let signer = Signer::ed25519("k1");
    let running = Running::start(&place, &with_tokens(&place, &[&signer]));
    let channel = running.plain().await;
    for path in ["/goodstanding.v1.AdminService/Forget", "/x.Y/Z"] {
        let answer = call(&channel, path, Some(&signer.operator()), &[]).await;
        assert_eq!(code(&answer), Denied, "{path}");
        assert_eq!(
            code(&call(&channel, path, None, &[]).await),
            Unknown,
            "{path}"
        );
    }
}
