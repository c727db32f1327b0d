//! What a caller may ask about.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tonic::{Request, Status};

use crate::domain::{Kind, Subject};
use crate::query;
use crate::server::status;
use crate::state::State;

/// Everything, or the subjects of some sellers: the sellers themselves, their listings, and the
/// reviews of these.
#[derive(Clone, Debug)]
pub(in crate::server) enum Scope {
    /// Everything.
    All,
    /// What belongs to these sellers.
    Sellers(Arc<BTreeSet<String>>),
}

/// Goes with the request of a seller. A handler that never takes it would answer about anybody, so
/// the gate withholds its answer.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    sellers: Arc<BTreeSet<String>>,
    asked: Arc<AtomicBool>,
}

impl Bound {
    pub(super) fn new(sellers: Arc<BTreeSet<String>>) -> Self {
        Self {
            sellers,
            asked: Arc::default(),
        }
    }

    pub(super) fn was_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }
}

impl Scope {
    /// The scope of a request's caller. Without authentication there is none to keep.
    pub(in crate::server) fn of<T>(request: &Request<T>) -> Self {
        match request.extensions().get::<Bound>() {
            None => Self::All,
            Some(bound) => {
                bound.asked.store(true, Ordering::Release);
                Self::Sellers(Arc::clone(&bound.sellers))
            }
        }
    }

    /// Whether anything is left out.
    pub(in crate::server) const fn is_bound(&self) -> bool {
        matches!(self, Self::Sellers(_))
    }

    /// Refuses what does not belong to the caller. What nobody knows is refused as well, so that a
    /// refusal says nothing about others.
    pub(in crate::server) fn permit(&self, state: &State, subject: &Subject) -> Result<(), Status> {
        let own = match self {
            Self::All => true,
            Self::Sellers(sellers) => match subject.kind() {
                Kind::Seller => sellers.contains(subject.id().as_str()),
                Kind::Reviewer => false,
                Kind::Listing => {
                    query::find_row(state, subject).is_some_and(|row| self.has_listing(state, row))
                }
                Kind::Review => query::find_row(state, subject)
                    .and_then(|row| state.reviews().get(row))
                    .is_some_and(|review| self.has_listing(state, review.listing)),
            },
        };
        if own { Ok(()) } else { Err(status::foreign()) }
    }

    /// Whether a seller's id is in it.
    pub(in crate::server) fn has_seller(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Sellers(sellers) => sellers.contains(id),
        }
    }

    /// Whether a listing belongs to it, by the seller that it has now.
    pub(in crate::server) fn has_listing(&self, state: &State, row: u32) -> bool {
        match self {
            Self::All => true,
            Self::Sellers(sellers) => state
                .listings()
                .get(row)
                .and_then(|listing| state.sellers().get(listing.seller))
                .is_some_and(|seller| sellers.contains(state.name(seller.name))),
        }
    }

    /// Rows of one kind that belong to it; none where everything does.
    pub(in crate::server) fn rows(&self, state: &State, kind: Kind) -> Option<HashSet<u32>> {
        let Self::Sellers(sellers) = self else {
            return None;
        };
        let own = sellers.iter().filter_map(|id| state.find_seller(id));
        Some(match kind {
            Kind::Seller => own.collect(),
            Kind::Listing => own
                .flat_map(|seller| state.listings_of_seller(seller))
                .collect(),
            Kind::Review | Kind::Reviewer => HashSet::new(),
        })
    }
}
