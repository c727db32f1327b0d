//! Reads headers of bearer tokens, claims about sellers, and key sets.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| goodstanding::server::fuzzing::bearer_token(bytes));
