//! Metrics of passes: number, duration, and events behind.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::{Counters, Labels, unix_seconds};

/// A kind of pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Campaigns and the corpus detector.
    Evidence,
    /// Brand progress of all sellers, and their peers.
    BrandRefresh,
    /// Brand progress of touched sellers.
    BrandUpdate,
}

impl Pass {
    const ALL: [Self; 3] = [Self::Evidence, Self::BrandRefresh, Self::BrandUpdate];

    const fn label(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::BrandRefresh => "brand_refresh",
            Self::BrandUpdate => "brand_update",
        }
    }
}

type Seconds = Counter<f64, AtomicU64>;

/// Metrics recorded once a pass by its thread.
#[derive(Clone, Debug)]
pub struct Passes {
    count: Counters<1>,
    seconds: Family<Labels<1>, Seconds>,
    last_seconds: Family<Labels<1>, Gauge<f64, AtomicU64>>,
    ended_at: Family<Labels<1>, Gauge>,
    sellers: Counter,
}

impl Default for Passes {
    fn default() -> Self {
        let new = Self {
            count: Counters::default(),
            seconds: Family::default(),
            last_seconds: Family::default(),
            ended_at: Family::default(),
            sellers: Counter::default(),
        };
        for pass in Pass::ALL {
            let labels = [("pass", pass.label())];
            drop(new.count.get_or_create(&labels));
            drop(new.seconds.get_or_create(&labels));
        }
        new
    }
}

impl Passes {
    pub(super) fn register(&self, registry: &mut Registry) {
        let Self {
            count,
            seconds,
            last_seconds,
            ended_at,
            sellers,
        } = self.clone();
        let r = registry;
        let s = || Unit::Seconds;
        r.register("passes", "Passes beside the work, by kind", count);
        let help = "Time that passes took, all together, by kind";
        r.register_with_unit("pass", help, s(), seconds);
        let help = "Time that the last pass of a kind took; missing before the first";
        r.register_with_unit("pass_last", help, s(), last_seconds);
        let help = "When the last pass of a kind ended; missing before the first";
        r.register_with_unit("pass_timestamp", help, s(), ended_at);
        let help = "Sellers whose brand progress was computed; one may be counted often";
        r.register("brand_sellers_computed", help, sellers);
    }

    /// Records a pass that ended.
    pub fn ended(&self, pass: Pass, took: Duration) {
        let labels = [("pass", pass.label())];
        self.count.get_or_create(&labels).inc();
        let seconds = took.as_secs_f64();
        self.seconds.get_or_create(&labels).inc_by(seconds);
        self.last_seconds.get_or_create(&labels).set(seconds);
        let now = unix_seconds();
        self.ended_at.get_or_create(&labels).set(now);
    }

    /// Counts computed sellers.
    pub fn computed(&self, sellers: usize) {
        self.sellers.inc_by(sellers as u64);
    }
}
