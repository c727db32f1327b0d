//! The topics of one seller.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::corpus::{Corpus, Doc};
use super::falls::{Asked, Revised, falls};
use super::language::Tongue;
use super::lexicon::{Difference, Lexicon, Stars, difference};
use super::share::{Counts, rose};
use super::terms::{Term, places};
use super::{TOPICS_MOST, Topic, TopicKind, TopicTrend};
use crate::brand::special::student_quantile;

/// Fewest reviews of a seller that make a topic.
const MENTIONS_LEAST: usize = 5;
/// Fewest of them by weight.
const WEIGHT_LEAST: f64 = 3.0;
/// What more of the reviews speak of says nothing.
const SHARE_MOST: f64 = 0.4;
/// Most terms that are counted at once: beyond, those seen once are forgotten (lossy counting,
/// Manku and Motwani, 2002).
const COUNTED_MOST: usize = 400_000;
/// Most terms that are looked at for topics.
const CANDIDATES_MOST: usize = 4_000;
/// Most terms of either kind that are put together to topics.
const RANKED_MOST: usize = 200;
/// What effects are taken to differ by, in stars, before a seller's reviews are read: ranks a few
/// extreme reviews below many clear ones.
const EFFECT_SD: f64 = 0.5;
/// Share of the rarer term's reviews that two terms of one topic have in common.
const COMMON: f64 = 0.6;
/// The same of the reviews of both, for terms that share no word.
const COMMON_OF_BOTH: f64 = 0.3;
/// Difference in stars from which on two terms are two topics.
const APART_STARS: f64 = 0.6;
/// How many ways of saying it, and how many reviews, are shown.
const SHOWN: usize = 5;
/// Share of a topic's reviews that put it so, for a way of saying it to be shown.
const WORDED_LEAST: f64 = 0.1;
/// Most reviews that are looked at for how they put it.
const WORDED_MOST: usize = 1_000;
/// Days of the recent span.
const RECENT_DAYS: u32 = 180;
/// Fewest reviews of a span.
const SPAN_REVIEWS: f64 = 10.0;

/// A term with the reviews that have it.
struct Candidate {
    term: Term,
    tongue: Tongue,
    kind: TopicKind,
    /// Places of the seller's reviews, ascending.
    docs: Vec<u32>,
    effect: f64,
    rank: f64,
}

/// Terms of one topic, the head first.
struct Group {
    members: Vec<(Term, usize)>,
    docs: Vec<u32>,
    effect: f64,
    tongue: Tongue,
    kind: TopicKind,
}

/// All topics of the seller, by what they do to its mean rating.
pub(super) fn topics(
    corpus: &Corpus,
    lexicon: &Lexicon,
    as_of_day: u32,
    revised: Revised<'_>,
) -> Vec<Topic> {
    let own: Vec<&Doc> = corpus.docs().iter().filter(|doc| doc.own).collect();
    let frequent = frequent_words(corpus, &own);
    let terms = frequent_terms(corpus, &own, &frequent);
    let kinds = lexicon.kinds(corpus, &terms);
    let of_terms = with_reviews(corpus, &own, &frequent, &terms);
    let mut totals: BTreeMap<Tongue, Stars> = BTreeMap::new();
    for doc in &own {
        totals.entry(doc.tongue).or_default().add(doc);
    }
    let found = terms.iter().zip(kinds).zip(of_terms);
    let mut candidates: Vec<Candidate> = found
        .filter_map(|((term, kind), docs)| candidate(&own, &totals, *term, kind?, docs))
        .collect();
    candidates.sort_by(|a, b| b.rank.total_cmp(&a.rank).then(a.term.cmp(&b.term)));
    let mut ranked = BTreeMap::new();
    candidates.retain(|candidate| {
        let count = ranked.entry(candidate.kind).or_insert(0);
        *count += 1;
        *count <= RANKED_MOST
    });
    let described = grouped(candidates).into_iter().filter_map(|group| {
        let topic = described(corpus, &own, &totals, &group, as_of_day)?;
        Some((topic, group))
    });
    let mut topics: Vec<(Topic, Group)> = described.collect();
    topics.sort_by(|(a, _), (b, _)| {
        let sway = |topic: &Topic| (topic.share * topic.effect).abs();
        sway(b).total_cmp(&sway(a)).then_with(|| a.key.cmp(&b.key))
    });
    // Remarks sway more by their nature, and would leave no room for aspects.
    let mut kept = BTreeMap::new();
    topics.retain(|(topic, _)| {
        let count = kept.entry(topic.kind).or_insert(0);
        *count += 1;
        *count <= TOPICS_MOST
    });
    let terms = |doc: &Doc| terms_of(corpus, doc, &frequent);
    with_falls(corpus, topics, terms, revised)
}

/// Says of each topic that costs stars whether it fell after pages changed.
fn with_falls(
    corpus: &Corpus,
    mut topics: Vec<(Topic, Group)>,
    terms_of: impl Fn(&Doc) -> Vec<Term>,
    revised: Revised<'_>,
) -> Vec<Topic> {
    let complaints: Vec<usize> = (0..topics.len())
        .filter(|place| topics[*place].0.effect < 0.0)
        .collect();
    let terms: Vec<Vec<Term>> = complaints
        .iter()
        .map(|place| {
            topics[*place]
                .1
                .members
                .iter()
                .map(|(term, _)| *term)
                .collect()
        })
        .collect();
    let asked: Vec<Asked<'_>> = complaints
        .iter()
        .zip(&terms)
        .map(|(place, terms)| Asked {
            terms,
            tongue: topics[*place].1.tongue,
        })
        .collect();
    let found = falls(corpus, &asked, terms_of, revised);
    for (place, fall) in complaints.into_iter().zip(found) {
        topics[place].0.fall = fall;
    }
    topics.into_iter().map(|(topic, _)| topic).collect()
}

/// By word: whether enough of the seller's reviews have it.
fn frequent_words(corpus: &Corpus, own: &[&Doc]) -> Vec<bool> {
    let mut counts = vec![0_u32; corpus.word_count()];
    for doc in own {
        let seen: BTreeSet<u32> = corpus.flow(doc).iter().copied().collect();
        for word in seen {
            if let Some(count) = counts.get_mut(word as usize) {
                *count += 1;
            }
        }
    }
    let mut frequent: Vec<bool> = Vec::with_capacity(counts.len());
    for (number, count) in (0_u32..).zip(counts) {
        let means = corpus
            .word(number)
            .is_some_and(super::corpus::Word::has_meaning);
        frequent.push(means && count as usize >= MENTIONS_LEAST);
    }
    frequent
}

fn terms_of(corpus: &Corpus, doc: &Doc, frequent: &[bool]) -> Vec<Term> {
    let wanted = |word: u32| frequent.get(word as usize).copied().unwrap_or(false);
    let found = places(corpus, corpus.flow(doc), wanted);
    let mut terms: Vec<Term> = found.into_iter().map(|place| place.term).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Terms that enough of the seller's reviews have; of too many the most frequent.
fn frequent_terms(corpus: &Corpus, own: &[&Doc], frequent: &[bool]) -> Vec<Term> {
    let mut counts: HashMap<Term, u32> = HashMap::new();
    for doc in own {
        for term in terms_of(corpus, doc, frequent) {
            *counts.entry(term).or_default() += 1;
        }
        if counts.len() > COUNTED_MOST {
            counts.retain(|_, count| *count > 1);
        }
    }
    let mut terms: Vec<(Reverse<u32>, Term)> = counts
        .into_iter()
        .filter(|(_, count)| *count as usize >= MENTIONS_LEAST)
        .map(|(term, count)| (Reverse(count), term))
        .collect();
    terms.sort_unstable();
    terms.truncate(CANDIDATES_MOST);
    terms.into_iter().map(|(_, term)| term).collect()
}

/// For each term the seller's reviews that have it.
fn with_reviews(corpus: &Corpus, own: &[&Doc], frequent: &[bool], terms: &[Term]) -> Vec<Vec<u32>> {
    let index: HashMap<Term, usize> = terms.iter().copied().zip(0..).collect();
    let mut found = vec![Vec::new(); terms.len()];
    for (place, doc) in (0_u32..).zip(own) {
        for term in terms_of(corpus, doc, frequent) {
            if let Some(at) = index.get(&term) {
                found[*at].push(place);
            }
        }
    }
    found
}

fn stars_of(own: &[&Doc], docs: &[u32]) -> Stars {
    let mut stars = Stars::default();
    for place in docs {
        stars.add(own[*place as usize]);
    }
    stars
}

fn effect_of(own: &[&Doc], total: &Stars, docs: &[u32]) -> Option<(Stars, Difference)> {
    let with = stars_of(own, docs);
    let found = difference(&with, &total.without(&with))?;
    (with.weight >= WEIGHT_LEAST && with.weight <= SHARE_MOST * total.weight)
        .then_some((with, found))
}

fn candidate(
    own: &[&Doc],
    totals: &BTreeMap<Tongue, Stars>,
    term: Term,
    kind: TopicKind,
    docs: Vec<u32>,
) -> Option<Candidate> {
    let tongue = own.get(*docs.first()? as usize)?.tongue;
    let total = totals.get(&tongue)?;
    let (with, found) = effect_of(own, total, &docs)?;
    let prior = EFFECT_SD * EFFECT_SD;
    let shrunk = found.stars * prior / (prior + found.sd * found.sd);
    Some(Candidate {
        term,
        tongue,
        kind,
        effect: found.stars,
        rank: (shrunk * with.weight / total.weight).abs(),
        docs,
    })
}

/// How many are in both; both ascending.
fn common(left: &[u32], right: &[u32]) -> usize {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        both += usize::from(a == b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    both
}

impl Group {
    fn takes(&self, candidate: &Candidate) -> bool {
        let alike = self.tongue == candidate.tongue && self.kind == candidate.kind;
        if !alike || (self.effect - candidate.effect).abs() > APART_STARS {
            return false;
        }
        let both = common(&self.docs, &candidate.docs) as f64;
        let (one, other) = (self.docs.len() as f64, candidate.docs.len() as f64);
        let kin = self
            .members
            .iter()
            .any(|(term, _)| term.shares_a_word(candidate.term));
        both >= COMMON * one.min(other) && (kin || both >= COMMON_OF_BOTH * (one + other - both))
    }

    fn take(&mut self, candidate: Candidate) {
        self.members.push((candidate.term, candidate.docs.len()));
        self.docs.extend(candidate.docs);
        self.docs.sort_unstable();
        self.docs.dedup();
    }
}

/// Terms that stand in the same reviews and say the same, together.
fn grouped(candidates: Vec<Candidate>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for candidate in candidates {
        if let Some(group) = groups.iter_mut().find(|group| group.takes(&candidate)) {
            group.take(candidate);
            continue;
        }
        groups.push(Group {
            members: vec![(candidate.term, candidate.docs.len())],
            docs: candidate.docs,
            effect: candidate.effect,
            tongue: candidate.tongue,
            kind: candidate.kind,
        });
    }
    groups
}

fn described(
    corpus: &Corpus,
    own: &[&Doc],
    totals: &BTreeMap<Tongue, Stars>,
    group: &Group,
    as_of_day: u32,
) -> Option<Topic> {
    let total = totals.get(&group.tongue)?;
    let with = stars_of(own, &group.docs);
    let found = difference(&with, &total.without(&with))?;
    let reach = student_quantile(0.95, found.degrees) * found.sd;
    let head = group.members.first()?.0;
    let of_tongue = own.iter().filter(|doc| doc.tongue == group.tongue).count();
    Some(Topic {
        key: head.key(corpus),
        kind: group.kind,
        words: worded(corpus, own, group),
        mentions: group.docs.len() as u32,
        share: with.weight / total.weight,
        raw_share: group.docs.len() as f64 / of_tongue as f64,
        effect: found.stars,
        low: found.stars - reach,
        high: found.stars + reach,
        trend: trend(own, group, as_of_day),
        fall: None,
        samples: samples(own, group, found.stars < 0.0),
    })
}

/// How people put it: the head, which names the topic, then the rest by how many say so.
fn worded(corpus: &Corpus, own: &[&Doc], group: &Group) -> Vec<String> {
    let mut members = group.members.clone();
    members[1..].sort_by_key(|(term, count)| (Reverse(*count), *term));
    let mut words: Vec<String> = Vec::new();
    for (term, count) in members {
        let frequent = count as f64 >= WORDED_LEAST * group.docs.len() as f64;
        if words.len() >= SHOWN || !(frequent || words.is_empty()) {
            break;
        }
        let read = group.docs.iter().take(WORDED_MOST);
        let shown = term.shown(corpus, read.map(|place| own[*place as usize]));
        if !shown.is_empty() && !words.contains(&shown) {
            words.push(shown);
        }
    }
    words
}

fn trend(own: &[&Doc], group: &Group, as_of_day: u32) -> Option<TopicTrend> {
    let since = as_of_day.saturating_sub(RECENT_DAYS);
    let (mut before, mut recent) = (Counts::default(), Counts::default());
    for (place, doc) in (0_u32..).zip(own) {
        let Some(day) = doc.day.filter(|_| doc.tongue == group.tongue) else {
            continue;
        };
        let span = if day > since {
            &mut recent
        } else {
            &mut before
        };
        span.add(group.docs.binary_search(&place).is_ok(), doc.weight);
    }
    (before.of >= SPAN_REVIEWS && recent.of >= SPAN_REVIEWS).then(|| TopicTrend {
        recent: recent.share().unwrap_or(0.0),
        before: before.share().unwrap_or(0.0),
        rising: rose(&before, &recent),
    })
}

/// The plainest reviews of a topic: by stars in its direction, the newest first.
fn samples(own: &[&Doc], group: &Group, blames: bool) -> Vec<u32> {
    let mut docs: Vec<&Doc> = group
        .docs
        .iter()
        .map(|place| own[*place as usize])
        .collect();
    docs.sort_by(|a, b| {
        let trusted = |doc: &Doc| doc.weight >= 0.5;
        let stars = a.stars.total_cmp(&b.stars);
        trusted(b)
            .cmp(&trusted(a))
            .then(if blames { stars } else { stars.reverse() })
            .then(b.day.cmp(&a.day))
            .then(a.review.cmp(&b.review))
    });
    docs.iter().take(SHOWN).map(|doc| doc.review).collect()
}
