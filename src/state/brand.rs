//! The facts that brand progress rests on beside reviews: orders, snapshots and brand measures,
//! each in a list of its listing, buyer or seller.
//!
//! Nothing is summed here: who sells a listing, and who else a buyer bought from, may become known
//! later. A seller's rows are walked when its progress is computed.

mod lookup;
mod rows;

pub use rows::{BuyerRow, ListingTrade, NO_COUNT, OrderRow, SellerTrade, SignalRow, SnapshotRow};
pub(super) use rows::{kept, kept_count};

use super::checkpoint::{CheckpointError, Sink, Source};
use super::{BuyerIx, Column, ListingIx, NameRef, SellerIx, WordIx};

/// Columns beside the ones that integrity needs. A clone shares memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Trade {
    /// One for each listing, by its row.
    pub(super) listings: Column<ListingIx, ListingTrade>,
    /// One for each seller, by its row.
    pub(super) sellers: Column<SellerIx, SellerTrade>,
    pub(super) buyers: Column<BuyerIx, BuyerRow>,
    /// Names of brands and metrics, each once.
    pub(super) words: Column<WordIx, NameRef>,
}

impl Trade {
    pub(super) fn write(&self, sink: &mut Sink<'_>) -> Result<(), CheckpointError> {
        let Self {
            listings,
            sellers,
            buyers,
            words,
        } = self;
        listings.write(sink)?;
        sellers.write(sink)?;
        buyers.write(sink)?;
        words.write(sink)
    }

    pub(super) fn read(source: &mut Source) -> Result<Self, CheckpointError> {
        Ok(Self {
            listings: source.column()?,
            sellers: source.column()?,
            buyers: source.column()?,
            words: source.column()?,
        })
    }
}
