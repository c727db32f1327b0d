//! Commands of the laboratory that read or write files.

pub(super) mod evaluate;
pub(super) mod simulate;
