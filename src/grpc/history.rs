//! Tells how assessments went over time.

use pbjson_types::Timestamp;
use tonic::{Request, Response, Status};

use super::access::Scope;
use super::{blocking, page, status};
use crate::domain::{Kind, Reason, Time, Violation, parse_subject, parse_time};
use crate::engine::Engine;
use crate::proto::v1::history_service_server::HistoryService;
use crate::proto::v1::{ListHistoryRequest, ListHistoryResponse};
use crate::query;

/// The service.
pub(super) struct History {
    engine: Engine,
}

impl History {
    pub(super) fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

#[tonic::async_trait]
impl HistoryService for History {
    async fn list_history(
        &self,
        request: Request<ListHistoryRequest>,
    ) -> Result<Response<ListHistoryResponse>, Status> {
        let scope = Scope::of(&request);
        let ListHistoryRequest {
            subject,
            start_time,
            end_time,
            page_size,
            page_token,
        } = request.into_inner();
        let subject = parse_subject(subject).map_err(status::invalid)?;
        if subject.kind() == Kind::Review {
            return Err(refused(
                "subject.kind",
                "is a review; reviews have no daily history",
            ));
        }
        let (start, end) = range(start_time, end_time)?;
        let size = page::size(page_size, 100).map_err(status::invalid)?;
        let place = page::read(&page_token).map_err(status::invalid)?;
        let published = self.engine.published();
        scope.permit(&published.state, &subject)?;
        let row =
            query::find_row(&published.state, &subject).ok_or_else(|| status::unknown(&subject))?;
        let engine = self.engine.clone();
        // The place is a day, so that points which come later shift nothing.
        let days = start.max(u32::try_from(place).unwrap_or(u32::MAX))..end;
        let points = blocking(move || {
            let subject = (subject.kind(), row);
            query::list_points(&published, engine.store(), subject, &days, size + 1)
        })
        .await?
        .map_err(|error| status::engine(&error.into()))?;
        let next = points
            .get(size)
            .map(|point| page::token(point.day as usize));
        let points = points.iter().take(size).map(query::point_message);
        Ok(Response::new(ListHistoryResponse {
            points: points.collect(),
            next_page_token: next.unwrap_or_default(),
        }))
    }
}

/// First day, and the day after the last.
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
        return Err(refused("end_time", "is not after start_time"));
    }
    let last = end.map_or(u32::MAX, |end| end.seconds().div_ceil(crate::domain::DAY));
    Ok((start.map_or(0, Time::day), last))
}

fn refused(field: &str, description: &str) -> Status {
    status::invalid(vec![Violation {
        field: field.to_owned(),
        description: description.to_owned(),
        reason: Reason::Inconsistent,
    }])
}
