//! Events as the inside sees them: every field is known to be in range.

use super::{
    BrandChannel, Country, Currency, Fingerprint, Fulfilment, Id, Language, Money, Provenance,
    Rating, Remover, Subject, Time, VerdictLabel,
};

/// One fact that came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Version of the fact; newer replaces older.
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
    /// How a listing stood at one moment.
    ListingSnapshot(Box<ListingSnapshot>),
    /// A review.
    Review(Review),
    /// A review was taken down.
    ReviewRemoval(ReviewRemoval),
    /// An order.
    Order(Box<Order>),
    /// A brand measure observed outside the listings.
    BrandSignal(Box<BrandSignal>),
    /// A moderator's label.
    Verdict(Box<Verdict>),
    /// What is left of an erased fact.
    Tombstone(Box<Tombstone>),
}

/// A seller.
#[derive(Clone, Debug, PartialEq)]
pub struct Seller {
    /// Unique over all marketplaces.
    pub id: Id,
    /// Shown name, may be empty.
    pub display_name: String,
    /// Where the seller is at home.
    pub home_country: Option<Country>,
    /// When it registered.
    pub registered: Option<Time>,
    /// Brands owned or sold.
    pub brands: Vec<String>,
}

/// A listing. What only a reader of the log needs (bullets, description) stays there.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    /// Unique within the marketplace.
    pub id: Id,
    /// Namespace of the id.
    pub marketplace: Id,
    /// Who sells it.
    pub seller: Option<Id>,
    /// Where it sells to.
    pub destination: Option<Country>,
    /// Widest category first.
    pub category_path: Vec<String>,
    /// Brand, may be empty.
    pub brand: String,
    /// Title, may be empty.
    pub title: String,
    /// Asking price.
    pub price: Option<Money>,
    /// How goods reach the buyer.
    pub fulfilment: Fulfilment,
    /// Parent that the variations share.
    pub variation_parent: Option<Id>,
    /// When it was created.
    pub created: Option<Time>,
    /// How complete the page is, 0 to 100; none when nothing is known of it.
    pub completeness: Option<u8>,
    /// Hash of what the page says; 0 when nothing is known of it.
    pub content: u32,
    /// Hashes of the eight of its attributes with the least ones, ascending, 0 behind the last.
    pub attributes: [u16; 8],
}

/// How a listing stood at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct ListingSnapshot {
    /// The listing.
    pub listing: Id,
    /// Namespace of the id.
    pub marketplace: Id,
    /// When it was observed.
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
    /// What it is about.
    pub listing: Id,
    /// Who wrote it.
    pub reviewer: Id,
    /// Stars.
    pub rating: Rating,
    /// What signals need of title and text, which stay in the log.
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
    /// When it was written.
    pub time: Option<Time>,
}

/// A review was taken down.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewRemoval {
    /// The review.
    pub review: Id,
    /// Namespace of the id.
    pub marketplace: Id,
    /// When it went.
    pub time: Time,
    /// Who took it down.
    pub remover: Remover,
}

/// An order.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Unique within the marketplace.
    pub id: Id,
    /// Namespace of the ids.
    pub marketplace: Id,
    /// What was ordered.
    pub listing: Id,
    /// Pseudonym of the buyer.
    pub buyer: Option<Id>,
    /// When it was placed.
    pub time: Time,
    /// Units, 1 to a million.
    pub quantity: u32,
    /// Price of all units.
    pub price: Option<Money>,
    /// Where it went.
    pub destination: Option<Country>,
    /// Whether a promotion applied.
    pub promotion: Option<bool>,
    /// Whether it arrived.
    pub delivered: Option<bool>,
    /// Whether it was refunded.
    pub refunded: Option<bool>,
}

/// A brand measure over a window.
#[derive(Clone, Debug, PartialEq)]
pub struct BrandSignal {
    /// Its own id.
    pub id: Id,
    /// Whose brand.
    pub seller: Id,
    /// Which brand, empty for all.
    pub brand: String,
    /// Which market; none for all.
    pub market: Option<Country>,
    /// Where it was measured; never unspecified.
    pub channel: BrandChannel,
    /// What was measured.
    pub metric: Id,
    /// Finite, in the metric's own unit.
    pub value: f64,
    /// Start of the window, inclusive.
    pub start: Time,
    /// End of the window, exclusive, after the start.
    pub end: Time,
    /// Who vouches for it; never unspecified.
    pub provenance: Provenance,
}

/// A moderator's label.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Its own id.
    pub id: Id,
    /// Whom it is about.
    pub subject: Subject,
    /// Genuine or manipulated; never unspecified.
    pub label: VerdictLabel,
    /// Who decided, may be empty.
    pub decided_by: String,
    /// Why, may be empty.
    pub reason: String,
    /// When.
    pub time: Time,
}

/// What is left of an erased fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Tombstone {
    /// A review.
    Review {
        /// The review.
        id: Id,
        /// Namespace of the ids.
        marketplace: Id,
        /// What it was about.
        listing: Id,
        /// When it was written.
        time: Option<Time>,
    },
    /// A verdict on an author.
    Verdict {
        /// The verdict's own id.
        id: Id,
        /// When it was decided.
        time: Time,
    },
    /// The end of an erasure; it has no time, so that it moves no clock.
    Erasure,
}

impl Event {
    /// The field that names a marketplace, and the marketplace; none for facts of no single one.
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
            Payload::Seller(_) | Payload::BrandSignal(_) | Payload::Tombstone(_) => None,
        }
    }

    /// The newest moment at which this fact speaks; none for facts without a time.
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
    /// When the erased fact spoke: the clock moves as it did with it.
    pub fn time(&self) -> Option<Time> {
        match self {
            Self::Review { time, .. } => *time,
            Self::Verdict { time, .. } => Some(*time),
            Self::Erasure => None,
        }
    }
}

impl Money {
    /// The amount in whole and broken units.
    pub fn amount(&self) -> f64 {
        self.micros as f64 / 1e6
    }

    /// What it is counted in.
    pub fn currency(&self) -> Currency {
        self.currency
    }
}
