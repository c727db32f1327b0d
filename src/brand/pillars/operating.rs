//! Measures how well the business is run.

use super::{PLAIN, SHARE};
use crate::brand::inputs::{Flow, Metric};
use crate::brand::measure::{Estimate, Input, Measure, Pillar, Prior, View};
use crate::brand::window::{Mean, Sample, Window};

/// Completeness of the pages: the mean share of what a full page has
/// (`domain::parse::listing::page`).
pub(super) const COMPLETENESS: Measure = Measure {
    code: "operating.completeness",
    inputs: &[Input::Listings],
    sentence: "Its product pages are {} complete",
    estimate: |window, _| {
        // Pages are like each other: half a page is unknown.
        let pages = f64::from(window.inputs.pages.max(1)) + 1.0;
        let share = window.inputs.completeness?;
        Some(Estimate::observed(share, 0.2 / libm::sqrt(pages)))
    },
    ..OPERATING
};

/// Share of result pages, for searches that do not name the brand, on which it is found: the mean
/// over months.
pub(super) const VISIBILITY: Measure = Measure {
    code: "operating.visibility",
    inputs: &[Input::Visibility],
    sentence: "It is in {} of the search results for searches without its name",
    estimate: |window, view| mean_share(window, Metric::Visibility, view),
    ..OPERATING
};

/// Sales ranks of its listings: minus the mean log, newer months more.
pub(super) const RANK: Measure = Measure {
    code: "operating.rank",
    pillar: Pillar::OperatingSkill,
    unit: "minus log of rank",
    inputs: &[Input::Ranks],
    sentence: "The typical sales rank of its products is {}",
    estimate: |window, _| rank(window),
    ..PLAIN
};

/// Service to buyers: the mean of the known shares of orders that arrive, of questions that are
/// answered and of time in stock. Arrivals are shrunk to a prior of 0.95 that counts for twenty
/// orders.
pub(super) const SERVICE: Measure = Measure {
    code: "operating.service",
    inputs: &[Input::Deliveries, Input::Answers, Input::Stock],
    sentence: "Its service score is {}: orders that arrive, questions that are answered, time in stock",
    estimate: service,
    ..OPERATING
};

/// Advertising cost over revenue, from snapshots that know both where there are any, otherwise from
/// the brand metric and orders.
pub(super) const AD_INDEPENDENCE: Measure = Measure {
    code: "operating.ad_independence",
    unit: "share of revenue",
    lower_is_better: true,
    inputs: &[Input::AdSpend, Input::Prices],
    sentence: "It spends {} of its revenue on advertising",
    estimate: ad_independence,
    ..OPERATING
};

const OPERATING: Measure = Measure {
    pillar: Pillar::OperatingSkill,
    ..SHARE
};

fn mean_share(window: &Window<'_>, metric: Metric, view: View) -> Option<Estimate> {
    let mean = window.mean(metric, view)?;
    Some(Estimate {
        value: mean.value.clamp(0.0, 1.0),
        ..mean.into()
    })
}

fn rank(window: &Window<'_>) -> Option<Estimate> {
    let known = window.weighted().filter(|(month, _)| month.ranks > 0.0);
    let mean = Mean::of(known.map(|(month, weight)| Sample {
        value: -month.log_ranks / month.ranks,
        weight,
        trust: 1.0,
    }))?;
    let sd = if mean.months > 1 {
        mean.sd.max(0.1)
    } else {
        1.0
    };
    Some(Estimate::observed(mean.value, sd))
}

fn service(window: &Window<'_>, view: View) -> Option<Estimate> {
    let prior = Prior {
        share: 0.95,
        strength: 20.0,
    };
    let delivered = window.counts(Flow::Delivered, Flow::DeliveryKnown, view);
    let shares = [
        delivered.map(|counts| counts.share(prior)),
        mean_share(window, Metric::Answered, view),
        mean_share(window, Metric::InStock, view),
    ];
    let known = || shares.iter().flatten();
    let count = known().count() as f64;
    let variance: f64 = known().map(|share| share.sd * share.sd).sum();
    (count > 0.0).then(|| Estimate {
        value: known().map(|share| share.value).sum::<f64>() / count,
        sd: libm::sqrt(variance) / count,
        trust: known().map(|share| share.trust).sum::<f64>() / count,
    })
}

fn ad_independence(window: &Window<'_>, view: View) -> Option<Estimate> {
    let (mut spend, mut revenue, mut months, mut trust) = (0.0, 0.0, 0.0, 1.0);
    for (month, weight) in window.weighted() {
        spend += weight * month.ad_spend;
        revenue += weight * month.ad_revenue;
        months += f64::from(u8::from(month.ad_revenue > 0.0));
    }
    if revenue <= 0.0 {
        for (month, weight) in window.weighted() {
            let taken = month.flow(Flow::Revenue, view);
            if let Some(cost) = month.metric(Metric::AdSpend, view)
                && taken > 0.0
            {
                spend += weight * cost.value.max(0.0);
                revenue += weight * taken;
                months += 1.0;
                trust = cost.trust;
            }
        }
    }
    let share = (spend / revenue).clamp(0.0, 1.0);
    // A month's share is off by about a third of itself.
    (revenue > 0.0).then(|| Estimate {
        value: share,
        sd: share.max(0.01) / 3.0 / libm::sqrt(months),
        trust,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::Month;
    use crate::brand::pillars::fixture::{abstains, clean, inputs, month, near, value, with};

    #[test]
    fn completeness_of_three_pages_of_three_quarters() {
        let mut inputs = inputs(vec![month(&[])]);
        (inputs.completeness, inputs.pages) = (Some(0.75), 3);
        // 0.2 over the root of 4, over 0.75 * 0.25.
        let (value, sd) = clean(&COMPLETENESS, &inputs);
        assert!(near(value, 0.75) && near(sd, 0.1 / 0.1875), "{value} {sd}");
    }

    #[test]
    fn completeness_of_unknown_pages_is_not_0() {
        let mut inputs = inputs(vec![month(&[])]);
        assert!(abstains(&COMPLETENESS, &inputs));
        (inputs.completeness, inputs.pages) = (Some(0.0), 1);
        assert!(near(clean(&COMPLETENESS, &inputs).0, 0.0));
    }

    #[test]
    fn visibility_is_the_mean_of_months() {
        let months = [0.2, 0.4].map(|share| with(Month::default(), Metric::Visibility, share, 0));
        // The newer month counts 1, the other 2^(-1/6).
        let fade = libm::exp2(-1.0 / 6.0);
        let (value, _) = clean(&VISIBILITY, &inputs(months.to_vec()));
        assert!(near(value, (0.4 + 0.2 * fade) / (1.0 + fade)), "{value}");
    }

    #[test]
    fn visibility_of_one_month_may_be_half_off() {
        let month = with(Month::default(), Metric::Visibility, 0.2, 2);
        let (value, sd) = clean(&VISIBILITY, &inputs(vec![month]));
        assert!(near(value, 0.2) && near(sd, 0.1 / 0.16), "{value} {sd}");
    }

    #[test]
    fn rank_of_10_and_1000_is_that_of_100_twice() {
        let mut month = month(&[]);
        (month.log_ranks, month.ranks) = (libm::log(10.0) + libm::log(1000.0), 2.0);
        let (value, sd) = clean(&RANK, &inputs(vec![month]));
        assert!(
            near(value, -libm::log(100.0)) && near(sd, 1.0),
            "{value} {sd}"
        );
    }

    #[test]
    fn rank_that_never_moves_is_known_to_a_tenth() {
        let mut month = month(&[]);
        month.ranks = 4.0;
        let (value, sd) = clean(&RANK, &inputs(vec![month; 4]));
        assert!(near(value, 0.0) && near(sd, 0.1), "{value} {sd}");
    }

    #[test]
    fn service_is_the_mean_of_three_shares() {
        let month = month(&[(Flow::DeliveryKnown, 80.0), (Flow::Delivered, 71.0)]);
        let month = with(month, Metric::Answered, 0.6, 2);
        let month = with(month, Metric::InStock, 0.6, 2);
        // (71 + 19) of 100, 0.6 and 0.6.
        let found = value(&SERVICE, &inputs(vec![month]), View::Clean).expect("measured");
        assert!(near(found.value, 0.7), "{}", found.value);
        assert!(near(found.weight, 1.6 / 3.0), "{}", found.weight);
    }

    #[test]
    fn service_of_deliveries_alone_is_their_share() {
        let month = month(&[(Flow::DeliveryKnown, 20.0), (Flow::Delivered, 17.0)]);
        // (17 + 19) of 40.
        let (value, sd) = clean(&SERVICE, &inputs(vec![month]));
        let expected = libm::sqrt(0.09 / 41.0) / 0.09;
        assert!(near(value, 0.9) && near(sd, expected), "{value} {sd}");
    }

    #[test]
    fn ad_independence_is_cost_over_revenue_of_snapshots() {
        let mut month = month(&[(Flow::Revenue, 7.0)]);
        (month.ad_spend, month.ad_revenue) = (20.0, 200.0);
        let month = with(month, Metric::AdSpend, 7.0, 0);
        let (value, sd) = clean(&AD_INDEPENDENCE, &inputs(vec![month]));
        assert!(
            near(value, 0.1) && near(sd, 0.1 / 3.0 / 0.09),
            "{value} {sd}"
        );
    }

    #[test]
    fn ad_independence_uses_the_brand_metric_without_snapshots() {
        let month = with(month(&[(Flow::Revenue, 400.0)]), Metric::AdSpend, 100.0, 2);
        let inputs = inputs(vec![month]);
        let found = value(&AD_INDEPENDENCE, &inputs, View::Clean).expect("measured");
        assert_eq!((found.value, found.weight), (0.25, 0.3));
        assert!(near(
            clean(&AD_INDEPENDENCE, &inputs).1,
            0.25 / 3.0 / 0.1875
        ));
    }
}
