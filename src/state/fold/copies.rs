//! Reviews that are one act of their author: delivered several times, or shown on several variations
//! of a product.
//!
//! One author, one text, the same stars and one moment in one listing family are one act. A moment is
//! a minute of the clock. Copies bear the time of their original, and who sends a form twice does so
//! within seconds. Sources that know the day only put a day into one minute. Without a text, listing
//! and second must be equal.
//!
//! The first review of an act counts, by time and id. One that is up precedes one that was taken down,
//! so that a platform's clearing of copies is nobody's removal. What counts therefore does not depend
//! on the order of events.
//!
//! A directory finds the reviews of an act that count on their listings, one of each listing. It holds
//! those of authors with several reviews only.

use xxhash_rust::xxh3::xxh3_64;

use super::Full;
use crate::state::rows::{Copied, ReviewRow};
use crate::state::{Directory, ListingIx, ReviewIx, ReviewerIx, State};

/// Seconds of a moment.
const MOMENT: u32 = 60;

/// What all reviews of one act share.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Act {
    reviewer: ReviewerIx,
    /// Key of the family; number of the listing where there is no text.
    place: u64,
    moment: u32,
    stars: u8,
    words: u16,
    text: ([u8; 2], [u32; 2]),
}

impl Act {
    fn hash(&self) -> u64 {
        let mut bytes = [0; 32];
        let (shards, [one, other]) = self.text;
        bytes[..4].copy_from_slice(&self.reviewer.number().to_le_bytes());
        bytes[4..12].copy_from_slice(&self.place.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.moment.to_le_bytes());
        bytes[16] = self.stars;
        bytes[17..19].copy_from_slice(&self.words.to_le_bytes());
        bytes[19..21].copy_from_slice(&shards);
        bytes[21..25].copy_from_slice(&one.to_le_bytes());
        bytes[25..29].copy_from_slice(&other.to_le_bytes());
        xxh3_64(&bytes)
    }
}

impl State {
    /// The act of a review; none where its author, listing or time is unknown.
    fn act_of(&self, review: &ReviewRow) -> Option<Act> {
        let (listing, reviewer) = (review.listing?, review.reviewer?);
        let seconds = review.time()?.seconds();
        let has_text = review.words > 0;
        Some(Act {
            reviewer,
            place: if has_text {
                self.listings.get(listing)?.family
            } else {
                listing.number().into()
            },
            moment: if has_text { seconds / MOMENT } else { seconds },
            stars: review.stars,
            words: review.words,
            text: (review.band_shards, review.band_hashes),
        })
    }

    /// Whether two reviews are one act.
    fn are_one_act(&self, one: &ReviewRow, other: &ReviewRow) -> bool {
        let act = self.act_of(one);
        act.is_some() && act == self.act_of(other)
    }

    /// The review that counts in the place of a copy; the review itself where it is none.
    pub fn original_of(&self, row: ReviewIx) -> ReviewIx {
        let Some(review) = self.reviews.get(row).filter(|row| row.copied.is_copy()) else {
            return row;
        };
        self.original_like(review).unwrap_or(row)
    }

    /// The review that counts for the act of a review, which need not be stored.
    pub(super) fn original_like(&self, review: &ReviewRow) -> Option<ReviewIx> {
        let act = self.act_of(review)?;
        let is_original = |other: &ReviewRow| other.is_act() && self.act_of(other) == Some(act);
        let indexed = self.directories.acts.find(act.hash(), |row| {
            self.reviews.get(row).is_some_and(&is_original)
        });
        // The directory may be ahead of this snapshot.
        indexed.or_else(|| {
            let mut reviews = self.reviews_of_reviewer(act.reviewer);
            reviews
                .find(|(_, other)| is_original(other))
                .map(|(row, _)| row)
        })
    }

    /// The reviews of an act that count on their listings, one of each, itself included.
    pub(super) fn pages_of_act(&self, row: ReviewIx) -> Vec<ReviewIx> {
        let mut pages = self.other_pages(row);
        pages.push(row);
        pages
    }

    /// As [`Self::pages_of_act`], without itself.
    fn other_pages(&self, row: ReviewIx) -> Vec<ReviewIx> {
        let mut pages = Vec::new();
        let act = self
            .reviews
            .get(row)
            .and_then(|review| self.act_of(review))
            .filter(|act| self.has_several(act.reviewer));
        if let Some(act) = act {
            self.directories.acts.find(act.hash(), |other| {
                let review = self.reviews.get(other).filter(|_| other != row);
                if review.is_some_and(|review| self.act_of(review) == Some(act)) {
                    pages.push(other);
                }
                // Go on: an act may be shown on several listings.
                false
            });
        }
        // The order of a directory is not that of a replay.
        pages.sort_unstable();
        pages
    }

    /// Whether a counted review is the only one of its act.
    pub(super) fn is_only_of_act(&self, row: ReviewIx) -> bool {
        let review = self.reviews.get(row);
        review.is_some_and(|review| review.copied == Copied::Original && !review.repeated)
    }

    /// Whether an author's list has more than one review.
    fn has_several(&self, reviewer: ReviewerIx) -> bool {
        let first = self
            .reviewers
            .get(reviewer)
            .and_then(|row| row.first_review);
        let first = first.and_then(|row| self.reviews.get(row));
        first.is_some_and(|review| review.next_in_reviewer.is_some())
    }

    /// Takes a linked, uncounted review for what it is, and counts it.
    pub(super) fn place_review(&mut self, row: ReviewIx) -> Result<(), Full> {
        self.index_neighbour(row);
        let pages = self.other_pages(row);
        let listing = self.reviews.get(row).and_then(|review| review.listing);
        let same = |page: &&ReviewIx| {
            let page = self.reviews.get(**page);
            page.is_some_and(|page| page.listing == listing)
        };
        let Some(known) = pages.iter().find(same).copied() else {
            self.index_act(row);
            let after: Vec<ReviewIx> = pages.iter().copied().chain([row]).collect();
            return self.arrange(&pages, &after);
        };
        if self.precedes(known, row) {
            self.set_copied(row, Copied::Repeat);
            self.set_repeated(known, true);
            self.count_review(row);
            return Ok(());
        }
        self.unindex_act(known);
        self.index_act(row);
        let others = pages.iter().copied().filter(|page| *page != known);
        let after: Vec<ReviewIx> = others.chain([row]).collect();
        self.arrange(&pages, &after)?;
        self.set_repeated(known, false);
        self.set_repeated(row, true);
        self.set_copied(known, Copied::Repeat);
        self.count_review(known);
        Ok(())
    }

    /// Counts a review out. The next one of its act takes its place.
    pub(super) fn displace_review(&mut self, row: ReviewIx) -> Result<(), Full> {
        let Some(review) = self.reviews.get(row).copied() else {
            return Ok(());
        };
        if review.copied == Copied::Repeat {
            self.uncount_review(row);
            self.set_copied(row, Copied::Unplaced);
            return Ok(());
        }
        let mut after = self.other_pages(row);
        let before: Vec<ReviewIx> = after.iter().copied().chain([row]).collect();
        self.unindex_act(row);
        if let Some(next) = self.next_repeat(row, &review) {
            self.uncount_review(next);
            self.set_copied(next, Copied::Unplaced);
            self.set_repeated(next, true);
            self.index_act(next);
            after.push(next);
        }
        self.set_repeated(row, false);
        self.arrange(&before, &after)
    }

    /// The repeat that counts on a listing once a review no longer does. Only reviews that were
    /// delivered again pay for the walk.
    fn next_repeat(&self, row: ReviewIx, review: &ReviewRow) -> Option<ReviewIx> {
        let reviewer = review.reviewer.filter(|_| review.repeated)?;
        let repeats = self
            .reviews_of_reviewer(reviewer)
            .filter(|(other, repeat)| {
                *other != row
                    && repeat.copied == Copied::Repeat
                    && repeat.listing == review.listing
                    && self.are_one_act(repeat, review)
            });
        repeats.map(|(row, _)| row).reduce(|best, other| {
            if self.precedes(other, best) {
                other
            } else {
                best
            }
        })
    }

    /// Makes one act of `after`, and counts it. The rows of `before` are counted as what they were, and
    /// are counted out where they are not among `after`.
    fn arrange(&mut self, before: &[ReviewIx], after: &[ReviewIx]) -> Result<(), Full> {
        let first = after.iter().copied().reduce(|best, other| {
            if self.precedes(other, best) {
                other
            } else {
                best
            }
        });
        let mut acts = Vec::new();
        for row in before {
            self.uncount_review(*row);
            let was_act = self.reviews.get(*row).is_some_and(ReviewRow::is_act);
            self.set_copied(*row, Copied::Unplaced);
            acts.extend(was_act.then_some(*row));
        }
        let mut left = None;
        for act in acts.iter().filter(|act| Some(**act) != first) {
            self.leave_act(*act);
            left = self.reviews.get(*act).and_then(|review| review.reviewer);
        }
        if let Some(first) = first.filter(|first| !acts.contains(first)) {
            self.enter_act(first)?;
        }
        for row in after {
            let copied = match (Some(*row) == first, after.len()) {
                (true, 1) => Copied::Original,
                (true, _) => Copied::Shared,
                (false, _) => Copied::Variant,
            };
            self.set_copied(*row, copied);
        }
        if let Some(author) = left {
            self.reset_day_peak(author);
        }
        self.count_reviews(Some(after));
        Ok(())
    }

    /// Moves a listing to another family: its reviews may be of one act with those of other listings.
    pub(super) fn move_to_family(&mut self, listing: ListingIx, family: u64) -> Result<(), Full> {
        let known = self.listings.get(listing).map(|row| row.family);
        if known == Some(family) {
            return Ok(());
        }
        // Repeats belong to a review of the same listing, which moves with them.
        let counting = |(row, review): (ReviewIx, &ReviewRow)| {
            review.copied.counts_on_listing().then_some(row)
        };
        let rows: Vec<ReviewIx> = self
            .reviews_of_listing(listing)
            .filter_map(counting)
            .collect();
        for row in &rows {
            let others = self.other_pages(*row);
            self.unindex_act(*row);
            if !others.is_empty() {
                let all: Vec<ReviewIx> = others.iter().copied().chain([*row]).collect();
                self.arrange(&all, &others)?;
                self.arrange(&[], &[*row])?;
            }
        }
        if let Some(target) = self.listings.get_mut(listing) {
            target.family = family;
        }
        for row in &rows {
            let others = self.other_pages(*row);
            self.index_act(*row);
            if !others.is_empty() {
                let all: Vec<ReviewIx> = others.into_iter().chain([*row]).collect();
                self.arrange(&all, &all)?;
            }
        }
        Ok(())
    }

    /// Whether a review counts rather than another one of its act.
    fn precedes(&self, one: ReviewIx, other: ReviewIx) -> bool {
        let rank = |row: ReviewIx| {
            let review = self.reviews.get(row)?;
            let name = self.names.get(review.name);
            Some((review.removed.is_some(), review.seconds, name))
        };
        rank(one) < rank(other)
    }

    fn set_copied(&mut self, row: ReviewIx, copied: Copied) {
        if let Some(target) = self.reviews.get_mut(row) {
            target.copied = copied;
        }
    }

    fn set_repeated(&mut self, row: ReviewIx, repeated: bool) {
        if let Some(target) = self.reviews.get_mut(row)
            && target.repeated != repeated
        {
            target.repeated = repeated;
        }
    }

    /// Notes the first review of an author, once a second one comes.
    fn index_neighbour(&self, row: ReviewIx) {
        let next = self.reviews.get(row).and_then(|row| row.next_in_reviewer);
        let Some((next, neighbour)) = next.and_then(|at| Some((at, self.reviews.get(at)?))) else {
            return;
        };
        if neighbour.next_in_reviewer.is_none() && neighbour.copied.counts_on_listing() {
            self.index_act(next);
        }
    }

    /// Notes a review that counts on its listing, if its author has others.
    fn index_act(&self, row: ReviewIx) {
        let act = self.reviews.get(row).and_then(|review| self.act_of(review));
        if let Some(act) = act.filter(|act| self.has_several(act.reviewer)) {
            let acts = &self.directories.acts;
            if acts.find(act.hash(), |known| known == row).is_none() {
                acts.insert(act.hash(), row);
            }
        }
    }

    fn unindex_act(&self, row: ReviewIx) {
        let act = self.reviews.get(row).and_then(|review| self.act_of(review));
        if let Some(act) = act {
            self.directories.acts.remove(act.hash(), row);
        }
    }

    /// Makes the directory anew, for a checkpoint that does not hold it.
    pub(in crate::state) fn acts_of_all(&self) -> Directory<ReviewIx> {
        let acts = Directory::default();
        for (row, review) in self.reviews.numbered() {
            let act = self
                .act_of(review)
                .filter(|_| review.copied.counts_on_listing());
            if let Some(act) = act.filter(|act| self.has_several(act.reviewer)) {
                acts.insert(act.hash(), row);
            }
        }
        acts
    }
}
