//! Keeps the progress of all sellers, and the peers that they are compared with.

use std::sync::Arc;

use super::config::Config;
use super::gather::{Part, Suspicion, gather};
use super::inputs::Inputs;
use super::measure::{PILLARS, View};
use super::peer_context::PeerContext;
use super::peers::{PeerRow, Peers, compared};
use super::pillars::{ALL, MEASURES};
use super::progress::{Progress, progress};
use super::score::measure;
use super::stage_counts::StageCounts;
use crate::state::{Column, ReviewIx, RowNumber, SellerIx, State};
use crate::threads::parallel::gathered;

/// A seller's progress and the snapshot that it was computed from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CachedProgress {
    /// None where nothing is known of the seller.
    pub progress: Option<Arc<Progress>>,
    /// Number of events of the snapshot.
    pub events: u64,
    /// Log record of the snapshot.
    pub sequence: u64,
}

/// A read model of all sellers. A clone shares memory.
#[derive(Clone, Debug)]
pub struct ProgressModel {
    config: Arc<Config>,
    context: Arc<PeerContext>,
    peers: Arc<Peers>,
    sellers: Column<SellerIx, CachedProgress>,
    /// Of `sellers`.
    stage_counts: StageCounts,
    /// Log record that `peers` were computed from.
    peers_sequence: u64,
}

/// A snapshot and its position in the log.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The snapshot.
    pub state: &'a State,
    /// Its newest log record.
    pub sequence: u64,
}

/// A suspicion in 255ths: as precise as needed, and small enough to be kept for all reviews.
fn rounded(suspicion: f64) -> u8 {
    (suspicion.clamp(0.0, 1.0) * 255.0).round() as u8
}

fn probability(rounded: u8) -> f64 {
    f64::from(rounded) / 255.0
}

impl ProgressModel {
    /// Computes all sellers on some threads while `go_on` holds; none when it was stopped.
    pub fn compute(
        at: At<'_>,
        config: &Arc<Config>,
        suspicion: Suspicion<'_>,
        threads: usize,
        go_on: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let state = at.state;
        let reviews = state.reviews().len() as usize;
        let suspicions = map(threads, reviews, go_on, |row| rounded(suspicion(row)))?;
        let kept_suspicion = |row: ReviewIx| {
            let kept = suspicions.get(row.index());
            kept.map_or(0.0, |kept| probability(*kept))
        };
        let context = PeerContext::of(state, &kept_suspicion);
        let inputs =
            |seller: SellerIx| gather(state, seller, &context, Part::default(), &kept_suspicion);
        let count = state.sellers().len() as usize;
        // Inputs are computed twice: all at once would not fit into memory.
        let measures = map(threads, count, go_on, |seller| measure_row(&inputs(seller)))?;
        let mut peers = Peers::of_measures(&measures);
        let all = map(threads, count, go_on, |seller| {
            let inputs = inputs(seller);
            progress(&inputs, &peers, inputs.peers, config).map(Arc::new)
        })?;
        let scores: Vec<PeerRow<{ PILLARS + 1 }>> =
            all.iter().flatten().map(|one| score_row(one)).collect();
        peers.add_scores(&scores);
        let mut stage_counts = StageCounts::default();
        for progress in all.iter().flatten() {
            stage_counts.add(progress);
        }
        let cached = all.into_iter().map(|progress| CachedProgress {
            progress,
            events: state.event_count(),
            sequence: at.sequence,
        });
        Some(Self {
            config: Arc::clone(config),
            context: Arc::new(context),
            peers: Arc::new(peers),
            sellers: cached.collect(),
            stage_counts,
            peers_sequence: at.sequence,
        })
    }

    /// Computes some sellers anew, against the peers as they were.
    pub fn update(&mut self, at: At<'_>, sellers: &[SellerIx], suspicion: Suspicion<'_>) {
        while self.sellers.len() < at.state.sellers().len() {
            if self.sellers.push(CachedProgress::default()).is_none() {
                return;
            }
        }
        for seller in sellers {
            let progress = self.examine(at.state, *seller, Part::default(), suspicion);
            let Some(cached) = self.sellers.get_mut(*seller) else {
                continue;
            };
            if let Some(before) = &cached.progress {
                self.stage_counts.remove(before);
            }
            if let Some(progress) = &progress {
                self.stage_counts.add(progress);
            }
            *cached = CachedProgress {
                progress: progress.map(Arc::new),
                events: at.state.event_count(),
                sequence: at.sequence,
            };
        }
    }

    /// Sellers that events touched since their progress was computed.
    pub fn stale<'a>(&'a self, state: &'a State) -> impl Iterator<Item = SellerIx> + 'a {
        let rows = state.sellers().numbered();
        let stale = rows.filter(|(row, seller)| {
            let events = self.sellers.get(*row).map_or(0, |cached| cached.events);
            seller.changed > events
        });
        stale.map(|(row, _)| row)
    }

    /// Number of sellers by stage.
    pub const fn stage_counts(&self) -> &StageCounts {
        &self.stage_counts
    }

    /// Computes a seller, or a part of it, against the peers as they were.
    pub fn examine(
        &self,
        state: &State,
        seller: SellerIx,
        part: Part,
        suspicion: Suspicion<'_>,
    ) -> Option<Progress> {
        let kept_suspicion = |row: ReviewIx| probability(rounded(suspicion(row)));
        let inputs = gather(state, seller, &self.context, part, &kept_suspicion);
        progress(&inputs, &self.peers, inputs.peers, &self.config)
    }

    /// The cached progress of a seller.
    pub fn get(&self, seller: SellerIx) -> Option<&CachedProgress> {
        self.sellers.get(seller)
    }

    /// The peers' statistics.
    pub fn peers(&self) -> &Peers {
        &self.peers
    }

    /// The thresholds.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Log record that the peers' statistics were computed from.
    pub const fn peers_sequence(&self) -> u64 {
        self.peers_sequence
    }
}

/// Clean values of the newest month, as peers keep them.
fn measure_row(inputs: &Inputs) -> PeerRow<MEASURES> {
    let mut values = [f32::NAN; MEASURES];
    let last = inputs.months.len().saturating_sub(1);
    let measured = if inputs.is_empty() {
        None
    } else {
        measure(inputs, last, View::Clean)
    };
    let found = measured.iter().flatten();
    for ((value, measure), found) in values.iter_mut().zip(ALL).zip(found) {
        if let Some(found) = found {
            *value = compared(measure, found.value);
        }
    }
    PeerRow {
        key: inputs.peers,
        values,
    }
}

fn score_row(progress: &Progress) -> PeerRow<{ PILLARS + 1 }> {
    let mut values = [f32::NAN; PILLARS + 1];
    let scores = progress.pillars.iter().chain([&progress.index]);
    for (value, score) in values.iter_mut().zip(scores) {
        if let Some(score) = score {
            *value = score.value as f32;
        }
    }
    PeerRow {
        key: progress.peers,
        values,
    }
}

/// Calls `work` for every row below `count` on some threads; results are in their order. None
/// when it was stopped.
fn map<I: RowNumber, T: Send>(
    threads: usize,
    count: usize,
    go_on: &(dyn Fn() -> bool + Sync),
    work: impl Fn(I) -> T + Sync,
) -> Option<Vec<T>> {
    let all = gathered(threads, count, |range| {
        if go_on() {
            let rows = range.filter_map(|number| I::new(number as u32));
            rows.map(&work).collect()
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
            let squares = map(threads, 1000, &|| true, |row: ReviewIx| {
                row.index() * row.index()
            });
            let squares = squares.expect("nobody stops it");
            assert!(
                squares
                    .iter()
                    .enumerate()
                    .all(|(n, square)| n * n == *square)
            );
        }
        assert_eq!(map(2, 0, &|| true, |row: ReviewIx| row), Some(Vec::new()));
        assert_eq!(map(2, 1000, &|| false, |row: ReviewIx| row), None);
    }

    #[test]
    fn suspicions_are_kept_in_255ths() {
        assert_eq!(probability(rounded(1.0)), 1.0);
        assert!((probability(rounded(0.5)) - 0.5).abs() < 0.002);
        assert_eq!(rounded(f64::NAN), 0);
    }
}
