//! Verdicts.

use super::Full;
use super::prepare::{Fact, supersedes};
use crate::domain::Verdict;
use crate::state::rows::{LogRef, VerdictRow};
use crate::state::{State, VerdictIx, key, subject_key};

impl State {
    pub(super) fn prepare_verdict<'a>(
        &self,
        verdict: &'a Verdict,
        revision: u16,
    ) -> Option<Fact<'a>> {
        let existing = self.find_verdict_by_id(verdict.id.as_str());
        let row = existing.and_then(|row| self.verdicts.get(row));
        supersedes(revision, row.map(|row| row.revision))
            .then_some(Fact::Verdict { verdict, existing })
    }

    pub(super) fn commit_verdict(
        &mut self,
        verdict: &Verdict,
        existing: Option<VerdictIx>,
        revision: u16,
        log: LogRef,
    ) -> Result<(), Full> {
        let id = verdict.id.as_str();
        let subject = &verdict.subject;
        let marketplace = match subject.marketplace() {
            "" => None,
            name => Some(self.ensure_marketplace(name)?),
        };
        let name = match existing.and_then(|row| self.verdicts.get(row)) {
            Some(known) => known.name,
            None => self.store_name(id)?,
        };
        let fresh = VerdictRow {
            name,
            subject_kind: subject.kind(),
            subject_marketplace: marketplace,
            subject_name: self.store_name(subject.id().as_str())?,
            revision,
            label: verdict.label,
            seconds: verdict.time.seconds(),
            log,
        };
        let row = self.put_verdict(id, existing, fresh)?;
        // A revision may name another subject: the old entry then no longer matches its row.
        self.directories
            .verdict_subjects
            .insert(subject_key(subject), row);
        Ok(())
    }

    /// Writes a verdict's row, in the place of the existing one.
    pub(super) fn put_verdict(
        &mut self,
        id: &str,
        existing: Option<VerdictIx>,
        verdict: VerdictRow,
    ) -> Result<VerdictIx, Full> {
        if let Some(row) = existing {
            *self.verdicts.get_mut(row).ok_or(Full)? = verdict;
            return Ok(row);
        }
        let row = self.verdicts.push(verdict).ok_or(Full)?;
        self.directories.verdicts.insert(key("", id), row);
        Ok(row)
    }

    pub(super) fn find_verdict_by_id(&self, id: &str) -> Option<VerdictIx> {
        self.directories.verdicts.find(key("", id), |row| {
            self.verdicts
                .get(row)
                .is_some_and(|row| self.names.is(row.name, id))
        })
    }
}
