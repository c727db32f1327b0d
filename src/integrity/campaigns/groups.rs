//! Groups cells that act together: linked by authors and wording, and reduced to their dense core.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::cells::Cell;
use super::densest_subgraph::{Edge, densest_subgraph};
use super::marks::ReviewMarks;
use crate::state::{BandKey, ReviewIx, ReviewRow, ReviewerIx, State};
use crate::threads::parallel::{PASS_THREADS, gathered};

/// Windows further apart than this are not one campaign.
const APART_DAYS: u32 = 14;
/// Authors, or wordings, that two cells must share.
const SHARED_LEAST: u32 = 3;
/// The same as a share of the smaller cell.
const SHARED_SHARE: f64 = 0.15;
/// Later cells of one author or wording that a cell is compared with: bounds a hot bucket.
const NEXT_MOST: usize = 8;
/// Cells of an author or a wording beyond which it links nothing.
const HOT: usize = 256;
/// Most cells of one search for a dense core. A larger component is cut into runs of cells near in
/// time.
const GROUP_MOST: usize = 512;

/// Sets that grow together.
pub(super) struct DisjointSets(Vec<u32>);

impl DisjointSets {
    pub(super) fn new(count: usize) -> Self {
        Self((0..count as u32).collect())
    }

    pub(super) fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] as usize != at {
            let above = self.0[self.0[at] as usize];
            self.0[at] = above;
            at = above as usize;
        }
        at
    }

    pub(super) fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        // The smaller number leads, so that the result does not depend on the order of joins.
        self.0[one.max(other)] = one.min(other) as u32;
    }
}

/// A thing that cells have in common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Hub {
    Author(ReviewerIx),
    /// Copies that a platform made from page to page, by their author and second. They are one act,
    /// which joins the copies, and nothing else of their author or words.
    Copied(ReviewerIx, u32),
    Wording(BandKey),
}

/// Groups of cells, as indices of the sorted cells; each cell is in one group.
pub(super) fn group(state: &State, cells: &[Cell]) -> Vec<Vec<usize>> {
    grouped(state, cells, &hubs(state, cells))
}

/// As [`group`], by what cells have in common.
fn grouped(state: &State, cells: &[Cell], hubs: &[SharedHub]) -> Vec<Vec<usize>> {
    let mut sets = DisjointSets::new(cells.len());
    for (CellPair { one, other }, shared) in shared(cells, hubs) {
        let smaller = cells[one].reviews.len().min(cells[other].reviews.len());
        let least = (smaller as f64 * SHARED_SHARE).max(f64::from(SHARED_LEAST));
        if f64::from(shared.authors.max(shared.wordings)) >= least {
            sets.join(one, other);
        }
    }
    let mut components: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for cell in 0..cells.len() {
        components.entry(sets.root(cell)).or_default().push(cell);
    }
    let weights: Vec<u64> = cells.iter().map(|cell| weight(state, cell)).collect();
    let meetings = Meetings::of(cells.len(), hubs);
    let mut groups = Vec::new();
    for component in components.into_values() {
        for run in component.chunks(GROUP_MOST) {
            split(&weights, &meetings, run.to_vec(), &mut groups);
        }
    }
    groups
}

/// A hub and the indices of its cells, rising.
struct SharedHub {
    hub: Hub,
    cells: Vec<u32>,
}

/// A hub of a cell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct CellHub {
    hub: Hub,
    cell: u32,
}

/// Indices of two cells, the smaller one first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct CellPair {
    one: usize,
    other: usize,
}

/// Numbers of authors and wordings that two cells share.
#[derive(Clone, Copy, Default)]
struct SharedCounts {
    authors: u32,
    wordings: u32,
}

/// Cells by what they have in common; what only one cell has links nothing.
fn hubs(state: &State, cells: &[Cell]) -> Vec<SharedHub> {
    let mut of_cells = gathered(PASS_THREADS, cells.len(), |range| {
        let mut of_cells = Vec::new();
        for index in range {
            let cell = &cells[index];
            for (row, marked) in cell.reviews.iter().zip(&cell.marks) {
                of_cells.extend(hubs_of(state, *row, *marked).map(|hub| CellHub {
                    hub,
                    cell: index as u32,
                }));
            }
        }
        of_cells
    });
    of_cells.sort_unstable();
    of_cells.dedup();
    of_cells
        .chunk_by(|one, other| one.hub == other.hub)
        .filter(|of_hub| (2..=HOT).contains(&of_hub.len()))
        .map(|of_hub| SharedHub {
            hub: of_hub[0].hub,
            cells: of_hub.iter().map(|one| one.cell).collect(),
        })
        .collect()
}

/// The things that a review has in common with others, as far as others have them.
fn hubs_of(state: &State, row: ReviewIx, marked: ReviewMarks) -> impl Iterator<Item = Hub> {
    let review = state.reviews().get(row);
    let copied = review.filter(|_| marked.is_cloned());
    let free = review.filter(|_| copied.is_none());
    let author = free.and_then(|review| review.reviewer).filter(|author| {
        let reviewer = state.reviewers().get(*author);
        reviewer.is_some_and(|reviewer| reviewer.reviews > 1)
    });
    let wordings = free.into_iter().flat_map(ReviewRow::buckets);
    let shared = wordings.filter(|key| state.bucket(*key).count > 1);
    copied
        .and_then(|review| Some(Hub::Copied(review.reviewer?, review.seconds)))
        .into_iter()
        .chain(author.map(Hub::Author))
        .chain(shared.map(Hub::Wording))
}

/// Pairs of cells of one direction at about the same time, with what they share.
fn shared(cells: &[Cell], hubs: &[SharedHub]) -> BTreeMap<CellPair, SharedCounts> {
    let mut pairs: BTreeMap<CellPair, SharedCounts> = BTreeMap::new();
    for SharedHub { hub, cells: joined } in hubs {
        for (at, one) in joined.iter().enumerate() {
            for other in joined.iter().skip(at + 1).take(NEXT_MOST) {
                let pair = CellPair {
                    one: *one as usize,
                    other: *other as usize,
                };
                let (earlier, later) = (&cells[pair.one], &cells[pair.other]);
                let apart = later.first > earlier.last + APART_DAYS;
                if earlier.polarity != later.polarity || apart {
                    continue;
                }
                let counts = pairs.entry(pair).or_default();
                match hub {
                    Hub::Author(_) | Hub::Copied(..) => counts.authors += 1,
                    Hub::Wording(_) => counts.wordings += 1,
                }
            }
        }
    }
    pairs
}

/// The hubs of each cell, so that peeling a component asks only those of its own cells.
struct Meetings(Vec<Vec<u32>>);

impl Meetings {
    fn of(cells: usize, hubs: &[SharedHub]) -> Self {
        let mut by_cell = vec![Vec::new(); cells];
        for (number, hub) in (0_u32..).zip(hubs) {
            for cell in &hub.cells {
                by_cell[*cell as usize].push(number);
            }
        }
        Self(by_cell)
    }

    /// The cells of each hub that two or more of these have, as indices of the component. Hubs are
    /// anonymous here: only what they join counts.
    fn among(&self, component: &[usize]) -> Vec<Vec<u32>> {
        let mut met: Vec<(u32, u32)> = (0_u32..)
            .zip(component)
            .flat_map(|(index, cell)| self.0[*cell].iter().map(move |hub| (*hub, index)))
            .collect();
        met.sort_unstable();
        let mut joined: Vec<Vec<u32>> = met
            .chunk_by(|one, other| one.0 == other.0)
            .filter(|of_hub| of_hub.len() > 1)
            .map(|of_hub| of_hub.iter().map(|(_, index)| *index).collect())
            .collect();
        joined.sort_unstable();
        joined
    }
}

/// An edge weighs less on a popular listing, where anybody may be met (Hooi et al., KDD 2016, with
/// weight 1 / ln(n + 5)); in 1 / 65,536.
fn weight(state: &State, cell: &Cell) -> u64 {
    let listing = state.listings().get(cell.listing);
    let reviews = listing.map_or(0, |listing| listing.tally.up());
    (65_536.0 / libm::log(f64::from(reviews) + 5.0)) as u64
}

/// Peels the dense core off a component, whose cells are in order, until nothing is left.
fn split(
    weights: &[u64],
    meetings: &Meetings,
    mut component: Vec<usize>,
    groups: &mut Vec<Vec<usize>>,
) {
    while component.len() > 1 {
        let hubs = meetings.among(&component);
        let mut edges: Vec<Edge> = Vec::new();
        for (right, cells) in (0_u32..).zip(&hubs) {
            edges.extend(cells.iter().map(|cell| Edge {
                left: *cell,
                right,
                weight: weights[component[*cell as usize]],
            }));
        }
        let dense: FxHashSet<u32> =
            densest_subgraph(component.len() as u32, hubs.len() as u32, &edges)
                .into_iter()
                .collect();
        let (mut core, mut rest) = (Vec::new(), Vec::new());
        for (index, cell) in (0_u32..).zip(component) {
            let part = if dense.contains(&index) {
                &mut core
            } else {
                &mut rest
            };
            part.push(cell);
        }
        component = rest;
        if core.is_empty() {
            break;
        }
        groups.push(core);
    }
    groups.extend(component.into_iter().map(|cell| vec![cell]));
}

#[cfg(test)]
mod tests {
    use super::super::cells::{OutsideReviews, Seed};
    use super::*;
    use crate::state::{ListingIx, Polarity};

    fn cell(number: u32) -> Cell {
        Cell {
            listing: ListingIx::new(number).expect("a row"),
            polarity: Polarity::Positive,
            first: 100 + number,
            last: 105 + number,
            reviews: Vec::new(),
            marks: Vec::new(),
            expected: 0.0,
            surprise: 10.0,
            busy: 1.0,
            others: 0,
            outside: OutsideReviews::default(),
            seed: Seed::Burst,
        }
    }

    #[test]
    fn cells_of_a_component_above_the_limit_stay_in_groups() {
        let count = 2 * GROUP_MOST + 100;
        let cells: Vec<Cell> = (0..count as u32).map(cell).collect();
        let mut hubs: Vec<SharedHub> = Vec::new();
        for cell in 1..count as u32 {
            for author in 0..SHARED_LEAST {
                let author = ReviewerIx::new(cell * SHARED_LEAST + author);
                hubs.push(SharedHub {
                    hub: Hub::Author(author.expect("a row")),
                    cells: vec![cell - 1, cell],
                });
            }
        }
        let groups = grouped(&State::default(), &cells, &hubs);
        let mut grouped: Vec<usize> = groups.into_iter().flatten().collect();
        grouped.sort_unstable();
        assert!(grouped.into_iter().eq(0..count));
    }
}
