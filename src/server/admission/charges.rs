//! Charges: bytes of memory that a call holds.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tonic::Status;

use super::holder::Holder;

/// Bytes that are counted until this is dropped.
pub(in crate::server) struct Charge {
    /// None where nothing is counted, as in calls that do not come over the network.
    holder: Option<Arc<Holder>>,
    bytes: u64,
}

impl Charge {
    pub(super) fn new(holder: &Arc<Holder>) -> Self {
        Self {
            holder: Some(Arc::clone(holder)),
            bytes: 0,
        }
    }

    /// A charge of nothing.
    fn free() -> Self {
        Self {
            holder: None,
            bytes: 0,
        }
    }

    /// The bytes that are counted.
    pub(in crate::server) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Counts more bytes before they are there, or refuses the call.
    pub(in crate::server) fn grow(&mut self, bytes: usize) -> Result<(), Status> {
        let bytes = bytes as u64;
        if let Some(holder) = &self.holder {
            holder.take(bytes)?;
            self.bytes += bytes;
        }
        Ok(())
    }

    /// Counts what is there now, beyond the bound if it must be.
    pub(in crate::server) fn set(&mut self, bytes: usize) {
        let bytes = bytes as u64;
        let Some(holder) = &self.holder else {
            return;
        };
        if bytes > self.bytes {
            holder.count(bytes - self.bytes);
        } else {
            holder.free(self.bytes - bytes);
        }
        self.bytes = bytes;
    }

    /// Takes some of the bytes off it.
    pub(super) fn split(&mut self, bytes: usize) -> Self {
        let bytes = (bytes as u64).min(self.bytes);
        self.bytes -= bytes;
        Self {
            holder: self.holder.clone(),
            bytes,
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if let Some(holder) = &self.holder {
            holder.free(self.bytes);
        }
    }
}

/// The charges of the messages of one call, in their order. They are given back with the answer,
/// or earlier, where a handler takes them.
#[derive(Clone, Default)]
pub(in crate::server) struct Charges(Arc<Mutex<VecDeque<Charge>>>);

impl Charges {
    /// Those of a request.
    pub(in crate::server) fn of<T>(request: &tonic::Request<T>) -> Self {
        request.extensions().get().cloned().unwrap_or_default()
    }

    pub(super) fn push(&self, charge: Charge) {
        self.queue().push_back(charge);
    }

    /// Takes the charge of the next message.
    pub(in crate::server) fn next(&self) -> Charge {
        self.queue().pop_front().unwrap_or_else(Charge::free)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<Charge>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
