//! Readers for outside data.
