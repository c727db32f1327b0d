//! Gathers reviews by month, as they came and by how likely they are genuine.

use std::collections::BTreeMap;

use super::Gather;
use super::brushing_orders::{WEEK, excesses};
use super::bursts::WeekCount;
use super::suspected_reviews::{TraitedReview, Traits, genuine_probabilities, traits};
use crate::brand::complaints::{COMPLAINT_STARS, ChangedListing};
use crate::brand::inputs::Flow;
use crate::brand::peer_context::PeerContext;
use crate::brand::voice::revision::Periods;
use crate::domain::DAY;
use crate::state::{GroupIx, Known, ListingIx, Polarity, ReviewIx, ReviewerIx};

/// Most reviews of a seller that are gathered.
const REVIEWS_MOST: usize = 200_000;
/// Most orders of an author that are looked at.
const ORDERS_LOOKED_AT: usize = 8;

/// Last change of the page of a listing.
#[derive(Clone, Copy)]
struct Revision {
    /// Group of the listing.
    group: GroupIx,
    day: u32,
}

/// A review of the seller.
struct GatheredReview {
    row: ReviewIx,
    /// Index of its month.
    month: usize,
    reviewer: ReviewerIx,
    listing: ListingIx,
    seconds: u32,
    stars: u8,
    verified: Known,
    /// Of its listing; none where the page never changed.
    revision: Option<Revision>,
    /// Probability that it is not manipulated, 0 to 1.
    genuine: f64,
}

impl GatheredReview {
    fn has(&self, polarity: Polarity) -> bool {
        Polarity::of_stars(self.stars) == polarity
    }
}

/// Counts an author's reviews among these.
fn counts_by_author(reviews: &[GatheredReview]) -> impl Fn(ReviewerIx) -> u32 + use<> {
    let mut authors: Vec<ReviewerIx> = reviews.iter().map(|review| review.reviewer).collect();
    authors.sort_unstable();
    move |author: ReviewerIx| {
        let start = authors.partition_point(|other| *other < author);
        (authors.partition_point(|other| *other <= author) - start) as u32
    }
}

impl Gather<'_> {
    pub(super) fn reviews(&mut self, context: &PeerContext) {
        let mut reviews = self.published_reviews();
        self.weigh_traits(&mut reviews);
        let planted = reviews
            .iter()
            .filter(|review| review.stars == 5 && review.genuine < 1.0);
        self.planted = planted
            .map(|review| (review.row, 1.0 - review.genuine))
            .collect();
        self.doubt_bursts(&mut reviews);
        let mut changed: BTreeMap<ListingIx, ChangedListing> = BTreeMap::new();
        for review in &reviews {
            self.count_trade(review.listing, review.genuine);
            let stars = f64::from(review.stars);
            let positive = f64::from(u8::from(review.stars >= 4));
            let month = &mut self.inputs.months[review.month];
            for (flow, amount) in [
                (Flow::Reviews, 1.0),
                (Flow::Stars, stars),
                (Flow::SquaredStars, stars * stars),
                (Flow::PositiveReviews, positive),
            ] {
                month.add(flow, amount, amount * review.genuine);
            }
            if let Some(Revision { group, day }) = review.revision {
                let listing = changed.entry(review.listing).or_insert(ChangedListing {
                    group,
                    listing: review.listing,
                    day,
                    views: [Periods::default(); 2],
                });
                for (periods, weight) in listing.views.iter_mut().zip([1.0, review.genuine]) {
                    let counts = periods.at(review.seconds / DAY, day);
                    counts.add(review.stars <= COMPLAINT_STARS, weight);
                }
            }
        }
        self.inputs.revision = context.complaints.fall(changed.into_values().collect());
        self.reviewers(reviews);
    }

    /// The reviews that are published and dated, oldest first. Copies are no further reviews.
    fn published_reviews(&self) -> Vec<GatheredReview> {
        let mut reviews: Vec<GatheredReview> = Vec::new();
        for listing in &self.listings {
            if !self.in_market(listing.data.destination) {
                continue;
            }
            let revision = listing.trade.revised().map(|time| Revision {
                group: listing.data.group,
                day: time.day(),
            });
            for (row, review) in self.state.reviews_of_listing(listing.row) {
                let published = review.is_act() && review.removed.is_none();
                let month = self.month_index(review.seconds).filter(|_| published);
                let (Some(month), Some(reviewer)) = (month, review.reviewer) else {
                    continue;
                };
                if reviews.len() == REVIEWS_MOST {
                    break;
                }
                reviews.push(GatheredReview {
                    row,
                    month,
                    reviewer,
                    listing: listing.row,
                    seconds: review.seconds,
                    stars: review.stars,
                    verified: review.verified,
                    revision,
                    genuine: 1.0 - (self.suspicion)(row),
                });
            }
        }
        reviews.sort_unstable_by_key(|review| (review.seconds, review.listing, review.reviewer));
        reviews
    }

    /// Weighs suspected reviews by their traits.
    fn weigh_traits(&self, reviews: &mut [GatheredReview]) {
        if reviews.iter().all(|review| review.genuine >= 1.0) {
            return;
        }
        let own_count = counts_by_author(reviews);
        let all_traits: Vec<Traits> = reviews
            .iter()
            .map(|review| {
                let author = self.state.reviewers().get(review.reviewer);
                let own = own_count(review.reviewer);
                let elsewhere = author.is_some_and(|author| author.reviews > own);
                let ordered = self.has_ordered(review.reviewer, review.listing);
                traits(review.listing.number(), review.verified, ordered, elsewhere)
            })
            .collect();
        for polarity in [Polarity::Positive, Polarity::Negative] {
            let traited: Vec<TraitedReview> = reviews
                .iter()
                .zip(&all_traits)
                .map(|(review, traits)| TraitedReview {
                    traits: *traits,
                    genuine: review.genuine,
                    estimated: review.has(polarity),
                })
                .collect();
            let genuine = genuine_probabilities(&traited);
            for (review, genuine) in reviews.iter_mut().zip(genuine) {
                review.genuine = genuine;
            }
        }
    }

    /// Whether an author has an order of a listing, under the same id.
    fn has_ordered(&self, reviewer: ReviewerIx, listing: ListingIx) -> bool {
        let buyer = self.state.buyer_of_reviewer(reviewer);
        let orders = buyer
            .into_iter()
            .flat_map(|row| self.state.orders_of_buyer(row));
        orders
            .take(ORDERS_LOOKED_AT)
            .any(|(_, order)| order.listing == listing)
    }

    /// Doubts bursts of positive, or of negative, reviews by authors who review no other seller: they
    /// count as usual weeks. The remaining weights of a campaign that is not quite sure would still
    /// be a burst.
    fn doubt_bursts(&self, reviews: &mut [GatheredReview]) {
        let own_count = counts_by_author(reviews);
        let unestablished: Vec<bool> = reviews
            .iter()
            .map(|review| {
                let author = self.state.reviewers().get(review.reviewer);
                let own = own_count(review.reviewer);
                author.is_some_and(|author| author.reviews <= own)
            })
            .collect();
        let first = reviews.first().map_or(0, |review| review.seconds / WEEK);
        let week = |review: &GatheredReview| (review.seconds / WEEK - first) as usize;
        let weeks = reviews.last().map_or(0, |review| week(review) + 1);
        let empty = WeekCount {
            count: 0.0,
            growth: 1.0,
        };
        for polarity in [Polarity::Positive, Polarity::Negative] {
            let mut counts = vec![empty; weeks];
            for (review, unestablished) in reviews.iter().zip(&unestablished) {
                if *unestablished && review.has(polarity) {
                    counts[week(review)].count += review.genuine;
                }
            }
            let excess = excesses(&counts);
            for (review, unestablished) in reviews.iter_mut().zip(&unestablished) {
                if *unestablished && review.has(polarity) {
                    review.genuine *= 1.0 - excess[week(review)];
                }
            }
        }
    }

    /// Counts authors of each month, and those who have reviewed another listing before.
    fn reviewers(&mut self, mut reviews: Vec<GatheredReview>) {
        reviews.sort_unstable_by_key(|review| (review.reviewer, review.seconds, review.listing));
        for of_author in reviews.chunk_by(|one, other| one.reviewer == other.reviewer) {
            let first = &of_author[0];
            for of_month in of_author.chunk_by(|one, other| one.month == other.month) {
                let genuine = of_month
                    .iter()
                    .map(|review| review.genuine)
                    .fold(0.0, f64::max);
                let month = &mut self.inputs.months[of_month[0].month];
                month.add(Flow::Reviewers, 1.0, genuine);
                let mut listings = of_month.iter().map(|review| review.listing);
                if listings.any(|listing| listing != first.listing) {
                    let both = genuine.min(first.genuine);
                    month.add(Flow::ReturningReviewers, 1.0, both);
                }
            }
        }
    }
}
