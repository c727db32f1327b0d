//! Terms: a word, or two that stand together, one word without meaning between them at most.

use std::collections::BTreeMap;

use super::corpus::{BREAK, Corpus, Doc};

/// No word.
const NONE: u32 = u32::MAX;

/// First word, a stop word between, second word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Term {
    first: u32,
    between: u32,
    second: u32,
}

/// A term in a review.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) term: Term,
    /// Place of its first word.
    pub(super) start: usize,
    /// Place of its last word.
    pub(super) end: usize,
}

impl Term {
    pub(super) const fn single(word: u32) -> Self {
        Self {
            first: word,
            between: NONE,
            second: NONE,
        }
    }

    /// Its words, without what stands between.
    pub(super) fn words(self) -> impl Iterator<Item = u32> {
        [self.first, self.second]
            .into_iter()
            .filter(|word| *word != NONE)
    }

    pub(super) fn shares_a_word(self, other: Self) -> bool {
        self.words()
            .any(|word| other.words().any(|held| held == word))
    }

    /// Language and stems.
    pub(super) fn key(self, corpus: &Corpus) -> String {
        let words: Vec<_> = self.words().filter_map(|word| corpus.word(word)).collect();
        let code = words.first().map_or("und", |word| word.tongue.code());
        let stems: Vec<&str> = words.iter().map(|word| &*word.stem).collect();
        format!("{code}:{}", stems.join(" "))
    }

    /// As people write it most in these reviews; of equals the first in the alphabet.
    pub(super) fn shown<'a>(self, corpus: &Corpus, docs: impl Iterator<Item = &'a Doc>) -> String {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for doc in docs {
            let (flow, forms) = (corpus.flow(doc), corpus.forms(doc));
            let found = places(corpus, flow, |word| self.words().any(|held| held == word));
            for place in found.iter().filter(|place| place.term == self) {
                let pairs = flow[place.start..=place.end]
                    .iter()
                    .zip(&forms[place.start..=place.end]);
                let words: Vec<&str> = pairs
                    .filter_map(|(word, form)| Some(corpus.word(*word)?.surface(*form)))
                    .collect();
                *counts.entry(words.join(" ")).or_default() += 1;
            }
        }
        let most = counts.values().max().copied().unwrap_or(0);
        let shown = counts.into_iter().find(|(_, count)| *count == most);
        shown.map(|(words, _)| words).unwrap_or_default()
    }
}

/// Every term of a review whose words are wanted, in order of place.
pub(super) fn places(corpus: &Corpus, flow: &[u32], wanted: impl Fn(u32) -> bool) -> Vec<Place> {
    let mut found = Vec::new();
    for (start, first) in flow.iter().copied().enumerate() {
        let Some(held) = corpus.word(first) else {
            continue;
        };
        if held.has_meaning() && wanted(first) {
            found.push(Place {
                term: Term::single(first),
                start,
                end: start,
            });
        }
        if held.is_stop() || held.overlaps || !(held.is_negation() || wanted(first)) {
            continue;
        }
        if let Some((between, second, end)) = partner(corpus, flow, start)
            && wanted(second)
            && second != first
        {
            found.push(Place {
                term: Term {
                    first,
                    between,
                    second,
                },
                start,
                end,
            });
        }
    }
    found
}

/// The next word with a meaning in the same clause, a stop word away at most.
fn partner(corpus: &Corpus, flow: &[u32], start: usize) -> Option<(u32, u32, usize)> {
    let mut between = NONE;
    for (end, number) in flow.iter().copied().enumerate().skip(start + 1).take(2) {
        if number == BREAK {
            return None;
        }
        let word = corpus.word(number)?;
        if word.is_negation() || word.overlaps {
            return None;
        }
        if word.has_meaning() {
            return Some((between, number, end));
        }
        between = number;
    }
    None
}
