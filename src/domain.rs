//! Events, subjects and values, valid by construction.
//!
//! Every [`Event`] is valid. The codec refuses an invalid message with every [`Violation`], and no
//! higher room checks a field again.

mod assessment;
mod calendar;
mod choices;
mod event;
mod figures;
mod fingerprint;
pub mod limits;
mod subject;
mod values;
mod violation;

pub use assessment::{
    Abstention, Assessment, Band, CopyOf, Estimate, Finding, ManipulatedReviews, PeerComparison,
    SubjectContext,
};
pub use calendar::{Month, first_day};
pub use choices::{BrandChannel, Fulfilment, Provenance, Remover, VerdictLabel};
pub use event::{
    BrandSignal, Event, Listing, ListingSnapshot, Order, Payload, Review, ReviewRemoval, Seller,
    Tombstone, Verdict,
};
pub use figures::{fixed, signed};
pub(crate) use fingerprint::writes_without_spaces;
pub use fingerprint::{Fingerprint, NoContent, Reward};
pub use subject::{Kind, Subject};
pub use values::{Country, Currency, DAY, Id, Language, Money, Rating, Time};
pub use violation::{Reason, Violation};
