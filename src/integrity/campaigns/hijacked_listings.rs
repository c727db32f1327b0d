//! Detects listing hijacking: reviews that a page carried over when it became another product.
//!
//! Nobody planted these reviews. They are honest words about the former product, and their authors
//! did nothing. The people who run the page use them for another product. So they count against the
//! listing and its seller, and are left out of what the new product earned.
//!
//! The carried-over reviews are known: the log has all of them before the revision. The question is
//! whether the seller intended it. A page whose category and title were corrected at once looks the
//! same, and so does a platform that reorganises its catalogue.

use super::attribution::{CONTRIBUTION_MOST, posterior};
use super::reasons::{Factor, Reason};
use super::{Campaign, CampaignKind, Direction, Member, REVIEWS_LEAST, canonical_order};
use crate::integrity::{Sharpness, log_likelihood_ratio};
use crate::state::{ListingIx, ListingRow, Polarity, State};

/// How far reviews before the revision are of what the page was; the log may have them out of order.
const BELONGS: f64 = 0.98;

/// Probability that such a change is intended, before any evidence.
const PRIOR_INTENDED: f64 = 0.27;

/// Listings of a marketplace with a page, and those of them that became another product.
#[derive(Clone, Copy, Debug, Default)]
struct Turns {
    turned: u32,
    listings: u32,
}

/// Finds the carried-over reviews of each listing that became another product, where they are
/// enough.
pub(super) fn find(state: &State) -> Vec<Campaign> {
    let mut turns: Vec<Turns> = Vec::new();
    for listing in state.listings().iter().filter(|listing| listing.arrived) {
        let market = usize::from(listing.marketplace);
        if turns.len() <= market {
            turns.resize(market + 1, Turns::default());
        }
        turns[market].listings += 1;
        turns[market].turned += u32::from(listing.became_another.is_some());
    }
    let listings = state.listings().numbered();
    listings
        .filter(|(_, listing)| listing.became_another.is_some())
        .filter_map(|(row, listing)| {
            let around = turns.get(usize::from(listing.marketplace)).copied();
            of_listing(state, (row, listing), around.unwrap_or_default())
        })
        .collect()
}

fn of_listing(
    state: &State,
    (row, listing): (ListingIx, &ListingRow),
    turns: Turns,
) -> Option<Campaign> {
    let mut members: Vec<Member> = state
        .acts_of_listing(row)
        .filter(|(_, review)| listing.became_another_since(review.log()))
        .filter(|(_, review)| review.time().is_some())
        .map(|(review, _)| Member {
            review,
            belongs: BELONGS,
        })
        .collect();
    let standing = |polarity: Option<Polarity>| {
        let reviews = members.iter().filter_map(|m| state.reviews().get(m.review));
        let up = reviews.filter(|review| review.removed.is_none());
        up.filter(|review| polarity.is_none_or(|polarity| polarity == review.polarity()))
            .count()
    };
    // Negative reviews serve no product, and somebody else may have planted them. Removed reviews
    // serve nobody any more.
    if standing(Some(Polarity::Positive)) < REVIEWS_LEAST {
        return None;
    }
    let stand = standing(None);
    canonical_order::sort_by_review(state, &mut members, |member| member.review);
    let day = |member: &Member| Some(state.reviews().get(member.review)?.time()?.day());
    let reasons = reasons(turns);
    Some(Campaign {
        id: canonical_order::id_of_listing(state, row),
        kind: CampaignKind::CarriedOver,
        merged_from: Vec::new(),
        direction: Direction::Promote,
        first_day: members.first().and_then(day)?,
        last_day: members.last().and_then(day)?,
        expected: 0.0,
        fringe: Vec::new(),
        reviewers: Vec::new(),
        listings: vec![row],
        windows: Vec::new(),
        posterior: posterior(&reasons, Direction::Promote, PRIOR_INTENDED),
        summary: summary(stand),
        members,
        reasons,
    })
}

/// The reviews that were carried over, in one clause.
pub(super) fn summary(shown: usize) -> String {
    format!("{shown} reviews are still shown from before the page became another product")
}

fn reasons(turns: Turns) -> Vec<Reason> {
    let Turns { turned, listings } = turns;
    let share = f64::from(turned) / f64::from(listings.max(1));
    let rarity = f64::from(turned + 1) / f64::from(listings + 1);
    let many =
        format!("{turned} of the {listings} listings of its marketplace became another product");
    let mut reasons = vec![
        Reason::new(
            Factor::BecameAnother,
            1.0,
            CONTRIBUTION_MOST,
            "after these reviews the page changed its narrowest category and most words of its title"
                .to_owned(),
        ),
        Reason::new(
            Factor::TurnsAreRare,
            share,
            log_likelihood_ratio(rarity, Sharpness::USUAL)
                .clamp(-CONTRIBUTION_MOST, CONTRIBUTION_MOST),
            many.clone(),
        ),
        Reason::new(
            Factor::OwnPage,
            1.0,
            -CONTRIBUTION_MOST,
            "a page is changed by the people who run it, hardly by a rival".to_owned(),
        ),
    ];
    if 12.0 * share > 2.0 {
        let sentence = format!("{many}, as when a platform reorganises its catalogue");
        reasons.push(Reason::new(
            Factor::ManyTurned,
            share,
            12.0 * share - 2.0,
            sentence,
        ));
    }
    reasons
}

/// Reasons of every kind, for the table of sentences.
#[cfg(test)]
pub(super) fn example_reasons() -> Vec<Reason> {
    reasons(Turns {
        turned: 900,
        listings: 1000,
    })
}

#[cfg(test)]
mod tests {
    use super::super::attribution::Attribution;
    use super::*;

    fn confidence(turned: u32, listings: u32) -> f64 {
        posterior(
            &reasons(Turns { turned, listings }),
            Direction::Promote,
            PRIOR_INTENDED,
        )
        .made()
    }

    #[test]
    fn rare_change_points_to_the_seller_and_a_common_one_to_the_platform() {
        assert!(confidence(1, 1000) > 0.95);
        assert!(confidence(20, 1000) > 0.9);
        assert!(confidence(900, 1000) < 0.2);
        let most = posterior(
            &reasons(Turns {
                turned: 900,
                listings: 1000,
            }),
            Direction::Promote,
            PRIOR_INTENDED,
        );
        assert_eq!(most.likeliest(), Attribution::PlatformArtefact);
        let one = posterior(
            &reasons(Turns {
                turned: 1,
                listings: 1000,
            }),
            Direction::Promote,
            PRIOR_INTENDED,
        );
        assert_eq!(one.likeliest(), Attribution::SelfPromotion);
        // The more listings change, the less evidence one change is.
        let all: Vec<f64> = (1..=100).map(|n| confidence(n * 10, 1000)).collect();
        assert!(all.windows(2).all(|pair| pair[1] <= pair[0]));
    }
}
