//! Facts about single reviews that distinguish campaigns from honest reviews.

use crate::domain::Remover;
use crate::state::{Known, ReviewRow, State};

/// Other reviews of an author, or orders of a buyer, that are looked at.
const LOOKED_AT_MOST: usize = 64;

/// Marketplaces that are searched for the same author.
const MARKETPLACES_MOST: usize = 8;

/// A yes-or-no fact about a review that distinguishes campaigns from honest reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReviewMark {
    /// The only review of its author.
    OneTime,
    /// The purchase was denied.
    Unverified,
    /// Its wording is that of another review.
    Copied,
    /// 1 or 5 stars.
    Extreme,
    /// The platform took it down.
    Removed,
    /// No order by its author is known, on a listing of which orders are known.
    NoOrder,
}

impl ReviewMark {
    pub(super) const ALL: [Self; 6] = [
        Self::OneTime,
        Self::Unverified,
        Self::Copied,
        Self::Extreme,
        Self::Removed,
        Self::NoOrder,
    ];

    /// Whether a review bears the mark; none where that cannot be known.
    pub(super) fn on(self, state: &State, review: &ReviewRow) -> Option<bool> {
        match self {
            Self::OneTime => {
                let author = state.reviewer_of(review)?;
                Some(author.reviews == 1)
            }
            Self::Unverified => match review.verified {
                Known::Unknown => None,
                // An order that was cancelled is a purchase that the platform denies and knows.
                Known::No => (no_order(state, review) != Some(false)).then_some(true),
                Known::Yes => Some(false),
            },
            Self::Copied => review.comparable().then(|| state.has_twin(review)),
            Self::Extreme => Some(matches!(review.stars, 1 | 5)),
            Self::Removed => Some(review.removed == Some(Remover::Platform)),
            Self::NoOrder => no_order(state, review),
        }
    }
}

/// Whether its author has no known order of its listing before it; none where no orders of the
/// listing are known.
fn no_order(state: &State, review: &ReviewRow) -> Option<bool> {
    let listing = review.listing?;
    state.listing_trade(listing).first_order?;
    let Some(buyer) = state.buyer_of_reviewer(review.reviewer?) else {
        return Some(true);
    };
    let mut orders = state.orders_of_buyer(buyer).take(LOOKED_AT_MOST);
    Some(!orders.any(|(_, order)| order.listing == listing && order.seconds <= review.seconds))
}

/// The marks of a review of a cell, looked up once: two bits a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReviewMarks(u16);

/// Whether a platform copied it here, or from here.
const CLONED: u16 = 1 << 12;

impl ReviewMarks {
    pub(super) fn of(state: &State, review: &ReviewRow) -> Self {
        let mut bits = 0;
        for mark in ReviewMark::ALL {
            let known = match mark.on(state, review) {
                None => 0,
                Some(false) => 1,
                Some(true) => 2,
            };
            bits |= known << (2 * mark as u16);
        }
        if is_cloned(state, review) {
            bits |= CLONED;
        }
        Self(bits)
    }

    /// Whether the review bears the mark; none where that cannot be known.
    pub(super) const fn on(self, mark: ReviewMark) -> Option<bool> {
        match self.0 >> (2 * mark as u16) & 3 {
            0 => None,
            known => Some(known == 2),
        }
    }

    /// Whether its author said the same at the same moment on another listing.
    pub(super) const fn is_cloned(self) -> bool {
        self.0 & CLONED != 0
    }
}

/// Whether its author said the same at the same moment on another listing, here or on another
/// marketplace.
fn is_cloned(state: &State, review: &ReviewRow) -> bool {
    let Some(author) = review.reviewer else {
        return false;
    };
    let id = state
        .reviewer_of(review)
        .map_or("", |author| state.name(author.name));
    // Copies of a text share its near-duplicate buckets.
    let searched = if state.has_twin(review) {
        MARKETPLACES_MOST
    } else {
        0
    };
    let elsewhere = state.marketplaces().take(searched);
    let elsewhere = elsewhere.filter_map(|marketplace| state.find_reviewer(marketplace, id));
    let authors = std::iter::once(author).chain(elsewhere.filter(|other| *other != author));
    let mut others = authors.flat_map(|author| state.acts_of_reviewer(author).take(LOOKED_AT_MOST));
    others.any(|(_, other)| {
        other.listing != review.listing
            && other.seconds == review.seconds
            && other.stars == review.stars
            && other.buckets().eq(review.buckets())
    })
}
