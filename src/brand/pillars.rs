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

    #[test]
    fn codes_are_unique_and_pillars_stay_together() {
        for (at, measure) in ALL.iter().enumerate() {
            assert_eq!(place(measure.spec.code), Some(at));
            assert!(!measure.spec.inputs.is_empty());
        }
        assert!(ALL.is_sorted_by_key(|measure| measure.spec.pillar));
    }
}
