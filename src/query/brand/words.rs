//! What measures say, in sentences.

use crate::brand::Place;
use crate::brand::Progress;
use crate::brand::measure::{Input, Spec};
use crate::brand::peers::percentile;

/// A measure's value and place in one sentence for the seller.
pub(super) fn sentence(spec: &Spec, value: f64, place: Option<Place>) -> String {
    let mut subject = spec.subject.to_owned();
    if let Some(first) = subject.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    let shown = shown(spec, value);
    match place {
        Some(place) => format!(
            "{subject} is {shown}: better than that of {:.0} in 100 of {} peers.",
            percentile(place.z),
            place.count
        ),
        None => format!("{subject} is {shown}; too few peers have one to compare with."),
    }
}

/// A value as a seller reads it: no logs.
fn shown(spec: &Spec, value: f64) -> String {
    match spec.unit {
        "minus log of the risk" => match -libm::expm1(-value) * 100.0 {
            sure if sure > 99.9 => "more than 99.9 %".to_owned(),
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

/// Why a measure has no value.
pub(super) fn abstention(spec: &Spec, progress: &Progress) -> String {
    if spec.code == "loyalty.repeat_reviewers" && progress.has(Input::Buyers) {
        return "buyers are known, who say more than reviewers".to_owned();
    }
    let missing: Vec<&str> = spec
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
    use crate::brand::pillars::ALL;

    #[test]
    fn sellers_read_no_logs() {
        let said = |code: &str, value: f64| {
            let found = ALL.iter().find(|measure| measure.spec.code == code);
            sentence(&found.expect("a measure").spec, value, None)
        };
        // 1 - exp(-3) is 0.950; exp(9) is 8103; exp(-0.5) - 1 is -0.393.
        assert!(
            said("demand.sustained", 3.0)
                .starts_with("The chance of an order within half a year is 95.0 %; too few peers")
        );
        assert!(said("demand.sustained", 40.0).contains("is more than 99.9 %;"));
        assert!(said("operating.rank", -9.0).contains("is 8103;"));
        assert!(said("pricing.revenue_premium", -0.5).contains("is -39.3 %;"));
    }
}
