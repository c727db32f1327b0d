//! Orders by month, their buyers, and where they go.

use std::collections::BTreeMap;

use super::calendar::month_start;
use super::{Gather, numbered, strangers};
use crate::brand::inputs::{Flow, Metric, Month};
use crate::brand::markets::is_customary;
use crate::brand::measure::View;
use crate::brand::momentum::Faded;
use crate::domain::{Country, Currency, DAY};
use crate::state::{Known, NONE, OrderRow};

/// An order that is looked at.
pub(super) struct Item<'a> {
    pub(super) order: &'a OrderRow,
    /// Month's place.
    pub(super) place: usize,
    pub(super) destination: Option<Country>,
    /// Probability that somebody wanted the goods, 0 to 1.
    pub(super) genuine: f64,
}

impl Item<'_> {
    /// Price in the main currency.
    fn price(&self, currency: Option<Currency>) -> Option<f64> {
        let (price, counted_in) = self.order.price()?;
        (Some(counted_in) == currency).then_some(price)
    }
}

impl Gather<'_> {
    pub(super) fn orders(&mut self) {
        let mut items = Vec::new();
        for (listing, row, _) in &self.listings {
            for (_, order) in self.state.orders_of_listing(*listing) {
                let destination = order.destination.or(row.destination);
                let wanted = self.part.market.is_none() || self.in_market(destination);
                if let Some(place) = self.place(order.seconds).filter(|_| wanted) {
                    items.push(Item {
                        order,
                        place,
                        destination,
                        genuine: 1.0,
                    });
                }
            }
        }
        if items.is_empty() {
            self.platforms(&items);
            return;
        }
        items.sort_unstable_by_key(|item| (item.order.seconds, item.order.name));
        strangers::doubt(self.state, &self.planted, &self.inputs.months, &mut items);
        self.sustained(&items);
        self.currency = self.currency.or_else(|| main_currency(&items));
        for item in &items {
            count(&mut self.inputs.months[item.place], item, self.currency);
            self.count_trade(item.order.listing, item.genuine);
        }
        self.buyers(&mut items);
        let weights = |item: &Item<'_>| (item.place as u16, [1.0, item.genuine]);
        self.inputs.products = numbered(items.iter().map(|item| {
            let (month, weights) = weights(item);
            (month, item.order.listing, weights)
        }));
        self.inputs.markets = numbered(items.iter().filter_map(|item| {
            let (month, weights) = weights(item);
            Some((month, item.destination?, weights))
        }));
        self.platforms(&items);
    }

    /// Marketplaces, and the own site as one more.
    fn platforms(&mut self, items: &[Item<'_>]) {
        let own = self
            .inputs
            .months
            .iter()
            .enumerate()
            .filter_map(|(place, month)| {
                let raw = month.metric(Metric::SiteOrders, View::Raw)?.0.max(0.0);
                let (clean, trust) = month.metric(Metric::SiteOrders, View::Clean)?;
                Some((place as u16, u16::MAX, [raw, clean.max(0.0) * trust]))
            });
        let held = items.iter().map(|item| {
            let weights = [1.0, item.genuine];
            (item.place as u16, item.order.marketplace, weights)
        });
        self.inputs.platforms = numbered(held.chain(own.collect::<Vec<_>>()));
    }

    /// How surely orders go on, at each month's end. `items` are in order of time.
    fn sustained(&mut self, items: &[Item<'_>]) {
        let mut demand: [Option<Faded>; 2] = [None; 2];
        let mut items = items.iter().peekable();
        for (place, month) in self.inputs.months.iter_mut().enumerate() {
            while let Some(item) = items.next_if(|item| item.place <= place) {
                let day = f64::from(item.order.seconds / DAY);
                for (demand, weight) in demand.iter_mut().zip([1.0, item.genuine]) {
                    match demand {
                        Some(held) => held.add(day, weight),
                        None => *demand = Some(Faded::new(day, weight)),
                    }
                }
            }
            let end = month_start(self.first_month + place as u16 + 1).min(self.end);
            let end = f64::from(end.saturating_sub(1) / DAY);
            let of = |demand: &Option<Faded>| {
                let found = demand.as_ref()?.demand(end)?;
                Some((found.strength, found.spread))
            };
            month.sustained = of(&demand[0])
                .zip(of(&demand[1]))
                .map(|(raw, clean)| [raw, clean]);
        }
    }

    fn buyers(&mut self, items: &mut [Item<'_>]) {
        let currency = self.currency;
        items.sort_unstable_by_key(|item| (item.order.buyer, item.order.seconds, item.order.name));
        for buyer in items.chunk_by(|one, other| one.order.buyer == other.order.buyer) {
            if buyer[0].order.buyer == NONE {
                continue;
            }
            self.buyer(buyer, currency);
        }
    }

    /// One buyer's orders, oldest first.
    fn buyer(&mut self, orders: &[Item<'_>], currency: Option<Currency>) {
        let day = |item: &Item<'_>| item.order.seconds / DAY;
        let first = &orders[0];
        // The surest order of an earlier day, and of another listing.
        let (mut earlier, mut today, mut today_day): (Option<f64>, f64, u32) =
            (None, 0.0, day(first));
        let mut other: Option<f64> = None;
        for month in orders.chunk_by(|one, other| one.place == other.place) {
            let (mut genuine, mut back): (f64, Option<f64>) = (0.0, None);
            for item in month {
                if day(item) != today_day {
                    earlier = Some(earlier.unwrap_or(0.0).max(today));
                    (today, today_day) = (0.0, day(item));
                }
                today = today.max(item.genuine);
                genuine = genuine.max(item.genuine);
                let held = &mut self.inputs.months[item.place];
                if let Some(price) = item.price(currency) {
                    held.add(Flow::BuyerRevenue, price, price * item.genuine);
                    if let Some(earlier) = earlier {
                        let both = item.genuine.min(earlier);
                        held.add(Flow::ReturningRevenue, price, price * both);
                    }
                }
                if let Some(earlier) = earlier {
                    back = Some(back.unwrap_or(0.0).max(item.genuine.min(earlier)));
                }
                if item.order.listing != first.order.listing {
                    let both = item.genuine.min(first.genuine);
                    other = Some(other.unwrap_or(0.0).max(both));
                }
            }
            let held = &mut self.inputs.months[month[0].place];
            held.add(Flow::Buyers, 1.0, genuine);
            if let Some(back) = back {
                held.add(Flow::Returning, 1.0, back);
            }
            if let Some(other) = other {
                held.add(Flow::Crossing, 1.0, other.min(genuine));
            }
        }
    }
}

/// The currency of most orders, the first of equals.
fn main_currency(items: &[Item<'_>]) -> Option<Currency> {
    let mut counts: BTreeMap<Currency, usize> = BTreeMap::new();
    for (_, currency) in items.iter().filter_map(|item| item.order.price()) {
        *counts.entry(currency).or_default() += 1;
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| **count);
    most.map(|(currency, _)| *currency)
}

/// Counts what an order says by itself.
fn count(month: &mut Month, item: &Item<'_>, currency: Option<Currency>) {
    let order = item.order;
    let mut add = |flow: Flow, amount: f64| month.add(flow, amount, amount * item.genuine);
    add(Flow::Orders, 1.0);
    add(Flow::Units, order.quantity.into());
    if let Some(price) = item.price(currency) {
        add(Flow::Revenue, price);
        add(Flow::PricedUnits, order.quantity.into());
    }
    for (known, all, yes) in [
        (order.promotion, Flow::PromotionKnown, Flow::Promoted),
        (order.refunded, Flow::RefundKnown, Flow::Refunded),
        (order.delivered, Flow::DeliveryKnown, Flow::Delivered),
    ] {
        if known != Known::Unknown {
            add(all, 1.0);
            add(yes, f64::from(u8::from(known == Known::Yes)));
        }
    }
    if let Some(destination) = item.destination {
        add(Flow::Placed, 1.0);
        add(
            Flow::Outside,
            f64::from(u8::from(!is_customary(destination))),
        );
    }
}
