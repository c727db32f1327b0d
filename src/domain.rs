//! What the service reasons about, valid by construction.
//!
//! [`Event::parse`] is the border: it turns a message into an [`Event`] or into every field-level
//! [`Violation`] it finds. Nothing further in checks a field again.

mod check;
mod event;
mod fingerprint;
pub mod limits;
mod parse;
mod subject;
mod values;

pub use check::{Reason, Violation};
pub use event::{
    BrandSignal, Event, Listing, ListingSnapshot, Order, Payload, Review, ReviewRemoval, Seller,
    Tombstone, Verdict,
};
pub use fingerprint::Fingerprint;
pub use parse::{parse_review, parse_subject, parse_time, record_name};
pub use subject::{Kind, Subject};
pub use values::{Country, Currency, DAY, Id, Language, Money, Rating, Time};
