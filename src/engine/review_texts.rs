//! Reads the texts of reviews from the log; snapshots do not hold them.

use super::{EngineError, Snapshots};
use crate::brand::voice::{OTHERS_MOST, OWN_MOST, VoiceReview};
use crate::domain::Time;
use crate::state::{GroupIx, ListingIx, ReviewIx, ReviewRow, SellerIx, State};
use crate::threads::cancel::Cancel;

/// Most reviews of one listing of another seller.
const OTHER_LISTING_MOST: usize = 20;

/// A review whose text is read.
struct Wanted<'a> {
    row: ReviewIx,
    review: &'a ReviewRow,
    listing: ListingIx,
    category: GroupIx,
}

impl Snapshots {
    /// Reads the texts of a seller's published reviews, the newest [`OWN_MOST`]. `weight` is one minus the
    /// probability that a review, by its row, is manipulated. Reads the log in its order, each record once.
    /// Blocks on the store.
    pub fn texts_of_seller(
        &self,
        state: &State,
        seller: SellerIx,
        weight: impl Fn(ReviewIx) -> f64,
        cancel: &Cancel,
    ) -> Result<Vec<VoiceReview>, EngineError> {
        let listings = state.listings_of_seller(seller);
        let all = listings.flat_map(|listing| published(state, listing));
        self.read_texts(newest(state, all.collect(), OWN_MOST), weight, cancel)
    }

    /// Reads the texts of other sellers' reviews in the categories of a seller, [`OTHERS_MOST`] at most: up
    /// to 20 of a listing, in the order in which listings were first seen. Blocks on the store.
    pub fn texts_of_others(
        &self,
        state: &State,
        seller: SellerIx,
        weight: impl Fn(ReviewIx) -> f64,
        cancel: &Cancel,
    ) -> Result<Vec<VoiceReview>, EngineError> {
        let mut groups: Vec<GroupIx> = state
            .listings_of_seller(seller)
            .filter_map(|listing| state.listings().get(listing))
            .map(|listing| listing.group)
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let mut wanted = Vec::new();
        for (row, listing) in state.listings().numbered() {
            if listing.seller == Some(seller) || groups.binary_search(&listing.group).is_err() {
                continue;
            }
            let reviews = published(state, row).collect();
            wanted.extend(newest(state, reviews, OTHER_LISTING_MOST));
            if wanted.len() >= OTHERS_MOST {
                break;
            }
        }
        wanted.truncate(OTHERS_MOST);
        self.read_texts(wanted, weight, cancel)
    }

    fn read_texts(
        &self,
        mut wanted: Vec<Wanted<'_>>,
        weight: impl Fn(ReviewIx) -> f64,
        cancel: &Cancel,
    ) -> Result<Vec<VoiceReview>, EngineError> {
        wanted.sort_by_key(|one| (one.review.log().sequence, one.review.log().index));
        let mut texts = Vec::with_capacity(wanted.len());
        for Wanted {
            row,
            review,
            listing,
            category,
        } in wanted
        {
            cancel.check().map_err(|_| EngineError::Cancelled)?;
            // A review whose author was erased has no text any more.
            let Some(text) = self.review(review.log())? else {
                continue;
            };
            texts.push(VoiceReview {
                title: text.title,
                body: text.body,
                language: text.language,
                stars: review.stars,
                day: review.time().map(Time::day),
                weight: weight(row),
                review: row,
                listing,
                category,
            });
        }
        Ok(texts)
    }
}

/// The published reviews of a listing, without copies.
fn published(state: &State, listing: ListingIx) -> impl Iterator<Item = Wanted<'_>> {
    let row = state.listings().get(listing).into_iter();
    row.flat_map(move |known| {
        state
            .reviews_of_listing(listing)
            .filter(|(_, review)| review.is_act() && review.removed.is_none())
            .map(move |(row, review)| Wanted {
                row,
                review,
                listing,
                category: known.group,
            })
    })
}

/// Keeps the newest; of equal ones by id, as rows depend on the order of arrival.
fn newest<'a>(state: &State, mut wanted: Vec<Wanted<'a>>, most: usize) -> Vec<Wanted<'a>> {
    if wanted.len() > most {
        wanted.sort_by(|a, b| {
            let seconds = |one: &Wanted<'_>| one.review.time().map(Time::seconds);
            let name = |one: &Wanted<'_>| state.name(one.review.name);
            seconds(b)
                .cmp(&seconds(a))
                .then_with(|| name(a).cmp(name(b)))
        });
        wanted.truncate(most);
    }
    wanted
}
