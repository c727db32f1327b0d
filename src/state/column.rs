//! A column of rows, addressed by row numbers of its own type.

use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::checkpoint::{CheckpointError, Sink, Source};
use super::row_numbers::RowNumber;

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
pub struct Column<I, T: Clone> {
    /// Full pages; only the last chunk has room.
    chunks: Vec<Chunk<T>>,
    /// The open page, shared with nobody.
    tail: Vec<T>,
    /// Rows in full pages.
    full: usize,
    numbers: PhantomData<fn() -> I>,
}

impl<I, T: Clone> Default for Column<I, T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            tail: Vec::new(),
            full: 0,
            numbers: PhantomData,
        }
    }
}

impl<I: RowNumber, T: Clone> Column<I, T> {
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
    pub fn push(&mut self, value: T) -> Option<I> {
        let row = u32::try_from(self.full + self.tail.len()).ok();
        let row = row.and_then(I::new)?;
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

    /// Chunk, page and index in the page of a row in a full page.
    const fn split(row: usize) -> (usize, usize, usize) {
        let page = row / Self::ROWS;
        (page / CHUNK_PAGES, page % CHUNK_PAGES, row % Self::ROWS)
    }

    /// The row, if this snapshot has it.
    pub fn get(&self, row: I) -> Option<&T> {
        let row = row.number() as usize;
        if row >= self.full {
            return self.tail.get(row - self.full);
        }
        let (chunk, page, index) = Self::split(row);
        self.chunks.get(chunk)?.get(page)?.get(index)
    }

    /// The row for the writer, if it exists.
    pub fn get_mut(&mut self, row: I) -> Option<&mut T> {
        let row = row.number() as usize;
        if row >= self.full {
            return self.tail.get_mut(row - self.full);
        }
        let (chunk, page, index) = Self::split(row);
        let page = Arc::make_mut(self.chunks.get_mut(chunk)?).get_mut(page)?;
        Arc::make_mut(page).get_mut(index)
    }

    /// Number of the newest row.
    pub fn last(&self) -> Option<I> {
        self.len().checked_sub(1).and_then(I::new)
    }

    /// The numbers of all rows in order.
    pub fn numbers(&self) -> impl DoubleEndedIterator<Item = I> + Clone + use<I, T> {
        (0..self.len()).filter_map(I::new)
    }

    /// All rows in order, each with its number.
    pub fn numbered(&self) -> impl Iterator<Item = (I, &T)> {
        self.numbers().zip(self.iter())
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let pages = self.chunks.iter().flat_map(|chunk| chunk.iter());
        pages.flat_map(|page| page.iter()).chain(&self.tail)
    }
}

impl<I: RowNumber, T: Clone + Serialize> Column<I, T> {
    pub(super) fn write(&self, sink: &mut Sink<'_>) -> Result<(), CheckpointError> {
        sink.put_all(self.len() as usize, self.iter())
    }
}

impl Source {
    pub(super) fn column<I, T>(&mut self) -> Result<Column<I, T>, CheckpointError>
    where
        I: RowNumber,
        T: Clone + DeserializeOwned,
    {
        let mut rows = Column::default();
        self.take_all(|row| {
            rows.push(row);
        })?;
        Ok(rows)
    }
}

impl<I: RowNumber, T: Clone> FromIterator<T> for Column<I, T> {
    fn from_iter<R: IntoIterator<Item = T>>(rows: R) -> Self {
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
    use crate::state::ReviewIx;

    fn row(number: usize) -> ReviewIx {
        ReviewIx::new(number as u32).expect("a row")
    }

    #[test]
    fn snapshot_does_not_see_later_rows() {
        let mut column: Column<ReviewIx, u64> = (0..1000).collect();
        let snapshot = column.clone();
        let (third, last) = (row(3), row(1000));
        assert_eq!(column.push(7), Some(last));
        *column.get_mut(third).expect("there") = 99;
        *column.get_mut(last).expect("there") = 8;
        assert_eq!(
            (snapshot.len(), snapshot.get(third), snapshot.get(last)),
            (1000, Some(&3), None)
        );
        assert_eq!(
            (column.len(), column.get(third), column.get(last)),
            (1001, Some(&99), Some(&8))
        );
        assert_eq!(
            (snapshot.last(), column.last()),
            (Some(row(999)), Some(last))
        );
    }

    #[test]
    fn large_rows_have_few_rows_a_page() {
        assert_eq!(Column::<ReviewIx, u8>::ROWS, 256);
        assert_eq!(Column::<ReviewIx, [u8; 64]>::ROWS, 31);
        assert_eq!(Column::<ReviewIx, [u8; 400]>::ROWS, 5);
        assert_eq!(Column::<ReviewIx, [u8; 4000]>::ROWS, 4);
        assert_eq!(Column::<ReviewIx, ()>::ROWS, 256);
    }

    proptest! {
        // Rows of 400 bytes, so that chunks fill, too.
        #[test]
        fn column_and_its_snapshots_equal_vectors(
            steps in proptest::collection::vec((0..3_u8, any::<u16>()), 0..4000)
        ) {
            let (mut column, mut vector) = (Column::default(), Vec::new());
            let mut snapshots = Vec::new();
            for (number, (step, value)) in steps.into_iter().enumerate() {
                let content = [value; 200];
                match step {
                    0 if !vector.is_empty() => {
                        let at = usize::from(value) % vector.len();
                        vector[at] = content;
                        *column.get_mut(row(at)).expect("there") = content;
                    }
                    _ => {
                        prop_assert_eq!(column.push(content), Some(row(vector.len())));
                        vector.push(content);
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
                prop_assert_eq!(column.get(row(vector.len())), None);
                let middle = vector.len() / 2;
                prop_assert_eq!(column.get(row(middle)), vector.get(middle));
                prop_assert!(column.numbered().all(|(at, content)| vector[at.index()] == *content));
            }
        }
    }
}
