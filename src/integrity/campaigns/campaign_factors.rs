//! Measures the facts about a group of cells that are evidence for or against a campaign.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::baseline_rates::{BaselineRates, MarketplaceRates, Share, Shares, count};
use super::cells::{Cell, CellIndex, Seed};
use super::honest_shares::HonestShare;
use super::marks::ReviewMark;
use super::sales_rise::{SalesRise, sales_rise};
use crate::state::{
    GroupIx, Known, ListingIx, NO_TIME, Polarity, ReviewIx, ReviewerIx, SellerIx, State,
};

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
    pub(super) sales: Option<SalesRise>,
    pub(super) known_elsewhere: FxHashSet<ReviewerIx>,
    /// Reviews that their author also has, at the same moment, on another listing.
    pub(super) cloned: u32,
    /// Reviews of the other polarity in bursts on the same listings in the same days.
    pub(super) opposite: u32,
    /// Reviews older than their listing.
    pub(super) predating: u32,
    /// Reviews that disclose an incentive.
    pub(super) disclosed: u32,
    /// Reviews that share their second with two others of the group.
    pub(super) simultaneous: u32,
    pub(super) outside: OutsideStars,
}

/// How many reviews bear a mark in the group, and how many usually do.
#[derive(Clone, Copy, Debug)]
pub(super) struct MarkShares {
    pub(super) group: Share,
    pub(super) usual: HonestShare,
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
            sales: None,
            known_elsewhere: FxHashSet::default(),
            cloned: 0,
            opposite: opposite(cells, group, index),
            predating: 0,
            disclosed: 0,
            simultaneous: 0,
            outside: OutsideStars::default(),
        };
        facts.follow_authors(state, cells, group, &rows, index);
        facts.sales = sales_rise(state, group);
        facts.leave_out_customers();
        facts.meetings = facts.meet(state, group, &market);
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
            for (row, review) in state.acts_of_reviewer(author) {
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

    /// The part of the authors who are known to have bought, 0 to 1; 0 where orders are not known.
    fn customers(&self) -> f64 {
        let orders = self.marks.get(ReviewMark::NoOrder as usize);
        let known = orders.filter(|marks| marks.group.of > 0);
        known.map_or(0.0, |marks| {
            1.0 - marks.group.with as f64 / marks.group.of as f64
        })
    }

    /// Customers of a seller come back to it: what they wrote on its other listings is no sign of an
    /// act.
    fn leave_out_customers(&mut self) {
        let returned = (self.customers() * f64::from(self.same_seller)) as u64;
        self.elsewhere.with = self.elsewhere.with.saturating_sub(returned);
        self.elsewhere.of = self.elsewhere.of.saturating_sub(returned);
    }

    /// Other listings that several of the authors visited, more than their number of reviews makes
    /// likely: Poisson log-likelihood ratio, less the price of having looked at so many. That
    /// customers of one seller meet on its listings counts for less.
    fn meet(&self, state: &State, group: &[&Cell], market: &MarketplaceRates) -> Meetings {
        let own: FxHashSet<ListingIx> = group.iter().map(|cell| cell.listing).collect();
        let seller = |listing: ListingIx| state.listings().get(listing)?.seller;
        let sellers: FxHashSet<SellerIx> = group
            .iter()
            .filter_map(|cell| seller(cell.listing))
            .collect();
        let strangers = 1.0 - self.customers();
        #[allow(
            clippy::disallowed_methods,
            reason = "counts are exact, gains are sorted"
        )]
        let other = || {
            self.visits
                .iter()
                .filter(|(listing, _)| !own.contains(listing))
        };
        let total: u32 = other().map(|visit| visit.1).sum();
        let reviews = market.reviews().max(1) as f64;
        let price = libm::log(1.0 + other().count() as f64);
        let mut gains: Vec<f64> = other()
            .filter(|(_, count)| **count >= MEET_LEAST)
            .filter_map(|(listing, count)| {
                let popular = state.listings().get(*listing)?.tally.up();
                let expected = f64::from(total) * f64::from(popular) / reviews;
                let count = f64::from(*count);
                let gain =
                    count * libm::log(count / expected.max(1e-9)) - (count - expected) - price;
                let same = seller(*listing).is_some_and(|seller| sellers.contains(&seller));
                let counts = if same { strangers } else { 1.0 };
                (count > expected && gain > 0.0).then_some(counts * gain)
            })
            .collect();
        // In falling order, so that the sum does not depend on the order of a map.
        gains.sort_by(|a, b| b.total_cmp(a));
        Meetings {
            listings: gains.iter().filter(|gain| **gain > 0.0).count() as u32,
            ratio: gains.iter().sum(),
        }
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
                self.disclosed += u32::from(review.incentive == Known::Yes);
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

/// Reviews of the other polarity in bursts on the listings and in the days of a group.
fn opposite(cells: &[Cell], group: &[&Cell], index: &CellIndex) -> u32 {
    let met: BTreeSet<usize> = group
        .iter()
        .flat_map(|cell| {
            let there = index.of_listing(cell.listing);
            there.filter(|other| {
                cells
                    .get(*other)
                    .is_some_and(|other| is_opposite(cell, other))
            })
        })
        .collect();
    let reviews = met.iter().filter_map(|cell| cells.get(*cell));
    reviews.map(|cell| cell.reviews.len() as u32).sum()
}

fn is_opposite(cell: &Cell, other: &Cell) -> bool {
    other.seed == Seed::Burst
        && other.polarity != cell.polarity
        && cell.first <= other.last
        && other.first <= cell.last
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
    let Some(usual) = rates.honest(state, group) else {
        return Vec::new();
    };
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

/// Likelihood ratio of the number of other polarities' reviews, towards none having come beside the
/// usual ones. Popularity brings critics too: when positive reviews come by themselves, the others
/// keep their share, as far as it is the same from page to page. The usual share is that of other
/// listings of the marketplace, or that of the listing's other days where it is smaller. Measured by
/// its own negative reviews, an attacked listing would look as if its positive reviews lacked
/// critics. Negative reviews after a bad batch come alone, so nothing is inferred there.
fn purity(group: &[&Cell], beside: impl Fn(&Cell) -> MarketplaceRates) -> Option<Purity> {
    let bursts = group
        .iter()
        .filter(|cell| cell.polarity == Polarity::Positive && cell.seed == Seed::Burst);
    let (mut others, mut ratio, mut any) = (0, 0.0, false);
    for cell in bursts {
        let market = beside(cell).critics();
        let own = market.given(Share {
            with: cell.outside.others.into(),
            of: (cell.outside.others + cell.outside.of_polarity).into(),
        });
        let usual = if own.mean < market.mean { own } else { market };
        let (came, critics) = (cell.reviews.len() as f64, f64::from(cell.others));
        let by_itself = usual.law().log_density(critics, came + critics);
        let odds = usual.mean / (1.0 - usual.mean);
        let made = cell.expected.min(came) * odds + 0.5;
        let made = critics * libm::log(made) - made - libm::lgamma(critics + 1.0);
        ratio += made - by_itself;
        others += cell.others;
        any = true;
    }
    any.then_some(Purity { others, ratio })
}

#[cfg(test)]
mod examples;
