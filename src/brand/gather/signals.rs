//! Gathers brand signals and snapshots by month.

use super::Gather;
use super::calendar::{month_of, month_start};
use crate::brand::inputs::{Metric, Month};
use crate::domain::{BrandChannel, Currency, Provenance};
use crate::state::{NO_COUNT, SellerIx, SignalRow, SnapshotRow};

/// The metric of a channel by its name; the names are part of the contract (`docs/brand.md`).
fn metric(channel: BrandChannel, name: &str) -> Option<Metric> {
    Some(match (channel, name) {
        (BrandChannel::Search, "brand_queries") => Metric::BrandQueries,
        (BrandChannel::Search, "category_queries") => Metric::CategoryQueries,
        (BrandChannel::Search, "share") => Metric::SearchShare,
        (BrandChannel::Search, "visibility") => Metric::Visibility,
        (BrandChannel::Website, "sessions") => Metric::SiteSessions,
        (BrandChannel::Website, "orders") => Metric::SiteOrders,
        (BrandChannel::Social, "followers") => Metric::Followers,
        (BrandChannel::LiveStream, "viewers") => Metric::Viewers,
        (BrandChannel::Advertising, "spend") => Metric::AdSpend,
        (_, "answered_share") => Metric::Answered,
        (_, "in_stock_share") => Metric::InStock,
        (_, "unit_cost") => Metric::UnitCost,
        _ => return None,
    })
}

/// The index of a provenance in a cell.
const fn source(provenance: Provenance) -> usize {
    match provenance {
        Provenance::PlatformObserved => 0,
        Provenance::ThirdParty => 1,
        Provenance::SelfReported | Provenance::Unspecified => 2,
    }
}

impl Gather<'_> {
    pub(super) fn signals(&mut self, seller: SellerIx) {
        let mut signals: Vec<&SignalRow> = self
            .state
            .signals_of_seller(seller)
            .filter(|signal| signal.end <= self.end.max(1))
            .filter(|signal| self.part.brand.is_none() || signal.brand == self.part.brand)
            .filter(|signal| self.in_market(signal.market))
            .collect();
        // Sums have a fixed order.
        signals.sort_unstable_by_key(|signal| (signal.start, signal.end, signal.name));
        for signal in signals {
            let name = self.state.word(signal.metric);
            if let Some(metric) = metric(signal.channel, name) {
                self.spread_signal(signal, metric);
            }
        }
    }

    /// Spreads a signal over the months that it touches.
    fn spread_signal(&mut self, signal: &SignalRow, metric: Metric) {
        let source = source(signal.provenance);
        let length = f64::from(signal.end - signal.start);
        let first = month_of(signal.start).max(self.first_month);
        for number in first..=month_of(signal.end - 1).min(self.last_month) {
            let index = usize::from(number - self.first_month);
            let (start, end) = (month_start(number), month_start(number + 1));
            let Some(month) = self.inputs.months.get_mut(index) else {
                continue;
            };
            let seconds = signal.end.min(end).saturating_sub(signal.start.max(start));
            if seconds == 0 {
                continue;
            }
            let inside = f64::from(seconds);
            let part = inside / f64::from(end - start);
            let cell = &mut month.metrics[metric as usize];
            cell.part[source] += part;
            cell.sum[source] += if metric.is_level() {
                signal.value * part
            } else {
                signal.value * inside / length
            };
        }
    }

    pub(super) fn snapshots(&mut self) {
        let mut snapshots = Vec::new();
        for listing in &self.listings {
            if self.in_market(listing.data.destination) {
                let rows = self.state.snapshots_of_listing(listing.row);
                snapshots.extend(rows.map(|snapshot| (snapshot, listing.data.price)));
            }
        }
        snapshots.sort_unstable_by_key(|(snapshot, _)| (snapshot.seconds, snapshot.listing));
        // The currency of the first cost is the main one, also for orders.
        self.currency = snapshots
            .iter()
            .find_map(|(snapshot, _)| snapshot.ad_spend().map(|(_, currency)| currency));
        for (snapshot, asked) in snapshots {
            if let Some(index) = self.month_index(snapshot.seconds) {
                let asked = asked.map(|money| (money.amount(), money.currency));
                let price = snapshot.price().or(asked);
                add_snapshot(
                    &mut self.inputs.months[index],
                    snapshot,
                    price,
                    self.currency,
                );
            }
        }
    }
}

/// Adds a snapshot, with the price of its listing, to a month.
fn add_snapshot(
    month: &mut Month,
    snapshot: &SnapshotRow,
    price: Option<(f64, Currency)>,
    main: Option<Currency>,
) {
    let known = |count: u32| (count != NO_COUNT).then(|| f64::from(count));
    month.sessions += known(snapshot.sessions).unwrap_or(0.0);
    if let (Some(units), Some(returned)) = (known(snapshot.units), known(snapshot.returns)) {
        month.sold += units;
        month.returned += returned.min(units);
    }
    if let Some(rank) = known(snapshot.rank) {
        month.log_ranks += libm::log(rank.max(1.0));
        month.ranks += 1.0;
    }
    if let (Some((cost, cost_currency)), Some((price, price_currency)), Some(units)) =
        (snapshot.ad_spend(), price, known(snapshot.units))
        && Some(cost_currency) == main
        && price_currency == cost_currency
    {
        month.ad_spend += cost;
        month.ad_revenue += price * units;
    }
}
