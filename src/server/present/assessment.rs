//! Assessments, their findings and their subjects as messages.

use crate::codec::day_start;
use crate::domain::{
    Abstention, Assessment, Band, Estimate, Finding, Kind, ManipulatedReviews, Subject,
    SubjectContext,
};
use crate::history::Point;
use crate::integrity::PRIOR_LOG_ODDS;
use crate::proto::v1;

/// Converts an assessment.
pub(in crate::server) fn assessment_message(assessment: Assessment) -> v1::Assessment {
    let Assessment {
        subject,
        risk,
        band,
        coverage,
        findings,
        abstentions,
        attack,
        attack_findings,
        context,
        verdict,
        model_version,
        event_count,
        evidence_event_count,
        watermark,
    } = assessment;
    let SubjectContext {
        review_count,
        copy_count,
        copy_of,
        removed_count,
        mean_rating,
        peer_group,
        seller_id,
        arrival_log_odds,
        manipulated,
    } = context;
    v1::Assessment {
        subject: Some(subject_message(&subject)),
        risk: risk.as_ref().map(estimate_message),
        band: band_message(band).into(),
        coverage,
        prior_log_odds: PRIOR_LOG_ODDS,
        findings: findings.into_iter().map(finding_message).collect(),
        abstentions: abstentions.into_iter().map(abstention_message).collect(),
        attack: attack.as_ref().map(estimate_message),
        attack_findings: attack_findings.into_iter().map(finding_message).collect(),
        review_count,
        mean_rating,
        removed_count,
        verdict: v1::VerdictLabel::from(verdict).into(),
        peer_group,
        seller_id,
        model_version,
        event_count,
        watermark: watermark.map(Into::into),
        arrival_log_odds,
        evidence_event_count,
        manipulated_reviews: manipulated.as_ref().map(manipulated_message),
        copy_of: copy_of.map_or(String::new(), |original| original.review.to_string()),
        copy_count,
    }
}

fn manipulated_message(found: &ManipulatedReviews) -> v1::ManipulatedReviews {
    let (lower, upper) = found.interval();
    v1::ManipulatedReviews {
        review_count: found.reviews.into(),
        expected_count: found.expected,
        expected_count_lower: lower,
        expected_count_upper: upper,
        material_share: found.material_share,
        material_probability: found.material,
    }
}

fn finding_message(finding: Finding) -> v1::Finding {
    let Finding {
        code,
        version,
        family,
        fact,
        value,
        comparison,
        contribution,
        reviews,
        legal_tags,
        campaign_id,
    } = finding;
    let words = comparison
        .as_ref()
        .and_then(|compared| compared.words.as_ref());
    v1::Finding {
        code: code.to_owned(),
        version,
        family: family.to_owned(),
        sentence: match words {
            Some(words) => format!("{fact}. {words}."),
            None => format!("{fact}."),
        },
        value,
        peer_percentile: comparison
            .as_ref()
            .map_or(0.0, |compared| compared.percentile),
        peer_count: comparison.as_ref().map_or(0, |compared| compared.peers),
        contribution,
        review_ids: reviews.into_iter().map(String::from).collect(),
        legal_tags: legal_tags.iter().map(|tag| (*tag).to_owned()).collect(),
        campaign_id: campaign_id.unwrap_or_default(),
    }
}

fn abstention_message(abstention: Abstention) -> v1::Abstention {
    v1::Abstention {
        code: abstention.code.to_owned(),
        reason: abstention.reason.to_owned(),
    }
}

/// Converts a point of history.
pub(in crate::server) fn point_message(point: &Point) -> v1::HistoryPoint {
    v1::HistoryPoint {
        day: Some(day_start(point.day)),
        risk: Some(estimate_message(&point.risk.estimate())),
        band: band_message(point.band).into(),
        attack: point
            .attack
            .map(|attack| estimate_message(&attack.estimate())),
        review_count: point.reviews.into(),
        mean_rating: point.mean_rating(),
    }
}

/// Converts a kind of subject.
pub(in crate::server) const fn kind_message(kind: Kind) -> v1::SubjectKind {
    match kind {
        Kind::Review => v1::SubjectKind::Review,
        Kind::Reviewer => v1::SubjectKind::Reviewer,
        Kind::Listing => v1::SubjectKind::Listing,
        Kind::Seller => v1::SubjectKind::Seller,
    }
}

/// Converts a subject.
pub(in crate::server) fn subject_message(subject: &Subject) -> v1::Subject {
    v1::Subject {
        kind: kind_message(subject.kind()).into(),
        marketplace: subject.marketplace().to_owned(),
        id: subject.id().to_string(),
    }
}

/// Converts an estimate.
pub(in crate::server) fn estimate_message(estimate: &Estimate) -> v1::Estimate {
    v1::Estimate {
        probability: estimate.probability(),
        lower: estimate.lower(),
        upper: estimate.upper(),
        log_odds: estimate.log_odds,
    }
}

/// Converts a band.
pub(in crate::server) const fn band_message(band: Band) -> v1::Band {
    match band {
        Band::InsufficientData => v1::Band::InsufficientData,
        Band::Low => v1::Band::Low,
        Band::Guarded => v1::Band::Guarded,
        Band::Elevated => v1::Band::Elevated,
        Band::High => v1::Band::High,
        Band::Critical => v1::Band::Critical,
    }
}
