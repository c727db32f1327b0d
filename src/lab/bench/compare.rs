//! Comparison of several servers on the same work in turn.

use std::time::Duration;

use serde::Serialize;

use super::figures::median;
use super::load::{CHUNK_EVENTS, Load, Sink};
use super::process::Server;
use crate::cli::CliError;
use crate::proto::v1::Event;
use crate::stats::Bootstrap;

/// One of the servers with its measurements.
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) server: Server,
    /// Seconds of each round.
    seconds: Vec<f64>,
    /// Processor time at the beginning of each round, and at the end of the last one.
    marks: Vec<f64>,
}

impl Contender {
    pub(super) const fn new(name: &'static str, server: Server) -> Self {
        Self {
            name,
            server,
            seconds: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Begins its turn in a round.
    pub(super) fn begin(&mut self) -> Result<(), CliError> {
        let used = self.server.cpu_seconds()?;
        self.marks.push(used);
        Ok(())
    }

    /// Ends its turn.
    pub(super) fn end(&mut self, took: Duration) {
        self.seconds.push(took.as_secs_f64());
    }

    /// Ends the last round, after its remaining work.
    pub(super) fn finish(&mut self) -> Result<(), CliError> {
        let used = self.server.cpu_seconds()?;
        self.marks.push(used);
        Ok(())
    }

    /// Drops the measurements so far.
    pub(super) fn forget(&mut self) {
        self.seconds.clear();
        self.marks.clear();
    }

    /// Returns the processor time by round, from the start of one turn to the start of the next.
    /// Remaining work of a turn is thus included.
    fn cpu(&self) -> Vec<f64> {
        let pairs = self.marks.iter().zip(self.marks.iter().skip(1));
        pairs.map(|(from, to)| to - from).collect()
    }

    /// Returns the processor time of all rounds, in seconds.
    pub(super) fn cpu_seconds(&self) -> f64 {
        self.cpu().iter().sum()
    }
}

/// Rounds of a comparison.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounds {
    /// Rounds before the measurement.
    pub(super) warm_up: usize,
    /// Measured rounds.
    pub(super) measured: usize,
}

/// Sends the same chunks of one stream to all servers in turn. Returns the number of measured
/// events; `see` gets each chunk.
pub(super) async fn ingest_in_turn(
    contenders: &mut [Contender],
    rounds: Rounds,
    batch: usize,
    mut see: impl FnMut(&[Event]),
) -> Result<usize, CliError> {
    let Rounds { warm_up, measured } = rounds;
    let mut load = Load::of(((measured + warm_up) * CHUNK_EVENTS) as u64);
    let mut events = 0;
    for round in 0..warm_up + measured {
        let chunk = load.next(CHUNK_EVENTS);
        see(&chunk);
        if round == warm_up {
            contenders.iter_mut().for_each(Contender::forget);
            events = 0;
        }
        events += chunk.len();
        // The first server changes, so that none profits from a machine that slows down.
        for turn in 0..contenders.len() {
            let index = (round + turn) % contenders.len();
            let contender = &mut contenders[index];
            let sink = Sink::new(contender.server.link(), batch);
            contender.begin()?;
            contender.end(sink.send(chunk.clone()).await?);
        }
    }
    Ok(events)
}

/// A relative difference with its 95 % interval: 0.01 is one percent above the first server.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct More {
    pub(super) share: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl More {
    /// Formats the difference in percent, with the interval.
    pub(super) fn text(self) -> String {
        let Self { share, low, high } = self;
        let percent = [share, low, high].map(|share| 100.0 * share);
        format!(
            "{:>+7.2} % [{:>+6.2}, {:>+6.2}]",
            percent[0], percent[1], percent[2]
        )
    }
}

/// Additional cost of one server over the first.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Cost {
    pub(super) name: &'static str,
    /// Processor time of the server: the ratio of sums over rounds, minus 1.
    pub(super) cpu: More,
    /// Time of a round: the median over rounds of the ratio, minus 1.
    pub(super) time: More,
}

/// Compares all servers with the first. For intervals, rounds are drawn with replacement. Rounds
/// are pairs, so a slow period of the machine affects both sides.
pub(super) fn costs(contenders: &[Contender]) -> Vec<Cost> {
    let Some((first, others)) = contenders.split_first() else {
        return Vec::new();
    };
    let others = others.iter();
    others
        .map(|other| Cost {
            name: other.name,
            cpu: ratio_of_sums(&other.cpu(), &first.cpu()),
            time: median_ratio(&other.seconds, &first.seconds),
        })
        .collect()
}

fn ratio_of_sums(with: &[f64], without: &[f64]) -> More {
    let weighted = |values: &[f64], times: &[u32]| -> f64 {
        let rows = values.iter().zip(times);
        rows.map(|(value, times)| value * f64::from(*times)).sum()
    };
    more(with.len(), |times| {
        weighted(with, times) / weighted(without, times) - 1.0
    })
}

fn median_ratio(with: &[f64], without: &[f64]) -> More {
    let ratios: Vec<f64> = with
        .iter()
        .zip(without)
        .map(|(one, other)| one / other)
        .collect();
    more(ratios.len(), |times| {
        let rows = ratios.iter().zip(times);
        let drawn = rows.flat_map(|(ratio, times)| std::iter::repeat_n(*ratio, *times as usize));
        median(drawn) - 1.0
    })
}

fn more(rounds: usize, statistic: impl Fn(&[u32]) -> f64) -> More {
    let groups: Vec<u32> = (0..rounds as u32).collect();
    let share = statistic(&vec![1; rounds]);
    let interval = Bootstrap::default().interval(&groups, |times| Some(statistic(times)));
    let (low, high) = interval.map_or((f64::NAN, f64::NAN), |difference| {
        (difference.low, difference.high)
    });
    More { share, low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_within_their_interval() {
        let without: Vec<f64> = (0..40)
            .map(|round| 1.0 + f64::from(round % 7) / 10.0)
            .collect();
        let with: Vec<f64> = without.iter().map(|value| value * 1.05).collect();
        for difference in [
            ratio_of_sums(&with, &without),
            median_ratio(&with, &without),
        ] {
            // All rounds are equal, so their spread is zero.
            assert!((difference.share - 0.05).abs() < 1e-9, "{difference:?}");
            assert!((difference.low - 0.05).abs() < 1e-9 && (difference.high - 0.05).abs() < 1e-9);
        }
        let uneven: Vec<f64> = (0..40).map(|round| 1.0 + f64::from(round % 2)).collect();
        let difference = ratio_of_sums(&uneven, &[1.0; 40]);
        assert!(
            difference.low < 0.45 && difference.high > 0.55,
            "{difference:?}"
        );
        assert!((difference.share - 0.5).abs() < 1e-9);
    }

    #[test]
    fn one_round_has_no_interval() {
        let difference = ratio_of_sums(&[2.0], &[1.0]);
        assert!((difference.share - 1.0).abs() < 1e-9);
        assert!(difference.low.is_nan() && difference.high.is_nan());
    }
}
