//! The simulated marketplace.
