//! The store seam.
