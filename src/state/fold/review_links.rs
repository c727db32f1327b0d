//! Links a review to its listing, author and near-duplicate buckets, and counts it there.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Full;
use crate::domain::Time;
use crate::state::baseline::AuthorBins;
use crate::state::rows::{
    BandRow, DayCount, Known, Polarity, ReviewFacts, ReviewRow, ReviewerRow, Tally,
};
use crate::state::{BandKey, Histogram, ReviewIx, ReviewerIx, State, key};

impl State {
    /// Links a filled row to everything that it belongs to, and counts it.
    pub(super) fn link_review(&mut self, row: ReviewIx) -> Result<(), Full> {
        let review = self.reviews.get(row).copied().ok_or(Full)?;
        // Other reviews first: this arrival may change the facts that are counted of them.
        self.join_reviewer(row, &review);
        for key in review.buckets() {
            self.join_band(row, key)?;
        }
        let listing = review.listing.and_then(|row| self.listings.get_mut(row));
        if let Some(listing) = listing {
            let next = listing.first_review.replace(row);
            if let Some(target) = self.reviews.get_mut(row) {
                target.next_in_listing = next;
            }
        }
        self.count_day(&review, true);
        self.count_review(row);
        self.positive += u64::from(review.polarity() == Polarity::Positive);
        Ok(())
    }

    /// Unlinks a row from everything that it belongs to, and counts it out.
    pub(super) fn unlink_review(&mut self, row: ReviewIx) {
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

    /// Counts a review in, with the facts that hold now.
    pub(super) fn count_review(&mut self, row: ReviewIx) {
        self.step_review(row, Tally::add, u32::wrapping_add);
    }

    /// Counts a review out. Its facts must not have changed since it was counted in.
    pub(super) fn uncount_review(&mut self, row: ReviewIx) {
        self.step_review(row, Tally::remove, u32::wrapping_sub);
    }

    fn step_review(
        &mut self,
        row: ReviewIx,
        tally: fn(&mut Tally, ReviewFacts),
        count: fn(u32, u32) -> u32,
    ) {
        let Some(review) = self.reviews.get(row).copied() else {
            return;
        };
        let facts = self.facts_of(&review);
        if let Some(listing) = review.listing {
            self.with_tallies(listing, |counts| tally(counts, facts));
        }
        self.count_marks(&review, count);
        let Some(reviewer) = review.reviewer else {
            return;
        };
        self.touch_reviewer(reviewer);
        if let Some(author) = self.reviewers.get_mut(reviewer) {
            count_author(author, &review, facts, count);
        }
    }

    /// The facts of a review that hold now.
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
        self.reviewer_of(review)
            .is_some_and(|author| author.reviews == 1)
    }

    /// Whether another review shares a near-duplicate bucket with it.
    pub fn has_twin(&self, review: &ReviewRow) -> bool {
        review.buckets().any(|key| self.bucket(key).count > 1)
    }

    pub(super) fn ensure_reviewer(
        &mut self,
        marketplace: &str,
        id: &str,
    ) -> Result<ReviewerIx, Full> {
        if let Some(row) = self.find_reviewer(marketplace, id) {
            return Ok(row);
        }
        let number = self.ensure_marketplace(marketplace)?;
        let name = self.store_name(id)?;
        let fresh = ReviewerRow {
            name,
            first_review: None,
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

    fn join_reviewer(&mut self, row: ReviewIx, review: &ReviewRow) {
        let Some(reviewer) = review.reviewer else {
            return;
        };
        let Some(author) = self.reviewers.get(reviewer) else {
            return;
        };
        let first = author.first_review;
        // The author's only review so far is then no longer that.
        let only = first.filter(|_| author.reviews == 1);
        self.touch_reviewer(reviewer);
        if let Some(only) = only {
            self.uncount_review(only);
        }
        if let Some(author) = self.reviewers.get_mut(reviewer) {
            author.reviews += 1;
            author.first_review = Some(row);
        }
        if let Some(target) = self.reviews.get_mut(row) {
            target.next_in_reviewer = first;
        }
        if let Some(time) = review.time() {
            self.raise_day_peak(reviewer, time.day());
        }
        if let Some(only) = only {
            self.count_review(only);
        }
    }

    /// Raises an author's fullest day, if the day of an arriving review has become that.
    fn raise_day_peak(&mut self, reviewer: ReviewerIx, day: u32) {
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
            // A late arrival: earlier days are in the list only.
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
    fn reset_day_peak(&mut self, reviewer: ReviewerIx) {
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

    fn reviews_on(&self, reviewer: ReviewerIx, day: u16) -> u8 {
        let times = self.reviews_of_reviewer(reviewer);
        times
            .filter(|(_, review)| {
                review
                    .time()
                    .is_some_and(|time| time.day() == u32::from(day))
            })
            .count() as u8
    }

    fn leave_reviewer(&mut self, row: ReviewIx, review: &ReviewRow) {
        let Some(reviewer) = review.reviewer else {
            return;
        };
        let Some(author) = self.reviewers.get(reviewer) else {
            return;
        };
        let (first, reviews) = (author.first_review, author.reviews);
        self.touch_reviewer(reviewer);
        let other = if first == Some(row) {
            review.next_in_reviewer
        } else {
            first
        };
        // The other of two reviews is then its author's only one.
        let only = other.filter(|_| reviews == 2);
        if let Some(only) = only {
            self.uncount_review(only);
        }
        if first == Some(row) {
            if let Some(author) = self.reviewers.get_mut(reviewer) {
                author.first_review = review.next_in_reviewer;
            }
        } else {
            let before = self.before(first, row, |review| review.next_in_reviewer);
            if let Some(before) = before.and_then(|before| self.reviews.get_mut(before)) {
                before.next_in_reviewer = review.next_in_reviewer;
            }
        }
        if let Some(author) = self.reviewers.get_mut(reviewer) {
            author.reviews -= 1;
        }
        self.reset_day_peak(reviewer);
        if let Some(only) = only {
            self.count_review(only);
        }
    }

    fn leave_listing(&mut self, row: ReviewIx, review: &ReviewRow) {
        let listing = review.listing.and_then(|row| self.listings.get_mut(row));
        let Some(listing) = listing else {
            return;
        };
        let first = listing.first_review;
        if first == Some(row) {
            listing.first_review = review.next_in_listing;
            return;
        }
        let before = self.before(first, row, |review| review.next_in_listing);
        if let Some(before) = before.and_then(|before| self.reviews.get_mut(before)) {
            before.next_in_listing = review.next_in_listing;
        }
    }

    /// The review before `row` in a list. Only an edit of an old review pays for the walk.
    fn before(
        &self,
        first: Option<ReviewIx>,
        row: ReviewIx,
        next: impl Fn(&ReviewRow) -> Option<ReviewIx>,
    ) -> Option<ReviewIx> {
        let mut at = first?;
        loop {
            let following = next(self.reviews.get(at)?)?;
            if following == row {
                return Some(at);
            }
            at = following;
        }
    }

    /// The one review that thereby gets a near-duplicate is counted anew.
    fn join_band(&mut self, row: ReviewIx, key: BandKey) -> Result<(), Full> {
        let before = self.bucket(key);
        let other = before.only();
        if let Some(other) = other {
            self.uncount_review(other);
        }
        self.join_bucket(key, row)?;
        self.count_bucket(before, before.with(row));
        if let Some(other) = other {
            self.count_review(other);
        }
        Ok(())
    }

    /// The one review that thereby loses its near-duplicate is counted anew.
    fn leave_band(&mut self, row: ReviewIx, key: BandKey) {
        let before = self.bucket(key);
        let after = before.without(row);
        let other = after.only();
        if let Some(other) = other {
            self.uncount_review(other);
        }
        self.leave_bucket(key, row);
        self.count_bucket(before, after);
        if let Some(other) = other {
            self.count_review(other);
        }
    }

    fn count_bucket(&mut self, before: BandRow, after: BandRow) {
        self.baselines.count_bucket(before, Histogram::remove_n);
        self.baselines.count_bucket(after, Histogram::add_n);
    }

    fn count_day(&mut self, review: &ReviewRow, comes: bool) {
        let day = review.time().map(Time::day);
        let (Some(row), Some(day)) = (review.listing, day.and_then(|day| u16::try_from(day).ok()))
        else {
            return;
        };
        self.touch_days(row, !comes);
        let Some(listing) = self.listings.get_mut(row) else {
            return;
        };
        let step = if comes {
            u32::wrapping_add
        } else {
            u32::wrapping_sub
        };
        self.baselines
            .count_day(listing.peers(), day, review.polarity(), step);
        if comes {
            listing
                .rhythms
                .grow(&listing.days, review.polarity(), day.into());
        }
        count_in_days(own_days(&mut listing.days), day, review.polarity(), comes);
    }
}

/// Counts one review of a day in or out.
fn count_in_days(days: &mut Vec<DayCount>, day: u16, polarity: Polarity, comes: bool) {
    let index = match days.last() {
        // Events come mostly in time order.
        Some(last) if last.day == day => days.len() - 1,
        _ => days
            .binary_search_by_key(&day, |count| count.day)
            .unwrap_or_else(|index| {
                let counts = [0; 3];
                days.insert(index, DayCount { day, counts });
                index
            }),
    };
    let Some(count) = days.get_mut(index) else {
        return;
    };
    let reviews = &mut count.counts[polarity.index()];
    *reviews = if comes {
        reviews.saturating_add(1)
    } else {
        reviews.saturating_sub(1)
    };
    // An edit leaves no trace of the day that the review was on before.
    if count.counts == [0; 3] {
        days.remove(index);
    }
}

/// The days for the writer, with room for one more. They take most of a listing's memory: grown by
/// an eighth and not doubled, and where a snapshot shares them, copied once with that room.
fn own_days(days: &mut Arc<Vec<DayCount>>) -> &mut Vec<DayCount> {
    let (len, room) = (days.len(), 2 + days.len() / 8);
    if Arc::get_mut(days).is_none() {
        let mut copy = Vec::with_capacity(len + room);
        copy.extend_from_slice(days);
        *days = Arc::new(copy);
    }
    // Shared with nobody by now, so nothing is copied here.
    let days = Arc::make_mut(days);
    if days.capacity() == len {
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
