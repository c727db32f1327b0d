//! Worker threads of the service, and their panics.

use prometheus_client::registry::Registry;

use super::Counters;

/// A worker thread, which the service needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
    /// Folds events into the state.
    Writer,
    /// Makes folded events durable and publishes them.
    Committer,
    /// Writes checkpoints.
    Checkpoint,
    /// Makes evidence passes.
    Evidence,
    /// Makes brand passes.
    Brand,
    /// Reads the log again.
    Scrub,
    /// Notifies watchers.
    Watch,
}

impl Worker {
    /// All workers.
    pub const ALL: [Self; 7] = [
        Self::Writer,
        Self::Committer,
        Self::Checkpoint,
        Self::Evidence,
        Self::Brand,
        Self::Scrub,
        Self::Watch,
    ];

    /// Returns the name of the thread, for messages and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Committer => "committer",
            Self::Checkpoint => "checkpoint",
            Self::Evidence => "evidence",
            Self::Brand => "brand",
            Self::Scrub => "scrub",
            Self::Watch => "watch",
        }
    }
}

/// Counts panics by thread.
#[derive(Clone, Debug)]
pub struct WorkerPanics(Counters<1>);

impl Default for WorkerPanics {
    fn default() -> Self {
        let counters = Counters::default();
        for worker in Worker::ALL {
            drop(counters.get_or_create(&[("thread", worker.name())]));
        }
        Self(counters)
    }
}

impl WorkerPanics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Panics of threads that the service cannot do without; the first ends it";
        registry.register("thread_panics", help, self.0.clone());
    }

    /// Counts one panic.
    pub fn count(&self, worker: Worker) {
        self.0.get_or_create(&[("thread", worker.name())]).inc();
    }
}
