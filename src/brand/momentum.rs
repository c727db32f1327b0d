//! Sustained demand: how many orders a seller can expect, and whether any will come at all.
//!
//! Counts with a rate that wanders are a gamma-Poisson model whose evidence fades (Harvey and
//! Fernandes, Time series models for count or qualitative observations, Journal of Business and
//! Economic Statistics 7(4), 1989): the rate is gamma with shape = faded orders + prior and
//! exposure = faded days + prior. Orders of a span are then negative binomial, which gives the
//! probability that nobody buys any more, the question of Schmittlein, Morrison and Colombo (1987)
//! and of Fader, Hardie and Lee (2005), in closed form. An old boom fades, a long silence counts,
//! and a young seller is not taken for a small one: its days are few.
//!
//! An order that somebody may not have wanted counts for its probability, and leaves open whether it
//! was one: that doubt widens the range as a binomial's variance does.

/// Days in which an order, or a day without one, loses half of its weight. A month and a half:
/// shorter reads noise of sellers with a few orders a month, longer reads the season before.
pub const HALF_LIFE_DAYS: f64 = 45.0;
/// Days of the prior: what is known before the first order weighs as much as two months.
const PRIOR_DAYS: f64 = 60.0;
/// Orders of the prior in these days.
const PRIOR_ORDERS: f64 = 0.25;
/// Days of half a year, the span that is looked ahead.
pub const AHEAD_DAYS: f64 = 182.0;

/// Orders of a seller so far, fading. An order adds in constant time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faded {
    /// Day of the first order.
    first_day: f64,
    /// Day to which `orders` is faded.
    day: f64,
    /// Faded, weighted orders.
    orders: f64,
    /// Variance of what they are, by the weights alone.
    doubt: f64,
}

/// What can be expected of the next half year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Orders a day.
    pub rate: f64,
    /// Lower end of the range that holds the rate with 90 %.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Standard deviation of the rate as a share of it.
    pub spread: f64,
    /// Orders expected in the next 182 days.
    pub expected: f64,
    /// Probability that at least one order comes in them.
    pub lasts: f64,
    /// Minus the log of the probability that none comes: orders sellers as `lasts` does, and also
    /// those whose `lasts` is 1 to the last digit.
    pub strength: f64,
}

/// Variance of whether an order of this probability is one.
fn doubt(weight: f64) -> f64 {
    (weight * (1.0 - weight)).max(0.0)
}

fn fade(days: f64) -> f64 {
    libm::exp2(-days.max(0.0) / HALF_LIFE_DAYS)
}

impl Faded {
    /// After a first order of this weight, 0 to 1, on this day.
    pub fn new(day: f64, weight: f64) -> Self {
        Self {
            first_day: day,
            day,
            orders: weight,
            doubt: doubt(weight),
        }
    }

    /// Adds an order; orders may come late.
    pub fn add(&mut self, day: f64, weight: f64) {
        if day >= self.day {
            let left = fade(day - self.day);
            self.orders = self.orders * left + weight;
            self.doubt = self.doubt * left * left + doubt(weight);
            self.day = day;
        } else {
            let left = fade(self.day - day);
            self.orders += weight * left;
            self.doubt += doubt(weight) * left * left;
            self.first_day = self.first_day.min(day);
        }
    }

    /// What can be expected at the end of a day. None before the day of the newest order that was
    /// added, and when days or weights were no numbers.
    pub fn demand(&self, as_of: f64) -> Option<Demand> {
        if as_of.is_nan() || as_of < self.day {
            return None;
        }
        let lasting = HALF_LIFE_DAYS / std::f64::consts::LN_2;
        let days = lasting * (1.0 - fade(as_of - self.first_day));
        let left = fade(as_of - self.day);
        let shape = self.orders * left + PRIOR_ORDERS;
        let exposure = days + PRIOR_DAYS;
        let rate = shape / exposure;
        let strength = shape * libm::log1p(AHEAD_DAYS / exposure);
        // The gamma distribution of the same mean whose variance has the doubt, too.
        let sure = shape * shape / (shape + self.doubt * left * left);
        let at = |z: f64| quantile(sure, z) * rate / sure;
        let (low, high) = (at(-1.645), at(1.645));
        rate.is_finite().then(|| Demand {
            rate,
            low,
            high,
            spread: (high - low) / 3.29 / rate,
            expected: rate * AHEAD_DAYS,
            lasts: -libm::expm1(-strength),
            strength,
        })
    }
}

/// Quantile of the gamma distribution with scale 1 at the normal deviate `z` (Wilson and Hilferty,
/// 1931).
fn quantile(shape: f64, z: f64) -> f64 {
    let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * libm::sqrt(shape));
    let root = root.max(0.0);
    shape * root * root * root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_order_by_hand() {
        // The day itself: no days yet, so shape 1.25 over 60 days.
        let found = Faded::new(100.0, 1.0).demand(100.0).unwrap();
        assert!((found.rate - 1.25 / 60.0).abs() < 1e-12);
        assert!((found.expected - 1.25 / 60.0 * 182.0).abs() < 1e-9);
        // No order in 182 days: (60 / 242) ^ 1.25.
        assert!((found.lasts - (1.0 - (60.0_f64 / 242.0).powf(1.25))).abs() < 1e-12);
        // A half-life later: half the order, and 45 / ln 2 / 2 days.
        let later = Faded::new(100.0, 1.0).demand(145.0).unwrap();
        let days = 60.0 + 22.5 / 2.0_f64.ln();
        assert!((later.rate - 0.75 / days).abs() < 1e-12, "{later:?}");
    }

    #[test]
    fn doubted_orders_leave_the_rate_and_widen_its_range() {
        // Ten orders of which each is one with a tenth, against a sure one.
        let mut doubted = Faded::new(100.0, 0.1);
        for _ in 1..10 {
            doubted.add(100.0, 0.1);
        }
        let (doubted, sure) = (
            doubted.demand(100.0).unwrap(),
            Faded::new(100.0, 1.0).demand(100.0).unwrap(),
        );
        assert!((doubted.rate - sure.rate).abs() < 1e-12);
        assert!(doubted.low < sure.low && doubted.high > sure.high);
        // Shape 1.25 with a variance of 1.25 + 10 * 0.09: as of shape 1.5625 / 2.15.
        let shape: f64 = 1.5625 / 2.15;
        let expected = (quantile(shape, 1.645) - quantile(shape, -1.645)) / 3.29 / shape;
        assert!(
            (doubted.spread - expected).abs() < 1e-12,
            "{}",
            doubted.spread
        );
    }

    #[test]
    fn orders_may_come_in_any_order() {
        let days = [3.0, 50.0, 20.0, 90.0];
        let mut one = Faded::new(days[0], 1.0);
        let mut other = Faded::new(days[3], 1.0);
        for day in [days[1], days[2], days[3]] {
            one.add(day, 1.0);
        }
        for day in [days[2], days[0], days[1]] {
            other.add(day, 1.0);
        }
        let (one, other) = (one.demand(100.0).unwrap(), other.demand(100.0).unwrap());
        assert!((one.rate - other.rate).abs() < 1e-12);
    }

    #[test]
    fn a_steady_seller_is_known_and_a_silent_one_fades() {
        let mut seller = Faded::new(0.0, 1.0);
        for day in 1..1000 {
            seller.add(f64::from(day), 1.0);
        }
        let steady = seller.demand(999.0).unwrap();
        // The prior weighs 60 days beside some 65.
        assert!(steady.rate > 0.5 && steady.rate < 1.0 && steady.lasts > 0.999);
        assert!(steady.low < steady.rate && steady.rate < steady.high);
        let silent = seller.demand(999.0 + 3650.0).unwrap();
        assert!(silent.lasts < 0.35 && silent.rate < 0.003 && silent.low >= 0.0);
        assert!(steady.strength > silent.strength);
    }

    #[test]
    fn the_past_is_not_told_from_the_future_and_nonsense_is_none() {
        assert_eq!(Faded::new(10.0, 1.0).demand(9.0), None);
        assert_eq!(Faded::new(10.0, f64::NAN).demand(12.0), None);
        assert_eq!(Faded::new(10.0, 1.0).demand(f64::NAN), None);
    }

    #[test]
    fn quantiles_of_the_exponential() {
        // With shape 1: -ln(1 - p) at 5 and 95 %.
        assert!((quantile(1.0, 1.645) - 2.996).abs() < 0.03);
        assert!((quantile(1.0, -1.645) - 0.051).abs() < 0.02);
        // Of shape 10: 5.425 and 15.705.
        assert!((quantile(10.0, 1.645) - 15.705).abs() < 0.02);
        assert!((quantile(10.0, -1.645) - 5.425).abs() < 0.02);
    }
}
