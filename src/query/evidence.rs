//! The reviews behind a finding.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::{Kind, Time};
use crate::integrity::campaigns::Campaign;
use crate::integrity::{CorpusEvidence, Fused};
use crate::state::{Known, Polarity, ReviewRow, State};

/// Most reviews that are named for a finding.
const NAMED: usize = 5;
/// Most reviews of a subject that are looked at, the latest arrivals first: bounds the work.
const SEEN_MOST: usize = 32;
/// Most reviews of one listing of a seller, so that others are looked at too.
const SEEN_OF_LISTING: usize = 16;
/// Most listings of a seller.
const LISTINGS_MOST: usize = 16;

/// What a review must be to stand behind a finding.
#[derive(Clone, Copy)]
struct Wanted {
    what: What,
    /// Of this polarity; none for any.
    polarity: Option<Polarity>,
}

#[derive(Clone, Copy)]
enum What {
    /// Any.
    Any,
    /// Any that is up.
    Up,
    /// 5 stars.
    FiveStars,
    /// 1 or 5 stars.
    Extreme,
    /// The only one of its author.
    OneTime,
    /// With a near-duplicate.
    Duplicate,
    /// Purchase denied.
    Unverified,
    /// Taken down.
    Removed,
    /// In its listing's densest week.
    DensestWeek,
    /// On its author's busiest day.
    BusiestDay,
    /// 1 star.
    OneStar,
    /// Speaks of a reward that it does not disclose.
    Reward,
    /// Came before its listing became another product.
    CarriedOver,
}

/// For each term of a subject's sum up to five ids of the reviews behind it, newest first by event
/// time, then by id. Terms that lower the risk have none. The same snapshot gives the same ids.
pub(super) fn behind(
    (state, evidence): (&State, &CorpusEvidence),
    kind: Kind,
    row: u32,
    fused: &Fused,
) -> Vec<Vec<String>> {
    let mut named = behind_signals(state, kind, row, fused);
    for (term, named) in fused.terms.iter().zip(&mut named) {
        let campaign = term.campaign.filter(|_| kind != Kind::Review);
        if let Some(campaign) = campaign.and_then(|place| evidence.campaign(place)) {
            *named = of_campaign(state, kind, row, campaign);
        }
    }
    named
}

/// The latest of a subject's reviews in a campaign.
fn of_campaign(state: &State, kind: Kind, row: u32, campaign: &Campaign) -> Vec<String> {
    let seller = |review: &ReviewRow| state.listings().get(review.listing).map(|held| held.seller);
    let is_of = |review: &&ReviewRow| match kind {
        Kind::Review => false,
        Kind::Reviewer => review.reviewer == row,
        Kind::Listing => review.listing == row,
        Kind::Seller => seller(review) == Some(row),
    };
    // Members are in the order of time.
    let latest = campaign.members.iter().rev();
    let reviews = latest.filter_map(|member| state.reviews().get(member.review));
    named(state, reviews.filter(is_of).take(NAMED).collect())
}

fn behind_signals(state: &State, kind: Kind, row: u32, fused: &Fused) -> Vec<Vec<String>> {
    let wanted: Vec<Option<Wanted>> = fused
        .terms
        .iter()
        .map(|term| wanted(term.spec.code).filter(|_| term.contribution > 0.0))
        .collect();
    let mut found: Vec<Vec<&ReviewRow>> = vec![Vec::new(); wanted.len()];
    if wanted.iter().all(Option::is_none) {
        return vec![Vec::new(); wanted.len()];
    }
    let busiest = match kind {
        Kind::Reviewer => busiest_day(state, row),
        Kind::Review | Kind::Listing | Kind::Seller => None,
    };
    for review in latest(state, kind, row) {
        let mut missing = false;
        for (wanted, found) in wanted.iter().zip(&mut found) {
            let Some(wanted) = wanted else { continue };
            if found.len() < NAMED && wanted.is(state, review, busiest) {
                found.push(review);
            }
            missing |= found.len() < NAMED;
        }
        if !missing {
            break;
        }
    }
    found.into_iter().map(|found| named(state, found)).collect()
}

fn named(state: &State, mut found: Vec<&ReviewRow>) -> Vec<String> {
    let seconds = |review: &ReviewRow| review.time().map(Time::seconds);
    found.sort_by_key(|review| (Reverse(seconds(review)), state.name(review.name)));
    let names = found.into_iter().map(|review| state.name(review.name));
    names.map(str::to_owned).collect()
}

/// A subject's reviews, the latest arrivals first.
fn latest(state: &State, kind: Kind, row: u32) -> Box<dyn Iterator<Item = &ReviewRow> + '_> {
    let review = |(_, review)| review;
    match kind {
        Kind::Review => Box::new(std::iter::empty()),
        Kind::Reviewer => Box::new(state.reviews_of_reviewer(row).map(review).take(SEEN_MOST)),
        Kind::Listing => Box::new(state.reviews_of_listing(row).map(review).take(SEEN_MOST)),
        Kind::Seller => {
            let listings = state.listings_of_seller(row).take(LISTINGS_MOST);
            let reviews = listings.flat_map(move |listing| {
                let reviews = state.reviews_of_listing(listing);
                reviews.map(review).take(SEEN_OF_LISTING)
            });
            Box::new(reviews.take(SEEN_MOST))
        }
    }
}

/// The day on which an author wrote most of its latest reviews; the latest of equals.
fn busiest_day(state: &State, row: u32) -> Option<u32> {
    let mut days: BTreeMap<u32, u32> = BTreeMap::new();
    for (_, review) in state.reviews_of_reviewer(row).take(SEEN_MOST) {
        if let Some(time) = review.time() {
            *days.entry(time.day()).or_default() += 1;
        }
    }
    let busiest = days.iter().max_by_key(|(day, count)| (**count, **day));
    busiest.map(|(day, _)| *day)
}

impl Wanted {
    fn is(self, state: &State, review: &ReviewRow, busiest: Option<u32>) -> bool {
        if self
            .polarity
            .is_some_and(|polarity| polarity != review.polarity())
        {
            return false;
        }
        let up = review.removed.is_none();
        let day = review.time().map(Time::day);
        match self.what {
            What::Any => true,
            What::Up => up,
            What::FiveStars => up && review.stars == 5,
            What::Extreme => matches!(review.stars, 1 | 5),
            What::OneTime => up && state.is_one_time(review),
            What::Duplicate => state.has_twin(review),
            What::Unverified => review.verified == Known::No,
            What::Removed => !up,
            What::DensestWeek => day.is_some_and(|day| {
                let listing = state.listings().get(review.listing);
                listing.is_some_and(|held| held.rhythms.of(review.polarity()).holds(day))
            }),
            What::BusiestDay => day.is_some() && day == busiest,
            What::OneStar => up && review.stars == 1,
            What::Reward => up && review.speaks_of_reward(),
            What::CarriedOver => {
                let listing = state.listings().get(review.listing);
                up && listing.is_some_and(|held| held.has_turned_since(review.log()))
            }
        }
    }
}

/// What the reviews behind a signal are; none where no single review is.
fn wanted(code: &str) -> Option<Wanted> {
    let (what, polarity) = match code {
        "listing.five_star_share" => (What::FiveStars, Some(Polarity::Positive)),
        "listing.one_time_author_share" => (What::OneTime, Some(Polarity::Positive)),
        "listing.near_duplicate_share" => (What::Duplicate, Some(Polarity::Positive)),
        "listing.positive_burst" | "listing.praise_surge" => {
            (What::DensestWeek, Some(Polarity::Positive))
        }
        "listing.reward_share" => (What::Reward, Some(Polarity::Positive)),
        "listing.became_another" => (What::CarriedOver, Some(Polarity::Positive)),
        "listing.unverified_share" => (What::Unverified, Some(Polarity::Positive)),
        "listing.removed_share" => (What::Removed, Some(Polarity::Positive)),
        "listing.reviews_per_order" | "reviewer.praise_share" => {
            (What::Up, Some(Polarity::Positive))
        }
        "listing.attack.one_time_author_share" => (What::OneTime, Some(Polarity::Negative)),
        "listing.attack.near_duplicate_share" => (What::Duplicate, Some(Polarity::Negative)),
        "listing.attack.negative_burst" | "listing.attack.blame_surge" => {
            (What::DensestWeek, Some(Polarity::Negative))
        }
        "listing.attack.one_star_share" => (What::OneStar, Some(Polarity::Negative)),
        "listing.attack.unverified_share" => (What::Unverified, Some(Polarity::Negative)),
        "reviewer.extreme_share" => (What::Extreme, None),
        "reviewer.unverified_share" => (What::Unverified, None),
        "reviewer.removed_share" => (What::Removed, None),
        "reviewer.day_peak" => (What::BusiestDay, None),
        code if code.starts_with("author.") => (What::Any, None),
        "reviewer.blame_share" => (What::Up, Some(Polarity::Negative)),
        "reviewer.duplicate_share" | "reviewer.own_copies" => (What::Duplicate, None),
        "reviewer.burst_share" => (What::DensestWeek, None),
        "reviewer.rating_deviation"
        | "reviewer.one_seller_share"
        | "reviewer.text_length"
        | "reviewer.life_span"
        | "reviewer.gap_entropy"
        | "reviewer.early_share" => (What::Up, None),
        _ => return None,
    };
    Some(Wanted { what, polarity })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::{listing, reviewer};

    #[test]
    fn every_signal_on_a_subject_of_reviews_has_its_reviews() {
        let listings = listing::OWN.iter().chain(&listing::ATTACK);
        let codes = listings.map(|signal| signal.spec.code);
        for code in codes.chain(reviewer::ALL.iter().map(|signal| signal.spec.code)) {
            assert!(wanted(code).is_some(), "{code}");
        }
    }
}
