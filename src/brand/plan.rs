//! Simulates a plan: computes progress with some measures at other values, and stores nothing.

use super::config::Config;
use super::measure::Measured;
use super::peers::Peers;
use super::pillars::ALL;
use super::progress::Progress;
use super::score::Standing;

/// A change of one measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Index of the measure.
    pub measure: usize,
    /// How it changes.
    pub target: Target,
}

/// How a value changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// To a value in the measure's unit.
    To(f64),
    /// By an amount in the measure's unit.
    By(f64),
}

/// Reason why a change cannot be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// The measure has no value that an amount could be added to.
    Unmeasured,
    /// The result is no value of the measure: a share outside of 0 to 1, or a number below 0.
    OutOfRange,
    /// Without peers no value has a position.
    NoPeers,
}

/// The progress with some measures at other values. A changed measure is as certain as before; one
/// without a value gets half a robust standard deviation. An error names the change by its index.
pub fn simulate(
    progress: &Progress,
    changes: &[Change],
    peers: &Peers,
    config: &Config,
) -> Result<Progress, (usize, PlanError)> {
    let mut standings = progress.standings();
    for (index, change) in changes.iter().enumerate() {
        let standing = &mut standings[change.measure];
        *standing = changed(standing, *change, peers, progress).map_err(|error| (index, error))?;
    }
    Ok(Progress::of_standings(
        &standings,
        progress.peers,
        progress.seed,
        config,
    ))
}

fn changed(
    before: &Standing,
    change: Change,
    peers: &Peers,
    progress: &Progress,
) -> Result<Standing, PlanError> {
    let measure = ALL[change.measure];
    let target = match (change.target, before.clean) {
        (Target::To(value), _) => value,
        (Target::By(step), Some(now)) => now.value + step,
        (Target::By(_), None) => return Err(PlanError::Unmeasured),
    };
    if !measure.allows(target) {
        return Err(PlanError::OutOfRange);
    }
    let (_, spread) = peers
        .measure(progress.peers, change.measure)
        .ok_or(PlanError::NoPeers)?;
    let certainty = before.clean.unwrap_or(Measured {
        value: target,
        sd: (spread.scale / 2.0).max(1e-3),
        weight: 1.0,
    });
    let clean = Measured {
        value: target,
        ..certainty
    };
    let raw = match (change.target, before.raw) {
        (Target::By(step), Some(raw)) if measure.allows(raw.value + step) => Measured {
            value: raw.value + step,
            ..raw
        },
        (Target::By(_), Some(raw)) => Measured {
            value: target,
            ..raw
        },
        _ => clean,
    };
    Ok(Standing::of(
        change.measure,
        Some(raw),
        Some(clean),
        peers,
        progress.peers,
    ))
}
