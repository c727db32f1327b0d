//! Subjects and the rows that hold them.

use crate::domain::{Id, Subject};
use crate::state::{ListingIx, State, SubjectIx};

/// The subject of a row; none for rows that the snapshot does not have.
pub fn subject_of(state: &State, subject: SubjectIx) -> Option<Subject> {
    let local = |marketplace: u16, name| {
        let marketplace = Id::new(state.marketplace(marketplace))?;
        Some(Subject::Local {
            kind: subject.kind(),
            marketplace,
            id: Id::new(state.name(name))?,
        })
    };
    match subject {
        SubjectIx::Review(row) => state
            .reviews()
            .get(row)
            .and_then(|row| local(row.marketplace, row.name)),
        SubjectIx::Reviewer(row) => state
            .reviewers()
            .get(row)
            .and_then(|row| local(row.marketplace, row.name)),
        SubjectIx::Listing(row) => state
            .listings()
            .get(row)
            .and_then(|row| local(row.marketplace, row.name)),
        SubjectIx::Seller(row) => {
            let seller = state.sellers().get(row)?;
            Id::new(state.name(seller.name)).map(Subject::Seller)
        }
    }
}

/// Whom a subject is compared with, as its assessment names it.
pub fn peer_group_of(state: &State, subject: SubjectIx) -> String {
    match subject {
        SubjectIx::Review(row) => {
            let review = state.reviews().get(row);
            review.map_or(String::new(), |held| peer_group(state, held.listing))
        }
        SubjectIx::Reviewer(row) => {
            let author = state.reviewers().get(row);
            author.map_or(String::new(), |held| {
                state.marketplace(held.marketplace).to_owned()
            })
        }
        SubjectIx::Listing(row) => peer_group(state, Some(row)),
        SubjectIx::Seller(_) => String::new(),
    }
}

/// The seller of a subject, as its assessment names it.
pub fn seller_of(state: &State, subject: SubjectIx) -> String {
    match subject {
        SubjectIx::Review(row) => {
            let review = state.reviews().get(row);
            review.map_or(String::new(), |held| seller_id(state, held.listing))
        }
        SubjectIx::Listing(row) => seller_id(state, Some(row)),
        SubjectIx::Reviewer(_) | SubjectIx::Seller(_) => String::new(),
    }
}

/// Marketplace and category, as callers filter by them.
pub(super) fn peer_group(state: &State, listing: Option<ListingIx>) -> String {
    let group = listing
        .and_then(|listing| state.listings().get(listing))
        .and_then(|row| state.groups().get(row.group));
    group.map_or(String::new(), |group| {
        let marketplace = state.marketplace(group.marketplace);
        match group.category {
            Some(category) => format!("{marketplace}/{}", state.name(category)),
            None => marketplace.to_owned(),
        }
    })
}

pub(super) fn seller_id(state: &State, listing: Option<ListingIx>) -> String {
    listing
        .and_then(|listing| state.listings().get(listing)?.seller)
        .and_then(|seller| state.sellers().get(seller))
        .map_or(String::new(), |seller| state.name(seller.name).to_owned())
}
