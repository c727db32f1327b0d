//! Additive fusion: prior plus terms, each term a reason.

use super::terms::{Family, Measure, Reading, Spec, log_likelihood_ratio};
use crate::domain::Estimate;

/// Log-odds before any evidence: one in ten, of the order that studies of review markets report
/// (He, Hollenbeck and Proserpio, Marketing Science 41, 2022; Luca and Zervas, Management Science
/// 62, 2016). Without verdicts the absolute level is a convention; the order is what counts.
pub const PRIOR_LOG_ODDS: f64 = -2.197_224_577_336_219_6;

/// Correlation that is assumed between signals of one family.
const FAMILY_CORRELATION: f64 = 0.5;
/// Most that one family may add to the log-odds: no family reaches "high" by itself.
const FAMILY_MOST: f64 = 2.6;
/// Most that statements of the text itself may add: nobody needs a second fact to believe an author
/// who says that the review was paid for.
const STATEMENTS_MOST: f64 = 6.0;
/// Least that one family may add: looking usual is weak evidence, as manipulators try to.
const FAMILY_LEAST: f64 = -1.0;
/// Standard deviation of a measured term: a part that grows with it, and a floor.
const TERM_SD: (f64, f64) = (0.3, 0.15);
/// The part that grows with a term that rests on what a text says in so many words: no peers err with it.
const STATEMENT_SD: f64 = 0.1;
/// Standard deviation of what a silent signal might have said.
const SILENT_SD: f64 = 0.6;

/// One term of the sum.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The signal.
    pub spec: &'static Spec,
    /// Its measured value.
    pub reading: Reading,
    /// Its contribution to the log-odds, after its family's shrinkage and cap.
    pub contribution: f64,
    /// The campaign that it is about, by its index among all that were found.
    pub campaign: Option<u32>,
}

/// The fused result.
#[derive(Clone, Debug, PartialEq)]
pub struct Fused {
    /// Prior and contributions, summed in the order of `terms`.
    pub estimate: Estimate,
    /// Share of the signals that could be measured, 0 to 1.
    pub coverage: f64,
    /// Terms, family by family.
    pub terms: Vec<Term>,
    /// Signals that abstained, with the reason.
    pub silent: Vec<(&'static Spec, &'static str)>,
}

/// Fuses measures into one estimate.
///
/// Within a family, terms are divided by `1 + r (n - 1)`, the variance inflation of `n` equally
/// correlated terms. They are then scaled together into the family's bounds. A signal of little
/// sharpness varies less, and counts for as much less of `n`, so that weak signals do not drown a
/// sharp one. Silent signals add nothing, but widen the interval; skipped ones do not even that.
pub fn fuse(measures: impl IntoIterator<Item = (&'static Spec, Measure)>) -> Fused {
    fuse_parts(measures, |_| 1.0)
}

/// As [`fuse`], each signal counting for a part of itself, 0 to 1: 0 is as if it had not been asked.
pub(super) fn fuse_parts(
    measures: impl IntoIterator<Item = (&'static Spec, Measure)>,
    part: impl Fn(&Spec) -> f64,
) -> Fused {
    let measures = measures.into_iter();
    let most = measures.size_hint().0;
    let mut terms: Vec<Term> = Vec::with_capacity(most);
    let mut silent = Vec::with_capacity(most);
    for (spec, measure) in measures {
        match measure {
            Measure::Skipped => {}
            _ if part(spec) <= 0.0 => {}
            Measure::Silent(reason) => silent.push((spec, reason)),
            Measure::Read(reading) => {
                let ratio = log_likelihood_ratio(reading.tail, spec.sharpness);
                terms.push(Term {
                    spec,
                    contribution: part(spec) * ratio.min(spec.cap),
                    reading,
                    campaign: None,
                });
            }
        }
    }
    // A stable sort: the order of summing is the order of families, then of the caller.
    terms.sort_by_key(|term| term.spec.family);
    let related = |one: &Term, other: &Term| one.spec.family == other.spec.family;
    for family in terms.chunk_by_mut(related) {
        bound_family(family, &part);
    }
    Fused::of(terms, silent, 1.0)
}

impl Fused {
    /// Keeps the terms as facts: those for which `replaced` is true add nothing, because another
    /// term counts them.
    pub(super) fn with_replaced(mut self, replaced: impl Fn(&Spec) -> bool) -> Self {
        for term in &mut self.terms {
            if replaced(term.spec) {
                term.contribution = 0.0;
            }
        }
        Self::of(self.terms, self.silent, 1.0)
    }

    /// Sums terms as they are. Silent signals widen the interval in proportion to `open`, 0 to 1,
    /// the part of the question that is left to them.
    pub(super) fn of(
        terms: Vec<Term>,
        silent: Vec<(&'static Spec, &'static str)>,
        open: f64,
    ) -> Self {
        let mut log_odds = PRIOR_LOG_ODDS;
        let silent_sd = SILENT_SD * open;
        let mut variance = silent.len() as f64 * silent_sd * silent_sd;
        for term in &terms {
            log_odds += term.contribution;
            // A fact that another term counts is no source of error of its own.
            if term.contribution != 0.0 {
                let part = match term.spec.family {
                    Family::Statement => STATEMENT_SD,
                    _ => TERM_SD.0,
                };
                let sd = part * term.contribution.abs() + TERM_SD.1;
                variance += sd * sd;
            }
        }
        let all = terms.len() + silent.len();
        let coverage = if all == 0 {
            0.0
        } else {
            terms.len() as f64 / all as f64
        };
        let estimate = Estimate {
            log_odds,
            sd: libm::sqrt(variance),
        };
        Self {
            estimate,
            coverage,
            terms,
            silent,
        }
    }
}

/// Shrinks the terms of one family for what they have in common, and caps their sum.
fn bound_family(members: &mut [Term], part: impl Fn(&Spec) -> f64) {
    // A term is `(x - 1) ln p` and a constant: its spread goes with `1 - x`.
    let spread = |term: &Term| (1.0 - term.spec.sharpness.value) * part(term.spec);
    let spreads = || members.iter().map(spread);
    let widest = spreads().fold(0.0, f64::max);
    let others = if widest > 0.0 {
        spreads().sum::<f64>() / widest - 1.0
    } else {
        0.0
    };
    let shrink = 1.0 + FAMILY_CORRELATION * others;
    for term in &mut *members {
        term.contribution /= shrink;
    }
    let statement = members
        .first()
        .is_some_and(|term| term.spec.family == Family::Statement);
    let most = if statement {
        STATEMENTS_MOST
    } else {
        FAMILY_MOST
    };
    bound(members, FAMILY_LEAST, most);
}

/// Brings the sum of terms within bounds. The bound takes from the terms that push towards it,
/// never turns a term's sign.
pub(super) fn bound(members: &mut [Term], least: f64, most: f64) {
    let sum: f64 = members.iter().map(|term| term.contribution).sum();
    let excess = sum - sum.clamp(least, most);
    if excess == 0.0 {
        return;
    }
    let pushes = |term: &Term| term.contribution * excess > 0.0;
    let pushing: f64 = members
        .iter()
        .filter(|term| pushes(term))
        .map(|term| term.contribution)
        .sum();
    let keep = 1.0 - excess / pushing;
    for term in members {
        if pushes(term) {
            term.contribution *= keep;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Band;
    use crate::integrity::terms::{Comparison, Wording};

    const fn spec(code: &'static str, family: Family) -> Spec {
        let wording = Wording::Value {
            fact: |_| String::new(),
            comparison: Comparison::None,
        };
        Spec::new(code, family, wording)
    }

    static SPECS: [Spec; 6] = [
        spec("a", Family::Rating),
        spec("b", Family::Rating),
        spec("c", Family::Rating),
        spec("d", Family::Timing),
        spec("e", Family::Text),
        spec("f", Family::Author),
    ];

    fn read(tail: f64) -> Measure {
        Measure::Read(Reading {
            value: 1.0,
            tail,
            peers: 100,
        })
    }

    #[test]
    fn no_terms_give_the_prior_with_a_wide_interval() {
        let silent = fuse(SPECS.iter().map(|spec| (spec, Measure::Silent("no data"))));
        assert_eq!(silent.estimate.log_odds, PRIOR_LOG_ODDS);
        assert_eq!(
            (silent.coverage, silent.terms.len(), silent.silent.len()),
            (0.0, 0, 6)
        );
        assert!((silent.estimate.probability() - 0.1).abs() < 1e-12);
        assert!(silent.estimate.upper() > 0.4);
    }

    #[test]
    fn abstention_widens_the_interval_and_keeps_the_estimate() {
        let with = fuse([
            (&SPECS[3], read(0.01)),
            (&SPECS[4], Measure::Silent("short text")),
        ]);
        let without = fuse([(&SPECS[3], read(0.01))]);
        assert_eq!(with.estimate.log_odds, without.estimate.log_odds);
        assert!(with.estimate.sd > without.estimate.sd);
        assert!(with.coverage < without.coverage);
    }

    #[test]
    fn statement_of_the_text_reaches_band_high_by_itself() {
        static SAID: Spec = Spec {
            cap: 6.0,
            ..spec("said", Family::Statement)
        };
        let usual = || SPECS[1..].iter().map(|spec| (spec, read(0.3)));
        let said = fuse(usual().chain([(&SAID, read(2e-5))]));
        assert!(
            Band::of(&said.estimate) >= Band::High,
            "{:?}",
            said.estimate
        );
    }

    #[test]
    fn one_family_alone_stays_below_band_high() {
        let rating = fuse(SPECS[..3].iter().map(|spec| (spec, read(1e-9))));
        assert!(rating.estimate.log_odds <= PRIOR_LOG_ODDS + FAMILY_MOST + 1e-12);
        assert!(Band::of(&rating.estimate) < Band::High);
        let all = fuse(SPECS.iter().map(|spec| (spec, read(1e-9))));
        assert_eq!(Band::of(&all.estimate), Band::Critical);
    }

    #[test]
    fn band_is_lowered_while_the_lower_end_is_low() {
        let sure = Estimate {
            log_odds: 2.0,
            sd: 0.2,
        };
        let vague = Estimate {
            log_odds: 2.0,
            sd: 2.0,
        };
        assert_eq!(
            (Band::of(&sure), Band::of(&vague)),
            (Band::Critical, Band::Elevated)
        );
    }

    proptest! {
        #[test]
        fn every_score_is_the_sum_of_its_findings(
            tails in proptest::collection::vec(proptest::option::of(0.0..1.0f64), 6)
        ) {
            let measures = SPECS.iter().zip(&tails).map(|(spec, tail)| {
                (spec, tail.map_or(Measure::Silent("none"), read))
            });
            let fused = fuse(measures);
            let sum = fused.terms.iter().fold(PRIOR_LOG_ODDS, |sum, term| sum + term.contribution);
            prop_assert_eq!(sum.to_bits(), fused.estimate.log_odds.to_bits());
            let (low, high) = (fused.estimate.lower(), fused.estimate.upper());
            let probability = fused.estimate.probability();
            prop_assert!(0.0 <= low && low <= probability && probability <= high && high <= 1.0);
            for family in Family::ALL {
                let sum: f64 = fused.terms.iter()
                    .filter(|term| term.spec.family == family)
                    .map(|term| term.contribution)
                    .sum();
                prop_assert!((FAMILY_LEAST - 1e-9..=FAMILY_MOST + 1e-9).contains(&sum));
            }
        }

        #[test]
        fn rarer_value_never_lowers_the_risk(tail in 1e-6..1.0f64, rarer in 0.0..1.0f64) {
            let others = || SPECS[1..].iter().map(|spec| (spec, read(0.2)));
            let usual = fuse(others().chain([(&SPECS[0], read(tail))]));
            let rare = fuse(others().chain([(&SPECS[0], read((tail * rarer).max(1e-9)))]));
            prop_assert!(rare.estimate.log_odds >= usual.estimate.log_odds - 1e-12);
        }
    }
}
