//! The measures, a folder a pillar and a file a measure.

mod demand;
mod loyalty;
mod operating;
mod pricing;
mod quality;
mod reach;
mod resilience;

#[cfg(test)]
mod example;

use super::measure::Measure;

/// How many measures there are.
pub const MEASURES: usize = 27;

/// All measures, by pillar. Their places are those of values in a progress.
pub const ALL: [&Measure; MEASURES] = [
    &demand::search_share::MEASURE,
    &demand::search_beyond_sales::MEASURE,
    &demand::unpaid_sessions::MEASURE,
    &demand::sustained::MEASURE,
    &quality::rating::MEASURE,
    &quality::returns::MEASURE,
    &quality::fixed_complaints::MEASURE,
    &loyalty::repeat_buyers::MEASURE,
    &loyalty::repeat_revenue::MEASURE,
    &loyalty::repeat_reviewers::MEASURE,
    &loyalty::cross_listing::MEASURE,
    &pricing::hedonic_premium::MEASURE,
    &pricing::revenue_premium::MEASURE,
    &pricing::full_price::MEASURE,
    &pricing::pass_through::MEASURE,
    &resilience::markets::MEASURE,
    &resilience::platforms::MEASURE,
    &resilience::products::MEASURE,
    &resilience::new_markets::MEASURE,
    &resilience::own_channel::MEASURE,
    &reach::audience::MEASURE,
    &reach::search_lift::MEASURE,
    &operating::completeness::MEASURE,
    &operating::visibility::MEASURE,
    &operating::rank::MEASURE,
    &operating::service::MEASURE,
    &operating::ad_independence::MEASURE,
];

/// The place of a measure in [`ALL`].
pub fn place(code: &str) -> Option<usize> {
    ALL.iter().position(|measure| measure.spec.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::inputs::{Cell, FLOWS, Inputs, METRICS, Month, Spread};
    use crate::brand::measure::View;
    use crate::brand::window::Window;

    /// Months of which all that is known has one size, but for gaps.
    fn even(months: usize, gap: usize, size: f64) -> Inputs {
        let mut held = vec![Month::default(); months];
        for month in held.iter_mut().step_by(gap) {
            month.flows = [[size; 2]; FLOWS];
            month.metrics = [Cell {
                sum: [size; 3],
                part: [1.0; 3],
            }; METRICS];
            month.sessions = size;
            (month.sold, month.returned) = (size, size);
            (month.ad_spend, month.ad_revenue) = (size, size);
            month.ranks = (size, size);
            month.audience = Some([size; 2]);
            month.sustained = Some([(size, size); 2]);
        }
        let spread = Spread {
            keys: 1,
            cells: vec![(0, 0, [size; 2])],
        };
        Inputs {
            months: held,
            markets: spread.clone(),
            platforms: spread.clone(),
            products: spread,
            completeness: Some((size.min(1.0), 1)),
            group_orders: vec![size; months],
            group_rating: Some(size.min(5.0)),
            group_returning: Some(size.min(1.0)),
            group_crossing: Some(size.min(1.0)),
            group_refunds: Some(size.min(1.0)),
            premium: Some((0.0, size)),
            revenue_premium: Some((-1.0, size)),
            ..Inputs::default()
        }
    }

    #[test]
    fn odd_numbers_give_a_value_with_a_deviation_or_an_abstention() {
        for months in [1, 2, 36] {
            for gap in [1, 7, 30] {
                for size in [0.0, f64::MIN_POSITIVE, 0.5, 1.0, 1e12, 1e300] {
                    let inputs = even(months, gap, size);
                    let window = Window::at(&inputs, months - 1).expect("a month");
                    for measure in ALL {
                        for view in [View::Raw, View::Clean] {
                            let found = (measure.of)(&window, view);
                            assert!(
                                found.is_err()
                                    || found.is_ok_and(|found| found.value.is_finite()
                                        && found.sd.is_finite()
                                        && found.sd > 0.0
                                        && measure.spec.allows(found.value)),
                                "{} {months} {gap} {size}: {found:?}",
                                measure.spec.code
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn codes_are_unique_and_pillars_stay_together() {
        for (at, measure) in ALL.iter().enumerate() {
            assert_eq!(place(measure.spec.code), Some(at));
            assert!(!measure.spec.inputs.is_empty());
        }
        assert!(ALL.is_sorted_by_key(|measure| measure.spec.pillar));
    }
}
