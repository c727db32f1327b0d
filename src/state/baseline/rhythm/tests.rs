use proptest::prelude::*;

use super::*;

fn positive(day: u16, positive: u16) -> DayCount {
    DayCount {
        day,
        counts: [0, 0, positive],
    }
}

#[test]
fn densest_week_is_the_latest_of_equals() {
    let days = [(1, 1), (10, 2), (12, 3), (17, 2), (40, 4)].map(|(day, n)| positive(day, n));
    let rhythm = Rhythms::seek(&days).of(Polarity::Positive);
    assert_eq!((rhythm.last, rhythm.most), (17, 5));
    assert_eq!((rhythm.oldest, rhythm.newest, rhythm.size), (1, 40, 12));
    assert!(rhythm.holds(11) && rhythm.holds(17) && !rhythm.holds(10) && !rhythm.holds(18));
    assert_eq!(
        Rhythms::seek(&days).of(Polarity::Negative),
        Rhythm::default()
    );
    // 12 reviews in 40 days are 2.1 a week; 5 or more come with probability 0.0621, and there
    // are 40 / 7 weeks.
    let value = rhythm.measure().map_or(0.0, |measured| measured.value);
    assert!((value - 0.450).abs() < 1e-3, "{value}");
}

#[test]
fn poisson_tail_is_one_less_the_lower_sum() {
    for (least, mean) in [(1, 0.5), (4, 2.0), (9, 1.2), (30, 12.0)] {
        let mut below = 0.0;
        let mut term = libm::exp(-mean);
        for count in 0..least {
            below += term;
            term *= mean / f64::from(count + 1);
        }
        let tail = libm::exp(log_poisson_tail(least, mean));
        assert!(
            (tail - (1.0 - below)).abs() < 1e-9,
            "{least} {mean}: {tail}"
        );
    }
    assert_eq!(log_poisson_tail(2, 2.5), 0.0);
    assert!(log_poisson_tail(60_000, 0.01) < -1e5);
}

#[test]
fn few_reviews_in_a_week_are_no_surprise() {
    // Three of eight within a week, in seven years: often the mean, and what chance brings.
    let few = [1, 200, 700, 703, 705, 1300, 2000, 2500].map(|day| positive(day, 1));
    let many = [1, 200, 700, 703, 705, 1300, 2000, 2500].map(|day| positive(day, 6));
    let surprise = |days: &[DayCount]| Rhythms::seek(days).of(Polarity::Positive).measure();
    let surprise = |days: &[DayCount]| surprise(days).map_or(0.0, |measured| measured.value);
    assert!(surprise(&few) < 4.0, "{}", surprise(&few));
    assert!(surprise(&many) > 10.0, "{}", surprise(&many));
}

#[test]
fn sale_that_lifts_all_listings_is_no_surprise() {
    use super::super::calendar::Calendar;
    let days: Vec<DayCount> = (0..50)
        .map(|week| positive(week * 7, if week == 30 { 12 } else { 1 }))
        .collect();
    let rhythm = Rhythms::seek(&days).of(Polarity::Positive);
    let (mut quiet, mut sale) = (Calendar::default(), Calendar::default());
    for day in 0..350 {
        let lift = if (208..214).contains(&day) { 24 } else { 1 };
        quiet.count(day, Polarity::Positive, 40, u32::wrapping_add);
        sale.count(day, Polarity::Positive, 40 * lift, u32::wrapping_add);
    }
    let of = |calendar: &Calendar| {
        let around = Around {
            group: Some(calendar),
            marketplace: Some(calendar),
        };
        rhythm
            .measure_around(Polarity::Positive, around)
            .expect("enough")
            .value
    };
    let plain = rhythm.measure().expect("enough").value;
    assert!(
        plain > 5.0 && (of(&quiet) - plain).abs() < 0.2,
        "{plain} {}",
        of(&quiet)
    );
    assert!(of(&sale) < 1.0, "{}", of(&sale));
}

proptest! {
    #[test]
    fn densest_windows_equal_brute_force(
        counts in proptest::collection::btree_map(0..90_u16, 1..4_u16, 0..30),
        day in 0..90_u32, length in 1..30_u32,
    ) {
        let days: Vec<DayCount> = counts.iter().map(|(day, n)| positive(*day, *n)).collect();
        let ending = |last: u32| -> u32 {
            let window = (last + 1).saturating_sub(length)..=last;
            let near = counts.iter().filter(|(day, _)| window.contains(&u32::from(**day)));
            near.map(|(_, n)| u32::from(*n)).sum()
        };
        let most = (day..day + length).map(ending).max().unwrap_or(0);
        let around = densest_around(&days, Polarity::Positive, day, length);
        prop_assert_eq!((around.count, ending(around.last)), (most, most));
        prop_assert!((day..day + length).contains(&around.last));
        let whole = (0..130).map(ending).max().unwrap_or(0);
        let best = densest(&days, Polarity::Positive, length);
        prop_assert_eq!(best.map_or(0, |best| best.count), whole);
    }

    #[test]
    fn window_that_is_not_crowded_is_no_surprise(
        span in 14..5000_u32, size in 5..2000_u32, count in 1..40_u32, busy in 0.0..1.0_f64,
    ) {
        let rhythm = Rhythm { oldest: 1000, newest: 999 + span, size, ..Rhythm::default() };
        for length in [BURST_DAYS, SURGE_DAYS] {
            let even = (f64::from(length) / f64::from(span)).min(1.0);
            let value = rhythm.surprise(count, length, even + busy * (1.0 - even)).value;
            prop_assert!(rhythm.is_crowded(count, length) || value == 0.0, "{value}");
        }
    }

    #[test]
    fn rhythm_with_one_more_review_equals_a_search_with_it(
        counts in proptest::collection::btree_map(0..60_u16, 1..4_u16, 0..20), day in 0..60_u16
    ) {
        let days: Vec<DayCount> = counts.iter().map(|(day, n)| positive(*day, *n)).collect();
        let mut more = counts;
        *more.entry(day).or_default() += 1;
        let more: Vec<DayCount> = more.iter().map(|(day, n)| positive(*day, *n)).collect();
        let expected = Rhythms::seek(&more).of(Polarity::Positive);
        let rhythm = Rhythms::seek(&days).of(Polarity::Positive);
        prop_assert_eq!(rhythm.with(&days, Polarity::Positive, day.into()), expected);
    }
}
