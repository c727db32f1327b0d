//! Which subjects changed since a record: read from the log, as the rounds' own memory ends with
//! the process.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;

use super::Mark;
use crate::domain::Kind;
use crate::engine::{Engine, ScoredSnapshot};
use crate::history::KINDS;
use crate::journal::{JournalError, Record};
use crate::proto::v1::{Event, event};
use crate::state::{BandKey, NONE, ReviewRow, State};

/// Records that are read; beyond, every subject is taken as changed.
const RECORDS_MAX: u64 = 4096;

/// Subjects that may have moved since, in order; more rather than less.
pub(super) fn since(
    engine: &Engine,
    scored: &ScoredSnapshot,
    mark: Mark,
) -> Result<Vec<(Kind, u32)>, JournalError> {
    let Mark {
        sequence: from,
        evidence,
        model,
    } = mark;
    let snapshot = &scored.snapshot;
    let last = snapshot.log_sequence;
    let state = &snapshot.state;
    if last.saturating_sub(from) > RECORDS_MAX {
        return Ok(everybody(state));
    }
    let mut seen = Seen::default();
    if from < last {
        engine
            .journal()
            .frames(from + 1..=last, |sequence, _, record: Record| {
                for entry in record.entries() {
                    let event = Event::decode(entry).map_err(|error| JournalError::Corrupt {
                        sequence,
                        detail: error.to_string(),
                    })?;
                    seen.note(state, event);
                }
                Ok::<_, JournalError>(())
            })?;
    }
    match engine
        .moves()
        .by_evidence(evidence, scored.evidence.event_count())
    {
        Some(rows) => seen.note_rows(rows),
        None => seen.note_whom_evidence_may_concern(scored),
    }
    // Passes are forgotten with the process, and one that only changed the version ends where it
    // began: the mark alone tells. Of those who are watched only authors are scored by it.
    if model != Mark::of(scored).model {
        seen.reviewers.extend(0..state.reviewers().len());
    }
    Ok(seen.subjects(state))
}

fn everybody(state: &State) -> Vec<(Kind, u32)> {
    let rows = [
        (Kind::Reviewer, state.reviewers().len()),
        (Kind::Listing, state.listings().len()),
        (Kind::Seller, state.sellers().len()),
    ];
    rows.into_iter()
        .flat_map(|(kind, rows)| (0..rows).map(move |row| (kind, row)))
        .collect()
}

/// What events of the log speak of.
#[derive(Default)]
struct Seen {
    reviews: BTreeSet<u32>,
    reviewers: BTreeSet<u32>,
    listings: BTreeSet<u32>,
    sellers: BTreeSet<u32>,
    /// A listing may have left a seller, of whom nothing is said: all are taken as changed.
    all_sellers: bool,
}

impl Seen {
    /// Rows by [`KINDS`].
    fn note_rows(&mut self, rows: [Vec<u32>; KINDS.len()]) {
        for (kind, rows) in KINDS.into_iter().zip(rows) {
            match kind {
                Kind::Reviewer => self.reviewers.extend(rows),
                Kind::Listing => self.listings.extend(rows),
                Kind::Seller => self.sellers.extend(rows),
                // Reviews are not watched.
                Kind::Review => {}
            }
        }
    }

    /// Where nobody knows what the evidence was then: all listings and sellers, and whoever is in a
    /// campaign now. An author who only left one is not found.
    fn note_whom_evidence_may_concern(&mut self, scored: &ScoredSnapshot) {
        self.listings
            .extend(0..scored.snapshot.state.listings().len());
        self.all_sellers = true;
        for campaign in scored.evidence.campaigns().all() {
            self.reviewers.extend(&campaign.reviewers);
        }
    }

    fn note(&mut self, state: &State, event: Event) {
        match event.payload {
            Some(event::Payload::Review(review)) => {
                let row = state.find_review(&review.marketplace, &review.review_id);
                self.reviews.extend(row);
                // An edit may have moved it here from another author or listing since.
                self.reviewers
                    .extend(state.find_reviewer(&review.marketplace, &review.reviewer_id));
                self.listings
                    .extend(state.find_listing(&review.marketplace, &review.listing_id));
            }
            Some(event::Payload::ReviewRemoval(removal)) => {
                let row = state.find_review(&removal.marketplace, &removal.review_id);
                self.reviews.extend(row);
            }
            Some(event::Payload::Listing(listing)) => {
                self.listings
                    .extend(state.find_listing(&listing.marketplace, &listing.listing_id));
                self.all_sellers = true;
            }
            _ => {}
        }
    }

    fn subjects(mut self, state: &State) -> Vec<(Kind, u32)> {
        let others = [self.alone_by_author(state), self.alone_in_bucket(state)];
        self.reviews.extend(others.into_iter().flatten());
        for row in &self.reviews {
            if let Some(review) = state.reviews().get(*row) {
                self.reviewers.insert(review.reviewer);
                self.listings.insert(review.listing);
            }
        }
        if self.all_sellers {
            self.sellers.extend(0..state.sellers().len());
        }
        let sellers = self.listings.iter().filter_map(|row| {
            let listing = state.listings().get(*row)?;
            (listing.seller != NONE).then_some(listing.seller)
        });
        self.sellers.extend(sellers);
        let rows = [
            (Kind::Reviewer, self.reviewers),
            (Kind::Listing, self.listings),
            (Kind::Seller, self.sellers),
        ];
        rows.into_iter()
            .flat_map(|(kind, rows)| rows.into_iter().map(move |row| (kind, row)))
            .filter(|(_, row)| *row != NONE)
            .collect()
    }

    /// Reviews that were their authors' only ones until these came.
    fn alone_by_author(&self, state: &State) -> Vec<u32> {
        let rows = self.reviews.iter();
        let reviewers: BTreeSet<u32> = rows
            .filter_map(|row| Some(state.reviews().get(*row)?.reviewer))
            .collect();
        let older = reviewers.into_iter().filter_map(|reviewer| {
            let mut older = state
                .reviews_of_reviewer(reviewer)
                .map(|(row, _)| row)
                .filter(|row| !self.reviews.contains(row));
            // With two or more older ones, none of them was the only one.
            let first = older.next()?;
            older.next().is_none().then_some(first)
        });
        older.collect()
    }

    /// Reviews that were alone in their buckets of near-duplicates until these came.
    fn alone_in_bucket(&self, state: &State) -> Vec<u32> {
        let mut inside: BTreeMap<BandKey, (u32, u32)> = BTreeMap::new();
        for row in &self.reviews {
            let keys = state.reviews().get(*row).map(ReviewRow::buckets);
            for key in keys.into_iter().flatten() {
                let held = inside.entry(key).or_default();
                *held = (held.0 + 1, held.1 ^ row);
            }
        }
        let alone = inside.into_iter().filter_map(|(key, (count, xor))| {
            let bucket = state.bucket(key);
            (bucket.count == count + 1).then_some(bucket.rows_xor ^ xor)
        });
        alone.collect()
    }
}
