//! What an author's row counts: its acts, and the day with most of them.

use std::cmp::Ordering;

use super::Full;
use crate::domain::Time;
use crate::state::baseline::AuthorBins;
use crate::state::rows::{Known, ReviewFacts, ReviewRow, ReviewerRow};
use crate::state::{ReviewIx, ReviewerIx, State, key};

impl State {
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

    /// Counts one more act of an author. Its only act so far is then no longer that.
    pub(super) fn count_act_of_author(&mut self, review: &ReviewRow) {
        let Some(reviewer) = review.reviewer else {
            return;
        };
        self.touch_reviewer(reviewer);
        let only = self.only_act(reviewer, 1);
        self.uncount_reviews(only.as_deref());
        if let Some(author) = self.reviewers.get_mut(reviewer) {
            author.reviews += 1;
        }
        if let Some(time) = review.time() {
            self.raise_day_peak(reviewer, time.day());
        }
        self.count_reviews(only.as_deref());
    }

    /// Counts one act of an author less. The other of two is then its only one. Its row must not say
    /// any more that it is an act.
    pub(super) fn uncount_act_of_author(&mut self, review: &ReviewRow) {
        let Some(reviewer) = review.reviewer else {
            return;
        };
        self.touch_reviewer(reviewer);
        let only = self.only_act(reviewer, 2);
        self.uncount_reviews(only.as_deref());
        if let Some(author) = self.reviewers.get_mut(reviewer) {
            author.reviews -= 1;
        }
        self.count_reviews(only.as_deref());
    }

    /// The act of an author whose row counts so many, with the pages that show it. An act that is
    /// being placed is none.
    fn only_act(&self, reviewer: ReviewerIx, reviews: u32) -> Option<Vec<ReviewIx>> {
        self.reviewers
            .get(reviewer)
            .filter(|author| author.reviews == reviews)?;
        let (row, _) = self.acts_of_reviewer(reviewer).next()?;
        Some(self.pages_of_act(row))
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
            // The arriving one is not placed yet.
            self.reviews_on(reviewer, day).saturating_add(1)
        } else {
            newest_count
        };
        if let Some(author) = self.reviewers.get_mut(reviewer) {
            author.day_peak = author.day_peak.max(peak);
            author.newest_day = author.newest_day.max(day);
            author.newest_count = newest_count;
        }
    }

    /// Seeks an author's fullest and newest day anew, after one of its acts has left.
    pub(super) fn reset_day_peak(&mut self, reviewer: ReviewerIx) {
        let acts = self.acts_of_reviewer(reviewer);
        let mut days: Vec<u32> = acts
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
        let acts = self.acts_of_reviewer(reviewer);
        acts.filter(|(_, review)| {
            review
                .time()
                .is_some_and(|time| time.day() == u32::from(day))
        })
        .count() as u8
    }

    /// Takes a review off its author's list.
    pub(super) fn leave_author(&mut self, row: ReviewIx, review: &ReviewRow) {
        let author = review.reviewer.and_then(|row| self.reviewers.get_mut(row));
        let Some(author) = author else {
            return;
        };
        let first = author.first_review;
        if first == Some(row) {
            author.first_review = review.next_in_reviewer;
            return;
        }
        let before = self.before(first, row, |review| review.next_in_reviewer);
        if let Some(before) = before.and_then(|before| self.reviews.get_mut(before)) {
            before.next_in_reviewer = review.next_in_reviewer;
        }
    }
}

/// Counts the facts of an act in or out.
pub(super) fn count_author(
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
