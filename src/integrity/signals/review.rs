//! Signals on single reviews.

mod admits_reward;
mod arrival_rank;
mod author_activity;
mod capitals;
mod early_arrival;
mod exclamations;
mod first_person;
mod helpful_votes;
mod hidden_characters;
mod in_burst;
mod near_duplicate;
mod no_content;
mod of_another_product;
mod rating_deviation;
mod repetition;
mod sells_reviews;
mod text_length;
mod undisclosed_reward;
mod unverified;

use super::{ReviewContext, Signal};
use crate::integrity::Measure;

/// Measures a review.
pub type Measurer = fn(&ReviewContext<'_>) -> Measure;

/// All signals on reviews.
pub static ALL: [Signal<Measurer>; 19] = [
    rating_deviation::SIGNAL,
    author_activity::SIGNAL,
    near_duplicate::SIGNAL,
    text_length::SIGNAL,
    exclamations::SIGNAL,
    capitals::SIGNAL,
    first_person::SIGNAL,
    repetition::SIGNAL,
    in_burst::SIGNAL,
    early_arrival::SIGNAL,
    arrival_rank::SIGNAL,
    unverified::SIGNAL,
    undisclosed_reward::SIGNAL,
    helpful_votes::SIGNAL,
    of_another_product::SIGNAL,
    hidden_characters::SIGNAL,
    admits_reward::SIGNAL,
    sells_reviews::SIGNAL,
    no_content::SIGNAL,
];
