//! Slow campaigns, which make no burst: shared wording, and crews who meet again and again.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::REVIEWS_LEAST;
use super::cells::{Cell, Seed, seeded};
use super::groups::DisjointSets;
use super::listing_index::{IndexedReview, ListingIndex, ListingPolarity, POLARITIES};
use super::rhythm::MarketplaceRhythms;
use super::windows::DaySpan;
use crate::state::{BandKey, ListingIx, Polarity, ReviewIx, ReviewerIx, State};
use crate::threads::parallel::{PASS_THREADS, gathered};

/// Reviews of one wording, or of one crew, that lie further apart are not one campaign.
const GAP_DAYS: u32 = 30;
/// Days within which two authors of a listing meet.
const MEET_DAYS: u32 = 7;
/// Next authors on a listing with whom one is compared: bounds the work on a hot listing.
const NEXT_MOST: usize = 8;
/// Authors with more reviews than this meet everybody.
const AUTHOR_REVIEWS_MOST: u32 = 64;
/// Listings on which two authors must meet.
const MEETINGS_LEAST: u32 = 2;
/// Authors of one wording.
const SHARED_LEAST: usize = 3;
/// Authors of a crew.
const CREW_LEAST: usize = 4;
/// Of the usual reviews in a window, the share that would be taken for seeds by chance.
const CHANCE: f64 = 0.1;

/// Reviews that belong together.
type SeedReviews = BTreeMap<ListingPolarity, Vec<IndexedReview>>;

/// Adds cells where no burst was found.
pub(super) fn add(
    state: &State,
    rhythm: &MarketplaceRhythms,
    index: &ListingIndex,
    cells: &mut Vec<Cell>,
) {
    let mut taken: FxHashMap<ListingPolarity, Vec<DaySpan>> = FxHashMap::default();
    for cell in cells.iter() {
        let key = ListingPolarity {
            listing: cell.listing,
            polarity: cell.polarity,
        };
        taken.entry(key).or_default().push(DaySpan {
            first: cell.first,
            last: cell.last,
        });
    }
    let seeds = [
        (Seed::Wording, wordings(state, index)),
        (Seed::Crew, crews(state, index)),
    ];
    for (seed, by_listing) in seeds {
        for (key, mut reviews) in by_listing {
            reviews.sort_unstable();
            reviews.dedup();
            let taken = taken.entry(key).or_default();
            for run in reviews.chunk_by(|a, b| b.day() - a.day() <= GAP_DAYS) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else {
                    continue;
                };
                let days = DaySpan {
                    first: first.day(),
                    last: last.day(),
                };
                let free = !taken.iter().any(|span| span.overlaps(days));
                if run.len() < REVIEWS_LEAST || !free {
                    continue;
                }
                let Some(mut cell) = seeded(state, rhythm, index, key, days, seed) else {
                    continue;
                };
                let wanted: FxHashSet<ReviewIx> = run.iter().map(|review| review.row).collect();
                cell.reviews.retain(|review| wanted.contains(review));
                cell.expected = (cell.expected * CHANCE).min(cell.reviews.len() as f64 / 2.0);
                taken.push(days);
                cells.push(cell);
            }
        }
    }
}

/// Reviews that share a near-duplicate bucket with two other authors of their listing. Wording is
/// compared listing by listing: to ask for the size of every bucket costs more than all else.
fn wordings(state: &State, index: &ListingIndex) -> SeedReviews {
    let alike = gathered(PASS_THREADS, state.listings().len() as usize, |range| {
        let mut alike = Vec::new();
        let mut by_bucket = Vec::new();
        for listing in ListingIx::range(range) {
            add_alike(state, listing, index, &mut by_bucket, &mut alike);
        }
        alike
    });
    let mut by_listing = SeedReviews::new();
    add_to_listings(state, &mut by_listing, alike.into_iter());
    by_listing
}

/// A review in a near-duplicate bucket.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct BucketReview {
    bucket: BandKey,
    review: IndexedReview,
}

/// Adds those of one listing; the buckets are scratch.
fn add_alike(
    state: &State,
    listing: ListingIx,
    index: &ListingIndex,
    by_bucket: &mut Vec<BucketReview>,
    alike: &mut Vec<IndexedReview>,
) {
    by_bucket.clear();
    for indexed in POLARITIES
        .iter()
        .flat_map(|polarity| index.of_listing(listing, *polarity))
    {
        if let Some(review) = state.reviews().get(indexed.row) {
            by_bucket.extend(review.buckets().map(|bucket| BucketReview {
                bucket,
                review: *indexed,
            }));
        }
    }
    by_bucket.sort_unstable();
    for bucket in by_bucket.chunk_by(|a, b| a.bucket == b.bucket) {
        for run in bucket.chunk_by(|a, b| b.review.day() - a.review.day() <= GAP_DAYS) {
            if run.len() < SHARED_LEAST {
                continue;
            }
            let reviews = run
                .iter()
                .filter_map(|shared| state.reviews().get(shared.review.row));
            let authors: FxHashSet<ReviewerIx> =
                reviews.filter_map(|review| review.reviewer).collect();
            if authors.len() >= SHARED_LEAST {
                alike.extend(run.iter().map(|shared| shared.review));
            }
        }
    }
}

/// Two authors who met on a listing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Meeting {
    /// The author with the smaller row.
    one: ReviewerIx,
    other: ReviewerIx,
    listing: ListingIx,
}

impl Meeting {
    fn has_pair_of(&self, meeting: &Self) -> bool {
        (self.one, self.other) == (meeting.one, meeting.other)
    }
}

/// Finds the authors who meet on a listing in positive, or in negative, reviews. One polarity must
/// not come between the reviews of the other.
fn meetings(state: &State, listing: ListingIx, index: &ListingIndex, met: &mut Vec<Meeting>) {
    let mut on_listing: Vec<(u32, ReviewerIx)> = Vec::new();
    for polarity in POLARITIES {
        on_listing.clear();
        for indexed in index.of_listing(listing, polarity) {
            let author = state
                .reviews()
                .get(indexed.row)
                .and_then(|review| review.reviewer);
            let written = |author| Some(state.reviewers().get(author)?.reviews);
            let reviews = author.and_then(written);
            if reviews.is_some_and(|reviews| (2..=AUTHOR_REVIEWS_MOST).contains(&reviews)) {
                on_listing.extend(author.map(|author| (indexed.seconds, author)));
            }
        }
        for (at, (time, author)) in on_listing.iter().enumerate() {
            for (later, other) in on_listing.iter().skip(at + 1).take(NEXT_MOST) {
                if later - time <= MEET_DAYS * crate::domain::DAY && author != other {
                    met.push(Meeting {
                        one: *author.min(other),
                        other: *author.max(other),
                        listing,
                    });
                }
            }
        }
    }
}

/// Reviews of crews: authors who met at least three others on several listings.
fn crews(state: &State, index: &ListingIndex) -> SeedReviews {
    let mut meetings = gathered(PASS_THREADS, state.listings().len() as usize, |range| {
        let mut met = Vec::new();
        for listing in ListingIx::range(range) {
            meetings(state, listing, index, &mut met);
        }
        met
    });
    meetings.sort_unstable();
    meetings.dedup();
    let mut sets = DisjointSets::new(state.reviewers().len() as usize);
    let mut friends: FxHashMap<ReviewerIx, u32> = FxHashMap::default();
    let mut pairs = Vec::new();
    for pair in meetings.chunk_by(Meeting::has_pair_of) {
        if pair.len() as u32 >= MEETINGS_LEAST {
            let Meeting { one, other, .. } = pair[0];
            pairs.push((one, other));
            *friends.entry(one).or_default() += 1;
            *friends.entry(other).or_default() += 1;
        }
    }
    // One chance pair must not join two crews.
    let sociable = |author: &ReviewerIx| friends.get(author).is_some_and(|count| *count >= 2);
    for (one, other) in &pairs {
        if sociable(one) && sociable(other) {
            sets.join(one.index(), other.index());
        }
    }
    let mut by_listing = SeedReviews::new();
    #[allow(
        clippy::disallowed_methods,
        reason = "each listing's reviews are sorted"
    )]
    let members = friends.keys().copied().filter(sociable);
    let mut crews: BTreeMap<usize, Vec<ReviewerIx>> = BTreeMap::new();
    for member in members {
        crews
            .entry(sets.root(member.index()))
            .or_default()
            .push(member);
    }
    for crew in crews.into_values().filter(|crew| crew.len() >= CREW_LEAST) {
        let reviews = crew
            .iter()
            .flat_map(|author| state.acts_of_reviewer(*author));
        let dated = reviews.filter_map(|(row, review)| {
            let seconds = review.time()?.seconds();
            Some(IndexedReview { seconds, row })
        });
        add_to_listings(state, &mut by_listing, dated);
    }
    by_listing
}

fn add_to_listings(
    state: &State,
    by_listing: &mut SeedReviews,
    reviews: impl Iterator<Item = IndexedReview>,
) {
    for indexed in reviews {
        let review = state
            .reviews()
            .get(indexed.row)
            .filter(|review| review.arrived());
        if let Some(review) = review.filter(|review| review.polarity() != Polarity::Neutral)
            && let Some(listing) = review.listing
        {
            let polarity = review.polarity();
            let key = ListingPolarity { listing, polarity };
            by_listing.entry(key).or_default().push(indexed);
        }
    }
}
