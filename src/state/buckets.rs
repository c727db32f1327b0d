//! Near-duplicate buckets: reviews with almost the same text.
//!
//! Most texts are unlike all others. A bucket of one review is an entry of the directory and
//! nothing else; only a second review gives it a row.

use super::directory::{joined, split};
use super::row_numbers::{BucketIx, RowNumber};
use super::{BandRow, Column, Directory, Full, ReviewIx, ReviewRow, State};

/// Marks the number of a shared bucket in an encoded entry.
const SHARED: u32 = 1 << 31;

/// An entry of the directory of buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Entry {
    /// The only review of its bucket.
    Single(ReviewIx),
    /// A bucket that two reviews have shared at one time.
    Shared(BucketIx),
}

impl Entry {
    /// The entry of the only review of a bucket; none where the review's number is too large.
    fn single(review: ReviewIx) -> Option<Self> {
        (review.number() & SHARED == 0).then_some(Self::Single(review))
    }

    /// The entry of a shared bucket; none where its number is too large.
    fn shared(bucket: BucketIx) -> Option<Self> {
        (bucket.number() & SHARED == 0).then_some(Self::Shared(bucket))
    }
}

impl RowNumber for Entry {
    fn new(number: u32) -> Option<Self> {
        if number & SHARED == 0 {
            ReviewIx::new(number).map(Self::Single)
        } else {
            BucketIx::new(number & !SHARED).map(Self::Shared)
        }
    }

    fn number(self) -> u32 {
        match self {
            Self::Single(review) => review.number(),
            Self::Shared(bucket) => bucket.number() | SHARED,
        }
    }
}

/// A bucket's key, as much of it as a review keeps: two of some 2^38 are the same by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BandKey(u64);

impl BandKey {
    /// Of a whole key.
    pub const fn of(key: u64) -> Self {
        let (shard, hash) = split(key);
        Self::joined(shard, hash)
    }

    /// From the parts that [`Self::split`] gave.
    pub(super) const fn joined(shard: u8, hash: u32) -> Self {
        Self(joined(shard, hash))
    }

    /// The parts that a row keeps: shard and hash.
    pub(super) const fn split(self) -> (u8, u32) {
        split(self.0)
    }
}

/// The buckets of all texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    /// Buckets that two reviews have shared at one time.
    shared: Column<BucketIx, BandRow>,
}

impl Buckets {
    /// Makes them anew from the reviews, for a checkpoint that does not hold them.
    pub(super) fn restore(
        reviews: &Column<ReviewIx, ReviewRow>,
    ) -> Result<(Self, Directory<Entry>), Full> {
        let (mut buckets, directory) = (Self::default(), Directory::default());
        directory.reserve(2 * reviews.len() as usize);
        // A review that has not arrived has no text yet, and copies have that of their original.
        for (row, review) in reviews.numbered().filter(|(_, review)| review.is_act()) {
            for key in review.buckets() {
                buckets.join(&directory, key, row)?;
            }
        }
        Ok((buckets, directory))
    }

    /// The reviews of a bucket, in a snapshot of so many reviews. A bucket that became shared after
    /// this snapshot reads as empty: it held one review at most.
    fn get(&self, directory: &Directory<Entry>, reviews: u32, key: BandKey) -> BandRow {
        match directory.find(key.0, |_| true) {
            Some(Entry::Shared(bucket)) => self.shared.get(bucket).copied().unwrap_or_default(),
            Some(Entry::Single(review)) if review.number() < reviews => BandRow::single(review),
            Some(Entry::Single(_)) | None => BandRow::default(),
        }
    }

    fn join(
        &mut self,
        directory: &Directory<Entry>,
        key: BandKey,
        review: ReviewIx,
    ) -> Result<(), Full> {
        match directory.find(key.0, |_| true) {
            None => directory.insert(key.0, Entry::single(review).ok_or(Full)?),
            Some(Entry::Shared(bucket)) => {
                let bucket = self.shared.get_mut(bucket).ok_or(Full)?;
                *bucket = bucket.with(review);
            }
            Some(single @ Entry::Single(other)) => {
                let both = BandRow::single(other).with(review);
                let shared = self.shared.push(both).and_then(Entry::shared);
                directory.replace(key.0, single, shared.ok_or(Full)?);
            }
        }
        Ok(())
    }

    fn leave(&mut self, directory: &Directory<Entry>, key: BandKey, review: ReviewIx) {
        match directory.find(key.0, |_| true) {
            Some(Entry::Shared(bucket)) => {
                if let Some(bucket) = self.shared.get_mut(bucket) {
                    *bucket = bucket.without(review);
                }
            }
            Some(single) if single == Entry::Single(review) => directory.remove(key.0, single),
            _ => (),
        }
    }
}

impl State {
    /// The reviews of a near-duplicate bucket.
    pub fn bucket(&self, key: BandKey) -> BandRow {
        let directory = &self.directories.bands;
        self.buckets.get(directory, self.reviews.len(), key)
    }

    /// Takes a review into a bucket.
    pub(super) fn join_bucket(&mut self, key: BandKey, review: ReviewIx) -> Result<(), Full> {
        self.buckets.join(&self.directories.bands, key, review)
    }

    /// Takes a review out of its bucket.
    pub(super) fn leave_bucket(&mut self, key: BandKey, review: ReviewIx) {
        self.buckets.leave(&self.directories.bands, key, review);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn review(row: usize) -> ReviewIx {
        ReviewIx::new(row as u32).expect("a row")
    }

    proptest! {
        #[test]
        fn buckets_hold_reviews_that_joined_and_did_not_leave(
            steps in proptest::collection::vec((0..6_u64, 0..8_usize), 0..200)
        ) {
            let (mut buckets, directory) = (Buckets::default(), Directory::default());
            let mut truth: BTreeMap<u64, BTreeSet<ReviewIx>> = BTreeMap::new();
            for (number, row) in steps {
                let (key, review) = (BandKey::of(number << 60 | number), review(row));
                let members = truth.entry(number).or_default();
                if members.remove(&review) {
                    buckets.leave(&directory, key, review);
                } else {
                    members.insert(review);
                    buckets.join(&directory, key, review).expect("room");
                }
                let bucket = buckets.get(&directory, 8, key);
                prop_assert_eq!(bucket.count as usize, members.len());
                let only = members.first().filter(|_| members.len() == 1);
                prop_assert_eq!(bucket.only(), only.copied());
            }
        }
    }

    #[test]
    fn snapshot_has_no_later_duplicate() {
        let (mut buckets, directory) = (Buckets::default(), Directory::default());
        let key = BandKey::of(77);
        buckets.join(&directory, key, review(3)).expect("room");
        let snapshot = buckets.clone();
        assert_eq!(snapshot.get(&directory, 4, key).count, 1);
        buckets.join(&directory, key, review(9)).expect("room");
        assert_eq!(buckets.get(&directory, 10, key).count, 2);
        assert!(snapshot.get(&directory, 4, key).count <= 1);
    }
}
