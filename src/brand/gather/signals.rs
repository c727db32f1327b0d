//! Brand measures and snapshots by month.

use super::Gather;
use super::calendar::{month_of, month_start};
use crate::brand::inputs::Metric;
use crate::domain::{BrandChannel, Provenance};
use crate::state::{NONE, SignalRow};

/// The metric that a channel's name for it means; the names are part of the contract
/// (`docs/brand.md`).
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

/// The place of a provenance in a cell.
const fn source(provenance: Provenance) -> usize {
    match provenance {
        Provenance::PlatformObserved => 0,
        Provenance::ThirdParty => 1,
        Provenance::SelfReported | Provenance::Unspecified => 2,
    }
}

impl Gather<'_> {
    pub(super) fn signals(&mut self, seller: u32) {
        let mut signals: Vec<&SignalRow> = self
            .state
            .signals_of_seller(seller)
            .filter(|signal| signal.end <= self.end.max(1))
            .filter(|signal| self.part.brand.is_none_or(|brand| signal.brand == brand))
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

    /// Spreads a window over the months that it touches.
    fn spread_signal(&mut self, signal: &SignalRow, metric: Metric) {
        let at = source(signal.provenance);
        let length = f64::from(signal.end - signal.start);
        let first = month_of(signal.start).max(self.first_month);
        for number in first..=month_of(signal.end - 1).min(self.last_month) {
            let place = usize::from(number - self.first_month);
            let (start, end) = (month_start(number), month_start(number + 1));
            let Some(month) = self.inputs.months.get_mut(place) else {
                continue;
            };
            let inside = signal.end.min(end).saturating_sub(signal.start.max(start));
            if inside == 0 {
                continue;
            }
            let inside = f64::from(inside);
            let cell = &mut month.metrics[metric as usize];
            let part = inside / f64::from(end - start);
            cell.part[at] += part;
            cell.sum[at] += if metric.is_level() {
                signal.value * part
            } else {
                signal.value * inside / length
            };
        }
    }

    pub(super) fn snapshots(&mut self) {
        let mut found = Vec::new();
        for (listing, row, _) in &self.listings {
            if self.in_market(row.destination) {
                let snapshots = self.state.snapshots_of_listing(*listing);
                found.extend(snapshots.map(|snapshot| (snapshot, row.price)));
            }
        }
        found.sort_unstable_by_key(|(snapshot, _)| (snapshot.seconds, snapshot.listing));
        // The currency of the first cost; orders take it over.
        self.currency = found
            .iter()
            .find_map(|(snapshot, _)| snapshot.ad_spend().map(|(_, currency)| currency));
        for (snapshot, asked) in found {
            let Some(place) = self.place(snapshot.seconds) else {
                continue;
            };
            let month = &mut self.inputs.months[place];
            let known = |count: u32| (count != NONE).then(|| f64::from(count));
            month.sessions += known(snapshot.sessions).unwrap_or(0.0);
            if let (Some(units), Some(returned)) = (known(snapshot.units), known(snapshot.returns))
            {
                month.sold += units;
                month.returned += returned.min(units);
            }
            if let Some(rank) = known(snapshot.rank) {
                month.ranks.0 += libm::log(rank.max(1.0));
                month.ranks.1 += 1.0;
            }
            let price = snapshot
                .price()
                .or_else(|| asked.map(|money| (money.amount(), money.currency)));
            if let (Some((cost, counted_in)), Some((price, also)), Some(units)) =
                (snapshot.ad_spend(), price, known(snapshot.units))
                && Some(counted_in) == self.currency
                && also == counted_in
            {
                month.ad_spend += cost;
                month.ad_revenue += price * units;
            }
        }
    }
}
