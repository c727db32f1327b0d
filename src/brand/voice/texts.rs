//! From a snapshot to texts: reviews stay in the log, and are read where they lie.

use prost::Message as _;

use super::{OTHERS_MOST, OWN_MOST, VoiceReview};
use crate::journal::{Journal, JournalError};
use crate::proto::v1;
use crate::state::{ReviewRow, State};

/// Most reviews of one listing of another seller.
const OF_OTHER_LISTING: usize = 20;

/// A review that is to be read.
struct Wanted<'a> {
    row: u32,
    held: &'a ReviewRow,
    category: u32,
}

/// The reviews of a seller that are up, with their texts: the newest `most` of them, [`OWN_MOST`] at
/// most. `weight` is one minus the probability that a review, by its row, is manipulated. Reads the
/// log in its order, each record once. Blocks on the store.
pub fn of_seller(
    state: &State,
    journal: &Journal,
    seller: u32,
    most: usize,
    weight: impl Fn(u32) -> f64,
) -> Result<Vec<VoiceReview>, JournalError> {
    let mut wanted: Vec<Wanted<'_>> = state
        .listings_of_seller(seller)
        .flat_map(|listing| of_listing(state, listing))
        .collect();
    newest(state, &mut wanted, most.min(OWN_MOST));
    read(journal, wanted, weight)
}

/// Reviews of other sellers in the categories of a seller, [`OTHERS_MOST`] at most: up to 20 of a
/// listing, in the order in which listings were first seen.
pub fn of_others(
    state: &State,
    journal: &Journal,
    seller: u32,
    weight: impl Fn(u32) -> f64,
) -> Result<Vec<VoiceReview>, JournalError> {
    let mut groups: Vec<u32> = state
        .listings_of_seller(seller)
        .filter_map(|listing| state.listings().get(listing))
        .map(|listing| listing.group)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    let mut wanted = Vec::new();
    for row in 0..state.listings().len() {
        let Some(listing) = state.listings().get(row) else {
            break;
        };
        if listing.seller == seller || groups.binary_search(&listing.group).is_err() {
            continue;
        }
        let mut of_this: Vec<Wanted<'_>> = of_listing(state, row).collect();
        newest(state, &mut of_this, OF_OTHER_LISTING);
        wanted.extend(of_this);
        if wanted.len() >= OTHERS_MOST {
            break;
        }
    }
    wanted.truncate(OTHERS_MOST);
    read(journal, wanted, weight)
}

fn of_listing(state: &State, listing: u32) -> impl Iterator<Item = Wanted<'_>> {
    let category = state.listings().get(listing).map_or(0, |held| held.group);
    state
        .reviews_of_listing(listing)
        .filter(|(_, held)| held.arrived() && held.removed.is_none())
        .map(move |(row, held)| Wanted {
            row,
            held,
            category,
        })
}

/// Keeps the newest; of equals by id, as rows depend on the order of arrival.
fn newest(state: &State, wanted: &mut Vec<Wanted<'_>>, most: usize) {
    if wanted.len() > most {
        wanted.sort_by(|a, b| {
            let seconds = |one: &Wanted<'_>| one.held.time().map(crate::domain::Time::seconds);
            let name = |one: &Wanted<'_>| state.name(one.held.name);
            seconds(b)
                .cmp(&seconds(a))
                .then_with(|| name(a).cmp(name(b)))
        });
        wanted.truncate(most);
    }
}

fn read(
    journal: &Journal,
    mut wanted: Vec<Wanted<'_>>,
    weight: impl Fn(u32) -> f64,
) -> Result<Vec<VoiceReview>, JournalError> {
    wanted.sort_by_key(|one| (one.held.log().sequence, one.held.log().index));
    let mut found = Vec::with_capacity(wanted.len());
    for Wanted {
        row,
        held,
        category,
    } in wanted
    {
        let (sequence, index) = (held.log().sequence.into(), held.log().index.into());
        // A review whose author was erased has no text any more.
        let Some(entry) = journal.read_entry(sequence, index)? else {
            continue;
        };
        let event = v1::Event::decode(entry.as_slice()).ok();
        let payload = event.and_then(|event| event.payload);
        let Some(v1::event::Payload::Review(review)) = payload else {
            continue;
        };
        found.push(VoiceReview {
            title: review.title,
            body: review.body,
            language: review.language,
            stars: held.stars,
            day: held.time().map(crate::domain::Time::day),
            weight: weight(row),
            review: row,
            listing: held.listing,
            category,
        });
    }
    Ok(found)
}
