//! The signals: each measures one thing, compares it with its peers, and has a file of its own.

pub mod catalogue;
#[cfg(test)]
mod fixture;
pub mod listing;
pub mod review;
mod review_context;
pub mod reviewer;

pub use review_context::ReviewContext;

use super::terms::{Family, Measure, Reading, Sharpness, Spec};
use crate::state::Compared;

/// One signal on one kind of subject; `M` measures it.
#[derive(Clone, Copy, Debug)]
pub struct Signal<M> {
    /// What is fixed about it.
    pub spec: Spec,
    /// What a reader should know.
    pub doc: SignalDoc,
    /// Measures it on a subject.
    pub measure: M,
}

/// What a reader should know about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalDoc {
    /// What is measured, and with whom it is compared.
    pub definition: &'static str,
    /// Of the value.
    pub unit: &'static str,
    /// How honest subjects look, and where they may look like this.
    pub caveats: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// Nothing can be called unusual.
const FEW_PEERS: &str = "too few peers to compare with, or all are alike";

/// US rule on fake or false reviews, and its UK and EU counterparts.
const FAKE: &[&str] = &[
    "US 16 CFR 465.2",
    "UK DMCC Act 2024 Sch. 20 para. 13",
    "EU UCPD Annex I 23c",
];

/// Rules on sentiment that was bought, beside those on fake reviews.
const BOUGHT: &[&str] = &[
    "US 16 CFR 465.2",
    "US 16 CFR 465.4",
    "UK DMCC Act 2024 Sch. 20 para. 13",
    "EU UCPD Annex I 23c",
];

/// Reviews of another product that are made to look like this one's. The US rule on reviews was to
/// have a section on them, 465.3, which is reserved: what is left there is the Act itself.
pub(super) const REPURPOSED: &[&str] = &["US FTC Act section 5", "EU UCPD Annex I 23c"];

/// A signal of usual weight: without verdicts no signal is known to deserve more than another.
pub(super) const fn spec(code: &'static str, family: Family) -> Spec {
    Spec {
        code,
        version: 1,
        family,
        sharpness: Sharpness::USUAL,
        cap: 2.5,
        legal_tags: FAKE,
    }
}

/// A signal that honest behaviour explains often: it says little, however rare its value.
const fn weak(code: &'static str, family: Family) -> Spec {
    Spec {
        sharpness: Sharpness::WEAK,
        cap: 1.0,
        ..spec(code, family)
    }
}

fn read(value: f64, compared: Option<Compared>) -> Measure {
    match compared {
        None => Measure::Silent(FEW_PEERS),
        Some(Compared { tail, peers }) => Measure::Read(Reading { value, tail, peers }),
    }
}
