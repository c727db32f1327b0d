//! Computes how often buyers return to a seller, by peer group: priors of loyalty for sellers with few
//! buyers. A fixed prior above the usual share would make every further new buyer a loss.

use super::gather::month_of;
use crate::domain::DAY;
use crate::state::{BuyerIx, ListingIx, SellerIx, State};

/// Buyers that the share over all groups counts for in one group.
const POOLED: f64 = 50.0;
/// Buyers that one half counts for over all groups, so that no share is 0 or 1.
const HALF: f64 = 1.0;

/// Usual shares of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct RepeatRates {
    /// Of a month's buyers those with an order on an earlier day.
    pub(super) returning: f64,
    /// Those with an order of another listing by then.
    pub(super) cross_listing: f64,
}

/// Months of buyers with orders.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Counts {
    all: f64,
    /// With an order on an earlier day.
    returning: f64,
    /// With an order of another listing.
    cross_listing: f64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.returning += other.returning;
        self.cross_listing += other.cross_listing;
    }
}

/// One order of a known buyer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    seller: SellerIx,
    buyer: BuyerIx,
    seconds: u32,
    listing: ListingIx,
}

/// The usual shares of each group; none where no buyer is known.
pub(super) fn repeat_rates(state: &State) -> Option<Vec<RepeatRates>> {
    let known = state.orders().iter().filter_map(|order| {
        Some(Order {
            seller: state.listings().get(order.listing)?.seller?,
            buyer: order.buyer?,
            seconds: order.seconds,
            listing: order.listing,
        })
    });
    let mut orders: Vec<Order> = known.collect();
    orders.sort_unstable();
    let mut groups = vec![Counts::default(); state.groups().len() as usize];
    let mut all = Counts::default();
    for orders in orders.chunk_by(|a, b| (a.seller, a.buyer) == (b.seller, b.buyer)) {
        let counts = count(orders);
        all.add(counts);
        let listing = orders
            .first()
            .and_then(|order| state.listings().get(order.listing));
        if let Some(group) = listing.and_then(|listing| groups.get_mut(listing.group.index())) {
            group.add(counts);
        }
    }
    if all.all <= 0.0 {
        return None;
    }
    let overall = |hits: f64| (hits + HALF / 2.0) / (all.all + HALF);
    let rates = groups.iter().map(|group| {
        let share =
            |hits: f64, all_hits: f64| (hits + POOLED * overall(all_hits)) / (group.all + POOLED);
        RepeatRates {
            returning: share(group.returning, all.returning),
            cross_listing: share(group.cross_listing, all.cross_listing),
        }
    });
    Some(rates.collect())
}

/// Counts the months of one buyer's orders of one seller, oldest first.
fn count(orders: &[Order]) -> Counts {
    let mut counts = Counts::default();
    let Some(first) = orders.first() else {
        return counts;
    };
    for month in orders.chunk_by(|a, b| month_of(a.seconds) == month_of(b.seconds)) {
        let returned = |order: &Order| order.seconds / DAY != first.seconds / DAY;
        let crossed = |order: &Order| order.listing != first.listing;
        counts.add(Counts {
            all: 1.0,
            returning: f64::from(u8::from(month.iter().any(returned))),
            cross_listing: f64::from(u8::from(month.iter().any(crossed))),
        });
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts of orders by day and listing.
    fn counts(orders: &[(u32, u32)]) -> [f64; 3] {
        let orders: Vec<Order> = orders
            .iter()
            .map(|&(day, listing)| Order {
                seller: SellerIx::nth(0),
                buyer: BuyerIx::nth(0),
                seconds: day * DAY,
                listing: ListingIx::nth(listing),
            })
            .collect();
        let found = count(&orders);
        [found.all, found.returning, found.cross_listing]
    }

    #[test]
    fn months_with_returning_buyers_are_counted() {
        // Days 0 and 0 of January 1970, day 20, and one in March of another listing.
        assert_eq!(counts(&[(0, 1), (0, 1)]), [1.0, 0.0, 0.0]);
        assert_eq!(counts(&[(0, 1), (20, 1)]), [1.0, 1.0, 0.0]);
        assert_eq!(counts(&[(0, 1), (70, 2)]), [2.0, 1.0, 1.0]);
        assert_eq!(counts(&[]), [0.0; 3]);
        assert!(repeat_rates(&State::default()).is_none());
    }
}
