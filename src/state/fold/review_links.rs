//! How a review hangs on its listing, author and near-duplicate buckets, and is counted there.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Full, some};
use crate::domain::Time;
use crate::state::baseline::AuthorBins;
use crate::state::rows::{
    BandRow, DayCount, Known, NONE, Polarity, ReviewFacts, ReviewRow, ReviewerRow, Tally,
};
use crate::state::{BandKey, Histogram, State, key};

impl State {
    /// Hangs a filled row on everything that it belongs to, and counts it.
    pub(super) fn link_review(&mut self, row: u32) -> Result<(), Full> {
        let review = self.reviews.get(row).copied().ok_or(Full)?;
        // Others first: what they are may change through this review's arrival.
        self.join_reviewer(row, &review);
        for key in review.buckets() {
            self.join_band(row, key)?;
        }
        if let Some(listing) = self.listings.get_mut(review.listing) {
            let next = std::mem::replace(&mut listing.first_review, row);
            if let Some(target) = self.reviews.get_mut(row) {
                target.next_in_listing = next;
            }
        }
        self.count_day(&review, true);
        self.count_review(row);
        self.positive += u64::from(review.polarity() == Polarity::Positive);
        Ok(())
    }

    /// Takes a row off everything that it belongs to, and counts it out.
    pub(super) fn unlink_review(&mut self, row: u32) {
        let Some(review) = self.reviews.get(row).copied() else {
            return;
        };
        self.uncount_review(row);
        self.count_day(&review, false);
        self.leave_listing(row, &review);
        for key in review.buckets() {
            self.leave_band(row, key);
        }
        self.leave_reviewer(row, &review);
    }

    /// Counts a review in, with what is true of it now.
    pub(super) fn count_review(&mut self, row: u32) {
        self.step_review(row, Tally::add, u32::wrapping_add);
    }

    /// Counts a review out. What is true of it must not have changed since it was counted in.
    pub(super) fn uncount_review(&mut self, row: u32) {
        self.step_review(row, Tally::remove, u32::wrapping_sub);
    }

    fn step_review(
        &mut self,
        row: u32,
        tally: fn(&mut Tally, ReviewFacts),
        count: fn(u32, u32) -> u32,
    ) {
        let Some(review) = self.reviews.get(row).copied() else {
            return;
        };
        let facts = self.facts_of(&review);
        self.with_tallies(review.listing, |counts| tally(counts, facts));
        self.count_marks(&review, count);
        self.touch_reviewer(review.reviewer);
        if let Some(reviewer) = self.reviewers.get_mut(review.reviewer) {
            count_author(reviewer, &review, facts, count);
        }
    }

    /// What is true of a review now.
    pub fn facts_of(&self, review: &ReviewRow) -> ReviewFacts {
        ReviewFacts {
            stars: review.stars,
            removed: review.removed.is_some(),
            verified: review.verified,
            one_time: self.is_one_time(review),
            comparable: review.comparable(),
            duplicate: self.has_twin(review),
            reward: review.speaks_of_reward(),
        }
    }

    /// Whether a review is its author's only one.
    pub fn is_one_time(&self, review: &ReviewRow) -> bool {
        let author = self.reviewers.get(review.reviewer);
        author.is_some_and(|author| author.reviews == 1)
    }

    /// Whether another review shares a near-duplicate bucket with it.
    pub fn has_twin(&self, review: &ReviewRow) -> bool {
        review.buckets().any(|key| self.bucket(key).count > 1)
    }

    pub(super) fn ensure_reviewer(&mut self, marketplace: &str, id: &str) -> Result<u32, Full> {
        if let Some(row) = self.find_reviewer(marketplace, id) {
            return Ok(row);
        }
        let number = self.ensure_marketplace(marketplace)?;
        let name = self.store_name(id)?;
        let fresh = ReviewerRow {
            name,
            first_review: NONE,
            reviews: 0,
            removed: 0,
            positive: 0,
            extreme: 0,
            unverified: 0,
            known: 0,
            comparable: 0,
            duplicate: 0,
            day_peak: 0,
            newest_count: 0,
            newest_day: 0,
            stars: 0,
            marketplace: number,
            bins: AuthorBins::default(),
        };
        let row = self.reviewers.push(fresh).ok_or(Full)?;
        self.directories.reviewers.insert(key(marketplace, id), row);
        Ok(row)
    }

    fn join_reviewer(&mut self, row: u32, review: &ReviewRow) {
        let Some(author) = self.reviewers.get(review.reviewer) else {
            return;
        };
        let (before, other) = (author.reviews, author.first_review);
        self.touch_reviewer(review.reviewer);
        // The author's only review so far stops being that.
        if before == 1 {
            self.uncount_review(other);
        }
        if let Some(author) = self.reviewers.get_mut(review.reviewer) {
            author.reviews += 1;
            author.first_review = row;
        }
        if let Some(target) = self.reviews.get_mut(row) {
            target.next_in_reviewer = other;
        }
        if let Some(time) = review.time() {
            self.raise_day_peak(review.reviewer, time.day());
        }
        if before == 1 {
            self.count_review(other);
        }
    }

    /// Looks whether a day on which a review came is now its author's fullest.
    fn raise_day_peak(&mut self, reviewer: u32, day: u32) {
        let Some(author) = self.reviewers.get(reviewer) else {
            return;
        };
        let day = day as u16;
        if author.reviews > ReviewerRow::DAYS_SEEN {
            return;
        }
        let newest_count = match day.cmp(&author.newest_day) {
            Ordering::Greater => 1,
            Ordering::Equal => author.newest_count + 1,
            // Late: the days before are in the list only.
            Ordering::Less => author.newest_count,
        };
        let peak = if day < author.newest_day {
            self.reviews_on(reviewer, day)
        } else {
            newest_count
        };
        if let Some(author) = self.reviewers.get_mut(reviewer) {
            author.day_peak = author.day_peak.max(peak);
            author.newest_day = author.newest_day.max(day);
            author.newest_count = newest_count;
        }
    }

    /// Seeks an author's fullest and newest day anew, after one of its reviews has left.
    fn reset_day_peak(&mut self, reviewer: u32) {
        let times = self.reviews_of_reviewer(reviewer);
        let mut days: Vec<u32> = times
            .take(ReviewerRow::DAYS_SEEN as usize)
            .filter_map(|(_, review)| review.time().map(Time::day))
            .collect();
        days.sort_unstable();
        let mut peak = 0;
        let mut newest = (0, 0);
        for same in days.chunk_by(|one, other| one == other) {
            newest = (same[0] as u16, same.len() as u8);
            peak = newest.1.max(peak);
        }
        if let Some(author) = self.reviewers.get_mut(reviewer) {
            author.day_peak = peak;
            (author.newest_day, author.newest_count) = newest;
        }
    }

    fn reviews_on(&self, reviewer: u32, day: u16) -> u8 {
        let times = self.reviews_of_reviewer(reviewer);
        times
            .filter(|(_, review)| {
                review
                    .time()
                    .is_some_and(|time| time.day() == u32::from(day))
            })
            .count() as u8
    }

    fn leave_reviewer(&mut self, row: u32, review: &ReviewRow) {
        let Some(author) = self.reviewers.get(review.reviewer) else {
            return;
        };
        let (first, reviews) = (author.first_review, author.reviews);
        self.touch_reviewer(review.reviewer);
        let other = if first == row {
            review.next_in_reviewer
        } else {
            first
        };
        if reviews == 2 {
            self.uncount_review(other);
        }
        if first == row {
            if let Some(author) = self.reviewers.get_mut(review.reviewer) {
                author.first_review = review.next_in_reviewer;
            }
        } else {
            let before = self.before(first, row, |review| review.next_in_reviewer);
            if let Some(before) = before.and_then(|before| self.reviews.get_mut(before)) {
                before.next_in_reviewer = review.next_in_reviewer;
            }
        }
        if let Some(author) = self.reviewers.get_mut(review.reviewer) {
            author.reviews -= 1;
        }
        self.reset_day_peak(review.reviewer);
        if reviews == 2 {
            self.count_review(other);
        }
    }

    fn leave_listing(&mut self, row: u32, review: &ReviewRow) {
        let Some(listing) = self.listings.get_mut(review.listing) else {
            return;
        };
        let first = listing.first_review;
        if first == row {
            listing.first_review = review.next_in_listing;
            return;
        }
        let before = self.before(first, row, |review| review.next_in_listing);
        if let Some(before) = before.and_then(|before| self.reviews.get_mut(before)) {
            before.next_in_listing = review.next_in_listing;
        }
    }

    /// The row before `row` in a list; an edit of an old review pays for the walk.
    fn before(&self, first: u32, row: u32, next: impl Fn(&ReviewRow) -> u32) -> Option<u32> {
        let mut at = first;
        loop {
            let following = next(self.reviews.get(some(at)?)?);
            if following == row {
                return Some(at);
            }
            at = following;
        }
    }

    /// The one review that thereby gets a twin is counted anew.
    fn join_band(&mut self, row: u32, key: BandKey) -> Result<(), Full> {
        let held = self.bucket(key);
        let other = (held.count == 1).then_some(held.rows_xor);
        if let Some(other) = other {
            self.uncount_review(other);
        }
        self.join_bucket(key, row)?;
        self.count_bucket(held, held.with(row));
        if let Some(other) = other {
            self.count_review(other);
        }
        Ok(())
    }

    /// The one review that thereby loses its twin is counted anew.
    fn leave_band(&mut self, row: u32, key: BandKey) {
        let held = self.bucket(key);
        let left = held.without(row);
        let other = (left.count == 1).then_some(left.rows_xor);
        if let Some(other) = other {
            self.uncount_review(other);
        }
        self.leave_bucket(key, row);
        self.count_bucket(held, left);
        if let Some(other) = other {
            self.count_review(other);
        }
    }

    fn count_bucket(&mut self, before: BandRow, after: BandRow) {
        self.baselines.count_bucket(before, Histogram::remove_n);
        self.baselines.count_bucket(after, Histogram::add_n);
    }

    fn count_day(&mut self, review: &ReviewRow, comes: bool) {
        let Some(day) = review
            .time()
            .and_then(|time| u16::try_from(time.day()).ok())
        else {
            return;
        };
        self.touch_days(review.listing, !comes);
        let Some(listing) = self.listings.get_mut(review.listing) else {
            return;
        };
        let place = (listing.group, listing.marketplace);
        let step = if comes {
            u32::wrapping_add
        } else {
            u32::wrapping_sub
        };
        self.baselines
            .count_day(place, day, review.polarity(), step);
        if comes {
            listing
                .rhythms
                .grow(&listing.days, review.polarity(), day.into());
        }
        let days = own_days(&mut listing.days);
        let place = match days.last() {
            // Events come mostly in time order.
            Some(last) if last.day == day => days.len() - 1,
            _ => days
                .binary_search_by_key(&day, |held| held.day)
                .unwrap_or_else(|place| {
                    days.insert(
                        place,
                        DayCount {
                            day,
                            counts: [0; 3],
                        },
                    );
                    place
                }),
        };
        if let Some(count) = days.get_mut(place) {
            let count = &mut count.counts[review.polarity().index()];
            *count = if comes {
                count.saturating_add(1)
            } else {
                count.saturating_sub(1)
            };
        }
        // An edit leaves no trace of the day that the review was on before.
        if days.get(place).is_some_and(|held| held.counts == [0; 3]) {
            days.remove(place);
        }
    }
}

/// The days for the writer, with room for one more. They take most of a listing's memory: grown by
/// an eighth and not doubled, and where a snapshot shares them, copied once with that room.
fn own_days(days: &mut Arc<Vec<DayCount>>) -> &mut Vec<DayCount> {
    let (held, room) = (days.len(), 2 + days.len() / 8);
    if Arc::get_mut(days).is_none() {
        let mut copy = Vec::with_capacity(held + room);
        copy.extend_from_slice(days);
        *days = Arc::new(copy);
    }
    // Shared with nobody by now, so nothing is copied here.
    let days = Arc::make_mut(days);
    if days.capacity() == held {
        days.reserve_exact(room);
    }
    days
}

fn count_author(
    author: &mut ReviewerRow,
    review: &ReviewRow,
    facts: ReviewFacts,
    step: fn(u32, u32) -> u32,
) {
    author.removed = step(author.removed, u32::from(facts.removed));
    let shown = if facts.removed { 0 } else { review.stars };
    author.stars = step(author.stars, u32::from(shown));
    author.positive = step(author.positive, u32::from(review.stars >= 4));
    author.extreme = step(author.extreme, u32::from(matches!(review.stars, 1 | 5)));
    author.unverified = step(author.unverified, u32::from(facts.verified == Known::No));
    author.known = step(author.known, u32::from(facts.verified != Known::Unknown));
    author.comparable = step(author.comparable, u32::from(facts.comparable));
    author.duplicate = step(author.duplicate, u32::from(facts.duplicate));
}
