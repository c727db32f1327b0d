//! The remains of facts that were erased or taken back. Tombstones come from the log only, each in
//! the place of an event that was applied: every one applies.

use super::Full;
use crate::domain::{Kind, Tombstone, VerdictLabel};
use crate::state::State;
use crate::state::names::NameRef;
use crate::state::rows::{LogRef, VerdictRow};

impl State {
    pub(super) fn commit_tombstone(
        &mut self,
        tombstone: &Tombstone,
        log: LogRef,
    ) -> Result<(), Full> {
        match tombstone {
            Tombstone::Review {
                id,
                marketplace,
                listing,
                time: _,
            } => self.bury_review(marketplace.as_str(), id.as_str(), listing.as_str()),
            Tombstone::Verdict { id, time } => self.bury_verdict(id.as_str(), time.seconds(), log),
            Tombstone::TakenBack | Tombstone::End => Ok(()),
        }
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
        let existing = self.find_verdict_by_id(id);
        let name = match existing.and_then(|row| self.verdicts.get(row)) {
            Some(known) => known.name,
            None => self.store_name(id)?,
        };
        let fresh = VerdictRow {
            name,
            subject_kind: Kind::Reviewer,
            subject_marketplace: None,
            subject_name: NameRef::NOWHERE,
            revision: u16::MAX,
            label: VerdictLabel::Unspecified,
            seconds,
            log,
        };
        self.put_verdict(id, existing, fresh)?;
        Ok(())
    }
}
