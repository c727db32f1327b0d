//! Words measures in sentences.

use crate::brand::{Input, Measure, Position, Progress, percentile};

/// One sentence for the seller about a measure's value and position.
pub(super) fn sentence(measure: &Measure, value: f64, position: Option<Position>) -> String {
    let mut subject = measure.subject.to_owned();
    if let Some(first) = subject.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    let shown = shown(measure, value);
    match position {
        Some(position) => format!(
            "{subject} is {shown}: better than that of {:.0} in 100 of {} peers.",
            percentile(position.z),
            position.peers
        ),
        None => format!("{subject} is {shown}; too few peers have one to compare with."),
    }
}

/// A value in the unit that a seller reads, without logs.
fn shown(measure: &Measure, value: f64) -> String {
    match measure.unit {
        "minus log of the risk" => match -libm::expm1(-value) * 100.0 {
            chance if chance > 99.9 => "more than 99.9 %".to_owned(),
            chance => format!("{chance:.1} %"),
        },
        "minus log of rank" => format!("{:.0}", libm::exp(-value)),
        "log ratio" => format!("{:+.1} %", libm::expm1(value) * 100.0),
        "share" | "probability" | "share of revenue" | "share of the price" => {
            format!("{:.1} %", value * 100.0)
        }
        "people" | "sessions a month" => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

/// The reason why a measure has no value.
pub(super) fn abstention(measure: &Measure, progress: &Progress) -> String {
    if measure.code == "loyalty.repeat_reviewers" && progress.has(Input::Buyers) {
        return "buyers are known, who say more than reviewers".to_owned();
    }
    let missing: Vec<&str> = measure
        .inputs
        .iter()
        .filter(|input| !progress.has(**input))
        .map(|input| input.name())
        .collect();
    if missing.is_empty() {
        "too little of what it rests on is known yet".to_owned()
    } else {
        format!("not known: {}", missing.join(", "))
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
        assert!(
            worded("demand.sustained", 3.0)
                .starts_with("The chance of an order within half a year is 95.0 %; too few peers")
        );
        assert!(worded("demand.sustained", 40.0).contains("is more than 99.9 %;"));
        assert!(worded("operating.rank", -9.0).contains("is 8103;"));
        assert!(worded("pricing.revenue_premium", -0.5).contains("is -39.3 %;"));
    }
}
