//! Reviews and their removals.

use super::{Full, Outcome};
use crate::domain::{Review, ReviewRemoval, Time};
use crate::state::names::NameRef;
use crate::state::rows::{Known, LogRef, NONE, ReviewRow, Side};
use crate::state::{State, key};

impl State {
    pub(super) fn apply_review(
        &mut self,
        review: &Review,
        revision: u16,
        log: LogRef,
    ) -> Result<Outcome, Full> {
        let marketplace = review.marketplace.as_str();
        let known = self.find_review(marketplace, review.id.as_str());
        let held = known.and_then(|row| self.reviews.get(row)).copied();
        if held.is_some_and(|held| held.arrived() && revision <= held.revision) {
            return Ok(Outcome::Unchanged);
        }
        let listing = self.ensure_listing(marketplace, review.listing.as_str())?;
        let reviewer = self.ensure_reviewer(marketplace, review.reviewer.as_str())?;
        let print = review.print;
        // Twins are sought within a polarity: blame that copies a listing's praise must not make
        // that praise look copied.
        let polarity = Side::of(review.rating).index() as u64;
        let keys = print
            .bands
            .map(|keys| keys.map(|key| key ^ polarity.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let bands = self.ensure_bands(keys)?;
        let row = match known {
            Some(row) => row,
            None => self.add_review(marketplace, review.id.as_str())?,
        };
        if held.is_some_and(|held| held.arrived()) {
            self.unlink_review(row);
        }
        let Some(target) = self.reviews.get_mut(row) else {
            return Err(Full);
        };
        *target = ReviewRow {
            listing,
            reviewer,
            bands,
            log,
            revision,
            seconds: review.time.map_or(NONE, Time::seconds),
            words: print.words,
            stars: review.rating.stars(),
            capitals: share_of_255(print.capitals, print.letters),
            exclamations: print.exclamations,
            verified: Known::from(review.verified),
            incentive: Known::from(review.incentive_disclosed),
            reward: print.reward,
            ..*target
        };
        self.link_review(row);
        Ok(Outcome::Applied)
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
    fn add_review(&mut self, marketplace: &str, id: &str) -> Result<u32, Full> {
        let number = self.ensure_marketplace(marketplace)?;
        let name: NameRef = self.store_name(id)?;
        let empty = ReviewRow {
            listing: NONE,
            reviewer: NONE,
            next_in_listing: NONE,
            next_in_reviewer: NONE,
            name,
            seconds: NONE,
            bands: [NONE; 2],
            log: LogRef {
                sequence: 0,
                index: 0,
            },
            revision: 0,
            removal_revision: 0,
            words: 0,
            marketplace: number,
            stars: 0,
            capitals: 0,
            exclamations: 0,
            verified: Known::Unknown,
            incentive: Known::Unknown,
            reward: false,
            removed: None,
        };
        let row = self.reviews.push(empty).ok_or(Full)?;
        self.directories.reviews.insert(key(marketplace, id), row);
        Ok(row)
    }
}

fn share_of_255(part: u16, whole: u16) -> u8 {
    if whole == 0 {
        0
    } else {
        (u32::from(part) * 255 / u32::from(whole)) as u8
    }
}
