//! The one place where an event of the log is folded, live and in replay.

use super::moves::Touched;
use crate::domain::Event;
use crate::history::{History, Month};
use crate::integrity;
use crate::state::{Full, LogRef, Outcome, State};
use crate::store::Row;

/// The state, and its history as it is made.
#[derive(Debug, Default)]
pub(super) struct Fold {
    pub(super) state: State,
    pub(super) history: History,
    ended: Option<Ended>,
    touched: Touched,
}

/// Rows of months that the clock has left.
#[derive(Debug)]
pub(super) struct Ended {
    /// The newest of these months.
    pub(super) through: Month,
    pub(super) rows: Vec<Row>,
}

impl Fold {
    /// Goes on from a checkpoint.
    pub(super) fn new(state: State, history: History) -> Self {
        Self {
            state,
            history,
            ended: None,
            touched: Touched::default(),
        }
    }

    /// Folds one event in; `log` is where it lies, or will lie. A day that the event ends is closed
    /// first, with the state as it is then.
    pub(super) fn apply(&mut self, event: &Event, log: LogRef) -> Result<Outcome, Full> {
        if let (Some(clock), Some(time)) = (self.state.watermark(), event.time())
            && clock.day() < time.day()
            // What is no news is not in the log, and must move nothing.
            && self.state.is_news(event)
        {
            self.end_day(clock.day(), time.day());
        }
        let scorer = Some(integrity::arrival_score as _);
        let outcome = self.state.apply_scored(event, log, scorer)?;
        if outcome == Outcome::Applied {
            self.history.note(self.state.changes());
            self.touched.note(self.state.changes());
        }
        Ok(outcome)
    }

    fn end_day(&mut self, day: u32, next: u32) {
        self.history.close_day(&self.state, day);
        let month = Month::of(day);
        if month == Month::of(next) {
            return;
        }
        let rows = self.history.close_month(month);
        match &mut self.ended {
            Some(ended) => {
                ended.through = month;
                ended.rows.extend(rows);
            }
            None => {
                self.ended = Some(Ended {
                    through: month,
                    rows,
                });
            }
        }
    }

    /// Takes what was touched since the last time, for those who watch.
    pub(super) fn take_touched(&mut self) -> Touched {
        std::mem::take(&mut self.touched)
    }

    /// Takes the rows of ended months, to be stored once the log is durable up to here.
    pub(super) fn take_ended(&mut self) -> Option<Ended> {
        self.ended.take()
    }
}

#[cfg(test)]
mod tests;
