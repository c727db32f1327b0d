//! Finds the reviews that support a term of a subject's score.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::campaigns::Campaign;
use super::corpus_evidence::CorpusEvidence;
use super::fusion::{Fused, Term};
use super::terms::Overlap;
use crate::domain::{Kind, Time};
use crate::state::{Known, ReviewIx, ReviewRow, ReviewerIx, State, SubjectIx};

/// Most reviews that are named for a term.
const NAMED_MOST: usize = 5;
/// Most reviews of a subject that are examined, the latest arrivals first. Bounds the work.
const EXAMINED_MOST: usize = 32;
/// Most examined reviews of one listing of a seller, so that its other listings get a turn.
const EXAMINED_OF_LISTING_MOST: usize = 16;
/// Most listings of a seller that are examined.
const LISTINGS_MOST: usize = 16;

/// The property of the reviews that support a term. They also have the term's polarity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Any review.
    Any,
    /// It is up.
    Up,
    /// It has 5 stars.
    FiveStars,
    /// It has 1 star.
    OneStar,
    /// It has 1 or 5 stars.
    Extreme,
    /// It is the only one of its author.
    OneTime,
    /// It has a near-duplicate.
    Duplicate,
    /// Its purchase was denied.
    Unverified,
    /// It was taken down.
    Removed,
    /// It is in its listing's busiest week.
    BusiestWeek,
    /// It is of its author's busiest day.
    BusiestDay,
    /// It mentions a reward that it does not disclose.
    Reward,
    /// It came before its listing became another product.
    CarriedOver,
}

/// Finds up to five reviews for each term of a subject's sum, newest first by event time, then by
/// id. Terms that lower the risk have none. The same snapshot gives the same reviews.
pub fn supporting_reviews(
    state: &State,
    evidence: &CorpusEvidence,
    subject: SubjectIx,
    fused: &Fused,
) -> Vec<Vec<ReviewIx>> {
    let mut supporting = of_signals(state, subject, &fused.terms);
    for (term, supporting) in fused.terms.iter().zip(&mut supporting) {
        let campaign = term.campaign.filter(|_| subject.kind() != Kind::Review);
        if let Some(campaign) = campaign.and_then(|index| evidence.campaign(index)) {
            *supporting = of_campaign(state, subject, campaign);
        }
    }
    supporting
}

/// The latest reviews of a subject in a campaign.
fn of_campaign(state: &State, subject: SubjectIx, campaign: &Campaign) -> Vec<ReviewIx> {
    let seller = |review: &ReviewRow| state.listing_of(review)?.seller;
    let is_of_subject = |review: &ReviewRow| match subject {
        SubjectIx::Review(_) => false,
        SubjectIx::Reviewer(row) => review.reviewer == Some(row),
        SubjectIx::Listing(row) => review.listing == Some(row),
        SubjectIx::Seller(row) => seller(review) == Some(row),
    };
    // Members are in the order of time.
    let latest = campaign.members.iter().rev().map(|member| member.review);
    let own = latest.filter(|review| state.reviews().get(*review).is_some_and(is_of_subject));
    newest_first(state, own.take(NAMED_MOST).collect())
}

fn of_signals(state: &State, subject: SubjectIx, terms: &[Term]) -> Vec<Vec<ReviewIx>> {
    let raises = |term: &&Term| {
        term.spec.support.is_some() && (term.contribution > 0.0 || is_unusual_fact(term))
    };
    let mut supporting: Vec<Vec<ReviewIx>> = vec![Vec::new(); terms.len()];
    if !terms.iter().any(|term| raises(&term)) {
        return supporting;
    }
    let busiest = match subject {
        SubjectIx::Reviewer(row) => busiest_day(state, row),
        SubjectIx::Review(_) | SubjectIx::Listing(_) | SubjectIx::Seller(_) => None,
    };
    for (row, review) in latest(state, subject) {
        let mut missing = false;
        let raising = terms.iter().zip(&mut supporting);
        for (term, supporting) in raising.filter(|(term, _)| raises(term)) {
            if supporting.len() < NAMED_MOST && supports(term, state, review, busiest) {
                supporting.push(row);
            }
            missing |= supporting.len() < NAMED_MOST;
        }
        if !missing {
            break;
        }
    }
    let sorted = supporting.into_iter();
    sorted.map(|rows| newest_first(state, rows)).collect()
}

/// Whether a fact that another term counts is unusual among peers.
fn is_unusual_fact(term: &Term) -> bool {
    term.spec.overlap == Overlap::Reviews && term.contribution == 0.0 && term.reading.tail < 0.5
}

fn newest_first(state: &State, mut rows: Vec<ReviewIx>) -> Vec<ReviewIx> {
    rows.sort_by_key(|row| {
        let review = state.reviews().get(*row);
        let seconds = review.and_then(ReviewRow::time).map(Time::seconds);
        (
            Reverse(seconds),
            review.map(|review| state.name(review.name)),
        )
    });
    rows
}

/// A subject's reviews, the latest arrivals first. Copies support nothing.
fn latest(
    state: &State,
    subject: SubjectIx,
) -> Box<dyn Iterator<Item = (ReviewIx, &ReviewRow)> + '_> {
    match subject {
        SubjectIx::Review(_) => Box::new(std::iter::empty()),
        SubjectIx::Reviewer(row) => Box::new(state.acts_of_reviewer(row).take(EXAMINED_MOST)),
        SubjectIx::Listing(row) => Box::new(state.acts_of_listing(row).take(EXAMINED_MOST)),
        SubjectIx::Seller(row) => {
            let listings = state.listings_of_seller(row).take(LISTINGS_MOST);
            let reviews = listings.flat_map(move |listing| {
                let reviews = state.acts_of_listing(listing);
                reviews.take(EXAMINED_OF_LISTING_MOST)
            });
            Box::new(reviews.take(EXAMINED_MOST))
        }
    }
}

/// The day on which an author wrote most of its latest reviews; the latest of equals.
fn busiest_day(state: &State, row: ReviewerIx) -> Option<u32> {
    let mut days: BTreeMap<u32, u32> = BTreeMap::new();
    for (_, review) in state.acts_of_reviewer(row).take(EXAMINED_MOST) {
        if let Some(time) = review.time() {
            *days.entry(time.day()).or_default() += 1;
        }
    }
    let busiest = days.iter().max_by_key(|(day, count)| (**count, **day));
    busiest.map(|(day, _)| *day)
}

fn supports(term: &Term, state: &State, review: &ReviewRow, busiest_day: Option<u32>) -> bool {
    let polarity = review.polarity();
    if term.spec.polarity.is_some_and(|wanted| wanted != polarity) {
        return false;
    }
    let up = review.removed.is_none();
    let day = review.time().map(Time::day);
    let listing = || state.listing_of(review);
    term.spec.support.is_some_and(|support| match support {
        Support::Any => true,
        Support::Up => up,
        Support::FiveStars => up && review.stars == 5,
        Support::OneStar => up && review.stars == 1,
        Support::Extreme => matches!(review.stars, 1 | 5),
        Support::OneTime => up && state.is_one_time(review),
        Support::Duplicate => state.has_twin(review),
        Support::Unverified => review.verified == Known::No,
        Support::Removed => !up,
        Support::BusiestWeek => day.is_some_and(|day| {
            listing().is_some_and(|listing| listing.rhythms.of(polarity).holds(day))
        }),
        Support::BusiestDay => day.is_some() && day == busiest_day,
        Support::Reward => up && review.speaks_of_reward(),
        Support::CarriedOver => {
            up && listing().is_some_and(|listing| listing.became_another_since(review.log()))
        }
    })
}
