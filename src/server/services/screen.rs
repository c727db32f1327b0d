//! Scores reviews before they are published.

use prost::Message as _;
use tonic::Status;

use crate::codec::{parse_review, record_name};
use crate::domain::{Reason, Violation};
use crate::engine::Arrival;
use crate::integrity::CorpusEvidence;
use crate::privacy::Pseudonyms;
use crate::proto::v1::{self, event};
use crate::query;
use crate::server::SCREENED_MAX;
use crate::server::intake::explain_doubt;
use crate::server::present::assessment::assessment_message;
use crate::server::present::convert;
use crate::server::status;
use crate::server::wire::Entries;
use crate::state::State;

/// Scores each review by itself. Fails when the request itself is at fault.
pub(in crate::server) fn screen(
    state: &State,
    evidence: &CorpusEvidence,
    reviews: &Entries,
    pseudonyms: &Pseudonyms,
    arrival: Arrival,
) -> Result<Vec<v1::ScreenedReview>, Status> {
    let count = reviews.len();
    if count == 0 {
        return Err(status::invalid_argument(
            "reviews",
            Reason::Required,
            format!("is empty; 1 to {SCREENED_MAX} reviews are required"),
        ));
    }
    if count > SCREENED_MAX {
        return Err(status::invalid_argument(
            "reviews",
            Reason::TooMany,
            format!("has more than {SCREENED_MAX} entries, which is the most"),
        ));
    }
    let screened = reviews.iter().enumerate().map(|(index, bytes)| {
        let mut message = v1::Review::decode(bytes)
            .map_err(|error| status::malformed(&format!("reviews[{index}]: {error}")))?;
        pseudonyms.hide_author(&mut message);
        let id = message.review_id.clone();
        Ok(match parse_review(message, arrival.time()) {
            Ok(review) => v1::ScreenedReview {
                assessment: Some(assessment_message(query::screen(state, evidence, &review))),
                rejection: None,
            },
            Err(violations) => v1::ScreenedReview {
                assessment: None,
                rejection: Some(reject(index, id, explain_doubt(violations, arrival.doubt))),
            },
        })
    });
    screened.collect()
}

fn reject(index: usize, review_id: String, violations: Vec<Violation>) -> v1::Rejection {
    let path = format!("reviews[{index}]");
    let violations = violations.into_iter().map(|mut violation| {
        // Paths of violations start below an event; here the review stands in the request itself.
        if let Some(field) = violation.field.strip_prefix("review.") {
            violation.field = field.into();
        }
        convert::violation(&path, violation)
    });
    let named = v1::Event {
        revision: 0,
        payload: Some(event::Payload::Review(v1::Review {
            review_id,
            ..v1::Review::default()
        })),
    };
    v1::Rejection {
        index: index as u32,
        record: record_name(&named),
        violations: violations.collect(),
    }
}
