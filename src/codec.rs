//! The codec between messages and the domain.

mod check;
mod choices;
mod claim;
mod listing;
mod timestamp;
mod tombstone;

pub use claim::{parse_subject, parse_time};
pub use timestamp::{day_start, timestamp};

use claim::{parse_brand_signal, parse_verdict};
use listing::{parse_listing, parse_snapshot};
use tombstone::parse_tombstone;

use check::Checker;

use prost::Message as _;

use crate::domain::{
    Event, Fingerprint, Order, Payload, Rating, Reason, Review, ReviewRemoval, Seller, Time,
    Violation, limits,
};
use crate::proto::v1::{self, event};

type Parsed<T> = Result<T, Vec<Violation>>;

/// A record of the log holds bytes that are no event of this version.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes are not an encoded message.
    #[error(transparent)]
    Decode(#[from] prost::DecodeError),
    /// The message violates the rules of events.
    #[error("{0}")]
    Parse(String),
}

/// Decodes an entry of the log.
pub fn decode(entry: &[u8]) -> Result<v1::Event, ReadError> {
    Ok(v1::Event::decode(entry)?)
}

/// Reads an event of the log. The arrival clock is not checked: an accepted event stays accepted.
pub fn read(entry: &[u8]) -> Result<Event, ReadError> {
    parse_event(decode(entry)?, Time::from_seconds(u32::MAX)).map_err(|violations| {
        let first = violations.into_iter().next();
        let message = first.map(|first| format!("{} {}", first.field, first.description));
        ReadError::Parse(message.unwrap_or_default())
    })
}

/// Reads one message that arrived at `arrival` on the wall clock. Field paths start below the
/// event, such as `review.rating`.
pub fn parse_event(message: v1::Event, arrival: Time) -> Parsed<Event> {
    let v1::Event { revision, payload } = message;
    let mut check = Checker::new("", arrival);
    let version = u16::try_from(revision).ok();
    if version.is_none() {
        let said = format!("is {revision}; 0 to 65535 is allowed");
        check.fail("revision", Reason::OutOfRange, said);
    }
    let Some(payload) = payload else {
        check.fail(
            "payload",
            Reason::Required,
            "is not set; exactly one kind is required",
        );
        return check.finish(None);
    };
    let version = check.finish(version);
    match (version, parse_payload(payload, arrival)) {
        (Ok(revision), Ok(payload)) => Ok(Event { revision, payload }),
        (Err(mut first), Err(second)) => {
            first.extend(second);
            Err(first)
        }
        (Err(found), Ok(_)) | (Ok(_), Err(found)) => Err(found),
    }
}

fn parse_payload(payload: event::Payload, arrival: Time) -> Parsed<Payload> {
    use event::Payload as P;
    Ok(match payload {
        P::Seller(seller) => Payload::Seller(Box::new(parse_seller(seller, arrival)?)),
        P::Listing(listing) => Payload::Listing(Box::new(parse_listing(listing, arrival)?)),
        P::ListingSnapshot(snapshot) => {
            Payload::ListingSnapshot(Box::new(parse_snapshot(snapshot, arrival)?))
        }
        P::Review(review) => Payload::Review(parse_review(review, arrival)?),
        P::ReviewRemoval(removal) => Payload::ReviewRemoval(parse_removal(removal, arrival)?),
        P::Order(order) => Payload::Order(Box::new(parse_order(order, arrival)?)),
        P::BrandSignal(signal) => {
            Payload::BrandSignal(Box::new(parse_brand_signal(signal, arrival)?))
        }
        P::Verdict(verdict) => Payload::Verdict(Box::new(parse_verdict(verdict, arrival)?)),
        P::Tombstone(tombstone) => Payload::Tombstone(Box::new(parse_tombstone(tombstone)?)),
    })
}

fn parse_seller(message: v1::Seller, arrival: Time) -> Parsed<Seller> {
    let v1::Seller {
        seller_id,
        display_name,
        home_country,
        register_time,
        brands,
    } = message;
    let mut check = Checker::new("seller", arrival);
    let id = check.id("seller_id", seller_id);
    let display_name = check.text("display_name", display_name, 512);
    let home_country = check.country("home_country", &home_country);
    let registered = check.time("register_time", register_time);
    let brands = check.names("brands", brands, 64, limits::NAME_BYTES);
    check.finish(id.map(|id| Seller {
        id,
        display_name,
        home_country,
        registered,
        brands,
    }))
}

/// Reads one review; field paths start with `review`.
pub fn parse_review(message: v1::Review, arrival: Time) -> Parsed<Review> {
    let v1::Review {
        review_id,
        marketplace,
        listing_id,
        reviewer_id,
        rating,
        title,
        body,
        language,
        verified_purchase,
        incentive_disclosed,
        helpful_votes,
        image_count,
        time,
    } = message;
    let mut check = Checker::new("review", arrival);
    let id = check.id("review_id", review_id);
    let marketplace = check.id("marketplace", marketplace);
    let listing = check.id("listing_id", listing_id);
    let reviewer = check.id("reviewer_id", reviewer_id);
    let stars = Rating::new(rating);
    if stars.is_none() {
        check.fail(
            "rating",
            Reason::OutOfRange,
            format!("is {rating}; 1 to 5 stars are allowed"),
        );
    }
    let title = check.text("title", title, limits::SHORT_TEXT_BYTES);
    let body = check.text("body", body, limits::LONG_TEXT_BYTES);
    let language = check.language("language", &language);
    let time = check.time("time", time);
    let review = (|| {
        Some(Review {
            id: id?,
            marketplace: marketplace?,
            listing: listing?,
            reviewer: reviewer?,
            rating: stars?,
            print: Fingerprint::of(&[&title, &body]),
            language,
            verified: verified_purchase,
            incentive_disclosed,
            helpful_votes,
            image_count,
            time,
        })
    })();
    check.finish(review)
}

fn parse_removal(message: v1::ReviewRemoval, arrival: Time) -> Parsed<ReviewRemoval> {
    let v1::ReviewRemoval {
        review_id,
        marketplace,
        time,
        remover,
    } = message;
    let mut check = Checker::new("review_removal", arrival);
    let review = check.id("review_id", review_id);
    let marketplace = check.id("marketplace", marketplace);
    let time = check.required_time("time", time);
    let remover = check.known("remover", remover, |number| {
        v1::Remover::try_from(number).ok().map(Into::into)
    });
    let removal = (|| {
        Some(ReviewRemoval {
            review: review?,
            marketplace: marketplace?,
            time: time?,
            remover: remover?,
        })
    })();
    check.finish(removal)
}

fn parse_order(message: v1::Order, arrival: Time) -> Parsed<Order> {
    let v1::Order {
        order_id,
        marketplace,
        listing_id,
        buyer_id,
        time,
        quantity,
        price,
        destination_country,
        promotion,
        delivered,
        refunded,
    } = message;
    let mut check = Checker::new("order", arrival);
    let id = check.id("order_id", order_id);
    let marketplace = check.id("marketplace", marketplace);
    let listing = check.id("listing_id", listing_id);
    let buyer = check.optional_id("buyer_id", buyer_id);
    let time = check.required_time("time", time);
    if !(1..=1_000_000).contains(&quantity) {
        let said = format!("is {quantity}; 1 to 1000000 units are allowed");
        check.fail("quantity", Reason::OutOfRange, said);
    }
    let price = check.money("price", price);
    let destination = check.country("destination_country", &destination_country);
    let order = (|| {
        Some(Order {
            id: id?,
            marketplace: marketplace?,
            listing: listing?,
            buyer,
            time: time?,
            quantity,
            price,
            destination,
            promotion,
            delivered,
            refunded,
        })
    })();
    check.finish(order)
}

/// Returns kind and id of a record as far as they can be read, such as `review R12`.
pub fn record_name(message: &v1::Event) -> String {
    use event::Payload as P;
    let (kind, id) = match &message.payload {
        None => return "event".to_owned(),
        Some(P::Seller(seller)) => ("seller", &seller.seller_id),
        Some(P::Listing(listing)) => ("listing", &listing.listing_id),
        Some(P::ListingSnapshot(snapshot)) => ("listing_snapshot of", &snapshot.listing_id),
        Some(P::Review(review)) => ("review", &review.review_id),
        Some(P::ReviewRemoval(removal)) => ("review_removal of", &removal.review_id),
        Some(P::Order(order)) => ("order", &order.order_id),
        Some(P::BrandSignal(signal)) => ("brand_signal", &signal.signal_id),
        Some(P::Verdict(verdict)) => ("verdict", &verdict.verdict_id),
        Some(P::Tombstone(_)) => return "tombstone".to_owned(),
    };
    // A refused id may be huge or contain control characters.
    let shown: String = id.chars().take(128).flat_map(char::escape_debug).collect();
    format!("{kind} {shown}")
}

#[cfg(test)]
mod tests;
