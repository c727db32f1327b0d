//! Reviews and their removals.

use super::{Full, Outcome, Scorer};
use crate::domain::{Review, ReviewRemoval, Time};
use crate::state::names::NameRef;
use crate::state::rows::{Known, LogRef, NO_SCORE, NONE, ReviewRow, Side};
use crate::state::{BandKey, State, key};

/// A review as it would be kept, looked up without a trace.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// Listing and author are [`NONE`] where they are not known yet.
    pub row: ReviewRow,
    /// Row of the review that it would replace.
    pub replaces: Option<u32>,
}

impl State {
    pub(super) fn apply_review(
        &mut self,
        review: &Review,
        revision: u16,
        log: LogRef,
        scorer: Option<Scorer<'_>>,
    ) -> Result<Outcome, Full> {
        let (marketplace, id) = (review.marketplace.as_str(), review.id.as_str());
        let known = self.find_review(marketplace, id);
        let held = known.and_then(|row| self.reviews.get(row)).copied();
        let is_known = |held: ReviewRow| held.arrived() && revision <= held.revision;
        if held.is_some_and(|held| held.erased() || is_known(held)) {
            return Ok(Outcome::Unchanged);
        }
        let candidate = self.candidate_at(review, known);
        // An edit keeps the score of its first arrival.
        let arrival = match (candidate.replaces, held) {
            (Some(_), Some(held)) => held.arrival,
            _ => scorer.map_or(NO_SCORE, |score| score(self, &candidate)),
        };
        let fresh = candidate.row;
        let listing = match fresh.listing {
            NONE => self.ensure_listing(marketplace, review.listing.as_str())?,
            listing => listing,
        };
        let reviewer = match fresh.reviewer {
            NONE => self.ensure_reviewer(marketplace, review.reviewer.as_str())?,
            reviewer => reviewer,
        };
        let row = match known {
            Some(row) => row,
            None => self.add_review(marketplace, id)?,
        };
        if candidate.replaces.is_some() {
            self.unlink_review(row);
        }
        let Some(target) = self.reviews.get_mut(row) else {
            return Err(Full);
        };
        *target = ReviewRow {
            listing,
            reviewer,
            log,
            revision,
            arrival,
            name: target.name,
            marketplace: target.marketplace,
            removed: target.removed,
            removal_revision: target.removal_revision,
            ..fresh
        };
        self.link_review(row)?;
        Ok(Outcome::Applied)
    }

    /// A review as it would be kept.
    pub fn candidate(&self, review: &Review) -> Candidate {
        let known = self.find_review(review.marketplace.as_str(), review.id.as_str());
        self.candidate_at(review, known)
    }

    fn candidate_at(&self, review: &Review, known: Option<u32>) -> Candidate {
        let marketplace = review.marketplace.as_str();
        let print = review.print;
        // Twins are sought within a polarity: blame that copies a listing's praise must not make
        // that praise look copied.
        let polarity = Side::of(review.rating).index() as u64;
        let keys = print
            .bands
            .map(|keys| keys.map(|key| key ^ polarity.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
            .map(|keys| keys.map(BandKey::of));
        let arrived = |row: &u32| self.reviews.get(*row).is_some_and(ReviewRow::arrived);
        let listing = self.find_listing(marketplace, review.listing.as_str());
        let reviewer = self.find_reviewer(marketplace, review.reviewer.as_str());
        let number = self.find_marketplace(marketplace);
        let mut row = ReviewRow {
            listing: listing.unwrap_or(NONE),
            reviewer: reviewer.unwrap_or(NONE),
            seconds: review.time.map_or(NONE, Time::seconds),
            words: print.words,
            stars: review.rating.stars(),
            capitals: share_of_255(print.capitals, print.letters),
            exclamations: print.exclamations,
            verified: Known::from(review.verified),
            incentive: Known::from(review.incentive_disclosed),
            reward: print.reward,
            ..empty(NameRef::from_bits(NONE), number.unwrap_or(u16::MAX))
        };
        row.set_buckets(keys);
        Candidate {
            row,
            replaces: known.filter(arrived),
        }
    }

    pub(super) fn apply_removal(
        &mut self,
        removal: &ReviewRemoval,
        revision: u16,
    ) -> Result<Outcome, Full> {
        let marketplace = removal.marketplace.as_str();
        let row = match self.find_review(marketplace, removal.review.as_str()) {
            Some(row) => row,
            None => self.add_review(marketplace, removal.review.as_str())?,
        };
        let Some(held) = self.reviews.get(row).copied() else {
            return Err(Full);
        };
        if held.removed.is_some() && revision <= held.removal_revision {
            return Ok(Outcome::Unchanged);
        }
        let counted = held.arrived() && held.removed.is_none();
        if counted {
            self.uncount_review(row);
        }
        if let Some(target) = self.reviews.get_mut(row) {
            target.removed = Some(removal.remover);
            target.removal_revision = revision;
        }
        if counted {
            self.count_review(row);
        }
        Ok(Outcome::Applied)
    }

    /// A row that only knows its id.
    pub(super) fn add_review(&mut self, marketplace: &str, id: &str) -> Result<u32, Full> {
        let number = self.ensure_marketplace(marketplace)?;
        let name: NameRef = self.store_name(id)?;
        let row = self.reviews.push(empty(name, number)).ok_or(Full)?;
        self.directories.reviews.insert(key(marketplace, id), row);
        Ok(row)
    }
}

/// A review of which nothing is known but its id.
const fn empty(name: NameRef, marketplace: u16) -> ReviewRow {
    ReviewRow {
        listing: NONE,
        reviewer: NONE,
        next_in_listing: NONE,
        next_in_reviewer: NONE,
        name,
        seconds: NONE,
        band_hashes: [0; 2],
        log: LogRef {
            sequence: 0,
            index: 0,
        },
        revision: 0,
        removal_revision: 0,
        words: 0,
        marketplace,
        stars: 0,
        capitals: 0,
        exclamations: 0,
        verified: Known::Unknown,
        incentive: Known::Unknown,
        reward: false,
        removed: None,
        arrival: NO_SCORE,
        band_shards: [ReviewRow::NO_BANDS; 2],
    }
}

fn share_of_255(part: u16, whole: u16) -> u8 {
    if whole == 0 {
        0
    } else {
        (u32::from(part) * 255 / u32::from(whole)) as u8
    }
}
