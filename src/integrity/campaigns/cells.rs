//! Finds cells: a listing's positive or negative reviews in a window far above its rhythm.

use super::listing_index::{ListingIndex, POLARITIES};
use super::marks::ReviewMarks;
use super::rhythm::{ListingRhythm, MarketplaceRhythms};
use super::windows::{DAYS_MOST, Window, recount, segments, surprise, tighten};
use super::{ListingWindow, Member, REVIEWS_LEAST, canonical_order};
use crate::state::{DayCount, ListingIx, ListingRow, NO_TIME, Polarity, ReviewIx, State};
use crate::threads::parallel::{PASS_THREADS, gathered};

/// A campaign worth the name multiplies the rhythm by at least this.
const TIMES_LEAST: f64 = 4.0;
/// Least log-likelihood ratio of a burst against the usual rhythm.
const SURPRISE_LEAST: f64 = 8.0;
/// Newest days with reviews that are looked at: bounds the work on a hot listing.
const ACTIVE_DAYS_MOST: usize = 2048;
/// Cells of one listing and polarity.
const CELLS_MOST: usize = 32;

/// The observation that made a cell a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seed {
    /// Far more reviews than usual.
    Burst,
    /// Shared wording across authors.
    Wording,
    /// Authors who meet on several listings.
    Crew,
}

/// A listing's positive or negative reviews in a window.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) listing: ListingIx,
    pub(super) polarity: Polarity,
    /// First and last day, since 1970.
    pub(super) first: u32,
    pub(super) last: u32,
    /// Reviews by time and id.
    pub(super) reviews: Vec<ReviewIx>,
    /// The marks of each of these, once all cells are found.
    pub(super) marks: Vec<ReviewMarks>,
    /// Of these, how many the rhythm accounts for.
    pub(super) expected: f64,
    /// Log-likelihood ratio of its reviews against the rhythm.
    pub(super) surprise: f64,
    /// How busy others were, 1 being usual.
    pub(super) busy: f64,
    /// Reviews of the other polarities in the window.
    pub(super) others: u32,
    /// Reviews of this polarity and of the others outside of all windows of this polarity.
    pub(super) outside: (u32, u32),
    pub(super) seed: Seed,
}

impl Cell {
    /// Its window, with the share of its reviews that `found` says belong to the campaign.
    pub(super) fn window<'a>(&self, found: impl Iterator<Item = &'a Member>) -> ListingWindow {
        let belonging: f64 = found.map(|member| member.belongs).sum();
        ListingWindow {
            listing: self.listing,
            first_day: self.first,
            last_day: self.last,
            share: belonging / self.reviews.len() as f64,
        }
    }
}

/// A review that lies in no cell.
const NO_CELL: u32 = u32::MAX;

/// From a review to its cell: 4 bytes a review, as every author's reviews are looked up.
pub(super) struct CellIndex {
    cells: Vec<u32>,
    // By polarity.
    counts: [usize; 3],
}

impl CellIndex {
    pub(super) fn of(state: &State, cells: &[Cell]) -> Self {
        let mut of = vec![NO_CELL; state.reviews().len() as usize];
        let mut counts = [0; 3];
        for (number, cell) in (0_u32..).zip(cells) {
            counts[cell.polarity.index()] += cell.reviews.len();
            for review in &cell.reviews {
                if let Some(cell) = of.get_mut(review.index()) {
                    *cell = number;
                }
            }
        }
        Self { cells: of, counts }
    }

    /// The index of the cell that a review lies in.
    pub(super) fn cell(&self, review: ReviewIx) -> Option<usize> {
        let cell = self.cells.get(review.index()).copied();
        cell.filter(|cell| *cell != NO_CELL)
            .map(|cell| cell as usize)
    }

    /// Reviews in cells of a polarity.
    pub(super) const fn len(&self, polarity: Polarity) -> usize {
        self.counts[polarity.index()]
    }
}

/// All bursts of all listings.
pub(super) fn bursts(
    state: &State,
    rhythm: &MarketplaceRhythms,
    index: &ListingIndex,
) -> Vec<Cell> {
    gathered(PASS_THREADS, state.listings().len() as usize, |range| {
        ListingIx::range(range)
            .flat_map(|row| bursts_of(state, row, rhythm, index))
            .collect()
    })
}

fn bursts_of(
    state: &State,
    row: ListingIx,
    rhythm: &MarketplaceRhythms,
    index: &ListingIndex,
) -> Vec<Cell> {
    let reviews: usize = POLARITIES
        .iter()
        .map(|polarity| index.of_listing(row, *polarity).len())
        .sum();
    let listing = state.listings().get(row);
    let Some(listing) = listing.filter(|_| reviews >= REVIEWS_LEAST) else {
        return Vec::new();
    };
    let Some(around) = rhythm.around(listing) else {
        return Vec::new();
    };
    let cells = POLARITIES.into_iter().flat_map(|polarity| {
        let windows = windows(listing, &around, polarity);
        fill(
            (row, listing),
            (&around, polarity),
            &windows,
            (index, Seed::Burst),
        )
    });
    cells.collect()
}

/// Puts cells in the order of time and listing.
pub(super) fn sort(state: &State, cells: &mut [Cell]) {
    cells.sort_by(|a, b| {
        let key = |cell: &Cell| (cell.first, cell.last, cell.polarity.index(), cell.seed);
        key(a).cmp(&key(b)).then_with(|| {
            canonical_order::listing_key(state, a.listing)
                .cmp(&canonical_order::listing_key(state, b.listing))
        })
    });
}

/// Looks up the marks of all cells' reviews.
pub(super) fn mark(state: &State, cells: &mut [Cell]) {
    let of = |cell: &Cell| -> Vec<ReviewMarks> {
        let reviews = cell.reviews.iter().map(|row| state.reviews().get(*row));
        let marks = reviews.map(|review| review.map(|review| ReviewMarks::of(state, review)));
        marks.map(Option::unwrap_or_default).collect()
    };
    let found = gathered(PASS_THREADS, cells.len(), |range| {
        cells[range].iter().map(of).collect()
    });
    for (cell, marks) in cells.iter_mut().zip(found) {
        cell.marks = marks;
    }
}

/// The cell of a window that was found by other means than its rhythm.
pub(super) fn seeded(
    state: &State,
    (rhythm, index): (&MarketplaceRhythms, &ListingIndex),
    (row, polarity): (ListingIx, Polarity),
    (first, last): (u32, u32),
    seed: Seed,
) -> Option<Cell> {
    let listing = state.listings().get(row)?;
    let around = rhythm.around(listing)?;
    let window = Window {
        first,
        last,
        count: 0,
    };
    fill(
        (row, listing),
        (&around, polarity),
        &[window],
        (index, seed),
    )
    .into_iter()
    .next()
}

fn within(days: &[DayCount], first: u32, last: u32) -> impl Iterator<Item = &DayCount> {
    let start = days.partition_point(|day| u32::from(day.day) < first);
    days.iter()
        .skip(start)
        .take_while(move |day| u32::from(day.day) <= last)
}

/// Windows of a polarity in which reviews come far above the rhythm of the rest.
fn windows(listing: &ListingRow, around: &ListingRhythm<'_>, polarity: Polarity) -> Vec<Window> {
    let skipped = listing.days.len().saturating_sub(ACTIVE_DAYS_MOST);
    let days: Vec<(u32, u32)> = listing
        .days
        .iter()
        .skip(skipped)
        .map(|day| (u32::from(day.day), u32::from(day.counts[polarity.index()])))
        .filter(|(_, count)| *count > 0)
        .collect();
    let mut found: Vec<Window> = Vec::new();
    // The rhythm of the rest needs the windows, and the windows need it: twice is enough.
    for _ in 0..2 {
        let rate = rate_outside(listing, around, polarity, &days, &found);
        let mut dense = Vec::new();
        for window in segments(&days, around, rate, TIMES_LEAST) {
            tighten((&days, around), rate, window, TIMES_LEAST, &mut dense);
        }
        dense.retain(|window| is_burst(window, rate * around.exposure(window.first, window.last)));
        found = dense;
        if found.is_empty() {
            break;
        }
    }
    found.sort_by_key(|window| (std::cmp::Reverse(window.count), window.first));
    found.truncate(CELLS_MOST);
    found
}

fn is_burst(window: &Window, expected: f64) -> bool {
    window.count as usize >= REVIEWS_LEAST
        && window.last - window.first < DAYS_MOST
        && surprise(window.count, expected) >= SURPRISE_LEAST
}

/// Reviews of a polarity a usual day, windows left out, leaning on one review at the rate of a
/// mean listing of the marketplace.
fn rate_outside(
    listing: &ListingRow,
    around: &ListingRhythm<'_>,
    polarity: Polarity,
    days: &[(u32, u32)],
    windows: &[Window],
) -> f64 {
    let first = days.first().map_or(around.span.0, |day| day.0);
    let created = crate::domain::Time::from_seconds(listing.created_seconds).day();
    let born = if listing.created_seconds == NO_TIME {
        first
    } else {
        created.clamp(around.span.0, first.max(around.span.0))
    };
    let start = born.min(first);
    let last = days
        .last()
        .map_or(around.span.1, |day| day.0.max(around.span.1));
    let mut exposure = around.exposure(start, last);
    let mut outside: u32 = days.iter().map(|day| day.1).sum();
    for window in windows {
        exposure -= around.exposure(window.first, window.last);
        outside -= window.count;
    }
    let mean = around.listing_a_day[polarity.index()].max(1e-6);
    (f64::from(outside) + 1.0) / (exposure.max(0.0) + 1.0 / mean)
}

/// Cells of windows, with their reviews.
fn fill(
    (row, listing): (ListingIx, &ListingRow),
    (around, polarity): (&ListingRhythm<'_>, Polarity),
    windows: &[Window],
    (index, seed): (&ListingIndex, Seed),
) -> Vec<Cell> {
    if windows.is_empty() {
        return Vec::new();
    }
    let days: Vec<(u32, u32)> = listing
        .days
        .iter()
        .map(|day| (u32::from(day.day), u32::from(day.counts[polarity.index()])))
        .filter(|day| day.1 > 0)
        .collect();
    let counted: Vec<Window> = windows
        .iter()
        .map(|window| recount(&days, window.first, window.last))
        .collect();
    let rate = rate_outside(listing, around, polarity, &days, &counted);
    let all = |first, last| -> u32 {
        let days = within(&listing.days, first, last);
        days.flat_map(|day| day.counts).map(u32::from).sum()
    };
    let inside: u32 = counted.iter().map(|window| window.count).sum();
    let inside_all: u32 = counted
        .iter()
        .map(|window| all(window.first, window.last))
        .sum();
    let own = days.iter().map(|day| day.1).sum::<u32>() - inside;
    let outside = (own, (all(0, u32::MAX) - inside_all).saturating_sub(own));
    let shelf = index.of_listing(row, polarity);
    let cells = counted.iter().map(|window| {
        let start = shelf.partition_point(|held| held.day() < window.first);
        let rest = shelf.get(start..).unwrap_or_default();
        let inside = rest.iter().take_while(|held| held.day() <= window.last);
        Cell {
            listing: row,
            polarity,
            first: window.first,
            last: window.last,
            reviews: inside.map(|held| held.row).collect(),
            marks: Vec::new(),
            expected: rate * around.exposure(window.first, window.last),
            surprise: surprise(
                window.count,
                rate * around.exposure(window.first, window.last),
            ),
            busy: around.factor(window.first, window.last),
            others: all(window.first, window.last) - window.count,
            outside,
            seed,
        }
    });
    cells
        .filter(|cell| cell.reviews.len() >= REVIEWS_LEAST)
        .collect()
}
