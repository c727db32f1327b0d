//! Model versions in the running service: fitted from verdicts, compared, activated, kept over a
//! restart and a restore, and rolled back to the bit.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::Service;
use crate::support::command::{Place, run, stderr, stdout};
use crate::support::scores::{bits, everything};
use goodstanding::integrity::MODEL_VERSION;
use goodstanding::lab::simulate::{Config, Market};
use goodstanding::proto::v1::admin_service_client::AdminServiceClient;
use goodstanding::proto::v1::{
    ActivateModelVersionRequest, Assessment, CompareModelVersionsRequest,
    CompareModelVersionsResponse, CreateBackupRequest, DeleteModelVersionRequest, Event,
    FitModelVersionRequest, FitModelVersionResponse, HeldOutBy, ImportModelVersionRequest,
    KindComparison, ListModelVersionsRequest, ModelVersion, RollBackModelVersionRequest,
    SetShadowModelVersionRequest, Subject, SubjectKind, Verdict, VerdictLabel, event,
};
use tonic::transport::Channel;
use tonic::{Code, Status};

type Client = AdminServiceClient<Channel>;

/// A market, a verdict on every third review that says what is true of it, and such verdicts on some
/// others.
fn judged_market() -> (Vec<Event>, Vec<Event>, Vec<Event>) {
    let mut market = Market::new(Config::sized(4, 4000));
    let mut events = Vec::new();
    let mut planted = BTreeSet::new();
    while let Some(event) = market.next() {
        events.push(event);
        for row in market.take_truth() {
            if row.kind == "review" && row.role == "manipulated" {
                planted.insert((row.marketplace.to_owned(), row.id));
            }
        }
    }
    let reviews = events.iter().filter_map(|event| match &event.payload {
        Some(event::Payload::Review(review)) if event.revision == 0 => Some(review),
        _ => None,
    });
    let verdict = |review: &goodstanding::proto::v1::Review| {
        let (marketplace, id) = (review.marketplace.clone(), review.review_id.clone());
        let label = if planted.contains(&(marketplace.clone(), id.clone())) {
            VerdictLabel::Manipulated
        } else {
            VerdictLabel::Genuine
        };
        Event {
            revision: 0,
            payload: Some(event::Payload::Verdict(Verdict {
                verdict_id: format!("v-{id}"),
                subject: Some(Subject {
                    kind: SubjectKind::Review.into(),
                    marketplace,
                    id,
                }),
                label: label.into(),
                decided_by: "the simulation".to_owned(),
                reason: String::new(),
                time: review.time,
            })),
        }
    };
    let verdicts = reviews.clone().step_by(3).map(verdict).collect();
    let later = reviews.skip(1).step_by(6).map(verdict).collect();
    (events, verdicts, later)
}

async fn send(service: &Service, events: &[Event]) {
    for batch in events.chunks(1000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    service.settle().await;
}

async fn versions(client: &mut Client) -> Vec<ModelVersion> {
    let listed = client.list_model_versions(ListModelVersionsRequest::default());
    listed.await.expect("a list").into_inner().model_versions
}

async fn fit(client: &mut Client) -> Result<FitModelVersionResponse, Status> {
    let request = FitModelVersionRequest {
        held_out_by: HeldOutBy::Listing.into(),
    };
    Ok(client.fit_model_version(request).await?.into_inner())
}

async fn activate(client: &mut Client, name: &str) -> Result<(), Status> {
    let model_version = name.to_owned();
    let request = ActivateModelVersionRequest { model_version };
    client.activate_model_version(request).await.map(|_| ())
}

/// Risk and band by kind and id.
fn risks(all: &[Assessment], kind: SubjectKind) -> BTreeMap<String, (f64, i32)> {
    let of_kind = all.iter().filter_map(|one| {
        let subject = one
            .subject
            .as_ref()
            .filter(|subject| subject.kind() == kind)?;
        let key = format!("{}/{}", subject.marketplace, subject.id);
        let risk = one.risk.as_ref().map_or(0.0, |risk| risk.probability);
        Some((key, (risk, one.band)))
    });
    of_kind.collect()
}

/// Fits from the verdicts; the version is listed, and nothing changes.
async fn is_fitted(client: &mut Client, verdicts: u64) -> String {
    let fitted = fit(client).await.expect("fitted");
    let version = fitted.model_version.clone().expect("a version");
    let name = version.model_version.clone();
    assert!(name.starts_with(&format!("{MODEL_VERSION}+")), "{name}");
    assert!(!version.active && !version.shadow && version.create_time.is_some());
    let used = fitted.manipulated_count + fitted.genuine_count;
    assert_eq!((used, version.label_count), (verdicts, used));
    let backtest = fitted.backtest.clone().expect("a backtest");
    println!("{backtest:?}");
    assert_eq!(backtest.review_count, used);
    assert_eq!(backtest.before_model_version, MODEL_VERSION);
    assert_eq!(backtest.before_trained_on_count, 0);
    let auc = backtest.after_auc.as_ref().expect("an AUC");
    assert!(auc.lower.expect("low") < auc.value && auc.value < auc.upper.expect("high"));
    let again = fit(client).await.expect("fitted");
    assert_eq!(again.model_version, fitted.model_version, "same verdicts");
    let listed = versions(client).await;
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0].model_version, MODEL_VERSION);
    assert!(listed[0].active && !listed[1].active);
    name
}

/// Compares a version with the active one.
async fn compared_with(client: &mut Client, name: &str) -> CompareModelVersionsResponse {
    let shadow = SetShadowModelVersionRequest {
        model_version: name.to_owned(),
    };
    client.set_shadow_model_version(shadow).await.expect("set");
    let compared = client.compare_model_versions(CompareModelVersionsRequest {});
    let compared = compared.await.expect("compared").into_inner();
    assert_eq!(compared.active_model_version, MODEL_VERSION);
    assert_eq!(compared.shadow_model_version, name);
    compared
}

/// Activating changed what the comparison had announced.
fn comparison_came_true(found: &KindComparison, original: &[Assessment], learned: &[Assessment]) {
    let (was, is) = (risks(original, found.kind()), risks(learned, found.kind()));
    assert_eq!(found.compared_count, was.len() as u64);
    let changes: Vec<f64> = was.iter().map(|(id, was)| is[id].0 - was.0).collect();
    let bands = was.iter().filter(|(id, was)| is[*id].1 != was.1).count();
    assert_eq!(found.band_change_count, bands as u64);
    assert!(changes.iter().any(|change| *change != 0.0), "nobody moves");
    let most = |most: f64, change: &f64| most.max(change.abs());
    let largest = changes.iter().fold(0.0, most);
    assert!((found.largest_change - largest).abs() < 1e-12);
    let mean = changes.iter().sum::<f64>() / changes.len() as f64;
    assert!((found.mean_change - mean).abs() < 1e-9);
    let first = found.movers.first().expect("a mover");
    let subject = first.subject.as_ref().expect("a subject");
    let moved = is[&format!("{}/{}", subject.marketplace, subject.id)].0;
    assert_eq!(
        first.shadow_risk.as_ref().expect("a risk").probability,
        moved
    );
    assert!(found.rank_correlation.expect("a correlation") < 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn version_is_fitted_compared_activated_kept_and_rolled_back() {
    let place = Place::new();
    let (data, backups) = (place.path("data"), place.text("backups"));
    let flags = ["--backup-dir", backups.as_str()];
    let service = Service::start_with(&data, &flags).await;
    let mut client = AdminServiceClient::new(service.channel.clone());
    let (events, verdicts, later) = judged_market();
    send(&service, &events).await;
    send(&service, &verdicts[..100]).await;
    let refused = fit(&mut client).await.expect_err("too few");
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    assert!(refused.message().contains("at least 50"), "{refused}");
    send(&service, &verdicts).await;
    let original = everything(&service).await;
    assert!(
        original
            .iter()
            .all(|one| one.model_version == MODEL_VERSION)
    );

    let name = is_fitted(&mut client, verdicts.len() as u64).await;
    let compared = compared_with(&mut client, &name).await;
    assert_eq!(bits(&everything(&service).await), bits(&original));
    activate(&mut client, &name).await.expect("active");
    let learned = everything(&service).await;
    assert!(learned.iter().all(|one| one.model_version == name));
    for found in &compared.kinds {
        comparison_came_true(found, &original, &learned);
    }
    // Listings and sellers rest on their reviews, so a version moves them too.
    for kind in [SubjectKind::Listing, SubjectKind::Seller] {
        assert_ne!(risks(&original, kind), risks(&learned, kind));
    }
    let gone = client.compare_model_versions(CompareModelVersionsRequest {});
    let gone = gone.await.expect_err("the shadow became active");
    assert_eq!(gone.code(), Code::FailedPrecondition);

    // A restart and a restore keep it.
    let backup = client.create_backup(CreateBackupRequest {}).await;
    let file = backup.expect("written").into_inner().file_name;
    assert!(service.terminate().await);
    let service = Service::start(&data).await;
    let kept = everything(&service).await;
    assert_eq!(bits(&kept), bits(&learned));
    assert!(kept.iter().all(|one| one.model_version == name));
    let file = place.path("backups").join(file).display().to_string();
    let restored = place.text("restored");
    let done = run(&["restore", &file, "--data", &restored]);
    assert!(done.status.success(), "{}", stderr(&done));
    let other = Service::start(restored.as_ref()).await;
    assert_eq!(bits(&everything(&other).await), bits(&learned));
    assert_eq!(other.status().await.model_version, name);

    // And back.
    let mut client = AdminServiceClient::new(service.channel.clone());
    let back = client.roll_back_model_version(RollBackModelVersionRequest {});
    let back = back.await.expect("rolled back").into_inner();
    let back = back.model_version.expect("a version");
    assert_eq!(back.model_version, MODEL_VERSION);
    let back = everything(&service).await;
    assert_eq!((bits(&back), &back), (bits(&original), &original));
    // A second rollback returns.
    let again = client.roll_back_model_version(RollBackModelVersionRequest {});
    let again = again.await.expect("rolled back").into_inner().model_version;
    assert_eq!(again.expect("a version").model_version, name);
    send(&service, &later).await;
    let trained_on = verdicts.len() as u64;
    let all = trained_on + later.len() as u64;
    is_measured_by_a_later_fit(&mut client, &name, trained_on, all).await;
}

/// A later fit measures the version as the one before, and says which verdicts trained it.
async fn is_measured_by_a_later_fit(client: &mut Client, name: &str, trained_on: u64, all: u64) {
    let fitted = fit(client).await.expect("fitted");
    let backtest = fitted.backtest.expect("a backtest");
    assert_eq!(backtest.before_model_version, name);
    assert_eq!(backtest.before_trained_on_count, trained_on);
    assert_eq!(backtest.review_count, all);
    let auc = backtest.before_auc.expect("an AUC");
    assert!(auc.value > 0.5);
}

fn import(model_json: &str) -> ImportModelVersionRequest {
    ImportModelVersionRequest {
        model_json: model_json.to_owned(),
        trained_on: "a test".to_owned(),
    }
}

const MODEL: &str = r#"{"layout": 1, "reviews": 9, "manipulated": 4, "intercept": 0.5,
    "lines": [{"feature": "detector, one review", "intercept": 0.1, "slope": 1.5}],
    "curves": [{"feature": "activity", "edges": [1.5], "heights": [0.25, -0.5]}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn invalid_models_and_versions_in_use_are_refused() {
    let place = Place::new();
    let service = Service::start(&place.path("data")).await;
    let mut client = AdminServiceClient::new(service.channel.clone());
    let cases = [
        (import(""), "model_json has 0 bytes"),
        (import("{"), "not a model"),
        (
            import(&MODEL.replace("\"layout\": 1", "\"layout\": 7")),
            "layout 7",
        ),
        (
            import(&MODEL.replace("activity", "weather")),
            "`weather`: no such feature",
        ),
        (
            import(&MODEL.replace("[1.5]", "[1.5, 1.0]")),
            "edges must rise",
        ),
        (import(&MODEL.replace("1.5}", "1e999}")), "not a model"),
        (import(&" ".repeat(1_048_577)), "1 to 1048576 are allowed"),
    ];
    for (request, said) in cases {
        let refused = client.import_model_version(request).await;
        let refused = refused.expect_err(said);
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        assert!(refused.message().contains(said), "{refused}");
    }
    let refused = activate(&mut client, "tails-0+nothing").await;
    assert_eq!(refused.expect_err("unknown").code(), Code::NotFound);

    let kept = client.import_model_version(import(MODEL)).await;
    let kept = kept.expect("kept").into_inner().model_version;
    let kept = kept.expect("a version");
    assert_eq!((kept.label_count, kept.trained_on.as_str()), (9, "a test"));
    let again = client.import_model_version(import(MODEL)).await;
    assert_eq!(
        again.expect("known").into_inner().model_version,
        Some(kept.clone())
    );
    let name = kept.model_version;
    activate(&mut client, &name).await.expect("active");
    let delete = DeleteModelVersionRequest {
        model_version: name.clone(),
    };
    let refused = client.delete_model_version(delete.clone()).await;
    assert_eq!(
        refused.expect_err("active").code(),
        Code::FailedPrecondition
    );
    let shadow = SetShadowModelVersionRequest {
        model_version: name.clone(),
    };
    let refused = client.set_shadow_model_version(shadow).await;
    assert_eq!(
        refused.expect_err("active").code(),
        Code::FailedPrecondition
    );
    let builtin = SetShadowModelVersionRequest {
        model_version: MODEL_VERSION.to_owned(),
    };
    client.set_shadow_model_version(builtin).await.expect("set");
    activate(&mut client, MODEL_VERSION).await.expect("active");
    client.delete_model_version(delete).await.expect("deleted");
    assert_eq!(versions(&mut client).await.len(), 1);
}

#[test]
fn commands_work_on_a_directory() {
    let place = Place::new();
    let (events, verdicts, _) = judged_market();
    let lines: Vec<String> = events
        .iter()
        .chain(&verdicts)
        .map(|event| serde_json::to_string(event).expect("JSON"))
        .collect();
    let file = place.file("events.jsonl", lines.join("\n"));
    let (data, rejects) = (place.text("data"), place.text("rejects"));
    let ok = |arguments: &[&str]| {
        let out = run(&[arguments, &["--data", &data]].concat());
        assert!(out.status.success(), "{}", stderr(&out));
        stdout(&out)
    };
    ok(&["import", "--format", "events", &file, "--rejects", &rejects]);
    let said = ok(&["fit", "--from-verdicts", "--held-out", "time"]);
    assert!(said.contains("held out by time"), "{said}");
    let list = ok(&["models", "list"]);
    let name = list
        .lines()
        .find_map(|line| line.split_whitespace().find(|word| word.contains('+')))
        .expect("a learned version")
        .to_owned();
    assert!(said.contains(&name) && list.starts_with(MODEL_VERSION));
    ok(&["models", "shadow", &name]);
    let compared = ok(&["models", "compare"]);
    assert!(compared.contains("rank correlation"), "{compared}");
    ok(&["models", "shadow", "--clear"]);
    assert!(ok(&["models", "activate", &name]).contains(&name));
    let status = ok(&["status"]);
    assert!(status.contains(&name), "{status}");
    let fitted = ok(&["fit", "--from-verdicts"]);
    assert!(fitted.contains("trained the version before"), "{fitted}");
    assert!(ok(&["models", "rollback"]).contains(MODEL_VERSION));
    let model = place.file("model.json", MODEL);
    let kept = ok(&["models", "import", &model, "--trained-on", "a file"]);
    let kept = kept.split_whitespace().last().expect("a name").to_owned();
    assert!(ok(&["models", "list"]).contains("a file"));
    ok(&["models", "delete", &kept]);
    let refused = run(&["models", "delete", &kept, "--data", &data]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("no model version"),
        "{}",
        stderr(&refused)
    );
}
