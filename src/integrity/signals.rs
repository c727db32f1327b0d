//! The signals. Each measures one fact about one subject and compares it with peers.
//!
//! A signal is one file: its definition, its sentence, the reviews that support it, the corpus
//! evidence that overlaps with it, its caveats and its sources. A new one is listed once, in
//! [`review::ALL`], [`reviewer::ALL`], [`listing::OWN`] or [`listing::ATTACK`]. Values that are
//! counted as events come are measured in the state, beside the counts ([`crate::state`]).

pub mod catalogue;
#[cfg(test)]
mod fixture;
pub mod listing;
pub mod review;
mod review_context;
pub mod reviewer;

pub use review_context::ReviewContext;

use super::supporting_reviews::Support;
use super::terms::{Comparison, Fact, Family, Measure, Overlap, Reading, Sharpness, Spec, Wording};
use crate::state::{Compared, Mark, Polarity};

/// One signal on one kind of subject, measured by an `M`.
#[derive(Clone, Copy, Debug)]
pub struct Signal<M> {
    /// Its fixed definition.
    pub spec: Spec,
    /// Its documentation.
    pub doc: SignalDoc,
    /// Measures it on a subject.
    pub measure: M,
}

/// Documentation of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalDoc {
    /// The measured value, and the peers that it is compared with.
    pub definition: &'static str,
    /// Unit of the value.
    pub unit: &'static str,
    /// How honest subjects look, and when they look suspicious.
    pub caveats: &'static str,
    /// Papers, rules and practice that it comes from.
    pub source: &'static str,
}

/// Reason of a signal that cannot call any value unusual.
const FEW_PEERS: &str = "too few peers to compare with, or all are alike";

/// Rules on fake or false reviews: of the US, the UK and the EU; of China, the Anti-Unfair Competition Law
/// as revised in 2025 (invented transactions and reviews) and the E-Commerce Law; of India, the standard
/// on online reviews; of Vietnam, the Law on Protection of Consumers' Rights 19/2023/QH15 (false
/// information about a trader's prestige, article 10 (1)). IS 19000 is voluntary so far.
pub(super) const FAKE: &[&str] = &[
    "US 16 CFR 465.2",
    "UK DMCC Act 2024 Sch. 20 para. 13",
    "EU UCPD Annex I 23c",
    "CN AUCL 2025 Art. 9",
    "CN E-Commerce Law Art. 17",
    "IN IS 19000:2022",
    "VN LPCR 2023 Art. 10",
];

/// The same for negative reviews against a rival, which the Chinese law names in an article of its own.
pub(super) const AGAINST_RIVAL: &[&str] = &[
    "US 16 CFR 465.2",
    "UK DMCC Act 2024 Sch. 20 para. 13",
    "EU UCPD Annex I 23c",
    "CN AUCL 2025 Art. 13(4)",
    "IN IS 19000:2022",
];

/// Rules on bought sentiment, beside those on fake reviews.
const BOUGHT: &[&str] = &[
    "US 16 CFR 465.2",
    "US 16 CFR 465.4",
    "UK DMCC Act 2024 Sch. 20 para. 13",
    "EU UCPD Annex I 23c",
];

/// Reviews of another product that are made to look like this one's. Section 465.3 of the US rule
/// was meant for them and is reserved, so the Act itself applies.
pub(super) const REPURPOSED: &[&str] = &["US FTC Act section 5", "EU UCPD Annex I 23c"];

impl Spec {
    /// Makes a term of the usual weight: without verdicts no term is known to deserve more than
    /// another.
    pub(super) const fn new(code: &'static str, family: Family, wording: Wording) -> Self {
        Self {
            code,
            version: 1,
            family,
            sharpness: Sharpness::USUAL,
            cap: 2.5,
            legal_tags: FAKE,
            polarity: None,
            wording,
            support: None,
            overlap: Overlap::None,
        }
    }

    /// Makes a signal on a review.
    const fn of_review(code: &'static str, family: Family, fact: Fact) -> Self {
        let comparison = Comparison::Than("higher");
        Self::new(code, family, Wording::Value { fact, comparison })
    }

    /// Makes a signal on a subject of many reviews, some of which support it.
    const fn of_reviews(code: &'static str, family: Family, support: Support, fact: Fact) -> Self {
        Self {
            support: Some(support),
            ..Self::of_review(code, family, fact)
        }
    }

    /// Sets another version.
    const fn version(self, version: u32) -> Self {
        Self { version, ..self }
    }

    /// Lowers the weight of a signal that honest behaviour explains often: it is little evidence,
    /// however rare its value.
    const fn weak(self) -> Self {
        Self {
            sharpness: Sharpness::WEAK,
            cap: 1.0,
            ..self
        }
    }

    /// Lowers the sharpness of a fact of few values, of which the rarest is not rare.
    const fn blunt(self) -> Self {
        Self {
            sharpness: Sharpness::BLUNT,
            ..self
        }
    }

    /// Sets the rules that it may be an indicator for.
    pub(super) const fn indicating(self, legal_tags: &'static [&'static str]) -> Self {
        Self { legal_tags, ..self }
    }

    /// Restricts it to reviews of one polarity.
    const fn only(self, polarity: Polarity) -> Self {
        Self {
            polarity: Some(polarity),
            ..self
        }
    }

    /// Sets how its value is compared in words.
    const fn compared(self, comparison: Comparison) -> Self {
        let wording = match self.wording {
            Wording::Value { fact, .. } => Wording::Value { fact, comparison },
            campaign @ Wording::Campaign { .. } => campaign,
        };
        Self { wording, ..self }
    }

    /// Names the part of the corpus evidence that measures the same fact.
    const fn overlapping(self, overlap: Overlap) -> Self {
        Self { overlap, ..self }
    }
}

/// Reads a mark of what a text says of itself. It stands alone: peers who say so too make no word of
/// it less true, so its tail is reasoned and not counted. Where the text says nothing of the kind, the
/// signal does not exist.
fn stated(context: &ReviewContext<'_>, mark: Mark, tail: impl Fn(f64) -> f64) -> Measure {
    match context.review.levels.value(mark) {
        Some(value) if value > 0.0 => Measure::Read(Reading {
            value,
            tail: tail(value),
            peers: 0,
        }),
        Some(_) | None => Measure::Skipped,
    }
}

fn read(value: f64, compared: Option<Compared>) -> Measure {
    match compared {
        None => Measure::Silent(FEW_PEERS),
        Some(Compared { tail, peers }) => Measure::Read(Reading { value, tail, peers }),
    }
}
