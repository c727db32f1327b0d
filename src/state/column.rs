//! One column of rows, addressed by a `u32`.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::checkpoint::{CheckpointError, Sink, Source};

/// Bytes of a page: what the writer copies for a row that a snapshot shares. With the counters of
/// its `Arc` it is a size that allocators keep, so that none rounds it up.
const PAGE_BYTES: usize = 2048 - 2 * size_of::<usize>();
/// Pages of a chunk.
const CHUNK_PAGES: usize = 256;

/// Rows of one page.
type Page<T> = Arc<[T]>;
/// Pages that are shared together.
type Chunk<T> = Arc<Vec<Page<T>>>;

/// Rows in order of arrival. A clone is cheap and shares memory; the writer then copies only the
/// pages that it touches, so a published snapshot never changes under its reader.
///
/// Our own instead of a persistent vector from a library: a row is found by arithmetic alone, and
/// pages are small where rows are large, as nearly every event touches a page of each column.
#[derive(Clone, Debug)]
pub struct Column<T: Clone> {
    /// Full pages; only the last chunk has room.
    chunks: Vec<Chunk<T>>,
    /// The open page, shared with nobody.
    tail: Vec<T>,
    /// Rows in full pages.
    full: usize,
}

impl<T: Clone> Default for Column<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            tail: Vec::new(),
            full: 0,
        }
    }
}

impl<T: Clone> Column<T> {
    /// Rows of a page.
    const ROWS: usize = {
        let size = if size_of::<T>() == 0 {
            1
        } else {
            size_of::<T>()
        };
        match PAGE_BYTES / size {
            0..4 => 4,
            rows @ 4..256 => rows,
            _ => 256,
        }
    };

    /// Number of rows, below 2^32.
    pub fn len(&self) -> u32 {
        (self.full + self.tail.len()) as u32
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a row and gives its number; `None` once the numbers are used up.
    pub fn push(&mut self, value: T) -> Option<u32> {
        // The last number is left free: other columns use it for "none".
        let row = u32::try_from(self.full + self.tail.len())
            .ok()
            .filter(|row| *row < u32::MAX)?;
        if self.tail.capacity() == 0 {
            self.tail.reserve_exact(Self::ROWS);
        }
        self.tail.push(value);
        if self.tail.len() == Self::ROWS {
            self.close_page();
        }
        Some(row)
    }

    fn close_page(&mut self) {
        let page = Page::from(self.tail.as_slice());
        self.tail.clear();
        self.full += Self::ROWS;
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK_PAGES => Arc::make_mut(chunk).push(page),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK_PAGES);
                chunk.push(page);
                self.chunks.push(Arc::new(chunk));
            }
        }
    }

    /// Chunk, page and place of a row in a full page.
    const fn place(row: usize) -> (usize, usize, usize) {
        let page = row / Self::ROWS;
        (page / CHUNK_PAGES, page % CHUNK_PAGES, row % Self::ROWS)
    }

    /// The row, if this snapshot has it.
    pub fn get(&self, row: u32) -> Option<&T> {
        let row = row as usize;
        if row >= self.full {
            return self.tail.get(row - self.full);
        }
        let (chunk, page, place) = Self::place(row);
        self.chunks.get(chunk)?.get(page)?.get(place)
    }

    /// The row for the writer, if it exists.
    pub fn get_mut(&mut self, row: u32) -> Option<&mut T> {
        let row = row as usize;
        if row >= self.full {
            return self.tail.get_mut(row - self.full);
        }
        let (chunk, page, place) = Self::place(row);
        let page = Arc::make_mut(self.chunks.get_mut(chunk)?).get_mut(page)?;
        Arc::make_mut(page).get_mut(place)
    }

    /// The newest row for the writer.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        let last = self.len().checked_sub(1)?;
        self.get_mut(last)
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let pages = self.chunks.iter().flat_map(|chunk| chunk.iter());
        pages.flat_map(|page| page.iter()).chain(&self.tail)
    }
}

impl<T: Clone + Serialize> Column<T> {
    pub(super) fn write(&self, sink: &mut Sink<'_>) -> Result<(), CheckpointError> {
        sink.put_all(self.len() as usize, self.iter())
    }
}

impl Source {
    pub(super) fn column<T>(&mut self) -> Result<Column<T>, CheckpointError>
    where
        T: Clone + DeserializeOwned,
    {
        let mut rows = Column::default();
        self.take_all(|row| {
            rows.push(row);
        })?;
        Ok(rows)
    }
}

impl<T: Clone> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        let mut column = Self::default();
        for row in rows {
            column.push(row);
        }
        column
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_snapshot_does_not_see_what_comes_after() {
        let mut column: Column<u64> = (0..1000).collect();
        let snapshot = column.clone();
        assert_eq!(column.push(7), Some(1000));
        *column.get_mut(3).expect("there") = 99;
        *column.last_mut().expect("there") = 8;
        assert_eq!(
            (snapshot.len(), snapshot.get(3), snapshot.get(1000)),
            (1000, Some(&3), None)
        );
        assert_eq!(
            (column.len(), column.get(3), column.get(1000)),
            (1001, Some(&99), Some(&8))
        );
    }

    #[test]
    fn pages_are_small_where_rows_are_large() {
        assert_eq!(Column::<u8>::ROWS, 256);
        assert_eq!(Column::<[u8; 64]>::ROWS, 31);
        assert_eq!(Column::<[u8; 400]>::ROWS, 5);
        assert_eq!(Column::<[u8; 4000]>::ROWS, 4);
        assert_eq!(Column::<()>::ROWS, 256);
    }

    proptest! {
        // Rows of 400 bytes, so that chunks fill, too.
        #[test]
        fn it_is_as_a_vector(
            steps in proptest::collection::vec((0..3_u8, any::<u16>()), 0..4000)
        ) {
            let (mut column, mut vector) = (Column::default(), Vec::new());
            let mut snapshots = Vec::new();
            for (number, (step, value)) in steps.into_iter().enumerate() {
                let row = [value; 200];
                match step {
                    0 if !vector.is_empty() => {
                        let at = usize::from(value) % vector.len();
                        vector[at] = row;
                        *column.get_mut(at as u32).expect("there") = row;
                    }
                    _ => {
                        prop_assert_eq!(column.push(row), Some(vector.len() as u32));
                        vector.push(row);
                    }
                }
                if number % 1000 == 0 {
                    snapshots.push((column.clone(), vector.clone()));
                }
            }
            snapshots.push((column, vector));
            for (column, vector) in snapshots {
                prop_assert!(column.iter().eq(&vector));
                prop_assert_eq!(column.len() as usize, vector.len());
                prop_assert_eq!(column.get(vector.len() as u32), None);
                let middle = vector.len() / 2;
                prop_assert_eq!(column.get(middle as u32), vector.get(middle));
            }
        }
    }
}
