//! What is left of erased facts. Tombstones only come from the log, where each stands in the place
//! of an event that was news: every one applies.

use super::{Full, Outcome};
use crate::domain::VerdictLabel;
use crate::domain::{Kind, Tombstone};
use crate::state::names::NameRef;
use crate::state::rows::{LogRef, NONE, VerdictRow};
use crate::state::{State, key};

impl State {
    pub(super) fn apply_tombstone(
        &mut self,
        tombstone: &Tombstone,
        log: LogRef,
    ) -> Result<Outcome, Full> {
        match tombstone {
            Tombstone::Review {
                id,
                marketplace,
                listing,
                time: _,
            } => self.bury_review(marketplace.as_str(), id.as_str(), listing.as_str())?,
            Tombstone::Verdict { id, time } => {
                self.bury_verdict(id.as_str(), time.seconds(), log)?;
            }
            Tombstone::Erasure => {}
        }
        Ok(Outcome::Applied)
    }

    /// Knows a review's id and listing, and refuses every revision of it from now on.
    fn bury_review(&mut self, marketplace: &str, id: &str, listing: &str) -> Result<(), Full> {
        self.ensure_listing(marketplace, listing)?;
        let row = match self.find_review(marketplace, id) {
            Some(row) => row,
            None => self.add_review(marketplace, id)?,
        };
        let target = self.reviews.get_mut(row).ok_or(Full)?;
        target.revision = u16::MAX;
        Ok(())
    }

    /// Knows a verdict's id, and nothing of whom it was about.
    fn bury_verdict(&mut self, id: &str, seconds: u32, log: LogRef) -> Result<(), Full> {
        let known = self.find_verdict_by_id(id);
        let held = known.and_then(|row| self.verdicts.get(row)).copied();
        let name = match held {
            Some(held) => held.name,
            None => self.store_name(id)?,
        };
        let fresh = VerdictRow {
            name,
            subject_kind: Kind::Reviewer,
            subject_marketplace: None,
            // Reads as an empty name, which no subject has.
            subject_name: NameRef::from_bits(NONE),
            revision: u16::MAX,
            label: VerdictLabel::Unspecified,
            seconds,
            log,
        };
        if let Some(target) = known.and_then(|row| self.verdicts.get_mut(row)) {
            *target = fresh;
        } else {
            let row = self.verdicts.push(fresh).ok_or(Full)?;
            self.directories.verdicts.insert(key("", id), row);
        }
        Ok(())
    }
}
