//! Keeps how often the listings of a category are complained about, to compare a seller's changed
//! pages with.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::Suspicion;
use super::voice::falls::changed_near;
use super::voice::revision::{Fall, Periods, combined, fall_beyond_peers};
use crate::domain::{DAY, Time};
use crate::state::{GroupIx, ListingIx, NO_TIME, State};

/// Most listings of a category that are kept, the first ones with enough reviews.
const LISTINGS_MOST: usize = 100;
/// Most reviews of one of them.
const REVIEWS_MOST: usize = 200;
/// Fewest reviews of a listing that is matched.
const REVIEWS_LEAST: usize = 6;
/// Most changed listings of a seller that are looked at, those with most reviews.
const CHANGED_MOST: usize = 4;

/// Most stars of a complaint.
pub(super) const COMPLAINT_STARS: u8 = 2;

/// A dated review.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Review {
    day: u32,
    complains: bool,
    weight: f32,
}

/// One listing.
#[derive(Clone, Debug, PartialEq)]
struct Listing {
    row: ListingIx,
    revised_day: Option<u32>,
    reviews: Vec<Review>,
}

/// Listings by category; only categories in which a page changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Complaints(BTreeMap<GroupIx, Vec<Listing>>);

/// A listing of a seller whose page changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChangedListing {
    pub(super) group: GroupIx,
    pub(super) listing: ListingIx,
    /// Day of the change.
    pub(super) day: u32,
    /// Raw and clean.
    pub(super) views: [Periods; 2],
}

impl Complaints {
    /// Walks over all listings once; reviews count by one minus their suspicion.
    pub(super) fn of(state: &State, suspicion: Suspicion<'_>) -> Self {
        let revised = |row: ListingIx| state.listing_trade(row).revised().map(Time::day);
        let listings = || state.listings().numbered();
        let groups: BTreeSet<GroupIx> = listings()
            .filter(|(row, _)| revised(*row).is_some())
            .map(|(_, listing)| listing.group)
            .collect();
        let mut by_group: BTreeMap<GroupIx, Vec<Listing>> = BTreeMap::new();
        for (row, listing) in listings().filter(|(_, listing)| groups.contains(&listing.group)) {
            let kept = by_group.entry(listing.group).or_default();
            if kept.len() == LISTINGS_MOST {
                continue;
            }
            let reviews: Vec<Review> = state
                .reviews_of_listing(row)
                .filter(|(_, review)| review.is_act() && review.removed.is_none())
                .filter(|(_, review)| review.seconds != NO_TIME)
                .take(REVIEWS_MOST)
                .map(|(row, review)| Review {
                    day: review.seconds / DAY,
                    complains: review.stars <= COMPLAINT_STARS,
                    weight: (1.0 - suspicion(row)) as f32,
                })
                .collect();
            if reviews.len() >= REVIEWS_LEAST {
                kept.push(Listing {
                    row,
                    revised_day: revised(row),
                    reviews,
                });
            }
        }
        Self(by_group)
    }

    /// Whether complaints fell on a seller's changed listings beyond what they did on listings of the
    /// category whose pages did not change then: raw and clean. None without a change, and with too
    /// few reviews around it.
    pub(super) fn fall(&self, mut changed: Vec<ChangedListing>) -> Option<[Fall; 2]> {
        let reviews = |one: &ChangedListing| one.views[0].before.of + one.views[0].after.of;
        changed.sort_by(|one, other| {
            let most = reviews(other).total_cmp(&reviews(one));
            most.then(one.listing.cmp(&other.listing))
        });
        changed.truncate(CHANGED_MOST);
        let of = |view: usize| {
            let falls = changed.iter().filter_map(|one| self.fall_of(one, view));
            combined(&falls.collect::<Vec<Fall>>())
        };
        Some([of(0)?, of(1)?])
    }

    fn fall_of(&self, changed: &ChangedListing, view: usize) -> Option<Fall> {
        let peers = self.0.get(&changed.group)?.iter().filter(|peer| {
            peer.row != changed.listing && !changed_near(peer.revised_day, changed.day)
        });
        let periods = |peer: &Listing| {
            let mut periods = Periods::default();
            for review in &peer.reviews {
                let counts = periods.at(review.day, changed.day);
                counts.add(review.complains, f64::from(review.weight));
            }
            periods
        };
        let others: Vec<Periods> = peers.map(periods).collect();
        let own = &changed.views[view];
        fall_beyond_peers(own, &others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brand::voice::revision::Counts;

    const fn counts(with: f64, of: f64) -> Counts {
        Counts { with, of }
    }

    /// A category in which half of each listing's reviews, ten before and ten after, complain.
    fn steady(listings: u32) -> Complaints {
        let reviews = (0..20).map(|n| Review {
            day: 90 + n,
            complains: n % 2 == 0,
            weight: 1.0,
        });
        let of = |row| Listing {
            row: ListingIx::nth(row),
            revised_day: None,
            reviews: reviews.clone().collect(),
        };
        Complaints(BTreeMap::from([(
            GroupIx::nth(3),
            (1..=listings).map(of).collect(),
        )]))
    }

    fn changed(after: Counts) -> ChangedListing {
        let before = counts(10.0, 20.0);
        ChangedListing {
            group: GroupIx::nth(3),
            listing: ListingIx::nth(0),
            day: 100,
            views: [Periods { before, after }; 2],
        }
    }

    #[test]
    fn fall_beyond_the_category_is_likely_and_no_fall_is_even() {
        let [raw, clean] = steady(8)
            .fall(vec![changed(counts(2.0, 40.0))])
            .expect("known");
        assert!(raw == clean && clean.probability > 0.99, "{clean:?}");
        // Log-odds of 2 in 40 less those of 10 in 20, the category's being still.
        let moved = libm::log(2.0 / 38.0);
        assert!((clean.log_odds - moved).abs() < 0.15, "{clean:?}");
        let [_, still] = steady(8)
            .fall(vec![changed(counts(10.0, 20.0))])
            .expect("known");
        assert!((still.probability - 0.5).abs() < 1e-6, "{still:?}");
    }

    #[test]
    fn fall_is_none_with_too_few_reviews_or_matches() {
        assert!(steady(2).fall(vec![changed(counts(2.0, 40.0))]).is_none());
        assert!(steady(8).fall(vec![changed(counts(1.0, 4.0))]).is_none());
        assert!(steady(8).fall(Vec::new()).is_none());
        assert!(
            Complaints::default()
                .fall(vec![changed(counts(2.0, 40.0))])
                .is_none()
        );
        // Others that changed at the same time are not matched.
        let mut busy = steady(8);
        for listing in busy.0.values_mut().flatten() {
            listing.revised_day = Some(120);
        }
        assert!(busy.fall(vec![changed(counts(2.0, 40.0))]).is_none());
    }
}
