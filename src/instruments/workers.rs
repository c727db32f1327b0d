//! Threads that the service cannot do without, and their panics.

use prometheus_client::registry::Registry;

use super::Counters;

/// A thread that the service cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
    /// Folds events into the state.
    Writer,
    /// Makes folded events durable and publishes them.
    Committer,
    /// Writes checkpoints.
    Checkpoint,
    /// Makes passes for evidence.
    Evidence,
    /// Makes passes for brand progress.
    Brand,
    /// Notifies watchers.
    Watch,
}

impl Worker {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Writer,
        Self::Committer,
        Self::Checkpoint,
        Self::Evidence,
        Self::Brand,
        Self::Watch,
    ];

    /// Its name: of the thread, in messages and as a label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Writer => "writer",
            Self::Committer => "committer",
            Self::Checkpoint => "checkpoint",
            Self::Evidence => "evidence",
            Self::Brand => "brand",
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

    /// Counts one.
    pub fn count(&self, worker: Worker) {
        self.0.get_or_create(&[("thread", worker.name())]).inc();
    }
}
