//! Everybody's progress, and the peers that it is held against.

use std::sync::Arc;

use super::census::Census;
use super::config::Config;
use super::context::Context;
use super::gather::{Part, Suspicion, gather};
use super::inputs::Inputs;
use super::measure::{PILLARS, View};
use super::peers::{Peers, Row, compared, unknown};
use super::pillars::{ALL, MEASURES};
use super::progress::{Progress, progress};
use super::score::measure;
use crate::state::{Column, State};
use crate::threads::parallel::gathered;

/// A seller's progress with the number of events that it rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Held {
    /// None where nothing is known of the seller.
    pub progress: Option<Arc<Progress>>,
    /// Events of the snapshot that it was computed on.
    pub events: u64,
    /// Log record of that snapshot.
    pub sequence: u64,
}

/// A read model of all sellers. A clone shares memory.
#[derive(Clone, Debug)]
pub struct Board {
    config: Arc<Config>,
    context: Arc<Context>,
    peers: Arc<Peers>,
    held: Column<Held>,
    /// Of what is held.
    census: Census,
    /// Log record that peers rest on.
    peers_sequence: u64,
}

/// A snapshot and where it stands in the log.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The snapshot.
    pub state: &'a State,
    /// Its newest log record.
    pub sequence: u64,
}

/// The same, to a 255th: as precise as it needs to be, and small enough to be kept for all reviews.
fn rounded(suspicion: f64) -> u8 {
    (suspicion.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn probability(rounded: u8) -> f64 {
    f64::from(rounded) / 255.0
}

impl Board {
    /// Computes everything anew, on some threads, as long as `go_on` says so; none when it was
    /// stopped.
    pub fn compute(
        at: At<'_>,
        config: &Arc<Config>,
        suspicion: Suspicion<'_>,
        threads: usize,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let state = at.state;
        let reviews = state.reviews().len() as usize;
        let doubts = map(threads, reviews, go_on, |row| rounded(suspicion(row)))?;
        let suspicion = |row: u32| {
            doubts
                .get(row as usize)
                .map_or(0.0, |held| probability(*held))
        };
        let context = Context::of(state, &suspicion);
        let sellers = state.sellers().len() as usize;
        let rows = map(threads, sellers, go_on, |seller| {
            let inputs = gather(state, seller, &context, Part::default(), &suspicion);
            (inputs.home, clean_values(&inputs))
        })?;
        let mut peers = Peers::of_measures(&rows);
        let held = map(threads, sellers, go_on, |seller| {
            let inputs = gather(state, seller, &context, Part::default(), &suspicion);
            progress(&inputs, &peers, inputs.home, config).map(Arc::new)
        })?;
        let rows: Vec<Row<{ PILLARS + 1 }>> = held.iter().flatten().map(score_row).collect();
        peers.add_scores(&rows);
        let mut census = Census::default();
        for progress in held.iter().flatten() {
            census.add(progress);
        }
        let held = held.into_iter().map(|progress| Held {
            progress,
            events: state.event_count(),
            sequence: at.sequence,
        });
        Some(Self {
            config: Arc::clone(config),
            context: Arc::new(context),
            peers: Arc::new(peers),
            held: held.collect(),
            census,
            peers_sequence: at.sequence,
        })
    }

    /// Computes some sellers anew, against the peers as they were.
    pub fn update(&mut self, at: At<'_>, sellers: &[u32], suspicion: Suspicion<'_>) {
        while self.held.len() < at.state.sellers().len() {
            if self.held.push(Held::default()).is_none() {
                return;
            }
        }
        for seller in sellers {
            let progress = self.examine(at.state, *seller, Part::default(), suspicion);
            if let Some(held) = self.held.get_mut(*seller) {
                if let Some(before) = &held.progress {
                    self.census.take(before);
                }
                if let Some(progress) = &progress {
                    self.census.add(progress);
                }
                *held = Held {
                    progress: progress.map(Arc::new),
                    events: at.state.event_count(),
                    sequence: at.sequence,
                };
            }
        }
    }

    /// Sellers whose progress may have moved since it was computed.
    pub fn stale<'a>(&'a self, state: &'a State) -> impl Iterator<Item = u32> + 'a {
        let rows = (0..).zip(state.sellers().iter());
        let stale = rows.filter(|(row, seller)| {
            let events = self.held.get(*row).map_or(0, |held| held.events);
            seller.changed > events
        });
        stale.map(|(row, _)| row)
    }

    /// How many sellers stand where.
    pub const fn census(&self) -> &Census {
        &self.census
    }

    /// A seller or a part of it, computed now against the peers as they are held.
    pub fn examine(
        &self,
        state: &State,
        seller: u32,
        part: Part,
        suspicion: Suspicion<'_>,
    ) -> Option<Progress> {
        let suspicion = |row: u32| probability(rounded(suspicion(row)));
        let inputs = gather(state, seller, &self.context, part, &suspicion);
        progress(&inputs, &self.peers, inputs.home, &self.config)
    }

    /// What is held of a seller.
    pub fn get(&self, seller: u32) -> Option<&Held> {
        self.held.get(seller)
    }

    /// The peers' statistics.
    pub fn peers(&self) -> &Peers {
        &self.peers
    }

    /// The thresholds.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Log record that the peers' statistics rest on.
    pub const fn peers_sequence(&self) -> u64 {
        self.peers_sequence
    }
}

/// Clean values of the newest month, as peers keep them.
fn clean_values(inputs: &Inputs) -> [f32; MEASURES] {
    let mut values = unknown();
    let last = inputs.months.len().saturating_sub(1);
    let measured = if inputs.is_empty() {
        None
    } else {
        measure(inputs, last, View::Clean)
    };
    for ((value, measure), found) in values.iter_mut().zip(ALL).zip(measured.iter().flatten()) {
        if let Ok(found) = found {
            *value = compared(measure, found.value);
        }
    }
    values
}

fn score_row(progress: &Arc<Progress>) -> Row<{ PILLARS + 1 }> {
    let mut scores = [f32::NAN; PILLARS + 1];
    let of = progress.pillars.iter().chain([&progress.index]);
    for (score, found) in scores.iter_mut().zip(of) {
        if let Some(found) = found {
            *score = found.value as f32;
        }
    }
    (progress.home, scores)
}

/// Calls for every number below `count` on some threads; results are in their order. None when it
/// was stopped.
fn map<T: Send>(
    threads: usize,
    count: usize,
    go_on: &(dyn Fn() -> bool + Sync),
    work: impl Fn(u32) -> T + Sync,
) -> Option<Vec<T>> {
    let all = gathered(threads, count, |range| {
        if go_on() {
            range.map(|at| work(at as u32)).collect()
        } else {
            Vec::new()
        }
    });
    (all.len() == count).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order_on_any_number_of_threads() {
        for threads in [1, 2, 5] {
            let squares = map(threads, 1000, &|| true, |n| u64::from(n) * u64::from(n));
            let squares = squares.expect("nobody stops it");
            assert!(
                squares
                    .iter()
                    .enumerate()
                    .all(|(n, square)| (n * n) as u64 == *square)
            );
        }
        assert_eq!(map(2, 0, &|| true, |n| n), Some(Vec::new()));
        assert_eq!(map(2, 1000, &|| false, |n| n), None);
    }

    #[test]
    fn probabilities_are_kept_to_a_255th() {
        assert_eq!(probability(rounded(1.0)), 1.0);
        assert!((probability(rounded(0.5)) - 0.5).abs() < 0.002);
        assert_eq!(rounded(f64::NAN), 0);
    }
}
