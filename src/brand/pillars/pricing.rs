//! Measures whether buyers pay more for the brand.

use super::{PLAIN, SHARE};
use crate::brand::inputs::{Flow, Metric};
use crate::brand::measure::{Counts, Estimate, Input, Measure, Pillar, Prior, View};
use crate::brand::slope::{Point, elasticity};
use crate::brand::window::Window;

/// Premium over the prices of like goods: the seller's part of a hedonic regression of log prices
/// within the category, as a share of the price (`brand::hedonic`; Rosen, 1974). It is of the newest
/// prices, whatever the month.
pub(super) const HEDONIC_PREMIUM: Measure = Measure {
    code: "pricing.hedonic_premium",
    unit: "share of the price",
    inputs: &[Input::PeerPrices],
    sentence: "Compared with similar goods, its prices differ by {}",
    estimate: |window, _| {
        let log = window.inputs.premium?;
        let (premium, slope) = (libm::expm1(log.value), libm::exp(log.value));
        Some(Estimate::observed(premium, log.sd * slope))
    },
    ..PRICING
};

/// Revenue of the brand's listings beyond that of unbranded ones of the category, as the log of the
/// ratio, as revenues are skewed (Ailawadi, Lehmann and Neslin, 2003;
/// `brand::hedonic::revenue_premium`). It is of the newest year, whatever the month.
pub(super) const REVENUE_PREMIUM: Measure = Measure {
    code: "pricing.revenue_premium",
    unit: "log ratio",
    inputs: &[Input::Prices],
    sentence: "Compared with goods without a brand, its revenue per listing differs by {}",
    estimate: |window, _| {
        let premium = window.inputs.revenue_premium?;
        let ratio = (1.0 + premium.value).max(1e-3);
        Some(Estimate::observed(libm::log(ratio), premium.sd / ratio))
    },
    ..PRICING
};

/// Share of orders without a promotion: a beta posterior whose prior is 0.8 and counts for ten
/// orders.
pub(super) const FULL_PRICE: Measure = Measure {
    code: "pricing.full_price",
    pillar: Pillar::PricingPower,
    inputs: &[Input::Promotions],
    sentence: "{} of the orders are at full price",
    estimate: |window, view| {
        let all = window.sum(Flow::PromotionKnown, view);
        let counts = Counts {
            hits: (all - window.sum(Flow::Promoted, view)).max(0.0),
            all,
        };
        (all > 0.0).then(|| {
            counts.share(Prior {
                share: 0.8,
                strength: 10.0,
            })
        })
    },
    ..SHARE
};

/// Share of a rise of its costs that a seller passes on (pass-through; Weyl and Fabinger, 2013). The
/// slope of the log of the mean price of a unit on the log of its cost, over the months that know
/// both, by ridge regression towards 0.
pub(super) const PASS_THROUGH: Measure = Measure {
    code: "pricing.pass_through",
    unit: "elasticity",
    inputs: &[Input::UnitCost, Input::Prices],
    sentence: "When its costs rise by 10 %, its prices change by about {}",
    estimate: pass_through,
    ..PRICING
};

const PRICING: Measure = Measure {
    pillar: Pillar::PricingPower,
    ..PLAIN
};

/// Squares of log costs that the prior adds.
const COST_RIDGE: f64 = 0.01;

fn pass_through(window: &Window<'_>, view: View) -> Option<Estimate> {
    let points = window.months().iter().filter_map(|month| {
        let units = month.flow(Flow::PricedUnits, view);
        let revenue = month.flow(Flow::Revenue, view);
        let cost = month.metric(Metric::UnitCost, view)?;
        (cost.value > 0.0 && units > 0.0 && revenue > 0.0).then(|| Point {
            x: libm::log(cost.value),
            y: libm::log(revenue / units),
            trust: cost.trust,
        })
    });
    elasticity(&points.collect::<Vec<Point>>(), COST_RIDGE, -1.0..=2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::WithSd;
    use crate::brand::pillars::fixture::{abstains, clean, inputs, month, near, with};

    const fn with_sd(value: f64, sd: f64) -> WithSd {
        WithSd { value, sd }
    }

    #[test]
    fn hedonic_premium_is_a_share_of_the_price() {
        let mut inputs = inputs(vec![month(&[])]);
        inputs.premium = Some(with_sd(0.1, 0.05));
        let (value, sd) = clean(&HEDONIC_PREMIUM, &inputs);
        assert!(near(value, 0.105_170_918_075_647_6), "{value}");
        assert!(near(sd, 0.05 * 1.105_170_918_075_647_6), "{sd}");
    }

    #[test]
    fn hedonic_premium_abstains_without_like_goods() {
        let mut inputs = inputs(vec![month(&[])]);
        assert!(abstains(&HEDONIC_PREMIUM, &inputs));
        inputs.premium = Some(with_sd(0.0, 0.2));
        assert_eq!(clean(&HEDONIC_PREMIUM, &inputs), (0.0, 0.2));
    }

    #[test]
    fn revenue_premium_of_twice_the_revenue_is_the_log_of_two() {
        let mut inputs = inputs(vec![month(&[])]);
        inputs.revenue_premium = Some(with_sd(1.0, 0.5));
        let (value, sd) = clean(&REVENUE_PREMIUM, &inputs);
        assert!(
            near(value, core::f64::consts::LN_2) && near(sd, 0.25),
            "{value} {sd}"
        );
    }

    #[test]
    fn revenue_premium_without_sales_is_bounded() {
        let mut inputs = inputs(vec![month(&[])]);
        inputs.revenue_premium = Some(with_sd(-1.0, 0.0));
        let (value, _) = clean(&REVENUE_PREMIUM, &inputs);
        assert!(near(value, libm::log(1e-3)), "{value}");
    }

    #[test]
    fn full_price_counts_orders_without_promotion() {
        let month = month(&[(Flow::PromotionKnown, 30.0), (Flow::Promoted, 8.0)]);
        // (22 + 8) of 40.
        let (value, sd) = clean(&FULL_PRICE, &inputs(vec![month]));
        let expected = libm::sqrt(0.1875 / 41.0) / 0.1875;
        assert!(near(value, 0.75) && near(sd, expected), "{value} {sd}");
    }

    #[test]
    fn full_price_abstains_where_promotions_are_unknown() {
        let unknown = inputs(vec![month(&[(Flow::Orders, 30.0)])]);
        assert!(abstains(&FULL_PRICE, &unknown));
        let one = month(&[(Flow::PromotionKnown, 1.0), (Flow::Promoted, 1.0)]);
        let (value, _) = clean(&FULL_PRICE, &inputs(vec![one]));
        assert!(near(value, 8.0 / 11.0), "{value}");
    }

    #[test]
    fn pass_through_of_prices_that_follow_costs_half_way() {
        let months = (0..8).map(|n| {
            let cost = libm::exp(f64::from(n) * 0.5);
            let price = 3.0 * libm::sqrt(cost);
            let month = month(&[(Flow::PricedUnits, 2.0), (Flow::Revenue, 2.0 * price)]);
            with(month, Metric::UnitCost, cost, 0)
        });
        // Costs' spread: 0.25 * 42 = 10.5; the ridge adds 0.01. Slope 0.5 * 10.5 / 10.51.
        let (value, _) = clean(&PASS_THROUGH, &inputs(months.collect()));
        assert!(near(value, 0.5 * 10.5 / 10.51), "{value}");
    }

    #[test]
    fn pass_through_of_constant_costs_is_uncertain() {
        let month = month(&[(Flow::PricedUnits, 2.0), (Flow::Revenue, 8.0)]);
        let month = with(month, Metric::UnitCost, 2.0, 2);
        let (value, sd) = clean(&PASS_THROUGH, &inputs(vec![month.clone(); 8]));
        assert!(near(value, 0.0) && sd >= 0.99, "{value} {sd}");
        assert!(abstains(&PASS_THROUGH, &inputs(vec![month; 5])));
    }
}
