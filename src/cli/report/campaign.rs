//! Describes campaigns and dividends in words.

use std::fmt::Write as _;

use chrono::DateTime;
use tonic::{Code, Status};

use crate::cli::CliError;
use crate::cli::client::{ANSWER_BYTES_MAX, Link};
use crate::domain::{fixed, signed};
use crate::proto::v1::integrity_service_client::IntegrityServiceClient;
use crate::proto::v1::{
    Attribution, Campaign, CampaignQuestion, CampaignReason, Dividend, GetCampaignRequest,
    GetDividendRequest, ListCampaignsRequest, Subject,
};

/// Contributions below this, in log-odds, are left out.
const CONTRIBUTION_SHOWN: f64 = 0.1;
/// Reasons for and against a campaign in the report of a listing.
const REASONS_NAMED: usize = 2;
/// Members in a report.
const MEMBERS_NAMED: u32 = 10;

/// Describes one campaign with its first members, or the largest ones.
pub(super) async fn find(
    channel: Link,
    id: Option<String>,
    top: u32,
    json: bool,
) -> Result<String, Status> {
    let mut client =
        IntegrityServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
    let in_json = |value: Result<String, serde_json::Error>| {
        value
            .map(|text| text + "\n")
            .map_err(|error| Status::internal(error.to_string()))
    };
    let Some(campaign_id) = id else {
        let request = ListCampaignsRequest {
            page_size: top,
            ..ListCampaignsRequest::default()
        };
        let found = client.list_campaigns(request).await?.into_inner().campaigns;
        return if json {
            in_json(serde_json::to_string_pretty(&found))
        } else if found.is_empty() {
            Ok("no campaign is known\n".to_owned())
        } else {
            Ok(found.iter().map(words).collect::<Vec<_>>().join("\n"))
        };
    };
    let request = GetCampaignRequest {
        campaign_id,
        page_size: MEMBERS_NAMED,
        ..GetCampaignRequest::default()
    };
    let found = client.get_campaign(request).await?.into_inner();
    if json {
        return in_json(serde_json::to_string_pretty(&found));
    }
    let mut text = found.campaign.as_ref().map(words).unwrap_or_default();
    for member in &found.members {
        let _ = writeln!(
            text,
            "  review     {} by {} on {}, {} stars, belongs {:.2}",
            member.review_id, member.reviewer_id, member.listing_id, member.rating, member.belongs
        );
    }
    Ok(text)
}

/// Describes the campaigns and the dividend of a listing or seller, below its assessment.
pub(super) async fn beside(channel: Link, subject: Subject) -> Result<String, Status> {
    let mut client =
        IntegrityServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
    let request = ListCampaignsRequest {
        subject: Some(subject.clone()),
        page_size: 5,
        ..ListCampaignsRequest::default()
    };
    let campaigns = client.list_campaigns(request).await?.into_inner().campaigns;
    let request = GetDividendRequest {
        subject: Some(subject),
        ..GetDividendRequest::default()
    };
    let dividend = client.get_dividend(request).await?.into_inner().dividend;
    let mut text = dividend.as_ref().map(dividend_words).unwrap_or_default();
    for campaign in &campaigns {
        let _ = writeln!(text, "  campaign   {}", heading(campaign));
        for (name, reasons) in [
            ("for it", weightiest(campaign, 1.0)),
            ("against", weightiest(campaign, -1.0)),
        ] {
            for reason in reasons {
                let _ = writeln!(text, "    {name:<7}  {}", reason.sentence);
            }
        }
    }
    Ok(text)
}

/// Returns the largest reasons for (`sign` 1) or against (-1) coordination, so that the reader of a
/// listing need not look the campaign up.
fn weightiest(campaign: &Campaign, sign: f64) -> Vec<&CampaignReason> {
    let of = |reason: &&CampaignReason| {
        reason.question() == CampaignQuestion::Coordination
            && sign * reason.contribution >= CONTRIBUTION_SHOWN
    };
    let mut reasons: Vec<&CampaignReason> = campaign.reasons.iter().filter(of).collect();
    reasons.sort_by(|one, other| {
        let weight = |reason: &CampaignReason| sign * reason.contribution;
        weight(other).total_cmp(&weight(one))
    });
    reasons.truncate(REASONS_NAMED);
    reasons
}

/// Describes a dividend; empty without evidence.
fn dividend_words(dividend: &Dividend) -> String {
    let (Some(clean), Some(gain)) = (dividend.clean_rating, dividend.dividend) else {
        return String::new();
    };
    if gain.lower > -0.005 && gain.upper < 0.005 {
        return String::new();
    }
    if dividend.genuine_review_count < 0.5 {
        return format!(
            "  dividend   hardly one of {} reviews stays: what rating they would leave cannot be said\n",
            dividend.review_count
        );
    }
    let mut text = format!(
        "  dividend   {} stars ({} to {}): {:.2} are displayed, {:.2} stay with {:.0} of \
         {} reviews\n",
        signed(gain.value, 2),
        signed(gain.lower, 2),
        signed(gain.upper, 2),
        dividend.displayed_rating,
        clean.value,
        dividend.genuine_review_count,
        dividend.review_count
    );
    if let Some(revenue) = &dividend.revenue
        && let Some(risk) = revenue.at_risk
    {
        let _ = writeln!(
            text,
            "  revenue    {:.0} {} a month; {} ({} to {}) rest on it, by what is published",
            revenue.revenue,
            revenue.currency_code,
            fixed(risk.value, 0),
            fixed(risk.lower, 0),
            fixed(risk.upper, 0)
        );
    }
    if let Some(rank) = &dividend.rank
        && let Some(clean) = rank.clean_rank
    {
        let _ = writeln!(
            text,
            "  rank       {}; {:.0} ({:.0} to {:.0}) would stay, by what is published",
            rank.rank, clean.value, clean.lower, clean.upper
        );
    }
    text
}

fn heading(campaign: &Campaign) -> String {
    let day = |time: &Option<pbjson_types::Timestamp>, back: i64| {
        let seconds = time.as_ref().map_or(0, |time| time.seconds - back);
        let date = DateTime::from_timestamp(seconds, 0);
        date.map_or(String::new(), |date| date.format("%Y-%m-%d").to_string())
    };
    // The reviews of a hijacked listing count against no author.
    let authors = match campaign.reviewer_count {
        0 => String::new(),
        1 => " by 1 author".to_owned(),
        several => format!(" by {several} authors"),
    };
    let likeliest = campaign.attribution();
    let all = &campaign.attributions;
    let chance = all.iter().find(|one| one.attribution() == likeliest);
    format!(
        "{}: {} {:.2}, organised {:.2}; {} reviews{authors}, {} to {}",
        campaign.campaign_id,
        attribution_words(likeliest),
        chance.map_or(0.0, |one| one.probability),
        campaign.confidence,
        campaign.review_count,
        day(&campaign.start_time, 0),
        day(&campaign.end_time, 1)
    )
}

fn words(campaign: &Campaign) -> String {
    let mut text = format!("campaign {}\n  {}\n", heading(campaign), campaign.summary);
    for listing in &campaign.listings {
        let _ = writeln!(
            text,
            "  listing    {} on {}",
            listing.id, listing.marketplace
        );
    }
    for seller in &campaign.seller_ids {
        let _ = writeln!(text, "  seller     {seller}");
    }
    let likely = campaign
        .attributions
        .iter()
        .filter(|one| one.probability >= 0.01);
    for one in likely {
        let name = attribution_words(one.attribution());
        let _ = writeln!(text, "  {:.2}       {name}", one.probability);
    }
    let questions = [
        (CampaignQuestion::Coordination, "that it was organised"),
        (CampaignQuestion::ReverseBrushing, "that a rival planted it"),
        (CampaignQuestion::Artefact, "that the platform made it"),
    ];
    for (question, name) in questions {
        let reasons = campaign.reasons.iter().filter(|reason| {
            reason.question() == question && reason.contribution.abs() >= CONTRIBUTION_SHOWN
        });
        for (index, reason) in reasons.enumerate() {
            if index == 0 {
                let _ = writeln!(text, "  {name}:");
            }
            let _ = writeln!(
                text,
                "    {}  {}",
                signed(reason.contribution, 2),
                reason.sentence
            );
        }
    }
    text
}

const fn attribution_words(attribution: Attribution) -> &'static str {
    match attribution {
        Attribution::Unspecified => "not set",
        Attribution::SelfPromotion => "self-promotion",
        Attribution::Attack => "attack",
        Attribution::ReverseBrushing => "planted by a rival",
        Attribution::OrganicBurst => "organic burst",
        Attribution::PlatformArtefact => "artefact of the platform",
    }
}

/// Ignores that an older service has no campaigns: the report then has none.
pub(super) fn or_without(result: Result<String, Status>) -> Result<String, CliError> {
    match result {
        Err(status) if status.code() == Code::Unimplemented => Ok(String::new()),
        result => result.map_err(|status| status.message().to_owned().into()),
    }
}
