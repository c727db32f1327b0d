//! Estimates how surely orders go on: the probability that a seller has none for half a year.
//!
//! Orders are modelled as counts with a wandering rate, by a gamma-Poisson model with fading evidence
//! (Harvey and Fernandes, Time series models for count or qualitative observations, Journal of Business and
//! Economic Statistics 7(4), 1989). The rate is gamma with shape = faded orders + prior and
//! exposure = faded days + prior. Orders of a span are then negative binomial. The probability that
//! no order comes has a closed form; Schmittlein, Morrison and Colombo (1987) and Fader, Hardie and
//! Lee (2005) ask the same question. An old boom fades, a long silence counts,
//! and a young seller is not taken for a small one: its days are few.
//!
//! An order that may be brushed counts for the probability that it is genuine. Its binomial variance
//! widens the range.

/// Days in which an order, or a day without one, loses half of its weight. A shorter half-life reads
/// noise of sellers with a few orders a month, a longer one reads the season before.
const HALF_LIFE_DAYS: f64 = 45.0;
/// Days of the prior: as much evidence as two months.
const PRIOR_DAYS: f64 = 60.0;
/// Orders of the prior in these days.
const PRIOR_ORDERS: f64 = 0.25;
/// Days of half a year, the span that is looked ahead.
const AHEAD_DAYS: f64 = 182.0;
/// Normal deviate of the ends of a 90 % range.
const Z_90: f64 = 1.645;

/// A seller's orders so far, fading. Adding an order takes constant time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct FadingOrders {
    /// Day of the first order.
    first_day: f64,
    /// Day to which `orders` is faded.
    day: f64,
    /// Faded, weighted orders.
    orders: f64,
    /// Their variance by the weights alone.
    variance: f64,
}

/// Expected demand of the next half year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Demand {
    /// Minus the log of the probability that no order comes within 182 days.
    pub(super) strength: f64,
    /// Standard deviation of the rate of orders as a share of it.
    pub(super) spread: f64,
    /// Orders a day.
    rate: f64,
}

/// Variance of whether an order of this probability is genuine.
fn variance(weight: f64) -> f64 {
    (weight * (1.0 - weight)).max(0.0)
}

fn fade(days: f64) -> f64 {
    libm::exp2(-days.max(0.0) / HALF_LIFE_DAYS)
}

impl FadingOrders {
    /// After a first order of this weight, 0 to 1, on this day.
    pub(super) fn new(day: f64, weight: f64) -> Self {
        Self {
            first_day: day,
            day,
            orders: weight,
            variance: variance(weight),
        }
    }

    /// Adds an order; orders may come late.
    pub(super) fn add(&mut self, day: f64, weight: f64) {
        if day >= self.day {
            let left = fade(day - self.day);
            self.orders = self.orders * left + weight;
            self.variance = self.variance * left * left + variance(weight);
            self.day = day;
        } else {
            let left = fade(self.day - day);
            self.orders += weight * left;
            self.variance += variance(weight) * left * left;
            self.first_day = self.first_day.min(day);
        }
    }

    /// The demand expected at the end of a day. None before the day of the newest order that was
    /// added, and when days or weights are not numbers.
    pub(super) fn demand(&self, as_of: f64) -> Option<Demand> {
        if as_of.is_nan() || as_of < self.day {
            return None;
        }
        let lasting = HALF_LIFE_DAYS / std::f64::consts::LN_2;
        let days = lasting * (1.0 - fade(as_of - self.first_day));
        let left = fade(as_of - self.day);
        let shape = self.orders * left + PRIOR_ORDERS;
        let exposure = days + PRIOR_DAYS;
        let rate = shape / exposure;
        // The gamma distribution of the same mean whose variance also has the doubt.
        let doubted_shape = shape * shape / (shape + self.variance * left * left);
        let at = |z: f64| gamma_quantile(doubted_shape, z) * rate / doubted_shape;
        rate.is_finite().then(|| Demand {
            strength: shape * libm::log1p(AHEAD_DAYS / exposure),
            spread: (at(Z_90) - at(-Z_90)) / (2.0 * Z_90) / rate,
            rate,
        })
    }
}

/// Quantile of the gamma distribution with scale 1 at the normal deviate `z` (Wilson and Hilferty,
/// 1931).
fn gamma_quantile(shape: f64, z: f64) -> f64 {
    let root = (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * libm::sqrt(shape))).max(0.0);
    shape * root * root * root
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probability that an order comes within half a year.
    fn lasts(demand: &Demand) -> f64 {
        -libm::expm1(-demand.strength)
    }

    #[test]
    fn demand_of_one_order_by_hand() {
        // The day itself: no days yet, so shape 1.25 over 60 days.
        let found = FadingOrders::new(100.0, 1.0).demand(100.0).unwrap();
        assert!((found.rate - 1.25 / 60.0).abs() < 1e-12);
        // No order in 182 days: (60 / 242) ^ 1.25.
        assert!((lasts(&found) - (1.0 - libm::pow(60.0 / 242.0, 1.25))).abs() < 1e-12);
        // A half-life later: half the order, and 45 / ln 2 / 2 days.
        let later = FadingOrders::new(100.0, 1.0).demand(145.0).unwrap();
        let days = 60.0 + 22.5 / libm::log(2.0);
        assert!((later.rate - 0.75 / days).abs() < 1e-12, "{later:?}");
    }

    #[test]
    fn doubted_orders_keep_the_rate_and_widen_its_range() {
        // Ten orders that are genuine by a tenth, against a sure one.
        let mut orders = FadingOrders::new(100.0, 0.1);
        for _ in 1..10 {
            orders.add(100.0, 0.1);
        }
        let doubted = orders.demand(100.0).unwrap();
        let sure = FadingOrders::new(100.0, 1.0).demand(100.0).unwrap();
        assert!((doubted.rate - sure.rate).abs() < 1e-12);
        assert!(doubted.spread > sure.spread);
        // Shape 1.25 with a variance of 1.25 + 10 * 0.09: as of shape 1.5625 / 2.15.
        let shape: f64 = 1.5625 / 2.15;
        let range = gamma_quantile(shape, 1.645) - gamma_quantile(shape, -1.645);
        let expected = range / 3.29 / shape;
        assert!((doubted.spread - expected).abs() < 1e-12, "{doubted:?}");
    }

    #[test]
    fn demand_does_not_depend_on_the_order_of_events() {
        let days = [3.0, 50.0, 20.0, 90.0];
        let rate = |order: [usize; 4]| {
            let mut orders = FadingOrders::new(days[order[0]], 1.0);
            for index in &order[1..] {
                orders.add(days[*index], 1.0);
            }
            orders.demand(100.0).unwrap().rate
        };
        assert!((rate([0, 1, 2, 3]) - rate([3, 2, 0, 1])).abs() < 1e-12);
    }

    #[test]
    fn demand_of_a_steady_seller_is_sure_and_fades_in_silence() {
        let mut seller = FadingOrders::new(0.0, 1.0);
        for day in 1..1000 {
            seller.add(f64::from(day), 1.0);
        }
        let steady = seller.demand(999.0).unwrap();
        // The prior weighs 60 days beside some 65.
        assert!(steady.rate > 0.5 && steady.rate < 1.0 && lasts(&steady) > 0.999);
        assert!(steady.spread > 0.0);
        let silent = seller.demand(999.0 + 3650.0).unwrap();
        assert!(lasts(&silent) < 0.35 && silent.rate < 0.003);
        assert!(steady.strength > silent.strength);
    }

    #[test]
    fn demand_is_none_before_the_newest_order_and_of_nan() {
        assert_eq!(FadingOrders::new(10.0, 1.0).demand(9.0), None);
        assert_eq!(FadingOrders::new(10.0, f64::NAN).demand(12.0), None);
        assert_eq!(FadingOrders::new(10.0, 1.0).demand(f64::NAN), None);
    }

    #[test]
    fn gamma_quantiles_agree_with_exact_ones() {
        // With shape 1: -ln(1 - p) at 5 and 95 %.
        assert!((gamma_quantile(1.0, 1.645) - 2.996).abs() < 0.03);
        assert!((gamma_quantile(1.0, -1.645) - 0.051).abs() < 0.02);
        // Of shape 10: 5.425 and 15.705.
        assert!((gamma_quantile(10.0, 1.645) - 15.705).abs() < 0.02);
        assert!((gamma_quantile(10.0, -1.645) - 5.425).abs() < 0.02);
        // A tiny shape is bounded by 0.
        assert!(gamma_quantile(0.01, -1.645) >= 0.0);
    }
}
