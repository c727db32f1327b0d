//! The signals: each measures one thing and compares it with its peers.

pub mod listing;
pub mod review;
pub mod reviewer;
mod seen;

pub use seen::Seen;

use super::evidence::{Family, Measure, Reading, Spec};
use crate::state::Compared;

/// Nothing can be called unusual.
const FEW_PEERS: &str = "too few peers to compare with, or all are alike";

/// US rule on fake or false reviews, and its UK and EU counterparts.
const FAKE: &[&str] = &[
    "US 16 CFR 465.2",
    "UK DMCC Act 2024 Sch. 20 para. 13",
    "EU UCPD Annex I 23c",
];

/// A signal of usual weight: without verdicts no signal is known to deserve more than another.
pub(super) const fn spec(code: &'static str, family: Family) -> Spec {
    Spec {
        code,
        version: 1,
        family,
        sharpness: 0.35,
        cap: 2.5,
        legal_tags: FAKE,
    }
}

fn read(value: f64, compared: Option<Compared>) -> Measure {
    match compared {
        None => Measure::Silent(FEW_PEERS),
        Some(Compared { tail, peers }) => Measure::Read(Reading { value, tail, peers }),
    }
}
