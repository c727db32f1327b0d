//! The demonstration runs from start to end.

#[test]
fn demo_prints_every_part_and_exits_zero() {
    let output = std::process::Command::new(crate::support::command::binary())
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

#[test]
fn demo_into_closed_pipe_exits_zero() {
    // As behind `| head -1`: the reading end closes before the first line comes.
    let mut demo = std::process::Command::new(crate::support::command::binary())
        .args(["demo", "--reviews", "2000"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(demo.stdout.take());
    let output = demo.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}
