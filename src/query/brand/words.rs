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

fn shown(spec: &Spec, value: f64) -> String {
    match spec.unit {
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
