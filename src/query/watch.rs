//! Telling watchers which assessments moved, by one thread for all of them.
//!
//! A round takes the newest snapshot and the rows that changed since the last round, scores each of
//! them once, and tells every watcher whose filter it passes. Rounds gather what comes while one
//! runs, so a burst of events costs one score a subject and round. A watcher that does not read
//! is cut: nothing is kept for it but a token that leads to where it stood.

mod catch_up;
mod filter;
mod told;
mod watcher;

use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{self, Receiver};

pub use filter::WatchFilter;

use told::{Stand, Told};
use watcher::{Watcher, feed};

use super::assess;
use crate::domain::Kind;
use crate::engine::{Engine, EngineError, Moved, ScoredSnapshot};
use crate::history::KINDS;
use crate::instruments::Worker;
use crate::integrity::CorpusEvidence;
use crate::proto::v1;

/// Notices that wait for one watcher.
const NOTICES_MAX: usize = 256;
/// How long one round waits for watchers that have no room, all of them together: a pass moves many
/// at once, and who reads on must not be cut for that. Those with room are told first.
const PATIENCE: Duration = Duration::from_millis(200);
/// Least time between two rounds, so that what comes close together is told once.
const PAUSE: Duration = Duration::from_millis(50);
/// How long one notice may wait for a watcher that is catching up.
const CATCH_UP_WAIT: Duration = Duration::from_secs(10);

/// Why a watch cannot begin, or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// There are as many as there may be.
    #[error("there are as many watchers as are allowed")]
    TooMany,
    /// It did not read in time.
    #[error("the watcher reads too slowly; resume with the last token")]
    Slow,
    /// The service ends.
    #[error("the service is shutting down; resume with the last token")]
    Ended,
}

/// How far a watcher was told: what a token holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// A record of the log, which all events up to it go with.
    pub sequence: u64,
    /// The evidence, known by the number of events that it rests on.
    pub evidence: u64,
    /// The model version that scored, known by a checksum of its name.
    pub model: u32,
}

impl Mark {
    fn of(scored: &ScoredSnapshot) -> Self {
        Self {
            sequence: scored.snapshot.log_sequence,
            evidence: scored.evidence.event_count(),
            model: crc32fast::hash(scored.evidence.model_version().as_bytes()),
        }
    }
}

/// What a watcher is told.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Absent where only the token has news.
    pub assessment: Option<Arc<v1::Assessment>>,
    /// Up to here all is told once this notice is read.
    pub done: Mark,
    /// The record that it rests on.
    pub log_sequence: u64,
}

/// A watch that has begun.
#[derive(Debug)]
pub struct Watch {
    /// Ends when the watch does.
    pub notices: Receiver<Notice>,
    /// Whether it ended because nobody read.
    pub cut: Arc<AtomicBool>,
}

#[derive(Default)]
struct Inner {
    watchers: Vec<Watcher>,
    /// Watches that are still catching up.
    joining: usize,
    told: Told,
    /// What the last round saw; none while nobody watches.
    last: Option<ScoredSnapshot>,
}

/// All watches of a service.
pub struct Watches {
    engine: Engine,
    inner: Mutex<Inner>,
    watchers_max: u32,
}

impl Watches {
    /// None yet; the thread that tells them ends with the engine.
    pub fn start(engine: Engine, watchers_max: u32) -> Result<Arc<Self>, EngineError> {
        let watches = Arc::new(Self {
            engine,
            inner: Mutex::default(),
            watchers_max,
        });
        let rounds = Arc::clone(&watches);
        let ends = EndsStreams(rounds);
        let work = move || {
            let rounds = &ends.0;
            while let Some(moved) = rounds.engine.moves().wait() {
                rounds.round(&moved);
                thread::sleep(PAUSE);
            }
        };
        let poison = watches.engine.poison().clone();
        poison.spawn(Worker::Watch, work)?;
        Ok(watches)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a watch now, or from where all was told.
    pub fn watch(
        self: Arc<Self>,
        filter: WatchFilter,
        from: Option<Mark>,
    ) -> Result<Watch, WatchError> {
        {
            let mut inner = self.inner();
            inner.watchers.retain(|held| !held.sender.is_closed());
            if inner.watchers.len() + inner.joining >= self.watchers_max as usize {
                return Err(WatchError::TooMany);
            }
            inner.joining += 1;
        }
        let (sender, notices) = mpsc::channel(NOTICES_MAX);
        let cut = Arc::new(AtomicBool::new(false));
        let begin = from.unwrap_or_else(|| Mark::of(&self.engine.scored()));
        let watcher = Watcher {
            filter,
            sender,
            cut: Arc::clone(&cut),
            seen: begin,
            told: begin,
            due: VecDeque::new(),
        };
        // Reads the log, and waits for the watcher to read.
        tokio::task::spawn_blocking(move || self.join(watcher, from.is_some()));
        Ok(Watch { notices, cut })
    }

    /// Tells what changed since the token, then has the rounds tell the rest.
    fn join(&self, mut watcher: Watcher, resumed: bool) {
        let caught_up = !resumed || self.catch_up(&mut watcher);
        let mut inner = self.inner();
        inner.joining -= 1;
        if !caught_up {
            return;
        }
        if inner.last.is_none() {
            self.engine.moves().begin();
            inner.told = Told::default();
            inner.last = Some(self.engine.scored());
        }
        if let Some(last) = inner.last.as_ref().filter(|_| !resumed) {
            watcher.seen = Mark::of(last);
            // Nothing was told yet, so that there is room.
            let first = watcher.all_told();
            watcher.due.push_back(first);
        }
        let mut joined = vec![watcher];
        feed(&mut joined, Instant::now());
        inner.watchers.append(&mut joined);
        if inner.watchers.is_empty() && inner.joining == 0 {
            inner.last = None;
            self.engine.moves().end();
        }
    }

    fn catch_up(&self, watcher: &mut Watcher) -> bool {
        let scored = self.engine.scored();
        let snapshot = &scored.snapshot;
        let rows = match catch_up::since(&self.engine, &scored, watcher.seen) {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, "a watch cannot be resumed");
                return false;
            }
        };
        let runtime = tokio::runtime::Handle::current();
        for (kind, row) in rows {
            if !watcher.filter.concerns(&snapshot.state, kind, row) {
                continue;
            }
            let Some(assessment) = assess(&snapshot.state, &scored.evidence, kind, row) else {
                continue;
            };
            let notice = Notice {
                assessment: Some(Arc::new(assessment)),
                done: watcher.told,
                log_sequence: snapshot.log_sequence,
            };
            if !runtime.block_on(watcher.tell(notice, CATCH_UP_WAIT)) {
                return false;
            }
        }
        watcher.seen = Mark::of(&scored);
        let last = watcher.all_told();
        runtime.block_on(watcher.tell(last, CATCH_UP_WAIT))
    }

    /// Looks at what moved, and tells it.
    fn round(&self, moved: &Moved) {
        let Moved { snapshot, rows } = moved;
        let newest = self.engine.scored();
        let events = newest.snapshot.state.event_count();
        self.engine.poison().panic_for_tests(Worker::Watch, events);
        let snapshot = snapshot
            .clone()
            .unwrap_or_else(|| Arc::clone(&newest.snapshot));
        // An erasure may have given rows new numbers since.
        let evidence = if newest.snapshot.generation == snapshot.generation {
            newest.evidence
        } else {
            CorpusEvidence::default()
        };
        let scored = ScoredSnapshot { snapshot, evidence };
        let mut inner = self.inner();
        let Inner {
            watchers,
            told,
            last,
            joining,
        } = &mut *inner;
        let Some(before) = last.replace(scored.clone()) else {
            *last = None;
            return;
        };
        let snapshot = &scored.snapshot;
        let renumbered = before.snapshot.generation != snapshot.generation;
        if renumbered {
            *told = Told::default();
        }
        let news = if renumbered {
            Vec::new()
        } else {
            look(told, &before, &scored, rows)
        };
        watchers.retain_mut(|watcher| {
            // Rows that changed before it came, or that have new numbers, are found in the log.
            let gap = renumbered || watcher.seen != Mark::of(&before);
            let told = if gap {
                self.gap(watcher, &scored)
            } else {
                Some(passing(watcher, &scored, &news))
            };
            if let Some(told) = told {
                watcher.queue(Mark::of(&scored), told);
                return !watcher.sender.is_closed();
            }
            false
        });
        feed(watchers, Instant::now() + PATIENCE);
        if watchers.is_empty() && *joining == 0 {
            *last = None;
            self.engine.moves().end();
        }
    }

    /// What may have moved since a watcher was told; none where the log cannot be read.
    fn gap(&self, watcher: &Watcher, scored: &ScoredSnapshot) -> Option<Vec<Arc<v1::Assessment>>> {
        let snapshot = &scored.snapshot;
        let rows = match catch_up::since(&self.engine, scored, watcher.seen) {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, "a watch cannot go on");
                return None;
            }
        };
        let mut told = Vec::new();
        for (kind, row) in rows {
            if !watcher.filter.concerns(&snapshot.state, kind, row) {
                continue;
            }
            // Beyond what can wait for it, it is cut anyway.
            if told.len() > NOTICES_MAX {
                break;
            }
            told.extend(assess(&snapshot.state, &scored.evidence, kind, row).map(Arc::new));
        }
        Some(told)
    }
}

/// Ends all streams when the thread that feeds them ends, however it does.
struct EndsStreams(Arc<Watches>);

impl Drop for EndsStreams {
    fn drop(&mut self) {
        // Dropping the senders ends the streams.
        self.0.inner().watchers.clear();
    }
}

/// A subject that moved noticeably.
struct News {
    kind: Kind,
    row: u32,
    was: Stand,
    is: Stand,
    assessment: Arc<v1::Assessment>,
}

/// Scores what changed, and keeps what moved noticeably since it was told last.
fn look(
    told: &mut Told,
    before: &ScoredSnapshot,
    scored: &ScoredSnapshot,
    rows: &[Vec<u32>; KINDS.len()],
) -> Vec<News> {
    let mut news = Vec::new();
    for (kind, rows) in KINDS.into_iter().zip(rows) {
        for row in rows {
            let of = |scored: &ScoredSnapshot| {
                assess(&scored.snapshot.state, &scored.evidence, kind, *row)
            };
            let Some(assessment) = of(scored) else {
                continue;
            };
            let is = Stand::of(&assessment);
            let was = told
                .of(kind, *row)
                .unwrap_or_else(|| of(before).map_or_else(Stand::default, |held| Stand::of(&held)));
            if was.moved_to(is) {
                told.set(kind, *row, is);
                news.push(News {
                    kind,
                    row: *row,
                    was,
                    is,
                    assessment: Arc::new(assessment),
                });
            } else {
                told.set(kind, *row, was);
            }
        }
    }
    news
}

fn passing(watcher: &Watcher, scored: &ScoredSnapshot, news: &[News]) -> Vec<Arc<v1::Assessment>> {
    let filter = &watcher.filter;
    let passing = news.iter().filter(|one| {
        filter.concerns(&scored.snapshot.state, one.kind, one.row) && filter.passes(one.was, one.is)
    });
    passing.map(|one| Arc::clone(&one.assessment)).collect()
}
