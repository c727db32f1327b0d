//! Facts about single reviews that distinguish campaigns from honest reviews.

use crate::domain::Remover;
use crate::state::{Known, ReviewRow, State};

/// Other reviews of an author that are looked at for the same words.
const LOOKED_AT_MOST: usize = 64;

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
}

impl ReviewMark {
    pub(super) const ALL: [Self; 5] = [
        Self::OneTime,
        Self::Unverified,
        Self::Copied,
        Self::Extreme,
        Self::Removed,
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
                Known::No => Some(true),
                Known::Yes => Some(false),
            },
            Self::Copied => review.comparable().then(|| state.has_twin(review)),
            Self::Extreme => Some(matches!(review.stars, 1 | 5)),
            Self::Removed => Some(review.removed == Some(Remover::Platform)),
        }
    }
}

/// The marks of a review of a cell, looked up once: two bits a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ReviewMarks(u16);

/// Whether a platform copied it here, or from here.
const CLONED: u16 = 1 << 10;
/// Whether anybody took it down.
const DOWN: u16 = 1 << 11;

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
        if review.removed.is_some() {
            bits |= DOWN;
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

    /// Whether anybody took it down.
    pub(super) const fn is_down(self) -> bool {
        self.0 & DOWN != 0
    }
}

/// Whether its author said the same at the same moment on another listing.
fn is_cloned(state: &State, review: &ReviewRow) -> bool {
    let reviews = review
        .reviewer
        .map(|author| state.reviews_of_reviewer(author));
    let mut others = reviews.into_iter().flatten().take(LOOKED_AT_MOST);
    others.any(|(_, other)| {
        other.listing != review.listing
            && other.seconds == review.seconds
            && other.stars == review.stars
            && other.buckets().eq(review.buckets())
    })
}
