//! One who watches, and how it is told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::{SendTimeoutError, TrySendError};

use super::{Mark, Notice, WatchFilter};
use crate::proto::v1;

/// Between two looks whether there is room.
const LOOK: Duration = Duration::from_millis(1);
/// Records after which a watcher gets a token although nothing passed its filter.
const RECORDS_UNTOLD: u64 = 256;

pub(super) struct Watcher {
    pub(super) filter: WatchFilter,
    pub(super) sender: Sender<Notice>,
    pub(super) cut: Arc<AtomicBool>,
    /// Up to here all that concerns it was looked at.
    pub(super) seen: Mark,
    /// Up to here its newest token leads.
    pub(super) told: Mark,
    /// Notices of the round under way; empty between rounds.
    pub(super) due: VecDeque<Notice>,
}

impl Watcher {
    /// Puts down what a round has for it. The last notice says that the round is told; those before
    /// lead to its beginning.
    pub(super) fn queue(&mut self, mark: Mark, told: Vec<Arc<v1::Assessment>>) {
        let log_sequence = mark.sequence;
        self.seen = mark;
        let count = told.len();
        if count == 0 {
            if log_sequence >= self.told.sequence + RECORDS_UNTOLD {
                let nothing = self.all_told();
                self.due.push_back(nothing);
            }
            return;
        }
        let before = self.told;
        self.due
            .extend((1..).zip(told).map(|(place, assessment)| Notice {
                assessment: Some(assessment),
                done: if place == count { mark } else { before },
                log_sequence,
            }));
        self.told = mark;
    }

    /// Says that all up to what was seen is told.
    pub(super) fn all_told(&mut self) -> Notice {
        self.told = self.seen;
        Notice {
            assessment: None,
            done: self.told,
            log_sequence: self.told.sequence,
        }
    }

    /// Sends one notice, and waits so long for room; who has none then is cut. Says whether the watch
    /// goes on.
    pub(super) async fn tell(&self, notice: Notice, patience: Duration) -> bool {
        let sent = self.sender.send_timeout(notice, patience).await;
        if let Err(error) = &sent {
            let slow = matches!(error, SendTimeoutError::Timeout(_));
            self.cut.store(slow, Ordering::Release);
        }
        sent.is_ok()
    }

    /// Sends as much as there is room for. Says whether the watch goes on.
    fn send(&mut self) -> bool {
        while let Some(notice) = self.due.pop_front() {
            match self.sender.try_send(notice) {
                Ok(()) => {}
                Err(TrySendError::Closed(_)) => return false,
                Err(TrySendError::Full(back)) => {
                    self.due.push_front(back);
                    return true;
                }
            }
        }
        true
    }
}

/// Sends what is due, to all in turn, so that nobody waits for another's room. Who has none until
/// then is cut.
pub(super) fn feed(watchers: &mut Vec<Watcher>, until: Instant) {
    loop {
        watchers.retain_mut(Watcher::send);
        if watchers.iter().all(|watcher| watcher.due.is_empty()) {
            return;
        }
        if Instant::now() >= until {
            break;
        }
        thread::sleep(LOOK);
    }
    watchers.retain(|watcher| {
        let told = watcher.due.is_empty();
        if !told {
            watcher.cut.store(true, Ordering::Release);
        }
        told
    });
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{self, Receiver};

    use super::*;
    use crate::proto::v1::Band;

    const START: Mark = Mark {
        sequence: 0,
        evidence: 0,
        model: 0,
    };

    fn watcher(room: usize) -> (Watcher, Receiver<Notice>) {
        let (sender, notices) = mpsc::channel(room);
        let filter = WatchFilter {
            kinds: Vec::new(),
            sellers: Vec::new(),
            marketplace: String::new(),
            min_band: Band::Unspecified,
            min_attack: None,
        };
        let watcher = Watcher {
            filter,
            sender,
            cut: Arc::default(),
            seen: START,
            told: START,
            due: VecDeque::new(),
        };
        (watcher, notices)
    }

    fn assessments(count: usize) -> Vec<Arc<v1::Assessment>> {
        vec![Arc::default(); count]
    }

    #[test]
    fn whoever_has_room_is_told_before_others_are_waited_for() {
        let one = Mark {
            sequence: 1,
            ..START
        };
        // None of these reads; the last one has room.
        let mut held: Vec<_> = [1, 1, 1, 8].map(watcher).into();
        let cuts: Vec<Arc<AtomicBool>> = held
            .iter()
            .map(|(watcher, _)| Arc::clone(&watcher.cut))
            .collect();
        let mut reader = held.pop().expect("the last");
        let (mut slow, kept): (Vec<Watcher>, Vec<Receiver<Notice>>) = held.into_iter().unzip();
        for watcher in slow.iter_mut().chain([&mut reader.0]) {
            watcher.queue(one, assessments(3));
        }
        slow.push(reader.0);
        let patience = Duration::from_secs(60);
        let started = Instant::now();
        let (told, told_all) = mpsc::channel::<Duration>(1);
        let watching = thread::spawn(move || {
            let mut done = Vec::new();
            while done.len() < 3 {
                done.extend(reader.1.blocking_recv());
            }
            let _ = told.try_send(started.elapsed());
            // Only now do the others read: they were not waited for.
            for mut each in kept {
                while each
                    .blocking_recv()
                    .is_some_and(|notice| notice.done == START)
                {}
            }
            done
        });
        feed(&mut slow, started + patience);
        assert_eq!(slow.len(), 4, "nobody who reads is cut");
        assert!(!told_all.is_empty());
        let done = watching.join().expect("told");
        let marks: Vec<Mark> = done.into_iter().map(|notice| notice.done).collect();
        assert_eq!(marks, [START, START, one]);
        assert!(cuts.iter().all(|cut| !cut.load(Ordering::Acquire)));
    }

    #[test]
    fn whoever_has_no_room_in_time_is_cut_alone() {
        let (one, _kept) = watcher(1);
        let (other, _read) = watcher(8);
        let cut = Arc::clone(&one.cut);
        let mut watchers = vec![one, other];
        for watcher in &mut watchers {
            watcher.queue(START, assessments(3));
        }
        feed(&mut watchers, Instant::now());
        assert_eq!(watchers.len(), 1);
        assert!(cut.load(Ordering::Acquire) && watchers[0].due.is_empty());
    }
    #[tokio::test]
    async fn the_end_of_a_catch_up_waits_for_room_as_all_before_it() {
        let (mut one, mut read) = watcher(1);
        let first = one.all_told();
        assert!(one.tell(first, Duration::ZERO).await);
        let last = one.all_told();
        let reading = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            read.recv().await
        };
        let (told, got) = tokio::join!(one.tell(last, Duration::from_secs(60)), reading);
        assert!(told && got.is_some() && !one.cut.load(Ordering::Acquire));
        let late = one.all_told();
        assert!(!one.tell(late, Duration::from_millis(1)).await);
        assert!(one.cut.load(Ordering::Acquire));
    }
}
