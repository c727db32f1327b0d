//! What the log amounts to: compact columns, names, text fingerprints and peer histograms.
//!
//! Everything here is plain data that a reader may hold as an immutable snapshot: cloning shares
//! memory, and the writer copies only what it changes afterwards.

mod baseline;
mod buckets;
mod checkpoint;
mod column;
mod directory;
mod fold;
mod histogram;
mod lookup;
mod names;
mod rows;

use std::sync::Arc;

pub use baseline::{
    AllListings, AuthorBins, AuthorPeers, AuthorSignal, Baselines, Changes, Compared, ListingBins,
    ListingSignal, Marks, Measured, Out, Peers, Rhythm, Rhythms, deviation_bin, review_age,
};
pub use buckets::BandKey;
pub use checkpoint::CheckpointError;
pub use column::Column;
pub use directory::Directory;
pub use fold::{Candidate, Full, Outcome, Scorer};
pub use histogram::{BINS, Histogram, Scale, Tail};
pub use names::{NameRef, Names};
pub use rows::{
    BandRow, DayCount, FactRow, GroupRow, Known, ListingRow, LogRef, NO_SCORE, NONE, OrderRow,
    ReviewFacts, ReviewRow, ReviewerRow, SellerRow, Side, SideTally, Tally, VerdictRow,
};

use buckets::Buckets;
use lookup::{key, snapshot_key, subject_key};

use crate::domain::Time;

/// All that is known. A clone is a snapshot: cheap, and never changing.
#[derive(Clone, Debug, Default)]
pub struct State {
    names: Names,
    marketplaces: Column<NameRef>,
    groups: Column<GroupRow>,
    sellers: Column<SellerRow>,
    listings: Column<ListingRow>,
    reviewers: Column<ReviewerRow>,
    reviews: Column<ReviewRow>,
    buckets: Buckets,
    orders: Column<OrderRow>,
    snapshots: Column<FactRow>,
    brand_signals: Column<FactRow>,
    verdicts: Column<VerdictRow>,
    // Shared by all snapshots, which ignore rows that they do not have.
    directories: Arc<Directories>,
    baselines: Baselines,
    // Empty between events.
    touched: baseline::Touched,
    // By the newest event.
    changes: Changes,
    event_count: u64,
    watermark: Option<Time>,
}

/// From ids to rows.
#[derive(Debug, Default)]
struct Directories {
    marketplaces: Directory,
    groups: Directory,
    sellers: Directory,
    listings: Directory,
    reviewers: Directory,
    reviews: Directory,
    bands: Directory,
    orders: Directory,
    snapshots: Directory,
    brand_signals: Directory,
    verdicts: Directory,
    verdict_subjects: Directory,
}
