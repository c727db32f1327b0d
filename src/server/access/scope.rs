//! The subjects that a caller may ask about.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tonic::{Request, Status};

use crate::domain::{Kind, Subject};
use crate::query;
use crate::server::status;
use crate::state::State;

/// All subjects, or those of some sellers: the sellers, their listings, and the reviews of these.
#[derive(Clone, Debug)]
pub(in crate::server) enum Scope {
    /// All subjects.
    All,
    /// The subjects of these sellers.
    Sellers(Arc<BTreeSet<String>>),
}

/// Goes with the request of a seller and records whether the handler checked it. The gate withholds
/// the answer of a handler that did not, because it could be about anybody.
#[derive(Clone, Debug)]
pub(super) struct SellerScope {
    sellers: Arc<BTreeSet<String>>,
    checked: Arc<AtomicBool>,
}

impl SellerScope {
    pub(super) fn new(sellers: Arc<BTreeSet<String>>) -> Self {
        Self {
            sellers,
            checked: Arc::default(),
        }
    }

    pub(super) fn was_checked(&self) -> bool {
        self.checked.load(Ordering::Acquire)
    }
}

impl Scope {
    /// Returns the scope of a request's caller; all subjects where authentication is off.
    pub(in crate::server) fn of<T>(request: &Request<T>) -> Self {
        match request.extensions().get::<SellerScope>() {
            None => Self::All,
            Some(scope) => {
                scope.checked.store(true, Ordering::Release);
                Self::Sellers(Arc::clone(&scope.sellers))
            }
        }
    }

    /// Whether some subjects are outside of it.
    pub(in crate::server) const fn is_restricted(&self) -> bool {
        matches!(self, Self::Sellers(_))
    }

    /// Refuses subjects outside of it, and unknown ones in the same way, so that a refusal does not
    /// reveal whether a subject exists.
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

    /// Whether a seller is in it.
    pub(in crate::server) fn has_seller(&self, id: &str) -> bool {
        match self {
            Self::All => true,
            Self::Sellers(sellers) => sellers.contains(id),
        }
    }

    /// Whether a listing is in it, by its current seller.
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

    /// Returns the rows of one kind that are in it; none where all are.
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
