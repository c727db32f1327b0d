//! Rate limits per caller.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::config::{Fault, Section};
use crate::server::access::Role;

/// A rate limit: calls a second in the long run, and calls at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls a second, up to 1000000; 0 is without limit.
    pub per_second: u32,
    /// Calls that may come at once after a pause, from 1.
    pub burst: u32,
}

/// Section `[rate]`: limits by role, for each caller separately. A stream counts as one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateConfig {
    /// Each backend.
    pub platform: Rate,
    /// Each seller's caller.
    pub seller: Rate,
    /// Each operator.
    pub operator: Rate,
    /// Failed attempts to authenticate, from one address (IPv6: one /64).
    pub unknown: Rate,
    /// Callers that are counted at a time; further ones of a role share one bucket.
    pub callers_max: u32,
}

impl Default for RateConfig {
    fn default() -> Self {
        let rate = |per_second, burst| Rate { per_second, burst };
        Self {
            platform: rate(0, 1),
            seller: rate(20, 60),
            operator: rate(50, 100),
            unknown: rate(5, 50),
            callers_max: 100_000,
        }
    }
}

impl Section for RateConfig {
    fn check(&self) -> Vec<Fault> {
        let Self {
            platform,
            seller,
            operator,
            unknown,
            callers_max,
        } = self;
        let mut faults = Vec::new();
        for (section, rate) in [
            ("platform", platform),
            ("seller", seller),
            ("operator", operator),
            ("unknown", unknown),
        ] {
            let Rate { per_second, burst } = rate;
            let rate_faults = [
                Fault::unless_within("per_second", per_second, &(0..=1_000_000)),
                Fault::unless_within("burst", burst, &(1..=1_000_000)),
            ];
            faults.extend(
                rate_faults
                    .into_iter()
                    .flatten()
                    .map(|fault| fault.under(section)),
            );
        }
        faults.extend(Fault::unless_within(
            "callers_max",
            callers_max,
            &(1..=10_000_000),
        ));
        faults
    }
}

/// Selects the bucket in which a call is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::server) enum BucketKey {
    Caller(Role, Arc<str>),
    /// A caller that did not authenticate.
    Address(Option<IpAddr>),
    /// All callers of a role for whom the limiter had no room.
    Overflow(Option<Role>),
}

impl BucketKey {
    pub(in crate::server) fn caller(role: Role, name: &Arc<str>) -> Self {
        Self::Caller(role, Arc::clone(name))
    }

    /// Reduces an IPv6 address to its /64: a host that has one address has all of them.
    pub(in crate::server) fn address(address: Option<IpAddr>) -> Self {
        Self::Address(address.map(|address| match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from(network))
            }
        }))
    }

    const fn role(&self) -> Option<Role> {
        match self {
            Self::Caller(role, _) => Some(*role),
            Self::Address(_) => None,
            Self::Overflow(role) => *role,
        }
    }
}

/// Limits calls by the generic cell rate algorithm (ITU-T I.371), which keeps one number for each
/// caller: its theoretical arrival time. The limiter measures time, so scores must not use it.
pub(in crate::server) struct Limiter {
    config: RateConfig,
    start: Instant,
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    /// When the next call is due at the allowed rate, in nanoseconds since the limiter's start.
    theoretical_arrival: HashMap<BucketKey, u64>,
    /// When idle callers were last evicted.
    swept_at: u64,
}

impl Buckets {
    /// Evicts idle callers at most once a second, so that a full limiter does not scan on every call.
    fn make_room(&mut self, now: u64, callers_max: usize) {
        if self.theoretical_arrival.len() >= callers_max
            && now.saturating_sub(self.swept_at) >= SECOND
        {
            self.swept_at = now;
            self.theoretical_arrival.retain(|_, arrival| *arrival > now);
        }
    }
}

const SECOND: u64 = 1_000_000_000;

impl Limiter {
    pub(in crate::server) fn new(config: &RateConfig) -> Self {
        Self {
            config: config.clone(),
            start: Instant::now(),
            buckets: Mutex::default(),
        }
    }

    /// Counts a call, or refuses it with the time to wait.
    pub(in crate::server) fn take(&self, key: &BucketKey) -> Result<(), Duration> {
        self.take_at(key, self.now())
    }

    /// Checks whether a call would be refused, without counting it.
    pub(in crate::server) fn peek(&self, key: &BucketKey) -> Result<(), Duration> {
        let now = self.now();
        let rate = self.rate(key.role());
        if rate.per_second == 0 {
            return Ok(());
        }
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let arrival = buckets.theoretical_arrival.get(key).copied();
        next_arrival(rate, arrival.unwrap_or(now), now).map(|_| ())
    }

    fn take_at(&self, key: &BucketKey, now: u64) -> Result<(), Duration> {
        let rate = self.rate(key.role());
        if rate.per_second == 0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(arrival) = buckets.theoretical_arrival.get_mut(key) {
            *arrival = next_arrival(rate, *arrival, now)?;
            return Ok(());
        }
        let callers_max = self.config.callers_max as usize;
        buckets.make_room(now, callers_max);
        let bucket = if buckets.theoretical_arrival.len() >= callers_max {
            BucketKey::Overflow(key.role())
        } else {
            key.clone()
        };
        let arrival = buckets.theoretical_arrival.entry(bucket).or_insert(now);
        *arrival = next_arrival(rate, *arrival, now)?;
        Ok(())
    }

    const fn rate(&self, role: Option<Role>) -> Rate {
        match role {
            Some(Role::Platform) => self.config.platform,
            Some(Role::Seller) => self.config.seller,
            Some(Role::Operator) => self.config.operator,
            None => self.config.unknown,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Moves a theoretical arrival time on by one call, or returns how long that call has to wait.
fn next_arrival(rate: Rate, arrival: u64, now: u64) -> Result<u64, Duration> {
    let interval = SECOND / u64::from(rate.per_second.max(1));
    let next = arrival.max(now) + interval;
    let ahead_max = interval * u64::from(rate.burst);
    match (next - now).checked_sub(ahead_max) {
        None | Some(0) => Ok(next),
        Some(wait) => Err(Duration::from_nanos(wait)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(callers_max: u32) -> Limiter {
        Limiter::new(&RateConfig {
            seller: Rate {
                per_second: 10,
                burst: 3,
            },
            callers_max,
            ..RateConfig::default()
        })
    }

    fn seller(name: &str) -> BucketKey {
        BucketKey::caller(Role::Seller, &Arc::from(name))
    }

    #[test]
    fn limiter_allows_burst_then_sustained_rate() {
        let limiter = limiter(10);
        let a = seller("a");
        for _ in 0..3 {
            assert_eq!(limiter.take_at(&a, 0), Ok(()));
        }
        assert_eq!(limiter.take_at(&a, 0), Err(Duration::from_millis(100)));
        assert_eq!(limiter.take_at(&seller("b"), 0), Ok(()));
        assert_eq!(limiter.take_at(&a, SECOND / 10), Ok(()));
        assert!(limiter.take_at(&a, SECOND / 10).is_err());
        let allowed =
            (0..1000).filter(|step| limiter.take_at(&a, SECOND + step * SECOND / 100).is_ok());
        // The burst, and ten a second for ten seconds.
        assert_eq!(allowed.count(), 102);
    }

    #[test]
    fn refused_calls_do_not_use_up_the_rate() {
        let limiter = limiter(10);
        let a = seller("a");
        for _ in 0..1000 {
            let _ = limiter.take_at(&a, 0);
        }
        assert_eq!(limiter.take_at(&a, SECOND / 10), Ok(()));
    }

    #[test]
    fn full_limiter_shares_bucket_and_evicts_idle_keys() {
        let limiter = limiter(2);
        for name in ["a", "b", "c", "d", "e"] {
            assert_eq!(limiter.take_at(&seller(name), 2 * SECOND), Ok(()));
        }
        // The three that share have used up their burst together.
        assert!(limiter.take_at(&seller("f"), 2 * SECOND).is_err());
        assert_eq!(limiter.take_at(&seller("a"), 2 * SECOND), Ok(()));
        assert_eq!(limiter.take_at(&seller("f"), 4 * SECOND), Ok(()));
        let buckets = limiter.buckets.lock().expect("whole");
        assert_eq!(buckets.theoretical_arrival.len(), 1);
    }

    #[test]
    fn ipv6_addresses_share_bucket_of_their_network() {
        let key = |text: &str| BucketKey::address(text.parse().ok());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:10.0.0.1"), key("10.0.0.1"));
        assert_ne!(key("10.0.0.2"), key("10.0.0.1"));
    }
}
