//! Gathers orders by month, their buyers and their destinations.

use std::collections::BTreeMap;

use super::calendar::month_start;
use super::{Gather, breakdown, brushing_orders};
use crate::brand::demand::FadingOrders;
use crate::brand::inputs::{Flow, Metric, Month, WithSd};
use crate::brand::markets::is_customary;
use crate::brand::measure::View;
use crate::domain::{Country, Currency, DAY};
use crate::state::{Known, OrderRow};

/// An order of the seller.
pub(super) struct GatheredOrder<'a> {
    pub(super) row: &'a OrderRow,
    /// Index of its month.
    pub(super) month: usize,
    pub(super) destination: Option<Country>,
    /// Probability that it is no brushing order, 0 to 1.
    pub(super) genuine: f64,
}

impl GatheredOrder<'_> {
    /// Price in the main currency.
    fn price(&self, main: Option<Currency>) -> Option<f64> {
        let (price, currency) = self.row.price()?;
        (Some(currency) == main).then_some(price)
    }

    const fn day(&self) -> u32 {
        self.row.seconds / DAY
    }

    /// The order's weights in the breakdowns.
    fn broken_down<K>(&self, key: K) -> (u16, K, [f64; 2]) {
        (self.month as u16, key, [1.0, self.genuine])
    }
}

impl<'a> Gather<'a> {
    pub(super) fn orders(&mut self) {
        let mut orders = self.listed_orders();
        if orders.is_empty() {
            self.platforms(&orders);
            return;
        }
        orders.sort_unstable_by_key(|order| (order.row.seconds, order.row.name));
        brushing_orders::doubt(self.state, &self.planted, &self.inputs.months, &mut orders);
        self.sustained(&orders);
        self.currency = self.currency.or_else(|| main_currency(&orders));
        for order in &orders {
            count(&mut self.inputs.months[order.month], order, self.currency);
            self.count_trade(order.row.listing, order.genuine);
        }
        self.buyers(&mut orders);
        let listings = orders.iter();
        self.inputs.products =
            breakdown(listings.map(|order| order.broken_down(order.row.listing)));
        let destinations = orders.iter();
        self.inputs.markets =
            breakdown(destinations.filter_map(|order| Some(order.broken_down(order.destination?))));
        self.platforms(&orders);
    }

    /// The orders of the part that is gathered.
    fn listed_orders(&self) -> Vec<GatheredOrder<'a>> {
        let mut orders = Vec::new();
        for listing in &self.listings {
            for (_, row) in self.state.orders_of_listing(listing.row) {
                let destination = row.destination.or(listing.data.destination);
                let Some(month) = self.month_index(row.seconds) else {
                    continue;
                };
                if self.in_market(destination) {
                    orders.push(GatheredOrder {
                        row,
                        month,
                        destination,
                        genuine: 1.0,
                    });
                }
            }
        }
        orders
    }

    /// Breaks orders down by marketplace, the own site being one more.
    fn platforms(&mut self, orders: &[GatheredOrder<'_>]) {
        let months = self.inputs.months.iter().enumerate();
        let own_site = months.filter_map(|(index, month)| {
            let raw = month.metric(Metric::SiteOrders, View::Raw)?;
            let clean = month.metric(Metric::SiteOrders, View::Clean)?;
            let weights = [raw.value.max(0.0), clean.value.max(0.0) * clean.trust];
            Some((index as u16, u16::MAX, weights))
        });
        let listed = orders
            .iter()
            .map(|order| order.broken_down(order.row.marketplace));
        let platforms = breakdown(listed.chain(own_site));
        self.inputs.platforms = platforms;
    }

    /// Computes how surely orders go on, at each month's end. `orders` are oldest first.
    fn sustained(&mut self, orders: &[GatheredOrder<'_>]) {
        let mut fading: [Option<FadingOrders>; 2] = [None; 2];
        let mut orders = orders.iter().peekable();
        for (index, month) in self.inputs.months.iter_mut().enumerate() {
            while let Some(order) = orders.next_if(|order| order.month <= index) {
                let day = f64::from(order.day());
                for (fading, weight) in fading.iter_mut().zip([1.0, order.genuine]) {
                    match fading {
                        Some(fading) => fading.add(day, weight),
                        None => *fading = Some(FadingOrders::new(day, weight)),
                    }
                }
            }
            let end = month_start(self.first_month + index as u16 + 1).min(self.end);
            let last_day = f64::from(end.saturating_sub(1) / DAY);
            let demand = |fading: &Option<FadingOrders>| {
                let demand = fading.as_ref()?.demand(last_day)?;
                Some(WithSd {
                    value: demand.strength,
                    sd: demand.spread,
                })
            };
            let [raw, clean] = fading.each_ref().map(demand);
            month.sustained = raw.zip(clean).map(|(raw, clean)| [raw, clean]);
        }
    }

    fn buyers(&mut self, orders: &mut [GatheredOrder<'_>]) {
        orders.sort_unstable_by_key(|order| (order.row.buyer, order.row.seconds, order.row.name));
        for of_buyer in orders.chunk_by(|one, other| one.row.buyer == other.row.buyer) {
            if of_buyer[0].row.buyer.is_some() {
                self.buyer(of_buyer);
            }
        }
    }

    /// Counts one buyer's orders, oldest first.
    fn buyer(&mut self, orders: &[GatheredOrder<'_>]) {
        let first = &orders[0];
        let mut days = BuyerDays::default();
        // Genuineness of the surest pair with an order of another listing.
        let mut crossed: Option<f64> = None;
        for of_month in orders.chunk_by(|one, other| one.month == other.month) {
            let month = &mut self.inputs.months[of_month[0].month];
            let (mut genuine, mut returned): (f64, Option<f64>) = (0.0, None);
            for order in of_month {
                let earlier = days.earlier(order);
                genuine = genuine.max(order.genuine);
                if let Some(price) = order.price(self.currency) {
                    month.add(Flow::BuyerRevenue, price, price * order.genuine);
                    if let Some(earlier) = earlier {
                        let both = order.genuine.min(earlier);
                        month.add(Flow::ReturningRevenue, price, price * both);
                    }
                }
                if let Some(earlier) = earlier {
                    raise(&mut returned, order.genuine.min(earlier));
                }
                if order.row.listing != first.row.listing {
                    raise(&mut crossed, order.genuine.min(first.genuine));
                }
            }
            month.add(Flow::Buyers, 1.0, genuine);
            if let Some(returned) = returned {
                month.add(Flow::ReturningBuyers, 1.0, returned);
            }
            if let Some(crossed) = crossed {
                month.add(Flow::CrossListingBuyers, 1.0, crossed.min(genuine));
            }
        }
    }
}

/// Raises a probability to at least a value.
fn raise(probability: &mut Option<f64>, least: f64) {
    *probability = Some(probability.unwrap_or(0.0).max(least));
}

/// Follows one buyer's orders from day to day.
#[derive(Default)]
struct BuyerDays {
    /// Genuineness of the surest order of an earlier day.
    earlier: Option<f64>,
    /// The same of the current day.
    today: f64,
    day: Option<u32>,
}

impl BuyerDays {
    /// The genuineness of the surest order on a day before that of the next order.
    fn earlier(&mut self, next: &GatheredOrder<'_>) -> Option<f64> {
        let day = next.day();
        if self.day.is_some_and(|before| before != day) {
            raise(&mut self.earlier, self.today);
            self.today = 0.0;
        }
        self.day = Some(day);
        self.today = self.today.max(next.genuine);
        self.earlier
    }
}

/// The currency of most orders, the first of equal ones.
fn main_currency(orders: &[GatheredOrder<'_>]) -> Option<Currency> {
    let mut counts: BTreeMap<Currency, usize> = BTreeMap::new();
    for (_, currency) in orders.iter().filter_map(|order| order.row.price()) {
        *counts.entry(currency).or_default() += 1;
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| **count);
    most.map(|(currency, _)| *currency)
}

/// Adds an order to the flows of its month, without its buyer.
fn count(month: &mut Month, order: &GatheredOrder<'_>, main: Option<Currency>) {
    let row = order.row;
    let mut add = |flow: Flow, amount: f64| month.add(flow, amount, amount * order.genuine);
    add(Flow::Orders, 1.0);
    add(Flow::Units, row.quantity.into());
    if let Some(price) = order.price(main) {
        add(Flow::Revenue, price);
        add(Flow::PricedUnits, row.quantity.into());
    }
    for (known, all, yes) in [
        (row.promotion, Flow::PromotionKnown, Flow::Promoted),
        (row.refunded, Flow::RefundKnown, Flow::Refunded),
        (row.delivered, Flow::DeliveryKnown, Flow::Delivered),
    ] {
        if known != Known::Unknown {
            add(all, 1.0);
            add(yes, f64::from(u8::from(known == Known::Yes)));
        }
    }
    if let Some(destination) = order.destination {
        let outside = !is_customary(destination);
        add(Flow::DestinationKnown, 1.0);
        add(Flow::OutsideCustomary, f64::from(u8::from(outside)));
    }
}
