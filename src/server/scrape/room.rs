//! Room for the connections of one port: in all and per network. When it is full, the connection
//! that rested longest makes room, so that idle ones cannot keep a probe out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use crate::server::transport::address::Network;

/// The room of one port.
#[derive(Debug)]
pub(super) struct Room {
    all_max: usize,
    per_network_max: usize,
    guests: Mutex<Guests>,
}

#[derive(Debug, Default)]
struct Guests {
    next_id: u64,
    by_id: BTreeMap<u64, Guest>,
}

#[derive(Debug)]
struct Guest {
    network: Network,
    /// Requests under way.
    requests: u32,
    /// Since when there are none.
    resting_since: Instant,
    leave: Arc<Notify>,
}

impl Guests {
    /// Returns the resting guest of a network, or of all, that rested longest.
    fn most_rested(&self, network: Option<Network>) -> Option<u64> {
        let resting = self.by_id.iter().filter(|(_, guest)| {
            guest.requests == 0 && network.is_none_or(|network| guest.network == network)
        });
        let longest = resting.min_by_key(|(_, guest)| guest.resting_since);
        longest.map(|(id, _)| *id)
    }

    fn turn_out(&mut self, network: Option<Network>) -> Option<()> {
        let id = self.most_rested(network)?;
        let guest = self.by_id.remove(&id)?;
        guest.leave.notify_one();
        Some(())
    }
}

impl Room {
    pub(super) fn new(all_max: usize, per_network_max: usize) -> Arc<Self> {
        Arc::new(Self {
            all_max,
            per_network_max,
            guests: Mutex::default(),
        })
    }

    fn guests(&self) -> MutexGuard<'_, Guests> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a connection in; none if every other one has a request under way.
    pub(super) fn enter(self: &Arc<Self>, network: Network) -> Option<Arc<Seat>> {
        let mut guests = self.guests();
        let of_network = guests
            .by_id
            .iter()
            .filter(|(_, guest)| guest.network == network)
            .count();
        if of_network >= self.per_network_max {
            guests.turn_out(Some(network))?;
        } else if guests.by_id.len() >= self.all_max {
            guests.turn_out(None)?;
        }
        let id = guests.next_id;
        guests.next_id += 1;
        let leave = Arc::new(Notify::new());
        let guest = Guest {
            network,
            requests: 0,
            resting_since: Instant::now(),
            leave: Arc::clone(&leave),
        };
        guests.by_id.insert(id, guest);
        Some(Arc::new(Seat {
            room: Arc::clone(self),
            id,
            leave,
        }))
    }
}

/// The seat of one connection; free when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    room: Arc<Room>,
    id: u64,
    leave: Arc<Notify>,
}

impl Seat {
    /// Completes when the connection has to make room.
    pub(super) async fn turned_out(&self) {
        self.leave.notified().await;
    }

    /// Returns since when there is no request; none while there is one.
    pub(super) fn resting_since(&self) -> Option<Instant> {
        let guests = self.room.guests();
        let guest = guests.by_id.get(&self.id)?;
        (guest.requests == 0).then_some(guest.resting_since)
    }

    /// Marks a request under way until the result is dropped.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        if let Some(guest) = self.room.guests().by_id.get_mut(&self.id) {
            guest.requests += 1;
        }
        Busy(Arc::clone(self))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.guests().by_id.remove(&self.id);
    }
}

/// A request under way.
pub(super) struct Busy(Arc<Seat>);

impl Drop for Busy {
    fn drop(&mut self) {
        let Self(seat) = self;
        if let Some(guest) = seat.room.guests().by_id.get_mut(&seat.id) {
            guest.requests -= 1;
            guest.resting_since = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_resting_connection_makes_room_and_busy_ones_stay() {
        let room = Room::new(3, 2);
        let network = |text: &str| Network::of(text.parse().ok());
        let (one, other) = (network("10.0.0.1"), network("10.0.0.2"));
        let first = room.enter(one).expect("a seat");
        let second = room.enter(one).expect("a seat");
        let busy = first.busy();
        let third = room.enter(one).expect("the second makes room");
        assert!(second.resting_since().is_none(), "turned out");
        let also_busy = third.busy();
        assert!(room.enter(one).is_none(), "both have requests");
        let fourth = room.enter(other).expect("a seat");
        let fifth = room.enter(other).expect("the fourth makes room");
        assert!(fourth.resting_since().is_none());
        drop(busy);
        drop(also_busy);
        assert!(first.resting_since() < third.resting_since());
        drop(fifth);
        assert_eq!(room.guests().by_id.len(), 2);
    }
}
