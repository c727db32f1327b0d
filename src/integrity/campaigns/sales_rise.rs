//! Measures whether sales rose with the reviews of a burst: what an honest crowd does, and a paid one
//! does not.

use super::cells::Cell;
use crate::domain::DAY;
use crate::state::{ListingIx, State};

/// Days from an order to its review: orders this much earlier than a window belong to it.
const ORDER_TO_REVIEW_DAYS: u32 = 30;
/// Fewest orders of a listing, inside and outside of the window together.
const ORDERS_LEAST: u32 = 10;
/// Most orders of a listing that are looked at.
const ORDERS_MOST: usize = 20_000;

/// The rise of a listing's sales before and during a burst of reviews.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SalesRise {
    /// Orders a day over those of other days.
    pub(super) times: f64,
    /// The part of the rise in reviews, on a logarithmic scale, that sales explain: 0 to 1.
    pub(super) explained: f64,
}

/// The mean over the cells of a group with known orders; none without.
pub(super) fn sales_rise(state: &State, group: &[&Cell]) -> Option<SalesRise> {
    let rises = group.iter().filter_map(|cell| {
        let rise = of_cell(state, cell)?;
        Some((cell.reviews.len() as f64, rise))
    });
    let (mut weight, mut times, mut explained) = (0.0, 0.0, 0.0);
    for (reviews, rise) in rises {
        weight += reviews;
        times += reviews * rise.times;
        explained += reviews * rise.explained;
    }
    (weight > 0.0).then(|| SalesRise {
        times: times / weight,
        explained: explained / weight,
    })
}

fn of_cell(state: &State, cell: &Cell) -> Option<SalesRise> {
    let first = cell.first.saturating_sub(ORDER_TO_REVIEW_DAYS);
    let (mut inside, mut outside) = (0_u32, 0_u32);
    for day in order_days(state, cell.listing) {
        if (first..=cell.last).contains(&day) {
            inside += 1;
        } else {
            outside += 1;
        }
    }
    if inside + outside < ORDERS_LEAST {
        return None;
    }
    // Orders that accompany the reviews one by one explain nothing: they may be paid for as well.
    let reviews = cell.reviews.len() as f64;
    let free = (f64::from(inside) - reviews).max(0.0);
    let days = f64::from(cell.last - first + 1);
    let others = f64::from(days_of_sale(state, cell.listing)?) - days;
    let usual = (f64::from(outside) + 1.0) / others.max(days);
    let times = (free + 1.0) / (usual * days + 1.0);
    let risen = reviews / cell.expected.max(0.5);
    let explained = if risen > 1.0 && times > 1.0 {
        (libm::log(times) / libm::log(risen)).min(1.0)
    } else {
        0.0
    };
    Some(SalesRise { times, explained })
}

fn order_days(state: &State, listing: ListingIx) -> impl Iterator<Item = u32> {
    let orders = state.orders_of_listing(listing).take(ORDERS_MOST);
    orders.map(|(_, order)| order.seconds / DAY)
}

/// Days from the first to the last order; none without orders.
fn days_of_sale(state: &State, listing: ListingIx) -> Option<u32> {
    let (first, last) = order_days(state, listing).fold(None, |span, day| {
        let (first, last) = span.unwrap_or((day, day));
        Some((day.min(first), day.max(last)))
    })?;
    Some(last - first + 1)
}
