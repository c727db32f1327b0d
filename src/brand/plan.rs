//! What would be if measures changed: the same sums on other values, and nothing stored.

use super::config::Config;
use super::measure::Value;
use super::peers::Peers;
use super::pillars::ALL;
use super::progress::{Progress, stand};
use super::score::{Standing, place_alone};

/// How one measure changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// To a value in its unit.
    To(f64),
    /// By some of its unit.
    By(f64),
}

/// Why a change makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Senseless {
    /// The measure has no value that could change by anything.
    Unmeasured,
    /// The result is no value of the measure: a share outside of 0 to 1, or a number below 0.
    OutOfRange,
    /// Without peers no value has a place.
    NoPeers,
}

/// The progress with some measures at other values. What changes is as sure as it was, or as a
/// measure with half a robust standard deviation where it was not measured.
pub fn simulate(
    progress: &Progress,
    changes: &[(usize, Change)],
    peers: &Peers,
    config: &Config,
) -> Result<Progress, (usize, Senseless)> {
    let mut standings = progress.standings();
    for (number, (at, change)) in changes.iter().enumerate() {
        let held = standings[*at];
        let standing = moved(*at, &held, *change, peers, progress);
        standings[*at] = standing.map_err(|why| (number, why))?;
    }
    Ok(stand(&standings, progress.home, progress.seed, config))
}

fn moved(
    at: usize,
    held: &Standing,
    change: Change,
    peers: &Peers,
    progress: &Progress,
) -> Result<Standing, Senseless> {
    let spec = &ALL[at].spec;
    let now = held.clean.ok();
    let target = match (change, now) {
        (Change::To(value), _) => value,
        (Change::By(step), Some(now)) => now.value + step,
        (Change::By(_), None) => return Err(Senseless::Unmeasured),
    };
    if !spec.allows(target) {
        return Err(Senseless::OutOfRange);
    }
    let (_, robust) = peers.measure(progress.home, at).ok_or(Senseless::NoPeers)?;
    let value = now.map_or(
        Value {
            value: target,
            sd: (robust.scale / 2.0).max(1e-3),
            weight: 1.0,
        },
        |now| Value {
            value: target,
            ..now
        },
    );
    let raw = held.raw.ok().map_or(value, |raw| match change {
        Change::To(_) => value,
        Change::By(step) => Value {
            value: if spec.allows(raw.value + step) {
                raw.value + step
            } else {
                target
            },
            ..raw
        },
    });
    Ok(place_alone(at, raw, value, peers, progress.home))
}
