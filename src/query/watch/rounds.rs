//! Rounds: the thread that scores changed subjects for all watchers.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Watches;
use super::last_notified::{LastNotified, NotifiedScore};
use super::ring::Change;
use crate::engine::{ChangeSet, ScoredSnapshot};
use crate::instruments::Worker;
use crate::integrity::CorpusEvidence;
use crate::query::assess;
use crate::state::SubjectIx;

/// Least time between two rounds, and between two portions of one: subjects that change again
/// meanwhile are scored once.
const PAUSE: Duration = Duration::from_millis(50);
/// Changes that are appended at a time. An evidence pass may change more than the ring holds, and a
/// watcher that reads 5,000 changes a second must not lose any of them.
const PORTION: usize = 256;
/// How long changes are still collected when nobody watches, so that a client whose connection broke
/// can resume.
const LINGER: Duration = Duration::from_secs(300);

/// The state of the thread.
pub(super) struct Rounds {
    watches: Arc<Watches>,
    notified: LastNotified,
    /// The start of the ring for which those scores are.
    notified_since: u64,
    /// Since when nobody watches.
    idle_since: Option<Instant>,
}

impl Rounds {
    pub(super) fn new(watches: Arc<Watches>) -> Self {
        Self {
            watches,
            notified: LastNotified::default(),
            notified_since: 0,
            idle_since: None,
        }
    }

    /// Makes rounds until the service ends.
    pub(super) fn run(&mut self) {
        while let Some(changes) = self.watches.change_feed.wait() {
            self.round(&changes);
            thread::sleep(PAUSE);
        }
    }

    fn round(&mut self, changes: &ChangeSet) {
        let scored = self.scored(changes);
        let events = scored.snapshot.state.event_count();
        self.watches.poison.panic_for_tests(Worker::Watch, events);
        let Some(before) = self.advance(&scored) else {
            return;
        };
        let mut portion = Vec::new();
        for subject in &changes.subjects {
            portion.extend(self.score(&before, &scored, *subject));
            if portion.len() == PORTION {
                self.watches.append(std::mem::take(&mut portion));
                thread::sleep(PAUSE);
                if self.watches.change_feed.is_closed() {
                    return;
                }
            }
        }
        self.watches.append(portion);
    }

    /// The snapshot to score, and the newest evidence that fits it.
    fn scored(&self, changes: &ChangeSet) -> ScoredSnapshot {
        let newest = self.watches.snapshots.scored();
        let snapshot = changes.snapshot.as_ref().unwrap_or(&newest.snapshot);
        // An erasure may have given rows new numbers since.
        let evidence = if newest.snapshot.generation == snapshot.generation {
            newest.evidence
        } else {
            CorpusEvidence::default()
        };
        ScoredSnapshot {
            snapshot: Arc::clone(snapshot),
            evidence,
        }
    }

    /// Replaces what the last round scored; none where nothing can be compared with it. After an
    /// erasure rows have new numbers: all watches end, and clients list again.
    fn advance(&mut self, scored: &ScoredSnapshot) -> Option<ScoredSnapshot> {
        let mut shared = self.watches.shared();
        let before = shared.scored.replace(scored.clone());
        let idle = !self.watches.is_watched();
        let idle_since = self.idle_since.filter(|_| idle);
        self.idle_since = idle.then(|| idle_since.unwrap_or_else(Instant::now));
        let lingered = idle_since.is_some_and(|since| since.elapsed() > LINGER);
        let Some(before) = before.filter(|_| !lingered) else {
            shared.scored = None;
            shared.ring.interrupt();
            self.watches.change_feed.stop();
            self.notified = LastNotified::default();
            return None;
        };
        let renumbered = before.snapshot.generation != scored.snapshot.generation;
        if renumbered {
            shared.ring.interrupt();
            self.watches.wakeup.send_replace(());
        }
        if self.notified_since != shared.ring.start() {
            self.notified_since = shared.ring.start();
            self.notified = LastNotified::default();
        }
        (!renumbered).then_some(before)
    }

    /// Scores a subject; says how it changed if that is noticeable.
    fn score(
        &mut self,
        before: &ScoredSnapshot,
        scored: &ScoredSnapshot,
        subject: SubjectIx,
    ) -> Option<Change> {
        let assess_by =
            |scored: &ScoredSnapshot| assess(&scored.snapshot.state, &scored.evidence, subject);
        let assessment = assess_by(scored)?;
        let after = NotifiedScore::of(&assessment);
        let known = self.notified.get(subject).unwrap_or_else(|| {
            let assessed = assess_by(before).as_ref().map(NotifiedScore::of);
            assessed.unwrap_or_default()
        });
        if !known.differs_noticeably(after) {
            self.notified.set(subject, known);
            return None;
        }
        self.notified.set(subject, after);
        Some(Change {
            before: known,
            after,
            assessment: Arc::new(assessment),
            log_sequence: scored.snapshot.log_sequence,
        })
    }
}

impl Drop for Rounds {
    /// Ends all watches, also when the thread panics.
    fn drop(&mut self) {
        self.watches.end();
    }
}
