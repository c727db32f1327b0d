//! Subjects of assessments, verdicts and histories.

use serde::{Deserialize, Serialize};

use super::Id;

/// Kind of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// One review.
    Review,
    /// The author of reviews on one marketplace.
    Reviewer,
    /// One listing.
    Listing,
    /// One seller, over all marketplaces.
    Seller,
}

impl Kind {
    /// Returns the word that reports and errors use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Reviewer => "reviewer",
            Self::Listing => "listing",
            Self::Seller => "seller",
        }
    }
}

/// A named subject. All but sellers have a marketplace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A review, reviewer or listing of a marketplace.
    Local {
        /// Never [`Kind::Seller`].
        kind: Kind,
        /// Namespace of the id.
        marketplace: Id,
        /// The id in the marketplace.
        id: Id,
    },
    /// A seller.
    Seller(Id),
}

impl Subject {
    /// Returns the kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Local { kind, .. } => *kind,
            Self::Seller(_) => Kind::Seller,
        }
    }

    /// Returns the id without its namespace.
    pub fn id(&self) -> &Id {
        match self {
            Self::Local { id, .. } | Self::Seller(id) => id,
        }
    }

    /// Returns the namespace; empty for sellers.
    pub fn marketplace(&self) -> &str {
        match self {
            Self::Local { marketplace, .. } => marketplace.as_str(),
            Self::Seller(_) => "",
        }
    }
}
