//! Looks at the memory of the process, and ends the calls that hold most of it when it is short.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Admission;
use super::memory::Looks;
use super::resident::resident_bytes;
use crate::instruments::Memory;
use crate::server::status;

/// Time between two looks: each reads one line of the system.
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl Admission {
    /// Keeps the memory of the process below its bound, until it is dropped. Where the system does
    /// not tell what is resident, calls may hold the whole limit.
    pub(in crate::server) async fn keep_memory(self: Arc<Self>, metrics: Memory) {
        let memory = &self.totals.memory;
        let mut looks = Looks::begin(resident_bytes().unwrap_or_default());
        loop {
            if let Some(resident) = resident_bytes() {
                let look = memory.look(&mut looks, resident, Instant::now());
                if look.is_outgrown_now {
                    warn_outgrown(resident, memory.limit());
                }
                if look.excess > 0 {
                    self.holders.shed(look.excess);
                    self.unread.drop_shed();
                }
            }
            metrics.read(memory.reading(&looks));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Says at the start what the process has and may have.
    pub(super) fn announce_memory(&self) {
        let memory = &self.totals.memory;
        let limit = memory.limit();
        let resident = resident_bytes().unwrap_or_default();
        tracing::info!(
            bytes = limit,
            resident,
            "memory of the process and its limit"
        );
        if memory.is_outgrown(resident) {
            warn_outgrown(resident, limit);
        }
    }
}

fn warn_outgrown(resident: u64, limit: u64) {
    tracing::warn!(
        resident,
        limit,
        "the service's own memory leaves calls no more than a quarter of limits.memory, which they \
         may exceed: raise it"
    );
}

/// Tells a client that the memory of its call was taken back.
pub(super) fn shed_status() -> tonic::Status {
    status::exhausted(crate::instruments::Cause::Shed.description().to_owned())
}
