//! Maps and sets of row numbers.
//!
//! Nobody outside chooses a row number, so the keyed hash that guards against chosen keys would only
//! cost: it took an eighth of a search.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// By row, or by what is made of rows.
pub(super) type RowMap<K, V> = HashMap<K, V, BuildHasherDefault<RowHasher>>;
/// Of rows.
pub(super) type RowSet<K> = HashSet<K, BuildHasherDefault<RowHasher>>;

/// The golden ratio, as a fraction of 2^64.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Multiplies and folds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowHasher(u64);

impl RowHasher {
    const fn take(&mut self, number: u64) {
        let mixed = (self.0.rotate_left(23) ^ number).wrapping_mul(MULTIPLIER);
        self.0 = mixed ^ (mixed >> 32);
    }
}

impl Hasher for RowHasher {
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(MULTIPLIER)
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut number = [0; 8];
            number[..part.len()].copy_from_slice(part);
            self.take(u64::from_le_bytes(number));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.take(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.take(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.take(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.take(number as u64);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher as _, BuildHasherDefault};

    use super::*;

    #[test]
    fn neighbouring_rows_lie_apart() {
        let hasher = BuildHasherDefault::<RowHasher>::default();
        let hash = |row: u32| hasher.hash_one(row);
        let all: Vec<u64> = (0..10_000).map(hash).collect();
        // Tables use the lowest bits for places and the highest seven as marks.
        for bits in [
            all.iter().map(|one| one & 1023).collect::<Vec<u64>>(),
            all.iter().map(|one| one >> 57).collect(),
        ] {
            let kinds = bits.iter().collect::<HashSet<_>>().len();
            let most = *bits.iter().max().expect("some") as usize;
            assert!(kinds > most * 9 / 10, "{kinds} of {most}");
        }
        assert_ne!(
            hasher.hash_one((1_u32, 2_u32)),
            hasher.hash_one((2_u32, 1_u32))
        );
    }
}
