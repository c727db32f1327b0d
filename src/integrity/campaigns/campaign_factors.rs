//! Measures the facts about a group of cells that are evidence for or against a campaign.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::baseline_rates::{BaselineRates, MarketplaceRates, Share, Shares, count};
use super::cells::{Cell, CellIndex, Seed};
use crate::state::{GroupIx, ListingIx, NO_TIME, Polarity, ReviewIx, ReviewerIx, SellerIx, State};

/// Most authors of a group whose other reviews are looked at.
const AUTHORS_MOST: usize = 2000;
/// Most reviews of one of them.
const AUTHOR_REVIEWS_MOST: usize = 64;
/// Reviews in other cells from which on an author is known for it.
const KNOWN_LEAST: u32 = 2;
/// Variance of a rhythm over its mean.
const DISPERSION: f64 = 2.0;
/// Authors of a group who meet on another listing.
const MEET_LEAST: u32 = 3;

/// Counts on a group.
pub(super) struct CampaignFactors {
    pub(super) size: u32,
    /// Listings of the group.
    pub(super) listings: u32,
    pub(super) expected: f64,
    /// How busy others were, weighed by reviews; 1 is usual.
    pub(super) busy: f64,
    /// In the order of [`super::marks::ReviewMark::ALL`].
    pub(super) marks: Vec<MarkShares>,
    pub(super) purity: Option<Purity>,
    /// Other reviews of the authors, of the same polarity, that lie in candidate cells, and how
    /// usual that is.
    pub(super) elsewhere: Share,
    pub(super) elsewhere_usual: f64,
    /// Of these, on listings of the same sellers, and of their rivals in the same peer groups.
    pub(super) same_seller: u32,
    pub(super) rivals: u32,
    /// By how far the bursts are more than chance makes of so many reviews; 0 or below.
    pub(super) surprise: Option<f64>,
    /// Authors of the group on other listings.
    visits: FxHashMap<ListingIx, u32>,
    pub(super) meetings: Meetings,
    pub(super) known_elsewhere: FxHashSet<ReviewerIx>,
    /// Reviews that their author also has, at the same moment, on another listing.
    pub(super) cloned: u32,
    /// Reviews older than their listing.
    pub(super) predating: u32,
    /// Reviews that share their second with two others of the group.
    pub(super) simultaneous: u32,
    pub(super) outside: OutsideStars,
}

/// How many reviews bear a mark in the group, and how many usually do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MarkShares {
    pub(super) group: Share,
    pub(super) usual: Share,
}

/// Reviews of the other polarities in the windows of a group's bursts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purity {
    pub(super) others: u32,
    /// Log-likelihood ratio, towards coordination.
    pub(super) ratio: f64,
}

/// Other listings on which authors meet more than by chance.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Meetings {
    pub(super) listings: u32,
    /// Log-likelihood ratio, towards coordination.
    pub(super) ratio: f64,
}

/// Reviews of the group's listings outside of the windows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OutsideStars {
    pub(super) reviews: u32,
    pub(super) positive: u32,
}

impl CampaignFactors {
    pub(super) fn of(
        state: &State,
        cells: &[Cell],
        group: &[&Cell],
        usual: &BaselineRates,
        index: &CellIndex,
    ) -> Self {
        let rows: FxHashSet<ReviewIx> = group
            .iter()
            .flat_map(|cell| cell.reviews.iter().copied())
            .collect();
        let size = rows.len() as u32;
        let weight = |cell: &&Cell| cell.reviews.len() as f64;
        let total: f64 = group.iter().map(weight).sum();
        let own: BTreeSet<ListingIx> = group.iter().map(|cell| cell.listing).collect();
        let markets = usual.beside(state, &own);
        let rates_of = |cell: &Cell| {
            let listing = state.listings().get(cell.listing)?;
            markets.get(&listing.marketplace).copied()
        };
        let market = group
            .first()
            .and_then(|cell| rates_of(cell))
            .unwrap_or_default();
        let polarity = polarity_of(group);
        let mut facts = Self {
            size,
            listings: own.len() as u32,
            expected: group.iter().map(|cell| cell.expected).sum(),
            busy: group
                .iter()
                .map(|cell| weight(cell) * cell.busy)
                .sum::<f64>()
                / total.max(1.0),
            marks: marks(state, group, usual),
            purity: purity(group, |cell| rates_of(cell).unwrap_or_default()),
            surprise: surprise(group, &market),
            elsewhere: Share::default(),
            elsewhere_usual: (index.len(polarity) as f64 + 1.0)
                / (usual.reviews(polarity) as f64 + 2.0),
            same_seller: 0,
            rivals: 0,
            visits: FxHashMap::default(),
            meetings: Meetings::default(),
            known_elsewhere: FxHashSet::default(),
            cloned: 0,
            predating: 0,
            simultaneous: 0,
            outside: OutsideStars::default(),
        };
        facts.follow_authors(state, cells, group, &rows, index);
        facts.meetings = meetings(state, &facts.visits, group, &market);
        facts.look_for_artefacts(state, group);
        for cell in group
            .iter()
            .filter(|cell| cell.polarity == Polarity::Positive)
        {
            facts.outside.reviews += cell.outside.of_polarity + cell.outside.others;
            facts.outside.positive += cell.outside.of_polarity;
        }
        facts
    }

    /// Counts what the authors do elsewhere. In other cells only their reviews of the same polarity
    /// count: negative reviews must not make positive ones look planted.
    fn follow_authors(
        &mut self,
        state: &State,
        cells: &[Cell],
        group: &[&Cell],
        rows: &FxHashSet<ReviewIx>,
        index: &CellIndex,
    ) {
        let polarity = polarity_of(group);
        #[allow(clippy::disallowed_methods, reason = "sorted below")]
        let reviews = rows.iter().filter_map(|row| state.reviews().get(*row));
        let mut authors: Vec<ReviewerIx> = reviews.filter_map(|review| review.reviewer).collect();
        authors.sort_unstable();
        authors.dedup();
        if authors.len() > AUTHORS_MOST {
            // Which ones are looked at must not depend on the order of events.
            super::canonical_order::sort_reviewers(state, &mut authors);
            authors.truncate(AUTHORS_MOST);
        }
        let seller = |cell: &Cell| state.listings().get(cell.listing)?.seller;
        let peers = |cell: &Cell| Some(state.listings().get(cell.listing)?.group);
        let own: FxHashSet<SellerIx> = group.iter().filter_map(|cell| seller(cell)).collect();
        let own_groups: FxHashSet<GroupIx> = group.iter().filter_map(|cell| peers(cell)).collect();
        let mut visits: FxHashMap<ListingIx, u32> = FxHashMap::default();
        for author in authors {
            // A very active author is little evidence about others, and is not followed.
            let reviewer = state.reviewers().get(author);
            let written = reviewer.map_or(0, |reviewer| reviewer.reviews);
            if written as usize > AUTHOR_REVIEWS_MOST {
                continue;
            }
            let (mut seen, mut in_cells) = (FxHashSet::default(), 0);
            for (row, review) in state.reviews_of_reviewer(author) {
                if rows.contains(&row) {
                    continue;
                }
                let cell = index
                    .cell(row)
                    .and_then(|cell| cells.get(cell))
                    .filter(|cell| cell.polarity == polarity);
                self.elsewhere
                    .count((review.polarity() == polarity).then_some(cell.is_some()));
                in_cells += u32::from(cell.is_some());
                if let Some(cell) = cell.filter(|cell| cell.polarity == Polarity::Positive) {
                    let same = seller(cell).is_some_and(|seller| own.contains(&seller));
                    let near = peers(cell).is_some_and(|group| own_groups.contains(&group));
                    self.same_seller += u32::from(same);
                    self.rivals += u32::from(!same && near);
                }
                if let Some(listing) = review.listing
                    && seen.insert(listing)
                {
                    *visits.entry(listing).or_default() += 1;
                }
            }
            if in_cells >= KNOWN_LEAST {
                self.known_elsewhere.insert(author);
            }
        }
        self.visits = visits;
    }

    fn look_for_artefacts(&mut self, state: &State, group: &[&Cell]) {
        let mut seconds: BTreeMap<u32, u32> = BTreeMap::new();
        for cell in group {
            let cloned = cell.marks.iter().filter(|marked| marked.is_cloned());
            self.cloned += cloned.count() as u32;
            let created = state
                .listings()
                .get(cell.listing)
                .map_or(NO_TIME, |listing| listing.created_seconds);
            for review in cell
                .reviews
                .iter()
                .filter_map(|row| state.reviews().get(*row))
            {
                self.predating += u32::from(created != NO_TIME && review.seconds < created);
                // Sources that know the day only put everything at midnight.
                if !review.seconds.is_multiple_of(crate::domain::DAY) {
                    *seconds.entry(review.seconds).or_default() += 1;
                }
            }
        }
        self.simultaneous = seconds.values().filter(|count| **count >= 3).sum();
    }
}

/// The polarity of a group, whose cells have the same.
fn polarity_of(group: &[&Cell]) -> Polarity {
    let first = group.first();
    first.map_or(Polarity::Positive, |cell| cell.polarity)
}

fn marks(state: &State, group: &[&Cell], rates: &BaselineRates) -> Vec<MarkShares> {
    let mut shares = Shares::default();
    let marks = group.iter().flat_map(|cell| &cell.marks);
    marks.for_each(|marked| count(&mut shares, *marked));
    let usual = group.first().map_or_else(Default::default, |cell| {
        rates.around(state, cell.listing).marks[cell.polarity.index()]
    });
    let pairs = shares.into_iter().zip(usual);
    pairs
        .map(|(group, usual)| MarkShares { group, usual })
        .collect()
}

/// The bursts' surprise, less two corrections. Rhythms vary twice as much as chance predicts, and a
/// window may begin at any review of the marketplace. 0 where the rest is more than enough. None
/// for groups that were not found by bursts.
fn surprise(group: &[&Cell], market: &MarketplaceRates) -> Option<f64> {
    let bursts = || group.iter().filter(|cell| cell.seed == Seed::Burst);
    bursts().next()?;
    let sum: f64 = bursts().map(|cell| cell.surprise).sum();
    let looks = libm::log1p(market.reviews() as f64) * bursts().count() as f64;
    Some((sum / DISPERSION - looks).min(0.0))
}

/// Poisson likelihood ratio of the number of other polarities' reviews, towards none having come
/// beside the usual ones. Popularity brings critics too: when positive reviews come by themselves,
/// the other polarities rise with them. The usual number is that of other listings of the
/// marketplace. Measured by its own negative reviews, an attacked listing would look as if its
/// positive reviews lacked critics. Negative reviews after a bad batch come alone, so nothing is
/// inferred there.
fn purity(group: &[&Cell], beside: impl Fn(&Cell) -> MarketplaceRates) -> Option<Purity> {
    let bursts = group
        .iter()
        .filter(|cell| cell.polarity == Polarity::Positive && cell.seed == Seed::Burst);
    let (mut others, mut ratio, mut any) = (0, 0.0, false);
    for cell in bursts {
        let others_to_positive = beside(cell).others_to_praise();
        let came = cell.reviews.len() as f64;
        let by_itself = came * others_to_positive + 0.5;
        let made = cell.expected.min(came) * others_to_positive + 0.5;
        ratio += f64::from(cell.others) * libm::log(made / by_itself) + by_itself - made;
        others += cell.others;
        any = true;
    }
    any.then_some(Purity { others, ratio })
}

/// Other listings that several of the authors visited, more than their number of reviews makes
/// likely: Poisson log-likelihood ratio, less the price of having looked at so many.
fn meetings(
    state: &State,
    visits: &FxHashMap<ListingIx, u32>,
    group: &[&Cell],
    market: &MarketplaceRates,
) -> Meetings {
    let own: FxHashSet<ListingIx> = group.iter().map(|cell| cell.listing).collect();
    #[allow(
        clippy::disallowed_methods,
        reason = "counts are exact, gains are sorted"
    )]
    let other = || visits.iter().filter(|(listing, _)| !own.contains(listing));
    let total: u32 = other().map(|visit| visit.1).sum();
    let reviews = market.reviews().max(1) as f64;
    let price = libm::log(1.0 + other().count() as f64);
    let mut gains: Vec<f64> = other()
        .filter(|(_, count)| **count >= MEET_LEAST)
        .filter_map(|(listing, count)| {
            let popular = state.listings().get(*listing)?.tally.up();
            let expected = f64::from(total) * f64::from(popular) / reviews;
            let count = f64::from(*count);
            let gain = count * libm::log(count / expected.max(1e-9)) - (count - expected) - price;
            (count > expected && gain > 0.0).then_some(gain)
        })
        .collect();
    // In falling order, so that the sum does not depend on the order of a map.
    gains.sort_by(|a, b| b.total_cmp(a));
    Meetings {
        listings: gains.len() as u32,
        ratio: gains.iter().sum(),
    }
}

#[cfg(test)]
impl CampaignFactors {
    /// Facts that give every reason but that for a sampling program.
    pub(super) fn example() -> Self {
        let share = |with, of| Share { with, of };
        let marks = |group, usual| MarkShares { group, usual };
        let usual = share(100, 1000);
        Self {
            size: 20,
            listings: 2,
            expected: 2.34,
            busy: 1.5,
            marks: vec![
                marks(share(12, 20), usual),
                marks(share(1, 20), usual),
                marks(share(6, 18), usual),
                marks(share(20, 20), share(700, 1000)),
                marks(share(11, 20), usual),
            ],
            purity: Some(Purity {
                others: 1,
                ratio: -0.5,
            }),
            elsewhere: share(3, 12),
            elsewhere_usual: 0.05,
            same_seller: 1,
            rivals: 4,
            surprise: Some(-0.4),
            visits: FxHashMap::default(),
            meetings: Meetings {
                listings: 1,
                ratio: 3.0,
            },
            known_elsewhere: FxHashSet::default(),
            cloned: 1,
            predating: 2,
            simultaneous: 3,
            outside: OutsideStars {
                reviews: 200,
                positive: 190,
            },
        }
    }

    /// Facts of a sampling program, without critical reviews.
    pub(super) fn sampling_program_example() -> Self {
        let share = |with, of| Share { with, of };
        let marks = |group, usual| MarkShares { group, usual };
        Self {
            marks: vec![
                marks(share(0, 20), share(100, 1000)),
                marks(share(20, 20), share(100, 1000)),
                marks(share(0, 20), share(100, 1000)),
                marks(share(5, 20), share(800, 1000)),
                marks(share(0, 20), share(0, 1000)),
            ],
            purity: Some(Purity {
                others: 0,
                ratio: 0.5,
            }),
            elsewhere: share(1, 12),
            same_seller: 0,
            meetings: Meetings {
                listings: 5,
                ratio: 6.0,
            },
            ..Self::example()
        }
    }
}
