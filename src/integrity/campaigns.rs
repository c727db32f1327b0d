//! Finds campaigns: reviews, authors and listings that act together in a time window.
//!
//! The result is a pure function of a snapshot. Candidates are *cells*: a listing's positive or
//! negative reviews in a window. A cell is a burst far above the rhythm of its listing and
//! marketplace ([`cells`]), shared wording, or a crew that meets on several listings ([`seeds`]).
//! All are sought in the [`listing_index`]. Cells that share authors or wording at about the same
//! time are linked and reduced to their dense core ([`groups`]).
//!
//! Each group is compared with the rates outside of all cells ([`baseline_rates`]). Its posterior
//! names the party that it serves ([`attribution`]), and a burst that came by itself is one of the
//! answers. Reviews that a page carried over when it became another product are a kind of their own
//! ([`hijacked_listings`]).
//!
//! Nothing depends on row numbers: rows are put in the order of time and ids before anything is
//! summed, so the order in which events came does not matter.

mod attribution;
mod baseline_rates;
mod campaign_factors;
mod canonical_order;
mod cells;
mod densest_subgraph;
mod groups;
mod hijacked_listings;
mod honest_shares;
mod listing_index;
mod mark_evidence;
mod marks;
mod members;
mod prevalence;
mod reasons;
mod rhythm;
mod sales_rise;
mod sampling_programs;
mod seeds;
#[cfg(test)]
pub(super) mod tests;
mod windows;
mod words;

pub use attribution::{Attribution, Posterior};
pub use reasons::{Factor, Question, Reason};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::state::{ListingIx, Polarity, ReviewIx, ReviewerIx, State};
use crate::threads::cancel::{Cancel, Cancelled};
use crate::threads::parallel::{PASS_THREADS, gathered};

/// Fewest reviews of a campaign.
const REVIEWS_LEAST: usize = 5;

/// The effect that a campaign has on its listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Its reviews are positive.
    Promote,
    /// Its reviews are negative.
    Attack,
}

/// How a campaign came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CampaignKind {
    /// Its reviews were pushed onto their listings, or came as if they had been.
    Push,
    /// Honest reviews that a listing carried over when it became another product. Its authors did
    /// nothing, and it has no windows: later reviews do not belong to it.
    CarriedOver,
}

/// One review of a campaign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// The review.
    pub review: ReviewIx,
    /// Probability that it belongs, given that the campaign is real, 0 to 1; above one half but
    /// for the fringe.
    pub belongs: f64,
}

/// A listing's part of a campaign: its reviews of the campaign's direction in some days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ListingWindow {
    /// The listing.
    pub listing: ListingIx,
    /// First day, in days since 1970.
    pub first_day: u32,
    /// Last day so far.
    pub last_day: u32,
    /// Part of these reviews that belongs to the campaign, given that it is real, 0 to 1.
    pub share: f64,
}

/// A group that acts together, or an honest burst that looks like one.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Stable: made of the earliest core review of its earliest cell, or of the listing that carried
    /// its reviews over.
    pub id: String,
    /// How it came about.
    pub kind: CampaignKind,
    /// Ids that parts of it have when they are found alone.
    pub merged_from: Vec<String>,
    /// Positive or negative.
    pub direction: Direction,
    /// First day, in days since 1970.
    pub first_day: u32,
    /// Last day so far.
    pub last_day: u32,
    /// Reviews, by time and id. They have the polarity of [`Self::direction`], or any where they
    /// were carried over.
    pub members: Vec<Member>,
    /// Reviews that may belong, but rather not: up to one half.
    pub fringe: Vec<Member>,
    /// Reviews in its windows that would have come anyway.
    pub expected: f64,
    /// Authors who took part, by id.
    pub reviewers: Vec<ReviewerIx>,
    /// Listings, by id.
    pub listings: Vec<ListingIx>,
    /// Its windows on its listings, in the order of time.
    pub windows: Vec<ListingWindow>,
    /// Probabilities of the parties that it serves.
    pub posterior: Posterior,
    /// The observation, in one English clause.
    pub summary: String,
    /// The reasons for the posterior.
    pub reasons: Vec<Reason>,
}

impl Campaign {
    /// Probability that it was organised, 0 to 1.
    pub fn confidence(&self) -> f64 {
        self.posterior.made()
    }

    /// Whether known orders or confirmed purchases say that customers wrote it.
    pub fn is_by_customers(&self) -> bool {
        let purchases = self
            .reasons
            .iter()
            .filter(|reason| matches!(reason.factor, Factor::NoOrders | Factor::Unverified));
        let says: f64 = purchases.map(|reason| reason.contribution).sum();
        says < -1.0
    }
}

/// All candidates of a snapshot, and the memberships of single reviews.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Campaigns {
    all: Vec<Campaign>,
    // From a review, the fringe included, to its campaign and how far it belongs.
    by_review: FxHashMap<ReviewIx, CampaignOfReview>,
    // Every member's id leads to the campaign, so an id outlives growth, merge and split.
    by_id: FxHashMap<u64, u32>,
}

impl Campaigns {
    /// Finds them. Costs about a walk over all reviews: call it off the async threads.
    pub fn find(state: &State) -> Self {
        // A search that nobody cancels ends.
        Self::find_unless(state, &Cancel::default()).unwrap_or_default()
    }

    /// As [`Self::find`], until somebody cancels it.
    pub fn find_unless(state: &State, cancel: &Cancel) -> Result<Self, Cancelled> {
        let rhythm = rhythm::MarketplaceRhythms::of(state);
        cancel.check()?;
        let index = listing_index::ListingIndex::of(state);
        cancel.check()?;
        let mut cells = cells::bursts(state, &rhythm, &index);
        cancel.check()?;
        seeds::add(state, &rhythm, &index, &mut cells);
        cancel.check()?;
        cells::sort(state, &mut cells);
        cells::mark(state, &mut cells);
        cancel.check()?;
        let cell_index = cells::CellIndex::of(state, &cells);
        let rates = baseline_rates::BaselineRates::of(state, &index, &cell_index);
        drop(index);
        cancel.check()?;
        let groups = groups::group(state, &cells);
        let mut campaigns = gathered(PASS_THREADS, groups.len(), |range| {
            let groups = groups[range].iter().take_while(|_| cancel.check().is_ok());
            groups
                .filter_map(|group| build(state, &cells, group, &rates, &cell_index))
                .collect()
        });
        cancel.check()?;
        prevalence::weigh(state, &mut campaigns);
        campaigns.extend(hijacked_listings::find(state));
        campaigns.sort_by(|one, other| (one.first_day, &one.id).cmp(&(other.first_day, &other.id)));
        Ok(Self::index(state, campaigns))
    }

    fn index(state: &State, campaigns: Vec<Campaign>) -> Self {
        let members: usize = campaigns.iter().map(|one| one.members.len()).sum();
        let mut by_review = FxHashMap::with_capacity_and_hasher(members, FxBuildHasher);
        let mut by_id = FxHashMap::with_capacity_and_hasher(members, FxBuildHasher);
        for (number, campaign) in (0_u32..).zip(&campaigns) {
            for member in campaign.fringe.iter().chain(&campaign.members) {
                note(&mut by_review, &campaigns, member, number);
            }
            match campaign.kind {
                CampaignKind::Push => {
                    for member in &campaign.members {
                        by_id.insert(canonical_order::number(state, member.review), number);
                    }
                }
                CampaignKind::CarriedOver => {
                    by_id.extend(canonical_order::parsed(&campaign.id).map(|id| (id, number)));
                }
            }
        }
        Self {
            all: campaigns,
            by_review,
            by_id,
        }
    }

    /// Pushes with these probabilities and nothing else.
    #[cfg(test)]
    pub(super) fn with_confidences(confidences: &[f64]) -> Self {
        let all = confidences.iter().map(|confidence| Campaign {
            posterior: Posterior::promoting(*confidence),
            ..tests::example_campaign(CampaignKind::Push)
        });
        Self {
            all: all.collect(),
            ..Self::default()
        }
    }

    /// All candidates by first day, bursts that came by themselves included: see
    /// [`Campaign::confidence`].
    pub fn all(&self) -> &[Campaign] {
        &self.all
    }

    /// The campaign of an id. An id is made of a review, and leads to the campaign that this review
    /// is in now: also when a campaign grew, merged or split since.
    pub fn get(&self, id: &str) -> Option<&Campaign> {
        let id = canonical_order::parsed(id)?;
        self.all.get(*self.by_id.get(&id)? as usize)
    }

    /// The campaign of a review.
    pub fn of_review(&self, review: ReviewIx) -> Option<CampaignOfReview> {
        self.by_review.get(&review).copied()
    }
}

/// The campaign that a review is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CampaignOfReview {
    /// Its index in [`Campaigns::all`].
    pub index: u32,
    /// Probability that the review belongs to it if it is real, 0 to 1.
    pub belongs: f64,
}

/// Keeps the campaign that is most probable for a review: one that was pushed onto a page may have
/// been carried over as well.
fn note(
    by_review: &mut FxHashMap<ReviewIx, CampaignOfReview>,
    campaigns: &[Campaign],
    member: &Member,
    index: u32,
) {
    let chance = |one: CampaignOfReview| {
        let campaign = campaigns.get(one.index as usize);
        campaign.map_or(0.0, Campaign::confidence) * one.belongs
    };
    let new = CampaignOfReview {
        index,
        belongs: member.belongs,
    };
    let known = by_review.entry(member.review).or_insert(new);
    if chance(new) > chance(*known) {
        *known = new;
    }
}

impl Direction {
    const fn of(polarity: Polarity) -> Self {
        match polarity {
            Polarity::Negative => Self::Attack,
            Polarity::Neutral | Polarity::Positive => Self::Promote,
        }
    }
}

fn build(
    state: &State,
    cells: &[cells::Cell],
    group: &[usize],
    rates: &baseline_rates::BaselineRates,
    cell_index: &cells::CellIndex,
) -> Option<Campaign> {
    let group: Vec<&cells::Cell> = group.iter().filter_map(|cell| cells.get(*cell)).collect();
    let first = group.first()?;
    let direction = Direction::of(first.polarity);
    let facts = campaign_factors::CampaignFactors::of(state, cells, &group, rates, cell_index);
    let (mut members, mut fringe): (Vec<Member>, Vec<Member>) = (Vec::new(), Vec::new());
    let mut ids = Vec::new();
    let mut windows = Vec::new();
    for cell in &group {
        let (core, rest): (Vec<Member>, Vec<Member>) = members::unmix(state, cell, rates, &facts)
            .into_iter()
            .partition(|one| one.belongs > 0.5);
        windows.push(cell.window(core.iter().chain(&rest)));
        fringe.extend(rest);
        // The id of a cell is that of its earliest core review, so that it stays as it grows.
        if let Some(earliest) = core.first() {
            ids.push(canonical_order::id(state, earliest.review));
        }
        members.extend(core);
    }
    if members.len() < REVIEWS_LEAST {
        return None;
    }
    canonical_order::sort_by_review(state, &mut members, |member| member.review);
    members.dedup_by_key(|member| member.review);
    let reasons = attribution::reasons(&facts, direction);
    let reviews = || members.iter().filter_map(|m| state.reviews().get(m.review));
    let mut reviewers = reviews().filter_map(|review| review.reviewer).collect();
    canonical_order::sort_reviewers(state, &mut reviewers);
    let mut listings = reviews().filter_map(|review| review.listing).collect();
    canonical_order::sort_listings(state, &mut listings);
    let mut ids = ids.into_iter();
    Some(Campaign {
        id: ids.next()?,
        kind: CampaignKind::Push,
        merged_from: ids.collect(),
        direction,
        first_day: group.iter().map(|cell| cell.first).min()?,
        last_day: group.iter().map(|cell| cell.last).max()?,
        expected: group.iter().map(|cell| cell.expected).sum(),
        members,
        fringe,
        reviewers,
        listings,
        windows,
        posterior: attribution::posterior(&reasons, direction, prevalence::PRIOR),
        summary: words::opening(&facts),
        reasons,
    })
}

/// Puts reviews in the order of time and ids, which does not depend on the order of events.
pub(super) fn sort_reviews(state: &State, rows: &mut [ReviewIx]) {
    canonical_order::sort_by_review(state, rows, |row| *row);
}
