//! One row a thing.

use serde::{Deserialize, Serialize};

use crate::domain::{BrandChannel, Provenance};
use crate::domain::{Country, Currency, Money, Time};
use crate::state::NameRef;
use crate::state::row_numbers::{
    BuyerIx, ListingIx, OrderIx, SellerIx, SignalIx, SnapshotIx, WordIx, or_max,
};
use crate::state::rows::{Known, LogRef, NO_TIME};

/// No amount.
const NO_AMOUNT: u64 = u64::MAX;
/// An unknown count.
pub const NO_COUNT: u32 = u32::MAX;

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRow {
    /// Price of all units in hundredths of the currency; a private mark where unknown.
    pub(in crate::state) price: u64,
    /// The id.
    pub name: NameRef,
    /// The ordered listing.
    pub listing: ListingIx,
    /// The buyer, if known.
    #[serde(with = "or_max")]
    pub buyer: Option<BuyerIx>,
    /// Next order of the same listing, in no promised order.
    #[serde(with = "or_max")]
    pub next_in_listing: Option<OrderIx>,
    /// Next order of the same buyer, in no promised order.
    #[serde(with = "or_max")]
    pub next_in_buyer: Option<OrderIx>,
    /// Seconds since 1970.
    pub seconds: u32,
    /// Units.
    pub quantity: u32,
    /// Newest revision.
    pub revision: u16,
    /// Namespace of the id.
    pub marketplace: u16,
    /// Currency of the price.
    pub currency: Option<Currency>,
    /// Country of the destination.
    pub destination: Option<Country>,
    /// Whether it was refunded.
    pub refunded: Known,
    /// Whether it arrived.
    pub delivered: Known,
    /// Whether a promotion applied.
    pub promotion: Known,
}

impl OrderRow {
    /// Price of all units, in whole units of a currency.
    pub fn price(&self) -> Option<(f64, Currency)> {
        amount(self.price, self.currency)
    }
}

/// A buyer on one marketplace, known by the hash of its pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuyerRow {
    /// Of marketplace and pseudonym: two of some 2^32 buyers share one by chance.
    pub hash: u64,
    /// Orders of all sellers.
    pub orders: u32,
    /// First of these, in no promised order.
    #[serde(with = "or_max")]
    pub first_order: Option<OrderIx>,
}

/// The facts of a listing for brand progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingTrade {
    /// First of its orders, in no promised order.
    #[serde(with = "or_max")]
    pub first_order: Option<OrderIx>,
    /// First of its snapshots, in no promised order.
    #[serde(with = "or_max")]
    pub first_snapshot: Option<SnapshotIx>,
    /// Its brand as a word, if it has one.
    #[serde(with = "or_max")]
    pub brand: Option<WordIx>,
    /// Hash of the page's content; 0 when unknown.
    pub content: u32,
    /// Clock time of the last change of the page's content, [`NO_TIME`] without one.
    pub revised_seconds: u32,
    /// How complete the page is, 0 to 100; none when nothing is known.
    pub completeness: Option<u8>,
    /// Hashes of the eight of its attributes with the least ones, ascending, 0 behind the last.
    pub attributes: [u16; 8],
}

impl Default for ListingTrade {
    fn default() -> Self {
        Self {
            first_order: None,
            first_snapshot: None,
            brand: None,
            content: 0,
            revised_seconds: NO_TIME,
            completeness: None,
            attributes: [0; 8],
        }
    }
}

impl ListingTrade {
    /// When the page last changed.
    pub fn revised(&self) -> Option<Time> {
        (self.revised_seconds != NO_TIME).then(|| Time::from_seconds(self.revised_seconds))
    }
}

/// The facts of a seller for brand progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerTrade {
    /// First of its brand measures, in no promised order.
    #[serde(with = "or_max")]
    pub first_signal: Option<SignalIx>,
}

/// A listing at one moment. Counts are [`NO_COUNT`] when unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRow {
    pub(in crate::state) price: u64,
    pub(in crate::state) ad_spend: u64,
    /// The listing.
    pub listing: ListingIx,
    /// Next snapshot of the same listing, in no promised order.
    #[serde(with = "or_max")]
    pub next_in_listing: Option<SnapshotIx>,
    /// When, in seconds since 1970.
    pub seconds: u32,
    /// Sales rank, 1 is best.
    pub rank: u32,
    /// Units sold since the last one.
    pub units: u32,
    /// Visits since the last one.
    pub sessions: u32,
    /// Units returned since the last one.
    pub returns: u32,
    /// Newest revision.
    pub revision: u16,
    /// Currency of the price.
    pub price_currency: Option<Currency>,
    /// Currency of the advertising cost.
    pub ad_currency: Option<Currency>,
}

impl SnapshotRow {
    /// Asking price, in whole units of a currency.
    pub fn price(&self) -> Option<(f64, Currency)> {
        amount(self.price, self.price_currency)
    }

    /// Advertising cost since the last one, in whole units of a currency.
    pub fn ad_spend(&self) -> Option<(f64, Currency)> {
        amount(self.ad_spend, self.ad_currency)
    }
}

/// A brand measure over a window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalRow {
    /// Finite, in the metric's own unit.
    pub value: f64,
    /// Its id.
    pub name: NameRef,
    /// The seller that it measures.
    pub seller: SellerIx,
    /// Next one of the same seller, in no promised order.
    #[serde(with = "or_max")]
    pub next_in_seller: Option<SignalIx>,
    /// The brand as a word, none for all.
    #[serde(with = "or_max")]
    pub brand: Option<WordIx>,
    /// The metric as a word; none for an empty name.
    #[serde(with = "or_max")]
    pub metric: Option<WordIx>,
    /// Start of the window, inclusive, in seconds since 1970.
    pub start: u32,
    /// End of the window, exclusive, in seconds since 1970.
    pub end: u32,
    /// Newest revision.
    pub revision: u16,
    /// Which market; none for all.
    pub market: Option<Country>,
    /// Channel that it was measured on.
    pub channel: BrandChannel,
    /// Source of the value.
    pub provenance: Provenance,
    /// Newest event.
    pub log: LogRef,
}

/// An amount as it is kept: hundredths, rounded, with the currency.
pub(in crate::state) fn kept(money: Option<Money>) -> (u64, Option<Currency>) {
    match money {
        // At most 10^17: 10^15 whole units.
        Some(money) => {
            let hundredths = (money.micros + 5_000) / 10_000;
            (u64::try_from(hundredths).unwrap_or(0), Some(money.currency))
        }
        None => (NO_AMOUNT, None),
    }
}

/// A count as it is kept, [`NO_COUNT`] when unknown. It saturates at one below.
pub(in crate::state) fn kept_count(count: Option<u64>) -> u32 {
    count.map_or(NO_COUNT, |count| {
        u32::try_from(count).unwrap_or(NO_COUNT).min(NO_COUNT - 1)
    })
}

fn amount(hundredths: u64, currency: Option<Currency>) -> Option<(f64, Currency)> {
    (hundredths != NO_AMOUNT).then(|| Some((hundredths as f64 / 100.0, currency?)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brand_rows_keep_their_size() {
        assert!(size_of::<OrderRow>() <= 56, "{}", size_of::<OrderRow>());
        assert_eq!(size_of::<BuyerRow>(), 16);
        assert_eq!(size_of::<SellerTrade>(), 4);
        assert!(size_of::<ListingTrade>() <= 40);
        assert!(size_of::<SnapshotRow>() <= 64);
    }

    #[test]
    fn amounts_are_kept_to_the_hundredth() {
        let currency = Currency::new("EUR").expect("a currency");
        let of = |micros| kept(Some(Money { currency, micros }));
        assert_eq!(
            amount(of(12_345_000).0, Some(currency)),
            Some((12.35, currency))
        );
        assert_eq!(amount(of(0).0, Some(currency)), Some((0.0, currency)));
        assert_eq!(amount(kept(None).0, None), None);
        let most = of(1_000_000_000_000_000_000_000);
        assert_eq!(amount(most.0, most.1), Some((1e15, currency)));
        assert_eq!(kept_count(None), NO_COUNT);
        assert_eq!(kept_count(Some(u64::MAX)), NO_COUNT - 1);
    }
}
