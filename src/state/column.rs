//! One column of rows, addressed by a `u32`.

use imbl::Vector;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::checkpoint::{CheckpointError, Sink, Source};

/// Rows in order of arrival. A clone is cheap and shares memory; the writer then copies only the
/// leaves that it touches, so a published snapshot never changes under its reader.
#[derive(Clone, Debug)]
pub struct Column<T: Clone>(Vector<T>);

impl<T: Clone> Default for Column<T> {
    fn default() -> Self {
        Self(Vector::new())
    }
}

impl<T: Clone> Column<T> {
    /// Number of rows, below 2^32.
    pub fn len(&self) -> u32 {
        self.0.len() as u32
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a row and gives its number; `None` once the numbers are used up.
    pub fn push(&mut self, value: T) -> Option<u32> {
        // The last number is left free: other columns use it for "none".
        let row = u32::try_from(self.0.len())
            .ok()
            .filter(|row| *row < u32::MAX)?;
        self.0.push_back(value);
        Some(row)
    }

    /// The row, if this snapshot has it.
    pub fn get(&self, row: u32) -> Option<&T> {
        self.0.get(row as usize)
    }

    /// The row for the writer, if it exists.
    pub fn get_mut(&mut self, row: u32) -> Option<&mut T> {
        self.0.get_mut(row as usize)
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T: Clone + Serialize> Column<T> {
    pub(super) fn write(&self, sink: &mut Sink<'_>) -> Result<(), CheckpointError> {
        sink.put_all(self.0.len(), self.0.iter())
    }
}

impl Source {
    pub(super) fn column<T>(&mut self) -> Result<Column<T>, CheckpointError>
    where
        T: Clone + DeserializeOwned,
    {
        let mut rows = Vector::new();
        self.take_all(|row| rows.push_back(row))?;
        Ok(Column(rows))
    }
}

impl<T: Clone> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        Self(rows.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_does_not_see_what_comes_after() {
        let mut column: Column<u64> = (0..1000).collect();
        let snapshot = column.clone();
        assert_eq!(column.push(7), Some(1000));
        *column.get_mut(3).expect("there") = 99;
        assert_eq!(
            (snapshot.len(), snapshot.get(3), snapshot.get(1000)),
            (1000, Some(&3), None)
        );
        assert_eq!((column.len(), column.get(3)), (1001, Some(&99)));
    }
}
