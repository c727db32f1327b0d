use super::*;

const RATE: Rate = Rate {
    per_second: 10,
    burst: 3,
};

fn seller(name: &str) -> Bucket {
    Bucket::Caller(Role::Seller, Arc::from(name))
}

#[test]
fn meter_allows_burst_then_sustained_rate() {
    let meter = Meter::new(10);
    let a = seller("a");
    for _ in 0..3 {
        assert_eq!(meter.take_at(RATE, &a, 0), Ok(()));
    }
    assert_eq!(meter.take_at(RATE, &a, 0), Err(Duration::from_millis(100)));
    assert_eq!(meter.take_at(RATE, &seller("b"), 0), Ok(()));
    assert_eq!(meter.take_at(RATE, &a, SECOND / 10), Ok(()));
    assert!(meter.take_at(RATE, &a, SECOND / 10).is_err());
    let allowed = (0..1000).filter(|step| {
        let now = SECOND + step * SECOND / 100;
        meter.take_at(RATE, &a, now).is_ok()
    });
    // The burst, and ten a second for ten seconds.
    assert_eq!(allowed.count(), 102);
}

#[test]
fn refused_calls_do_not_use_up_the_rate() {
    let meter = Meter::new(10);
    let a = seller("a");
    for _ in 0..1000 {
        let _ = meter.take_at(RATE, &a, 0);
    }
    assert_eq!(meter.take_at(RATE, &a, SECOND / 10), Ok(()));
}

#[test]
fn full_meter_shares_bucket_and_evicts_idle_keys() {
    let meter = Meter::new(2);
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(meter.take_at(RATE, &seller(name), 2 * SECOND), Ok(()));
    }
    // The three that share have used up their burst together.
    assert!(meter.take_at(RATE, &seller("f"), 2 * SECOND).is_err());
    assert_eq!(meter.take_at(RATE, &seller("a"), 2 * SECOND), Ok(()));
    assert_eq!(meter.take_at(RATE, &seller("f"), 4 * SECOND), Ok(()));
    let buckets = meter.buckets.lock().expect("whole");
    assert_eq!(buckets.theoretical_arrival.len(), 1);
}

#[test]
fn failures_take_nothing_from_known_callers_and_other_tokens() {
    let limiter = Limiter::new(&RateConfig {
        seller: RATE,
        unknown: Rate {
            per_second: 1,
            burst: 2,
        },
        callers_max: 2,
        ..RateConfig::default()
    });
    let address: Option<IpAddr> = "10.0.0.1".parse().ok();
    // More buckets than there are, so that failures share one.
    for number in 0..100 {
        let _ = limiter.anonymous(address);
        let _ = limiter.refused_token(address, &format!("guess {number}"));
        let other = std::net::Ipv4Addr::from(number).into();
        let _ = limiter.anonymous(Some(other));
    }
    assert!(limiter.anonymous(address).is_err());
    assert!(limiter.refused_token(address, "another guess").is_err());
    assert_eq!(limiter.token(address, "a good token"), Ok(()));
    let name = Arc::from("a");
    assert_eq!(limiter.caller(Role::Seller, &name, 1), Ok(()));
}

#[test]
fn refused_token_is_not_verified_again_above_its_rate() {
    let limiter = Limiter::new(&RateConfig::default());
    let burst = limiter.config.unknown.burst;
    for _ in 0..=burst {
        let _ = limiter.refused_token(None, "bad");
    }
    assert!(limiter.token(None, "bad").is_err());
    assert_eq!(limiter.token("10.0.0.2".parse().ok(), "bad"), Ok(()));
}

#[test]
fn expensive_calls_take_more_of_the_rate_but_never_more_than_the_burst() {
    let meter = Meter::new(10);
    let (a, b) = (seller("a"), seller("b"));
    assert_eq!(meter.take_many_at(RATE, &a, (2, 0)), Ok(()));
    let wait = Err(Duration::from_millis(100));
    assert_eq!(meter.take_many_at(RATE, &a, (2, 0)), wait);
    assert_eq!(meter.take_at(RATE, &a, 0), Ok(()));
    assert_eq!(meter.take_many_at(RATE, &b, (50, 0)), Ok(()));
    assert!(meter.take_at(RATE, &b, 0).is_err());
}
