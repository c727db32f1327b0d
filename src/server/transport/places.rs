//! Places that callers hold for a while: bounded in all, and for each network.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::server::transport::address::Network;

/// A number of places, of which one network gets a share.
#[derive(Debug)]
pub(in crate::server) struct Places {
    all: Arc<Semaphore>,
    per_network_max: u32,
    /// Places taken by each network that has any.
    taken: Mutex<HashMap<Network, u32>>,
}

impl Places {
    pub(in crate::server) fn new(all_max: u32, per_network_max: u32) -> Arc<Self> {
        Arc::new(Self {
            all: Arc::new(Semaphore::new(all_max as usize)),
            per_network_max,
            taken: Mutex::default(),
        })
    }

    /// Takes a place before it is known for whom; none if all are taken.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).try_acquire_owned().ok()
    }

    /// Counts a place for a network; none beyond its share.
    pub(super) fn share(self: &Arc<Self>, network: Network) -> Option<Share> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(network).or_insert(0);
        if *count >= self.per_network_max {
            return None;
        }
        *count += 1;
        Some(Share {
            places: Arc::clone(self),
            network,
        })
    }

    /// Takes a place for a network; none if all are taken, or its share is.
    pub(in crate::server) fn take(self: &Arc<Self>, network: Network) -> Option<Place> {
        let share = self.share(network)?;
        Some(Place {
            _all: self.enter()?,
            _share: Some(share),
        })
    }
}

/// A place of a network; free again when dropped.
#[derive(Debug)]
pub(super) struct Share {
    places: Arc<Places>,
    network: Network,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self
            .places
            .taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = taken.entry(self.network) {
            *entry.get_mut() -= 1;
            // Networks without a place cost nothing.
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

/// A place that counts in all and, except for trusted proxies, for a network. Free when dropped.
#[derive(Debug)]
pub(in crate::server) struct Place {
    _all: OwnedSemaphorePermit,
    _share: Option<Share>,
}

impl Place {
    pub(super) const fn new(all: OwnedSemaphorePermit, share: Option<Share>) -> Self {
        Self {
            _all: all,
            _share: share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_gets_its_share_and_dropped_places_are_free() {
        let places = Places::new(3, 2);
        let network = |text: &str| Network::of(text.parse().ok());
        let (one, other) = (network("10.0.0.1"), network("10.0.0.2"));
        let first = places.take(one).expect("a place");
        let _second = places.take(one).expect("a place");
        assert!(places.take(one).is_none(), "beyond its share");
        let third = places.take(other).expect("others have room");
        assert!(places.take(other).is_none(), "beyond all");
        drop(first);
        let _again = places.take(one).expect("free again");
        drop(third);
        assert_eq!(places.taken.lock().expect("whole").len(), 1);
    }
}
