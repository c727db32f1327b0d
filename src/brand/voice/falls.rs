//! Complaint topics that fell after a page was changed.
//!
//! Of each of a seller's listings whose page changed, and of each topic that costs stars, how often
//! its reviews speak of the topic before and after, against listings of the category whose pages did
//! not change then ([`super::revision`]). Only changes of pages are known: a product that is changed
//! without a word on its page is not seen.

use std::collections::{BTreeMap, HashMap};

use super::corpus::{Corpus, Doc};
use super::language::Tongue;
use super::revision::{Fall, Periods, combined, fell, matched};
use super::terms::Term;

/// Most changed listings that are looked at, those with most reviews.
const CHANGED_MOST: usize = 8;
/// A page that changed within so many days of another is not matched with it.
pub const APART_DAYS: u32 = 90;

/// A topic whose fall is asked for.
pub(super) struct Asked<'a> {
    pub(super) terms: &'a [Term],
    pub(super) tongue: Tongue,
}

/// When the page of a listing last changed, in days since 1970.
pub type Revised<'a> = &'a dyn Fn(u32) -> Option<u32>;

/// A review with a day, and which of the topics it speaks of, as places ascending.
struct Heard {
    day: u32,
    weight: f64,
    tongue: Tongue,
    topics: Vec<u32>,
}

/// The fall of each topic; none without a change, or with too little around it. `terms_of` tells
/// the terms of a review.
pub(super) fn falls(
    corpus: &Corpus,
    asked: &[Asked<'_>],
    terms_of: impl Fn(&Doc) -> Vec<Term>,
    revised: Revised<'_>,
) -> Vec<Option<Fall>> {
    let changed = changed(corpus, revised);
    if changed.is_empty() || asked.is_empty() {
        return vec![None; asked.len()];
    }
    let mut index: HashMap<Term, Vec<u32>> = HashMap::new();
    for (place, topic) in (0_u32..).zip(asked) {
        for term in topic.terms {
            index.entry(*term).or_default().push(place);
        }
    }
    // By category and listing.
    let mut listings: BTreeMap<(u32, u32), Vec<Heard>> = BTreeMap::new();
    for doc in corpus.docs() {
        let Some(day) = doc.day else {
            continue;
        };
        let spoken = terms_of(doc).into_iter();
        let mut topics: Vec<u32> = spoken
            .filter_map(|term| index.get(&term))
            .flatten()
            .copied()
            .collect();
        topics.sort_unstable();
        topics.dedup();
        let held = listings.entry((doc.category, doc.listing)).or_default();
        held.push(Heard {
            day,
            weight: doc.weight,
            tongue: doc.tongue,
            topics,
        });
    }
    let of = |(place, topic): (u32, &Asked<'_>)| {
        let found = changed.iter().filter_map(|(category, listing, day)| {
            let periods = |heard: &Vec<Heard>| periods(heard, place, topic.tongue, *day);
            let own = periods(listings.get(&(*category, *listing))?);
            let others: Vec<Periods> = listings
                .range((*category, 0)..=(*category, u32::MAX))
                .filter(|((_, other), _)| other != listing && !near(revised(*other), *day))
                .map(|(_, heard)| periods(heard))
                .collect();
            let alike: Vec<Periods> = matched(&own, &others)
                .into_iter()
                .filter_map(|place| others.get(place).copied())
                .collect();
            fell(&own, &alike)
        });
        combined(&found.collect::<Vec<Fall>>())
    };
    (0_u32..).zip(asked).map(of).collect()
}

/// Whether a page changed around a day.
pub fn near(revised: Option<u32>, day: u32) -> bool {
    revised.is_some_and(|other| other.abs_diff(day) <= APART_DAYS)
}

/// The seller's listings whose pages changed: category, listing and day.
fn changed(corpus: &Corpus, revised: Revised<'_>) -> Vec<(u32, u32, u32)> {
    let mut counts: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for doc in corpus.docs().iter().filter(|doc| doc.own) {
        *counts.entry((doc.category, doc.listing)).or_default() += 1;
    }
    let mut found: Vec<(usize, (u32, u32, u32))> = counts
        .into_iter()
        .filter_map(|((category, listing), count)| {
            Some((count, (category, listing, revised(listing)?)))
        })
        .collect();
    found.sort_by_key(|(count, place)| (std::cmp::Reverse(*count), *place));
    found.truncate(CHANGED_MOST);
    found.into_iter().map(|(_, place)| place).collect()
}

fn periods(heard: &[Heard], topic: u32, tongue: Tongue, day: u32) -> Periods {
    let mut periods = Periods::default();
    for review in heard.iter().filter(|review| review.tongue == tongue) {
        let side = if review.day < day {
            &mut periods.before
        } else {
            &mut periods.after
        };
        side.add(review.topics.binary_search(&topic).is_ok(), review.weight);
    }
    periods
}
