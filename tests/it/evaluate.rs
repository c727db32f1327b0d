//! `evaluate integrity --format graph` as it is run from a shell.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

/// Sixty reviewers; the last twenty write one review each of listing 3, most of them labelled.
fn rows() -> Vec<String> {
    let honest = (0..120).map(|i| {
        let (reviewer, listing, prior) = (i % 40, i % 3, 5 + i * 7 % 40);
        format!(
            "r{reviewer},l{listing},{},0.{prior:02},0.{:02}",
            u8::from(i == 7),
            i % 90
        )
    });
    let planted = (40..60).map(|i| format!("r{i},l3,{},0.{},0.9{i}", u8::from(i != 50), i - 10));
    honest.chain(planted).collect()
}

fn write(folder: &Path, rows: &[String], rename: &str) {
    let mut reviews = "reviewer,listing,manipulated,prior,ugfraud_speagle\n".to_owned();
    for row in rows {
        writeln!(reviews, "{rename}{row}").unwrap();
    }
    let nodes = |column: &str, prefix: &str, count: u32| {
        let rows = (0..count).map(|i| format!("{prefix}{i},0.{}", 20 + i % 30));
        [format!("{column},prior")]
            .into_iter()
            .chain(rows)
            .collect::<Vec<_>>()
            .join("\n")
    };
    std::fs::write(folder.join("reviews.csv"), reviews).unwrap();
    let reviewers = nodes("reviewer", &format!("{rename}r"), 60);
    std::fs::write(folder.join("reviewers.csv"), reviewers).unwrap();
    std::fs::write(folder.join("listings.csv"), nodes("listing", "l", 4)).unwrap();
}

fn evaluate(folder: &Path) -> Output {
    std::process::Command::new(crate::support::command::binary())
        .args(["evaluate", "integrity", "--format", "graph"])
        .arg(folder)
        .arg("--json")
        .arg(folder.join("figures.json"))
        .output()
        .unwrap()
}

fn figures(rows: &[String], rename: &str) -> (Value, String) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), rows, rename);
    let output = evaluate(folder.path());
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = std::fs::read_to_string(folder.path().join("figures.json")).unwrap();
    (
        serde_json::from_str(&text).unwrap(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[test]
fn graph_evaluation_prints_and_writes_equal_figures() {
    let (figures, text) = figures(&rows(), "");
    let share = |pointer: &str| {
        let value = figures.pointer(pointer).and_then(Value::as_f64);
        assert!(
            value.is_some_and(|v| (0.0..=1.0).contains(&v)),
            "{pointer}: {value:?}"
        );
        value.unwrap()
    };
    for of in ["reviews", "reviewers", "one_review_authors"] {
        for measure in ["ap", "auc"] {
            share(&format!("/{of}/{measure}"));
            share(&format!("/speagle/{of}/{measure}"));
            share(&format!("/baselines/five_then_prior/{of}/{measure}"));
        }
    }
    assert!(share("/reviews/auc") > 0.9 && share("/reviews/ap") > 0.5);
    assert!(share("/reviews/ap_interval/0") <= share("/reviews/ap_interval/1"));
    share("/ece");
    assert!(figures["seconds"].as_f64().unwrap() > 0.0);
    assert!(figures["speagle"]["seconds"].as_f64().unwrap() > 0.0);
    assert!(figures["speagle"]["spearman"].is_f64());
    assert!(
        text.starts_with("140 reviews, 60 reviewers, 4 listings\n"),
        "{text}"
    );
}

/// Names and places of rows tell a great deal about labels in published data; none may count.
#[test]
fn graph_evaluation_ignores_names_and_row_order() {
    let mut backwards = rows();
    backwards.reverse();
    let (there, _) = figures(&rows(), "");
    let (back, _) = figures(&backwards, "another-");
    for pointer in [
        "/reviews/ap",
        "/reviewers/auc",
        "/one_review_authors/ap",
        "/ece",
    ] {
        assert_eq!(there.pointer(pointer), back.pointer(pointer), "{pointer}");
    }
}

#[test]
fn invalid_graph_row_is_reported_with_file_line_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = rows();
    rows[2] = "r1,l1,0,1.5,0.5".to_owned();
    write(folder.path(), &rows, "");
    let output = evaluate(folder.path());
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("reviews.csv:4: prior: 1.5 is not 0 to 1"),
        "{error}"
    );
}
