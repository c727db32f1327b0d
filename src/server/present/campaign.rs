//! Campaigns and dividends as messages.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::xxh3_64;

use crate::codec::day_start;
use crate::integrity::CorpusEvidence;
use crate::integrity::campaigns::{
    Attribution, Campaign, CampaignKind, Campaigns, Direction, Member, Posterior, Question,
};
use crate::integrity::dividend::{Formula, RatingConfig, RevenueSource, dividend};
use crate::proto::v1;
use crate::proto::v1::rating_formula::{Kind as FormulaKind, Prior, Recency};
use crate::query::subject_of;
use crate::server::present::assessment::subject_message;
use crate::state::{ListingIx, State, SubjectIx};
use crate::stats::Interval;

/// Most listings that a message names.
const LISTINGS_NAMED: usize = 100;

/// Campaigns that a subject is in, or all, of at least a confidence; the most reviews first.
pub(in crate::server) fn campaigns_of<'a>(
    state: &State,
    campaigns: &'a Campaigns,
    subject: Option<SubjectIx>,
    least: f64,
) -> Vec<&'a Campaign> {
    let is_in = |campaign: &Campaign| match subject {
        None => true,
        Some(SubjectIx::Review(row)) => campaign.members.iter().any(|member| member.review == row),
        Some(SubjectIx::Reviewer(row)) => campaign.reviewers.contains(&row),
        Some(SubjectIx::Listing(row)) => campaign.listings.contains(&row),
        Some(SubjectIx::Seller(row)) => {
            let mut listings = campaign
                .listings
                .iter()
                .filter_map(|row| state.listings().get(*row));
            listings.any(|listing| listing.seller == Some(row))
        }
    };
    let all = campaigns.all().iter();
    let mut found: Vec<&Campaign> = all
        .filter(|campaign| campaign.confidence() >= least && is_in(campaign))
        .collect();
    // A total order, so that a page can go on after a campaign.
    found.sort_by(|one, other| {
        let size = |campaign: &Campaign| std::cmp::Reverse(campaign.members.len());
        (size(one), &one.id).cmp(&(size(other), &other.id))
    });
    found
}

/// A campaign as a message. Of its listings only those that are `shown`, and their sellers, are
/// named.
pub(in crate::server) fn campaign_message(
    state: &State,
    campaign: &Campaign,
    shown: impl Fn(ListingIx) -> bool,
) -> v1::Campaign {
    let Campaign {
        id,
        kind,
        merged_from,
        direction,
        first_day,
        last_day,
        members,
        fringe: _,
        expected,
        reviewers,
        listings,
        windows: _,
        posterior,
        summary,
        reasons,
    } = campaign;
    let shown = || listings.iter().filter(|row| shown(**row));
    let named = shown().take(LISTINGS_NAMED);
    let subjects = named.filter_map(|row| subject_of(state, SubjectIx::Listing(*row)));
    let sellers: BTreeSet<String> = shown()
        .filter_map(|row| state.listings().get(*row)?.seller)
        .filter_map(|seller| state.sellers().get(seller))
        .map(|seller| state.name(seller.name).to_owned())
        .collect();
    v1::Campaign {
        campaign_id: id.clone(),
        merged_from: merged_from.clone(),
        direction: match direction {
            Direction::Promote => v1::CampaignDirection::Promote,
            Direction::Attack => v1::CampaignDirection::Attack,
        }
        .into(),
        start_time: Some(day_start(*first_day)),
        end_time: Some(day_start(*last_day + 1)),
        confidence: campaign.confidence(),
        attribution: attribution_message(posterior.likeliest()).into(),
        attributions: attributions(posterior),
        summary: summary.clone(),
        reasons: reasons
            .iter()
            .map(|reason| v1::CampaignReason {
                code: reason.factor.code().to_owned(),
                question: match reason.factor.question() {
                    Question::Coordination => v1::CampaignQuestion::Coordination,
                    Question::ReverseBrushing => v1::CampaignQuestion::ReverseBrushing,
                    Question::Artefact => v1::CampaignQuestion::Artefact,
                }
                .into(),
                sentence: reason.sentence.clone(),
                value: reason.value,
                contribution: reason.contribution,
            })
            .collect(),
        review_count: members.len() as u32,
        reviewer_count: reviewers.len() as u32,
        listings: subjects.map(|subject| subject_message(&subject)).collect(),
        seller_ids: sellers.into_iter().collect(),
        expected_reviews: *expected,
        kind: match kind {
            CampaignKind::Push => v1::CampaignKind::Push,
            CampaignKind::CarriedOver => v1::CampaignKind::CarriedOver,
        }
        .into(),
    }
}

fn attributions(posterior: &Posterior) -> Vec<v1::AttributionProbability> {
    let mut all = Posterior::ALL.map(|attribution| (attribution, posterior.of(attribution)));
    all.sort_by(|one, other| other.1.total_cmp(&one.1));
    all.into_iter()
        .map(|(attribution, probability)| v1::AttributionProbability {
            attribution: attribution_message(attribution).into(),
            probability,
        })
        .collect()
}

const fn attribution_message(attribution: Attribution) -> v1::Attribution {
    match attribution {
        Attribution::SelfPromotion => v1::Attribution::SelfPromotion,
        Attribution::Attack => v1::Attribution::Attack,
        Attribution::ReverseBrushing => v1::Attribution::ReverseBrushing,
        Attribution::OrganicBurst => v1::Attribution::OrganicBurst,
        Attribution::PlatformArtefact => v1::Attribution::PlatformArtefact,
    }
}

/// A member as a message; none for a row that the snapshot does not have.
pub(in crate::server) fn member_message(
    state: &State,
    member: &Member,
) -> Option<v1::CampaignMember> {
    let review = state.reviews().get(member.review)?;
    Some(v1::CampaignMember {
        marketplace: state.marketplace(review.marketplace).to_owned(),
        review_id: state.name(review.name).to_owned(),
        reviewer_id: state.name(state.reviewer_of(review)?.name).to_owned(),
        listing_id: state.name(state.listing_of(review)?.name).to_owned(),
        time: review.time().map(Into::into),
        rating: review.stars.into(),
        belongs: member.belongs,
    })
}

/// The dividend of a listing or a seller; none without reviews. Without a formula that of the
/// marketplace in which most of the subject's reviews are, the first by name of equals.
pub(in crate::server) fn dividend_of(
    state: &State,
    evidence: &CorpusEvidence,
    subject: SubjectIx,
    formula: Option<Formula>,
    rating: &RatingConfig,
) -> Option<v1::Dividend> {
    let mut listings: Vec<ListingIx> = match subject {
        SubjectIx::Seller(row) => state.listings_of_seller(row).collect(),
        SubjectIx::Listing(row) => vec![row],
        SubjectIx::Review(_) | SubjectIx::Reviewer(_) => return None,
    };
    let subject = subject_of(state, subject)?;
    listings.sort_unstable();
    let formula = formula.unwrap_or_else(|| rating.of(marketplace_of(state, &listings)));
    let seed = xxh3_64(subject.id().as_str().as_bytes());
    let measured = dividend(state, evidence, &listings, formula, seed)?;
    let interval = |value, interval: Interval| {
        Some(v1::Interval {
            value,
            lower: interval.low,
            upper: interval.high,
        })
    };
    Some(v1::Dividend {
        subject: Some(subject_message(&subject)),
        displayed_rating: measured.displayed,
        clean_rating: interval(measured.clean, measured.clean_interval),
        dividend: interval(measured.dividend, measured.interval),
        gained_by_praise: measured.gained,
        cost_of_blame: measured.lost,
        review_count: measured.reviews,
        genuine_review_count: measured.reviews_left,
        truncated: measured.truncated,
        formula: Some(formula_message(formula)),
        revenue: measured.revenue.map(|risk| v1::RevenueAtRisk {
            currency_code: risk.currency.as_str().to_owned(),
            revenue: risk.monthly,
            at_risk: interval(risk.at_risk, risk.interval),
            source: match risk.source {
                RevenueSource::Orders => v1::RevenueSource::Orders,
                RevenueSource::Snapshots => v1::RevenueSource::Snapshots,
            }
            .into(),
            record_count: risk.count,
        }),
        rank: measured.rank.map(|risk| v1::RankAtRisk {
            rank: risk.rank,
            clean_rank: interval(risk.clean, risk.interval),
        }),
    })
}

/// The marketplace in which most reviews of some listings are; empty without listings.
fn marketplace_of<'a>(state: &'a State, listings: &[ListingIx]) -> &'a str {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for listing in listings.iter().filter_map(|row| state.listings().get(*row)) {
        let name = state.marketplace(listing.marketplace);
        *counts.entry(name).or_default() += u64::from(listing.tally.up());
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| **count);
    most.map_or("", |(name, _)| name)
}

const fn formula_message(formula: Formula) -> v1::RatingFormula {
    let kind = match formula {
        Formula::Mean => None,
        Formula::Recency { half_life_days } => {
            Some(FormulaKind::Recency(Recency { half_life_days }))
        }
        Formula::Prior { reviews, stars } => Some(FormulaKind::Prior(Prior { reviews, stars })),
    };
    v1::RatingFormula { kind }
}
