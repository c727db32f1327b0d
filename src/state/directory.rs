//! From a key to its row, for the writer and for readers at once.

use std::marker::PhantomData;
use std::sync::{PoisonError, RwLock};

use hashbrown::HashTable;

use super::checkpoint::{CheckpointError, Sink, Source};
use super::row_numbers::RowNumber;

/// Shards keep the pause of a growing table short, and readers out of each other's way.
const SHARDS: usize = 64;
/// A hash's highest bits say its shard.
const SHARD_SHIFT: u32 = u64::BITS - SHARDS.ilog2();

#[derive(Clone, Copy, Debug)]
struct Entry {
    row: u32,
    // Half of the hash, kept so that growth never needs the keys again.
    hash: u32,
}

/// Rows by the hash of their key. Keys are not stored: the caller tells whether a row is meant.
/// The table is shared by all snapshots; a reader ignores rows that its snapshot does not have,
/// so there is nothing to publish.
#[derive(Debug)]
pub struct Directory<I> {
    // A lock and not a channel: readers only ever wait for one insertion.
    shards: Vec<RwLock<HashTable<Entry>>>,
    numbers: PhantomData<fn() -> I>,
}

impl<I> Default for Directory<I> {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::new(HashTable::new())).collect(),
            numbers: PhantomData,
        }
    }
}

impl<I: RowNumber> Directory<I> {
    /// The first row with this hash that `is_meant` recognises.
    pub fn find(&self, hash: u64, mut is_meant: impl FnMut(I) -> bool) -> Option<I> {
        let (shard, kept) = split(hash);
        let table = self
            .shards
            .get(usize::from(shard))?
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        table
            .find(spread(kept), |entry| {
                entry.hash == kept && I::new(entry.row).is_some_and(&mut is_meant)
            })
            .and_then(|entry| I::new(entry.row))
    }

    /// Adds a row. The caller knows that it is not there yet.
    pub fn insert(&self, hash: u64, row: I) {
        let (shard, kept) = split(hash);
        if let Some(shard) = self.shards.get(usize::from(shard)) {
            let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
            let entry = Entry {
                row: row.number(),
                hash: kept,
            };
            table.insert_unique(spread(kept), entry, |entry| spread(entry.hash));
        }
    }

    /// Puts another row in a row's place.
    pub fn replace(&self, hash: u64, from: I, to: I) {
        let (shard, kept) = split(hash);
        if let Some(shard) = self.shards.get(usize::from(shard)) {
            let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
            let same = |entry: &Entry| entry.hash == kept && entry.row == from.number();
            if let Some(entry) = table.find_mut(spread(kept), same) {
                entry.row = to.number();
            }
        }
    }

    /// Takes a row out.
    pub fn remove(&self, hash: u64, row: I) {
        let (shard, kept) = split(hash);
        if let Some(shard) = self.shards.get(usize::from(shard)) {
            let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
            let same = |entry: &Entry| entry.hash == kept && entry.row == row.number();
            if let Ok(entry) = table.find_entry(spread(kept), same) {
                entry.remove();
            }
        }
    }

    /// Makes room for as many more rows, about.
    pub(super) fn reserve(&self, rows: usize) {
        for shard in &self.shards {
            let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
            table.reserve(rows / SHARDS, |entry| spread(entry.hash));
        }
    }

    /// Writes the entries of rows below `rows`.
    pub(super) fn write(&self, rows: u32, sink: &mut Sink<'_>) -> Result<(), CheckpointError> {
        for shard in &self.shards {
            // Copied, so that the writer waits for memory and not for the disk.
            let entries: Vec<(u32, u32)> = shard
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .iter()
                .filter(|entry| entry.row < rows)
                .map(|entry| (entry.row, entry.hash))
                .collect();
            sink.put_all(entries.len(), entries.into_iter())?;
        }
        Ok(())
    }

    pub(super) fn read(source: &mut Source) -> Result<Self, CheckpointError> {
        let mut shards = Vec::with_capacity(SHARDS);
        for _ in 0..SHARDS {
            let mut table = HashTable::new();
            source.take_all(|(row, hash)| {
                let entry = Entry { row, hash };
                table.insert_unique(spread(hash), entry, |entry| spread(entry.hash));
            })?;
            shards.push(RwLock::new(table));
        }
        Ok(Self {
            shards,
            numbers: PhantomData,
        })
    }
}

/// The part of a hash that is looked at: its shard, and the half that the shard keeps.
pub(super) const fn split(hash: u64) -> (u8, u32) {
    ((hash >> SHARD_SHIFT) as u8, hash as u32)
}

/// A hash with this shard and kept half.
pub(super) const fn joined(shard: u8, kept: u32) -> u64 {
    (shard as u64) << SHARD_SHIFT | kept as u64
}

/// The table takes its control bits from the top of the hash and the slot from the bottom.
fn spread(kept: u32) -> u64 {
    u64::from(kept).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;
    use crate::state::ReviewIx;

    #[test]
    fn colliding_hashes_are_told_apart_by_key() {
        let keys: Vec<String> = (0..50_000).map(|number| format!("key-{number}")).collect();
        let directory = Directory::<ReviewIx>::default();
        let rows = || ReviewIx::range(0..keys.len());
        for (row, key) in rows().zip(&keys) {
            // Few distinct hashes: every lookup has to tell rows apart.
            directory.insert(xxh3_64(key.as_bytes()) & !0xFFFF, row);
        }
        for (row, key) in rows().zip(&keys).step_by(97) {
            let hash = xxh3_64(key.as_bytes()) & !0xFFFF;
            let found = directory.find(hash, |row| keys[row.index()] == *key);
            assert_eq!(found, Some(row));
        }
        assert_eq!(directory.find(1, |_| true), None);
    }
}
