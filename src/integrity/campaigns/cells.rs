//! Finds cells: a listing's positive or negative reviews in a window far above its rhythm.

use rustc_hash::FxHashMap;

use super::listing_index::{ListingIndex, ListingPolarity, POLARITIES};
use super::marks::ReviewMarks;
use super::rhythm::{ListingRhythm, MarketplaceRhythms};
use super::windows::{
    DAYS_MOST, DailyCount, DaySpan, Window, recount, segments, surprise, tighten,
};
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
    pub(super) outside: OutsideReviews,
    pub(super) seed: Seed,
}

/// A listing's reviews outside of all windows of one polarity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct OutsideReviews {
    /// Those of the polarity.
    pub(super) of_polarity: u32,
    /// Those of the other polarities.
    pub(super) others: u32,
}

impl Cell {
    /// Its window, with the share of its reviews that belong to the campaign by their members.
    pub(super) fn window<'a>(&self, members: impl Iterator<Item = &'a Member>) -> ListingWindow {
        let belonging: f64 = members.map(|member| member.belongs).sum();
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
    by_listing: FxHashMap<ListingIx, Vec<u32>>,
}

impl CellIndex {
    pub(super) fn of(state: &State, cells: &[Cell]) -> Self {
        let mut cell_of_review = vec![NO_CELL; state.reviews().len() as usize];
        let mut counts = [0; 3];
        let mut by_listing: FxHashMap<ListingIx, Vec<u32>> = FxHashMap::default();
        for (number, cell) in (0_u32..).zip(cells) {
            counts[cell.polarity.index()] += cell.reviews.len();
            by_listing.entry(cell.listing).or_default().push(number);
            for review in &cell.reviews {
                if let Some(entry) = cell_of_review.get_mut(review.index()) {
                    *entry = number;
                }
            }
        }
        Self {
            cells: cell_of_review,
            counts,
            by_listing,
        }
    }

    /// The index of the cell that a review lies in.
    pub(super) fn cell(&self, review: ReviewIx) -> Option<usize> {
        let cell = self.cells.get(review.index()).copied();
        cell.filter(|cell| *cell != NO_CELL)
            .map(|cell| cell as usize)
    }

    /// The indices of a listing's cells.
    pub(super) fn of_listing(&self, listing: ListingIx) -> impl Iterator<Item = usize> {
        let cells = self.by_listing.get(&listing).into_iter().flatten();
        cells.map(|cell| *cell as usize)
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
        let searched = SearchedListing {
            row,
            listing,
            around: &around,
            polarity,
        };
        searched.cells(&searched.windows(), index, Seed::Burst)
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
    let marks_by_cell = gathered(PASS_THREADS, cells.len(), |range| {
        cells[range].iter().map(of).collect()
    });
    for (cell, marks) in cells.iter_mut().zip(marks_by_cell) {
        cell.marks = marks;
    }
}

/// The cell of a window that was found by other means than its rhythm.
pub(super) fn seeded(
    state: &State,
    rhythm: &MarketplaceRhythms,
    index: &ListingIndex,
    side: ListingPolarity,
    days: DaySpan,
    seed: Seed,
) -> Option<Cell> {
    let listing = state.listings().get(side.listing)?;
    let searched = SearchedListing {
        row: side.listing,
        listing,
        around: &rhythm.around(listing)?,
        polarity: side.polarity,
    };
    let window = Window {
        first: days.first,
        last: days.last,
        count: 0,
    };
    searched.cells(&[window], index, seed).into_iter().next()
}

fn within(days: &[DayCount], first: u32, last: u32) -> impl Iterator<Item = &DayCount> {
    let start = days.partition_point(|day| u32::from(day.day) < first);
    days.iter()
        .skip(start)
        .take_while(move |day| u32::from(day.day) <= last)
}

/// A listing that is searched for cells of one polarity.
struct SearchedListing<'a> {
    row: ListingIx,
    listing: &'a ListingRow,
    around: &'a ListingRhythm<'a>,
    polarity: Polarity,
}

impl SearchedListing<'_> {
    /// Days with reviews of the polarity, without the first ones.
    fn days(&self, skipped: usize) -> Vec<DailyCount> {
        let days = self.listing.days.iter().skip(skipped);
        days.map(|day| DailyCount {
            day: u32::from(day.day),
            count: u32::from(day.counts[self.polarity.index()]),
        })
        .filter(|day| day.count > 0)
        .collect()
    }

    /// Windows in which reviews come far above the rhythm of the rest.
    fn windows(&self) -> Vec<Window> {
        let around = self.around;
        let days = self.days(self.listing.days.len().saturating_sub(ACTIVE_DAYS_MOST));
        let mut bursts: Vec<Window> = Vec::new();
        // The rhythm of the rest needs the windows, and the windows need it: twice is enough.
        for _ in 0..2 {
            let rate = self.rate_outside(&days, &bursts);
            let mut dense = Vec::new();
            for window in segments(&days, around, rate, TIMES_LEAST) {
                tighten(&days, around, rate, window, TIMES_LEAST, &mut dense);
            }
            dense.retain(|window| {
                is_burst(window, rate * around.exposure(window.first, window.last))
            });
            bursts = dense;
            if bursts.is_empty() {
                break;
            }
        }
        bursts.sort_by_key(|window| (std::cmp::Reverse(window.count), window.first));
        bursts.truncate(CELLS_MOST);
        bursts
    }

    /// Reviews of the polarity a usual day, windows left out, leaning on one review at the rate of a
    /// mean listing of the marketplace.
    fn rate_outside(&self, days: &[DailyCount], windows: &[Window]) -> f64 {
        let around = self.around;
        let span = around.span;
        let first = days.first().map_or(span.first, |day| day.day);
        let created = self.listing.created_seconds;
        let born = if created == NO_TIME {
            first
        } else {
            let created = crate::domain::Time::from_seconds(created);
            created.day().clamp(span.first, first.max(span.first))
        };
        let start = born.min(first);
        let last = days.last().map_or(span.last, |day| day.day.max(span.last));
        let mut exposure = around.exposure(start, last);
        let mut outside: u32 = days.iter().map(|day| day.count).sum();
        for window in windows {
            exposure -= around.exposure(window.first, window.last);
            outside -= window.count;
        }
        let mean = around.listing_a_day[self.polarity.index()].max(1e-6);
        (f64::from(outside) + 1.0) / (exposure.max(0.0) + 1.0 / mean)
    }

    /// Reviews of all polarities from `first` to `last`.
    fn reviews_within(&self, first: u32, last: u32) -> u32 {
        let days = within(&self.listing.days, first, last);
        days.flat_map(|day| day.counts).map(u32::from).sum()
    }

    /// Reviews outside of all windows.
    fn outside(&self, days: &[DailyCount], windows: &[Window]) -> OutsideReviews {
        let inside: u32 = windows.iter().map(|window| window.count).sum();
        let inside_of_all_polarities: u32 = windows
            .iter()
            .map(|window| self.reviews_within(window.first, window.last))
            .sum();
        let of_polarity = days.iter().map(|day| day.count).sum::<u32>() - inside;
        let of_all_polarities = self.reviews_within(0, u32::MAX) - inside_of_all_polarities;
        OutsideReviews {
            of_polarity,
            others: of_all_polarities.saturating_sub(of_polarity),
        }
    }

    /// Cells of windows, with their reviews.
    fn cells(&self, windows: &[Window], index: &ListingIndex, seed: Seed) -> Vec<Cell> {
        if windows.is_empty() {
            return Vec::new();
        }
        let around = self.around;
        let days = self.days(0);
        let counted: Vec<Window> = windows
            .iter()
            .map(|window| recount(&days, window.first, window.last))
            .collect();
        let rate = self.rate_outside(&days, &counted);
        let outside = self.outside(&days, &counted);
        let reviews = index.of_listing(self.row, self.polarity);
        let cells = counted.iter().map(|window| {
            let start = reviews.partition_point(|review| review.day() < window.first);
            let rest = reviews.get(start..).unwrap_or_default();
            let inside = rest.iter().take_while(|review| review.day() <= window.last);
            let expected = rate * around.exposure(window.first, window.last);
            Cell {
                listing: self.row,
                polarity: self.polarity,
                first: window.first,
                last: window.last,
                reviews: inside.map(|review| review.row).collect(),
                marks: Vec::new(),
                expected,
                surprise: surprise(window.count, expected),
                busy: around.factor(window.first, window.last),
                others: self.reviews_within(window.first, window.last) - window.count,
                outside,
                seed,
            }
        });
        cells
            .filter(|cell| cell.reviews.len() >= REVIEWS_LEAST)
            .collect()
    }
}

fn is_burst(window: &Window, expected: f64) -> bool {
    window.count as usize >= REVIEWS_LEAST
        && window.last - window.first < DAYS_MOST
        && surprise(window.count, expected) >= SURPRISE_LEAST
}
