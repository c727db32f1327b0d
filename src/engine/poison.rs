//! Fail-stop: after a failed write or a panic of a worker thread, nothing more is written. A write
//! that left the log as it was only pauses: it is repeated until it succeeds.
//!
//! A panic leaves the work of its thread half done, so that nothing that follows from it can be
//! trusted. The first one refuses all writes with its cause, is counted, and asks the process to
//! end; a restart replays the log, which holds all that was acknowledged.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::sync::watch;

use super::EngineError;
use crate::domain::limits;
use crate::instruments::{Worker, WorkerPanics};

/// Most bytes of a panic's message that are kept: it may quote data.
const MESSAGE_BYTES_MAX: usize = 200;
/// Longest time between a thread's dropping an answer and the note of its panic, while it unwinds.
const UNWIND_MAX: Duration = Duration::from_secs(2);

/// The panic of a worker thread.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {} thread panicked: {message}", .worker.name())]
pub struct WorkerPanic {
    /// The thread.
    pub worker: Worker,
    /// Message of the panic.
    pub message: String,
}

/// Makes a thread panic once so many events are published. For tests only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanicForTests {
    worker: Worker,
    events: u64,
}

impl FromStr for PanicForTests {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('@').and_then(|(name, events)| {
            let worker = Worker::ALL.into_iter().find(|one| one.name() == name)?;
            let events = events.parse().ok()?;
            Some(Self { worker, events })
        });
        parts.ok_or_else(|| "THREAD@EVENTS is expected, such as writer@500".to_owned())
    }
}

/// Refuses writes after the first failure. Clones share it.
#[derive(Clone)]
pub struct Poison(Arc<Inner>);

struct Inner {
    /// The error of refused writes; the first one stays.
    refusal: OnceLock<EngineError>,
    /// The reason why writes wait, while they do.
    pause: ArcSwapOption<String>,
    panicked: watch::Sender<Option<WorkerPanic>>,
    panics: WorkerPanics,
    for_tests: Option<PanicForTests>,
}

impl Poison {
    pub(super) fn new(panics: WorkerPanics, for_tests: Option<PanicForTests>) -> Self {
        Self(Arc::new(Inner {
            refusal: OnceLock::new(),
            pause: ArcSwapOption::empty(),
            panicked: watch::Sender::default(),
            panics,
            for_tests,
        }))
    }

    /// Starts a worker thread, whose panic poisons. `work` is dropped after that, so that those
    /// who wait for the thread learn the cause.
    pub fn spawn(
        &self,
        worker: Worker,
        mut work: impl FnMut() + Send + 'static,
    ) -> Result<JoinHandle<()>, EngineError> {
        let poison = self.clone();
        let guarded = move || {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(&mut work)) {
                poison.note_panic(worker, payload.as_ref());
            }
        };
        thread::Builder::new()
            .name(worker.name().to_owned())
            .spawn(guarded)
            .map_err(|error| EngineError::Thread(error.to_string()))
    }

    fn note_panic(&self, worker: Worker, payload: &(dyn Any + Send)) {
        let text = payload.downcast_ref::<&str>().copied();
        let message = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let panic = WorkerPanic {
            worker,
            message: limits::cut(message.unwrap_or("no message"), MESSAGE_BYTES_MAX).to_owned(),
        };
        self.0.panics.count(worker);
        // Refused before anybody is woken, who would ask why.
        let _ = self.0.refusal.set(panic.clone().into());
        tracing::error!(error = %panic, "the service takes no more writes, and ends");
        self.0.panicked.send_if_modified(|first| {
            let fresh = first.is_none();
            first.get_or_insert(panic);
            fresh
        });
    }

    /// Refuses writes after a failed one; what is known is still served.
    pub(super) fn refuse_writes(&self, error: &EngineError) {
        let _ = self.0.refusal.set(EngineError::Poisoned(error.to_string()));
    }

    /// Lets new writes wait outside while a failed one is repeated.
    pub(super) fn pause(&self, reason: &EngineError) {
        self.0.pause.store(Some(Arc::new(reason.to_string())));
    }

    /// Takes writes again.
    pub(super) fn resume(&self) {
        self.0.pause.store(None);
    }

    /// The error of new writes, if they are refused or have to wait.
    pub(super) fn refusal_of_new(&self) -> Option<EngineError> {
        let paused = || {
            let reason = self.0.pause.load();
            let reason = reason.as_ref()?;
            Some(EngineError::Paused(reason.to_string()))
        };
        self.refusal().cloned().or_else(paused)
    }

    /// The error of refused writes, if they are refused.
    pub(super) fn refusal(&self) -> Option<&EngineError> {
        self.0.refusal.get()
    }

    /// The first panic, if there was one.
    pub fn panic(&self) -> Option<WorkerPanic> {
        self.0.panicked.borrow().clone()
    }

    /// Waits for the first panic.
    pub async fn panicked(&self) {
        let mut panicked = self.0.panicked.subscribe();
        // The sender lives as long as this does.
        let _ = panicked.wait_for(Option::is_some).await;
    }

    /// The reason why a thread dropped an answer: its panic, which is noted a moment later, or the
    /// end of the service.
    pub(super) async fn unanswered(&self) -> EngineError {
        let _ = tokio::time::timeout(UNWIND_MAX, self.panicked()).await;
        self.refusal().cloned().unwrap_or(EngineError::Closed)
    }

    /// Panics where a test asked for it, once so many events are published.
    ///
    /// # Panics
    ///
    /// Where [`PanicForTests`] names the thread.
    pub fn panic_for_tests(&self, worker: Worker, events: u64) {
        let asked = self
            .0
            .for_tests
            .is_some_and(|panic| panic.worker == worker && events >= panic.events);
        assert!(!asked, "a test asked for it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poison() -> (Poison, WorkerPanics) {
        let panics = WorkerPanics::default();
        (Poison::new(panics.clone(), None), panics)
    }

    #[tokio::test]
    async fn first_panic_decides_refusal_and_later_ones_are_counted() {
        let (poison, _) = poison();
        assert!(poison.refusal().is_none() && poison.panic().is_none());
        for (worker, message) in [(Worker::Brand, "one"), (Worker::Writer, "two")] {
            let thread = poison.spawn(worker, move || assert!(message.is_empty(), "{message}"));
            thread.expect("started").join().expect("panics are caught");
        }
        poison.panicked().await;
        let first = poison.panic().expect("noted");
        assert_eq!(first.to_string(), "the brand thread panicked: one");
        let refusal = poison.refusal().expect("refused").to_string();
        assert!(
            refusal.contains("the brand thread panicked: one"),
            "{refusal}"
        );
        assert_eq!(poison.unanswered().await.to_string(), refusal);
    }

    #[tokio::test]
    async fn failed_write_refuses_without_ending_the_service() {
        let (poison, _) = poison();
        poison.refuse_writes(&EngineError::Full("the log is full".to_owned()));
        let refusal = poison.refusal().expect("refused").to_string();
        assert!(refusal.ends_with("the log is full"), "{refusal}");
        assert_eq!(poison.panic(), None);
        let thread = poison.spawn(Worker::Watch, || {});
        thread.expect("started").join().expect("ended");
        assert_eq!(poison.panic(), None);
    }

    #[test]
    fn panics_for_tests_name_a_thread_and_a_count_of_events() {
        let asked = "evidence@500".parse::<PanicForTests>();
        let expected = PanicForTests {
            worker: Worker::Evidence,
            events: 500,
        };
        assert_eq!(asked, Ok(expected));
        for wrong in ["", "writer", "writer@", "nobody@1", "writer@-1"] {
            assert!(wrong.parse::<PanicForTests>().is_err(), "{wrong}");
        }
    }
}
