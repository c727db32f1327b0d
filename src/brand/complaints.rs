//! How often the listings of a category are blamed, to hold a seller's changed pages against.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::Suspicion;
use super::voice::falls::near;
use super::voice::revision::{Counts, Fall, Periods, combined, fell, matched};
use crate::domain::{DAY, Time};
use crate::state::{NONE, State};

/// Most listings of a category that are kept, the first ones with enough reviews.
const LISTINGS_MOST: usize = 100;
/// Most reviews of one of them.
const REVIEWS_MOST: usize = 200;
/// Fewest, else it cannot be matched.
const REVIEWS_LEAST: usize = 6;
/// Most changed listings of a seller that are looked at, those with most reviews.
const CHANGED_MOST: usize = 4;

/// A dated review: its day, whether it has two stars or less, and what it counts for.
type Said = (u32, bool, f32);

/// One listing.
#[derive(Clone, Debug, PartialEq)]
struct Listing {
    row: u32,
    revised_day: Option<u32>,
    said: Vec<Said>,
}

/// By category; only those in which a page changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Complaints(BTreeMap<u32, Vec<Listing>>);

/// A listing of a seller whose page changed, raw and clean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    pub(super) group: u32,
    pub(super) listing: u32,
    pub(super) day: u32,
    pub(super) views: [Periods; 2],
}

impl Complaints {
    /// Looks over all listings once; reviews count by one minus their doubt.
    pub(super) fn of(state: &State, suspicion: Suspicion<'_>) -> Self {
        let revised = |row: u32| state.listing_trade(row).revised().map(Time::day);
        let listings = || (0..).zip(state.listings().iter());
        let groups: BTreeSet<u32> = listings()
            .filter(|(row, _)| revised(*row).is_some())
            .map(|(_, listing)| listing.group)
            .collect();
        let mut found: BTreeMap<u32, Vec<Listing>> = BTreeMap::new();
        for (row, listing) in listings().filter(|(_, listing)| groups.contains(&listing.group)) {
            let held = found.entry(listing.group).or_default();
            if held.len() == LISTINGS_MOST {
                continue;
            }
            let reviews = state.reviews_of_listing(row);
            let said: Vec<Said> = reviews
                .filter(|(_, review)| review.arrived() && review.removed.is_none())
                .filter(|(_, review)| review.seconds != NONE)
                .take(REVIEWS_MOST)
                .map(|(row, review)| {
                    let weight = (1.0 - suspicion(row)) as f32;
                    (review.seconds / DAY, review.stars <= 2, weight)
                })
                .collect();
            if said.len() >= REVIEWS_LEAST {
                held.push(Listing {
                    row,
                    revised_day: revised(row),
                    said,
                });
            }
        }
        Self(found)
    }

    /// Whether complaints fell on a seller's changed listings beyond what listings of the category
    /// did whose pages did not change then: raw and clean. None without a change, and with too little
    /// around it.
    pub(super) fn fell(&self, mut changed: Vec<Changed>) -> Option<[Fall; 2]> {
        let reviews = |one: &Changed| one.views[0].before.of + one.views[0].after.of;
        changed.sort_by(|one, other| {
            let most = reviews(other).total_cmp(&reviews(one));
            most.then(one.listing.cmp(&other.listing))
        });
        changed.truncate(CHANGED_MOST);
        let of = |view: usize| {
            let found = changed.iter().filter_map(|one| self.one(one, view));
            combined(&found.collect::<Vec<Fall>>())
        };
        Some([of(0)?, of(1)?])
    }

    fn one(&self, changed: &Changed, view: usize) -> Option<Fall> {
        let peers = self
            .0
            .get(&changed.group)?
            .iter()
            .filter(|peer| peer.row != changed.listing && !near(peer.revised_day, changed.day));
        let periods = |peer: &Listing| {
            let mut periods = Periods::default();
            for (day, blame, weight) in &peer.said {
                add(
                    &mut periods,
                    (*day, changed.day),
                    *blame,
                    f64::from(*weight),
                );
            }
            periods
        };
        let others: Vec<Periods> = peers.map(periods).collect();
        let own = &changed.views[view];
        let alike = matched(own, &others).into_iter();
        let alike: Vec<Periods> = alike
            .filter_map(|place| others.get(place).copied())
            .collect();
        fell(own, &alike)
    }
}

/// Adds a review of one day to the periods before and from another day on.
pub(super) fn add(periods: &mut Periods, (day, changed): (u32, u32), blame: bool, weight: f64) {
    let side: &mut Counts = if day < changed {
        &mut periods.before
    } else {
        &mut periods.after
    };
    side.add(blame, weight);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(with: f64, of: f64) -> Counts {
        Counts { with, of }
    }

    /// A category in which half of each listing's reviews, ten before and ten after, are blame.
    fn steady(listings: u32) -> Complaints {
        let said = (0..20)
            .map(|n| (90 + n, n % 2 == 0, 1.0))
            .collect::<Vec<Said>>();
        let of = |row| Listing {
            row,
            revised_day: None,
            said: said.clone(),
        };
        Complaints(BTreeMap::from([(3, (1..=listings).map(of).collect())]))
    }

    fn changed(after: Counts) -> Changed {
        let before = counts(10.0, 20.0);
        Changed {
            group: 3,
            listing: 0,
            day: 100,
            views: [Periods { before, after }; 2],
        }
    }

    #[test]
    fn a_fall_beyond_the_categorys_is_likely_and_none_is_even() {
        let [raw, clean] = steady(8)
            .fell(vec![changed(counts(2.0, 40.0))])
            .expect("known");
        assert!(raw == clean && clean.probability > 0.99, "{clean:?}");
        // Log-odds of 2 in 40 less those of 10 in 20, the category's being still.
        let moved = (2.0_f64 / 38.0).ln();
        assert!((clean.log_odds - moved).abs() < 0.15, "{clean:?}");
        let [_, still] = steady(8)
            .fell(vec![changed(counts(10.0, 20.0))])
            .expect("known");
        assert!((still.probability - 0.5).abs() < 1e-6, "{still:?}");
    }

    #[test]
    fn too_little_around_a_change_says_nothing() {
        assert!(steady(2).fell(vec![changed(counts(2.0, 40.0))]).is_none());
        assert!(steady(8).fell(vec![changed(counts(1.0, 4.0))]).is_none());
        assert!(steady(8).fell(Vec::new()).is_none());
        assert!(
            Complaints::default()
                .fell(vec![changed(counts(2.0, 40.0))])
                .is_none()
        );
        // Others that changed at the same time are not matched.
        let mut busy = steady(8);
        for listing in busy.0.values_mut().flatten() {
            listing.revised_day = Some(120);
        }
        assert!(busy.fell(vec![changed(counts(2.0, 40.0))]).is_none());
    }
}
