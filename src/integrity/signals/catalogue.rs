//! All signals with what a reader should know about each: `docs/signals.md` is made of it.

use std::fmt::Write as _;

use super::{Signal, SignalDoc, listing, review, reviewer};
use crate::integrity::Spec;

/// One signal, whatever it is measured on.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The kind of subject: review, reviewer, or listing.
    pub subject: &'static str,
    /// What is fixed about it.
    pub spec: &'static Spec,
    /// What a reader should know.
    pub doc: &'static SignalDoc,
}

/// All signals, by subject and in the order in which they are measured.
pub fn entries() -> Vec<Entry> {
    fn of<M>(subject: &'static str, signals: &'static [Signal<M>]) -> Vec<Entry> {
        let entry = |signal: &'static Signal<M>| Entry {
            subject,
            spec: &signal.spec,
            doc: &signal.doc,
        };
        signals.iter().map(entry).collect()
    }
    [
        of("review", &review::ALL),
        of("reviewer", &reviewer::ALL),
        of("listing", &listing::OWN),
        of("listing", &listing::ATTACK),
    ]
    .concat()
}

/// The catalogue as a page.
pub fn markdown() -> String {
    let mut page = "# The signals\n\n\
        Made by `goodstanding signals --markdown`; a test fails when this page is not current.\n\n\
        Each signal measures one thing on a review, a reviewer or a listing and says how unusual \
        the value is among peers: marketplace and category, leaning on the marketplace and that on \
        all others where there are few. A tail probability `p` adds `ln x + (x - 1) ln p` to the \
        log-odds, `x` being the sharpness, at most the cap; signals of one family are shrunk for \
        what they have in common. A signal that cannot be measured abstains with a reason. Sellers \
        are measured as one large listing. Own risk of a listing rests on praise alone, attack \
        (`listing.attack.*`) on blame alone.\n"
        .to_owned();
    let mut subject = "";
    for entry in entries() {
        if entry.subject != subject {
            subject = entry.subject;
            let _ = write!(page, "\n## On a {subject}\n");
        }
        let Spec {
            code,
            version,
            family,
            sharpness,
            cap,
            legal_tags,
        } = entry.spec;
        let SignalDoc {
            definition,
            unit,
            caveats,
            source,
        } = entry.doc;
        let _ = write!(
            page,
            "\n### `{code}`\n\n{definition}\n\n\
             - Version {version}, family {}, sharpness {}, cap {cap}. Unit: {unit}.\n\
             - Honest behaviour: {caveats}\n\
             - Source: {source}\n\
             - May indicate: {}.\n",
            family.name(),
            sharpness.value,
            legal_tags.join("; ")
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_signal_is_described_once() {
        let all = entries();
        let codes: BTreeSet<&str> = all.iter().map(|entry| entry.spec.code).collect();
        assert_eq!(codes.len(), all.len());
        for Entry { subject, spec, doc } in all {
            assert!(
                spec.code.starts_with(&format!("{subject}.")),
                "{}",
                spec.code
            );
            for text in [doc.definition, doc.caveats, doc.source] {
                assert!(
                    text.len() > 20 && text.ends_with('.'),
                    "{}: {text}",
                    spec.code
                );
            }
            assert!(
                !doc.unit.is_empty() && !doc.unit.ends_with('.'),
                "{}",
                spec.code
            );
            assert!(spec.cap > 0.0);
            assert!(!spec.legal_tags.is_empty());
        }
    }

    #[test]
    fn the_page_is_current() {
        let held = include_str!("../../../docs/signals.md");
        assert!(
            held == markdown(),
            "docs/signals.md is not current: run goodstanding signals --markdown > docs/signals.md"
        );
    }
}
