//! Generated messages and services, their JSON mapping, and the descriptor set.

#![allow(clippy::all, clippy::pedantic, unreachable_pub)]

/// Package `goodstanding.v1`.
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/goodstanding.v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/goodstanding.v1.serde.rs"));
}

/// The encoded file descriptor set, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/goodstanding.bin"));
