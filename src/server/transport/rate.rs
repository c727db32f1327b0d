//! How often a caller may call.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::config::{Fault, Section};
use crate::server::access::Role;

/// A caller's calls: so many a second in the long run, so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls a second, up to 1000000; 0 is without limit.
    pub per_second: u32,
    /// Calls that may come at once after a pause, from 1.
    pub burst: u32,
}

/// Section `[rate]`: by role, for each caller alone. Counts calls; a stream is one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateConfig {
    /// Each backend.
    pub platform: Rate,
    /// Each seller's caller.
    pub seller: Rate,
    /// Each operator.
    pub operator: Rate,
    /// Failed attempts to say who one is, from one address (IPv6: one /64).
    pub unknown: Rate,
    /// Callers that are counted at a time; more share one count.
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
        let mut found = Vec::new();
        for (key, rate) in [
            ("platform", platform),
            ("seller", seller),
            ("operator", operator),
            ("unknown", unknown),
        ] {
            if rate.per_second > 1_000_000 {
                let said = format!("is {}; 0 to 1000000 is allowed", rate.per_second);
                found.push(Fault::new("per_second", said).under(key));
            }
            if !(1..=1_000_000).contains(&rate.burst) {
                let said = format!("is {}; 1 to 1000000 is allowed", rate.burst);
                found.push(Fault::new("burst", said).under(key));
            }
        }
        if !(1..=10_000_000).contains(callers_max) {
            let said = format!("is {callers_max}; 1 to 10000000 is allowed");
            found.push(Fault::new("callers_max", said));
        }
        found
    }
}

/// Whose calls are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::server) enum Key {
    Caller(Role, Arc<str>),
    /// Somebody who did not say who it is, or not well.
    Address(Option<IpAddr>),
    /// Everybody for whom there was no room.
    Others(Option<Role>),
}

impl Key {
    pub(in crate::server) fn caller(role: Role, name: &Arc<str>) -> Self {
        Self::Caller(role, Arc::clone(name))
    }

    /// Whoever has one IPv6 address has its whole /64.
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
            Self::Others(role) => *role,
        }
    }
}

/// Counts calls by the generic cell rate algorithm (ITU-T I.371): of each caller only the moment
/// is kept at which its calls so far are worked off. It measures time, so no score may see it.
pub(in crate::server) struct Limiter {
    config: RateConfig,
    start: Instant,
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    /// Nanoseconds since the start.
    worked_off: HashMap<Key, u64>,
    /// When those who rest were last forgotten.
    swept: u64,
}

const SECOND: u64 = 1_000_000_000;

impl Limiter {
    pub(in crate::server) fn new(config: &RateConfig) -> Self {
        Self {
            config: config.clone(),
            start: Instant::now(),
            counted: Mutex::default(),
        }
    }

    /// Counts a call; how long to wait when it is one too many.
    pub(in crate::server) fn take(&self, key: &Key) -> Result<(), Duration> {
        self.take_at(key, self.now())
    }

    /// Whether a call would be one too many; counts nothing.
    pub(in crate::server) fn peek(&self, key: &Key) -> Result<(), Duration> {
        let now = self.now();
        let rate = self.rate(key.role());
        if rate.per_second == 0 {
            return Ok(());
        }
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let worked_off = counted.worked_off.get(key).copied().unwrap_or(now);
        after(rate, worked_off, now).map(|_| ())
    }

    fn take_at(&self, key: &Key, now: u64) -> Result<(), Duration> {
        let rate = self.rate(key.role());
        if rate.per_second == 0 {
            return Ok(());
        }
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = counted.worked_off.get_mut(key) {
            *held = after(rate, *held, now)?;
            return Ok(());
        }
        let room = self.config.callers_max as usize;
        if counted.worked_off.len() >= room && now.saturating_sub(counted.swept) >= SECOND {
            counted.swept = now;
            counted.worked_off.retain(|_, worked_off| *worked_off > now);
        }
        let key = if counted.worked_off.len() >= room {
            Key::Others(key.role())
        } else {
            key.clone()
        };
        let held = counted.worked_off.entry(key).or_insert(now);
        *held = after(rate, *held, now)?;
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

/// When calls are worked off after one more, or how long that one has to wait.
fn after(rate: Rate, worked_off: u64, now: u64) -> Result<u64, Duration> {
    let interval = SECOND / u64::from(rate.per_second.max(1));
    let next = worked_off.max(now) + interval;
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

    fn seller(name: &str) -> Key {
        Key::caller(Role::Seller, &Arc::from(name))
    }

    #[test]
    fn a_burst_is_let_through_and_then_the_rate() {
        let limiter = limiter(10);
        let a = seller("a");
        for _ in 0..3 {
            assert_eq!(limiter.take_at(&a, 0), Ok(()));
        }
        assert_eq!(limiter.take_at(&a, 0), Err(Duration::from_millis(100)));
        assert_eq!(limiter.take_at(&seller("b"), 0), Ok(()));
        assert_eq!(limiter.take_at(&a, SECOND / 10), Ok(()));
        assert!(limiter.take_at(&a, SECOND / 10).is_err());
        let let_through =
            (0..1000).filter(|step| limiter.take_at(&a, SECOND + step * SECOND / 100).is_ok());
        // The burst, and ten a second for ten seconds.
        assert_eq!(let_through.count(), 102);
    }

    #[test]
    fn refused_calls_cost_nothing() {
        let limiter = limiter(10);
        let a = seller("a");
        for _ in 0..1000 {
            let _ = limiter.take_at(&a, 0);
        }
        assert_eq!(limiter.take_at(&a, SECOND / 10), Ok(()));
    }

    #[test]
    fn who_has_no_room_shares_and_who_rests_is_forgotten() {
        let limiter = limiter(2);
        for name in ["a", "b", "c", "d", "e"] {
            assert_eq!(limiter.take_at(&seller(name), 2 * SECOND), Ok(()));
        }
        // The three that share have used up their burst together.
        assert!(limiter.take_at(&seller("f"), 2 * SECOND).is_err());
        assert_eq!(limiter.take_at(&seller("a"), 2 * SECOND), Ok(()));
        assert_eq!(limiter.take_at(&seller("f"), 4 * SECOND), Ok(()));
        let counted = limiter.counted.lock().expect("whole");
        assert_eq!(counted.worked_off.len(), 1);
    }

    #[test]
    fn addresses_are_networks_where_a_host_has_many() {
        let key = |text: &str| Key::address(text.parse().ok());
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_eq!(key("::ffff:10.0.0.1"), key("10.0.0.1"));
        assert_ne!(key("10.0.0.2"), key("10.0.0.1"));
    }
}
