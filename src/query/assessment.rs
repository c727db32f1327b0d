//! Assessments of subjects, as they are now, before publication, and at the end of a past day.

use super::subjects::{peer_group, seller_id, subject_of};
use crate::domain::{
    Abstention, Assessment, Band, CopyOf, DAY, Finding, Id, Kind, PeerComparison, Review, Subject,
    SubjectContext, Time, VerdictLabel,
};
use crate::history::Point;
use crate::integrity::{
    Assessed, CorpusEvidence, Family, Fused, MODEL_VERSION, Term, own_signals, supporting_reviews,
};
use crate::state::{Candidate, ReviewIx, ReviewRow, State, SubjectIx, Tally};

/// Most stars of a critic.
const CRITIC_STARS: f64 = 3.0;

/// Assesses a row with its findings and the reviews that support them.
pub fn assess(state: &State, evidence: &CorpusEvidence, row: SubjectIx) -> Option<Assessment> {
    let subject = subject_of(state, row)?;
    let assessed = evidence.assess(state, row);
    let manipulated = match row {
        SubjectIx::Listing(row) => evidence.manipulated_of_listing(state, row),
        SubjectIx::Seller(row) => evidence.manipulated_of_seller(state, row),
        SubjectIx::Review(_) | SubjectIx::Reviewer(_) => None,
    };
    let context = SubjectContext {
        manipulated,
        ..context_of(state, row)?
    };
    let id = |row: ReviewIx| Id::new(state.name(state.reviews().get(row)?.name));
    let reviews = |fused: &Fused| -> Vec<Vec<Id>> {
        let rows = supporting_reviews(state, evidence, row, fused).into_iter();
        rows.map(|rows| rows.into_iter().filter_map(id).collect())
            .collect()
    };
    Some(with_findings(
        state, evidence, subject, &assessed, context, reviews,
    ))
}

/// Assesses a review as if it had just arrived. Nothing is stored.
pub fn screen(state: &State, evidence: &CorpusEvidence, review: &Review) -> Assessment {
    let candidate: Candidate = state.candidate(review);
    let subject = Subject::Local {
        kind: Kind::Review,
        marketplace: review.marketplace.clone(),
        id: review.id.clone(),
    };
    let assessed = evidence.screen_review(state, &candidate);
    let own = own_signals::screen_review(state, &candidate);
    let context = SubjectContext {
        review_count: 1,
        mean_rating: Some(f64::from(review.rating.stars())),
        peer_group: peer_group(state, candidate.row.listing),
        seller_id: seller_id(state, candidate.row.listing),
        copy_of: candidate
            .copy_of
            .and_then(|original| copy_of(state, &candidate.row, original)),
        arrival_log_odds: Some(own_signals::stored_precision(own.fused.estimate.log_odds)),
        ..SubjectContext::default()
    };
    with_findings(state, evidence, subject, &assessed, context, |fused| {
        vec![Vec::new(); fused.terms.len()]
    })
}

/// Makes the assessment of the end of a past day; an abstention without a point.
pub fn assess_then(subject: Subject, point: Option<&Point>) -> Assessment {
    Assessment {
        subject,
        risk: point.map(|point| point.risk.estimate()),
        band: point.map_or(Band::InsufficientData, |point| point.band),
        coverage: 0.0,
        findings: Vec::new(),
        abstentions: Vec::new(),
        attack: point.and_then(|point| Some(point.attack?.estimate())),
        attack_findings: Vec::new(),
        context: SubjectContext {
            review_count: point.map_or(0, |point| point.reviews.into()),
            mean_rating: point.and_then(Point::mean_rating),
            ..SubjectContext::default()
        },
        verdict: VerdictLabel::Unspecified,
        model_version: MODEL_VERSION.to_owned(),
        event_count: 0,
        evidence_event_count: 0,
        watermark: point.map(|point| Time::from_seconds(point.day * DAY)),
    }
}

fn with_findings(
    state: &State,
    evidence: &CorpusEvidence,
    subject: Subject,
    assessed: &Assessed,
    context: SubjectContext,
    reviews: impl Fn(&Fused) -> Vec<Vec<Id>>,
) -> Assessment {
    let Assessed {
        fused,
        band,
        attack,
    } = assessed;
    let verdict = state.find_verdict(&subject);
    let critic = subject.kind() == Kind::Review
        && context
            .mean_rating
            .is_some_and(|stars| stars <= CRITIC_STARS);
    let findings = |fused: &Fused, may_be_tagged: bool| -> Vec<Finding> {
        let terms = fused.terms.iter().zip(reviews(fused));
        terms
            .map(|(term, reviews)| Finding {
                legal_tags: if may_be_tagged && !(critic && says_so(term)) {
                    tags(term)
                } else {
                    &[]
                },
                ..finding(evidence, term, reviews)
            })
            .collect()
    };
    let silent = fused.silent.iter();
    Assessment {
        subject,
        risk: Some(fused.estimate),
        band: *band,
        coverage: fused.coverage,
        findings: findings(fused, *band >= Band::High),
        abstentions: silent
            .map(|(spec, reason)| Abstention {
                code: spec.code,
                reason,
            })
            .collect(),
        attack: attack.as_ref().map(|attack| attack.estimate),
        attack_findings: attack
            .as_ref()
            .map_or_else(Vec::new, |attack| findings(attack, false)),
        context,
        verdict: verdict.map_or(VerdictLabel::Unspecified, |verdict| verdict.label),
        model_version: evidence.model_version().to_owned(),
        event_count: state.event_count(),
        evidence_event_count: evidence.event_count(),
        watermark: state.watermark(),
    }
}

/// Whether a term is what a text says of itself; critics bear no tag for it.
fn says_so(term: &Term) -> bool {
    term.spec.family == Family::Statement
}

fn finding(evidence: &CorpusEvidence, term: &Term, reviews: Vec<Id>) -> Finding {
    let campaign = term.campaign.and_then(|index| evidence.campaign(index));
    let statement = evidence.statement(term);
    Finding {
        code: term.spec.code,
        version: term.spec.version,
        family: term.spec.family.name(),
        fact: statement.fact,
        value: term.reading.value,
        comparison: Some(PeerComparison {
            // A reasoned tail is no share of peers.
            percentile: if term.reading.peers == 0 {
                0.0
            } else {
                1.0 - term.reading.tail
            },
            peers: term.reading.peers,
            words: statement.comparison,
        }),
        contribution: term.contribution,
        reviews,
        legal_tags: &[],
        campaign_id: campaign.map(|campaign| campaign.id.clone()),
    }
}

/// The rules that a term may be an indicator for, on a subject of band high or worse. A term that
/// lowers the risk is none, and nobody's style is. A victim never bears a tag.
fn tags(term: &Term) -> &'static [&'static str] {
    let indicates = term.contribution > 0.0 && term.spec.family != Family::Style;
    if indicates { term.spec.legal_tags } else { &[] }
}

/// Names the original of a copied review.
fn copy_of(state: &State, copy: &ReviewRow, original: ReviewIx) -> Option<CopyOf> {
    let original = state.reviews().get(original)?;
    let seller = |review: &ReviewRow| state.listing_of(review).and_then(|listing| listing.seller);
    Some(CopyOf {
        review: Id::new(state.name(original.name))?,
        same_seller: seller(original) == seller(copy),
    })
}

/// Reads the facts of a subject beside its score.
fn context_of(state: &State, subject: SubjectIx) -> Option<SubjectContext> {
    let of_tally = |tally: &Tally| SubjectContext {
        review_count: tally.shown().up().into(),
        copy_count: tally.copies_up().into(),
        removed_count: tally.removed().into(),
        mean_rating: tally.shown().mean(),
        ..SubjectContext::default()
    };
    Some(match subject {
        SubjectIx::Review(row) => {
            let review = state.reviews().get(row).filter(|review| review.arrived())?;
            SubjectContext {
                review_count: u64::from(review.removed.is_none()),
                copy_of: Some(state.original_of(row))
                    .filter(|original| *original != row)
                    .and_then(|original| copy_of(state, review, original)),
                removed_count: u64::from(review.removed.is_some()),
                mean_rating: Some(f64::from(review.stars)),
                peer_group: peer_group(state, review.listing),
                seller_id: seller_id(state, review.listing),
                arrival_log_odds: review.arrival_log_odds(),
                ..SubjectContext::default()
            }
        }
        SubjectIx::Reviewer(row) => {
            let author = state.reviewers().get(row)?;
            SubjectContext {
                review_count: (author.reviews - author.removed).into(),
                removed_count: author.removed.into(),
                mean_rating: (author.reviews > author.removed)
                    .then(|| f64::from(author.stars) / f64::from(author.reviews - author.removed)),
                peer_group: state.marketplace(author.marketplace).to_owned(),
                ..SubjectContext::default()
            }
        }
        SubjectIx::Listing(row) => SubjectContext {
            peer_group: peer_group(state, Some(row)),
            seller_id: seller_id(state, Some(row)),
            ..of_tally(&state.listings().get(row)?.tally)
        },
        SubjectIx::Seller(row) => of_tally(&state.sellers().get(row)?.tally),
    })
}
