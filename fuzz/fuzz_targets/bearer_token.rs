//! Verifies bearer tokens: headers, signed headers and claims, and key sets.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| goodstanding::server::fuzzing::bearer_token(bytes));
