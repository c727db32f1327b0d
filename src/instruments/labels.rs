//! Labels of metrics: closed sets, so that the number of series is bounded.

use crate::domain::{Kind, Payload};

/// Kinds of events as labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A seller.
    Seller,
    /// A listing.
    Listing,
    /// A listing at one moment.
    ListingSnapshot,
    /// A review.
    Review,
    /// The removal of a review.
    ReviewRemoval,
    /// An order.
    Order,
    /// A brand measure.
    BrandSignal,
    /// A moderator's label.
    Verdict,
    /// A tombstone; refused from callers.
    Tombstone,
    /// An event without content, which is always refused.
    Empty,
}

impl EventKind {
    pub(super) const ALL: [Self; 10] = [
        Self::Seller,
        Self::Listing,
        Self::ListingSnapshot,
        Self::Review,
        Self::ReviewRemoval,
        Self::Order,
        Self::BrandSignal,
        Self::Verdict,
        Self::Tombstone,
        Self::Empty,
    ];

    pub(super) const fn of(payload: &Payload) -> Self {
        match payload {
            Payload::Seller(_) => Self::Seller,
            Payload::Listing(_) => Self::Listing,
            Payload::ListingSnapshot(_) => Self::ListingSnapshot,
            Payload::Review(_) => Self::Review,
            Payload::ReviewRemoval(_) => Self::ReviewRemoval,
            Payload::Order(_) => Self::Order,
            Payload::BrandSignal(_) => Self::BrandSignal,
            Payload::Verdict(_) => Self::Verdict,
            Payload::Tombstone(_) => Self::Tombstone,
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Listing => "listing",
            Self::ListingSnapshot => "listing_snapshot",
            Self::Review => "review",
            Self::ReviewRemoval => "review_removal",
            Self::Order => "order",
            Self::BrandSignal => "brand_signal",
            Self::Verdict => "verdict",
            Self::Tombstone => "tombstone",
            Self::Empty => "empty",
        }
    }
}

pub(super) const OUTCOMES: [&str; 3] = ["applied", "unchanged", "refused"];
pub(super) const SUBJECTS: [Kind; 4] = [Kind::Review, Kind::Reviewer, Kind::Listing, Kind::Seller];

pub(super) const LABELS: [&str; 2] = ["genuine", "manipulated"];
