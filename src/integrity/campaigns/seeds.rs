//! Slow campaigns, which make no burst: shared wording, and crews who meet again and again.

use std::collections::BTreeMap;

use super::REVIEWS_LEAST;
use super::cells::{Cell, Seed, seeded};
use super::groups::Links;
use super::rhythm::Rhythm;
use super::rows::{RowMap, RowSet};
use crate::state::{BandKey, Side, State};

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

/// A listing, a polarity, and day and row of reviews that belong together.
type Places = BTreeMap<(u32, usize), Vec<(u32, u32)>>;

/// Adds cells where no burst was found.
pub(super) fn add(state: &State, rhythm: &Rhythm, cells: &mut Vec<Cell>) {
    let mut taken: RowMap<(u32, usize), Vec<(u32, u32)>> = RowMap::default();
    for cell in cells.iter() {
        let windows = taken.entry((cell.listing, cell.side.index())).or_default();
        windows.push((cell.first, cell.last));
    }
    for (seed, places) in [(Seed::Wording, wordings(state)), (Seed::Crew, crews(state))] {
        for ((listing, side), mut reviews) in places {
            reviews.sort_unstable();
            reviews.dedup();
            let held = taken.entry((listing, side)).or_default();
            for run in reviews.chunk_by(|a, b| b.0 - a.0 <= GAP_DAYS) {
                let (Some(first), Some(last)) = (run.first(), run.last()) else {
                    continue;
                };
                let window = (first.0, last.0);
                let free = held.iter().all(|w| w.1 < window.0 || window.1 < w.0);
                if run.len() < REVIEWS_LEAST || !free {
                    continue;
                }
                let side = if side == Side::Blame.index() {
                    Side::Blame
                } else {
                    Side::Praise
                };
                let Some(mut cell) = seeded(state, rhythm, (listing, side), window, seed) else {
                    continue;
                };
                let wanted: RowSet<u32> = run.iter().map(|review| review.1).collect();
                cell.reviews.retain(|review| wanted.contains(review));
                cell.expected = (cell.expected * CHANCE).min(cell.reviews.len() as f64 / 2.0);
                held.push(window);
                cells.push(cell);
            }
        }
    }
}

/// Reviews that share a near-duplicate bucket with two other authors of their listing. Wording is
/// compared listing by listing: to ask for the size of every bucket costs more than all else.
fn wordings(state: &State) -> Places {
    let mut places = Places::new();
    let mut by_bucket: Vec<(BandKey, u32, u32)> = Vec::new();
    for listing in 0..state.listings().len() {
        by_bucket.clear();
        for (row, review) in state.reviews_of_listing(listing) {
            let Some(time) = review.time().filter(|_| review.side() != Side::Neutral) else {
                continue;
            };
            by_bucket.extend(review.buckets().map(|bucket| (bucket, time.day(), row)));
        }
        if by_bucket.len() < SHARED_LEAST {
            continue;
        }
        by_bucket.sort_unstable();
        for bucket in by_bucket.chunk_by(|a, b| a.0 == b.0) {
            for run in bucket.chunk_by(|a, b| b.1 - a.1 <= GAP_DAYS) {
                if run.len() < SHARED_LEAST {
                    continue;
                }
                let authors = run.iter().filter_map(|held| state.reviews().get(held.2));
                let authors: RowSet<u32> = authors.map(|review| review.reviewer).collect();
                if authors.len() >= SHARED_LEAST {
                    gather(state, &mut places, run.iter().map(|held| (held.1, held.2)));
                }
            }
        }
    }
    places
}

/// Reviews of crews: authors who met at least three others on several listings.
fn crews(state: &State) -> Places {
    let mut meetings: Vec<(u32, u32, u32)> = Vec::new();
    let mut on_listing: Vec<(u32, usize, u32, u32)> = Vec::new();
    for listing in 0..state.listings().len() {
        on_listing.clear();
        for (row, review) in state.reviews_of_listing(listing) {
            let author = state.reviewers().get(review.reviewer);
            let several =
                author.is_some_and(|held| (2..=AUTHOR_REVIEWS_MOST).contains(&held.reviews));
            if let Some(time) = review
                .time()
                .filter(|_| several && review.side() != Side::Neutral)
            {
                on_listing.push((time.seconds(), review.side().index(), review.reviewer, row));
            }
        }
        // Ties in time are rare, and broken by ids.
        super::canon::sort_by_review(state, &mut on_listing, |held| held.3);
        for (place, (time, side, author, _)) in on_listing.iter().enumerate() {
            let next = on_listing.iter().skip(place + 1).take(NEXT_MOST);
            for (later, other_side, other, _) in next {
                let near = later - time <= MEET_DAYS * crate::domain::DAY;
                if near && side == other_side && author != other {
                    meetings.push((*author.min(other), *author.max(other), listing));
                }
            }
        }
    }
    meetings.sort_unstable();
    meetings.dedup();
    let mut links = Links::new(state.reviewers().len() as usize);
    let mut friends: RowMap<u32, u32> = RowMap::default();
    let mut pairs = Vec::new();
    for pair in meetings.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        if pair.len() as u32 >= MEETINGS_LEAST {
            let (one, other, _) = pair[0];
            pairs.push((one, other));
            *friends.entry(one).or_default() += 1;
            *friends.entry(other).or_default() += 1;
        }
    }
    // One chance pair must not join two crews.
    let sociable = |author: &u32| friends.get(author).is_some_and(|count| *count >= 2);
    for (one, other) in &pairs {
        if sociable(one) && sociable(other) {
            links.join(*one as usize, *other as usize);
        }
    }
    let mut places = Places::new();
    let members = friends.keys().copied().filter(sociable);
    let mut crews: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for member in members {
        crews
            .entry(links.root(member as usize))
            .or_default()
            .push(member);
    }
    for crew in crews.into_values().filter(|crew| crew.len() >= CREW_LEAST) {
        let reviews = crew
            .iter()
            .flat_map(|author| state.reviews_of_reviewer(*author));
        let dated = reviews.filter_map(|(row, review)| Some((review.time()?.day(), row)));
        gather(state, &mut places, dated.collect::<Vec<_>>().into_iter());
    }
    places
}

fn gather(state: &State, places: &mut Places, reviews: impl Iterator<Item = (u32, u32)>) {
    for (day, row) in reviews {
        let held = state.reviews().get(row).filter(|review| review.arrived());
        if let Some(review) = held.filter(|review| review.side() != Side::Neutral) {
            let place = (review.listing, review.side().index());
            places.entry(place).or_default().push((day, row));
        }
    }
}
