//! Estimates which complaint topics fell after a page was changed.
//!
//! Mentions of each topic that costs stars are counted before and after the page of a listing changed.
//! They are compared with listings of the category whose pages did not change then
//! ([`super::revision`]). Only changes of pages are known: a product that changes while its page stays
//! the same is not seen.

use std::collections::{BTreeMap, HashMap};

use super::corpus::{Corpus, Doc};
use super::language::Language;
use super::revision::{Fall, Periods, combined, fall_beyond_peers};
use super::terms::Term;
use crate::state::{GroupIx, ListingIx};

/// Most changed listings that are looked at, those with most reviews.
const CHANGED_MOST: usize = 8;
/// Days within which two changed pages are not matched.
const APART_DAYS: u32 = 90;

/// The terms of a topic, and its language.
pub(super) struct TopicTerms<'a> {
    pub(super) terms: &'a [Term],
    pub(super) language: Language,
}

/// The day since 1970 on which the page of a listing last changed.
pub type RevisedDay<'a> = &'a dyn Fn(ListingIx) -> Option<u32>;

/// A dated review, and the topics that it mentions.
struct DatedReview {
    day: u32,
    weight: f64,
    language: Language,
    /// Indices of topics, ascending.
    topics: Vec<u32>,
}

/// A listing of the seller whose page changed.
struct ChangedListing {
    category: GroupIx,
    listing: ListingIx,
    day: u32,
}

/// Dated reviews by category and listing.
type ByListing = BTreeMap<GroupIx, BTreeMap<ListingIx, Vec<DatedReview>>>;

/// The fall of each topic; none without a change, or with too few reviews around it. `terms_of`
/// gives the terms of a review.
pub(super) fn falls(
    corpus: &Corpus,
    topics: &[TopicTerms<'_>],
    terms_of: impl Fn(&Doc) -> Vec<Term>,
    revised: RevisedDay<'_>,
) -> Vec<Option<Fall>> {
    let changed = changed_listings(corpus, revised);
    if changed.is_empty() || topics.is_empty() {
        return vec![None; topics.len()];
    }
    let listings = by_listing(corpus, topics, terms_of);
    let of_topic = |(index, topic): (u32, &TopicTerms<'_>)| {
        let falls = changed.iter().filter_map(|changed| {
            let periods =
                |reviews: &Vec<DatedReview>| periods(reviews, index, topic.language, changed.day);
            let listings = listings.get(&changed.category)?;
            let own = periods(listings.get(&changed.listing)?);
            let others: Vec<Periods> = listings
                .iter()
                .filter(|(other, _)| {
                    **other != changed.listing && !changed_near(revised(**other), changed.day)
                })
                .map(|(_, reviews)| periods(reviews))
                .collect();
            fall_beyond_peers(&own, &others)
        });
        combined(&falls.collect::<Vec<Fall>>())
    };
    (0_u32..).zip(topics).map(of_topic).collect()
}

fn by_listing(
    corpus: &Corpus,
    topics: &[TopicTerms<'_>],
    terms_of: impl Fn(&Doc) -> Vec<Term>,
) -> ByListing {
    let mut topics_of: HashMap<Term, Vec<u32>> = HashMap::new();
    for (index, topic) in (0_u32..).zip(topics) {
        for term in topic.terms {
            topics_of.entry(*term).or_default().push(index);
        }
    }
    let mut listings = ByListing::new();
    for doc in corpus.docs() {
        let Some(day) = doc.day else {
            continue;
        };
        let terms = terms_of(doc);
        let mentioned = terms.iter().filter_map(|term| topics_of.get(term));
        let mut mentioned: Vec<u32> = mentioned.flatten().copied().collect();
        mentioned.sort_unstable();
        mentioned.dedup();
        let of_category = listings.entry(doc.category).or_default();
        let reviews = of_category.entry(doc.listing).or_default();
        reviews.push(DatedReview {
            day,
            weight: doc.weight,
            language: doc.language,
            topics: mentioned,
        });
    }
    listings
}

/// Whether a page changed around a day.
pub(in crate::brand) fn changed_near(revised: Option<u32>, day: u32) -> bool {
    revised.is_some_and(|other| other.abs_diff(day) <= APART_DAYS)
}

fn changed_listings(corpus: &Corpus, revised: RevisedDay<'_>) -> Vec<ChangedListing> {
    let mut counts: BTreeMap<(GroupIx, ListingIx), usize> = BTreeMap::new();
    for doc in corpus.docs().iter().filter(|doc| doc.own) {
        *counts.entry((doc.category, doc.listing)).or_default() += 1;
    }
    let known = counts
        .into_iter()
        .filter_map(|((category, listing), count)| {
            let day = revised(listing)?;
            let changed = ChangedListing {
                category,
                listing,
                day,
            };
            Some((count, changed))
        });
    let mut changed: Vec<(usize, ChangedListing)> = known.collect();
    // Stable: of equal counts the first category and listing.
    changed.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    changed.truncate(CHANGED_MOST);
    changed.into_iter().map(|(_, changed)| changed).collect()
}

fn periods(reviews: &[DatedReview], topic: u32, language: Language, changed: u32) -> Periods {
    let mut periods = Periods::default();
    for review in reviews.iter().filter(|review| review.language == language) {
        let mentions = review.topics.binary_search(&topic).is_ok();
        periods.at(review.day, changed).add(mentions, review.weight);
    }
    periods
}
