//! Changes of the log, backups and checkpoints; model versions are in a file of their own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::ingest::Command;
use super::rewrite::{self, Rewrite};
use super::{EngineError, Ingest, Snapshots};
use crate::backup::{self, Backup};
use crate::erasure::{Change, Changed};
use crate::models::Registry;
use crate::store::StoreError;

/// Changes and keeps what the service is made of. Clones are cheap.
#[derive(Clone)]
pub struct Maintenance {
    pub(super) snapshots: Snapshots,
    pub(super) ingest: Ingest,
    /// Record that the newest checkpoint covers, written by the checkpoint's thread.
    pub(super) covered: Arc<AtomicU64>,
    /// Held by a backup or a change of the log.
    pub(super) lock: Arc<Mutex<()>>,
}

impl Maintenance {
    fn lock(&self) -> Result<OwnedMutexGuard<()>, EngineError> {
        Arc::clone(&self.lock)
            .try_lock_owned()
            .map_err(|_| EngineError::Busy)
    }

    /// Changes the log, the state and history. Returns the changed events, and the last record after
    /// it. A change that was begun is ended, also when the caller is gone.
    pub async fn rewrite(&self, change: Change) -> Result<(Changed, u64), EngineError> {
        let (reply, answer) = oneshot::channel();
        let rewrite = Rewrite {
            change,
            lock: self.lock()?,
            reply,
        };
        self.ingest.send(Command::Rewrite(rewrite)).await?;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(self.snapshots.poison.unanswered().await),
        }
    }

    /// Counts the events that a change would change, up to the last record. Blocks; ingest goes on.
    pub fn count(&self, change: Change) -> Result<(Changed, u64), EngineError> {
        let _lock = self.lock()?;
        let journal = &self.snapshots.journal;
        let last = journal.last_sequence();
        Ok((rewrite::count(journal, change)?, last))
    }

    /// Writes a backup into a directory, of all that is durable now. Blocks; ingest goes on.
    pub fn back_up(&self, directory: &Path) -> Result<Backup, EngineError> {
        let _lock = self.lock()?;
        let Snapshots { journal, store, .. } = &self.snapshots;
        backup::create(journal, store.as_ref(), directory)
            .map_err(|error| EngineError::Backup(Arc::new(error)))
    }

    /// The model versions.
    pub fn models(&self) -> &Registry {
        &self.snapshots.models
    }

    /// The record that the newest checkpoint covers; 0 without one.
    pub fn checkpoint_sequence(&self) -> u64 {
        self.covered.load(Ordering::Acquire)
    }

    /// Bytes of the store on disk. Walks over its directory: blocks.
    pub fn store_bytes(&self) -> Result<u64, StoreError> {
        self.snapshots.store.size_bytes()
    }
}
