//! Watcher: one client's way through the change ring.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, watch};

use super::ring::RING_CHANGES;
use super::{Position, WatchError, WatchFilter, Watches};
use crate::domain::Assessment;

/// A watcher whose filter nothing passes gets a new token after so many changes, before its last
/// one is too old.
const CHANGES_WITHOUT_TOKEN: u64 = RING_CHANGES as u64 / 4;

/// One notice to a watcher.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Absent where only the position is new.
    pub assessment: Option<Arc<Assessment>>,
    /// Behind this notice.
    pub position: Position,
    /// The newest log record of the snapshot that it rests on.
    pub log_sequence: u64,
}

/// A watch that has begun; it ends when this is dropped.
pub struct Watcher {
    pub(super) watches: Arc<Watches>,
    pub(super) filter: WatchFilter,
    /// Number of the next change to look at.
    pub(super) next: u64,
    /// Number behind the newest notice.
    pub(super) notified: u64,
    /// Whether a resumed watch has not reached the end of the ring yet.
    pub(super) catching_up: bool,
    /// The first notice of a new watch, which holds only the position.
    pub(super) first: Option<Notice>,
    pub(super) wakeup: watch::Receiver<()>,
    pub(super) _permit: OwnedSemaphorePermit,
}

impl Watcher {
    /// Waits for the next notice. An error ends the watch.
    pub async fn next(&mut self) -> Result<Notice, WatchError> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        loop {
            self.wakeup.mark_unchanged();
            if let Some(notice) = self.read()? {
                return Ok(notice);
            }
            // The sender lives as long as the watches.
            self.wakeup.changed().await.map_err(|_| WatchError::Ended)?;
        }
    }

    /// The next notice, if there is one already.
    fn read(&mut self) -> Result<Option<Notice>, WatchError> {
        let shared = self.watches.shared();
        for (behind, change) in shared.ring.since(self.next)? {
            self.next = behind;
            if self.filter.passes(change) {
                self.notified = behind;
                return Ok(Some(Notice {
                    assessment: Some(Arc::clone(&change.assessment)),
                    position: self.watches.position(behind),
                    log_sequence: change.log_sequence,
                }));
            }
        }
        if shared.ended {
            return Err(WatchError::Ended);
        }
        if !self.catching_up && self.next - self.notified < CHANGES_WITHOUT_TOKEN {
            return Ok(None);
        }
        self.catching_up = false;
        self.notified = self.next;
        Ok(Some(Notice {
            assessment: None,
            position: self.watches.position(self.next),
            log_sequence: shared.log_sequence(),
        }))
    }
}
