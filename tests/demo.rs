//! The demonstration runs from start to end.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

#[test]
fn the_demonstration_shows_its_parts_and_ends_well() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_goodstanding"))
        .args(["demo", "--reviews", "5000"])
        .output()
        .expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for part in [
        "The riskiest sellers",
        "The riskiest listings",
        "An innocent under attack",
        "% of its ",
        "Against the simulated truth",
        "goodstanding report",
    ] {
        assert!(said.contains(part), "{part} is missing in:\n{said}");
    }
}
