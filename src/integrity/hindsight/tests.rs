//! Evidence by hand.
