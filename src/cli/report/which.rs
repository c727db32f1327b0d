//! Finds the marketplace of an id if the caller has not named it.

use tonic::{Code, Status};

use crate::cli::client::Link;
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::integrity_service_client::IntegrityServiceClient;
use crate::proto::v1::{GetAssessmentRequest, GetStatusRequest, Subject};

/// Marketplaces in a status; there may be more.
const NAMED_MOST: usize = 100;

/// Returns the subject on the only marketplace that knows its id. It is an error if several do, or
/// if it cannot be known. An unknown id is looked up on the first one, whose answer says so.
pub(super) async fn on_its_marketplace(link: &Link, subject: Subject) -> Result<Subject, Status> {
    let required = |why: &str| {
        Status::invalid_argument(format!(
            "--marketplace is required: an id is unique within one only, and {why}"
        ))
    };
    let status = AdminServiceClient::new(link.clone())
        .get_status(GetStatusRequest {})
        .await;
    let known = match status {
        Ok(status) => status.into_inner().marketplaces,
        Err(status) if status.code() == Code::PermissionDenied => {
            return Err(required("this caller may not ask which there are"));
        }
        Err(status) => return Err(status),
    };
    if known.len() >= NAMED_MOST {
        return Err(required("there are too many to ask each"));
    }
    let on = |marketplace: &String| Subject {
        marketplace: marketplace.clone(),
        ..subject.clone()
    };
    let mut marketplaces = Vec::new();
    if known.len() > 1 {
        for marketplace in &known {
            if is_known(link, on(marketplace)).await? {
                marketplaces.push(marketplace.as_str());
            }
        }
    }
    match (marketplaces.as_slice(), known.first()) {
        ([], None) => Err(Status::not_found("nothing is known yet")),
        ([], Some(first)) => Ok(on(first)),
        ([one], _) => Ok(Subject {
            marketplace: (*one).to_owned(),
            ..subject
        }),
        (several, _) => Err(required(&format!("{} know it", several.join(" and ")))),
    }
}

async fn is_known(link: &Link, subject: Subject) -> Result<bool, Status> {
    let request = GetAssessmentRequest {
        subject: Some(subject),
        as_of: None,
    };
    let asked = IntegrityServiceClient::new(link.clone())
        .get_assessment(request)
        .await;
    match asked {
        Ok(_) => Ok(true),
        Err(status) if status.code() == Code::NotFound => Ok(false),
        Err(status) => Err(status),
    }
}
