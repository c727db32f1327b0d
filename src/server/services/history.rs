//! Serves `HistoryService`: daily history and watches.

use std::sync::Arc;

use pbjson_types::Timestamp;
use tonic::{Request, Response, Status};

use crate::codec::parse_time;
use crate::domain::{Kind, Reason, Time};
use crate::engine::Snapshots;
use crate::privacy::Pseudonyms;
use crate::proto::v1::{self, ListHistoryRequest, ListHistoryResponse, WatchAssessmentsRequest};
use crate::query::{self, Period, Watches};
use crate::server::Service;
use crate::server::access::Scope;
use crate::server::blocking;
use crate::server::page::{self, PageTokens};
use crate::server::present::assessment::point_message;
use crate::server::services::watch::{self, Notices};
use crate::server::status;
use crate::server::subject;
use crate::server::wire::services::history_service_server::HistoryService;

/// The service.
pub(in crate::server) struct History {
    snapshots: Snapshots,
    pseudonyms: Pseudonyms,
    tokens: PageTokens,
    watches: Arc<Watches>,
}

impl History {
    pub(in crate::server) fn new(service: &Service) -> Self {
        Self {
            snapshots: service.engine.snapshots.clone(),
            pseudonyms: service.pseudonyms.clone(),
            tokens: service.tokens.clone(),
            watches: Arc::clone(&service.watches),
        }
    }
}

#[tonic::async_trait]
impl HistoryService for History {
    type WatchAssessmentsStream = Notices;

    async fn watch_assessments(
        &self,
        request: Request<WatchAssessmentsRequest>,
    ) -> Result<Response<Notices>, Status> {
        let scope = Scope::of(&request);
        let request = request.into_inner();
        watch::begin(&self.watches, scope, request).map(Response::new)
    }

    async fn list_history(
        &self,
        request: Request<ListHistoryRequest>,
    ) -> Result<Response<ListHistoryResponse>, Status> {
        let scope = Scope::of(&request);
        let request = request.into_inner();
        let filter = ListHistoryRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let codec = self.tokens.codec("ListHistory", &filter);
        let subject = subject(&self.pseudonyms, request.subject)?;
        if subject.kind() == Kind::Review {
            return Err(status::invalid_argument(
                "subject.kind",
                Reason::Inconsistent,
                "is a review; reviews have no daily history",
            ));
        }
        let (start, end) = range(request.start_time, request.end_time)?;
        let period = period(request.resolution)?;
        let size = page::size(request.page_size, 100)?;
        // The place is a day, so that points which come later shift nothing.
        let place: Option<u32> = codec.decode(&request.page_token)?;
        let days = start.max(place.unwrap_or(0))..end;
        let snapshots = self.snapshots.clone();
        let points = blocking(move || {
            snapshots.with_history(|snapshot, store| {
                scope.permit(&snapshot.state, &subject)?;
                let row = snapshot
                    .state
                    .find_subject(&subject)
                    .ok_or_else(|| status::unknown(&subject))?;
                query::list_periods(snapshot, store, row, &days, period, size + 1)
                    .map_err(|error| status::engine(&error.into()))
            })
        })
        .await??;
        let next = points.get(size).map(|point| codec.encode(&point.day));
        let points = points.iter().take(size).map(point_message);
        Ok(Response::new(ListHistoryResponse {
            points: points.collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }
}

fn period(number: i32) -> Result<Period, Status> {
    match v1::Resolution::try_from(number) {
        Ok(v1::Resolution::Unspecified | v1::Resolution::Day) => Ok(Period::Day),
        Ok(v1::Resolution::Week) => Ok(Period::Week),
        Ok(v1::Resolution::Month) => Ok(Period::Month),
        Err(_) => Err(status::invalid_argument(
            "resolution",
            Reason::UnknownValue,
            "is no known value",
        )),
    }
}

/// Parses a range into its first day and the day after its last.
fn range(start: Option<Timestamp>, end: Option<Timestamp>) -> Result<(u32, u32), Status> {
    let start = parse_time("start_time", start);
    let end = parse_time("end_time", end);
    let (start, end) = match (start, end) {
        (Ok(start), Ok(end)) => (start, end),
        (start, end) => {
            let found = [start.err(), end.err()].into_iter().flatten().flatten();
            return Err(status::invalid(found.collect()));
        }
    };
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        return Err(status::invalid_argument(
            "end_time",
            Reason::Inconsistent,
            "is not after start_time",
        ));
    }
    let last = end.map_or(u32::MAX, |end| end.seconds().div_ceil(crate::domain::DAY));
    Ok((start.map_or(0, Time::day), last))
}
