//! What words are about: learned from how they go with stars, category by category.

use std::collections::{BTreeMap, HashMap};

use super::TopicKind;
use super::corpus::{BREAK, Corpus, Doc};
use super::language::Tongue;
use super::terms::{Term, places};

/// Words around a term among which an opinion word counts as beside it.
const NEAR: usize = 3;
/// Least t of a word that sways the stars.
const SWAY_T: f64 = 4.5;
/// Least difference in stars.
const SWAY_STARS: f64 = 0.4;
/// Fewest reviews, by weight, that can show it.
const SWAY_REVIEWS: f64 = 10.0;
/// Standard deviations by which an aspect stands beside opinion words more often than by chance.
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

    /// Of the mean. As if one more review were a star off, so that five equal ratings do not claim
    /// certainty.
    fn variance(&self) -> f64 {
        let apart = (self.squares - self.sum * self.mean()).max(0.0) + 1.0;
        apart / (self.weight * self.weight)
    }
}

/// Mean stars with a term minus without.
#[derive(Clone, Copy, Debug)]
pub(super) struct Difference {
    pub(super) stars: f64,
    pub(super) sd: f64,
    /// Of its distribution (Welch, 1947).
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

fn sways(with: &Stars, all: &Stars) -> bool {
    with.weight >= SWAY_REVIEWS
        && difference(with, &all.without(with)).is_some_and(|found| {
            found.stars.abs() >= SWAY_STARS && found.stars.abs() >= SWAY_T * found.sd
        })
}

/// How often something stood beside an opinion word, among how often it stood at all.
#[derive(Clone, Copy, Debug, Default)]
struct Beside {
    near: f64,
    all: f64,
}

impl Beside {
    fn add(&mut self, near: bool) {
        self.all += 1.0;
        self.near += f64::from(u8::from(near));
    }
}

/// What was learned of words.
pub(super) struct Lexicon {
    /// By word: whether it tells an opinion.
    opinion: Vec<bool>,
    /// Stars of all reviews of a language.
    all: BTreeMap<Tongue, Stars>,
    /// By category and language: any word with a meaning.
    base: BTreeMap<(u32, Tongue), Beside>,
}

/// What was learned of one term.
#[derive(Clone, Default)]
struct Learned {
    stars: Stars,
    beside: BTreeMap<(u32, Tongue), Beside>,
}

impl Lexicon {
    pub(super) fn learn(corpus: &Corpus) -> Self {
        let mut of_word = vec![Stars::default(); corpus.word_count()];
        let mut all: BTreeMap<Tongue, Stars> = BTreeMap::new();
        for doc in corpus.docs() {
            all.entry(doc.tongue).or_default().add(doc);
            let mut seen = corpus.flow(doc).to_vec();
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
                let total = all.get(&word.tongue).copied().unwrap_or_default();
                word.has_meaning() && (word.evaluative || sways(stars, &total))
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

    fn tells_opinion(&self, word: u32) -> bool {
        self.opinion.get(word as usize).copied().unwrap_or(false)
    }

    fn base_rates(&self, corpus: &Corpus) -> BTreeMap<(u32, Tongue), Beside> {
        let mut base: BTreeMap<(u32, Tongue), Beside> = BTreeMap::new();
        for doc in corpus.docs() {
            let flow = corpus.flow(doc);
            let held = base.entry((doc.category, doc.tongue)).or_default();
            for (place, word) in flow.iter().enumerate() {
                let counts = corpus
                    .word(*word)
                    .is_some_and(|word| word.has_meaning() && !word.evaluative);
                if counts {
                    held.add(self.is_beside(flow, place, place));
                }
            }
        }
        base
    }

    /// Whether an opinion word stands near these places, in the same clause.
    fn is_beside(&self, flow: &[u32], start: usize, end: usize) -> bool {
        let own = &flow[start..=end];
        let tells = |word: &&u32| self.tells_opinion(**word) && !own.contains(word);
        let clause = |word: &&u32| **word != BREAK;
        let before = flow[..start].iter().rev().take(NEAR).take_while(clause);
        let after = flow[end + 1..].iter().take(NEAR).take_while(clause);
        before.chain(after).any(|word| tells(&word))
    }

    /// What each term is; none for what is neither aspect nor remark.
    pub(super) fn kinds(&self, corpus: &Corpus, terms: &[Term]) -> Vec<Option<TopicKind>> {
        let index: HashMap<Term, usize> = terms.iter().copied().zip(0..).collect();
        let mut wanted = vec![false; corpus.word_count()];
        for word in terms.iter().flat_map(|term| term.words()) {
            if let Some(wanted) = wanted.get_mut(word as usize) {
                *wanted = true;
            }
        }
        let mut learned = vec![Learned::default(); terms.len()];
        for doc in corpus.docs() {
            let flow = corpus.flow(doc);
            let mut seen = Vec::new();
            for place in places(corpus, flow, |word| wanted[word as usize]) {
                let Some(at) = index.get(&place.term) else {
                    continue;
                };
                let near = self.is_beside(flow, place.start, place.end);
                let of_category = learned[*at].beside.entry((doc.category, doc.tongue));
                of_category.or_default().add(near);
                seen.push(*at);
            }
            seen.sort_unstable();
            seen.dedup();
            for at in seen {
                learned[at].stars.add(doc);
            }
        }
        let pairs = terms.iter().zip(&learned);
        pairs
            .map(|(term, learned)| self.kind(corpus, *term, learned))
            .collect()
    }

    fn kind(&self, corpus: &Corpus, term: Term, learned: &Learned) -> Option<TopicKind> {
        let words: Vec<_> = term.words().filter_map(|word| corpus.word(word)).collect();
        let first = words.first()?;
        if words.iter().any(|word| word.evaluative) {
            return None;
        }
        let (mut more, mut variance) = (0.0, 0.0);
        for (category, beside) in &learned.beside {
            let base = self.base.get(category).copied().unwrap_or_default();
            let chance = (base.near + 0.5) / (base.all + 1.0);
            more += beside.near - beside.all * chance;
            variance += beside.all * chance * (1.0 - chance);
        }
        let all = self.all.get(&first.tongue)?;
        if sways(&learned.stars, all) {
            return Some(TopicKind::Remark);
        }
        let negated = words.iter().any(|word| word.is_negation());
        let stands_out = variance > 0.0 && more >= ASPECT_Z * libm::sqrt(variance);
        (!negated && stands_out).then_some(TopicKind::Aspect)
    }
}
