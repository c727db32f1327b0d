//! Signals on authors, compared with those of like activity on the same marketplace.

use super::{Family, Measure, Spec, read, spec};
use crate::state::{AuthorSignal as Signal, Measured, State};

/// What an author is compared by, by [`Signal::index`], as [`State::author_values`] gives it.
pub type Values = [Result<Measured, &'static str>; Signal::COUNT];

/// All signals on authors.
pub static ALL: [(Signal, Spec); Signal::COUNT] = [
    (
        Signal::PraiseShare,
        spec("reviewer.praise_share", Family::Rating),
    ),
    (
        Signal::ExtremeShare,
        spec("reviewer.extreme_share", Family::Rating),
    ),
    (
        Signal::DuplicateShare,
        spec("reviewer.duplicate_share", Family::Text),
    ),
    (Signal::DayPeak, spec("reviewer.day_peak", Family::Timing)),
    (
        Signal::UnverifiedShare,
        spec("reviewer.unverified_share", Family::Provenance),
    ),
    (
        Signal::RemovedShare,
        spec("reviewer.removed_share", Family::Provenance),
    ),
];

/// Measures one signal on an author, of whom `values` are known.
pub fn measure(state: &State, row: u32, values: &Values, signal: Signal) -> Measure {
    let Some(author) = state.reviewers().get(row) else {
        return Measure::Silent("unknown author");
    };
    let measured = match values[signal.index()] {
        Ok(measured) => measured,
        Err(reason) => return Measure::Silent(reason),
    };
    let compared = author.bins.place(signal).and_then(|(stratum, bin)| {
        state
            .baselines()
            .compare_author(author.marketplace, signal, stratum, bin)
    });
    read(measured.value, compared)
}
