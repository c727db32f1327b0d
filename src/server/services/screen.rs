//! Reviews to be scored before they are published.

use crate::codec::{parse_review, record_name};
use crate::domain::{Reason, Violation};
use crate::integrity::CorpusEvidence;
use crate::privacy::Pseudonyms;
use crate::proto::v1::{self, event};
use crate::query;
use crate::server::intake::now;
use crate::server::present::convert;
use crate::state::State;

/// Most reviews of one request.
const REVIEWS_MAX: usize = 1000;

/// Scores each review by itself; errors when the request itself is at fault.
pub(in crate::server) fn screen(
    (state, evidence): (&State, &CorpusEvidence),
    reviews: Vec<v1::Review>,
    pseudonyms: &Pseudonyms,
) -> Result<Vec<v1::ScreenedReview>, Vec<Violation>> {
    let count = reviews.len();
    let refused = |reason, description| {
        Err(vec![Violation {
            field: "reviews".to_owned(),
            description,
            reason,
        }])
    };
    if count == 0 {
        let said = format!("is empty; 1 to {REVIEWS_MAX} reviews are required");
        return refused(Reason::Required, said);
    }
    if count > REVIEWS_MAX {
        let said = format!("has {count} entries; at most {REVIEWS_MAX} are allowed");
        return refused(Reason::TooMany, said);
    }
    let arrival = now();
    let screened = reviews.into_iter().enumerate().map(|(index, mut message)| {
        pseudonyms.hide_author(&mut message);
        let id = message.review_id.clone();
        match parse_review(message, arrival) {
            Ok(review) => v1::ScreenedReview {
                assessment: Some(query::screen(state, evidence, &review)),
                rejection: None,
            },
            Err(found) => v1::ScreenedReview {
                assessment: None,
                rejection: Some(reject(index, id, found)),
            },
        }
    });
    Ok(screened.collect())
}

fn reject(index: usize, review_id: String, found: Vec<Violation>) -> v1::Rejection {
    let place = format!("reviews[{index}]");
    let violations = found.into_iter().map(|fault| {
        // Paths start below an event, which there is none of here.
        let field = fault.field.strip_prefix("review.").map(str::to_owned);
        let field = field.unwrap_or(fault.field);
        convert::violation(&place, Violation { field, ..fault })
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
