//! Events with validated fields.

use super::{
    BrandChannel, Country, Currency, Fingerprint, Fulfilment, Id, Language, Money, Provenance,
    Rating, Remover, Subject, Time, VerdictLabel,
};

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Version of the fact; a newer one replaces an older one.
    pub revision: u16,
    /// The fact.
    pub payload: Payload,
}

/// The kinds of facts. Large ones are boxed, so that a queue of reviews stays compact.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A seller.
    Seller(Box<Seller>),
    /// A listing.
    Listing(Box<Listing>),
    /// The page of a listing at one moment.
    ListingSnapshot(Box<ListingSnapshot>),
    /// A review.
    Review(Review),
    /// The removal of a review.
    ReviewRemoval(ReviewRemoval),
    /// An order.
    Order(Box<Order>),
    /// A brand measure observed outside the listings.
    BrandSignal(Box<BrandSignal>),
    /// A moderator's label.
    Verdict(Box<Verdict>),
    /// The tombstone of an erased fact.
    Tombstone(Box<Tombstone>),
}

/// A seller.
#[derive(Clone, Debug, PartialEq)]
pub struct Seller {
    /// Unique over all marketplaces.
    pub id: Id,
    /// Displayed name; may be empty.
    pub display_name: String,
    /// Home country.
    pub home_country: Option<Country>,
    /// Time of registration.
    pub registered: Option<Time>,
    /// Brands owned or sold.
    pub brands: Vec<String>,
}

/// A listing without the fields that only readers of the log need (bullets, description).
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Unique within the marketplace.
    pub id: Id,
    /// Namespace of the id.
    pub marketplace: Id,
    /// Its seller.
    pub seller: Option<Id>,
    /// Destination country.
    pub destination: Option<Country>,
    /// Widest category first.
    pub category_path: Vec<String>,
    /// Brand, may be empty.
    pub brand: String,
    /// Title, may be empty.
    pub title: String,
    /// Asking price.
    pub price: Option<Money>,
    /// Fulfilment of orders.
    pub fulfilment: Fulfilment,
    /// Parent that the variations share.
    pub variation_parent: Option<Id>,
    /// Time of creation.
    pub created: Option<Time>,
    /// Completeness of the page, 0 to 100; `None` if unknown.
    pub completeness: Option<u8>,
    /// Hash of the content of the page; 0 if unknown.
    pub content: u32,
    /// The eight smallest hashes of its attributes, ascending, padded with 0.
    pub attributes: [u16; 8],
}

/// The page of a listing at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ListingSnapshot {
    /// The listing.
    pub listing: Id,
    /// Namespace of the id.
    pub marketplace: Id,
    /// Time of the observation.
    pub time: Time,
    /// Asking price.
    pub price: Option<Money>,
    /// 1 is the best seller.
    pub sales_rank: Option<u32>,
    /// 0 to 5 stars.
    pub displayed_rating: Option<f64>,
    /// Ratings shown.
    pub displayed_count: Option<u64>,
    /// Units sold since the last snapshot.
    pub units: Option<u64>,
    /// Visits since the last snapshot.
    pub sessions: Option<u64>,
    /// Advertising cost since the last snapshot.
    pub ad_spend: Option<Money>,
    /// Units returned since the last snapshot.
    pub returns: Option<u64>,
}

/// A review.
#[derive(Clone, Debug, PartialEq)]
pub struct Review {
    /// Unique within the marketplace.
    pub id: Id,
    /// Namespace of all three ids.
    pub marketplace: Id,
    /// The listing.
    pub listing: Id,
    /// The author.
    pub reviewer: Id,
    /// Stars.
    pub rating: Rating,
    /// Fingerprint of title and text, which stay in the log.
    pub print: Fingerprint,
    /// Language of the text.
    pub language: Option<Language>,
    /// Whether the platform confirmed a purchase.
    pub verified: Option<bool>,
    /// Whether the review says that it was rewarded.
    pub incentive_disclosed: Option<bool>,
    /// Readers who found it helpful.
    pub helpful_votes: Option<u32>,
    /// Pictures attached.
    pub image_count: Option<u32>,
    /// Time at which it was written.
    pub time: Option<Time>,
}

/// The removal of a review.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewRemoval {
    /// The review.
    pub review: Id,
    /// Namespace of the id.
    pub marketplace: Id,
    /// Time of the removal.
    pub time: Time,
    /// The party that removed it.
    pub remover: Remover,
}

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Unique within the marketplace.
    pub id: Id,
    /// Namespace of the ids.
    pub marketplace: Id,
    /// The listing.
    pub listing: Id,
    /// Pseudonym of the buyer.
    pub buyer: Option<Id>,
    /// Time of the order.
    pub time: Time,
    /// Units, 1 to a million.
    pub quantity: u32,
    /// Price of all units.
    pub price: Option<Money>,
    /// Destination country.
    pub destination: Option<Country>,
    /// Whether a promotion applied.
    pub promotion: Option<bool>,
    /// Whether it was delivered.
    pub delivered: Option<bool>,
    /// Whether it was refunded.
    pub refunded: Option<bool>,
}

/// A brand measure over a window.
#[derive(Clone, Debug, PartialEq)]
pub struct BrandSignal {
    /// Its own id.
    pub id: Id,
    /// The seller of the brand.
    pub seller: Id,
    /// The brand; empty for all.
    pub brand: String,
    /// The market; `None` for all.
    pub market: Option<Country>,
    /// The channel; never unspecified.
    pub channel: BrandChannel,
    /// Name of the measure.
    pub metric: Id,
    /// Finite, in the metric's own unit.
    pub value: f64,
    /// Start of the window, inclusive.
    pub start: Time,
    /// End of the window, exclusive, after the start.
    pub end: Time,
    /// The party that vouches for it; never unspecified.
    pub provenance: Provenance,
}

/// A moderator's label.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Its own id.
    pub id: Id,
    /// The subject.
    pub subject: Subject,
    /// Genuine or manipulated; never unspecified.
    pub label: VerdictLabel,
    /// The moderator; may be empty.
    pub decided_by: String,
    /// The reason; may be empty.
    pub reason: String,
    /// Time of the decision.
    pub time: Time,
}

/// The tombstone of a fact that was erased or taken back.
#[derive(Clone, Debug, PartialEq)]
pub enum Tombstone {
    /// A review.
    Review {
        /// The review.
        id: Id,
        /// Namespace of the ids.
        marketplace: Id,
        /// The listing.
        listing: Id,
        /// Time at which it was written.
        time: Option<Time>,
    },
    /// A verdict on an author.
    Verdict {
        /// The verdict's own id.
        id: Id,
        /// Time of the decision.
        time: Time,
    },
    /// The place of a fact that was taken back. Its time went with it.
    TakenBack,
    /// The end of an erasure or of a turning back of the clock. It has no time, so it does not move
    /// the clock.
    End,
}

impl Event {
    /// Returns the marketplace and the name of its field; `None` for facts without a single one.
    pub fn marketplace(&self) -> Option<(&'static str, &str)> {
        match &self.payload {
            Payload::Listing(held) => Some(("listing.marketplace", held.marketplace.as_str())),
            Payload::ListingSnapshot(held) => {
                Some(("listing_snapshot.marketplace", held.marketplace.as_str()))
            }
            Payload::Review(held) => Some(("review.marketplace", held.marketplace.as_str())),
            Payload::ReviewRemoval(held) => {
                Some(("review_removal.marketplace", held.marketplace.as_str()))
            }
            Payload::Order(held) => Some(("order.marketplace", held.marketplace.as_str())),
            Payload::Verdict(held) => match &held.subject {
                Subject::Local { marketplace, .. } => {
                    Some(("verdict.subject.marketplace", marketplace.as_str()))
                }
                Subject::Seller(_) => None,
            },
            Payload::Tombstone(held) => match &**held {
                Tombstone::Review { marketplace, .. } => {
                    Some(("tombstone.review.marketplace", marketplace.as_str()))
                }
                Tombstone::Verdict { .. } | Tombstone::TakenBack | Tombstone::End => None,
            },
            Payload::Seller(_) | Payload::BrandSignal(_) => None,
        }
    }

    /// Returns the newest time in this fact; `None` for facts without a time.
    pub fn time(&self) -> Option<Time> {
        match &self.payload {
            Payload::Seller(seller) => seller.registered,
            Payload::Listing(listing) => listing.created,
            Payload::ListingSnapshot(snapshot) => Some(snapshot.time),
            Payload::Review(review) => review.time,
            Payload::ReviewRemoval(removal) => Some(removal.time),
            Payload::Order(order) => Some(order.time),
            Payload::BrandSignal(signal) => Some(signal.end),
            Payload::Verdict(verdict) => Some(verdict.time),
            Payload::Tombstone(tombstone) => tombstone.time(),
        }
    }
}

impl Tombstone {
    /// Returns the time of the erased fact, so that the clock moves as it did with the fact.
    pub fn time(&self) -> Option<Time> {
        match self {
            Self::Review { time, .. } => *time,
            Self::Verdict { time, .. } => Some(*time),
            Self::TakenBack | Self::End => None,
        }
    }
}

impl Money {
    /// Returns the amount in units.
    pub fn amount(&self) -> f64 {
        self.micros as f64 / 1e6
    }

    /// Returns the currency.
    pub fn currency(&self) -> Currency {
        self.currency
    }
}
