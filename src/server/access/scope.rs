//! The subjects that a caller may ask about.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tonic::{Request, Status};

use crate::domain::{Kind, Subject};
use crate::server::status;
use crate::state::{ListingIx, State, SubjectIx};

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
            Self::Sellers(sellers) => match state.find_subject(subject) {
                Some(SubjectIx::Listing(row)) => self.has_listing(state, row),
                Some(SubjectIx::Review(row)) => {
                    let listing = state.reviews().get(row).and_then(|review| review.listing);
                    listing.is_some_and(|listing| self.has_listing(state, listing))
                }
                // A seller knows its own id, whether it has arrived or not.
                Some(SubjectIx::Seller(_)) | None => {
                    subject.kind() == Kind::Seller && sellers.contains(subject.id().as_str())
                }
                Some(SubjectIx::Reviewer(_)) => false,
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
    pub(in crate::server) fn has_listing(&self, state: &State, row: ListingIx) -> bool {
        match self {
            Self::All => true,
            Self::Sellers(sellers) => state
                .listings()
                .get(row)
                .and_then(|listing| state.sellers().get(listing.seller?))
                .is_some_and(|seller| sellers.contains(state.name(seller.name))),
        }
    }

    /// Returns the rows of one kind that are in it; none where all are.
    pub(in crate::server) fn rows(&self, state: &State, kind: Kind) -> Option<HashSet<SubjectIx>> {
        let Self::Sellers(sellers) = self else {
            return None;
        };
        let own = sellers.iter().filter_map(|id| state.find_seller(id));
        Some(match kind {
            Kind::Seller => own.map(SubjectIx::Seller).collect(),
            Kind::Listing => own
                .flat_map(|seller| state.listings_of_seller(seller))
                .map(SubjectIx::Listing)
                .collect(),
            Kind::Review | Kind::Reviewer => HashSet::new(),
        })
    }
}
