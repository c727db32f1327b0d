//! Enums of event fields. The state stores them, so they are independent of the contract's enums.

use serde::{Deserialize, Serialize};

/// Ways in which goods reach the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Fulfilment {
    /// Not stated.
    Unspecified,
    /// A parcel that crosses a border.
    CrossBorderParcel,
    /// From a bonded warehouse.
    BondedWarehouse,
    /// From a warehouse in the country of destination.
    OverseasWarehouse,
    /// Within one country.
    Domestic,
}

/// Parties that remove a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Remover {
    /// Not known.
    Unspecified,
    /// The marketplace.
    Platform,
    /// The author.
    Author,
}

/// Labels of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VerdictLabel {
    /// None: the subject was erased.
    Unspecified,
    /// Genuine.
    Genuine,
    /// Manipulated.
    Manipulated,
}

/// Channels in which a brand signal is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BrandChannel {
    /// Not stated.
    Unspecified,
    /// The own website.
    Website,
    /// Search on a marketplace or engine.
    Search,
    /// Social media.
    Social,
    /// Live streams.
    LiveStream,
    /// Advertising.
    Advertising,
    /// Training of staff.
    Training,
}

/// Parties that vouch for a brand signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Provenance {
    /// Not stated.
    Unspecified,
    /// The platform observed it.
    PlatformObserved,
    /// A third party measured it.
    ThirdParty,
    /// The seller reports it.
    SelfReported,
}
