//! Learns opinion words, aspects and remarks from their stars, category by category.

use std::collections::{BTreeMap, HashMap};

use super::TopicKind;
use super::corpus::{BREAK, Corpus, Doc};
use super::language::Language;
use super::terms::{Term, occurrences};
use crate::state::GroupIx;

/// Words around a term within which an opinion word is beside it.
const NEAR: usize = 3;
/// Least t of a word that shifts the stars.
const SHIFT_T: f64 = 4.5;
/// Least difference in stars.
const SHIFT_STARS: f64 = 0.4;
/// Least weight of its reviews.
const SHIFT_WEIGHT: f64 = 10.0;
/// Standard deviations by which an aspect is beside opinion words more often than by chance.
const ASPECT_Z: f64 = 2.5;

/// Weighted sums of stars.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stars {
    pub(super) weight: f64,
    sum: f64,
    squares: f64,
}

impl Stars {
    pub(super) fn add(&mut self, doc: &Doc) {
        self.weight += doc.weight;
        self.sum += doc.weight * doc.stars;
        self.squares += doc.weight * doc.stars * doc.stars;
    }

    pub(super) fn without(&self, part: &Self) -> Self {
        Self {
            weight: (self.weight - part.weight).max(0.0),
            sum: self.sum - part.sum,
            squares: self.squares - part.squares,
        }
    }

    fn mean(&self) -> f64 {
        self.sum / self.weight
    }

    /// Variance of the mean, as if one more review were a star off, so that five equal ratings do not
    /// claim certainty.
    fn variance(&self) -> f64 {
        let squares = (self.squares - self.sum * self.mean()).max(0.0) + 1.0;
        squares / (self.weight * self.weight)
    }
}

/// Mean stars with a term minus without.
#[derive(Clone, Copy, Debug)]
pub(super) struct Difference {
    pub(super) stars: f64,
    pub(super) sd: f64,
    /// Degrees of freedom (Welch, 1947).
    pub(super) degrees: u32,
}

/// The difference of two groups; none where one has no weight.
pub(super) fn difference(with: &Stars, without: &Stars) -> Option<Difference> {
    if with.weight <= 1e-9 || without.weight <= 1e-9 {
        return None;
    }
    let (a, b) = (with.variance(), without.variance());
    let share = |part: f64, weight: f64| part * part / (weight - 1.0).max(0.5);
    let degrees = (a + b) * (a + b) / (share(a, with.weight) + share(b, without.weight));
    Some(Difference {
        stars: with.mean() - without.mean(),
        sd: libm::sqrt(a + b),
        degrees: degrees.clamp(1.0, 1e6) as u32,
    })
}

/// Whether a word shifts the stars of its reviews.
fn shifts_stars(with: &Stars, all: &Stars) -> bool {
    with.weight >= SHIFT_WEIGHT
        && difference(with, &all.without(with)).is_some_and(|found| {
            found.stars.abs() >= SHIFT_STARS && found.stars.abs() >= SHIFT_T * found.sd
        })
}

/// Counts of occurrences, and of those beside an opinion word.
#[derive(Clone, Copy, Debug, Default)]
struct BesideCounts {
    near: f64,
    all: f64,
}

impl BesideCounts {
    fn add(&mut self, near: bool) {
        self.all += 1.0;
        self.near += f64::from(u8::from(near));
    }
}

/// Opinion words, and rates of words beside them.
pub(super) struct Lexicon {
    /// Whether each word is an opinion word.
    opinion: Vec<bool>,
    /// Stars of all reviews of a language.
    all: BTreeMap<Language, Stars>,
    /// Of all words with a meaning, by category and language.
    base: BTreeMap<(GroupIx, Language), BesideCounts>,
}

/// Counts of one term.
#[derive(Clone, Default)]
struct TermCounts {
    stars: Stars,
    beside: BTreeMap<(GroupIx, Language), BesideCounts>,
}

impl Lexicon {
    pub(super) fn learn(corpus: &Corpus) -> Self {
        let mut of_word = vec![Stars::default(); corpus.word_count()];
        let mut all: BTreeMap<Language, Stars> = BTreeMap::new();
        for doc in corpus.docs() {
            all.entry(doc.language).or_default().add(doc);
            let mut seen = corpus.words_of(doc).to_vec();
            seen.sort_unstable();
            seen.dedup();
            for word in seen {
                if let Some(stars) = of_word.get_mut(word as usize) {
                    stars.add(doc);
                }
            }
        }
        let opinion = (0_u32..).zip(&of_word).map(|(number, stars)| {
            corpus.word(number).is_some_and(|word| {
                let total = all.get(&word.language).copied().unwrap_or_default();
                word.has_meaning() && (word.evaluative || shifts_stars(stars, &total))
            })
        });
        let mut lexicon = Self {
            opinion: opinion.collect(),
            all,
            base: BTreeMap::new(),
        };
        lexicon.base = lexicon.base_rates(corpus);
        lexicon
    }

    fn is_opinion(&self, word: u32) -> bool {
        self.opinion.get(word as usize).copied().unwrap_or(false)
    }

    fn base_rates(&self, corpus: &Corpus) -> BTreeMap<(GroupIx, Language), BesideCounts> {
        let mut base: BTreeMap<(GroupIx, Language), BesideCounts> = BTreeMap::new();
        for doc in corpus.docs() {
            let words = corpus.words_of(doc);
            let counts = base.entry((doc.category, doc.language)).or_default();
            for (index, number) in words.iter().enumerate() {
                let word = corpus.word(*number);
                if word.is_some_and(|word| word.has_meaning() && !word.evaluative) {
                    counts.add(self.is_beside_opinion(words, index, index));
                }
            }
        }
        base
    }

    /// Whether an opinion word is near these words, in the same clause.
    fn is_beside_opinion(&self, words: &[u32], start: usize, end: usize) -> bool {
        let own = &words[start..=end];
        let in_clause = |word: &&u32| **word != BREAK;
        let before = words[..start].iter().rev().take(NEAR).take_while(in_clause);
        let after = words[end + 1..].iter().take(NEAR).take_while(in_clause);
        let mut near = before.chain(after);
        near.any(|word| self.is_opinion(*word) && !own.contains(word))
    }

    /// The kind of each term; none for one that is neither aspect nor remark.
    pub(super) fn kinds(&self, corpus: &Corpus, terms: &[Term]) -> Vec<Option<TopicKind>> {
        let index: HashMap<Term, usize> = terms.iter().copied().zip(0..).collect();
        let mut wanted = vec![false; corpus.word_count()];
        for word in terms.iter().flat_map(|term| term.words()) {
            if let Some(wanted) = wanted.get_mut(word as usize) {
                *wanted = true;
            }
        }
        let mut counts = vec![TermCounts::default(); terms.len()];
        for doc in corpus.docs() {
            let words = corpus.words_of(doc);
            let mut found = Vec::new();
            for one in occurrences(corpus, words, |word| wanted[word as usize]) {
                let Some(term) = index.get(&one.term) else {
                    continue;
                };
                let near = self.is_beside_opinion(words, one.start, one.end);
                let of_category = counts[*term].beside.entry((doc.category, doc.language));
                of_category.or_default().add(near);
                found.push(*term);
            }
            found.sort_unstable();
            found.dedup();
            for term in found {
                counts[term].stars.add(doc);
            }
        }
        let pairs = terms.iter().zip(&counts);
        pairs
            .map(|(term, counts)| self.kind(corpus, *term, counts))
            .collect()
    }

    fn kind(&self, corpus: &Corpus, term: Term, counts: &TermCounts) -> Option<TopicKind> {
        let words: Vec<_> = term.words().filter_map(|word| corpus.word(word)).collect();
        let first = words.first()?;
        if words.iter().any(|word| word.evaluative) {
            return None;
        }
        let all = self.all.get(&first.language)?;
        if shifts_stars(&counts.stars, all) {
            return Some(TopicKind::Remark);
        }
        let (mut excess, mut variance) = (0.0, 0.0);
        for (category, beside) in &counts.beside {
            let base = self.base.get(category).copied().unwrap_or_default();
            let chance = (base.near + 0.5) / (base.all + 1.0);
            excess += beside.near - beside.all * chance;
            variance += beside.all * chance * (1.0 - chance);
        }
        let negated = words.iter().any(|word| word.is_negation());
        let beyond_chance = variance > 0.0 && excess >= ASPECT_Z * libm::sqrt(variance);
        (!negated && beyond_chance).then_some(TopicKind::Aspect)
    }
}
