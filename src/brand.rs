//! How far a seller has come in building a brand of its own.

pub mod hedonic;
pub mod momentum;
pub mod special;
pub mod trend;
pub mod voice;
