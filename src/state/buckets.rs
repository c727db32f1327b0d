//! Near-duplicate buckets: reviews that say almost the same.
//!
//! Most texts are unlike all others, so a bucket of one review is an entry of the directory and
//! nothing else; only a second review gives it a row.

use super::{BandRow, Column, Directory, Full, ReviewRow, State};

/// Marks an entry that is the row of a bucket; without it, it is the row of a review.
const SHARED: u32 = 1 << 31;

/// A bucket's key, as much of it as a review keeps: two of some 2^38 are the same by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BandKey(u64);

impl BandKey {
    /// Of a whole key.
    pub const fn of(key: u64) -> Self {
        let (shard, hash) = Directory::place(key);
        Self::at(shard, hash)
    }

    /// From what [`Self::place`] gave.
    pub(super) const fn at(shard: u8, hash: u32) -> Self {
        Self(Directory::hash_at(shard, hash))
    }

    /// The parts that a row keeps.
    pub(super) const fn place(self) -> (u8, u32) {
        Directory::place(self.0)
    }
}

/// The buckets of all texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    /// Those that two reviews have shared at one time.
    pub(super) shared: Column<BandRow>,
}

impl Buckets {
    /// Makes them anew from the reviews, for a checkpoint that does not hold them.
    pub(super) fn restore(reviews: &Column<ReviewRow>) -> Result<(Self, Directory), Full> {
        let (mut buckets, directory) = (Self::default(), Directory::default());
        directory.reserve(2 * reviews.len() as usize);
        // A review that has not arrived has no text yet.
        for (row, review) in (0_u32..).zip(reviews.iter()) {
            for key in review.buckets() {
                buckets.join(&directory, key, row)?;
            }
        }
        Ok((buckets, directory))
    }

    /// What a bucket holds. One that became shared after this snapshot reads as empty: it held one
    /// review at most.
    fn get(&self, directory: &Directory, reviews: u32, key: BandKey) -> BandRow {
        let single = |row: &u32| *row < reviews;
        match directory.find(key.0, |_| true) {
            Some(entry) if entry & SHARED != 0 => self
                .shared
                .get(entry & !SHARED)
                .copied()
                .unwrap_or_default(),
            entry => entry
                .filter(single)
                .map_or_else(BandRow::default, BandRow::single),
        }
    }

    fn join(&mut self, directory: &Directory, key: BandKey, row: u32) -> Result<(), Full> {
        match directory.find(key.0, |_| true) {
            None if row & SHARED != 0 => return Err(Full),
            None => directory.insert(key.0, row),
            Some(entry) if entry & SHARED != 0 => {
                let bucket = self.shared.get_mut(entry & !SHARED).ok_or(Full)?;
                *bucket = bucket.with(row);
            }
            Some(single) => {
                let both = BandRow::single(single).with(row);
                let bucket = self.shared.push(both).filter(|row| row & SHARED == 0);
                directory.replace(key.0, single, bucket.ok_or(Full)? | SHARED);
            }
        }
        Ok(())
    }

    fn leave(&mut self, directory: &Directory, key: BandKey, row: u32) {
        match directory.find(key.0, |_| true) {
            Some(entry) if entry & SHARED != 0 => {
                if let Some(bucket) = self.shared.get_mut(entry & !SHARED) {
                    *bucket = bucket.without(row);
                }
            }
            Some(single) if single == row => directory.remove(key.0, row),
            _ => (),
        }
    }
}

impl State {
    /// What a near-duplicate bucket holds.
    pub fn bucket(&self, key: BandKey) -> BandRow {
        let directory = &self.directories.bands;
        self.buckets.get(directory, self.reviews.len(), key)
    }

    /// Takes a review into a bucket.
    pub(super) fn join_bucket(&mut self, key: BandKey, row: u32) -> Result<(), Full> {
        self.buckets.join(&self.directories.bands, key, row)
    }

    /// Takes a review out of its bucket.
    pub(super) fn leave_bucket(&mut self, key: BandKey, row: u32) {
        self.buckets.leave(&self.directories.bands, key, row);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_hold_who_came_and_has_not_left(
            steps in proptest::collection::vec((0..6_u64, 0..8_u32), 0..200)
        ) {
            let (mut buckets, directory) = (Buckets::default(), Directory::default());
            let mut truth: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
            for (number, row) in steps {
                let key = BandKey::of(number << 60 | number);
                let held = truth.entry(number).or_default();
                if held.remove(&row) {
                    buckets.leave(&directory, key, row);
                } else {
                    held.insert(row);
                    buckets.join(&directory, key, row).expect("room");
                }
                let xor = held.iter().fold(0, |xor, row| xor ^ row);
                let bucket = buckets.get(&directory, 8, key);
                prop_assert_eq!((bucket.count, bucket.rows_xor), (held.len() as u32, xor));
            }
        }
    }

    #[test]
    fn a_snapshot_knows_no_later_twin() {
        let (mut buckets, directory) = (Buckets::default(), Directory::default());
        let key = BandKey::of(77);
        buckets.join(&directory, key, 3).expect("room");
        let snapshot = buckets.clone();
        assert_eq!(snapshot.get(&directory, 4, key).count, 1);
        buckets.join(&directory, key, 9).expect("room");
        assert_eq!(buckets.get(&directory, 10, key).count, 2);
        assert!(snapshot.get(&directory, 4, key).count <= 1);
    }
}
