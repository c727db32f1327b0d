//! One row a thing. Rows refer to each other by number.

mod copied;
mod listing_fingerprint;
mod review;
mod tally;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use copied::Copied;
pub use listing_fingerprint::ListingFingerprint;
pub use review::ReviewRow;
pub use tally::{Polarity, PolarityTally, ReviewFacts, Tally};

use super::baseline::{AuthorBins, ListingBins, Rhythms};
use super::names::NameRef;
use super::row_numbers::{GroupIx, ListingIx, ReviewIx, SellerIx, or_max};
use crate::domain::{Country, Kind, Money};
use crate::domain::{Fulfilment, VerdictLabel};

/// An unknown time, in seconds since 1970.
pub const NO_TIME: u32 = u32::MAX;

/// No score at arrival.
pub const NO_SCORE: i16 = i16::MIN;

/// Address of an event in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogRef {
    /// The record.
    pub sequence: u32,
    /// The event within the record, from 0.
    pub index: u16,
}

/// Answer to a yes-or-no question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Known {
    /// Nothing.
    #[default]
    Unknown,
    /// No.
    No,
    /// Yes.
    Yes,
}

impl From<Option<bool>> for Known {
    fn from(value: Option<bool>) -> Self {
        match value {
            None => Self::Unknown,
            Some(false) => Self::No,
            Some(true) => Self::Yes,
        }
    }
}

/// A review's author on one marketplace. What was taken down still counts as activity.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ReviewerRow {
    /// The id.
    pub name: NameRef,
    /// First of its reviews, in no promised order.
    #[serde(with = "or_max")]
    pub first_review: Option<ReviewIx>,
    /// Reviews written.
    pub reviews: u32,
    /// Of these, taken down.
    pub removed: u32,
    /// Of these, 4 or 5 stars.
    pub positive: u32,
    /// Of these, 1 or 5 stars.
    pub extreme: u32,
    /// Of these, purchase denied.
    pub unverified: u32,
    /// Of these, purchase confirmed or denied.
    pub known: u32,
    /// Of these, long enough to compare with others.
    pub comparable: u32,
    /// Of these, with a near-duplicate.
    pub duplicate: u32,
    /// Most reviews in one day; kept up to [`Self::DAYS_SEEN`] reviews, stale beyond.
    pub day_peak: u8,
    /// Reviews on `newest_day`, as stale as the peak.
    pub newest_count: u8,
    /// Day of the newest review with a time, since 1970: while events come in time order, the
    /// fullest day is known without a walk over the others. As stale as the peak.
    pub newest_day: u16,
    /// Stars of those that are up, summed.
    pub stars: u32,
    /// Namespace of the id.
    pub marketplace: u16,
    /// The bins in which it is counted among its peers.
    pub bins: AuthorBins,
}

impl ReviewerRow {
    /// Most reviews of an author whose days are compared: bounds the work of an event.
    pub const DAYS_SEEN: u32 = 64;
}

/// Reviews of one day, by [`Polarity::index`]. Those taken down still count: they did arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// Days since 1970.
    pub day: u16,
    /// Saturates.
    pub counts: [u16; 3],
}

/// A listing; a placeholder until its own event arrives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListingRow {
    /// The id.
    pub name: NameRef,
    /// Namespace of the id.
    pub marketplace: u16,
    /// Newest revision.
    pub revision: u16,
    /// Whether its own event has arrived.
    pub arrived: bool,
    /// Its seller, if known.
    #[serde(with = "or_max")]
    pub seller: Option<SellerIx>,
    /// Next listing of the same seller, in no promised order.
    #[serde(with = "or_max")]
    pub next_in_seller: Option<ListingIx>,
    /// Its peer group.
    pub group: GroupIx,
    /// Key of its family: of the variation parent that it names, or of itself.
    pub family: u64,
    /// First of its reviews, in no promised order.
    #[serde(with = "or_max")]
    pub first_review: Option<ReviewIx>,
    /// Seconds since 1970, [`NO_TIME`] when unknown.
    pub created_seconds: u32,
    /// Of the product that it sells, so that a change to another one is seen.
    pub fingerprint: ListingFingerprint,
    /// The event since which it sells another product, if there is one. Earlier reviews are of the
    /// former product.
    pub became_another: Option<LogRef>,
    /// Asking price.
    pub price: Option<Money>,
    /// Country that it sells to.
    pub destination: Option<Country>,
    /// How goods reach the buyer.
    pub fulfilment: Fulfilment,
    /// Its own event in the log.
    pub log: Option<LogRef>,
    /// Reviews and orders.
    pub tally: Tally,
    /// Reviews by day, oldest first.
    pub days: Arc<Vec<DayCount>>,
    /// Its densest weeks.
    pub rhythms: Rhythms,
    /// The bins in which it is counted among its peers.
    pub bins: ListingBins,
}

/// The peers of a listing: its group, if known, and its marketplace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerKey {
    /// Marketplace and widest category.
    pub group: Option<GroupIx>,
    /// The group's marketplace.
    pub marketplace: u16,
}

impl Default for PeerKey {
    /// No group, and an unknown marketplace.
    fn default() -> Self {
        Self {
            group: None,
            marketplace: u16::MAX,
        }
    }
}

impl ListingRow {
    /// The peers that it is compared with.
    pub const fn peers(&self) -> PeerKey {
        PeerKey {
            group: Some(self.group),
            marketplace: self.marketplace,
        }
    }

    /// Whether it has become another product since an event of the log.
    pub fn became_another_since(&self, log: LogRef) -> bool {
        self.became_another.is_some_and(|change| log < change)
    }
}

/// A seller; a placeholder until its own event arrives.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SellerRow {
    /// The id.
    pub name: NameRef,
    /// Newest revision.
    pub revision: u16,
    /// Whether its own event has arrived.
    pub arrived: bool,
    /// Its own event in the log.
    pub log: Option<LogRef>,
    /// Listings that name it.
    pub listings: u32,
    /// First of these, in no promised order.
    #[serde(with = "or_max")]
    pub first_listing: Option<ListingIx>,
    /// Sum over its listings.
    pub tally: Tally,
    /// Number of the newest event that may have moved its brand progress.
    pub changed: u64,
}

/// A near-duplicate bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandRow {
    /// Reviews in it.
    pub count: u32,
    /// Exclusive or of their numbers: with one review left, that of this review.
    numbers_xor: u32,
}

impl BandRow {
    pub(super) const fn single(review: ReviewIx) -> Self {
        Self {
            count: 1,
            numbers_xor: review.number(),
        }
    }

    pub(super) const fn with(self, review: ReviewIx) -> Self {
        Self {
            count: self.count + 1,
            numbers_xor: self.numbers_xor ^ review.number(),
        }
    }

    pub(super) const fn without(self, review: ReviewIx) -> Self {
        Self {
            count: self.count.saturating_sub(1),
            numbers_xor: self.numbers_xor ^ review.number(),
        }
    }

    /// The review that is alone in it.
    pub const fn only(self) -> Option<ReviewIx> {
        if self.count == 1 {
            ReviewIx::new(self.numbers_xor)
        } else {
            None
        }
    }
}

/// The latest verdict on a subject.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct VerdictRow {
    /// The verdict's own id.
    pub name: NameRef,
    /// Kind of its subject.
    pub subject_kind: Kind,
    /// Namespace of the subject; none for sellers.
    pub subject_marketplace: Option<u16>,
    /// Id of the subject.
    pub subject_name: NameRef,
    /// Newest revision.
    pub revision: u16,
    /// Genuine or manipulated.
    pub label: VerdictLabel,
    /// When it was decided.
    pub seconds: u32,
    /// Newest event.
    pub log: LogRef,
}

/// Whom a listing is compared with: marketplace and widest category.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GroupRow {
    /// Namespace.
    pub marketplace: u16,
    /// The category, none when unknown.
    pub category: Option<NameRef>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_small() {
        // Memory a review is a promise: below 200 bytes with names, directories and copies.
        assert!(size_of::<ReviewRow>() <= 64, "{}", size_of::<ReviewRow>());
        assert!(
            size_of::<ReviewerRow>() <= 56,
            "{}",
            size_of::<ReviewerRow>()
        );
        assert_eq!(size_of::<BandRow>(), 8);
        assert_eq!(size_of::<DayCount>(), 8);
    }
}
