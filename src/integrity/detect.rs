//! Which reviews and reviewers of a whole corpus look manipulated, from ratings, times and who
//! reviewed what. No text and no label is read.
//!
//! An author is the unit: throwaway identities write one review or a few, honest ones keep on
//! writing. So every piece of evidence compares authors of like activity, one-review authors among
//! themselves, and a review's score is its author's. The log-odds are a plain sum of terms
//! ([`DetectorTerm`]), one small file each:
//!
//! * [`activity`]: how much the author wrote, on how many days, over what part of its time;
//! * [`silence`]: how long it has been silent since, against how long honest authors are;
//! * [`stars`]: a two-class mixture of the stars that one-review authors and established authors
//!   give to the same listing; it finds each listing's share of manipulated one-review authors,
//!   starting from [`audience`], the excess of one-review authors over what the listing's other
//!   readers predict;
//! * [`arrival`]: early reviews and small listings, where one more review moves most.
//!
//! Row order and ids never count; all places are taken relative to the corpus itself.

pub mod activity;
pub mod arrival;
pub mod audience;
mod corpus;
pub mod crowd;
pub mod features;
pub mod on_arrival;
pub mod scale;
mod score;
pub mod silence;
pub mod stars;
#[cfg(test)]
mod tests;

pub use corpus::{Corpus, Review};
pub use score::{BASE_RATE, Detection, DetectorTerm, Without, detect};
