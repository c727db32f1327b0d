//! Answers requests about campaigns and dividends.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::Serialize;
use tonic::Status;

use crate::codec::parse_time;
use crate::domain::{Kind, Reason, Subject, Time};
use crate::engine::{ScoredSnapshot, Snapshot, Snapshots};
use crate::integrity::campaigns::Campaign;
use crate::integrity::dividend::{Formula, HALF_LIFE_DAYS_MOST, PRIOR_REVIEWS_MOST, RatingConfig};
use crate::privacy::Pseudonyms;
use crate::proto::v1::rating_formula::Kind as FormulaKind;
use crate::proto::v1::rating_formula::{Prior, Recency};
use crate::proto::v1::{
    CampaignMember, GetCampaignRequest, GetCampaignResponse, GetDividendRequest,
    GetDividendResponse, ListCampaignsRequest, ListCampaignsResponse, RatingFormula,
};
use crate::server::Service;
use crate::server::access::Scope;
use crate::server::admission::Work;
use crate::server::cancellable;
use crate::server::page::{self, PageTokenCodec, PageTokens};
use crate::server::past;
use crate::server::present::campaign::{campaigns_of, dividend_of};
use crate::server::present::redact;
use crate::server::status;
use crate::server::subject as subject_of;
use crate::state::SubjectIx;

/// Least confidence of listed campaigns by default.
const CONFIDENCE_LEAST: f64 = 0.5;

/// The part of the integrity service for campaigns and dividends.
pub(in crate::server) struct Campaigns {
    snapshots: Snapshots,
    pseudonyms: Pseudonyms,
    tokens: PageTokens,
    rating: Arc<RatingConfig>,
}

impl Campaigns {
    pub(in crate::server) fn new(service: &Service, rating: RatingConfig) -> Self {
        Self {
            snapshots: service.engine.snapshots.clone(),
            pseudonyms: service.pseudonyms.clone(),
            tokens: service.tokens.clone(),
            rating: Arc::new(rating),
        }
    }

    pub(in crate::server) async fn list(
        &self,
        scope: &Scope,
        request: ListCampaignsRequest,
    ) -> Result<ListCampaignsResponse, Status> {
        let filter = ListCampaignsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let codec = self.tokens.codec("ListCampaigns", &filter);
        let ListCampaignsRequest {
            subject,
            min_confidence,
            page_size,
            page_token,
            as_of,
        } = request;
        let subject = subject.map(|subject| subject_of(&self.pseudonyms, Some(subject)));
        let subject = subject.transpose()?;
        let as_of = parse_time("as_of", as_of).map_err(status::invalid)?;
        let least = min_confidence.unwrap_or(CONFIDENCE_LEAST);
        check("min_confidence", least, 0.0, 1.0)?;
        let size = page::size(page_size, 50)?;
        let last: Option<(usize, String)> = codec.decode(&page_token)?;
        if let Some(subject) = &subject {
            scope.permit(&self.snapshots.newest().state, subject)?;
        }
        let scope = self.scope_of(scope, as_of);
        self.look(as_of, move |scored| {
            let state = &scored.snapshot.state;
            let subject = subject
                .map(|subject| {
                    scope.permit(state, &subject)?;
                    find(&scored.snapshot, &subject)
                })
                .transpose()?;
            let mut campaigns = campaigns_of(state, scored.evidence.campaigns(), subject, least);
            campaigns.retain(|campaign| redact::sees_campaign(&scope, state, campaign));
            let position = |campaign: &&Campaign| (campaign.members.len(), campaign.id.clone());
            let start = last.map_or(0, |(members, id)| {
                // The largest first, then by id.
                campaigns.partition_point(|campaign| {
                    (Reverse(campaign.members.len()), &campaign.id) <= (Reverse(members), &id)
                })
            });
            let rest = campaigns.get(start..).unwrap_or_default();
            let (page, token) = take(rest, size, &codec, position);
            Ok(ListCampaignsResponse {
                next_page_token: token,
                campaigns: page
                    .iter()
                    .map(|campaign| redact::campaign(&scope, state, campaign))
                    .collect(),
            })
        })
        .await
    }

    pub(in crate::server) async fn get(
        &self,
        scope: &Scope,
        request: GetCampaignRequest,
    ) -> Result<GetCampaignResponse, Status> {
        let filter = GetCampaignRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let codec = self.tokens.codec("GetCampaign", &filter);
        let GetCampaignRequest {
            campaign_id,
            page_size,
            page_token,
            as_of,
        } = request;
        let size = page::size(page_size, 50)?;
        let last: Option<MemberPosition> = codec.decode(&page_token)?;
        let as_of = parse_time("as_of", as_of).map_err(status::invalid)?;
        let well_formed = campaign_id.len() == 16
            && campaign_id
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !well_formed {
            let description = "is not 16 hexadecimal digits in small letters";
            return Err(status::invalid_argument(
                "campaign_id",
                Reason::Malformed,
                description,
            ));
        }
        let scope = self.scope_of(scope, as_of);
        self.look(as_of, move |scored| {
            let state = &scored.snapshot.state;
            let campaign = scored.evidence.campaigns().get(&campaign_id);
            let visible =
                campaign.filter(|campaign| redact::sees_campaign(&scope, state, campaign));
            let campaign = visible.ok_or_else(|| {
                if scope.is_restricted() {
                    status::foreign()
                } else {
                    Status::not_found(format!("no campaign {campaign_id} is known"))
                }
            })?;
            let members: Vec<VisibleMember> = redact::members(&scope, state, campaign)
                .into_iter()
                .filter_map(|member| {
                    let message = redact::member(&scope, state, member)?;
                    Some((member_position(&message), message))
                })
                .collect();
            let start = last.map_or(0, |last| {
                members.partition_point(|(position, _)| *position <= last)
            });
            let rest = members.get(start..).unwrap_or_default();
            let (page, token) = take(rest, size, &codec, |(position, _)| position.clone());
            Ok(GetCampaignResponse {
                campaign: Some(redact::campaign(&scope, state, campaign)),
                members: page.iter().map(|(_, member)| member.clone()).collect(),
                next_page_token: token,
            })
        })
        .await
    }

    pub(in crate::server) async fn dividend(
        &self,
        scope: &Scope,
        request: GetDividendRequest,
    ) -> Result<GetDividendResponse, Status> {
        let GetDividendRequest {
            subject,
            formula,
            as_of,
        } = request;
        let subject = subject_of(&self.pseudonyms, subject)?;
        let as_of = parse_time("as_of", as_of).map_err(status::invalid)?;
        if !matches!(subject.kind(), Kind::Listing | Kind::Seller) {
            let description = "is not a listing or a seller";
            return Err(status::invalid_argument(
                "subject.kind",
                Reason::OutOfRange,
                description,
            ));
        }
        let formula = parse_formula(formula)?;
        scope.permit(&self.snapshots.newest().state, &subject)?;
        let (scope, rating) = (scope.clone(), Arc::clone(&self.rating));
        self.look(as_of, move |scored| {
            let ScoredSnapshot { snapshot, evidence } = scored;
            scope.permit(&snapshot.state, &subject)?;
            let row = find(snapshot, &subject)?;
            let state = &snapshot.state;
            Ok(GetDividendResponse {
                dividend: dividend_of(state, evidence, row, formula, &rating),
            })
        })
        .await
    }

    /// The scope of a read, which may be as of a past day.
    fn scope_of(&self, scope: &Scope, as_of: Option<Time>) -> Scope {
        match as_of {
            Some(_) => scope.in_the_past(self.snapshots.newest()),
            None => scope.clone(),
        }
    }

    /// Runs a read on the current snapshot or on that of a past day.
    async fn look<T: Send + 'static>(
        &self,
        as_of: Option<Time>,
        read: impl FnOnce(&ScoredSnapshot) -> Result<T, Status> + Send + 'static,
    ) -> Result<T, Status> {
        let snapshots = self.snapshots.clone();
        cancellable(Some(Work::of(as_of.is_some())), move |cancel| {
            let scored = match as_of {
                Some(as_of) => past(&snapshots, as_of, cancel)?,
                None => snapshots.scored(),
            };
            read(&scored)
        })
        .await
    }
}

/// Sort key of the members of a campaign: time, then ids.
type MemberPosition = (i64, String, String);
/// A visible member and its position.
type VisibleMember = (MemberPosition, CampaignMember);

fn member_position(member: &CampaignMember) -> MemberPosition {
    (
        // Those without a time come last.
        member.time.map_or(i64::MAX, |time| time.seconds),
        member.marketplace.clone(),
        member.review_id.clone(),
    )
}

/// Returns the first page of `size` entries, and the token of the next one.
fn take<'a, T, P: Serialize>(
    rest: &'a [T],
    size: usize,
    codec: &PageTokenCodec,
    position: impl Fn(&T) -> P,
) -> (&'a [T], String) {
    let (page, more) = rest.split_at_checked(size).unwrap_or((rest, &[]));
    let next = page.last().filter(|_| !more.is_empty());
    let token = next.map(|last| codec.encode(&position(last)));
    (page, token.unwrap_or_default())
}

fn find(snapshot: &Snapshot, subject: &Subject) -> Result<SubjectIx, Status> {
    snapshot
        .state
        .find_subject(subject)
        .ok_or_else(|| status::unknown(subject))
}

/// Parses a formula. Returns none if the request leaves it to the configuration.
fn parse_formula(formula: Option<RatingFormula>) -> Result<Option<Formula>, Status> {
    let Some(RatingFormula { kind }) = formula else {
        return Ok(None);
    };
    let Some(kind) = kind else {
        return Ok(Some(Formula::Mean));
    };
    match kind {
        FormulaKind::Recency(Recency { half_life_days }) => {
            if half_life_days <= 0.0 {
                let description = format!("is {half_life_days}; above 0 is allowed");
                let field = "formula.recency.half_life_days";
                return Err(status::invalid_argument(
                    field,
                    Reason::OutOfRange,
                    description,
                ));
            }
            check(
                "formula.recency.half_life_days",
                half_life_days,
                0.0,
                HALF_LIFE_DAYS_MOST,
            )?;
            Ok(Some(Formula::Recency { half_life_days }))
        }
        FormulaKind::Prior(Prior { reviews, stars }) => {
            check("formula.prior.reviews", reviews, 0.0, PRIOR_REVIEWS_MOST)?;
            check("formula.prior.stars", stars, 1.0, 5.0)?;
            Ok(Some(Formula::Prior { reviews, stars }))
        }
    }
}

/// Refuses values outside the bounds, and NaN.
fn check(field: &str, value: f64, low: f64, high: f64) -> Result<(), Status> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let description = format!("is {value}; {low} to {high} is allowed");
    Err(status::invalid_argument(
        field,
        Reason::OutOfRange,
        description,
    ))
}
