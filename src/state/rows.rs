//! One row a thing. Rows refer to each other by number; [`NONE`] is no row.

mod tally;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use tally::{ReviewFacts, Side, SideTally, Tally};

use super::baseline::{AuthorBins, ListingBins, Rhythms};
use super::buckets::BandKey;
use super::checkpoint::by_number;
use super::names::NameRef;
use crate::domain::{Country, Kind, Money, Time};
use crate::proto::v1::{Fulfilment, Remover, VerdictLabel};

/// No row, and no time.
pub const NONE: u32 = u32::MAX;

/// No score.
pub const NO_SCORE: i16 = i16::MIN;

/// Where an event lies in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRef {
    /// The record.
    pub sequence: u32,
    /// The event within the record, from 0.
    pub index: u16,
}

/// What is known of a yes-or-no fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Known {
    /// Nothing.
    #[default]
    Unknown,
    /// No.
    No,
    /// Yes.
    Yes,
}

impl From<Option<bool>> for Known {
    fn from(value: Option<bool>) -> Self {
        match value {
            None => Self::Unknown,
            Some(false) => Self::No,
            Some(true) => Self::Yes,
        }
    }
}

/// A review. Its text stays in the log.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ReviewRow {
    /// [`NONE`] while only its removal has arrived.
    pub listing: u32,
    /// [`NONE`] while only its removal has arrived.
    pub reviewer: u32,
    /// Next review of the same listing, in no promised order.
    pub next_in_listing: u32,
    /// Next review of the same author, in no promised order.
    pub next_in_reviewer: u32,
    /// The id.
    pub name: NameRef,
    /// Seconds since 1970, [`NONE`] when unknown.
    pub seconds: u32,
    /// Of its near-duplicate buckets' keys, see [`Self::buckets`].
    pub band_hashes: [u32; 2],
    /// The review's newest event.
    pub log: LogRef,
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
    /// Share of capitals among letters, in 255ths.
    pub capitals: u8,
    /// Exclamation marks.
    pub exclamations: u8,
    /// Whether the purchase was confirmed.
    pub verified: Known,
    /// Whether it says that it was rewarded.
    pub incentive: Known,
    /// Whether a word may speak of a reward.
    pub reward: bool,
    /// Who took it down, if it is down.
    #[serde(with = "removed")]
    pub removed: Option<Remover>,
    /// The log-odds when it arrived, in 256ths; [`NO_SCORE`] when it was not scored then.
    pub arrival: i16,
    /// Of its near-duplicate buckets' keys; [`Self::NO_BANDS`] for texts that are too short.
    pub band_shards: [u8; 2],
}

impl ReviewRow {
    /// Instead of a shard.
    pub(super) const NO_BANDS: u8 = u8::MAX;

    /// Whether its text is long enough to be compared with others.
    pub const fn comparable(&self) -> bool {
        self.band_shards[0] != Self::NO_BANDS
    }

    /// Keys of its near-duplicate buckets, each once; none for texts that are too short.
    pub fn buckets(&self) -> impl Iterator<Item = BandKey> + use<> {
        let [one, other] = [0, 1].map(|band| {
            let shard = self.band_shards[band];
            (shard != Self::NO_BANDS).then(|| BandKey::at(shard, self.band_hashes[band]))
        });
        one.into_iter().chain(other.filter(|_| one != other))
    }

    pub(super) fn set_buckets(&mut self, keys: Option<[BandKey; 2]>) {
        let places = keys.map_or([(Self::NO_BANDS, 0); 2], |keys| keys.map(BandKey::place));
        self.band_shards = places.map(|(shard, _)| shard);
        self.band_hashes = places.map(|(_, hash)| hash);
    }

    /// Whether the review itself has arrived, not only its removal.
    pub const fn arrived(&self) -> bool {
        self.stars != 0
    }

    /// Whether it was erased: only its id is known, and no revision is newer.
    pub const fn erased(&self) -> bool {
        !self.arrived() && self.revision == u16::MAX
    }

    /// When it was written.
    pub fn time(&self) -> Option<Time> {
        (self.seconds != NONE).then(|| Time::from_seconds(self.seconds))
    }

    /// The log-odds when it arrived.
    pub fn arrival_log_odds(&self) -> Option<f64> {
        (self.arrival != NO_SCORE).then(|| f64::from(self.arrival) / 256.0)
    }

    /// Its polarity.
    pub const fn side(&self) -> Side {
        Side::of_stars(self.stars)
    }
}

/// A review's author on one marketplace. What was taken down still counts as activity.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ReviewerRow {
    /// The id.
    pub name: NameRef,
    /// First of its reviews, in no promised order.
    pub first_review: u32,
    /// Reviews written.
    pub reviews: u32,
    /// Of these, taken down.
    pub removed: u32,
    /// Of these, 4 or 5 stars.
    pub praise: u32,
    /// Of these, 1 or 5 stars.
    pub extreme: u32,
    /// Of these, purchase denied.
    pub unverified: u32,
    /// Of these, purchase confirmed or denied.
    pub known: u32,
    /// Of these, long enough to compare with others.
    pub comparable: u32,
    /// Of these, with a near-duplicate.
    pub duplicate: u32,
    /// Most reviews in one day; kept up to [`Self::DAYS_SEEN`] reviews, stale beyond.
    pub day_peak: u8,
    /// Reviews on `newest_day`, as stale as the peak.
    pub newest_count: u8,
    /// Day of the newest review with a time, since 1970: while events come in time order, the
    /// fullest day is known without a walk over the others. As stale as the peak.
    pub newest_day: u16,
    /// Stars of those that are up, summed.
    pub stars: u32,
    /// Namespace of the id.
    pub marketplace: u16,
    /// Where it is counted among its peers.
    pub bins: AuthorBins,
}

impl ReviewerRow {
    /// Most reviews of an author whose days are compared: bounds the work of an event.
    pub const DAYS_SEEN: u32 = 64;
}

/// Reviews of one day, by [`Side::index`]. Those taken down still count: they did arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// Days since 1970.
    pub day: u16,
    /// Saturates.
    pub counts: [u16; 3],
}

/// A listing; a placeholder until its own event arrives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListingRow {
    /// The id.
    pub name: NameRef,
    /// Namespace of the id.
    pub marketplace: u16,
    /// Newest revision.
    pub revision: u16,
    /// Whether its own event has arrived.
    pub arrived: bool,
    /// Its seller, [`NONE`] when unknown.
    pub seller: u32,
    /// Next listing of the same seller, in no promised order.
    pub next_in_seller: u32,
    /// Its peer group.
    pub group: u32,
    /// First of its reviews, in no promised order.
    pub first_review: u32,
    /// Seconds since 1970, [`NONE`] when unknown.
    pub created_seconds: u32,
    /// Asking price.
    pub price: Option<Money>,
    /// Where it sells to.
    pub destination: Option<Country>,
    /// How goods reach the buyer.
    #[serde(with = "by_number")]
    pub fulfilment: Fulfilment,
    /// Its own event in the log.
    pub log: Option<LogRef>,
    /// Reviews and orders.
    pub tally: Tally,
    /// Reviews by day, oldest first.
    pub days: Arc<Vec<DayCount>>,
    /// Its densest weeks.
    pub rhythms: Rhythms,
    /// Where it is counted among its peers.
    pub bins: ListingBins,
}

/// A seller; a placeholder until its own event arrives.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SellerRow {
    /// The id.
    pub name: NameRef,
    /// Newest revision.
    pub revision: u16,
    /// Whether its own event has arrived.
    pub arrived: bool,
    /// Its own event in the log.
    pub log: Option<LogRef>,
    /// Listings that name it.
    pub listings: u32,
    /// First of these, in no promised order.
    pub first_listing: u32,
    /// Sum over its listings.
    pub tally: Tally,
}

/// A near-duplicate bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandRow {
    /// Reviews in it.
    pub count: u32,
    /// Exclusive or of their rows: with one review left, that review.
    pub rows_xor: u32,
}

impl BandRow {
    pub(super) const fn single(row: u32) -> Self {
        Self {
            count: 1,
            rows_xor: row,
        }
    }

    pub(super) const fn with(self, row: u32) -> Self {
        Self {
            count: self.count + 1,
            rows_xor: self.rows_xor ^ row,
        }
    }

    pub(super) const fn without(self, row: u32) -> Self {
        Self {
            count: self.count.saturating_sub(1),
            rows_xor: self.rows_xor ^ row,
        }
    }
}

/// An order, kept to know it again and to count it where it belongs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct OrderRow {
    /// The id.
    pub name: NameRef,
    /// What was ordered.
    pub listing: u32,
    /// Seconds since 1970.
    pub seconds: u32,
    /// Newest revision.
    pub revision: u16,
    /// Namespace of the id.
    pub marketplace: u16,
    /// Whether it was refunded.
    pub refunded: Known,
}

/// A fact that only has to be known again: its content is read from the log.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct FactRow {
    /// The id; for a snapshot, that of its listing.
    pub name: NameRef,
    /// A snapshot's moment; [`NONE`] for others.
    pub seconds: u32,
    /// Newest revision.
    pub revision: u16,
    /// A snapshot's namespace; 0 for others.
    pub marketplace: u16,
    /// Newest event.
    pub log: LogRef,
}

/// The latest verdict on a subject.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct VerdictRow {
    /// The verdict's own id.
    pub name: NameRef,
    /// What kind of subject it is about.
    pub subject_kind: Kind,
    /// Namespace of the subject; none for sellers.
    pub subject_marketplace: Option<u16>,
    /// Id of the subject.
    pub subject_name: NameRef,
    /// Newest revision.
    pub revision: u16,
    /// Genuine or manipulated.
    #[serde(with = "by_number")]
    pub label: VerdictLabel,
    /// When it was decided.
    pub seconds: u32,
    /// Newest event.
    pub log: LogRef,
}

/// Whom a listing is compared with: marketplace and widest category.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GroupRow {
    /// Namespace.
    pub marketplace: u16,
    /// The category, none when unknown.
    pub category: Option<NameRef>,
}

mod removed {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::proto::v1::Remover;

    // Serde's form of a field hands over a reference.
    #[allow(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde calls it so"
    )]
    pub(super) fn serialize<S: Serializer>(
        value: &Option<Remover>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(i32::from).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Remover>, D::Error> {
        let number = Option::<i32>::deserialize(from)?;
        Ok(number.and_then(|number| Remover::try_from(number).ok()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_small() {
        // Memory a review is a promise: below 200 bytes with names, directories and copies.
        assert!(size_of::<ReviewRow>() <= 64, "{}", size_of::<ReviewRow>());
        assert!(
            size_of::<ReviewerRow>() <= 56,
            "{}",
            size_of::<ReviewerRow>()
        );
        assert_eq!(size_of::<BandRow>(), 8);
        assert_eq!(size_of::<DayCount>(), 8);
    }
}
