//! Serves `IntegrityService`: assessments, screening, campaigns and dividends.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use tracing::Span;

use crate::codec::parse_time;
use crate::domain::{self, Kind, Reason, Subject, Time};
use crate::engine::{ArrivalClock, ScoredSnapshot, Snapshots};
use crate::instruments::Pipeline;
use crate::integrity::dividend::RatingConfig;
use crate::privacy::Pseudonyms;
use crate::proto::v1::{
    AssessmentOrder, Band, GetAssessmentRequest, GetAssessmentResponse, GetCampaignRequest,
    GetCampaignResponse, GetDividendRequest, GetDividendResponse, ListAssessmentsRequest,
    ListAssessmentsResponse, ListCampaignsRequest, ListCampaignsResponse,
    ListSuspectReviewsRequest, ListSuspectReviewsResponse, ScreenReviewsResponse, SubjectKind,
};
use crate::query::{self, Order, RankedBy, Rankings};
use crate::server::Service;
use crate::server::access::Scope;
use crate::server::admission::Work;
use crate::server::blocking;
use crate::server::cancellable;
use crate::server::page::{self, PageTokens};
use crate::server::past;
use crate::server::present::assessment::assessment_message;
use crate::server::present::redact;
use crate::server::services::campaigns;
use crate::server::services::lists;
use crate::server::services::screen;
use crate::server::status;
use crate::server::subject as subject_of;
use crate::server::wire::ReviewBatch;
use crate::server::wire::services::integrity_service_server::IntegrityService;
use crate::telemetry::stage;

/// Most bands of one filter; a band may be named twice.
const BANDS_MAX: usize = 16;
/// Requests up to this size are screened on the async worker. A review takes some ten microseconds,
/// less than the start of a blocking thread on a busy machine.
const SCREENED_HERE: usize = 16;

/// The service.
pub(in crate::server) struct Integrity {
    snapshots: Snapshots,
    arrivals: ArrivalClock,
    pseudonyms: Pseudonyms,
    metrics: Pipeline,
    tokens: PageTokens,
    rankings: Arc<Rankings>,
    campaigns: campaigns::Campaigns,
}

impl Integrity {
    pub(in crate::server) fn new(service: &Service, rating: RatingConfig) -> Self {
        Self {
            campaigns: campaigns::Campaigns::new(service, rating),
            snapshots: service.engine.snapshots.clone(),
            arrivals: service.engine.arrivals.clone(),
            pseudonyms: service.pseudonyms.clone(),
            metrics: service.instruments.metrics.pipeline.clone(),
            tokens: service.tokens.clone(),
            rankings: Arc::default(),
        }
    }

    /// Assesses a subject as of a past day.
    async fn assess_then(
        &self,
        scope: &Scope,
        subject: Subject,
        as_of: Time,
    ) -> Result<domain::Assessment, Status> {
        let snapshots = self.snapshots.clone();
        let scope = scope.in_the_past(snapshots.newest());
        if subject.kind() == Kind::Review {
            return cancellable(Some(Work::LookBack), move |cancel| {
                let past = past(&snapshots, as_of, cancel)?;
                let state = &past.snapshot.state;
                scope.permit(state, &subject)?;
                state
                    .find_subject(&subject)
                    .and_then(|row| query::assess(state, &past.evidence, row))
                    .ok_or_else(|| status::unknown(&subject))
            })
            .await;
        }
        blocking(move || {
            snapshots.with_history(|snapshot, store| {
                let row = snapshot
                    .state
                    .find_subject(&subject)
                    .ok_or_else(|| status::unknown(&subject))?;
                let point = query::last_point(snapshot, store, row, as_of.day())
                    .map_err(|error| status::engine(&error.into()))?;
                Ok(query::assess_then(subject, point.as_ref()))
            })
        })
        .await?
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
        let subject = subject_of(&self.pseudonyms, subject)?;
        scope.permit(&self.snapshots.newest().state, &subject)?;
        if let Some(as_of) = parse_time("as_of", as_of).map_err(status::invalid)? {
            let then = self.assess_then(&scope, subject, as_of).await?;
            let assessment = Some(assessment_message(redact::assessment(&scope, then)));
            return Ok(Response::new(GetAssessmentResponse { assessment }));
        }
        let ScoredSnapshot { snapshot, evidence } = self.snapshots.scored();
        let assessment = stage!(&Span::current(), "score")
            .in_scope(|| {
                let row = snapshot.state.find_subject(&subject)?;
                query::assess(&snapshot.state, &evidence, row)
            })
            .ok_or_else(|| status::unknown(&subject))?;
        Ok(Response::new(GetAssessmentResponse {
            assessment: Some(assessment_message(redact::assessment(&scope, assessment))),
        }))
    }

    async fn list_assessments(
        &self,
        request: Request<ListAssessmentsRequest>,
    ) -> Result<Response<ListAssessmentsResponse>, Status> {
        let scope = Scope::of(&request);
        let request = request.into_inner();
        let kind = ranked_kind(request.kind)?;
        if scope.is_restricted() && kind == Kind::Reviewer || !may_filter(&scope, &request) {
            return Err(status::foreign());
        }
        let order = ranked_order(request.order, kind)?;
        ranked_bands(&request.bands)?;
        let as_of = parse_time("as_of", request.as_of).map_err(status::invalid)?;
        let size = page::size(request.page_size, 50)?;
        let filter = ListAssessmentsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let list = lists::Assessments {
            scope,
            by: RankedBy { kind, order },
            as_of: as_of.map(Time::day),
            size,
            codec: self.tokens.codec("ListAssessments", &filter),
            request,
        };
        let (snapshots, rankings) = (self.snapshots.clone(), Arc::clone(&self.rankings));
        // One assessment a subject: too much for a thread that serves others.
        let page = cancellable(Some(Work::Query), move |cancel| {
            list.page(&snapshots, &rankings, cancel)
        })
        .await?;
        Ok(Response::new(page))
    }

    async fn screen_reviews(
        &self,
        request: Request<ReviewBatch>,
    ) -> Result<Response<ScreenReviewsResponse>, Status> {
        let ReviewBatch { reviews } = request.into_inner();
        let ScoredSnapshot { snapshot, evidence } = self.snapshots.scored();
        let pseudonyms = self.pseudonyms.clone();
        let arrival = self.arrivals.now();
        let few = reviews.len() <= SCREENED_HERE;
        let work = move || {
            let score = stage!(
                &Span::current(),
                "score",
                goodstanding.reviews = reviews.len()
            );
            score.in_scope(|| {
                screen::screen(&snapshot.state, &evidence, &reviews, &pseudonyms, arrival)
            })
        };
        let results = if few { work()? } else { blocking(work).await?? };
        let scored = results
            .iter()
            .filter_map(|result| result.assessment.as_ref());
        self.metrics
            .screened(scored.map(|assessment| assessment.band().into()));
        Ok(Response::new(ScreenReviewsResponse { results }))
    }

    async fn list_suspect_reviews(
        &self,
        request: Request<ListSuspectReviewsRequest>,
    ) -> Result<Response<ListSuspectReviewsResponse>, Status> {
        let scope = Scope::of(&request);
        let request = request.into_inner();
        let filter = ListSuspectReviewsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let ListSuspectReviewsRequest {
            subject,
            min_probability,
            page_size,
            page_token,
            as_of,
        } = request;
        let subject = subject_of(&self.pseudonyms, subject)?;
        let as_of = parse_time("as_of", as_of).map_err(status::invalid)?;
        if !(0.0..=1.0).contains(&min_probability) {
            return Err(status::invalid_argument(
                "min_probability",
                Reason::OutOfRange,
                "is not within 0 to 1",
            ));
        }
        let size = page::size(page_size, 50)?;
        let codec = self.tokens.codec("ListSuspectReviews", &filter);
        let last = codec.decode(&page_token)?;
        scope.permit(&self.snapshots.newest().state, &subject)?;
        let scope = match as_of {
            Some(_) => scope.in_the_past(self.snapshots.newest()),
            None => scope,
        };
        let list = lists::Suspects {
            scope,
            subject,
            least: libm::log(min_probability) - libm::log1p(-min_probability),
            size,
            codec,
            last,
        };
        let snapshots = self.snapshots.clone();
        let kind = Some(Work::of(as_of.is_some()));
        let page = cancellable(kind, move |cancel| {
            let scored = match as_of {
                Some(as_of) => past(&snapshots, as_of, cancel)?,
                None => snapshots.scored(),
            };
            list.page(&snapshots, &scored, cancel)
        })
        .await?;
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

/// Whether the seller of a filter is in the scope. For another seller an empty list would look like
/// an answer.
fn may_filter(scope: &Scope, request: &ListAssessmentsRequest) -> bool {
    request.seller_id.is_empty() || scope.has_seller(&request.seller_id)
}

fn ranked_kind(number: i32) -> Result<Kind, Status> {
    match SubjectKind::try_from(number) {
        Ok(SubjectKind::Reviewer) => Ok(Kind::Reviewer),
        Ok(SubjectKind::Listing) => Ok(Kind::Listing),
        Ok(SubjectKind::Seller) => Ok(Kind::Seller),
        Ok(SubjectKind::Unspecified | SubjectKind::Review) | Err(_) => {
            Err(status::invalid_argument(
                "kind",
                Reason::OutOfRange,
                "is not reviewer, listing or seller",
            ))
        }
    }
}

fn ranked_order(number: i32, kind: Kind) -> Result<Order, Status> {
    match AssessmentOrder::try_from(number) {
        Ok(AssessmentOrder::Unspecified | AssessmentOrder::Risk) => Ok(Order::Risk),
        Ok(AssessmentOrder::Attack) if kind == Kind::Reviewer => Err(status::invalid_argument(
            "order",
            Reason::OutOfRange,
            "is by attack, which reviewers do not have",
        )),
        Ok(AssessmentOrder::Attack) => Ok(Order::Attack),
        Err(_) => Err(status::invalid_argument(
            "order",
            Reason::OutOfRange,
            "is no known value",
        )),
    }
}

/// Checks the bands of a filter, with which every subject is compared.
fn ranked_bands(bands: &[i32]) -> Result<(), Status> {
    let count = bands.len();
    if count > BANDS_MAX {
        let description = format!("has {count} entries; at most {BANDS_MAX} are allowed");
        return Err(status::invalid_argument(
            "bands",
            Reason::OutOfRange,
            description,
        ));
    }
    let unknown = |band: &i32| matches!(Band::try_from(*band), Ok(Band::Unspecified) | Err(_));
    match bands.iter().position(unknown) {
        Some(place) => Err(status::invalid_argument(
            format!("bands[{place}]"),
            Reason::OutOfRange,
            "is no band",
        )),
        None => Ok(()),
    }
}
