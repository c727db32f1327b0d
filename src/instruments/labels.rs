//! Names of what is counted: closed sets, so that labels never grow.

use crate::brand::Stage;
use crate::domain::{Kind, Payload};
use crate::integrity::Band;
use crate::integrity::campaigns::Attribution;
use crate::proto::v1::{self, event};

/// Kinds of events, as labels name them.
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
    /// A review was taken down.
    ReviewRemoval,
    /// An order.
    Order,
    /// A brand measure.
    BrandSignal,
    /// A moderator's label.
    Verdict,
    /// What an erasure left of an event; refused where it comes from outside.
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

    /// Of a message as it came.
    pub const fn of_message(payload: Option<&event::Payload>) -> Self {
        use event::Payload as P;
        match payload {
            Some(P::Seller(_)) => Self::Seller,
            Some(P::Listing(_)) => Self::Listing,
            Some(P::ListingSnapshot(_)) => Self::ListingSnapshot,
            Some(P::Review(_)) => Self::Review,
            Some(P::ReviewRemoval(_)) => Self::ReviewRemoval,
            Some(P::Order(_)) => Self::Order,
            Some(P::BrandSignal(_)) => Self::BrandSignal,
            Some(P::Verdict(_)) => Self::Verdict,
            Some(P::Tombstone(_)) => Self::Tombstone,
            None => Self::Empty,
        }
    }

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
pub(super) const BANDS: [Band; 6] = [
    Band::InsufficientData,
    Band::Low,
    Band::Guarded,
    Band::Elevated,
    Band::High,
    Band::Critical,
];
pub(super) const SUBJECTS: [Kind; 4] = [Kind::Review, Kind::Reviewer, Kind::Listing, Kind::Seller];

pub(super) const fn band_label(band: Band) -> &'static str {
    match band {
        Band::InsufficientData => "insufficient_data",
        Band::Low => "low",
        Band::Guarded => "guarded",
        Band::Elevated => "elevated",
        Band::High => "high",
        Band::Critical => "critical",
    }
}

pub(super) const fn of_message(band: v1::Band) -> Band {
    match band {
        v1::Band::Unspecified | v1::Band::InsufficientData => Band::InsufficientData,
        v1::Band::Low => Band::Low,
        v1::Band::Guarded => Band::Guarded,
        v1::Band::Elevated => Band::Elevated,
        v1::Band::High => Band::High,
        v1::Band::Critical => Band::Critical,
    }
}

pub(super) const LABELS: [&str; 2] = ["genuine", "manipulated"];

pub(super) const STAGES: [Stage; 6] = [
    Stage::InsufficientData,
    Stage::WhiteLabelLister,
    Stage::TrafficRenter,
    Stage::Emerging,
    Stage::Established,
    Stage::ResilientMultiMarket,
];

pub(super) const fn stage_label(stage: Stage) -> &'static str {
    match stage {
        Stage::InsufficientData => "insufficient_data",
        Stage::WhiteLabelLister => "white_label_lister",
        Stage::TrafficRenter => "traffic_renter",
        Stage::Emerging => "emerging",
        Stage::Established => "established",
        Stage::ResilientMultiMarket => "resilient_multi_market",
    }
}

pub(super) const fn attribution_label(attribution: Attribution) -> &'static str {
    match attribution {
        Attribution::SelfPromotion => "self_promotion",
        Attribution::Attack => "attack",
        Attribution::ReverseBrushing => "reverse_brushing",
        Attribution::OrganicBurst => "organic_burst",
        Attribution::PlatformArtefact => "platform_artefact",
    }
}
