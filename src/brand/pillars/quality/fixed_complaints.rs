//! Probability that complaints fell after a page was changed, beyond what they did on matched
//! listings whose pages did not change then (`brand::voice::revision`; difference in differences of
//! beta posteriors). A complaint is a review of two stars or less: texts stay in the log, and
//! `ListVoiceTopics` tells the same of each topic. Of several changed listings the four with most
//! reviews count, by the inverse of their variance. Abstains without a change, with fewer than five
//! reviews on either side of it, and with fewer than three listings to match.

use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::Window;

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "quality.fixed_complaints",
        pillar: Pillar::Quality,
        unit: "probability",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Plain,
        inputs: &[Input::Reviews, Input::Listings],
        subject: "the probability that complaints fell after the last change",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let falls = window
        .inputs
        .revision
        .ok_or("no page has changed with enough reviews around it, here and on like listings")?;
    let fell = falls[view as usize].probability;
    let sd = libm::sqrt(fell * (1.0 - fell)).max(0.05);
    MEASURE.spec.seen(fell, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};
    use crate::brand::voice::revision::{Counts, Fall, Periods, fell};

    fn still(count: usize) -> Vec<Periods> {
        let share = Counts {
            with: 20.0,
            of: 100.0,
        };
        let before_and_after = Periods {
            before: share,
            after: share,
        };
        vec![before_and_after; count]
    }

    #[test]
    fn fewer_complaints_after_are_likely_a_fall() {
        let mut inputs = inputs(vec![month(&[])]);
        let (before, after) = (
            Counts {
                with: 9.0,
                of: 18.0,
            },
            Counts {
                with: 1.0,
                of: 38.0,
            },
        );
        let clean_fall = fell(&Periods { before, after }, &still(5)).expect("enough");
        let planted = Fall {
            probability: 0.5,
            ..clean_fall
        };
        inputs.revision = Some([planted, clean_fall]);
        // Log-odds of 1.5 to 37.5 less those of 9.5 to 9.5: -3.2, with a variance of 2/3 + 1/37.5 +
        // 2/9.5, so 3.4 standard deviations below 0; the posteriors are skewed.
        let (value, sd) = clean(&MEASURE, &inputs);
        assert!(value > 0.998 && near(sd, 0.05), "{value} {sd}");
        let raw = of(&Window::at(&inputs, 0).expect("a month"), View::Raw).expect("measured");
        assert!(near(raw.value, 0.5) && near(raw.sd, 0.5));
    }

    #[test]
    fn without_a_change_or_a_match_it_abstains() {
        let none = inputs(vec![month(&[])]);
        assert!(of(&Window::at(&none, 0).expect("a month"), View::Clean).is_err());
        let share = Counts {
            with: 3.0,
            of: 30.0,
        };
        let same = Periods {
            before: share,
            after: share,
        };
        assert!(fell(&same, &still(2)).is_none());
        let even = fell(&same, &still(5)).expect("enough");
        assert!((even.probability - 0.5).abs() < 1e-6);
    }
}
