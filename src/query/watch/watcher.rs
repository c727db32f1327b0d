//! One who watches, and how it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, Sender};

use super::{Mark, Notice, WatchFilter};

/// Between two looks whether there is room.
const LOOK: Duration = Duration::from_millis(1);

pub(super) struct Watcher {
    pub(super) filter: WatchFilter,
    pub(super) sender: Sender<Notice>,
    pub(super) cut: Arc<AtomicBool>,
    /// Up to here all that concerns it was looked at.
    pub(super) seen: Mark,
    /// Up to here its newest token leads.
    pub(super) told: Mark,
}

impl Watcher {
    /// Says whether the watch goes on. Who has no room is waited for until then, and cut after that.
    pub(super) fn tell(&self, mut notice: Notice, until: Instant) -> bool {
        loop {
            match self.sender.try_send(notice) {
                Ok(()) => return true,
                Err(mpsc::error::TrySendError::Closed(_)) => return false,
                Err(mpsc::error::TrySendError::Full(back)) if Instant::now() < until => {
                    notice = back;
                    thread::sleep(LOOK);
                }
                Err(mpsc::error::TrySendError::Full(_)) => {
                    self.cut.store(true, Ordering::Release);
                    return false;
                }
            }
        }
    }
}
