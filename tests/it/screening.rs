//! Reviews are screened before publication: nothing is stored, and the score is that of the arrival.

use crate::support::{Service, good_review, market, review};
use goodstanding::proto::v1::event::Payload;
use goodstanding::proto::v1::integrity_service_client::IntegrityServiceClient;
use goodstanding::proto::v1::{
    Assessment, Band, GetAssessmentRequest, Review, ScreenReviewsRequest, ScreenedReview, Subject,
    SubjectKind,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

async fn screen(service: &Service, reviews: Vec<Review>) -> Result<Vec<ScreenedReview>, Status> {
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let response = client
        .screen_reviews(ScreenReviewsRequest { reviews })
        .await?;
    Ok(response.into_inner().results)
}

async fn assessment(
    service: &Service,
    kind: SubjectKind,
    marketplace: &str,
    id: &str,
) -> Assessment {
    let subject = Subject {
        kind: kind.into(),
        marketplace: marketplace.to_owned(),
        id: id.to_owned(),
    };
    let mut client = IntegrityServiceClient::new(service.channel.clone());
    let request = GetAssessmentRequest {
        subject: Some(subject),
        as_of: None,
    };
    let response = client.get_assessment(request).await.expect("known");
    response.into_inner().assessment.expect("an assessment")
}

fn scored(results: Vec<ScreenedReview>) -> Vec<Assessment> {
    let scores = results.into_iter().map(|result| result.assessment);
    scores.collect::<Option<_>>().expect("no rejection")
}

#[tokio::test(flavor = "multi_thread")]
async fn screened_score_equals_score_on_arrival() {
    let events = market(3, 3000);
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let (first, rest) = events.split_at(events.len() * 4 / 5);
    for batch in first.chunks(5000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    let (mut screened, mut terms) = (Vec::new(), 0);
    for event in rest {
        if let Some(Payload::Review(review)) = &event.payload
            && screened.len() < 60
        {
            let before = service.status().await;
            let again = screen(&service, vec![review.clone(), review.clone()]);
            let mut results = scored(again.await.expect("screened"));
            let after = service.status().await;
            assert_eq!(before.event_count, after.event_count);
            assert_eq!(before.review_count, after.review_count);
            assert_eq!(before.reviewer_count, after.reviewer_count);
            assert_eq!(results[0], results[1], "screening left a trace");
            terms += results[0].findings.len();
            screened.push((review.clone(), results.remove(0)));
        }
        service.send(vec![event.clone()]).await.expect("taken");
        if let Some((review, score)) = screened.last()
            && event.payload == Some(Payload::Review(review.clone()))
        {
            let held = assessment(
                &service,
                SubjectKind::Review,
                &review.marketplace,
                &review.review_id,
            )
            .await;
            assert!(held.arrival_log_odds.is_some());
            assert_eq!(held.arrival_log_odds, score.arrival_log_odds);
            assert!(score.evidence_event_count <= score.event_count);
        }
    }
    assert_eq!(screened.len(), 60);
    assert!(terms > 240, "{terms}");

    // What arrived keeps its score through a restart, and through what came after.
    let of = async |service: &Service| {
        let mut odds = Vec::new();
        for (review, _) in &screened {
            let (marketplace, id) = (&review.marketplace, &review.review_id);
            let held = assessment(service, SubjectKind::Review, marketplace, id).await;
            odds.push(held.arrival_log_odds);
        }
        odds
    };
    let live = of(&service).await;
    assert!(
        live.iter()
            .zip(&screened)
            .all(|(odds, (_, score))| *odds == score.arrival_log_odds)
    );
    assert!(service.terminate().await);
    let service = Service::start(directory.path()).await;
    assert_eq!(of(&service).await, live);
}

#[tokio::test(flavor = "multi_thread")]
async fn screening_a_known_review_ignores_its_stored_version() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    for batch in market(3, 3000).chunks(5000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    service.settle().await;
    let mut draft = good_review("draft");
    draft.marketplace = "sim.us".to_owned();
    draft.body = "Nobody before me has put these eleven words in this order.".to_owned();
    let value = |score: &Assessment, code: &str| {
        let mut found = score.findings.iter().filter(|finding| finding.code == code);
        found.next().expect("a finding").value
    };
    let fresh = scored(
        screen(&service, vec![draft.clone()])
            .await
            .expect("screened"),
    );
    // A newcomer, whom the corpus does not know yet.
    assert!(value(&fresh[0], "author.activity") > 1.0);
    assert_eq!(value(&fresh[0], "review.near_duplicate"), 0.0);
    // What rests on the unknown listing abstains.
    let silent = |code: &str| fresh[0].abstentions.iter().any(|held| held.code == code);
    assert!(silent("review.in_burst"));

    service
        .send(vec![review(draft.clone())])
        .await
        .expect("taken");
    service.settle().await;
    let held = assessment(&service, SubjectKind::Review, "sim.us", "draft").await;
    let same = scored(
        screen(&service, vec![draft.clone()])
            .await
            .expect("screened"),
    );
    // Screened as it stands, an edit that changes nothing is what stands.
    assert_eq!(same[0].risk, held.risk);
    let values = |one: &Assessment| -> Vec<(String, f64, f64)> {
        let terms = one.findings.iter();
        let told = |term: &goodstanding::proto::v1::Finding| {
            (term.code.clone(), term.value, term.peer_percentile)
        };
        terms.map(told).collect()
    };
    assert_eq!(values(&same[0]), values(&held));
    // By another author's hand it would be a copy.
    draft.review_id = "copy".to_owned();
    draft.reviewer_id = "another".to_owned();
    let copy = scored(screen(&service, vec![draft]).await.expect("screened"));
    assert_eq!(value(&copy[0], "review.near_duplicate"), 1.0);
    assert!(copy[0].risk.as_ref().expect("there").log_odds > held.risk.expect("there").log_odds);
}

#[tokio::test(flavor = "multi_thread")]
async fn screening_rejects_invalid_reviews_and_scores_the_others() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let mut bad = good_review("bad\n1");
    bad.rating = 6;
    let batch = vec![good_review("one"), bad, good_review("two")];
    let results = screen(&service, batch).await.expect("screened");
    assert_eq!(results.len(), 3);
    for good in [&results[0], &results[2]] {
        assert!(good.rejection.is_none());
        let score = good.assessment.as_ref().expect("scored");
        assert!(score.risk.is_some() && score.arrival_log_odds.is_some());
    }
    let rejection = results[1].rejection.as_ref().expect("refused");
    assert!(results[1].assessment.is_none());
    assert_eq!(rejection.index, 1);
    assert_eq!(rejection.record, "review bad\\n1");
    let found: Vec<(&str, &str)> = rejection
        .violations
        .iter()
        .map(|fault| (fault.field.as_str(), fault.reason.as_str()))
        .collect();
    let wanted = [
        ("reviews[1].review_id", "MALFORMED"),
        ("reviews[1].rating", "OUT_OF_RANGE"),
    ];
    assert_eq!(found, wanted);

    for (count, said) in [(0, "REQUIRED"), (1001, "TOO_MANY")] {
        let reviews = vec![good_review("r"); count];
        let refused = screen(&service, reviews).await.expect_err("refused");
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_error_details();
        let faults = &details
            .bad_request()
            .expect("a BadRequest")
            .field_violations;
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].field, "reviews");
        assert!(faults[0].description.contains(said));
    }
    let full = screen(&service, vec![good_review("r"); 1000]).await;
    assert_eq!(full.expect("screened").len(), 1000);
    assert_eq!(service.status().await.event_count, 0);
}

/// What screening says of texts by newcomers on a listing of a busy market.
async fn screen_texts(service: &Service, like: &Review, texts: &[&str]) -> Vec<Assessment> {
    let drafts = texts.iter().enumerate().map(|(number, text)| Review {
        review_id: format!("said{number}"),
        reviewer_id: format!("newcomer{number}"),
        rating: 5,
        title: String::new(),
        body: (*text).to_owned(),
        verified_purchase: Some(true),
        incentive_disclosed: None,
        ..like.clone()
    });
    scored(screen(service, drafts.collect()).await.expect("screened"))
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_say_what_they_are_are_flagged_in_a_busy_market_and_honest_ones_are_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let service = Service::start(directory.path()).await;
    let events = market(3, 3000);
    for batch in events.chunks(5000) {
        service.send(batch.to_vec()).await.expect("taken");
    }
    service.settle().await;
    let reviews = events
        .iter()
        .rev()
        .filter_map(|event| match &event.payload {
            Some(Payload::Review(review)) if review.marketplace == "sim.us" => Some(review),
            _ => None,
        });
    let last = reviews.take(1).next().expect("a review");
    let statement = |score: &Assessment| {
        let mut found = score.findings.iter();
        found.find(|finding| finding.family == "statement").cloned()
    };
    let flagged = [
        (
            "seller gave me this free plus a gift card for a five star review",
            "review.admits_reward",
            Band::High,
        ),
        (
            "5 star reviews cheap, contact Telegram @starshop",
            "review.sells_reviews",
            Band::High,
        ),
        ("asdf asdf asdf", "review.no_content", Band::Elevated),
    ];
    let texts = flagged.map(|(text, ..)| text);
    for (score, (text, code, band)) in screen_texts(&service, last, &texts)
        .await
        .iter()
        .zip(flagged)
    {
        let found = statement(score).expect(text);
        assert_eq!(found.code, code, "{text}");
        assert_eq!((found.peer_count, found.peer_percentile), (0, 0.0));
        let style = code == "review.no_content";
        let terms: Vec<_> = score
            .findings
            .iter()
            .map(|term| (term.code.as_str(), term.contribution))
            .collect();
        assert!(score.band() >= band, "{text}: {:?} {terms:?}", score.risk);
        assert_eq!(found.legal_tags.is_empty(), style, "{text}");
    }
    let honest = [
        "I got a refund because it broke",
        "bought as a gift, and the shipping was free",
        "no free gift was in the box",
        "they did not pay me for this review",
        "I'd give 5 stars if it came in blue",
    ];
    for (score, text) in screen_texts(&service, last, &honest)
        .await
        .iter()
        .zip(honest)
    {
        assert!(
            statement(score).is_none() && score.band() < Band::Elevated,
            "{text}: {:?}",
            score.risk
        );
    }
    // A critic who reports an offer is not accused.
    let report = Review {
        review_id: "report".to_owned(),
        reviewer_id: "critic".to_owned(),
        rating: 1,
        body: "The seller gave me a gift card for a five star review, I sent it back".to_owned(),
        ..last.clone()
    };
    let heard = scored(screen(&service, vec![report]).await.expect("screened"));
    assert!(statement(&heard[0]).is_none());
}
