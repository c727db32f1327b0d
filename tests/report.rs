//! The report as a user reads it.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]
#![allow(
    clippy::unnecessary_wraps,
    reason = "messages hold their parts as options"
)]

mod support;

use std::process::Stdio;

use support::command::{Place, program, run, stderr, stdout};

/// A store with one branded listing and its reviews.
fn store(place: &Place) -> String {
    let item = r#"{"asin":"B1","brand":"Acme Cards","category":["Cards"],"title":"Card"}"#;
    let review = |number: u64| {
        let time = 1_500_000_000 + number * 86_400;
        format!(r#"{{"overall":5.0,"reviewerID":"U{number}","asin":"B1","unixReviewTime":{time}}}"#)
    };
    let lines: Vec<String> = (0..20).map(review).chain([item.to_owned()]).collect();
    let lines = lines.join("\n");
    let file = place.file("lines", lines);
    let (data, rejects) = (place.text("data"), place.text("rejects"));
    let out = run(&[
        "import",
        "--format",
        "amazon-2018",
        "--data",
        &data,
        "--rejects",
        &rejects,
        &file,
    ]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    assert!(stdout(&out).contains("the brand stands in for the seller"));
    data
}

#[test]
fn one_subject_is_told_in_words_and_in_json() {
    let place = Place::new();
    let data = store(&place);
    let out = run(&[
        "report",
        "listing",
        "B1",
        "--marketplace",
        "amazon",
        "--data",
        &data,
    ]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    let text = stdout(&out);
    assert!(text.starts_with("listing B1 on amazon\n"), "{text}");
    assert!(
        text.contains("brand:acme cards (the brand stands in for the seller"),
        "{text}"
    );
    assert!(text.contains("reviews    20, mean 5.00 stars"), "{text}");

    let seller = run(&[
        "report",
        "seller",
        "brand:acme cards",
        "--data",
        &data,
        "--json",
    ]);
    let seller: serde_json::Value = serde_json::from_slice(&seller.stdout).expect("JSON");
    assert_eq!(seller["subject"]["id"], "brand:acme cards");
    assert_eq!(seller["reviewCount"], "20");

    let both = [
        "report",
        "listing",
        "B1",
        "--marketplace",
        "amazon",
        "--data",
        &data,
    ];
    let both = run(&[&both[..], &["--suspects", "2", "--json"]].concat());
    let both: serde_json::Value = serde_json::from_slice(&both.stdout).expect("JSON");
    assert_eq!(both["suspectReviews"].as_array().map(Vec::len), Some(2));
    let review = both["suspectReviews"][0]["review"]["reviewId"]
        .as_str()
        .expect("an id");
    let out = run(&[
        "report",
        "review",
        review,
        "--marketplace",
        "amazon",
        "--data",
        &data,
    ]);
    assert!(stdout(&out).starts_with(&format!("review {review} on amazon\n")));

    let list = run(&[
        "report", "reviewer", "--top", "4", "--data", &data, "--json",
    ]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).expect("JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(4));
}

#[test]
fn what_cannot_be_answered_says_what_to_ask_instead() {
    let place = Place::new();
    let data = store(&place);
    let cases: [(&[&str], i32, &str); 7] = [
        (&["listing", "B1"], 2, "--marketplace is required"),
        (&["reviewer", "U1"], 2, "--marketplace is required"),
        (&["review"], 2, "report listing ID --suspects"),
        (
            &["seller", "x", "--marketplace", "amazon"],
            2,
            "a seller has no marketplace",
        ),
        (
            &["listing", "b1", "--marketplace", "amazon"],
            1,
            "report listing --top 10",
        ),
        (&["seller", "nobody"], 1, "no seller nobody is known"),
        (&["reviewer", "--attacked"], 1, "attack"),
    ];
    for (arguments, code, said) in cases {
        let out = run(&[&["report"], arguments, &["--data", &data]].concat());
        assert_eq!(
            out.status.code(),
            Some(code),
            "{arguments:?}: {}",
            stderr(&out)
        );
        assert!(
            stderr(&out).contains(said),
            "{arguments:?}: {}",
            stderr(&out)
        );
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = Place::new();
    let data = store(&place);
    let mut report = program(&["report", "reviewer", "--top", "20", "--data", &data])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(report.stdout.take());
    let out = report.wait_with_output().expect("ended");
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
}
