//! Finds terms: a word, or two words with at most one stop word between them.

use std::collections::BTreeMap;

use super::corpus::{BREAK, Corpus, Doc};

/// Marks a missing word.
const NONE: u32 = u32::MAX;

/// First word, a stop word between, second word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Term {
    first: u32,
    between: u32,
    second: u32,
}

/// An occurrence of a term in a review.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occurrence {
    pub(super) term: Term,
    /// Index of its first word.
    pub(super) start: usize,
    /// Index of its last word.
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

    /// Its words, without the one between.
    pub(super) fn words(self) -> impl Iterator<Item = u32> {
        [self.first, self.second]
            .into_iter()
            .filter(|word| *word != NONE)
    }

    pub(super) fn shares_a_word(self, other: Self) -> bool {
        self.words()
            .any(|word| other.words().any(|other| other == word))
    }

    /// Language and stems.
    pub(super) fn key(self, corpus: &Corpus) -> String {
        let words: Vec<_> = self.words().filter_map(|word| corpus.word(word)).collect();
        let code = words.first().map_or("und", |word| word.language.code());
        let stems: Vec<&str> = words.iter().map(|word| &*word.stem).collect();
        format!("{code}:{}", stems.join(" "))
    }

    /// Its most frequent wording in these reviews; of equal ones the first in the alphabet.
    pub(super) fn wording<'a>(
        self,
        corpus: &Corpus,
        docs: impl Iterator<Item = &'a Doc>,
    ) -> String {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for doc in docs {
            let (words, forms) = (corpus.words_of(doc), corpus.forms_of(doc));
            let wanted = |word: u32| self.words().any(|own| own == word);
            let all = occurrences(corpus, words, wanted);
            for one in all.iter().filter(|one| one.term == self) {
                let range = one.start..=one.end;
                let pairs = words[range.clone()].iter().zip(&forms[range]);
                let written: Vec<&str> = pairs
                    .filter_map(|(word, form)| Some(corpus.word(*word)?.form(*form)))
                    .collect();
                *counts.entry(written.join(" ")).or_default() += 1;
            }
        }
        let most = counts.values().max().copied().unwrap_or(0);
        let wording = counts.into_iter().find(|(_, count)| *count == most);
        wording.map(|(words, _)| words).unwrap_or_default()
    }
}

/// The occurrences of terms with wanted words in a review, in order.
pub(super) fn occurrences(
    corpus: &Corpus,
    words: &[u32],
    wanted: impl Fn(u32) -> bool,
) -> Vec<Occurrence> {
    let mut all = Vec::new();
    for (start, first) in words.iter().copied().enumerate() {
        let Some(word) = corpus.word(first) else {
            continue;
        };
        if word.has_meaning() && wanted(first) {
            all.push(Occurrence {
                term: Term::single(first),
                start,
                end: start,
            });
        }
        if word.is_stop() || word.overlaps || !(word.is_negation() || wanted(first)) {
            continue;
        }
        if let Some(pair) = pair(corpus, words, start)
            && wanted(pair.term.second)
            && pair.term.second != first
        {
            all.push(pair);
        }
    }
    all
}

/// The term of a word and the next one with a meaning in the same clause, at most a stop word away.
fn pair(corpus: &Corpus, words: &[u32], start: usize) -> Option<Occurrence> {
    let mut between = NONE;
    for (end, number) in words.iter().copied().enumerate().skip(start + 1).take(2) {
        if number == BREAK {
            return None;
        }
        let word = corpus.word(number)?;
        if word.is_negation() || word.overlaps {
            return None;
        }
        if word.has_meaning() {
            let term = Term {
                first: words[start],
                between,
                second: number,
            };
            return Some(Occurrence { term, start, end });
        }
        between = number;
    }
    None
}
