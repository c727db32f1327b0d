//! Sets of rows.

use serde::{Deserialize, Serialize};

/// A set of rows, a bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// The bit `row % 64` of the word `row / 64`; rows beyond the last word are not in the set.
    pub words: Vec<u64>,
}

impl Rows {
    /// Adds a row; returns whether it is new.
    pub fn insert(&mut self, row: u32) -> bool {
        let (word, bit) = position(row);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let fresh = self.words[word] & bit == 0;
        self.words[word] |= bit;
        fresh
    }

    /// Takes a row out.
    pub fn remove(&mut self, row: u32) {
        let (word, bit) = position(row);
        if let Some(word) = self.words.get_mut(word) {
            *word &= !bit;
        }
    }

    /// Whether a row is in the set.
    pub fn contains(&self, row: u32) -> bool {
        let (word, bit) = position(row);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }
}

fn position(row: u32) -> (usize, u64) {
    ((row / 64) as usize, 1 << (row % 64))
}

/// A list of rows, each once.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Changed {
    rows: Vec<u32>,
    // The rows of the list; empty again when the list is taken.
    marks: Rows,
}

impl Changed {
    /// Adds a row if it is not there.
    pub fn insert(&mut self, row: u32) {
        if self.marks.insert(row) {
            self.rows.push(row);
        }
    }

    /// The rows, in the order in which they came.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Takes all rows out.
    pub fn take(&mut self) -> Vec<u32> {
        for row in &self.rows {
            self.marks.remove(*row);
        }
        std::mem::take(&mut self.rows)
    }
}

impl PartialEq for Changed {
    // The marks follow from the rows, but for the length that they once had.
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl Eq for Changed {}

impl Extend<u32> for Changed {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, rows: I) {
        rows.into_iter().for_each(|row| self.insert(row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_is_taken_once_and_may_be_added_again() {
        let mut changed = Changed::default();
        changed.extend([5, 70, 5, 0]);
        assert_eq!(changed.rows(), [5, 70, 0]);
        assert_eq!(changed.take(), [5, 70, 0]);
        assert_eq!(changed, Changed::default());
        changed.insert(70);
        assert_eq!(changed.take(), [70]);
    }
}
