//! The subjects that a caller may ask about.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tonic::{Request, Status};

use crate::domain::{Kind, Subject};
use crate::engine::Snapshot;
use crate::server::status;
use crate::state::{ListingIx, ReviewIx, State, SubjectIx};

/// All subjects, or those of some sellers: the sellers, their listings, and the reviews of these.
#[derive(Clone, Debug)]
pub(in crate::server) enum Scope {
    /// All subjects.
    All,
    /// The subjects of these sellers.
    Sellers {
        /// Ids of the sellers.
        own: Arc<BTreeSet<String>>,
        /// For a read as of a past day, the snapshot of now: a listing that was sold since is no
        /// longer its former seller's to read.
        now: Option<Arc<Snapshot>>,
    },
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
                Self::sellers(Arc::clone(&scope.sellers))
            }
        }
    }

    /// The subjects of some sellers.
    pub(in crate::server) const fn sellers(own: Arc<BTreeSet<String>>) -> Self {
        Self::Sellers { own, now: None }
    }

    /// The same in states of the past: listings that were the seller's then and still are now.
    pub(in crate::server) fn in_the_past(&self, snapshot: Arc<Snapshot>) -> Self {
        match self {
            Self::All => Self::All,
            Self::Sellers { own, now: _ } => Self::Sellers {
                own: Arc::clone(own),
                now: Some(snapshot),
            },
        }
    }

    /// Whether some subjects are outside of it.
    pub(in crate::server) const fn is_restricted(&self) -> bool {
        matches!(self, Self::Sellers { .. })
    }

    /// Refuses subjects outside of it, and unknown ones in the same way, so that a refusal does not
    /// reveal whether a subject exists.
    pub(in crate::server) fn permit(&self, state: &State, subject: &Subject) -> Result<(), Status> {
        let own = match self {
            Self::All => true,
            Self::Sellers { own, .. } => match state.find_subject(subject) {
                Some(SubjectIx::Listing(row)) => self.has_listing(state, row),
                Some(SubjectIx::Review(row)) => self.has_review(state, row),
                // A seller knows its own id, whether it has arrived or not.
                Some(SubjectIx::Seller(_)) | None => {
                    subject.kind() == Kind::Seller && own.contains(subject.id().as_str())
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
            Self::Sellers { own, .. } => own.contains(id),
        }
    }

    /// Whether a listing is in it, by its seller in the state. In a state of the past it must still
    /// be that of one of the sellers now.
    pub(in crate::server) fn has_listing(&self, state: &State, row: ListingIx) -> bool {
        match self {
            Self::All => true,
            Self::Sellers { own, now } => {
                is_sold_by(own, state, row)
                    && now.as_ref().is_none_or(|now| {
                        listing_now(state, row, &now.state)
                            .is_some_and(|row| is_sold_by(own, &now.state, row))
                    })
            }
        }
    }

    /// Whether a review is in it, by its listing.
    pub(in crate::server) fn has_review(&self, state: &State, row: ReviewIx) -> bool {
        match self {
            Self::All => true,
            Self::Sellers { .. } => {
                let listing = state.reviews().get(row).and_then(|review| review.listing);
                listing.is_some_and(|listing| self.has_listing(state, listing))
            }
        }
    }

    /// Returns the rows of one kind that are in it; none where all are.
    pub(in crate::server) fn rows(&self, state: &State, kind: Kind) -> Option<HashSet<SubjectIx>> {
        let Self::Sellers { own, .. } = self else {
            return None;
        };
        let own = own.iter().filter_map(|id| state.find_seller(id));
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

fn is_sold_by(sellers: &BTreeSet<String>, state: &State, row: ListingIx) -> bool {
    state
        .listings()
        .get(row)
        .and_then(|listing| state.sellers().get(listing.seller?))
        .is_some_and(|seller| sellers.contains(state.name(seller.name)))
}

/// The row that a listing of the past has now. An erasure may have renumbered rows since.
fn listing_now(then: &State, row: ListingIx, now: &State) -> Option<ListingIx> {
    let listing = then.listings().get(row)?;
    now.find_listing(
        then.marketplace(listing.marketplace),
        then.name(listing.name),
    )
}
