//! How near the top its listings sell: minus the mean log of their sales ranks, newer months more.

use crate::brand::measure::{Input, Measure, Measured, Pillar, Scale, Spec, View};
use crate::brand::window::{Mean, Window};

/// The measure.
pub(crate) const MEASURE: Measure = Measure {
    spec: Spec {
        code: "operating.rank",
        pillar: Pillar::OperatingSkill,
        unit: "minus log of rank",
        lower_is_better: false,
        absolute: false,
        scale: Scale::Plain,
        inputs: &[Input::Ranks],
        subject: "the sales rank of its listings",
    },
    of,
};

fn of(window: &Window<'_>, view: View) -> Measured {
    let ranks = window.weighted().filter_map(|(month, weight)| {
        let (sum, count) = month.ranks;
        (count > 0.0).then(|| (-sum / count, weight, 1.0))
    });
    let mean = Mean::of(ranks).ok_or("no sales rank is known")?;
    let _ = view;
    let sd = if mean.months > 1 {
        mean.sd.max(0.1)
    } else {
        1.0
    };
    MEASURE.spec.seen(mean.value, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::pillars::example::{clean, inputs, month, near};

    #[test]
    fn ranks_of_10_and_1000_are_as_100_twice() {
        let mut month = month(&[]);
        month.ranks = (libm::log(10.0) + libm::log(1000.0), 2.0);
        let (value, sd) = clean(&MEASURE, &inputs(vec![month]));
        assert!(
            near(value, -libm::log(100.0)) && near(sd, 1.0),
            "{value} {sd}"
        );
    }

    #[test]
    fn the_same_rank_for_long_is_known_to_a_tenth() {
        let mut month = month(&[]);
        month.ranks = (0.0, 4.0);
        let (value, sd) = clean(&MEASURE, &inputs(vec![month; 4]));
        assert!(near(value, 0.0) && near(sd, 0.1), "{value} {sd}");
    }
}
