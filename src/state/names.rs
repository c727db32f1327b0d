//! The bytes of ids, each stored once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Column;
use super::row_numbers::PageIx;

/// Bytes of a page. A snapshot shares full pages and costs the writer one copy of the open one.
const PAGE_BYTES: usize = 64 * 1024;
/// Names start at multiples of this, so that 32 bits address 16 GiB.
const UNIT_BYTES: usize = 4;
const UNITS_PER_PAGE: u32 = (PAGE_BYTES / UNIT_BYTES) as u32;

/// Address of a name in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NameRef(u32);

impl NameRef {
    /// Reads as an empty name, which nothing has.
    pub(super) const NOWHERE: Self = Self(u32::MAX);
}

/// An arena of names of 1 to 255 bytes. Cloning shares every page.
#[derive(Clone, Debug, Default)]
pub struct Names {
    pages: Column<PageIx, Arc<Vec<u8>>>,
}

impl Names {
    /// Stores a name; `None` when it is empty, above 255 bytes, or the arena is full.
    pub fn push(&mut self, name: &str) -> Option<NameRef> {
        let length = u8::try_from(name.len()).ok().filter(|length| *length > 0)?;
        let open = self.pages.last().and_then(|last| self.pages.get(last));
        let room = open.map_or(0, |page| PAGE_BYTES - page.len());
        if room < 1 + name.len() {
            self.pages.push(Arc::new(Vec::with_capacity(PAGE_BYTES)))?;
        }
        let last = self.pages.last()?;
        let page = self.pages.get_mut(last)?;
        if Arc::get_mut(page).is_none() {
            // A snapshot holds this page: go on in a copy that keeps room to grow.
            let mut copy = Vec::with_capacity(PAGE_BYTES);
            copy.extend_from_slice(page);
            *page = Arc::new(copy);
        }
        let bytes = Arc::get_mut(page)?;
        let unit = (bytes.len() / UNIT_BYTES) as u32;
        let address = last
            .number()
            .checked_mul(UNITS_PER_PAGE)?
            .checked_add(unit)?;
        bytes.push(length);
        bytes.extend_from_slice(name.as_bytes());
        let padded = bytes.len().next_multiple_of(UNIT_BYTES).min(PAGE_BYTES);
        bytes.resize(padded, 0);
        Some(NameRef(address))
    }

    /// The name; empty for an address that was never given out.
    pub fn get(&self, name: NameRef) -> &str {
        self.find(name).unwrap_or("")
    }

    /// Whether this is the name: each look-up asks, so without a look at the encoding.
    pub fn is(&self, name: NameRef, text: &str) -> bool {
        self.bytes(name) == Some(text.as_bytes())
    }

    fn find(&self, name: NameRef) -> Option<&str> {
        std::str::from_utf8(self.bytes(name)?).ok()
    }

    fn bytes(&self, name: NameRef) -> Option<&[u8]> {
        let page = self.pages.get(PageIx::new(name.0 / UNITS_PER_PAGE)?)?;
        let start = (name.0 % UNITS_PER_PAGE) as usize * UNIT_BYTES;
        let length = usize::from(*page.get(start)?);
        page.get(start + 1..start + 1 + length)
    }

    /// The pages in order, for a checkpoint.
    pub fn pages(&self) -> impl Iterator<Item = &[u8]> {
        self.pages.iter().map(|page| page.as_slice())
    }

    /// From the pages of a checkpoint; `None` when one is too large.
    pub fn from_pages(pages: impl IntoIterator<Item = Vec<u8>>) -> Option<Self> {
        let mut stored = Column::default();
        for page in pages {
            if page.len() > PAGE_BYTES {
                return None;
            }
            stored.push(Arc::new(page))?;
        }
        Some(Self { pages: stored })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn stored_names_are_read_back(names in proptest::collection::vec("\\PC{1,60}", 1..3000)) {
            let mut arena = Names::default();
            let mut snapshots = Vec::new();
            for (index, name) in names.iter().enumerate() {
                let address = arena.push(name).expect("room");
                if index % 100 == 0 {
                    snapshots.push((arena.clone(), address, name));
                }
                prop_assert_eq!(arena.get(address), name.as_str());
                prop_assert!(arena.is(address, name) && !arena.is(address, ""));
            }
            for (snapshot, address, name) in &snapshots {
                prop_assert_eq!(snapshot.get(*address), name.as_str());
            }
            let again = Names::from_pages(arena.pages().map(<[u8]>::to_vec)).expect("pages");
            for (_, address, name) in snapshots {
                prop_assert_eq!(again.get(address), name.as_str());
            }
        }
    }

    #[test]
    fn wrong_address_is_empty_and_wrong_length_is_refused() {
        let mut arena = Names::default();
        assert_eq!(arena.get(NameRef(12)), "");
        assert_eq!(arena.push(""), None);
        assert_eq!(arena.push(&"x".repeat(256)), None);
        assert!(arena.push(&"x".repeat(255)).is_some());
        assert_eq!(arena.get(NameRef::NOWHERE), "");
    }
}
