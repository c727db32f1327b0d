//! Reviews, of which there are most: every byte of a row counts.

use serde::{Deserialize, Serialize};

use super::{Copied, Known, LogRef, NO_SCORE, NO_TIME, Polarity};
use crate::domain::Remover;
use crate::domain::Time;
use crate::state::baseline::{Levels, Mark};
use crate::state::buckets::BandKey;
use crate::state::names::NameRef;
use crate::state::row_numbers::{ListingIx, ReviewIx, ReviewerIx, or_max};

impl LogRef {
    /// In 6 bytes, for rows of which there are many.
    const fn packed(self) -> [u16; 3] {
        [
            (self.sequence >> 16) as u16,
            self.sequence as u16,
            self.index,
        ]
    }

    const fn unpacked([high, low, index]: [u16; 3]) -> Self {
        let sequence = (high as u32) << 16 | low as u32;
        Self { sequence, index }
    }
}

/// A review. Its text stays in the log.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ReviewRow {
    /// None while only its removal has arrived.
    #[serde(with = "or_max")]
    pub listing: Option<ListingIx>,
    /// None while only its removal has arrived.
    #[serde(with = "or_max")]
    pub reviewer: Option<ReviewerIx>,
    /// Next review of the same listing, in no promised order.
    #[serde(with = "or_max")]
    pub next_in_listing: Option<ReviewIx>,
    /// Next review of the same author, in no promised order.
    #[serde(with = "or_max")]
    pub next_in_reviewer: Option<ReviewIx>,
    /// The id.
    pub name: NameRef,
    /// Seconds since 1970, [`NO_TIME`] when unknown.
    pub seconds: u32,
    /// Of its near-duplicate buckets' keys, see [`Self::buckets`]; of its words where the text is too
    /// short for these.
    pub band_hashes: [u32; 2],
    /// See [`Self::log`].
    pub(in crate::state) log: [u16; 3],
    /// Newest revision of the review.
    pub revision: u16,
    /// Newest revision of the removal.
    pub removal_revision: u16,
    /// Words of title and text.
    pub words: u16,
    /// Namespace of the ids.
    pub marketplace: u16,
    /// Stars, 1 to 5; 0 while only its removal has arrived.
    pub stars: u8,
    /// Whether the purchase was confirmed.
    pub verified: Known,
    /// Whether it says that it was rewarded.
    pub incentive: Known,
    /// Marks of its text, each in a few steps.
    pub levels: Levels,
    /// The remover, if it was taken down.
    pub removed: Option<Remover>,
    /// The log-odds when it arrived, in 256ths; [`NO_SCORE`] when it was not scored then.
    pub arrival: i16,
    /// Of its near-duplicate buckets' keys; [`Self::NO_BANDS`] for texts that are too short.
    pub band_shards: [u8; 2],
    /// Whether it is a review of its own or the copy of another one.
    pub copied: Copied,
    /// Whether it may have been delivered again to the same listing.
    pub(in crate::state) repeated: bool,
}

impl ReviewRow {
    /// Instead of a shard.
    pub(in crate::state) const NO_BANDS: u8 = u8::MAX;

    /// Its newest event.
    pub const fn log(&self) -> LogRef {
        LogRef::unpacked(self.log)
    }

    /// A review of which nothing is known but its id.
    pub(in crate::state) const fn named(name: NameRef, marketplace: u16) -> Self {
        Self {
            listing: None,
            reviewer: None,
            next_in_listing: None,
            next_in_reviewer: None,
            name,
            seconds: NO_TIME,
            band_hashes: [0; 2],
            log: [0; 3],
            revision: 0,
            removal_revision: 0,
            words: 0,
            marketplace,
            stars: 0,
            verified: Known::Unknown,
            incentive: Known::Unknown,
            levels: Levels::NONE,
            removed: None,
            arrival: NO_SCORE,
            band_shards: [Self::NO_BANDS; 2],
            copied: Copied::Unplaced,
            repeated: false,
        }
    }

    pub(in crate::state) const fn set_log(&mut self, log: LogRef) {
        self.log = log.packed();
    }

    /// Whether its text is long enough to be compared with others.
    pub const fn comparable(&self) -> bool {
        self.band_shards[0] != Self::NO_BANDS
    }

    /// Keys of its near-duplicate buckets, each once; none for texts that are too short.
    pub fn buckets(&self) -> impl Iterator<Item = BandKey> + use<> {
        let [one, other] = [0, 1].map(|band| {
            let shard = self.band_shards[band];
            (shard != Self::NO_BANDS).then(|| BandKey::joined(shard, self.band_hashes[band]))
        });
        one.into_iter().chain(other.filter(|_| one != other))
    }

    /// Keeps the keys of its near-duplicate buckets, or the hash of a text that is too short.
    pub(in crate::state) fn set_text(&mut self, keys: Option<[BandKey; 2]>, whole: u64) {
        let short = [whole as u32, (whole >> 32) as u32].map(|hash| (Self::NO_BANDS, hash));
        let parts = keys.map_or(short, |keys| keys.map(BandKey::split));
        self.band_shards = parts.map(|(shard, _)| shard);
        self.band_hashes = parts.map(|(_, hash)| hash);
    }

    /// Whether the review itself has arrived, not only its removal.
    pub const fn arrived(&self) -> bool {
        self.stars != 0
    }

    /// Whether it stands for what its author did; copies of it do not.
    pub const fn is_act(&self) -> bool {
        self.copied.is_act()
    }

    /// Whether it has the words of another review, as far as rows know them.
    pub fn has_text_of(&self, other: &Self) -> bool {
        let text = |row: &Self| (row.words, row.band_shards, row.band_hashes);
        text(self) == text(other)
    }

    /// Whether it was erased: only its id is known, and no revision is newer.
    pub const fn erased(&self) -> bool {
        !self.arrived() && self.revision == u16::MAX
    }

    /// When it was written.
    pub fn time(&self) -> Option<Time> {
        (self.seconds != NO_TIME).then(|| Time::from_seconds(self.seconds))
    }

    /// The log-odds when it arrived.
    pub fn arrival_log_odds(&self) -> Option<f64> {
        (self.arrival != NO_SCORE).then(|| f64::from(self.arrival) / 256.0)
    }

    /// Whether it speaks of a reward that it does not disclose.
    pub fn speaks_of_reward(&self) -> bool {
        self.levels.value(Mark::Reward) > Some(0.0)
    }

    /// Its polarity.
    pub const fn polarity(&self) -> Polarity {
        Polarity::of_stars(self.stars)
    }
}
