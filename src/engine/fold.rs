//! The one place where an event of the log is folded, live and in replay.

use std::time::{Duration, Instant};

use super::change_feed::ChangedRows;
use crate::domain::Event;
use crate::domain::Month;
use crate::history::History;
use crate::instruments::Tally;
use crate::integrity::own_signals;
use crate::state::{Candidate, Full, LogRef, Outcome, State};
use crate::store::Row;

/// The state, and its history as it is made.
#[derive(Debug, Default)]
pub(super) struct Fold {
    pub(super) state: State,
    pub(super) history: History,
    ended: Option<Ended>,
    tally: Tally,
    /// Spent on scores, where somebody wants to know: two looks at the clock for each review.
    score_time: Option<Duration>,
    changed_rows: ChangedRows,
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
            ..Self::default()
        }
    }

    /// Folds one event in; `log` is its place in the log. A day that the event ends is closed
    /// first, with the state as it is then. An event that changes nothing is not in the log, and
    /// moves nothing.
    pub(super) fn apply(&mut self, event: &Event, log: LogRef) -> Result<Outcome, Full> {
        let Some(prepared) = self.state.prepare(event) else {
            self.tally.event(event, false);
            return Ok(Outcome::Unchanged);
        };
        if let (Some(clock), Some(time)) = (self.state.watermark(), event.time())
            && clock.day() < time.day()
        {
            self.end_day(clock.day(), time.day());
        }
        let arrival = prepared.arriving().map(|review| self.score(review));
        self.state.commit(&prepared, log, arrival)?;
        self.tally.event(event, true);
        self.history.note(self.state.changes());
        self.changed_rows.note(self.state.changes());
        Ok(Outcome::Applied)
    }

    /// Scores a review as it arrives, before it is counted.
    fn score(&mut self, review: &Candidate) -> i16 {
        let started = self.score_time.is_some().then(Instant::now);
        let assessed = own_signals::screen_review(&self.state, review);
        self.tally.arrival(assessed.band);
        if let (Some(time), Some(started)) = (&mut self.score_time, started) {
            *time += started.elapsed();
        }
        own_signals::arrival_score(&assessed)
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

    /// Takes the rows that changed since the last call.
    pub(super) fn take_changed_rows(&mut self) -> ChangedRows {
        std::mem::take(&mut self.changed_rows)
    }

    /// Counts a group from here on; of a traced one, scores are timed.
    pub(super) fn begin_group(&mut self, traced: bool) {
        self.tally = Tally::default();
        self.score_time = traced.then_some(Duration::ZERO);
    }

    /// What came since, and how long its scores took where they were timed.
    pub(super) const fn counted(&self) -> (&Tally, Option<Duration>) {
        (&self.tally, self.score_time)
    }

    /// Takes the rows of ended months, to be stored once the log is durable up to here.
    pub(super) fn take_ended(&mut self) -> Option<Ended> {
        self.ended.take()
    }
}

#[cfg(test)]
mod tests;
