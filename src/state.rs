//! What the log amounts to: compact columns, names, text fingerprints and peer histograms.
//!
//! Everything here is plain data that a reader may hold as an immutable snapshot: cloning shares
//! memory, and the writer copies only what it changes afterwards.

mod baseline;
mod brand;
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
    AllListings, Around, AuthorBins, AuthorPeers, AuthorSignal, AuthorWalk, Baselines, Calendar,
    Changes, Compared, LevelCounts, Levels, ListingBins, ListingSignal, ListingWalk, Mark, Marks,
    Measured, Out, Peers, Reference, Rhythm, Rhythms, SURGE_DAYS, Sampled, densest_around,
    deviation_bin, review_age,
};
pub use brand::{BuyerRow, ListingTrade, OrderRow, SellerTrade, SignalRow, SnapshotRow};
pub use buckets::BandKey;
pub use checkpoint::CheckpointError;
pub use column::Column;
pub use directory::Directory;
pub use fold::{Candidate, Full, Outcome, Prepared};
pub use histogram::{BINS, Histogram, Scale, Tail};
pub use names::{NameRef, Names};
pub use rows::{
    About, BandRow, DayCount, GroupRow, Known, ListingRow, LogRef, NO_SCORE, NONE, Polarity,
    PolarityTally, ReviewFacts, ReviewRow, ReviewerRow, SellerRow, Tally, VerdictRow,
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
    snapshots: Column<SnapshotRow>,
    brand_signals: Column<SignalRow>,
    verdicts: Column<VerdictRow>,
    trade: brand::Trade,
    // Shared by all snapshots, which ignore rows that they do not have.
    directories: Arc<Directories>,
    baselines: Baselines,
    // Empty between events.
    touched: baseline::Touched,
    // By the newest event.
    changes: Changes,
    // Arrivals of praise, revisions too.
    positive: u64,
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
    buyers: Directory,
    words: Directory,
}
