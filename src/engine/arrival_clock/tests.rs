use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

const DAY_MS: i64 = 86_400_000;
const NOW_MS: i64 = 1_750_000_000_000;
const YEARS_MS: i64 = 3000 * DAY_MS;

/// Two clocks that a test sets by hand.
#[derive(Clone, Debug, Default)]
struct Hands(Arc<(AtomicI64, AtomicI64)>);

impl Hands {
    /// Sets both; returns what the clock of arrivals says.
    fn set(&self, clock: &ArrivalClock, wall_ms: i64, elapsed_ms: i64) -> Arrival {
        self.0.0.store(wall_ms, Ordering::Relaxed);
        self.0.1.store(elapsed_ms, Ordering::Relaxed);
        clock.now()
    }
}

impl Source for Hands {
    fn wall_ms(&self) -> i64 {
        self.0.0.load(Ordering::Relaxed)
    }

    fn elapsed_ms(&self) -> i64 {
        self.0.1.load(Ordering::Relaxed)
    }
}

fn start(wall_ms: i64, last_receipt_ms: Option<i64>, confirmed: bool) -> (Hands, ArrivalClock) {
    let hands = Hands::default();
    hands.0.0.store(wall_ms, Ordering::Relaxed);
    let options = ClockOptions {
        confirmed,
        ..ClockOptions::default()
    };
    let clock = ArrivalClock::with(Box::new(hands.clone()), &options, last_receipt_ms);
    (hands, clock)
}

fn believed(ms: i64) -> Arrival {
    Arrival { ms, doubt: None }
}

#[test]
fn agreeing_clocks_and_an_empty_log_are_believed() {
    for last in [None, Some(NOW_MS - DAY_MS), Some(NOW_MS + DAY_MS)] {
        let (hands, clock) = start(NOW_MS, last, false);
        assert_eq!(clock.now(), believed(NOW_MS));
        // Fast by less than the slack, and slow by anything.
        let ahead = NOW_MS + DAY_MS + SLACK_MS;
        assert_eq!(hands.set(&clock, ahead, DAY_MS), believed(ahead));
        assert_eq!(hands.set(&clock, NOW_MS, DAY_MS), believed(NOW_MS));
    }
    let (_, clock) = start(NOW_MS + YEARS_MS, None, false);
    assert_eq!(clock.now(), believed(NOW_MS + YEARS_MS));
}

#[test]
fn jump_forward_is_not_followed_and_way_back_is() {
    let (hands, clock) = start(NOW_MS, Some(NOW_MS), false);
    let wall_ms = NOW_MS + YEARS_MS;
    let seen = hands.set(&clock, wall_ms, 5000);
    let doubt = Doubt {
        cause: DoubtCause::Jump,
        wall_ms,
        believed_ms: NOW_MS + 5000,
    };
    let expected = Arrival {
        ms: NOW_MS + 5000,
        doubt: Some(doubt),
    };
    assert_eq!(seen, expected);
    assert!(doubt.to_string().contains("restarts the service"));
    // Just beyond the slack.
    let seen = hands.set(&clock, NOW_MS + SLACK_MS + 1, 0);
    assert_eq!(seen.ms, NOW_MS);
    assert!(seen.doubt.is_some());
    assert!((seen.ahead_seconds() - 3600.001).abs() < 1e-6);

    let back = NOW_MS - YEARS_MS;
    assert_eq!(hands.set(&clock, back, 9000), believed(back));
    let right = NOW_MS + DAY_MS;
    assert_eq!(hands.set(&clock, right, DAY_MS), believed(right));
}

#[test]
fn start_far_beyond_last_receipt_goes_on_from_there_until_clock_is_right() {
    let wall_ms = NOW_MS + YEARS_MS;
    let (hands, clock) = start(wall_ms, Some(NOW_MS), false);
    let seen = hands.set(&clock, wall_ms + 7000, 7000);
    assert_eq!(seen.ms, NOW_MS + 7000);
    let doubt = seen.doubt.expect("a doubt");
    assert_eq!(doubt.cause, DoubtCause::LastReceipt);
    let text = doubt.to_string();
    assert!(
        text.contains("--confirm-clock") && text.contains("2033-"),
        "{text}"
    );
    // NTP sets it right while the service runs; then it may not jump again.
    let right = NOW_MS + 30 * DAY_MS;
    assert_eq!(hands.set(&clock, right, 60_000), believed(right));
    assert_eq!(hands.set(&clock, wall_ms, 60_000).ms, right);
}

#[test]
fn start_before_last_receipt_waits_for_the_clock_to_be_set_right() {
    let (hands, clock) = start(0, Some(NOW_MS), false);
    assert_eq!(clock.now(), believed(0));
    let wrong = hands.set(&clock, NOW_MS + YEARS_MS, 50_000);
    assert_eq!(wrong.ms, NOW_MS + 50_000);
    let right = NOW_MS + 9 * DAY_MS;
    assert_eq!(hands.set(&clock, right, 60_000), believed(right));
    let jumped = hands.set(&clock, right + 9 * DAY_MS, 60_000);
    assert_eq!(jumped.ms, right);
}

#[test]
fn gap_counts_from_last_receipt_and_confirmation_ends_it() {
    let gap_ms = 400 * DAY_MS;
    let (_, clock) = start(NOW_MS + gap_ms, Some(NOW_MS), false);
    assert_eq!(clock.now(), believed(NOW_MS + gap_ms));
    let (_, clock) = start(NOW_MS + gap_ms + 1, Some(NOW_MS), false);
    assert!(clock.now().doubt.is_some());
    let (hands, clock) = start(NOW_MS + YEARS_MS, Some(NOW_MS), true);
    assert_eq!(clock.now(), believed(NOW_MS + YEARS_MS));
    // The confirmation is of this start, not of jumps.
    assert!(hands.set(&clock, NOW_MS + 2 * YEARS_MS, 0).doubt.is_some());
}

#[test]
fn senseless_receipts_do_not_overflow() {
    for last in [i64::MIN + 1, i64::MAX] {
        let (hands, clock) = start(NOW_MS, Some(last), false);
        let seen = hands.set(&clock, NOW_MS, i64::MAX / 2);
        assert_eq!(seen.doubt.is_some(), last < 0);
        let _ = seen.time();
    }
}
