//! Signals on authors, compared with those of like activity on the same marketplace.

mod blame_share;
mod burst_share;
mod day_peak;
mod duplicate_share;
mod early_share;
mod extreme_share;
mod gap_entropy;
mod life_span;
mod one_seller_share;
mod own_copies;
mod praise_share;
mod rating_deviation;
mod removed_share;
mod text_length;
mod unverified_share;

use super::{Signal, read};
use crate::integrity::Measure;
use crate::state::{AuthorSignal, AuthorWalk, Measured, ReviewerIx, ReviewerRow, State};

/// Measures an author.
pub type Measurer = fn(&ReviewerContext<'_>) -> Measure;

/// All signals on authors.
pub static ALL: [Signal<Measurer>; 15] = [
    praise_share::SIGNAL,
    extreme_share::SIGNAL,
    rating_deviation::SIGNAL,
    blame_share::SIGNAL,
    one_seller_share::SIGNAL,
    duplicate_share::SIGNAL,
    own_copies::SIGNAL,
    text_length::SIGNAL,
    day_peak::SIGNAL,
    life_span::SIGNAL,
    gap_entropy::SIGNAL,
    early_share::SIGNAL,
    burst_share::SIGNAL,
    unverified_share::SIGNAL,
    removed_share::SIGNAL,
];

/// An author, as its signals read it.
pub struct ReviewerContext<'a> {
    state: &'a State,
    row: Option<&'a ReviewerRow>,
    counted: [Result<Measured, &'static str>; AuthorSignal::COUNT],
    /// None where its reviews are not walked.
    walked: Option<[Result<Measured, &'static str>; AuthorWalk::COUNT]>,
}

impl<'a> ReviewerContext<'a> {
    /// Reads an author and all its reviews.
    pub fn of(state: &'a State, row: ReviewerIx) -> Self {
        Self {
            state,
            row: state.reviewers().get(row),
            counted: state.author_values(row),
            walked: Some(state.walk_author(row)),
        }
    }

    /// Reads only what is counted as events come. Signals that walk over its reviews are skipped.
    pub fn counted_only(state: &'a State, row: ReviewerIx) -> Self {
        Self {
            state,
            row: state.reviewers().get(row),
            counted: state.author_values(row),
            walked: None,
        }
    }

    /// Measures a value that is counted as events come, and compares it with all peers.
    fn counted(&self, signal: AuthorSignal) -> Measure {
        let Some(author) = self.row else {
            return Measure::Silent("unknown author");
        };
        let measured = match self.counted[signal.index()] {
            Ok(measured) => measured,
            Err(reason) => return Measure::Silent(reason),
        };
        let compared = author.bins.of_signal(signal).and_then(|at| {
            let baselines = self.state.baselines();
            baselines.compare_author(author.marketplace, signal, at)
        });
        read(measured.value, compared)
    }

    /// Measures a value of its reviews one by one, and compares it with a sample of its peers.
    fn walked(&self, what: AuthorWalk) -> Measure {
        let Some(walked) = &self.walked else {
            return Measure::Skipped;
        };
        let Some(author) = self.row else {
            return Measure::Silent("unknown author");
        };
        match walked[what.index()] {
            Err(reason) => Measure::Silent(reason),
            Ok(measured) => {
                let reference = self.state.baselines().reference();
                let compared = reference.compare_author(author.marketplace, what, measured);
                read(measured.value, compared)
            }
        }
    }
}
