//! Measures whether sales depend on more than one market, channel and product.

use super::SHARE;
use crate::brand::inputs::{Breakdown, Flow, Metric};
use crate::brand::measure::{Counts, Estimate, Input, Measure, Pillar, Prior, Scale, View};
use crate::brand::window::Window;

/// Effective number of countries by orders: one over the probability that two orders go to the same
/// one (Hill number of order 2; the inverse of Herfindahl's index without its bias, Simpson, 1949).
pub(super) const MARKETS: Measure = Measure {
    code: "resilience.markets",
    sentence: "Its orders are spread as over {} countries of equal size",
    inputs: &[Input::Destinations],
    estimate: |window, view| effective(window, &window.inputs.markets, view),
    ..EFFECTIVE
};

/// Effective number of marketplaces by orders, the own site being one more.
pub(super) const PLATFORMS: Measure = Measure {
    code: "resilience.platforms",
    sentence: "Its orders are spread as over {} sales channels of equal size",
    inputs: &[Input::Orders, Input::SiteOrders],
    estimate: |window, view| effective(window, &window.inputs.platforms, view),
    ..EFFECTIVE
};

/// Effective number of listings by orders.
pub(super) const PRODUCTS: Measure = Measure {
    code: "resilience.products",
    sentence: "Its orders are spread as over {} products of equal size",
    inputs: &[Input::Orders],
    estimate: |window, view| effective(window, &window.inputs.products, view),
    ..EFFECTIVE
};

/// Share of orders outside the three customary markets, North America, the EU and ASEAN: a beta
/// posterior whose prior is a tenth and counts for ten orders.
pub(super) const NEW_MARKETS: Measure = Measure {
    code: "resilience.new_markets",
    sentence: "{} of the orders go to countries outside North America, the EU and ASEAN",
    inputs: &[Input::Destinations],
    estimate: |window, view| {
        let counts = window.counts(Flow::OutsideCustomary, Flow::DestinationKnown, view)?;
        Some(counts.share(Prior {
            share: 0.1,
            strength: 10.0,
        }))
    },
    ..RESILIENCE
};

/// Share of orders on the own site, of these and the marketplaces': a beta posterior whose prior is
/// a twentieth and counts for ten orders.
pub(super) const OWN_CHANNEL: Measure = Measure {
    code: "resilience.own_channel",
    sentence: "{} of the orders are on its own site",
    inputs: &[Input::SiteOrders, Input::Orders],
    estimate: own_channel,
    ..RESILIENCE
};

const RESILIENCE: Measure = Measure {
    pillar: Pillar::Resilience,
    ..SHARE
};

const EFFECTIVE: Measure = Measure {
    unit: "effective number",
    scale: Scale::Log,
    ..RESILIENCE
};

fn own_channel(window: &Window<'_>, view: View) -> Option<Estimate> {
    let mut newest_trust = None;
    let mut own = 0.0;
    for (month, weight) in window.weighted() {
        if let Some(orders) = month.metric(Metric::SiteOrders, view) {
            own += weight * orders.value.max(0.0);
            newest_trust = Some(orders.trust);
        }
    }
    let counts = Counts {
        hits: own,
        all: own + window.sum(Flow::Orders, view),
    };
    let prior = Prior {
        share: 0.05,
        strength: 10.0,
    };
    Some(Estimate {
        trust: newest_trust?,
        ..counts.share(prior)
    })
}

fn effective(window: &Window<'_>, breakdown: &Breakdown, view: View) -> Option<Estimate> {
    effective_number(&window.weights(breakdown, view))
}

/// The effective number of kinds by their weights: one over the probability that two of the things
/// counted are of one kind, without the bias of small counts (Simpson, 1949). Its standard deviation
/// is by the delta method. None without weights; weights below two count as two.
fn effective_number(weights: &[f64]) -> Option<Estimate> {
    let total: f64 = weights.iter().sum();
    if total <= 0.0 || !total.is_finite() {
        return None;
    }
    let count = total.max(2.0);
    let (squares, cubes) = weights.iter().fold((0.0, 0.0), |(squares, cubes), weight| {
        let share = weight / total;
        (squares + share * share, cubes + share * share * share)
    });
    let kinds = weights.iter().filter(|weight| **weight > 0.0).count() as f64;
    let unbiased = (squares * count - 1.0) / (count - 1.0);
    // Above the number of kinds there is nothing; chance alone gives less than 0.
    let agree = unbiased.clamp(1.0 / (2.0 * kinds), 1.0);
    let variance = (4.0 / count) * (cubes - squares * squares).max(0.0);
    let number = 1.0 / agree;
    // With one kind seen, how rare others are is known to about one over the count.
    let sd = libm::sqrt(variance).max(1.0 / (count + 1.0)) * number * number;
    Some(Estimate::observed(number, sd.min(number)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::{BreakdownCell, Inputs};
    use crate::brand::pillars::fixture::{abstains, clean, inputs, month, near, with};

    #[test]
    fn effective_number_of_three_quarters_and_one() {
        // 30 and 10: (30 * 29 + 10 * 9) / (40 * 39).
        let number = effective_number(&[30.0, 10.0]).expect("orders").value;
        assert!((number - 1560.0 / 960.0).abs() < 1e-9, "{number}");
    }

    #[test]
    fn effective_number_of_tiny_weights_is_bounded() {
        assert_eq!(effective_number(&[]), None);
        assert_eq!(effective_number(&[0.0]), None);
        let Estimate { value, sd, .. } = effective_number(&[0.1, 0.1]).expect("something");
        assert!(value <= 4.0 && sd >= 1.0, "{value} {sd}");
    }

    /// The breakdown of a measure among the inputs.
    type Field = fn(&mut Inputs) -> &mut Breakdown;

    /// Inputs with a breakdown of orders by key.
    fn broken_down(of: Field, orders: &[f64]) -> Inputs {
        let mut inputs = inputs(vec![month(&[(Flow::Orders, orders.iter().sum())])]);
        let cells = (0..).zip(orders).map(|(key, orders)| BreakdownCell {
            month: 0,
            key,
            weights: [*orders; 2],
        });
        *of(&mut inputs) = Breakdown {
            keys: orders.len(),
            cells: cells.collect(),
        };
        inputs
    }

    #[test]
    fn effective_numbers_of_even_halves_of_one_and_of_none() {
        let cases: [(&Measure, Field); 3] = [
            (&MARKETS, |inputs| &mut inputs.markets),
            (&PLATFORMS, |inputs| &mut inputs.platforms),
            (&PRODUCTS, |inputs| &mut inputs.products),
        ];
        for (measure, of) in cases {
            // Pairs that agree: (2 * 50 * 50 - 100) / (100 * 100 - 100) = 0.49495.
            let (value, _) = clean(measure, &broken_down(of, &[50.0, 50.0]));
            assert!(near(value, 9900.0 / 4900.0), "{value}");
            let (value, sd) = clean(measure, &broken_down(of, &[8.0]));
            assert!(near(value, 1.0) && sd > 0.05, "{value} {sd}");
            let unknown = inputs(vec![month(&[(Flow::Orders, 8.0)])]);
            assert!(abstains(measure, &unknown));
        }
    }

    #[test]
    fn new_markets_are_shrunk_to_the_prior() {
        let month = month(&[
            (Flow::DestinationKnown, 30.0),
            (Flow::OutsideCustomary, 9.0),
        ]);
        // (9 + 1) of 40.
        let (value, sd) = clean(&NEW_MARKETS, &inputs(vec![month]));
        let mean = 0.25;
        let spread = libm::sqrt(mean * (1.0 - mean) / (30.0 + 10.0 + 1.0));
        assert!(
            near(value, mean) && near(sd, spread / (mean * (1.0 - mean))),
            "{value} {sd}"
        );
    }

    #[test]
    fn new_markets_of_one_are_uncertain_and_of_none_abstain() {
        let one = month(&[(Flow::DestinationKnown, 1.0), (Flow::OutsideCustomary, 1.0)]);
        let (value, sd) = clean(&NEW_MARKETS, &inputs(vec![one]));
        assert!(near(value, 2.0 / 11.0) && sd > 0.3, "{value} {sd}");
        assert!(abstains(&NEW_MARKETS, &inputs(vec![month(&[])])));
    }

    #[test]
    fn own_channel_is_its_share_of_all_orders() {
        let month = with(month(&[(Flow::Orders, 20.5)]), Metric::SiteOrders, 9.5, 1);
        // (9.5 + 0.5) of 40.
        let (value, sd) = clean(&OWN_CHANNEL, &inputs(vec![month]));
        let expected = libm::sqrt(0.1875 / 41.0) / 0.1875;
        assert!(near(value, 0.25) && near(sd, expected), "{value} {sd}");
    }

    #[test]
    fn own_channel_abstains_where_the_site_is_unknown_and_not_where_it_sells_nothing() {
        let unknown = inputs(vec![month(&[(Flow::Orders, 20.0)])]);
        assert!(abstains(&OWN_CHANNEL, &unknown));
        let zero = with(month(&[(Flow::Orders, 40.0)]), Metric::SiteOrders, 0.0, 0);
        let (value, _) = clean(&OWN_CHANNEL, &inputs(vec![zero]));
        assert!(near(value, 0.01), "{value}");
    }
}
