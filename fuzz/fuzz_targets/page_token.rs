//! Decodes page and resume tokens that anybody could send, and bodies signed as the service signs.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| goodstanding::server::fuzzing::page_token(bytes));
