//! Measures whether buyers look for the brand.

use super::PLAIN;
use crate::brand::inputs::{Flow, Metric, Month, Trusted};
use crate::brand::measure::{Estimate, Input, Measure, Pillar, Scale, View};
use crate::brand::window::{Mean, Sample, Window};
use crate::stats::median;

/// Share of the searches in its categories that name the brand: brand searches over category
/// searches, or the share where the source gives it. The mean over months, newer ones more. Share
/// of search leads share of market (Hankins, IPA Effectiveness, 2020).
pub(super) const SEARCH_SHARE: Measure = Measure {
    code: "demand.search_share",
    unit: "share",
    scale: Scale::Logit,
    inputs: &[Input::BrandQueries, Input::SearchShare],
    sentence: "{} of the searches in its categories name the brand",
    estimate: search_share,
    ..DEMAND
};

/// Whether buyers look for the brand more than they buy from it: the share of searches over the
/// share of the peer group's orders, as a ratio. Above 1, demand is waiting (excess share of search,
/// after Binet and Field, The Long and the Short of It, 2013, on excess share of voice).
pub(super) const SEARCH_BEYOND_SALES: Measure = Measure {
    code: "demand.search_beyond_sales",
    unit: "ratio",
    scale: Scale::Log,
    inputs: &[Input::BrandQueries, Input::SearchShare, Input::Orders],
    sentence: "Its share of searches is {} times its share of sales",
    estimate: search_beyond_sales,
    ..DEMAND
};

/// Visits to the own site that nobody paid for, a month: the median month, so that one busy month
/// changes little.
pub(super) const UNPAID_SESSIONS: Measure = Measure {
    code: "demand.unpaid_sessions",
    unit: "sessions a month",
    scale: Scale::Count,
    inputs: &[Input::SiteSessions],
    sentence: "In a typical month its own site has {} visits without advertising",
    estimate: unpaid_sessions,
    ..DEMAND
};

/// How surely orders go on: minus the log of the probability that nobody orders for half a year
/// (`brand::demand`; Schmittlein, Morrison and Colombo, 1987; Fader, Hardie and Lee, 2005). It
/// stands in where no searches and visits are known: orders also depend on size, and on what was
/// paid for them. A probability means the same in every category, so sellers are compared across
/// the whole marketplace.
pub(super) const SUSTAINED: Measure = Measure {
    code: "demand.sustained",
    unit: "minus log of the risk",
    absolute: true,
    scale: Scale::Log,
    inputs: &[Input::Orders],
    sentence: "The chance of an order in the next six months is {}",
    estimate: sustained,
    ..DEMAND
};

const DEMAND: Measure = Measure {
    pillar: Pillar::DemandPull,
    ..PLAIN
};

/// Strengths below this are not distinguished.
const STRENGTH_LEAST: f64 = 1e-9;
/// Metrics of demand itself, which rule out [`SUSTAINED`].
const DIRECT: [Metric; 3] = [
    Metric::BrandQueries,
    Metric::SearchShare,
    Metric::SiteSessions,
];

fn search_share(window: &Window<'_>, view: View) -> Option<Estimate> {
    let of_month = |month: &Month| {
        let given = month.metric(Metric::SearchShare, view);
        given.or_else(|| {
            let brand = month.metric(Metric::BrandQueries, view)?;
            let all = month.metric(Metric::CategoryQueries, view)?;
            (all.value > 0.0).then(|| Trusted {
                value: brand.value / all.value,
                trust: brand.trust.min(all.trust),
            })
        })
    };
    let mean = Mean::of(window.weighted().filter_map(|(month, weight)| {
        let Trusted { value, trust } = of_month(month)?;
        Some(Sample {
            value: value.clamp(0.0, 1.0),
            weight,
            trust,
        })
    }))?;
    Some(mean.into())
}

fn search_beyond_sales(window: &Window<'_>, view: View) -> Option<Estimate> {
    let share = SEARCH_SHARE.measure(window, view)?;
    let group = group_orders(window);
    let own = window.sum(Flow::Orders, view);
    if own <= 0.0 || group <= own {
        return None;
    }
    let ratio = share.value.max(1e-6) / (own / group);
    // The share's own deviation is of its log-odds, which move faster than its log. Orders are
    // counts: their log is off by one over their root.
    let share_sd = share.sd * (1.0 - share.value);
    let log_sd = libm::sqrt(share_sd * share_sd + 1.0 / own.max(1.0));
    Some(Estimate {
        value: ratio,
        sd: log_sd * ratio,
        trust: share.weight,
    })
}

/// Orders of the peer group, with the weights of the seller's own.
fn group_orders(window: &Window<'_>) -> f64 {
    let group = window.inputs.group_orders.get(window.start()..=window.last);
    let orders = window.weighted().zip(group.unwrap_or(&[]));
    orders.map(|((_, weight), orders)| weight * orders).sum()
}

fn unpaid_sessions(window: &Window<'_>, view: View) -> Option<Estimate> {
    let mean = window.mean(Metric::SiteSessions, view)?;
    let months = window.months().iter();
    let mut values: Vec<f64> = months
        .filter_map(|month| Some(month.metric(Metric::SiteSessions, view)?.value.max(0.0)))
        .collect();
    Some(Estimate {
        value: median(&mut values),
        ..mean.into()
    })
}

fn sustained(window: &Window<'_>, view: View) -> Option<Estimate> {
    let mut months = window.months().iter();
    let known = |month: &Month| DIRECT.iter().any(|one| month.metric(*one, view).is_some());
    if months.any(known) {
        return None;
    }
    let strength = window.months().last()?.sustained?[view as usize];
    // Compared by its log, whose deviation is the relative one.
    let value = strength.value.max(STRENGTH_LEAST);
    Some(Estimate::observed(value, strength.sd * value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::WithSd;
    use crate::brand::pillars::fixture::{abstains, clean, inputs, month, near, value, with};

    #[test]
    fn search_share_is_brand_searches_over_all() {
        let month = with(Month::default(), Metric::BrandQueries, 30.0, 0);
        let month = with(month, Metric::CategoryQueries, 600.0, 0);
        // 30 of 600; one month alone may be half off: 0.025 over 0.05 * 0.95.
        let (value, sd) = clean(&SEARCH_SHARE, &inputs(vec![month]));
        assert!(
            near(value, 0.05) && near(sd, 0.025 / 0.0475),
            "{value} {sd}"
        );
    }

    #[test]
    fn search_share_prefers_a_given_share_and_weighs_its_source() {
        let month = with(Month::default(), Metric::SearchShare, 0.2, 2);
        let month = with(month, Metric::BrandQueries, 30.0, 0);
        let found = value(&SEARCH_SHARE, &inputs(vec![month]), View::Clean).expect("measured");
        assert_eq!((found.value, found.weight), (0.2, 0.3));
        assert!(abstains(&SEARCH_SHARE, &inputs(vec![Month::default()])));
    }

    #[test]
    fn search_beyond_sales_of_a_tenth_with_a_twentieth_is_two() {
        let month = with(month(&[(Flow::Orders, 50.0)]), Metric::SearchShare, 0.1, 0);
        let mut inputs = inputs(vec![month]);
        inputs.group_orders = vec![1000.0];
        let (value, sd) = clean(&SEARCH_BEYOND_SALES, &inputs);
        assert!(near(value, 2.0), "{value}");
        // The share's own: 0.05 of 0.1; that of 50 orders: 1 / 50.
        let expected = libm::sqrt(0.25_f64 + 0.02);
        assert!(near(sd, expected), "{sd}");
    }

    #[test]
    fn search_beyond_sales_abstains_without_peers_or_sales() {
        let sole = with(month(&[(Flow::Orders, 50.0)]), Metric::SearchShare, 0.1, 0);
        let mut alone = inputs(vec![sole]);
        alone.group_orders = vec![50.0];
        assert!(abstains(&SEARCH_BEYOND_SALES, &alone));
        let mut unsold = inputs(vec![with(month(&[]), Metric::SearchShare, 0.1, 0)]);
        unsold.group_orders = vec![10.0];
        assert!(abstains(&SEARCH_BEYOND_SALES, &unsold));
    }

    #[test]
    fn unpaid_sessions_are_those_of_the_median_month() {
        let months = [100.0, 5000.0, 120.0]
            .map(|visits| with(Month::default(), Metric::SiteSessions, visits, 1));
        let inputs = inputs(months.to_vec());
        let found = value(&UNPAID_SESSIONS, &inputs, View::Clean).expect("measured");
        assert_eq!((found.value, found.weight), (120.0, 0.7));
    }

    #[test]
    fn unpaid_sessions_of_one_month_may_be_half_off() {
        let month = with(Month::default(), Metric::SiteSessions, 99.0, 0);
        let (value, sd) = clean(&UNPAID_SESSIONS, &inputs(vec![month]));
        assert!(near(value, 99.0) && near(sd, 49.5 / 100.0), "{sd}");
    }

    /// Raw and clean strengths.
    fn strengths(raw: (f64, f64), clean: (f64, f64)) -> [WithSd; 2] {
        [raw, clean].map(|(value, sd)| WithSd { value, sd })
    }

    #[test]
    fn sustained_demand_is_that_of_the_last_month() {
        let mut months = vec![month(&[]), month(&[])];
        months[0].sustained = Some(strengths((9.0, 0.1), (8.0, 0.1)));
        months[1].sustained = Some(strengths((4.0, 0.25), (3.0, 0.5)));
        let (value, sd) = clean(&SUSTAINED, &inputs(months));
        // Compared by its log: the relative deviation is the one that counts.
        assert!(near(value, 3.0) && near(sd, 0.5), "{value} {sd}");
    }

    #[test]
    fn sustained_demand_abstains_where_searches_are_known() {
        let mut months = vec![with(month(&[]), Metric::BrandQueries, 9.0, 0), month(&[])];
        months[1].sustained = Some(strengths((4.0, 0.25), (3.0, 0.5)));
        assert!(abstains(&SUSTAINED, &inputs(months)));
    }

    #[test]
    fn sustained_demand_abstains_before_the_first_order() {
        let mut inputs = inputs(vec![month(&[])]);
        assert!(abstains(&SUSTAINED, &inputs));
        inputs.months[0].sustained = Some(strengths((0.0, 2.0), (0.0, 2.0)));
        let (value, sd) = clean(&SUSTAINED, &inputs);
        assert!(near(value, STRENGTH_LEAST) && near(sd, 2.0), "{value} {sd}");
    }
}
