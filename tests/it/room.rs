//! Starts without room: a message, and neither a panic nor an abort.

use std::process::Command;

use crate::support::command::{Place, binary, stderr};

#[test]
fn start_without_room_for_memory_or_threads_says_which_limit_to_raise() {
    let place = Place::new();
    let data = place.text("data");
    for limit_mib in [100, 150] {
        for arguments in [
            &["serve", "--listen", "127.0.0.1:0", "--data", &data][..],
            &["status", "--data", &data],
        ] {
            let ended = Command::new("prlimit")
                .arg(format!("--as={}", limit_mib * 1024 * 1024))
                .arg(binary())
                .args(arguments)
                .env("RUST_BACKTRACE", "1")
                .output()
                .expect("prlimit runs");
            let said = stderr(&ended);
            assert_eq!(ended.status.code(), Some(1), "{limit_mib} MiB: {said}");
            assert!(said.contains("there is no room for"), "{said}");
            assert!(said.contains("ulimit -v"), "{said}");
            assert!(
                !said.contains("panicked") && !said.contains("backtrace"),
                "{said}"
            );
        }
    }
    assert!(!place.path("data").exists(), "nothing was made");
}
