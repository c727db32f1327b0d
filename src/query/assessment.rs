//! One subject's assessment as a message.

use super::history::point_message;
use crate::domain::{Band, Estimate};
use crate::domain::{Id, Kind, Review, Subject};
use crate::history::Point;
use crate::integrity::{
    Assessed, CorpusEvidence, Fused, MODEL_VERSION, PRIOR_LOG_ODDS, Term, own_signals,
    supporting_reviews,
};
use crate::proto::v1;
use crate::state::{Candidate, ListingIx, ReviewIx, State, SubjectIx, Tally};

/// The subject of a row; none for rows that the snapshot does not have.
pub fn subject_of(state: &State, subject: SubjectIx) -> Option<Subject> {
    let local = |marketplace: u16, name| {
        let marketplace = Id::new(state.marketplace(marketplace))?;
        Some(Subject::Local {
            kind: subject.kind(),
            marketplace,
            id: Id::new(state.name(name))?,
        })
    };
    match subject {
        SubjectIx::Review(row) => state
            .reviews()
            .get(row)
            .and_then(|row| local(row.marketplace, row.name)),
        SubjectIx::Reviewer(row) => state
            .reviewers()
            .get(row)
            .and_then(|row| local(row.marketplace, row.name)),
        SubjectIx::Listing(row) => state
            .listings()
            .get(row)
            .and_then(|row| local(row.marketplace, row.name)),
        SubjectIx::Seller(row) => {
            let seller = state.sellers().get(row)?;
            Id::new(state.name(seller.name)).map(Subject::Seller)
        }
    }
}

/// Scores a row and says why.
pub fn assess(state: &State, evidence: &CorpusEvidence, row: SubjectIx) -> Option<v1::Assessment> {
    let subject = subject_of(state, row)?;
    let assessed = evidence.assess(state, row);
    let about = About::of(state, row)?;
    let name = |row: ReviewIx| {
        let review = state.reviews().get(row);
        review.map_or_else(String::new, |review| state.name(review.name).to_owned())
    };
    let reviews = |fused: &Fused| {
        let rows = supporting_reviews(state, evidence, row, fused).into_iter();
        rows.map(|rows| rows.into_iter().map(name).collect())
            .collect()
    };
    Some(message(
        (state, evidence),
        &subject,
        &assessed,
        about,
        reviews,
    ))
}

/// Scores a review as if it had just arrived. Nothing is stored.
pub fn screen(state: &State, evidence: &CorpusEvidence, review: &Review) -> v1::Assessment {
    let candidate: Candidate = state.candidate(review);
    let subject = Subject::Local {
        kind: Kind::Review,
        marketplace: review.marketplace.clone(),
        id: review.id.clone(),
    };
    let assessed = evidence.screen_review(state, &candidate);
    let own = own_signals::screen_review(state, &candidate);
    let about = About {
        review_count: 1,
        mean_rating: Some(f64::from(review.rating.stars())),
        peer_group: peer_group(state, candidate.row.listing),
        seller_id: seller_id(state, candidate.row.listing),
        arrival_log_odds: Some(own_signals::stored_precision(own.fused.estimate.log_odds)),
        ..About::default()
    };
    message((state, evidence), &subject, &assessed, about, |fused| {
        vec![Vec::new(); fused.terms.len()]
    })
}

/// What speaks against manipulation is no indicator of a broken rule.
fn legal_tags(term: &Term) -> Vec<String> {
    let tags = term.spec.legal_tags.iter();
    tags.filter(|_| term.contribution > 0.0)
        .map(|tag| (*tag).to_owned())
        .collect()
}

/// An assessment as it was at the end of a day; an abstention without a point.
pub fn assess_then(subject: &Subject, point: Option<&Point>) -> v1::Assessment {
    let message = v1::Assessment {
        subject: Some(subject_message(subject)),
        band: v1::Band::InsufficientData.into(),
        prior_log_odds: PRIOR_LOG_ODDS,
        model_version: MODEL_VERSION.to_owned(),
        ..v1::Assessment::default()
    };
    let Some(point) = point else {
        return message;
    };
    let v1::HistoryPoint {
        day,
        risk,
        band,
        attack,
        review_count,
        mean_rating,
    } = point_message(point);
    v1::Assessment {
        risk,
        band,
        attack,
        review_count,
        mean_rating,
        watermark: day,
        ..message
    }
}

fn message(
    (state, evidence): (&State, &CorpusEvidence),
    subject: &Subject,
    assessed: &Assessed,
    about: About,
    reviews: impl Fn(&Fused) -> Vec<Vec<String>>,
) -> v1::Assessment {
    let verdict = state
        .find_verdict(subject)
        .map_or(v1::VerdictLabel::Unspecified, |held| held.label.into());
    let Assessed {
        fused,
        band,
        attack,
    } = assessed;
    let findings = |fused: &Fused| findings(evidence, fused, reviews(fused));
    v1::Assessment {
        subject: Some(subject_message(subject)),
        risk: Some(estimate_message(&fused.estimate)),
        band: band_message(*band).into(),
        coverage: fused.coverage,
        prior_log_odds: PRIOR_LOG_ODDS,
        findings: findings(fused),
        abstentions: fused
            .silent
            .iter()
            .map(|(spec, reason)| v1::Abstention {
                code: spec.code.to_owned(),
                reason: (*reason).to_owned(),
            })
            .collect(),
        attack: attack
            .as_ref()
            .map(|attack| estimate_message(&attack.estimate)),
        attack_findings: attack.as_ref().map(findings).unwrap_or_default(),
        review_count: about.review_count,
        mean_rating: about.mean_rating,
        removed_count: about.removed_count,
        verdict: verdict.into(),
        peer_group: about.peer_group,
        seller_id: about.seller_id,
        model_version: evidence.model_version().to_owned(),
        event_count: state.event_count(),
        watermark: state.watermark().map(Into::into),
        arrival_log_odds: about.arrival_log_odds,
        evidence_event_count: evidence.event_count(),
    }
}

/// What an assessment says beside the score.
#[derive(Default)]
struct About {
    review_count: u64,
    removed_count: u64,
    mean_rating: Option<f64>,
    peer_group: String,
    seller_id: String,
    arrival_log_odds: Option<f64>,
}

impl About {
    fn of(state: &State, subject: SubjectIx) -> Option<Self> {
        let of_tally = |tally: &Tally| Self {
            review_count: tally.up().into(),
            removed_count: tally.removed().into(),
            mean_rating: tally.mean(),
            ..Self::default()
        };
        Some(match subject {
            SubjectIx::Review(row) => {
                let review = state.reviews().get(row).filter(|review| review.arrived())?;
                Self {
                    review_count: u64::from(review.removed.is_none()),
                    removed_count: u64::from(review.removed.is_some()),
                    mean_rating: Some(f64::from(review.stars)),
                    peer_group: peer_group(state, review.listing),
                    seller_id: seller_id(state, review.listing),
                    arrival_log_odds: review.arrival_log_odds(),
                }
            }
            SubjectIx::Reviewer(row) => {
                let author = state.reviewers().get(row)?;
                Self {
                    review_count: (author.reviews - author.removed).into(),
                    removed_count: author.removed.into(),
                    mean_rating: (author.reviews > author.removed).then(|| {
                        f64::from(author.stars) / f64::from(author.reviews - author.removed)
                    }),
                    peer_group: state.marketplace(author.marketplace).to_owned(),
                    ..Self::default()
                }
            }
            SubjectIx::Listing(row) => Self {
                peer_group: peer_group(state, Some(row)),
                seller_id: seller_id(state, Some(row)),
                ..of_tally(&state.listings().get(row)?.tally)
            },
            SubjectIx::Seller(row) => of_tally(&state.sellers().get(row)?.tally),
        })
    }
}

/// Whom a subject is compared with, as its assessment names it.
pub fn peer_group_of(state: &State, subject: SubjectIx) -> String {
    match subject {
        SubjectIx::Review(row) => {
            let review = state.reviews().get(row);
            review.map_or(String::new(), |held| peer_group(state, held.listing))
        }
        SubjectIx::Reviewer(row) => {
            let author = state.reviewers().get(row);
            author.map_or(String::new(), |held| {
                state.marketplace(held.marketplace).to_owned()
            })
        }
        SubjectIx::Listing(row) => peer_group(state, Some(row)),
        SubjectIx::Seller(_) => String::new(),
    }
}

/// The seller of a subject, as its assessment names it.
pub fn seller_of(state: &State, subject: SubjectIx) -> String {
    match subject {
        SubjectIx::Review(row) => {
            let review = state.reviews().get(row);
            review.map_or(String::new(), |held| seller_id(state, held.listing))
        }
        SubjectIx::Listing(row) => seller_id(state, Some(row)),
        SubjectIx::Reviewer(_) | SubjectIx::Seller(_) => String::new(),
    }
}

/// Marketplace and category, as callers filter by them.
fn peer_group(state: &State, listing: Option<ListingIx>) -> String {
    let group = listing
        .and_then(|listing| state.listings().get(listing))
        .and_then(|row| state.groups().get(row.group));
    group.map_or(String::new(), |group| {
        let marketplace = state.marketplace(group.marketplace);
        match group.category {
            Some(category) => format!("{marketplace}/{}", state.name(category)),
            None => marketplace.to_owned(),
        }
    })
}

fn seller_id(state: &State, listing: Option<ListingIx>) -> String {
    listing
        .and_then(|listing| state.listings().get(listing)?.seller)
        .and_then(|seller| state.sellers().get(seller))
        .map_or(String::new(), |seller| state.name(seller.name).to_owned())
}

/// A kind of subject as a message.
pub const fn kind_message(kind: Kind) -> v1::SubjectKind {
    match kind {
        Kind::Review => v1::SubjectKind::Review,
        Kind::Reviewer => v1::SubjectKind::Reviewer,
        Kind::Listing => v1::SubjectKind::Listing,
        Kind::Seller => v1::SubjectKind::Seller,
    }
}

/// A subject as a message.
pub fn subject_message(subject: &Subject) -> v1::Subject {
    v1::Subject {
        kind: kind_message(subject.kind()).into(),
        marketplace: subject.marketplace().to_owned(),
        id: subject.id().to_string(),
    }
}

/// An estimate as a message.
pub fn estimate_message(estimate: &Estimate) -> v1::Estimate {
    v1::Estimate {
        probability: estimate.probability(),
        lower: estimate.lower(),
        upper: estimate.upper(),
        log_odds: estimate.log_odds,
    }
}

/// A band as a message.
pub const fn band_message(band: Band) -> v1::Band {
    match band {
        Band::InsufficientData => v1::Band::InsufficientData,
        Band::Low => v1::Band::Low,
        Band::Guarded => v1::Band::Guarded,
        Band::Elevated => v1::Band::Elevated,
        Band::High => v1::Band::High,
        Band::Critical => v1::Band::Critical,
    }
}

fn findings(
    evidence: &CorpusEvidence,
    fused: &Fused,
    reviews: Vec<Vec<String>>,
) -> Vec<v1::Finding> {
    let campaign = |term: &Term| term.campaign.and_then(|place| evidence.campaign(place));
    let finding = |(term, review_ids): (&Term, Vec<String>)| v1::Finding {
        code: term.spec.code.to_owned(),
        version: term.spec.version,
        family: term.spec.family.name().to_owned(),
        sentence: evidence.statement(term).sentence(),
        value: term.reading.value,
        peer_percentile: 1.0 - term.reading.tail,
        peer_count: term.reading.peers,
        contribution: term.contribution,
        review_ids,
        legal_tags: legal_tags(term),
        campaign_id: campaign(term).map_or_else(String::new, |campaign| campaign.id.clone()),
    };
    fused.terms.iter().zip(reviews).map(finding).collect()
}
