//! Reads data sets that only the laboratory uses.

mod network;
mod texts;

pub use network::{NetworkTables, NetworkTruth, read_network};
pub use texts::{LabelledText, read_labelled_texts};
