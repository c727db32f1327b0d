//! Reads arbitrary bytes as the blocks of a checkpoint.
#![no_main]

use goodstanding::state::State;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = State::read::<u64>(std::io::Cursor::new(bytes.to_vec()));
});
