//! Measures whether the goods are good, and get better.

use super::SHARE;
use crate::brand::inputs::Flow;
use crate::brand::measure::{Counts, Estimate, Input, Measure, Pillar, Prior, Scale, View};
use crate::brand::window::Window;

/// Mean stars of reviews, newer ones more, shrunk to the mean of the category, which counts for ten
/// reviews (an empirical Bayes mean; Efron and Morris, 1975).
pub(super) const RATING: Measure = Measure {
    code: "quality.rating",
    unit: "stars",
    scale: Scale::Plain,
    inputs: &[Input::Reviews],
    sentence: "The average rating is {} stars",
    estimate: rating,
    ..QUALITY
};

/// Share of the goods sold that were returned: units returned by snapshots where they count them,
/// otherwise orders refunded. A beta posterior whose prior is the category's share and counts for
/// twenty.
pub(super) const RETURNS: Measure = Measure {
    code: "quality.returns",
    lower_is_better: true,
    inputs: &[Input::Returns, Input::Refunds],
    sentence: "{} of the goods sold were returned or refunded",
    estimate: returns,
    ..QUALITY
};

/// Probability that complaints fell after a page was changed, beyond what they did on matched
/// listings whose pages did not change then (`brand::voice::revision`; difference in differences of
/// beta posteriors). A complaint is a review of two stars or less: texts stay in the log, and
/// `ListVoiceTopics` gives the same for each topic. Of several changed listings the four with most
/// reviews count, by the inverse of their variance. Abstains without a change, with fewer than five
/// reviews on either side of it, and with fewer than three listings to match.
pub(super) const FIXED_COMPLAINTS: Measure = Measure {
    code: "quality.fixed_complaints",
    unit: "probability",
    scale: Scale::Plain,
    inputs: &[Input::Reviews, Input::Listings],
    sentence: "The chance that complaints fell after a page change is {}",
    estimate: |window, view| {
        let fell = window.inputs.revision?[view as usize].probability;
        let sd = libm::sqrt(fell * (1.0 - fell)).max(0.05);
        Some(Estimate::observed(fell, sd))
    },
    ..QUALITY
};

const QUALITY: Measure = Measure {
    pillar: Pillar::Quality,
    ..SHARE
};

/// Reviews that the category's mean counts for.
const RATING_PRIOR: f64 = 10.0;
/// Stars of a category without reviews.
const RATING_PRIOR_STARS: f64 = 4.0;
/// Share of returns of a category of which nothing is known.
const RETURNS_PRIOR_SHARE: f64 = 0.05;

fn rating(window: &Window<'_>, view: View) -> Option<Estimate> {
    let reviews = window.sum(Flow::Reviews, view);
    if reviews <= 0.0 {
        return None;
    }
    let prior = window.inputs.group_rating.unwrap_or(RATING_PRIOR_STARS);
    let count = reviews + RATING_PRIOR;
    let mean = (window.sum(Flow::Stars, view) + RATING_PRIOR * prior) / count;
    let squares = window.sum(Flow::SquaredStars, view) + RATING_PRIOR * (prior * prior + 1.0);
    let variance = (squares / count - mean * mean).max(0.0);
    Some(Estimate::observed(mean, libm::sqrt(variance / count)))
}

fn returns(window: &Window<'_>, view: View) -> Option<Estimate> {
    let (mut returned, mut sold) = (0.0, 0.0);
    for (month, weight) in window.weighted() {
        returned += weight * month.returned;
        sold += weight * month.sold;
    }
    if sold <= 0.0 {
        returned = window.sum(Flow::Refunded, view);
        sold = window.sum(Flow::RefundKnown, view);
    }
    let counts = Counts {
        hits: returned.min(sold),
        all: sold,
    };
    let group = window.inputs.group_refunds;
    (sold > 0.0).then(|| {
        counts.share(Prior {
            share: group.unwrap_or(RETURNS_PRIOR_SHARE),
            strength: 20.0,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::fixture::{abstains, clean, inputs, month, near, value};
    use crate::brand::voice::revision::{self, Fall, Periods, complaint_fall};

    #[test]
    fn rating_of_ten_fives_among_fours_is_halfway() {
        let month = month(&[
            (Flow::Reviews, 10.0),
            (Flow::Stars, 50.0),
            (Flow::SquaredStars, 250.0),
        ]);
        let mut inputs = inputs(vec![month]);
        inputs.group_rating = Some(4.0);
        // (50 + 10 * 4) / 20; squares (250 + 10 * 17) / 20 = 21, variance 21 - 20.25.
        let (value, sd) = clean(&RATING, &inputs);
        assert!(
            near(value, 4.5) && near(sd, libm::sqrt(0.75 / 20.0)),
            "{value} {sd}"
        );
    }

    #[test]
    fn rating_of_one_review_is_uncertain() {
        let month = month(&[
            (Flow::Reviews, 1.0),
            (Flow::Stars, 1.0),
            (Flow::SquaredStars, 1.0),
        ]);
        let mut inputs = inputs(vec![month]);
        inputs.group_rating = Some(4.3);
        let (value, sd) = clean(&RATING, &inputs);
        assert!(near(value, 44.0 / 11.0) && sd > 0.3, "{value} {sd}");
    }

    #[test]
    fn refunds_are_shrunk_to_the_category() {
        let month = month(&[(Flow::RefundKnown, 80.0), (Flow::Refunded, 8.0)]);
        let mut inputs = inputs(vec![month]);
        inputs.group_refunds = Some(0.05);
        // (8 + 20 * 0.05) / 100 = 0.09.
        let (value, sd) = clean(&RETURNS, &inputs);
        let expected = libm::sqrt(0.09 * 0.91 / 101.0) / (0.09 * 0.91);
        assert!(near(value, 0.09) && near(sd, expected), "{value} {sd}");
    }

    #[test]
    fn returns_prefer_snapshots_and_abstain_without_either() {
        let mut sold = month(&[(Flow::RefundKnown, 80.0), (Flow::Refunded, 80.0)]);
        (sold.sold, sold.returned) = (80.0, 0.0);
        let (value, _) = clean(&RETURNS, &inputs(vec![sold]));
        assert!(near(value, 20.0 * RETURNS_PRIOR_SHARE / 100.0), "{value}");
        let unknown = inputs(vec![month(&[(Flow::Orders, 5.0)])]);
        assert!(abstains(&RETURNS, &unknown));
    }

    const fn counts(with: f64, of: f64) -> revision::Counts {
        revision::Counts { with, of }
    }

    fn steady(share: revision::Counts, count: usize) -> Vec<Periods> {
        let before_and_after = Periods {
            before: share,
            after: share,
        };
        vec![before_and_after; count]
    }

    #[test]
    fn fewer_complaints_after_a_change_are_likely_a_fall() {
        let mut inputs = inputs(vec![month(&[])]);
        let changed = Periods {
            before: counts(9.0, 18.0),
            after: counts(1.0, 38.0),
        };
        let clean_fall = complaint_fall(&changed, &steady(counts(20.0, 100.0), 5)).expect("enough");
        let raw_fall = Fall {
            probability: 0.5,
            ..clean_fall
        };
        inputs.revision = Some([raw_fall, clean_fall]);
        // Log-odds of 1.5 to 37.5 less those of 9.5 to 9.5: -3.2, with a variance of 2/3 + 1/37.5 +
        // 2/9.5, so 3.4 standard deviations below 0; the posteriors are skewed.
        let (clean_value, sd) = clean(&FIXED_COMPLAINTS, &inputs);
        assert!(clean_value > 0.998 && near(sd, 0.05), "{clean_value} {sd}");
        let raw = value(&FIXED_COMPLAINTS, &inputs, View::Raw).expect("measured");
        assert!(near(raw.value, 0.5) && near(raw.sd, 0.5));
    }

    #[test]
    fn fixed_complaints_abstain_without_a_change_or_a_match() {
        assert!(abstains(&FIXED_COMPLAINTS, &inputs(vec![month(&[])])));
        let share = counts(3.0, 30.0);
        let same = Periods {
            before: share,
            after: share,
        };
        let matched = |count: usize| steady(counts(20.0, 100.0), count);
        assert!(complaint_fall(&same, &matched(2)).is_none());
        let even = complaint_fall(&same, &matched(5)).expect("enough");
        assert!((even.probability - 0.5).abs() < 1e-6);
    }
}
