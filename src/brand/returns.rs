//! How often buyers come back to a seller, by peer group: what the loyalty of a seller with few buyers
//! leans on. A fixed prior above the usual share would call every further new buyer a loss.

use super::gather::month_of;
use crate::domain::DAY;
use crate::state::{NONE, State};

/// What the share over all groups counts for in one group, in buyers.
const POOLED: f64 = 50.0;
/// What one half counts for over all groups: no share is 0 or 1.
const HALF: f64 = 1.0;

/// Usual shares of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Usual {
    /// Of a month's buyers those with an order on an earlier day.
    pub(super) returning: f64,
    /// Those with an order of another listing by then.
    pub(super) crossing: f64,
}

/// A seller's buyers by month, and how many of them came back, and crossed over.
#[derive(Clone, Copy, Debug, Default)]
struct Counts([f64; 3]);

impl Counts {
    fn add(&mut self, other: Self) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }
}

/// One order of a known buyer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Bought {
    seller: u32,
    buyer: u32,
    seconds: u32,
    listing: u32,
}

/// The usual shares of each group; none where nothing is known of any buyer.
pub(super) fn usual(state: &State) -> Option<Vec<Usual>> {
    let mut bought: Vec<Bought> = state
        .orders()
        .iter()
        .filter(|order| order.buyer != NONE)
        .filter_map(|order| {
            let seller = state.listings().get(order.listing)?.seller;
            (seller != NONE).then_some(Bought {
                seller,
                buyer: order.buyer,
                seconds: order.seconds,
                listing: order.listing,
            })
        })
        .collect();
    bought.sort_unstable();
    let mut groups = vec![Counts::default(); state.groups().len() as usize];
    let mut all = Counts::default();
    for orders in bought.chunk_by(|a, b| (a.seller, a.buyer) == (b.seller, b.buyer)) {
        let counts = count(orders);
        all.add(counts);
        let listing = orders
            .first()
            .and_then(|one| state.listings().get(one.listing));
        if let Some(group) = listing.and_then(|held| groups.get_mut(held.group as usize)) {
            group.add(counts);
        }
    }
    let [buyers, returning, crossing] = all.0;
    if buyers <= 0.0 {
        return None;
    }
    let everybody = |hits: f64| (hits + HALF / 2.0) / (buyers + HALF);
    let usual = groups.iter().map(|Counts([own, back, across])| {
        let share = |hits: f64, of_all: f64| (hits + POOLED * everybody(of_all)) / (own + POOLED);
        Usual {
            returning: share(*back, returning),
            crossing: share(*across, crossing),
        }
    });
    Some(usual.collect())
}

/// One buyer's orders of one seller, in order of time.
fn count(orders: &[Bought]) -> Counts {
    let mut counts = Counts::default();
    let Some(first) = orders.first() else {
        return counts;
    };
    for month in orders.chunk_by(|a, b| month_of(a.seconds) == month_of(b.seconds)) {
        let back = month
            .iter()
            .any(|one| one.seconds / DAY != first.seconds / DAY);
        let across = month.iter().any(|one| one.listing != first.listing);
        counts.add(Counts([
            1.0,
            f64::from(u8::from(back)),
            f64::from(u8::from(across)),
        ]));
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bought(days: &[(u32, u32)]) -> Vec<Bought> {
        let made = days.iter().map(|(day, listing)| Bought {
            seller: 0,
            buyer: 0,
            seconds: day * DAY,
            listing: *listing,
        });
        made.collect()
    }

    #[test]
    fn months_in_which_a_buyer_was_back() {
        // Days 0 and 0 of January 1970, day 20, and one in March of another listing.
        assert_eq!(count(&bought(&[(0, 1), (0, 1)])).0, [1.0, 0.0, 0.0]);
        assert_eq!(count(&bought(&[(0, 1), (20, 1)])).0, [1.0, 1.0, 0.0]);
        assert_eq!(count(&bought(&[(0, 1), (70, 2)])).0, [2.0, 1.0, 1.0]);
        assert_eq!(count(&[]).0, [0.0; 3]);
        assert!(usual(&State::default()).is_none());
    }
}
