//! Verdicts of the log as labels of reviews.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use super::ModelsError;
use crate::domain::{Kind, VerdictLabel};
use crate::integrity::detect::{Corpus, Review};
use crate::state::{ListingIx, ReviewIx, ReviewRow, ReviewerIx, State, SubjectIx, VerdictRow};
use crate::threads::cancel::Cancel;

/// Most judged reviews that are used, the newest verdicts first: bounds work and memory.
const JUDGED_MAX: usize = 500_000;
/// Fewest reviews of each label that a version is fitted from.
const LEAST: usize = 50;

/// A review with a verdict of its own or, where it has none, of its author's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The review.
    pub review: ReviewIx,
    /// Its author.
    pub reviewer: ReviewerIx,
    /// Its listing.
    pub listing: ListingIx,
    /// The verdict.
    pub manipulated: bool,
    /// Log record of the verdict's newest revision.
    pub log_sequence: u64,
}

/// Reviews with a verdict, in the order of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// The reviews.
    pub reviews: Vec<Judged>,
    /// Verdicts that are not on single reviews: on listings, sellers and unknown subjects.
    pub left_out: u64,
    /// Reviews beyond [`JUDGED_MAX`], whose verdicts are older.
    pub beyond: u64,
}

/// The newest verdict on a subject: by time, then by the verdict's id.
#[derive(Clone, Copy)]
struct Newest<'a> {
    rank: (u32, &'a str),
    manipulated: bool,
    log_sequence: u64,
}

type ByRow<'a, I> = BTreeMap<I, Newest<'a>>;

impl Verdicts {
    /// Takes the newest verdict on each review and each author.
    pub fn of(state: &State, cancel: &Cancel) -> Result<Self, ModelsError> {
        let mut reviews: ByRow<'_, ReviewIx> = ByRow::new();
        let mut authors: ByRow<'_, ReviewerIx> = ByRow::new();
        let mut left_out = 0;
        for verdict in state.verdicts().iter() {
            cancel.check()?;
            let manipulated = match verdict.label {
                VerdictLabel::Manipulated => true,
                VerdictLabel::Genuine => false,
                // Erased.
                VerdictLabel::Unspecified => continue,
            };
            let newest = Newest {
                rank: (verdict.seconds, state.name(verdict.name)),
                manipulated,
                log_sequence: verdict.log.sequence.into(),
            };
            match find(state, verdict) {
                // A verdict on a copy is one on what the author wrote.
                Some(SubjectIx::Review(row)) => {
                    keep(&mut reviews, state.original_of(row), newest);
                }
                Some(SubjectIx::Reviewer(row)) => keep(&mut authors, row, newest),
                Some(SubjectIx::Listing(_) | SubjectIx::Seller(_)) | None => left_out += 1,
            }
        }
        let own: BTreeSet<ReviewIx> = reviews.keys().copied().collect();
        for (author, verdict) in &authors {
            cancel.check()?;
            for (row, _) in state.acts_of_reviewer(*author) {
                if !own.contains(&row) {
                    reviews.insert(row, *verdict);
                }
            }
        }
        let mut judged: Vec<(ReviewIx, Newest<'_>)> = reviews.into_iter().collect();
        let beyond = judged.len().saturating_sub(JUDGED_MAX);
        if beyond > 0 {
            judged.sort_by(|a, b| b.1.rank.cmp(&a.1.rank).then(a.0.cmp(&b.0)));
            judged.truncate(JUDGED_MAX);
            judged.sort_by_key(|(row, _)| *row);
        }
        let reviews = judged.into_iter().filter_map(|(row, verdict)| {
            let review = state.reviews().get(row)?;
            Some(Judged {
                review: row,
                reviewer: review.reviewer?,
                listing: review.listing?,
                manipulated: verdict.manipulated,
                log_sequence: verdict.log_sequence,
            })
        });
        Ok(Self {
            reviews: reviews.collect(),
            left_out,
            beyond: beyond as u64,
        })
    }

    /// Counts the manipulated reviews, and the genuine ones.
    pub fn counts(&self) -> (usize, usize) {
        let reviews = self.reviews.iter();
        let manipulated = reviews.filter(|judged| judged.manipulated).count();
        (manipulated, self.reviews.len() - manipulated)
    }

    /// Refuses too few reviews of either label.
    pub fn enough(&self) -> Result<(), ModelsError> {
        let (manipulated, genuine) = self.counts();
        if manipulated.min(genuine) < LEAST {
            return Err(ModelsError::TooFew {
                manipulated,
                genuine,
                least: LEAST,
            });
        }
        Ok(())
    }

    /// The labels, one a review.
    pub(super) fn labels(&self) -> Vec<bool> {
        let labels = self.reviews.iter().map(|judged| judged.manipulated);
        labels.collect()
    }

    /// The same reviews as a corpus of their own, authors and listings numbered without gaps.
    pub(super) fn corpus(&self, state: &State) -> Corpus {
        let mut authors = Numbers::default();
        let mut listings = Numbers::default();
        Corpus::new(self.reviews.iter().map(|judged| {
            let review = state.reviews().get(judged.review);
            Review {
                reviewer: authors.number(judged.reviewer),
                listing: listings.number(judged.listing),
                stars: review.map_or(0, |review| review.stars),
                seconds: review
                    .and_then(ReviewRow::time)
                    .map(|time| time.seconds().into()),
            }
        }))
    }
}

/// Numbers without gaps, in the order of asking.
struct Numbers<I>(HashMap<I, u32>);

impl<I> Default for Numbers<I> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<I: Eq + Hash> Numbers<I> {
    fn number(&mut self, name: I) -> u32 {
        let next = self.0.len() as u32;
        *self.0.entry(name).or_insert(next)
    }
}

fn keep<'a, I: Ord>(verdicts: &mut ByRow<'a, I>, row: I, verdict: Newest<'a>) {
    let newest = verdicts.entry(row).or_insert(verdict);
    if newest.rank < verdict.rank {
        *newest = verdict;
    }
}

/// Finds the review or author that a verdict is about.
fn find(state: &State, verdict: &VerdictRow) -> Option<SubjectIx> {
    let marketplace = state.marketplace(verdict.subject_marketplace?);
    let name = state.name(verdict.subject_name);
    match verdict.subject_kind {
        Kind::Review => {
            let row = state.find_review(marketplace, name)?;
            let review = state.reviews().get(row)?;
            review.arrived().then_some(SubjectIx::Review(row))
        }
        Kind::Reviewer => {
            let row = state.find_reviewer(marketplace, name)?;
            Some(SubjectIx::Reviewer(row))
        }
        Kind::Listing | Kind::Seller => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;
    use crate::domain::Time;
    use crate::proto::v1::{self, Subject, SubjectKind, event::Payload};
    use crate::state::LogRef;

    fn apply(state: &mut State, payload: Payload) {
        let sequence = state.event_count() as u32 + 1;
        let event = v1::Event {
            revision: 0,
            payload: Some(payload),
        };
        let event = crate::codec::parse_event(event, Time::from_seconds(u32::MAX)).unwrap();
        state.apply(&event, LogRef { sequence, index: 0 }).unwrap();
    }

    fn at(seconds: i64) -> pbjson_types::Timestamp {
        pbjson_types::Timestamp { seconds, nanos: 0 }
    }

    fn review(id: &str, author: &str) -> Payload {
        Payload::Review(v1::Review {
            review_id: id.to_owned(),
            marketplace: "shop".to_owned(),
            listing_id: "l".to_owned(),
            reviewer_id: author.to_owned(),
            rating: 5,
            // Each at a moment of its own: none is a copy.
            time: Some(at(1_600_000_000 + i64::from(id.as_bytes()[1]))),
            ..v1::Review::default()
        })
    }

    fn verdict(id: &str, kind: SubjectKind, subject: &str, manipulated: bool, day: i64) -> Payload {
        let label = if manipulated {
            VerdictLabel::Manipulated
        } else {
            VerdictLabel::Genuine
        };
        let marketplace = match kind {
            SubjectKind::Seller => "",
            _ => "shop",
        };
        Payload::Verdict(v1::Verdict {
            verdict_id: id.to_owned(),
            subject: Some(Subject {
                kind: kind.into(),
                marketplace: marketplace.to_owned(),
                id: subject.to_owned(),
            }),
            label: v1::VerdictLabel::from(label).into(),
            decided_by: String::new(),
            reason: String::new(),
            time: Some(at(1_600_000_000 + day * 86_400)),
        })
    }

    #[test]
    fn newest_verdict_on_a_review_precedes_that_on_its_author() {
        let mut state = State::default();
        for (id, author) in [("r1", "a"), ("r2", "a"), ("r3", "b"), ("r4", "c")] {
            apply(&mut state, review(id, author));
        }
        let kinds = (SubjectKind::Review, SubjectKind::Reviewer);
        for payload in [
            verdict("v1", kinds.0, "r1", true, 5),
            // Older, though it came later.
            verdict("v2", kinds.0, "r1", false, 4),
            verdict("v3", kinds.1, "a", false, 9),
            verdict("v4", kinds.0, "r3", false, 1),
            verdict("v5", SubjectKind::Listing, "l", true, 1),
            verdict("v6", SubjectKind::Seller, "s", true, 1),
            verdict("v7", kinds.0, "nobody's", true, 1),
        ] {
            apply(&mut state, payload);
        }
        let cancel = Cancel::default();
        let verdicts = Verdicts::of(&state, &cancel).unwrap();
        let row = |id: &str| state.find_review("shop", id).unwrap();
        let reviews = verdicts.reviews.iter();
        let judged: Vec<(ReviewIx, bool, u64)> = reviews
            .map(|judged| (judged.review, judged.manipulated, judged.log_sequence))
            .collect();
        let expected = [
            (row("r1"), true, 5),
            (row("r2"), false, 7),
            (row("r3"), false, 8),
        ];
        assert_eq!(judged, expected);
        assert_eq!((verdicts.left_out, verdicts.beyond), (3, 0));
        assert_eq!(verdicts.counts(), (1, 2));
        let corpus = verdicts.corpus(&state);
        assert_eq!(
            (corpus.reviews(), corpus.reviewers(), corpus.listings()),
            (3, 2, 1)
        );
        let few = verdicts.enough();
        assert!(matches!(
            few,
            Err(ModelsError::TooFew {
                manipulated: 1,
                genuine: 2,
                ..
            })
        ));
        cancel.cancel();
        let cancelled = Verdicts::of(&state, &cancel);
        assert!(matches!(cancelled, Err(ModelsError::Cancelled)));
    }
}
