//! Orders, snapshots and brand measures against brute force.

use std::collections::BTreeMap;

use crate::state::{BuyerIx, ListingIx, NameRef, OrderRow, SignalRow, SnapshotRow, State};

/// The lists of listings, buyers and sellers, by id instead of by row.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Summary {
    orders: BTreeMap<String, Vec<OrderRow>>,
    buyers: BTreeMap<u64, Vec<String>>,
    snapshots: BTreeMap<String, Vec<SnapshotRow>>,
    signals: BTreeMap<String, Vec<(String, String, u64)>>,
}

pub(super) fn summary(state: &State) -> Summary {
    let mut summary = Summary::default();
    let name = |name| state.name(name).to_owned();
    let any_listing = ListingIx::new(0).expect("a row");
    for (row, listing) in state.listings().numbered() {
        let mut orders: Vec<OrderRow> = state.orders_of_listing(row).map(|(_, o)| *o).collect();
        orders.sort_by_key(|order| name(order.name));
        // Rows depend on the order of events; what they say does not.
        let orders = orders.into_iter().map(|order| OrderRow {
            name: NameRef::NOWHERE,
            listing: any_listing,
            buyer: None,
            next_in_listing: None,
            next_in_buyer: None,
            marketplace: 0,
            ..order
        });
        let orders: Vec<OrderRow> = orders.collect();
        let mut snapshots: Vec<SnapshotRow> = state.snapshots_of_listing(row).copied().collect();
        snapshots.sort_by_key(|snapshot| snapshot.seconds);
        for snapshot in &mut snapshots {
            (snapshot.listing, snapshot.next_in_listing) = (any_listing, None);
        }
        if !orders.is_empty() {
            summary.orders.insert(name(listing.name), orders);
        }
        if !snapshots.is_empty() {
            summary.snapshots.insert(name(listing.name), snapshots);
        }
    }
    for (row, buyer) in state.trade.buyers.numbered() {
        let mut ids: Vec<String> = state
            .orders_of_buyer(row)
            .map(|(_, order)| name(order.name))
            .collect();
        ids.sort();
        if !ids.is_empty() {
            summary.buyers.insert(buyer.hash, ids);
        }
    }
    for (row, seller) in state.sellers().numbered() {
        let shown = |signal: &SignalRow| {
            let (metric, brand) = (state.word(signal.metric), state.word(signal.brand));
            let value = signal.value.to_bits();
            (name(signal.name), format!("{metric} {brand}"), value)
        };
        let mut signals: Vec<_> = state.signals_of_seller(row).map(shown).collect();
        signals.sort();
        if !signals.is_empty() {
            summary.signals.insert(name(seller.name), signals);
        }
    }
    summary
}

/// Every row is in the list of its owner, once, and buyers count their orders.
pub(super) fn check_by_brute_force(state: &State) {
    let mut seen = 0;
    for row in state.listings().numbers() {
        for (_, order) in state.orders_of_listing(row) {
            assert_eq!(order.listing, row);
            seen += 1;
        }
        let tally = state.listings().get(row).expect("a row").tally;
        assert_eq!(state.orders_of_listing(row).count() as u32, tally.orders);
        assert!(
            state
                .snapshots_of_listing(row)
                .all(|snapshot| snapshot.listing == row)
        );
    }
    assert_eq!(seen, state.order_count());
    let buyers = state.trade.buyers.numbers();
    let of_buyers: usize = buyers
        .map(|row| {
            let orders = state.orders_of_buyer(row);
            let orders: Vec<Option<BuyerIx>> = orders.map(|(_, order)| order.buyer).collect();
            assert!(orders.iter().all(|buyer| *buyer == Some(row)));
            let counted = state.buyer(row).expect("a row").orders;
            assert_eq!(orders.len(), counted as usize);
            orders.len()
        })
        .sum();
    let named = state.orders.iter().filter(|order| order.buyer.is_some());
    assert_eq!(of_buyers, named.count());
    let mut signals = 0;
    for row in state.sellers().numbers() {
        signals += state
            .signals_of_seller(row)
            .inspect(|signal| assert_eq!(signal.seller, row))
            .count();
    }
    assert_eq!(signals, state.brand_signals.len() as usize);
    assert_eq!(state.trade.listings.len(), state.listings().len());
    assert_eq!(state.trade.sellers.len(), state.sellers().len());
}
