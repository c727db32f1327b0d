//! The same log gives the same scores, to the last bit, however it was sent and reloaded.

use std::collections::BTreeSet;

use crate::support::scores::{bits, everything};
use crate::support::{Service, market, subject};
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    GetAssessmentRequest, ListAssessmentsRequest, ListSuspectReviewsRequest, SubjectKind,
};
use tonic::Code;

#[tokio::test(flavor = "multi_thread")]
async fn scores_are_equal_bit_for_bit_after_restart_and_other_batches() {
    let events = market(11, 4000);
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in events.chunks(1000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let live = everything(&service).await;
    assert!(live.len() > 500, "{}", live.len());
    assert!(service.terminate().await);

    let restarted = Service::start(directory.path()).await;
    let replayed = everything(&restarted).await;
    assert_eq!(live, replayed);
    assert_eq!(bits(&live), bits(&replayed));

    let other_directory = tempfile::tempdir().expect("a directory");
    let other = Service::start(other_directory.path()).await;
    for batch in events.chunks(77) {
        other.send(batch.to_vec()).await.expect("taken");
        // Sent twice, which must not show.
        other.send(batch.to_vec()).await.expect("taken");
    }
    let rebatched = everything(&other).await;
    assert_eq!(live, rebatched);
    assert_eq!(bits(&live), bits(&rebatched));
}

#[tokio::test(flavor = "multi_thread")]
async fn score_is_the_sum_of_its_findings_bit_for_bit() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(11, 4000).chunks(5000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    for assessment in everything(&service).await {
        let risk = assessment.risk.expect("always there");
        let terms = assessment
            .findings
            .iter()
            .map(|finding| finding.contribution);
        let sum = terms.fold(assessment.prior_log_odds, |sum, term| sum + term);
        assert_eq!(sum.to_bits(), risk.log_odds.to_bits());
        assert!(
            assessment
                .findings
                .iter()
                .all(|finding| !finding.sentence.is_empty())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_name_their_supporting_reviews() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(11, 4000).chunks(5000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let (mut named, mut checked) = (0, 0);
    for assessment in everything(&service).await {
        // A review is itself what is behind its findings.
        let review = i32::from(SubjectKind::Review);
        if assessment
            .subject
            .as_ref()
            .is_some_and(|held| held.kind == review)
        {
            let findings = &assessment.findings;
            assert!(findings.iter().all(|finding| finding.review_ids.is_empty()));
            continue;
        }
        let few = assessment.review_count + assessment.removed_count <= 16;
        let findings = assessment
            .findings
            .iter()
            .chain(&assessment.attack_findings);
        for finding in findings {
            let ids = &finding.review_ids;
            let distinct: BTreeSet<&String> = ids.iter().collect();
            assert!(ids.len() <= 5 && distinct.len() == ids.len(), "{ids:?}");
            if finding.contribution < 0.0 {
                assert!(ids.is_empty(), "{} {ids:?}", finding.code);
                continue;
            }
            // Of large subjects only the latest reviews are looked at. A fact that another finding
            // counts names reviews only where it is unusual.
            assert!(
                !few || !ids.is_empty() || finding.contribution == 0.0,
                "{} of {assessment:?}",
                finding.code
            );
            named += ids.len();
            if checked > 150 {
                continue;
            }
            for id in ids {
                let subject = subject(SubjectKind::Review, "sim.us", id);
                let request = GetAssessmentRequest {
                    subject: Some(subject),
                    as_of: None,
                };
                // Sellers may have reviews on other marketplaces.
                let Ok(response) = client.get_assessment(request).await else {
                    continue;
                };
                let held = response.into_inner().assessment.expect("one");
                let stars = held.mean_rating.expect("a review has stars");
                let removed = held.removed_count == 1;
                let value = |code: &str| {
                    let mut found = held.findings.iter().filter(|term| term.code == code);
                    found.next().map(|term| term.value)
                };
                match finding.code.as_str() {
                    "listing.five_star_share" => assert_eq!(stars, 5.0),
                    "listing.removed_share" => assert!(removed && stars >= 4.0),
                    "reviewer.removed_share" => assert!(removed),
                    "listing.one_time_author_share" => {
                        // Of a newcomer, or of one whom the corpus knows: nobody is left out.
                        assert!(value("author.activity").is_some());
                    }
                    "listing.near_duplicate_share" => {
                        assert!(value("review.near_duplicate") > Some(0.0));
                    }
                    "listing.unverified_share" => assert_eq!(value("review.unverified"), Some(1.0)),
                    "listing.attack.negative_burst" => {
                        assert!(stars <= 2.0);
                        assert!(value("review.in_burst").is_some());
                    }
                    _ => continue,
                }
                checked += 1;
            }
        }
    }
    assert!(named > 1000 && checked > 150, "{named} {checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn suspect_reviews_carry_texts_and_unknown_subjects_are_not_found() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(11, 4000).chunks(5000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    service.settle().await;
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let request = ListAssessmentsRequest {
        kind: SubjectKind::Listing.into(),
        page_size: 1,
        ..ListAssessmentsRequest::default()
    };
    let worst = client
        .list_assessments(request)
        .await
        .expect("a page")
        .into_inner();
    let request = ListSuspectReviewsRequest {
        subject: worst.assessments[0].subject.clone(),
        page_size: 5,
        ..Default::default()
    };
    let page = client
        .list_suspect_reviews(request)
        .await
        .expect("a page")
        .into_inner();
    assert_eq!(page.reviews.len(), 5);
    let odds: Vec<f64> = page
        .reviews
        .iter()
        .filter_map(|held| held.assessment.as_ref()?.risk.as_ref())
        .map(|risk| risk.log_odds)
        .collect();
    assert!(
        odds.len() == 5 && odds.is_sorted_by(|one, other| one >= other),
        "{odds:?}"
    );
    assert!(page.reviews.iter().all(|held| {
        held.review
            .as_ref()
            .is_some_and(|review| !review.review_id.is_empty())
    }));

    let nobody = subject(SubjectKind::Seller, "", "nobody");
    let request = GetAssessmentRequest {
        subject: Some(nobody),
        as_of: None,
    };
    let refused = client.get_assessment(request).await.expect_err("unknown");
    assert_eq!(refused.code(), Code::NotFound);
    let refused = client
        .get_assessment(GetAssessmentRequest::default())
        .await
        .expect_err("empty");
    assert_eq!(refused.code(), Code::InvalidArgument);
}
