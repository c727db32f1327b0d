//! Links a review to its listing and author, and counts it where it belongs.

use std::sync::Arc;

use super::Full;
use super::author_acts::count_author;
use crate::domain::Time;
use crate::state::rows::{BandRow, DayCount, Polarity, ReviewFacts, ReviewRow, Tally};
use crate::state::{BandKey, Histogram, ReviewIx, State};

impl State {
    /// Links a filled row to everything that it belongs to, and counts it.
    pub(super) fn link_review(&mut self, row: ReviewIx) -> Result<(), Full> {
        let review = self.reviews.get(row).copied().ok_or(Full)?;
        let author = review.reviewer.and_then(|row| self.reviewers.get_mut(row));
        let next_in_reviewer = author.and_then(|author| author.first_review.replace(row));
        let listing = review.listing.and_then(|row| self.listings.get_mut(row));
        let next_in_listing = listing.and_then(|listing| listing.first_review.replace(row));
        if let Some(target) = self.reviews.get_mut(row) {
            target.next_in_reviewer = next_in_reviewer;
            target.next_in_listing = next_in_listing;
        }
        self.place_review(row)?;
        self.positive += u64::from(review.polarity() == Polarity::Positive);
        Ok(())
    }

    /// Unlinks a row from everything that it belongs to, and counts it out.
    pub(super) fn unlink_review(&mut self, row: ReviewIx) -> Result<(), Full> {
        self.displace_review(row)?;
        if let Some(review) = self.reviews.get(row).copied() {
            self.leave_listing(row, &review);
            self.leave_author(row, &review);
        }
        Ok(())
    }

    /// Counts a review as an act of its author: among its author's, in its near-duplicate buckets and
    /// on its day. Other reviews whose facts thereby change are counted anew.
    pub(super) fn enter_act(&mut self, row: ReviewIx) -> Result<(), Full> {
        let review = self.reviews.get(row).copied().ok_or(Full)?;
        self.count_act_of_author(&review);
        for key in review.buckets() {
            self.join_band(row, key)?;
        }
        self.count_day(&review, true);
        Ok(())
    }

    /// Undoes [`Self::enter_act`].
    pub(super) fn leave_act(&mut self, row: ReviewIx) {
        let Some(review) = self.reviews.get(row).copied() else {
            return;
        };
        self.count_day(&review, false);
        for key in review.buckets() {
            self.leave_band(row, key);
        }
        self.uncount_act_of_author(&review);
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
            self.with_tallies(
                listing,
                |counts| tally(counts, facts),
                |counts| tally(counts, facts.at_seller()),
            );
        }
        let copies = count(0, u32::from(review.copied.is_copy()));
        self.copies = self.copies.wrapping_add_signed(copies.cast_signed().into());
        if !review.is_act() {
            return;
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
            copied: review.copied,
        }
    }

    /// Whether a review is its author's only one, copies of it aside.
    pub fn is_one_time(&self, review: &ReviewRow) -> bool {
        self.reviewer_of(review)
            .is_some_and(|author| author.reviews == 1)
    }

    /// Whether a review that is no copy of it shares a near-duplicate bucket with it.
    pub fn has_twin(&self, review: &ReviewRow) -> bool {
        review.buckets().any(|key| self.bucket(key).count > 1)
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
    pub(super) fn before(
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

    /// The one act that thereby gets a near-duplicate is counted anew.
    fn join_band(&mut self, row: ReviewIx, key: BandKey) -> Result<(), Full> {
        let before = self.bucket(key);
        let others = before.only().map(|other| self.pages_of_act(other));
        self.uncount_reviews(others.as_deref());
        self.join_bucket(key, row)?;
        self.count_bucket(before, before.with(row));
        self.count_reviews(others.as_deref());
        Ok(())
    }

    /// The one act that thereby loses its near-duplicate is counted anew.
    fn leave_band(&mut self, row: ReviewIx, key: BandKey) {
        let before = self.bucket(key);
        let after = before.without(row);
        let others = after.only().map(|other| self.pages_of_act(other));
        self.uncount_reviews(others.as_deref());
        self.leave_bucket(key, row);
        self.count_bucket(before, after);
        self.count_reviews(others.as_deref());
    }

    /// Counts reviews in, one by one.
    pub(super) fn count_reviews(&mut self, rows: Option<&[ReviewIx]>) {
        rows.into_iter()
            .flatten()
            .for_each(|row| self.count_review(*row));
    }

    /// Counts reviews out, one by one.
    pub(super) fn uncount_reviews(&mut self, rows: Option<&[ReviewIx]>) {
        rows.into_iter()
            .flatten()
            .for_each(|row| self.uncount_review(*row));
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
