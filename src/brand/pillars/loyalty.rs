//! Measures whether buyers return.

use super::SHARE;
use crate::brand::inputs::Flow;
use crate::brand::measure::{Counts, Input, Measure, Pillar, Prior, View};

/// Share of a month's buyers who bought on an earlier day: a beta posterior whose prior is the
/// category's share and counts for ten buyers (a beta-binomial model of repeat buying; Ehrenberg,
/// Repeat-Buying, 1988).
pub(super) const REPEAT_BUYERS: Measure = Measure {
    code: "loyalty.repeat_buyers",
    sentence: "{} of the buyers in a month had bought from it before",
    inputs: &[Input::Buyers],
    estimate: |window, view| {
        let counts = window.counts(Flow::ReturningBuyers, Flow::Buyers, view)?;
        Some(counts.share(Prior {
            share: window.inputs.group_returning.unwrap_or(0.1),
            strength: 10.0,
        }))
    },
    ..LOYALTY
};

/// Share of the revenue from buyers who bought on an earlier day, in the main currency. It is
/// shrunk as the share of buyers is, a buyer's mean revenue in a month counting as one.
pub(super) const REPEAT_REVENUE: Measure = Measure {
    code: "loyalty.repeat_revenue",
    sentence: "{} of its revenue is from buyers who had bought from it before",
    inputs: &[Input::Buyers, Input::Prices],
    estimate: |window, view| {
        let buyers = window.sum(Flow::Buyers, view);
        let revenue = window.sum(Flow::BuyerRevenue, view);
        let share = (window.sum(Flow::ReturningRevenue, view) / revenue).clamp(0.0, 1.0);
        let counts = Counts {
            hits: share * buyers,
            all: buyers,
        };
        (buyers > 0.0 && revenue > 0.0).then(|| {
            counts.share(Prior {
                share: window.inputs.group_returning.unwrap_or(0.1),
                strength: 10.0,
            })
        })
    },
    ..LOYALTY
};

/// Share of a month's reviewers who reviewed another listing of the seller before, if no buyer is
/// known. A beta posterior whose prior is a twentieth and counts for twenty reviewers.
pub(super) const REPEAT_REVIEWERS: Measure = Measure {
    code: "loyalty.repeat_reviewers",
    sentence: "{} of the reviewers in a month had reviewed another of its products before",
    inputs: &[Input::Reviews],
    estimate: |window, view| {
        if window.sum(Flow::Buyers, View::Raw) > 0.0 {
            return None;
        }
        let counts = window.counts(Flow::ReturningReviewers, Flow::Reviewers, view)?;
        Some(counts.share(Prior {
            share: 0.05,
            strength: 20.0,
        }))
    },
    ..LOYALTY
};

/// Share of a month's buyers who have bought more than one of the seller's listings: a beta
/// posterior whose prior is the category's share and counts for twenty buyers.
pub(super) const CROSS_LISTING: Measure = Measure {
    code: "loyalty.cross_listing",
    sentence: "{} of the buyers in a month have bought more than one of its products",
    inputs: &[Input::Buyers],
    estimate: |window, view| {
        let counts = window.counts(Flow::CrossListingBuyers, Flow::Buyers, view)?;
        Some(counts.share(Prior {
            share: window.inputs.group_crossing.unwrap_or(0.05),
            strength: 20.0,
        }))
    },
    ..LOYALTY
};

const LOYALTY: Measure = Measure {
    pillar: Pillar::Loyalty,
    ..SHARE
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::fixture::{abstains, clean, inputs, month, near};

    /// Standard deviation of a posterior with this mean and count, on the scale of log-odds.
    fn posterior_sd(mean: f64, count: f64) -> f64 {
        let variance = mean * (1.0 - mean);
        libm::sqrt(variance / (count + 1.0)) / variance
    }

    #[test]
    fn repeat_buyers_are_shrunk_to_the_prior() {
        let month = month(&[(Flow::Buyers, 30.0), (Flow::ReturningBuyers, 9.0)]);
        // (9 + 1) of 40.
        let (value, sd) = clean(&REPEAT_BUYERS, &inputs(vec![month]));
        assert!(
            near(value, 0.25) && near(sd, posterior_sd(0.25, 40.0)),
            "{value} {sd}"
        );
    }

    #[test]
    fn repeat_buyers_of_one_are_uncertain_and_of_none_abstain() {
        let one = month(&[(Flow::Buyers, 1.0), (Flow::ReturningBuyers, 1.0)]);
        let (value, sd) = clean(&REPEAT_BUYERS, &inputs(vec![one]));
        assert!(near(value, 2.0 / 11.0) && sd > 0.3, "{value} {sd}");
        assert!(abstains(&REPEAT_BUYERS, &inputs(vec![month(&[])])));
    }

    #[test]
    fn cross_listing_is_shrunk_to_the_prior() {
        let month = month(&[(Flow::Buyers, 20.0), (Flow::CrossListingBuyers, 9.0)]);
        // (9 + 1) of 40.
        let (value, sd) = clean(&CROSS_LISTING, &inputs(vec![month]));
        assert!(
            near(value, 0.25) && near(sd, posterior_sd(0.25, 40.0)),
            "{value} {sd}"
        );
    }

    #[test]
    fn cross_listing_of_one_is_uncertain_and_of_none_abstains() {
        let one = month(&[(Flow::Buyers, 1.0), (Flow::CrossListingBuyers, 1.0)]);
        let (value, sd) = clean(&CROSS_LISTING, &inputs(vec![one]));
        assert!(near(value, 2.0 / 21.0) && sd > 0.3, "{value} {sd}");
        assert!(abstains(&CROSS_LISTING, &inputs(vec![month(&[])])));
    }

    #[test]
    fn repeat_reviewers_replace_unknown_buyers() {
        let month = month(&[(Flow::Reviewers, 20.0), (Flow::ReturningReviewers, 3.0)]);
        // (3 + 1) of 40.
        let (value, sd) = clean(&REPEAT_REVIEWERS, &inputs(vec![month]));
        assert!(
            near(value, 0.1) && near(sd, posterior_sd(0.1, 40.0)),
            "{value} {sd}"
        );
    }

    #[test]
    fn repeat_reviewers_abstain_where_buyers_are_known() {
        let known = inputs(vec![month(&[(Flow::Reviewers, 20.0), (Flow::Buyers, 1.0)])]);
        assert!(abstains(&REPEAT_REVIEWERS, &known));
        let one = month(&[(Flow::Reviewers, 1.0), (Flow::ReturningReviewers, 1.0)]);
        let (value, _) = clean(&REPEAT_REVIEWERS, &inputs(vec![one]));
        assert!(near(value, 2.0 / 21.0), "{value}");
    }

    #[test]
    fn repeat_revenue_counts_by_buyers() {
        let month = month(&[
            (Flow::Buyers, 30.0),
            (Flow::BuyerRevenue, 600.0),
            (Flow::ReturningRevenue, 180.0),
        ]);
        // 0.3 of 30 buyers and a tenth of 10 more: 10 of 40.
        let (value, sd) = clean(&REPEAT_REVENUE, &inputs(vec![month]));
        assert!(
            near(value, 0.25) && near(sd, posterior_sd(0.25, 40.0)),
            "{value} {sd}"
        );
    }

    #[test]
    fn repeat_revenue_abstains_without_prices() {
        let free = inputs(vec![month(&[(Flow::Buyers, 30.0)])]);
        assert!(abstains(&REPEAT_REVENUE, &free));
        let one = month(&[
            (Flow::Buyers, 1.0),
            (Flow::BuyerRevenue, 9.0),
            (Flow::ReturningRevenue, 9.0),
        ]);
        let (value, sd) = clean(&REPEAT_REVENUE, &inputs(vec![one]));
        assert!(near(value, 2.0 / 11.0) && sd > 0.3, "{value} {sd}");
    }
}
