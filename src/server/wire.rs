//! Reads requests from their bytes. The entries of a batch are counted on the wire before one of
//! them is decoded, and then decoded one at a time: an empty entry has two bytes on the wire and
//! hundreds in memory.

mod batches;
mod codec;
mod entries;

pub(in crate::server) use batches::{EventBatch, NumberedBatch, ReviewBatch};
pub(in crate::server) use codec::WireCodec;
pub(in crate::server) use entries::{Entries, count_fields};

/// The generated services, with requests that the codec of this module reads.
#[allow(clippy::all, clippy::pedantic, unreachable_pub)]
pub(in crate::server) mod services {
    include!(concat!(env!("OUT_DIR"), "/served/goodstanding.v1.rs"));
}
