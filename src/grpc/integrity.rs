//! Answers how likely manipulation is, and why.

use std::sync::Arc;

use prost::Message as _;
use tonic::{Request, Response, Status};
use tracing::Span;

use super::access::Scope;
use super::{blocking, campaigns, page, redact, screen, status};
use crate::domain::{Kind, Reason, Subject, Time, Violation, parse_subject, parse_time};
use crate::engine::{Engine, View};
use crate::integrity::Evidence;
use crate::proto::v1::integrity_service_server::IntegrityService;
use crate::proto::v1::{
    Assessment, AssessmentOrder, Event, GetAssessmentRequest, GetAssessmentResponse,
    GetCampaignRequest, GetCampaignResponse, GetDividendRequest, GetDividendResponse,
    ListAssessmentsRequest, ListAssessmentsResponse, ListCampaignsRequest, ListCampaignsResponse,
    ListSuspectReviewsRequest, ListSuspectReviewsResponse, Review, ScreenReviewsRequest,
    ScreenReviewsResponse, SubjectKind, SuspectReview, event,
};
use crate::query::{self, Order, Ranked, Rankings};
use crate::state::State;
use crate::telemetry::stage;

/// The service.
pub(super) struct Integrity {
    engine: Engine,
    rankings: Arc<Rankings>,
    campaigns: campaigns::Campaigns,
}

impl Integrity {
    pub(super) fn new(engine: Engine) -> Self {
        Self {
            campaigns: campaigns::Campaigns::new(engine.clone()),
            engine,
            rankings: Arc::default(),
        }
    }

    /// As history has it.
    async fn assess_then(&self, subject: Subject, as_of: Time) -> Result<Assessment, Status> {
        let published = self.engine.published();
        let row =
            query::find_row(&published.state, &subject).ok_or_else(|| status::unknown(&subject))?;
        let engine = self.engine.clone();
        let point = blocking({
            let subject = (subject.kind(), row);
            move || query::last_point(&published, engine.store(), subject, as_of.day())
        })
        .await?
        .map_err(|error| status::engine(&error.into()))?;
        Ok(query::assess_then(&subject, point.as_ref()))
    }
}

#[tonic::async_trait]
impl IntegrityService for Integrity {
    async fn get_assessment(
        &self,
        request: Request<GetAssessmentRequest>,
    ) -> Result<Response<GetAssessmentResponse>, Status> {
        let scope = Scope::of(&request);
        let GetAssessmentRequest { subject, as_of } = request.into_inner();
        let subject = parse_subject(subject).map_err(status::invalid)?;
        scope.permit(&self.engine.published().state, &subject)?;
        if let Some(as_of) = parse_time("as_of", as_of).map_err(status::invalid)? {
            if subject.kind() == Kind::Review {
                return Err(invalid("as_of", "is set; reviews have no daily history"));
            }
            let assessment = Some(self.assess_then(subject, as_of).await?);
            return Ok(Response::new(GetAssessmentResponse { assessment }));
        }
        let View {
            published,
            evidence,
        } = self.engine.view();
        let assessment = stage!(&Span::current(), "score")
            .in_scope(|| {
                let row = query::find_row(&published.state, &subject)?;
                query::assess(&published.state, &evidence, subject.kind(), row)
            })
            .ok_or_else(|| status::unknown(&subject))?;
        Ok(Response::new(GetAssessmentResponse {
            assessment: Some(redact::assessment(&scope, assessment)),
        }))
    }

    async fn list_assessments(
        &self,
        request: Request<ListAssessmentsRequest>,
    ) -> Result<Response<ListAssessmentsResponse>, Status> {
        let scope = Scope::of(&request);
        let request = request.into_inner();
        let kind = ranked_kind(request.kind)?;
        if scope.is_bound() && kind == Kind::Reviewer || !may_filter(&scope, &request) {
            return Err(status::foreign());
        }
        let order = ranked_order(request.order, kind)?;
        let size = page::size(request.page_size, 50).map_err(status::invalid)?;
        let start = page::read(&request.page_token).map_err(status::invalid)?;
        let View {
            published,
            evidence,
        } = self.engine.view();
        let rankings = Arc::clone(&self.rankings);
        // One assessment a subject: too much for a thread that serves others.
        let page = blocking(move || {
            let ranked = rankings.rank(&published.state, &evidence, kind, order);
            let own = scope.rows(&published.state, kind);
            let mut rest = ranked
                .iter()
                .filter(|ranked| own.as_ref().is_none_or(|own| own.contains(&ranked.row)))
                .filter(|ranked| in_bands(&request.bands, ranked))
                .filter_map(|Ranked { row, .. }| {
                    query::assess(&published.state, &evidence, kind, *row)
                })
                .filter(|assessment| wanted(&request, assessment))
                .skip(start);
            let assessments: Vec<Assessment> = rest
                .by_ref()
                .take(size)
                .map(|assessment| redact::assessment(&scope, assessment))
                .collect();
            let next = rest.next().map(|_| page::token(start + size));
            ListAssessmentsResponse {
                assessments,
                next_page_token: next.unwrap_or_default(),
            }
        })
        .await?;
        Ok(Response::new(page))
    }

    async fn screen_reviews(
        &self,
        request: Request<ScreenReviewsRequest>,
    ) -> Result<Response<ScreenReviewsResponse>, Status> {
        let ScreenReviewsRequest { reviews } = request.into_inner();
        let View {
            published,
            evidence,
        } = self.engine.view();
        let results = blocking(move || {
            let score = stage!(
                &Span::current(),
                "score",
                goodstanding.reviews = reviews.len()
            );
            score.in_scope(|| screen::screen((&published.state, &evidence), reviews))
        })
        .await?
        .map_err(status::invalid)?;
        let scored = results
            .iter()
            .filter_map(|result| result.assessment.as_ref());
        let metrics = &self.engine.instruments().metrics;
        metrics.pipeline.screened(scored.map(Assessment::band));
        Ok(Response::new(ScreenReviewsResponse { results }))
    }

    async fn list_suspect_reviews(
        &self,
        request: Request<ListSuspectReviewsRequest>,
    ) -> Result<Response<ListSuspectReviewsResponse>, Status> {
        let scope = Scope::of(&request);
        let ListSuspectReviewsRequest {
            subject,
            min_probability,
            page_size,
            page_token,
        } = request.into_inner();
        let subject = parse_subject(subject).map_err(status::invalid)?;
        if !(0.0..=1.0).contains(&min_probability) {
            return Err(invalid("min_probability", "is not within 0 to 1"));
        }
        let size = page::size(page_size, 50).map_err(status::invalid)?;
        let start = page::read(&page_token).map_err(status::invalid)?;
        let View {
            published,
            evidence,
        } = self.engine.view();
        scope.permit(&published.state, &subject)?;
        let row =
            query::find_row(&published.state, &subject).ok_or_else(|| status::unknown(&subject))?;
        let engine = self.engine.clone();
        let least = libm::log(min_probability) - libm::log1p(-min_probability);
        let page = blocking(move || {
            let known = (&published.state, &evidence);
            let (ranked, truncated) = query::suspect_reviews(known, subject.kind(), row, least);
            let more = ranked.len() > start.saturating_add(size);
            let reviews = ranked
                .iter()
                .skip(start)
                .take(size)
                .map(|ranked| suspect(&engine, known, ranked.row))
                .map(|found| found.map(|review| redact::suspect_review(&scope, review)))
                .collect::<Result<_, Status>>()?;
            let next_page_token = if more {
                page::token(start + size)
            } else {
                String::new()
            };
            Ok::<_, Status>(ListSuspectReviewsResponse {
                reviews,
                next_page_token,
                truncated,
            })
        })
        .await??;
        Ok(Response::new(page))
    }

    async fn list_campaigns(
        &self,
        request: Request<ListCampaignsRequest>,
    ) -> Result<Response<ListCampaignsResponse>, Status> {
        self.campaigns
            .list(&Scope::of(&request), request.into_inner())
            .await
            .map(Response::new)
    }

    async fn get_campaign(
        &self,
        request: Request<GetCampaignRequest>,
    ) -> Result<Response<GetCampaignResponse>, Status> {
        self.campaigns
            .get(&Scope::of(&request), request.into_inner())
            .await
            .map(Response::new)
    }

    async fn get_dividend(
        &self,
        request: Request<GetDividendRequest>,
    ) -> Result<Response<GetDividendResponse>, Status> {
        self.campaigns
            .dividend(&Scope::of(&request), request.into_inner())
            .await
            .map(Response::new)
    }
}

fn suspect(
    engine: &Engine,
    (state, evidence): (&State, &Evidence),
    row: u32,
) -> Result<SuspectReview, Status> {
    let held = state.reviews().get(row).filter(|review| review.arrived());
    let review = match held {
        Some(held) => {
            let log = held.log();
            read_review(engine, log.sequence, log.index)?
        }
        None => None,
    };
    Ok(SuspectReview {
        review,
        assessment: query::assess(state, evidence, Kind::Review, row),
    })
}

/// Texts are not kept in memory.
fn read_review(engine: &Engine, sequence: u32, index: u16) -> Result<Option<Review>, Status> {
    let entry = engine
        .journal()
        .read_entry(sequence.into(), index.into())
        .map_err(|error| status::engine(&error.into()))?;
    let event = entry.and_then(|bytes| Event::decode(bytes.as_slice()).ok());
    Ok(event.and_then(|event| match event.payload {
        Some(event::Payload::Review(review)) => Some(review),
        _ => None,
    }))
}

/// Known from the ranking: only what is in a wanted band is assessed again, with its reasons.
fn in_bands(bands: &[i32], ranked: &Ranked) -> bool {
    bands.is_empty() || bands.contains(&query::band_message(ranked.band).into())
}

/// A filter by a foreign seller would only ever find nothing, which looks like an answer.
fn may_filter(scope: &Scope, request: &ListAssessmentsRequest) -> bool {
    request.seller_id.is_empty() || scope.has_seller(&request.seller_id)
}

fn wanted(request: &ListAssessmentsRequest, assessment: &Assessment) -> bool {
    (request.seller_id.is_empty() || assessment.seller_id == request.seller_id)
        && (request.peer_group.is_empty() || assessment.peer_group == request.peer_group)
}

fn ranked_kind(number: i32) -> Result<Kind, Status> {
    match SubjectKind::try_from(number) {
        Ok(SubjectKind::Reviewer) => Ok(Kind::Reviewer),
        Ok(SubjectKind::Listing) => Ok(Kind::Listing),
        Ok(SubjectKind::Seller) => Ok(Kind::Seller),
        Ok(SubjectKind::Unspecified | SubjectKind::Review) | Err(_) => {
            Err(invalid("kind", "is not reviewer, listing or seller"))
        }
    }
}

fn ranked_order(number: i32, kind: Kind) -> Result<Order, Status> {
    match AssessmentOrder::try_from(number) {
        Ok(AssessmentOrder::Unspecified | AssessmentOrder::Risk) => Ok(Order::Risk),
        Ok(AssessmentOrder::Attack) if kind == Kind::Reviewer => Err(invalid(
            "order",
            "is by attack, which reviewers do not have",
        )),
        Ok(AssessmentOrder::Attack) => Ok(Order::Attack),
        Err(_) => Err(invalid("order", "is no known value")),
    }
}

fn invalid(field: &str, description: &str) -> Status {
    status::invalid(vec![Violation {
        field: field.to_owned(),
        description: description.to_owned(),
        reason: Reason::OutOfRange,
    }])
}
