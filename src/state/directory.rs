//! From a key to its row, for the writer and for readers at once.

use std::sync::{PoisonError, RwLock};

use hashbrown::HashTable;

use super::checkpoint::{CheckpointError, Sink, Source};

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
pub struct Directory {
    // A lock and not a channel: readers only ever wait for one insertion.
    shards: Vec<RwLock<HashTable<Entry>>>,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::new(HashTable::new())).collect(),
        }
    }
}

impl Directory {
    /// The first row with this hash that `is_meant` recognises.
    pub fn find(&self, hash: u64, mut is_meant: impl FnMut(u32) -> bool) -> Option<u32> {
        let (shard, kept) = Self::place(hash);
        let table = self
            .shards
            .get(usize::from(shard))?
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        table
            .find(spread(kept), |entry| {
                entry.hash == kept && is_meant(entry.row)
            })
            .map(|entry| entry.row)
    }

    /// Adds a row. The caller knows that it is not there yet.
    pub fn insert(&self, hash: u64, row: u32) {
        let (shard, kept) = Self::place(hash);
        if let Some(shard) = self.shards.get(usize::from(shard)) {
            let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
            table.insert_unique(spread(kept), Entry { row, hash: kept }, |entry| {
                spread(entry.hash)
            });
        }
    }

    /// Puts another row in a row's place.
    pub fn replace(&self, hash: u64, from: u32, to: u32) {
        let (shard, kept) = Self::place(hash);
        if let Some(shard) = self.shards.get(usize::from(shard)) {
            let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
            let same = |entry: &Entry| entry.hash == kept && entry.row == from;
            if let Some(entry) = table.find_mut(spread(kept), same) {
                entry.row = to;
            }
        }
    }

    /// Takes a row out.
    pub fn remove(&self, hash: u64, row: u32) {
        let (shard, kept) = Self::place(hash);
        if let Some(shard) = self.shards.get(usize::from(shard)) {
            let mut table = shard.write().unwrap_or_else(PoisonError::into_inner);
            let same = |entry: &Entry| entry.hash == kept && entry.row == row;
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
        Ok(Self { shards })
    }

    /// What counts of a hash: its shard, and what is kept there.
    pub(super) const fn place(hash: u64) -> (u8, u32) {
        ((hash >> SHARD_SHIFT) as u8, hash as u32)
    }

    /// A hash of this place.
    pub(super) const fn hash_at(shard: u8, kept: u32) -> u64 {
        (shard as u64) << SHARD_SHIFT | kept as u64
    }
}

/// The table takes its control bits from the top of the hash and the slot from the bottom.
fn spread(kept: u32) -> u64 {
    u64::from(kept).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    #[test]
    fn rows_are_found_by_their_keys_also_where_hashes_collide() {
        let keys: Vec<String> = (0..50_000).map(|number| format!("key-{number}")).collect();
        let directory = Directory::default();
        for (row, key) in keys.iter().enumerate() {
            // Few distinct hashes: every lookup has to tell rows apart.
            directory.insert(xxh3_64(key.as_bytes()) & !0xFFFF, row as u32);
        }
        for (row, key) in keys.iter().enumerate().step_by(97) {
            let hash = xxh3_64(key.as_bytes()) & !0xFFFF;
            let found = directory.find(hash, |row| keys[row as usize] == *key);
            assert_eq!(found, Some(row as u32));
        }
        assert_eq!(directory.find(1, |_| true), None);
    }
}
