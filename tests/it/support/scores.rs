//! All that a service says about everybody, to compare two services by.

use goodstanding::proto::v1::{Assessment, AssessmentOrder, Subject, SubjectKind};

use super::{Service, pages};

const KINDS: [SubjectKind; 3] = [
    SubjectKind::Reviewer,
    SubjectKind::Listing,
    SubjectKind::Seller,
];

/// Every assessment of every reviewer, listing and seller, and of every review of every listing.
pub async fn everything(service: &Service) -> Vec<Assessment> {
    service.settle().await;
    let client = pages::integrity_client(service);
    let mut assessments = Vec::new();
    for kind in KINDS {
        assessments.extend(pages::assessments(&client, kind, AssessmentOrder::Unspecified).await);
    }
    let listings: Vec<Subject> = assessments
        .iter()
        .filter_map(|one| one.subject.clone())
        .filter(|subject| subject.kind() == SubjectKind::Listing)
        .collect();
    for listing in &listings {
        assessments.extend(pages::suspect_reviews(&client, listing).await);
    }
    assessments
}

/// Scores by their bits, as equality of floats would forgive signs of zero.
pub fn bits(assessments: &[Assessment]) -> Vec<u64> {
    let estimates = assessments
        .iter()
        .flat_map(|one| one.risk.iter().chain(one.attack.iter()));
    let terms = assessments
        .iter()
        .flat_map(|one| one.findings.iter().chain(one.attack_findings.iter()));
    estimates
        .flat_map(|one| [one.probability, one.lower, one.upper, one.log_odds])
        .chain(terms.flat_map(|term| [term.value, term.peer_percentile, term.contribution]))
        .map(f64::to_bits)
        .collect()
}
