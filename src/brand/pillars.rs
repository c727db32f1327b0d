//! The table of measures, a file a pillar.

mod demand;
mod loyalty;
mod operating;
mod pricing;
mod quality;
mod reach;
mod resilience;

#[cfg(test)]
mod fixture;

use super::measure::{Measure, Pillar, Scale};

/// Number of measures.
pub(super) const MEASURES: usize = 27;

/// All measures, by pillar. A progress refers to measures by their indices here.
pub const ALL: [&Measure; MEASURES] = [
    &demand::SEARCH_SHARE,
    &demand::SEARCH_BEYOND_SALES,
    &demand::UNPAID_SESSIONS,
    &demand::SUSTAINED,
    &quality::RATING,
    &quality::RETURNS,
    &quality::FIXED_COMPLAINTS,
    &loyalty::REPEAT_BUYERS,
    &loyalty::REPEAT_REVENUE,
    &loyalty::REPEAT_REVIEWERS,
    &loyalty::CROSS_LISTING,
    &pricing::HEDONIC_PREMIUM,
    &pricing::REVENUE_PREMIUM,
    &pricing::FULL_PRICE,
    &pricing::PASS_THROUGH,
    &resilience::MARKETS,
    &resilience::PLATFORMS,
    &resilience::PRODUCTS,
    &resilience::NEW_MARKETS,
    &resilience::OWN_CHANNEL,
    &reach::AUDIENCE,
    &reach::SEARCH_LIFT,
    &operating::COMPLETENESS,
    &operating::VISIBILITY,
    &operating::RANK,
    &operating::SERVICE,
    &operating::AD_INDEPENDENCE,
];

/// Base of the rows whose values are compared as they are.
const PLAIN: Measure = Measure {
    code: "",
    pillar: Pillar::DemandPull,
    unit: "",
    lower_is_better: false,
    absolute: false,
    scale: Scale::Plain,
    inputs: &[],
    sentence: "",
    estimate: |_, _| None,
};

/// Base of the rows that measure shares.
const SHARE: Measure = Measure {
    unit: "share",
    scale: Scale::Logit,
    ..PLAIN
};

/// The index of a measure in [`ALL`].
pub fn index_of(code: &str) -> Option<usize> {
    ALL.iter().position(|measure| measure.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::{
        Breakdown, BreakdownCell, FLOWS, Inputs, METRICS, MetricCell, Month, WithSd,
    };
    use crate::brand::measure::View;
    use crate::brand::window::Window;

    /// Months in which every number has one size, with gaps.
    fn even(months: usize, gap: usize, size: f64) -> Inputs {
        let with_sd = |value: f64| WithSd { value, sd: size };
        let mut all = vec![Month::default(); months];
        for month in all.iter_mut().step_by(gap) {
            month.flows = [[size; 2]; FLOWS];
            month.metrics = [MetricCell {
                sum: [size; 3],
                part: [1.0; 3],
            }; METRICS];
            month.sessions = size;
            (month.sold, month.returned) = (size, size);
            (month.ad_spend, month.ad_revenue) = (size, size);
            (month.log_ranks, month.ranks) = (size, size);
            month.audience = Some([size; 2]);
            month.sustained = Some([with_sd(size); 2]);
        }
        let breakdown = Breakdown {
            keys: 1,
            cells: vec![BreakdownCell {
                month: 0,
                key: 0,
                weights: [size; 2],
            }],
        };
        Inputs {
            months: all,
            markets: breakdown.clone(),
            platforms: breakdown.clone(),
            products: breakdown,
            completeness: Some(size.min(1.0)),
            pages: 1,
            group_orders: vec![size; months],
            group_rating: Some(size.min(5.0)),
            group_returning: Some(size.min(1.0)),
            group_crossing: Some(size.min(1.0)),
            group_refunds: Some(size.min(1.0)),
            premium: Some(with_sd(0.0)),
            revenue_premium: Some(with_sd(-1.0)),
            ..Inputs::default()
        }
    }

    #[test]
    fn extreme_numbers_give_a_value_with_a_deviation_or_an_abstention() {
        for months in [1, 2, 36] {
            for gap in [1, 7, 30] {
                for size in [0.0, f64::MIN_POSITIVE, 0.5, 1.0, 1e12, 1e300] {
                    let inputs = even(months, gap, size);
                    let window = Window::at(&inputs, months - 1).expect("a month");
                    for measure in ALL {
                        for view in [View::Raw, View::Clean] {
                            let found = measure.measure(&window, view);
                            assert!(
                                found.is_none_or(|found| found.value.is_finite()
                                    && found.sd.is_finite()
                                    && found.sd > 0.0
                                    && measure.allows(found.value)),
                                "{} {months} {gap} {size}: {found:?}",
                                measure.code
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn rows_are_complete_unique_and_ordered_by_pillar() {
        for (index, measure) in ALL.iter().enumerate() {
            assert_eq!(index_of(measure.code), Some(index));
            assert!(!measure.inputs.is_empty() && measure.sentence.contains("{}"));
            assert!(!measure.code.is_empty() && !measure.unit.is_empty());
        }
        assert!(ALL.is_sorted_by_key(|measure| measure.pillar));
    }
}
