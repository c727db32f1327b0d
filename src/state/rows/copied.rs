//! Reviews that their author wrote, and copies of them.

use serde::{Deserialize, Serialize};

/// What a review is among those of one author with one text at one moment in one listing family:
/// they are one act, delivered several times or shown on several variations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Copied {
    /// Not linked to anything.
    #[default]
    Unplaced,
    /// An act that is shown on one listing.
    Original,
    /// An act that other listings of the family show, too.
    Shared,
    /// A copy, and the only one that counts on its listing: the act counts on another one.
    Variant,
    /// A copy of a review that counts on the same listing.
    Repeat,
}

impl Copied {
    /// Whether it stands for what its author did.
    pub const fn is_act(self) -> bool {
        matches!(self, Self::Original | Self::Shared)
    }

    /// Whether it is a copy of another review.
    pub const fn is_copy(self) -> bool {
        matches!(self, Self::Variant | Self::Repeat)
    }

    /// Whether its listing counts it as evidence: one review of each act.
    pub const fn counts_on_listing(self) -> bool {
        matches!(self, Self::Original | Self::Shared | Self::Variant)
    }
}
