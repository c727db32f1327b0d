//! Words measures in sentences.

use crate::brand::{Input, Measure, Position, Progress, better_than, percentile};
use crate::domain::{fixed, signed};

/// Words a measure's value and position for the seller.
pub(super) fn sentence(measure: &Measure, value: f64, position: Option<Position>) -> String {
    let fact = measure.sentence.replace("{}", &shown(measure, value));
    match position {
        Some(position) => {
            let comparison = better_than(percentile(position.z), position.peers);
            format!("{fact}. This is {comparison}.")
        }
        None => format!("{fact}. There are too few comparable sellers."),
    }
}

/// A value in the unit that a seller reads, without logs.
fn shown(measure: &Measure, value: f64) -> String {
    match measure.unit {
        "minus log of the risk" => chance(-libm::expm1(-value)),
        "probability" => chance(value),
        "minus log of rank" => fixed(libm::exp(-value), 0),
        "log ratio" => format!("{} %", signed(libm::expm1(value) * 100.0, 1)),
        "share of the price" => format!("{} %", signed(value * 100.0, 1)),
        // Of a change by 10 %.
        "elasticity" => format!("{} %", signed(value * 10.0, 1)),
        "share" | "share of revenue" => format!("{} %", fixed(value * 100.0, 1)),
        "people" | "sessions a month" => fixed(value, 0),
        "effective number" => fixed(value, 1),
        _ => fixed(value, 2),
    }
}

/// A probability that is never certain.
fn chance(probability: f64) -> String {
    match probability * 100.0 {
        percent if percent > 99.9 => "more than 99.9 %".to_owned(),
        percent if percent < 0.1 => "less than 0.1 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

/// The reason why a measure has no value.
pub(super) fn abstention(measure: &Measure, progress: &Progress) -> String {
    let known = |inputs: &[Input]| inputs.iter().any(|input| progress.has(*input));
    let direct = [Input::BrandQueries, Input::SearchShare, Input::SiteSessions];
    if measure.code == "loyalty.repeat_reviewers" && known(&[Input::Buyers]) {
        return "buyers are known, and show more than reviewers".to_owned();
    }
    if measure.code == "demand.sustained" && known(&direct) {
        return "searches or visits are known, and show more than orders".to_owned();
    }
    let missing: Vec<&str> = measure
        .inputs
        .iter()
        .filter(|input| !progress.has(**input))
        .map(|input| input.name())
        .collect();
    if missing.is_empty() {
        "there are not enough data yet".to_owned()
    } else {
        format!("missing data: {}", missing.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::{MEASURES, measure_index};

    #[test]
    fn sellers_read_no_logs() {
        let worded = |code: &str, value: f64| {
            let index = measure_index(code).expect("a measure");
            sentence(MEASURES[index], value, None)
        };
        // 1 - exp(-3) is 0.950; exp(9) is 8103; exp(-0.5) - 1 is -0.393.
        assert!(worded("demand.sustained", 3.0).starts_with(
            "The chance of an order in the next six months is 95.0 %. There are too few"
        ));
        assert!(worded("demand.sustained", 40.0).contains("is more than 99.9 %."));
        assert!(worded("operating.rank", -9.0).contains("is 8103."));
        assert!(worded("pricing.revenue_premium", -0.5).contains("by -39.3 %."));
    }

    #[test]
    fn change_that_rounds_to_zero_has_no_sign() {
        for measure in MEASURES {
            for value in [-1e-9, 1e-9, -0.0] {
                let sentence = sentence(measure, value, None);
                for zero in ["-0 ", "-0.0", "+0.0"] {
                    assert!(!sentence.contains(zero), "{sentence}");
                }
            }
        }
    }
}
