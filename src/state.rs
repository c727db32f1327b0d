//! The state that follows from the log: compact columns, names, text fingerprints, the measured
//! values of listings and authors, and the histograms of their peers.
//!
//! All of it is plain data. A reader may keep it as an immutable snapshot: cloning shares memory,
//! and the writer copies only the parts that it changes afterwards.

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
mod row_numbers;
mod rows;

use std::sync::Arc;

pub use baseline::{
    Around, AuthorBins, AuthorPeers, AuthorSignal, AuthorWalk, Baselines, Calendar, Changes,
    Compared, DayWindow, LevelCounts, Levels, ListingBins, ListingSignal, ListingWalk, Mark, Marks,
    Measured, Out, PeerBin, Peers, Reference, Rhythm, Rhythms, SURGE_DAYS, Sampled, densest_around,
    deviation_bin, review_age,
};
pub use brand::{BuyerRow, ListingTrade, NO_COUNT, OrderRow, SellerTrade, SignalRow, SnapshotRow};
pub use buckets::BandKey;
pub use checkpoint::CheckpointError;
pub use column::Column;
pub use directory::Directory;
pub use fold::{Candidate, Full, Outcome, Prepared};
pub use histogram::{BINS, Histogram, Scale, Tail};
pub use names::{NameRef, Names};
pub use row_numbers::{
    BucketIx, BuyerIx, GroupIx, ListingIx, OrderIx, PageIx, ReviewIx, ReviewerIx, RowNumber,
    SellerIx, SignalIx, SnapshotIx, SubjectIx, VerdictIx, WordIx,
};
pub use rows::{
    BandRow, Copied, DayCount, GroupRow, Known, ListingFingerprint, ListingRow, LogRef, NO_SCORE,
    NO_TIME, PeerKey, Polarity, PolarityTally, ReviewFacts, ReviewRow, ReviewerRow, SellerRow,
    Tally, VerdictRow,
};

use buckets::Buckets;
use lookup::{key, snapshot_key, subject_key};

use crate::domain::Time;

/// The state after some events. A clone is a snapshot: cheap, and never changing.
#[derive(Clone, Debug, Default)]
pub struct State {
    names: Names,
    marketplaces: Column<u16, NameRef>,
    groups: Column<GroupIx, GroupRow>,
    sellers: Column<SellerIx, SellerRow>,
    listings: Column<ListingIx, ListingRow>,
    reviewers: Column<ReviewerIx, ReviewerRow>,
    reviews: Column<ReviewIx, ReviewRow>,
    buckets: Buckets,
    orders: Column<OrderIx, OrderRow>,
    snapshots: Column<SnapshotIx, SnapshotRow>,
    brand_signals: Column<SignalIx, SignalRow>,
    verdicts: Column<VerdictIx, VerdictRow>,
    trade: brand::Trade,
    // Shared by all snapshots, which ignore rows that they do not have.
    directories: Arc<Directories>,
    baselines: Baselines,
    // Empty between events.
    touched: baseline::Touched,
    // By the newest event.
    changes: Changes,
    // Reviews that are copies of others.
    copies: u64,
    // Arrivals of praise, revisions too.
    positive: u64,
    event_count: u64,
    watermark: Option<Time>,
}

/// From ids to rows.
#[derive(Debug, Default)]
struct Directories {
    marketplaces: Directory<u16>,
    groups: Directory<GroupIx>,
    sellers: Directory<SellerIx>,
    listings: Directory<ListingIx>,
    reviewers: Directory<ReviewerIx>,
    reviews: Directory<ReviewIx>,
    bands: Directory<buckets::Entry>,
    orders: Directory<OrderIx>,
    snapshots: Directory<SnapshotIx>,
    brand_signals: Directory<SignalIx>,
    verdicts: Directory<VerdictIx>,
    verdict_subjects: Directory<VerdictIx>,
    buyers: Directory<BuyerIx>,
    words: Directory<WordIx>,
    acts: Directory<ReviewIx>,
}
