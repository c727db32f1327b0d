//! The stream of a watch: reads filters and resume tokens, and writes notices.

use std::pin::Pin;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prost::Message as _;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::domain::{Id, Kind, Reason, Violation};
use crate::proto::v1::{Band, SubjectKind, WatchAssessmentsRequest, WatchAssessmentsResponse};
use crate::query::{Notice, Position, WatchError, WatchFilter, Watcher, Watches};
use crate::server::access::Scope;
use crate::server::present::assessment::assessment_message;
use crate::server::present::redact;
use crate::server::status;

/// Most kinds of one filter; a kind may be named twice.
const KINDS_MAX: usize = 8;
/// Most sellers of one filter.
const SELLERS_MAX: usize = 100;
/// Notices that wait for the connection; all others wait in the change ring.
const NOTICES_AHEAD: usize = 16;
/// The first byte of a token.
const TOKEN_VERSION: u8 = 3;
/// The first byte of tokens of before 0.2.0, which held a place in the log.
const LOG_TOKEN_VERSION: u8 = 2;

/// The answers of a watch.
pub(in crate::server) type Notices =
    Pin<Box<dyn Stream<Item = Result<WatchAssessmentsResponse, Status>> + Send>>;

/// The content of a token. It is not sealed, as it gives access to nothing: the request decides
/// what is sent.
#[derive(Serialize, Deserialize)]
struct ResumeToken {
    position: Position,
    /// Checksum of the request that the token belongs to.
    request: u32,
}

impl ResumeToken {
    fn encode(&self) -> String {
        let mut bytes = vec![TOKEN_VERSION];
        // Plain numbers, which always can be written.
        bytes.extend(postcard::to_allocvec(self).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token that may be of another run of the service, or of another store.
    fn decode(token: &str) -> Result<Self, Status> {
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let decoded = match bytes.split_first() {
            Some((&TOKEN_VERSION, content)) => postcard::from_bytes(content).ok(),
            Some((&LOG_TOKEN_VERSION, _)) => return Err(refusal(WatchError::TooOld)),
            _ => None,
        };
        decoded.ok_or_else(|| invalid_token("is none that this service gives out"))
    }
}

/// Decodes a resume token of arbitrary bytes, and one that anybody could send.
#[cfg(any(test, fuzzing))]
pub(in crate::server) fn fuzz_resume_token(bytes: &[u8]) {
    let _ = ResumeToken::decode(&String::from_utf8_lossy(bytes));
    if let Ok(token) = ResumeToken::decode(&URL_SAFE_NO_PAD.encode(bytes)) {
        let again = ResumeToken::decode(&token.encode()).map(|token| token.encode());
        assert_eq!(again.ok(), Some(token.encode()));
    }
}

/// Begins a watch, or resumes one.
pub(in crate::server) fn begin(
    watches: &Arc<Watches>,
    scope: Scope,
    mut request: WatchAssessmentsRequest,
) -> Result<Notices, Status> {
    let token = std::mem::take(&mut request.resume_token);
    let checksum = crc32fast::hash(&request.encode_to_vec());
    let resume = match token.as_str() {
        "" => None,
        token => Some(ResumeToken::decode(token)?),
    };
    if resume
        .as_ref()
        .is_some_and(|token| token.request != checksum)
    {
        return Err(invalid_token("belongs to other filters"));
    }
    let mut filter = filter(request).map_err(status::invalid)?;
    if let Scope::Sellers { own, .. } = &scope {
        if own.is_empty() || filter.sellers.iter().any(|id| !own.contains(id)) {
            return Err(status::foreign());
        }
        if filter.sellers.is_empty() {
            filter.sellers = own.iter().cloned().collect();
        }
    }
    let position = resume.map(|token| token.position);
    let watcher = watches.watch(filter, position).map_err(refusal)?;
    let (sender, notices) = mpsc::channel(NOTICES_AHEAD);
    let response = move |notice: Notice| WatchAssessmentsResponse {
        assessment: notice.assessment.map(|assessment| {
            assessment_message(redact::assessment(&scope, Arc::unwrap_or_clone(assessment)))
        }),
        resume_token: ResumeToken {
            position: notice.position,
            request: checksum,
        }
        .encode(),
        log_sequence: notice.log_sequence,
    };
    tokio::spawn(send(watcher, sender, response));
    Ok(Box::pin(ReceiverStream::new(notices)))
}

/// Sends notices until the watch ends or the client is gone.
async fn send(
    mut watcher: Watcher,
    sender: Sender<Result<WatchAssessmentsResponse, Status>>,
    response: impl Fn(Notice) -> WatchAssessmentsResponse,
) {
    loop {
        let next = tokio::select! {
            next = watcher.next() => next,
            () = sender.closed() => return,
        };
        let ended = next.is_err();
        let sent = sender.send(next.map(&response).map_err(refusal)).await;
        if ended || sent.is_err() {
            return;
        }
    }
}

fn refusal(error: WatchError) -> Status {
    match error {
        WatchError::TooMany | WatchError::Slow => status::exhausted(error.to_string()),
        WatchError::TooOld => status::too_old(error.to_string()),
        WatchError::Ended => status::unavailable(error.to_string()),
    }
}

fn invalid_token(description: &str) -> Status {
    status::invalid_argument("resume_token", Reason::Malformed, description)
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
    let mut violations = Vec::new();
    let mut violate = |field: String, description: String, reason| {
        violations.push(Violation::new(field, reason, description));
    };
    // Entries beyond the limit are not checked one by one: there may be millions.
    for (field, count, most) in [
        ("kinds", kinds.len(), KINDS_MAX),
        ("seller_ids", seller_ids.len(), SELLERS_MAX),
    ] {
        if count > most {
            let description = format!("has {count} entries; at most {most} are allowed");
            violate(field.to_owned(), description, Reason::TooMany);
        }
    }
    let mut wanted = Vec::new();
    for (index, kind) in kinds.into_iter().enumerate().take(KINDS_MAX) {
        match SubjectKind::try_from(kind) {
            Ok(SubjectKind::Reviewer) => wanted.push(Kind::Reviewer),
            Ok(SubjectKind::Listing) => wanted.push(Kind::Listing),
            Ok(SubjectKind::Seller) => wanted.push(Kind::Seller),
            Ok(SubjectKind::Unspecified | SubjectKind::Review) | Err(_) => violate(
                format!("kinds[{index}]"),
                "is not reviewer, listing or seller".to_owned(),
                Reason::OutOfRange,
            ),
        }
    }
    for (index, id) in seller_ids.iter().enumerate().take(SELLERS_MAX) {
        if Id::new(id).is_none() {
            let description = "is not 1 to 128 bytes without control characters".to_owned();
            violate(
                format!("seller_ids[{index}]"),
                description,
                Reason::Malformed,
            );
        }
    }
    let least_band = Band::try_from(min_band);
    if least_band.is_err() {
        let description = "is no known value".to_owned();
        violate("min_band".to_owned(), description, Reason::UnknownValue);
    }
    if let Some(least) = min_attack_probability
        && !(0.0..=1.0).contains(&least)
    {
        let description = format!("is {least}; 0 to 1 is allowed");
        violate(
            "min_attack_probability".to_owned(),
            description,
            Reason::OutOfRange,
        );
    }
    if !violations.is_empty() {
        return Err(violations);
    }
    Ok(WatchFilter {
        kinds: wanted,
        sellers: seller_ids,
        marketplace,
        min_band: least_band.unwrap_or(Band::Unspecified).into(),
        min_attack: min_attack_probability,
    })
}
