//! Verdicts.

use super::{Full, Outcome};
use crate::domain::Verdict;
use crate::state::rows::{LogRef, VerdictRow};
use crate::state::{State, key, subject_key};

impl State {
    pub(super) fn apply_verdict(
        &mut self,
        verdict: &Verdict,
        revision: u16,
        log: LogRef,
    ) -> Result<Outcome, Full> {
        let id = verdict.id.as_str();
        let known = self.find_verdict_by_id(id);
        let held = known.and_then(|row| self.verdicts.get(row)).copied();
        if held.is_some_and(|held| revision <= held.revision) {
            return Ok(Outcome::Unchanged);
        }
        let subject = &verdict.subject;
        let marketplace = match subject.marketplace() {
            "" => None,
            name => Some(self.ensure_marketplace(name)?),
        };
        let name = match held {
            Some(held) => held.name,
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
        let row = match known {
            Some(row) => {
                if let Some(target) = self.verdicts.get_mut(row) {
                    *target = fresh;
                }
                row
            }
            None => self.verdicts.push(fresh).ok_or(Full)?,
        };
        if known.is_none() {
            self.directories.verdicts.insert(key("", id), row);
        }
        // A revision may name another subject: the old entry then no longer matches its row.
        self.directories
            .verdict_subjects
            .insert(subject_key(subject), row);
        Ok(Outcome::Applied)
    }
}
