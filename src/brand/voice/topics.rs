//! Groups the terms of one seller to topics.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::corpus::{Corpus, Doc, Word};
use super::falls::{RevisedDay, TopicTerms, falls};
use super::language::Language;
use super::lexicon::{Lexicon, Stars, difference};
use super::share::{Counts, rose};
use super::terms::{Term, occurrences};
use super::topic_groups::{Candidate, Group, Member, grouped};
use super::{TOPICS_MOST, Topic, TopicKind, TopicTrend};
use crate::state::ReviewIx;
use crate::stats::student_quantile;

/// Fewest reviews of a seller that make a topic.
const MENTIONS_LEAST: usize = 5;
/// Least weight of these.
const WEIGHT_LEAST: f64 = 3.0;
/// Largest share of the reviews of a topic: a term of more of them is no topic.
const SHARE_MOST: f64 = 0.4;
/// Most terms that are counted at once: beyond, those with one review are dropped (lossy counting,
/// Manku and Motwani, 2002).
const COUNTED_MOST: usize = 400_000;
/// Most terms that are looked at for topics.
const CANDIDATES_MOST: usize = 4_000;
/// Most terms of either kind that are grouped to topics.
const RANKED_MOST: usize = 200;
/// Prior standard deviation of effects, in stars: it ranks a few extreme reviews below many clear
/// ones.
const EFFECT_SD: f64 = 0.5;
/// Most wordings, and sample reviews, of a topic.
const SHOWN: usize = 5;
/// Least share of a topic's reviews with a wording.
const WORDED_LEAST: f64 = 0.1;
/// Most reviews that are searched for a wording.
const WORDED_MOST: usize = 1_000;
/// Days of the recent span.
const RECENT_DAYS: u32 = 180;
/// Fewest reviews of a span.
const SPAN_REVIEWS: f64 = 10.0;

/// All topics of the seller, by their effect on its mean rating.
pub(super) fn topics(
    corpus: &Corpus,
    lexicon: &Lexicon,
    as_of_day: u32,
    revised: RevisedDay<'_>,
) -> Vec<Topic> {
    let own: Vec<&Doc> = corpus.docs().iter().filter(|doc| doc.own).collect();
    let frequent = frequent_words(corpus, &own);
    let terms = frequent_terms(corpus, &own, &frequent);
    let kinds = lexicon.kinds(corpus, &terms);
    let docs = docs_of_terms(corpus, &own, &frequent, &terms);
    let mut totals: BTreeMap<Language, Stars> = BTreeMap::new();
    for doc in &own {
        totals.entry(doc.language).or_default().add(doc);
    }
    let counted = terms.iter().zip(kinds).zip(docs);
    let mut candidates: Vec<Candidate> = counted
        .filter_map(|((term, kind), docs)| candidate(&own, &totals, *term, kind?, docs))
        .collect();
    candidates.sort_by(|a, b| b.rank.total_cmp(&a.rank).then(a.term.cmp(&b.term)));
    keep_of_each_kind(&mut candidates, RANKED_MOST, |candidate| candidate.kind);
    let described = grouped(candidates).into_iter().filter_map(|group| {
        let topic = described(corpus, &own, &totals, &group, as_of_day)?;
        Some((topic, group))
    });
    let mut topics: Vec<(Topic, Group)> = described.collect();
    topics.sort_by(|(a, _), (b, _)| {
        let effect = |topic: &Topic| (topic.share * topic.effect).abs();
        effect(b)
            .total_cmp(&effect(a))
            .then_with(|| a.key.cmp(&b.key))
    });
    // Remarks have larger effects by their nature, and would leave no room for aspects.
    keep_of_each_kind(&mut topics, TOPICS_MOST, |(topic, _)| topic.kind);
    let terms = |doc: &Doc| terms_of(corpus, doc, &frequent);
    with_falls(corpus, topics, terms, revised)
}

/// Keeps the first ones of each kind.
fn keep_of_each_kind<T>(ranked: &mut Vec<T>, most: usize, kind: impl Fn(&T) -> TopicKind) {
    let mut counts = BTreeMap::new();
    ranked.retain(|one| {
        let count = counts.entry(kind(one)).or_insert(0);
        *count += 1;
        *count <= most
    });
}

/// Estimates the fall of each topic that costs stars after pages changed.
fn with_falls(
    corpus: &Corpus,
    mut topics: Vec<(Topic, Group)>,
    terms_of: impl Fn(&Doc) -> Vec<Term>,
    revised: RevisedDay<'_>,
) -> Vec<Topic> {
    let complaints = || topics.iter().filter(|(topic, _)| topic.effect < 0.0);
    let terms: Vec<Vec<Term>> = complaints()
        .map(|(_, group)| group.members.iter().map(|member| member.term).collect())
        .collect();
    let with_terms: Vec<TopicTerms<'_>> = complaints()
        .zip(&terms)
        .map(|((_, group), terms)| TopicTerms {
            terms,
            language: group.language,
        })
        .collect();
    let falls = falls(corpus, &with_terms, terms_of, revised);
    let complaints = topics.iter_mut().filter(|(topic, _)| topic.effect < 0.0);
    for ((topic, _), fall) in complaints.zip(falls) {
        topic.fall = fall;
    }
    topics.into_iter().map(|(topic, _)| topic).collect()
}

/// Whether enough of the seller's reviews have each word.
fn frequent_words(corpus: &Corpus, own: &[&Doc]) -> Vec<bool> {
    let mut counts = vec![0_u32; corpus.word_count()];
    for doc in own {
        let seen: BTreeSet<u32> = corpus.words_of(doc).iter().copied().collect();
        for word in seen {
            if let Some(count) = counts.get_mut(word as usize) {
                *count += 1;
            }
        }
    }
    let frequent = (0_u32..).zip(counts).map(|(number, count)| {
        let has_meaning = corpus.word(number).is_some_and(Word::has_meaning);
        has_meaning && count as usize >= MENTIONS_LEAST
    });
    frequent.collect()
}

/// The terms of a review with frequent words.
fn terms_of(corpus: &Corpus, doc: &Doc, frequent: &[bool]) -> Vec<Term> {
    let wanted = |word: u32| frequent.get(word as usize).copied().unwrap_or(false);
    let occurrences = occurrences(corpus, corpus.words_of(doc), wanted);
    let mut terms: Vec<Term> = occurrences.into_iter().map(|one| one.term).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Terms of enough of the seller's reviews; of too many the most frequent.
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

/// Indices of the seller's reviews that mention each term.
fn docs_of_terms(
    corpus: &Corpus,
    own: &[&Doc],
    frequent: &[bool],
    terms: &[Term],
) -> Vec<Vec<u32>> {
    let index: HashMap<Term, usize> = terms.iter().copied().zip(0..).collect();
    let mut docs = vec![Vec::new(); terms.len()];
    for (number, doc) in (0_u32..).zip(own) {
        for term in terms_of(corpus, doc, frequent) {
            if let Some(at) = index.get(&term) {
                docs[*at].push(number);
            }
        }
    }
    docs
}

fn stars_of(own: &[&Doc], docs: &[u32]) -> Stars {
    let mut stars = Stars::default();
    for number in docs {
        stars.add(own[*number as usize]);
    }
    stars
}

/// A term as a candidate; none with too few or too many reviews.
fn candidate(
    own: &[&Doc],
    totals: &BTreeMap<Language, Stars>,
    term: Term,
    kind: TopicKind,
    docs: Vec<u32>,
) -> Option<Candidate> {
    let language = own.get(*docs.first()? as usize)?.language;
    let total = totals.get(&language)?;
    let with = stars_of(own, &docs);
    let effect = difference(&with, &total.without(&with))?;
    let prior = EFFECT_SD * EFFECT_SD;
    let shrunk = effect.stars * prior / (prior + effect.sd * effect.sd);
    let usable = with.weight >= WEIGHT_LEAST && with.weight <= SHARE_MOST * total.weight;
    usable.then(|| Candidate {
        term,
        language,
        kind,
        effect: effect.stars,
        rank: (shrunk * with.weight / total.weight).abs(),
        docs,
    })
}

/// The topic of a group.
fn described(
    corpus: &Corpus,
    own: &[&Doc],
    totals: &BTreeMap<Language, Stars>,
    group: &Group,
    as_of_day: u32,
) -> Option<Topic> {
    let total = totals.get(&group.language)?;
    let with = stars_of(own, &group.docs);
    let effect = difference(&with, &total.without(&with))?;
    let half_width = student_quantile(0.95, effect.degrees) * effect.sd;
    let head = group.members.first()?.term;
    let of_language = own
        .iter()
        .filter(|doc| doc.language == group.language)
        .count();
    Some(Topic {
        key: head.key(corpus),
        kind: group.kind,
        words: wordings(corpus, own, group),
        mentions: group.docs.len() as u32,
        share: with.weight / total.weight,
        raw_share: group.docs.len() as f64 / of_language as f64,
        effect: effect.stars,
        low: effect.stars - half_width,
        high: effect.stars + half_width,
        trend: trend(own, group, as_of_day),
        fall: None,
        samples: samples(own, group, effect.stars < 0.0),
    })
}

/// Wordings of a topic: the head, which names it, then the rest by their reviews.
fn wordings(corpus: &Corpus, own: &[&Doc], group: &Group) -> Vec<String> {
    let mut members = group.members.clone();
    members[1..].sort_by_key(|member| (Reverse(member.mentions), member.term));
    let mut wordings: Vec<String> = Vec::new();
    for Member { term, mentions } in members {
        let frequent = mentions as f64 >= WORDED_LEAST * group.docs.len() as f64;
        if wordings.len() >= SHOWN || !(frequent || wordings.is_empty()) {
            break;
        }
        let searched = group.docs.iter().take(WORDED_MOST);
        let wording = term.wording(corpus, searched.map(|number| own[*number as usize]));
        if !wording.is_empty() && !wordings.contains(&wording) {
            wordings.push(wording);
        }
    }
    wordings
}

fn trend(own: &[&Doc], group: &Group, as_of_day: u32) -> Option<TopicTrend> {
    let since = as_of_day.saturating_sub(RECENT_DAYS);
    let (mut before, mut recent) = (Counts::default(), Counts::default());
    for (number, doc) in (0_u32..).zip(own) {
        let Some(day) = doc.day.filter(|_| doc.language == group.language) else {
            continue;
        };
        let span = if day > since {
            &mut recent
        } else {
            &mut before
        };
        span.add(group.docs.binary_search(&number).is_ok(), doc.weight);
    }
    (before.of >= SPAN_REVIEWS && recent.of >= SPAN_REVIEWS).then(|| TopicTrend {
        recent: recent.share().unwrap_or(0.0),
        before: before.share().unwrap_or(0.0),
        rising: rose(&before, &recent),
    })
}

/// Sample reviews of a topic: the most extreme stars in its direction, the newest first.
fn samples(own: &[&Doc], group: &Group, costs_stars: bool) -> Vec<ReviewIx> {
    let mut docs: Vec<&Doc> = group
        .docs
        .iter()
        .map(|number| own[*number as usize])
        .collect();
    docs.sort_by(|a, b| {
        let trusted = |doc: &Doc| doc.weight >= 0.5;
        let stars = a.stars.total_cmp(&b.stars);
        trusted(b)
            .cmp(&trusted(a))
            .then(if costs_stars { stars } else { stars.reverse() })
            .then(b.day.cmp(&a.day))
            .then(a.review.cmp(&b.review))
    });
    docs.iter().take(SHOWN).map(|doc| doc.review).collect()
}
