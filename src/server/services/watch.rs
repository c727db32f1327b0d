//! The stream of a watch: filters read, notices told, tokens sealed.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;

use crate::domain::{Id, Kind, Reason, Violation};
use crate::engine::Engine;
use crate::proto::v1::{Band, SubjectKind, WatchAssessmentsRequest, WatchAssessmentsResponse};
use crate::query::{Mark, WatchError, WatchFilter, Watches};
use crate::server::access::Scope;
use crate::server::page::PageTokens;
use crate::server::present::redact;
use crate::server::status;

/// Most kinds of one filter, some of them twice perhaps.
const KINDS_MAX: usize = 8;
/// Most sellers of one filter.
const SELLERS_MAX: usize = 100;

/// What a watcher is told.
pub(in crate::server) type Notices =
    Pin<Box<dyn Stream<Item = Result<WatchAssessmentsResponse, Status>> + Send>>;

/// Begins a watch, or resumes one.
pub(in crate::server) fn begin(
    engine: &Engine,
    tokens: &PageTokens,
    watches: &Arc<Watches>,
    (scope, request): (Scope, WatchAssessmentsRequest),
) -> Result<Notices, Status> {
    let bound = WatchAssessmentsRequest {
        resume_token: String::new(),
        ..request.clone()
    };
    let codec = tokens
        .codec("WatchAssessments", &bound)
        .for_field("resume_token");
    let from: Option<Mark> = codec.decode(&request.resume_token)?;
    if from.is_some_and(|from| from.sequence > engine.newest().log_sequence) {
        // Such as after an older backup was restored.
        return Err(status::invalid_argument(
            "resume_token",
            Reason::OutOfRange,
            "is ahead of the log",
        ));
    }
    let mut filter = filter(request).map_err(status::invalid)?;
    if let Scope::Sellers(own) = &scope {
        if filter.sellers.iter().any(|id| !own.contains(id)) {
            return Err(status::foreign());
        }
        if filter.sellers.is_empty() {
            filter.sellers = own.iter().cloned().collect();
        }
        if own.is_empty() {
            return Err(status::foreign());
        }
    }
    let watch = Arc::clone(watches).watch(filter, from).map_err(refusal)?;
    let cut = Arc::clone(&watch.cut);
    let end = Arc::clone(&watch.cut);
    let notices = ReceiverStream::new(watch.notices)
        // What waits for a reader that was too slow is of no use to it: the token leads there.
        .take_while(move |_| !cut.load(Ordering::Acquire))
        .map(move |notice| {
            let assessment = notice.assessment.map(Arc::unwrap_or_clone);
            Ok(WatchAssessmentsResponse {
                assessment: assessment.map(|held| redact::assessment(&scope, held)),
                resume_token: codec.encode(&notice.done),
                log_sequence: notice.log_sequence,
            })
        });
    let why = tokio_stream::once(()).map(move |()| {
        let error = if end.load(Ordering::Acquire) {
            WatchError::Slow
        } else {
            WatchError::Ended
        };
        Err(refusal(error))
    });
    Ok(Box::pin(notices.chain(why)))
}

fn refusal(error: WatchError) -> Status {
    match error {
        WatchError::TooMany | WatchError::Slow => status::exhausted(error.to_string()),
        WatchError::Ended => status::unavailable(error.to_string()),
    }
}

fn filter(request: WatchAssessmentsRequest) -> Result<WatchFilter, Vec<Violation>> {
    let WatchAssessmentsRequest {
        kinds,
        seller_ids,
        marketplace,
        min_band,
        min_attack_probability,
        resume_token: _,
    } = request;
    let mut faults = Vec::new();
    let mut fail = |field: String, description: String, reason| {
        faults.push(Violation::new(field, reason, description));
    };
    // What is beyond is not looked at one by one: it may be millions.
    for (field, count, most) in [
        ("kinds", kinds.len(), KINDS_MAX),
        ("seller_ids", seller_ids.len(), SELLERS_MAX),
    ] {
        if count > most {
            let said = format!("has {count} entries; at most {most} are allowed");
            fail(field.to_owned(), said, Reason::TooMany);
        }
    }
    let mut wanted = Vec::new();
    for (place, kind) in kinds.into_iter().enumerate().take(KINDS_MAX) {
        match SubjectKind::try_from(kind) {
            Ok(SubjectKind::Reviewer) => wanted.push(Kind::Reviewer),
            Ok(SubjectKind::Listing) => wanted.push(Kind::Listing),
            Ok(SubjectKind::Seller) => wanted.push(Kind::Seller),
            Ok(SubjectKind::Unspecified | SubjectKind::Review) | Err(_) => fail(
                format!("kinds[{place}]"),
                "is not reviewer, listing or seller".to_owned(),
                Reason::OutOfRange,
            ),
        }
    }
    for (place, id) in seller_ids.iter().enumerate().take(SELLERS_MAX) {
        if Id::new(id).is_none() {
            let said = "is not 1 to 128 bytes without control characters".to_owned();
            fail(format!("seller_ids[{place}]"), said, Reason::Malformed);
        }
    }
    let known = Band::try_from(min_band);
    if known.is_err() {
        let said = "is no known value".to_owned();
        fail("min_band".to_owned(), said, Reason::UnknownValue);
    }
    let min_band = known.unwrap_or(Band::Unspecified);
    if let Some(least) = min_attack_probability
        && !(0.0..=1.0).contains(&least)
    {
        let said = format!("is {least}; 0 to 1 is allowed");
        fail(
            "min_attack_probability".to_owned(),
            said,
            Reason::OutOfRange,
        );
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(WatchFilter {
        kinds: wanted,
        sellers: seller_ids,
        marketplace,
        min_band,
        min_attack: min_attack_probability,
    })
}
