//! Rate limits per caller.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::config::{Fault, Section};
use crate::server::access::Role;
use crate::server::transport::address::Network;

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
    /// Failed attempts to authenticate from one address (IPv6: one /64): without a token, with one
    /// token, and with all refused tokens, each counted apart.
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
            let rate_faults = rate.check().into_iter();
            faults.extend(rate_faults.map(|fault| fault.under(section)));
        }
        faults.extend(Fault::unless_within(
            "callers_max",
            callers_max,
            &(1..=10_000_000),
        ));
        faults
    }
}

impl Rate {
    pub(in crate::server) fn check(self) -> Vec<Fault> {
        let Self { per_second, burst } = self;
        let faults = [
            Fault::unless_within("per_second", &per_second, &(0..=1_000_000)),
            Fault::unless_within("burst", &burst, &(1..=1_000_000)),
        ];
        faults.into_iter().flatten().collect()
    }
}

/// Selects the bucket in which a call is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Bucket {
    /// An authenticated caller.
    Caller(Role, Arc<str>),
    /// Calls of a network without any token.
    Anonymous(Network),
    /// One refused token of a network, by its hash.
    Token(Network, u64),
    /// All refused tokens of a network.
    Tokens(Network),
    /// Calls that any caller of a network may make.
    Open(Network),
    /// All that a meter had no room for, of one role.
    Shared(Option<Role>),
}

impl Bucket {
    /// The bucket that is left where the meter is full.
    const fn shared(&self) -> Self {
        match self {
            Self::Caller(role, _) => Self::Shared(Some(*role)),
            Self::Anonymous(_) | Self::Token(..) | Self::Tokens(_) | Self::Open(_) => {
                Self::Shared(None)
            }
            Self::Shared(role) => Self::Shared(*role),
        }
    }
}

/// Meters calls by the generic cell rate algorithm (ITU-T I.371), which keeps one number for each
/// bucket: its theoretical arrival time. It measures time, so scores must not use it.
struct Meter {
    start: Instant,
    buckets_max: usize,
    buckets: Mutex<Buckets>,
}

#[derive(Default)]
struct Buckets {
    /// When the next call is due at the allowed rate, in nanoseconds since the meter's start.
    theoretical_arrival: HashMap<Bucket, u64>,
    /// When idle buckets were last evicted.
    swept_at: u64,
}

impl Buckets {
    /// Evicts idle buckets at most once a second, so that a full meter does not scan on every call.
    fn make_room(&mut self, now: u64, buckets_max: usize) {
        if self.theoretical_arrival.len() >= buckets_max
            && now.saturating_sub(self.swept_at) >= SECOND
        {
            self.swept_at = now;
            self.theoretical_arrival.retain(|_, arrival| *arrival > now);
        }
    }
}

const SECOND: u64 = 1_000_000_000;

impl Meter {
    fn new(buckets_max: u32) -> Self {
        Self {
            start: Instant::now(),
            buckets_max: buckets_max as usize,
            buckets: Mutex::default(),
        }
    }

    /// Counts a call, or refuses it with the time to wait.
    fn take(&self, rate: Rate, bucket: &Bucket) -> Result<(), Duration> {
        self.take_at(rate, bucket, self.now())
    }

    /// Counts a call as several.
    fn take_many(&self, rate: Rate, bucket: &Bucket, cost: u32) -> Result<(), Duration> {
        self.take_many_at(rate, bucket, (cost, self.now()))
    }

    /// Checks whether a call would be refused, without counting it.
    fn peek(&self, rate: Rate, bucket: &Bucket) -> Result<(), Duration> {
        let now = self.now();
        if rate.per_second == 0 {
            return Ok(());
        }
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let arrival = buckets.theoretical_arrival.get(bucket).copied();
        next_arrival(rate, arrival.unwrap_or(now), (1, now)).map(|_| ())
    }

    fn take_at(&self, rate: Rate, bucket: &Bucket, now: u64) -> Result<(), Duration> {
        self.take_many_at(rate, bucket, (1, now))
    }

    fn take_many_at(
        &self,
        rate: Rate,
        bucket: &Bucket,
        (cost, now): (u32, u64),
    ) -> Result<(), Duration> {
        if rate.per_second == 0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(arrival) = buckets.theoretical_arrival.get_mut(bucket) {
            *arrival = next_arrival(rate, *arrival, (cost, now))?;
            return Ok(());
        }
        buckets.make_room(now, self.buckets_max);
        let bucket = if buckets.theoretical_arrival.len() >= self.buckets_max {
            bucket.shared()
        } else {
            bucket.clone()
        };
        let arrival = buckets.theoretical_arrival.entry(bucket).or_insert(now);
        *arrival = next_arrival(rate, *arrival, (cost, now))?;
        Ok(())
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Limits callers by their role, and failed attempts by what was presented and from where. The two
/// have meters of their own: no number of failures takes the bucket of a caller that is known.
pub(in crate::server) struct Limiter {
    config: RateConfig,
    callers: Meter,
    failures: Meter,
    /// Keyed at random, so that nobody can make a token that shares the bucket of another.
    hashes: RandomState,
}

impl Limiter {
    pub(in crate::server) fn new(config: &RateConfig) -> Self {
        Self {
            config: config.clone(),
            callers: Meter::new(config.callers_max),
            failures: Meter::new(config.callers_max),
            hashes: RandomState::new(),
        }
    }

    /// Counts a call of an authenticated caller as `cost` short ones, or refuses it with the time to
    /// wait.
    pub(in crate::server) fn caller(
        &self,
        role: Role,
        name: &Arc<str>,
        cost: u32,
    ) -> Result<(), Duration> {
        let rate = match role {
            Role::Platform => self.config.platform,
            Role::Seller => self.config.seller,
            Role::Operator => self.config.operator,
        };
        self.callers
            .take_many(rate, &Bucket::Caller(role, Arc::clone(name)), cost)
    }

    /// Counts a call without a token, or refuses it with the time to wait.
    pub(in crate::server) fn anonymous(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        let bucket = Bucket::Anonymous(Network::of(address));
        self.failures.take(self.config.unknown, &bucket)
    }

    /// Checks whether this very token was refused too often from this network. Other tokens do not
    /// count, so nobody can lock out a good one.
    pub(in crate::server) fn token(
        &self,
        address: Option<IpAddr>,
        token: &str,
    ) -> Result<(), Duration> {
        let bucket = self.token_bucket(address, token);
        self.failures.peek(self.config.unknown, &bucket)
    }

    /// Counts a refused token. Fails with the time to wait if its network sent too many.
    pub(in crate::server) fn refused_token(
        &self,
        address: Option<IpAddr>,
        token: &str,
    ) -> Result<(), Duration> {
        let rate = self.config.unknown;
        // Over its own rate it is not verified again; the count of its network decides here.
        let _ = self.failures.take(rate, &self.token_bucket(address, token));
        let all = Bucket::Tokens(Network::of(address));
        self.failures.take(rate, &all)
    }

    fn token_bucket(&self, address: Option<IpAddr>, token: &str) -> Bucket {
        Bucket::Token(Network::of(address), self.hashes.hash_one(token))
    }
}

/// Limits calls that need no authentication, by network.
pub(in crate::server) struct OpenLimiter {
    rate: Rate,
    networks: Meter,
}

/// Networks that are counted at a time; further ones share one bucket.
const NETWORKS_MAX: u32 = 10_000;

impl OpenLimiter {
    pub(in crate::server) fn new(rate: Rate) -> Self {
        Self {
            rate,
            networks: Meter::new(NETWORKS_MAX),
        }
    }

    /// Counts a call, or refuses it with the time to wait.
    pub(in crate::server) fn take(&self, network: Network) -> Result<(), Duration> {
        self.networks.take(self.rate, &Bucket::Open(network))
    }
}

/// Moves a theoretical arrival time on by a call of some cost, or returns how long that call has to
/// wait. No call costs more than the burst, or it would wait for ever.
fn next_arrival(rate: Rate, arrival: u64, (cost, now): (u32, u64)) -> Result<u64, Duration> {
    let interval = SECOND / u64::from(rate.per_second.max(1));
    let next = arrival.max(now) + interval * u64::from(cost.min(rate.burst));
    let ahead_max = interval * u64::from(rate.burst);
    match (next - now).checked_sub(ahead_max) {
        None | Some(0) => Ok(next),
        Some(wait) => Err(Duration::from_nanos(wait)),
    }
}

#[cfg(test)]
mod tests;
