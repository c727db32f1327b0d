//! Answers about campaigns and what they are worth.

use tonic::Status;

use super::access::Scope;
use super::{blocking, page, redact, status};
use crate::domain::{Kind, Reason, Subject, Violation, parse_subject};
use crate::engine::{Engine, Published, View};
use crate::integrity::dividend::Formula;
use crate::proto::v1::rating_formula::Kind as FormulaKind;
use crate::proto::v1::rating_formula::{Prior, Recency};
use crate::proto::v1::{
    GetCampaignRequest, GetCampaignResponse, GetDividendRequest, GetDividendResponse,
    ListCampaignsRequest, ListCampaignsResponse, RatingFormula,
};
use crate::query;

/// Least confidence of what is listed unless told otherwise.
const CONFIDENCE_LEAST: f64 = 0.5;

/// The part of the integrity service that looks at groups.
pub(super) struct Campaigns {
    engine: Engine,
}

impl Campaigns {
    pub(super) const fn new(engine: Engine) -> Self {
        Self { engine }
    }

    pub(super) async fn list(
        &self,
        scope: &Scope,
        request: ListCampaignsRequest,
    ) -> Result<ListCampaignsResponse, Status> {
        let ListCampaignsRequest {
            subject,
            min_confidence,
            page_size,
            page_token,
        } = request;
        let subject = subject.map(|subject| parse_subject(Some(subject)).map_err(status::invalid));
        let subject = subject.transpose()?;
        let least = min_confidence.unwrap_or(CONFIDENCE_LEAST);
        check("min_confidence", least, 0.0, 1.0)?;
        let size = page::size(page_size, 50).map_err(status::invalid)?;
        let start = page::read(&page_token).map_err(status::invalid)?;
        let View {
            published,
            evidence,
        } = self.engine.view();
        let subject = subject
            .map(|subject| {
                scope.permit(&published.state, &subject)?;
                find(&published, &subject)
            })
            .transpose()?;
        let scope = scope.clone();
        blocking(move || {
            let state = &published.state;
            let mut found = query::campaigns_of(state, evidence.campaigns(), subject, least);
            found.retain(|campaign| redact::sees_campaign(&scope, state, campaign));
            ListCampaignsResponse {
                next_page_token: next(start, size, found.len()),
                campaigns: found
                    .into_iter()
                    .skip(start)
                    .take(size)
                    .map(|campaign| redact::campaign(&scope, state, campaign))
                    .collect(),
            }
        })
        .await
    }

    pub(super) async fn get(
        &self,
        scope: &Scope,
        request: GetCampaignRequest,
    ) -> Result<GetCampaignResponse, Status> {
        let GetCampaignRequest {
            campaign_id,
            page_size,
            page_token,
        } = request;
        let size = page::size(page_size, 50).map_err(status::invalid)?;
        let start = page::read(&page_token).map_err(status::invalid)?;
        let well_formed = campaign_id.len() == 16
            && campaign_id
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !well_formed {
            let said = "is not 16 hexadecimal digits in small letters";
            return Err(invalid("campaign_id", said, Reason::Malformed));
        }
        let View {
            published,
            evidence,
        } = self.engine.view();
        let scope = scope.clone();
        blocking(move || {
            let state = &published.state;
            let campaign = evidence.campaigns().get(&campaign_id);
            let seen = campaign.filter(|campaign| redact::sees_campaign(&scope, state, campaign));
            let campaign = seen.ok_or_else(|| {
                if scope.is_bound() {
                    status::foreign()
                } else {
                    Status::not_found(format!("no campaign {campaign_id} is known"))
                }
            })?;
            let members = redact::members(&scope, state, campaign);
            Ok(GetCampaignResponse {
                campaign: Some(redact::campaign(&scope, state, campaign)),
                next_page_token: next(start, size, members.len()),
                members: members
                    .into_iter()
                    .skip(start)
                    .take(size)
                    .filter_map(|member| redact::member(&scope, state, member))
                    .collect(),
            })
        })
        .await?
    }

    pub(super) async fn dividend(
        &self,
        scope: &Scope,
        request: GetDividendRequest,
    ) -> Result<GetDividendResponse, Status> {
        let GetDividendRequest { subject, formula } = request;
        let subject = parse_subject(subject).map_err(status::invalid)?;
        if !matches!(subject.kind(), Kind::Listing | Kind::Seller) {
            let said = "is not a listing or a seller";
            return Err(invalid("subject.kind", said, Reason::OutOfRange));
        }
        let formula = parse_formula(formula)?;
        let View {
            published,
            evidence,
        } = self.engine.view();
        scope.permit(&published.state, &subject)?;
        let (_, row) = find(&published, &subject)?;
        blocking(move || {
            let state = &published.state;
            GetDividendResponse {
                dividend: query::dividend_of(state, &evidence, &subject, row, formula),
            }
        })
        .await
    }
}

fn find(published: &Published, subject: &Subject) -> Result<(Kind, u32), Status> {
    let row = query::find_row(&published.state, subject);
    row.map(|row| (subject.kind(), row))
        .ok_or_else(|| status::unknown(subject))
}

fn next(start: usize, size: usize, all: usize) -> String {
    let end = start.saturating_add(size);
    if all > end {
        page::token(end)
    } else {
        String::new()
    }
}

fn parse_formula(formula: Option<RatingFormula>) -> Result<Formula, Status> {
    let Some(kind) = formula.and_then(|formula| formula.kind) else {
        return Ok(Formula::Mean);
    };
    match kind {
        FormulaKind::Recency(Recency { half_life_days }) => {
            if half_life_days <= 0.0 {
                let said = format!("is {half_life_days}; above 0 is allowed");
                let field = "formula.recency.half_life_days";
                return Err(invalid(field, &said, Reason::OutOfRange));
            }
            check(
                "formula.recency.half_life_days",
                half_life_days,
                0.0,
                36_500.0,
            )?;
            Ok(Formula::Recency { half_life_days })
        }
        FormulaKind::Prior(Prior { reviews, stars }) => {
            check("formula.prior.reviews", reviews, 0.0, 1_000_000.0)?;
            check("formula.prior.stars", stars, 1.0, 5.0)?;
            Ok(Formula::Prior { reviews, stars })
        }
    }
}

/// Refuses what is not within the bounds, and what is no number.
fn check(field: &str, value: f64, low: f64, high: f64) -> Result<(), Status> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let said = format!("is {value}; {low} to {high} is allowed");
    Err(invalid(field, &said, Reason::OutOfRange))
}

fn invalid(field: &str, description: &str, reason: Reason) -> Status {
    status::invalid(vec![Violation {
        field: field.to_owned(),
        description: description.to_owned(),
        reason,
    }])
}
