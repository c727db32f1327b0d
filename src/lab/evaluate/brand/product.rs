//! The product's brand progress as a score.

use std::sync::Arc;

use super::walk::Scorer;
use crate::brand::{At, Config, Pillar, Progress, ProgressModel};
use crate::codec::parse_event;
use crate::domain::Time;
use crate::integrity::campaigns::Campaigns;
use crate::integrity::suspicion;
use crate::proto::v1::Event;
use crate::state::{LogRef, ReviewIx, State};

/// Folds events as the service does, and computes the progress of all sellers at the end of each
/// month. The first score is the index, the others are its pillars.
#[derive(Debug, Default)]
pub struct Product {
    state: State,
    next: u32,
    threads: usize,
}

impl Product {
    /// Makes a scorer with a number of threads.
    pub fn new(threads: usize) -> Self {
        Self {
            threads,
            ..Self::default()
        }
    }
}

impl Scorer for Product {
    fn names(&self) -> Vec<&'static str> {
        let pillars = Pillar::ALL.iter().map(|pillar| pillar.name());
        std::iter::once("progress").chain(pillars).collect()
    }

    fn fold(&mut self, _: u32, event: &Event) -> Result<(), String> {
        let parsed = parse_event(event.clone(), Time::from_seconds(u32::MAX));
        let parsed = parsed.map_err(|faults| format!("an event is refused: {faults:?}"))?;
        let log = LogRef {
            sequence: self.next >> 16,
            index: self.next as u16,
        };
        self.next += 1;
        let folded = self.state.apply(&parsed, log);
        folded.map(|_| ()).map_err(|full| full.to_string())
    }

    fn scores(&mut self, _: u32, sellers: &[&str]) -> Result<Vec<Vec<Option<f64>>>, String> {
        let found = self.progress_of(sellers);
        let column = |of: &dyn Fn(&Progress) -> Option<f64>| -> Vec<Option<f64>> {
            found.iter().map(|one| of(one.as_deref()?)).collect()
        };
        let mut scores = vec![column(&|one| Some(one.index?.value))];
        for pillar in Pillar::ALL {
            scores.push(column(&|one| Some(one.pillars[pillar as usize]?.value)));
        }
        Ok(scores)
    }
}

impl Product {
    /// Returns the progress of sellers by id, from all folded events.
    pub(super) fn progress_of(&self, sellers: &[&str]) -> Vec<Option<Arc<Progress>>> {
        let state = &self.state;
        let campaigns = Campaigns::find(state);
        let suspicion = |row: ReviewIx| suspicion(state, &campaigns, row);
        let at = At {
            state,
            sequence: u64::from(self.next >> 16),
        };
        let config = Arc::new(Config::default());
        // It is never cancelled, so there always is one.
        let board = ProgressModel::compute(at, &config, &suspicion, self.threads.max(1), &|| true);
        let found = sellers.iter();
        found
            .map(|seller| {
                let row = state.find_seller(seller)?;
                board.as_ref()?.get(row)?.progress.clone()
            })
            .collect()
    }
}
