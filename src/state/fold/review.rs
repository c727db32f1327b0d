//! Reviews and their removals.

use super::Full;
use super::prepare::{Fact, supersedes};
use crate::domain::{Review, ReviewRemoval, Time};
use crate::state::baseline::Levels;
use crate::state::names::NameRef;
use crate::state::rows::{Copied, Known, LogRef, NO_SCORE, NO_TIME, Polarity, ReviewRow};
use crate::state::{BandKey, ReviewIx, State, key};

/// A review as it would be kept, looked up without a trace.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// Listing and author are none where they are not known yet.
    pub row: ReviewRow,
    /// The review that it would replace.
    pub replaces: Option<ReviewIx>,
    /// The stored review that it is a copy of.
    pub copy_of: Option<ReviewIx>,
}

/// The parts of a review's row that its event adds beside the content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newest {
    pub(super) revision: u16,
    pub(super) log: LogRef,
    /// The score at arrival, in 256ths of log-odds.
    pub(super) arrival: Option<i16>,
}

impl State {
    pub(super) fn prepare_review<'a>(&self, review: &'a Review, revision: u16) -> Option<Fact<'a>> {
        let existing = self.find_review(review.marketplace.as_str(), review.id.as_str());
        let row = existing.and_then(|row| self.reviews.get(row));
        let known = row.filter(|row| row.arrived() || row.erased());
        supersedes(revision, known.map(|row| row.revision)).then(|| Fact::Review {
            review,
            existing,
            candidate: self.candidate_at(review, existing),
        })
    }

    pub(super) fn commit_review(
        &mut self,
        review: &Review,
        existing: Option<ReviewIx>,
        candidate: &Candidate,
        newest: Newest,
    ) -> Result<(), Full> {
        let marketplace = review.marketplace.as_str();
        let fresh = candidate.row;
        let listing = match fresh.listing {
            Some(listing) => listing,
            None => self.ensure_listing(marketplace, review.listing.as_str())?,
        };
        let reviewer = match fresh.reviewer {
            Some(reviewer) => reviewer,
            None => self.ensure_reviewer(marketplace, review.reviewer.as_str())?,
        };
        let row = match existing {
            Some(row) => row,
            None => self.add_review(marketplace, review.id.as_str())?,
        };
        if candidate.replaces.is_some() {
            self.unlink_review(row)?;
        }
        let target = self.reviews.get_mut(row).ok_or(Full)?;
        *target = ReviewRow {
            listing: Some(listing),
            reviewer: Some(reviewer),
            revision: newest.revision,
            // An edit keeps the score of its first arrival.
            arrival: match candidate.replaces {
                Some(_) => target.arrival,
                None => newest.arrival.unwrap_or(NO_SCORE),
            },
            name: target.name,
            marketplace: target.marketplace,
            removed: target.removed,
            removal_revision: target.removal_revision,
            copied: Copied::Unplaced,
            ..fresh
        };
        target.set_log(newest.log);
        self.link_review(row)
    }

    /// A review as it would be kept.
    pub fn candidate(&self, review: &Review) -> Candidate {
        let existing = self.find_review(review.marketplace.as_str(), review.id.as_str());
        self.candidate_at(review, existing)
    }

    fn candidate_at(&self, review: &Review, existing: Option<ReviewIx>) -> Candidate {
        let marketplace = review.marketplace.as_str();
        let print = review.print;
        // Twins are sought within a polarity: blame that copies a listing's praise must not make
        // that praise look copied.
        let polarity = Polarity::of(review.rating).index() as u64;
        let keys = print
            .bands
            .map(|keys| keys.map(|key| key ^ polarity.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
            .map(|keys| keys.map(BandKey::of));
        let arrived = |row: &ReviewIx| self.reviews.get(*row).is_some_and(ReviewRow::arrived);
        let number = self.find_marketplace(marketplace);
        let mut row = ReviewRow {
            listing: self.find_listing(marketplace, review.listing.as_str()),
            reviewer: self.find_reviewer(marketplace, review.reviewer.as_str()),
            seconds: review.time.map_or(NO_TIME, Time::seconds),
            words: print.words,
            stars: review.rating.stars(),
            verified: Known::from(review.verified),
            incentive: Known::from(review.incentive_disclosed),
            levels: Levels::of(
                &print,
                review.helpful_votes,
                Known::from(review.incentive_disclosed),
            ),
            ..ReviewRow::named(NameRef::NOWHERE, number.unwrap_or(u16::MAX))
        };
        row.set_text(keys, print.whole);
        Candidate {
            copy_of: self
                .original_like(&row)
                .filter(|original| existing != Some(*original)),
            row,
            replaces: existing.filter(arrived),
        }
    }

    pub(super) fn prepare_removal<'a>(
        &self,
        removal: &'a ReviewRemoval,
        revision: u16,
    ) -> Option<Fact<'a>> {
        let existing = self.find_review(removal.marketplace.as_str(), removal.review.as_str());
        let row = existing.and_then(|row| self.reviews.get(row));
        let known = row.filter(|row| row.removed.is_some());
        supersedes(revision, known.map(|row| row.removal_revision))
            .then_some(Fact::Removal { removal, existing })
    }

    pub(super) fn commit_removal(
        &mut self,
        removal: &ReviewRemoval,
        existing: Option<ReviewIx>,
        revision: u16,
    ) -> Result<(), Full> {
        let row = match existing {
            Some(row) => row,
            None => self.add_review(removal.marketplace.as_str(), removal.review.as_str())?,
        };
        let before = self.reviews.get(row).copied().ok_or(Full)?;
        // One that was taken down comes after all others of its act.
        let counted = before.arrived() && before.removed.is_none();
        let alone = counted && self.is_only_of_act(row);
        if alone {
            self.uncount_review(row);
        } else if counted {
            self.displace_review(row)?;
        }
        let target = self.reviews.get_mut(row).ok_or(Full)?;
        target.removed = Some(removal.remover);
        target.removal_revision = revision;
        if alone {
            self.count_review(row);
        } else if counted {
            self.place_review(row)?;
        }
        Ok(())
    }

    /// A row that only knows its id.
    pub(super) fn add_review(&mut self, marketplace: &str, id: &str) -> Result<ReviewIx, Full> {
        let number = self.ensure_marketplace(marketplace)?;
        let name: NameRef = self.store_name(id)?;
        let row = self
            .reviews
            .push(ReviewRow::named(name, number))
            .ok_or(Full)?;
        self.directories.reviews.insert(key(marketplace, id), row);
        Ok(row)
    }
}
