//! Holders: calls with what they hold, so that the largest can be ended when memory is short.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;
use tonic::Status;

use super::Admission;
use super::account::Account;
use crate::instruments::Cause;
use crate::server::access::costs::Plan;

/// One call, with the bytes that it holds.
pub(super) struct Holder {
    pub(super) admission: Arc<Admission>,
    pub(super) account: Arc<Account>,
    bytes: AtomicU64,
    is_small: bool,
    /// Its number among those that may be ended.
    number: Option<u64>,
    is_shed: AtomicBool,
    shed: Notify,
}

impl Holder {
    pub(super) fn new(admission: &Arc<Admission>, account: Arc<Account>, plan: Plan) -> Arc<Self> {
        // An operator's work, such as an erasure, is not ended half-way.
        let may_end = plan.is_timed() && !plan.is_small();
        let number = may_end.then(|| admission.holders.number());
        let holder = Arc::new(Self {
            admission: Arc::clone(admission),
            account,
            bytes: AtomicU64::new(0),
            is_small: plan.is_small(),
            number,
            is_shed: AtomicBool::new(false),
            shed: Notify::new(),
        });
        if let Some(number) = number {
            admission.holders.add(number, &holder);
        }
        holder
    }

    /// Takes bytes of the memory of its caller and of all, or refuses the call.
    pub(super) fn take(&self, bytes: u64) -> Result<(), Status> {
        let memory = &self.admission.totals.memory;
        self.account
            .take(memory, bytes, self.is_small)
            .map_err(|cause| self.admission.refuse(cause))?;
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
        Ok(())
    }

    /// Counts bytes that are held already, beyond the bound if it must be.
    pub(super) fn count(&self, bytes: u64) {
        self.account.memory.fetch_add(bytes, Ordering::AcqRel);
        self.admission.totals.memory.count(bytes);
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Gives bytes back.
    pub(super) fn free(&self, bytes: u64) {
        self.account.memory.fetch_sub(bytes, Ordering::AcqRel);
        self.admission.totals.memory.free(bytes);
        self.bytes.fetch_sub(bytes, Ordering::AcqRel);
    }

    pub(super) fn is_shed(&self) -> bool {
        self.is_shed.load(Ordering::Acquire)
    }

    /// Completes once its memory is taken back.
    pub(super) async fn shed(&self) {
        loop {
            // Made before the flag is read, so that no wake is missed.
            let notified = self.shed.notified();
            if self.is_shed() {
                return;
            }
            notified.await;
        }
    }

    fn end(&self) {
        self.is_shed.store(true, Ordering::Release);
        self.shed.notify_waiters();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.admission.holders.remove(number);
        }
    }
}

/// The calls that may be ended, by number.
#[derive(Default)]
pub(super) struct Holders {
    next: AtomicU64,
    open: Mutex<BTreeMap<u64, Weak<Holder>>>,
}

impl Holders {
    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn add(&self, number: u64, holder: &Arc<Holder>) {
        self.open().insert(number, Arc::downgrade(holder));
    }

    fn remove(&self, number: u64) {
        self.open().remove(&number);
    }

    /// Ends calls that hold so many bytes together. Those of the caller that holds most come first,
    /// the largest of them before all.
    pub(super) fn shed(&self, excess: u64) {
        let open: Vec<Arc<Holder>> = self.open().values().filter_map(Weak::upgrade).collect();
        let mut held: Vec<(u64, u64, Arc<Holder>)> = open
            .into_iter()
            .filter(|holder| !holder.is_shed())
            .map(|holder| {
                let of_caller = holder.account.memory.load(Ordering::Acquire);
                (of_caller, holder.bytes.load(Ordering::Acquire), holder)
            })
            .filter(|(_, bytes, _)| *bytes > 0)
            .collect();
        held.sort_by_key(|(of_caller, bytes, _)| Reverse((*of_caller, *bytes)));
        let mut left = excess;
        for (_, bytes, holder) in held {
            if left == 0 {
                break;
            }
            holder.end();
            holder.admission.refusals.count(Cause::Shed);
            left = left.saturating_sub(bytes);
        }
    }

    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Weak<Holder>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
