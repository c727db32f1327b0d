//! The report as a user reads it.

use std::process::Stdio;

use crate::support::command::{Place, program, run, stderr, stdout};

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
fn subject_report_has_words_and_json() {
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

    // One marketplace knows it: nobody has to say which.
    let unsaid = run(&["report", "listing", "B1", "--data", &data]);
    assert_eq!(stdout(&unsaid), text);

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
fn unanswerable_report_suggests_alternatives() {
    let place = Place::new();
    let data = store(&place);
    let cases: [(&[&str], i32, &str); 6] = [
        (&["listing", "B9"], 1, "no listing B9"),
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
fn campaign_report_has_words_and_json() {
    let place = Place::new();
    let data = store(&place);
    let out = run(&["report", "campaign", "--data", &data]);
    assert_eq!(stdout(&out), "no campaign is known\n", "{}", stderr(&out));
    let market = place.text("market");
    let made = run(&["simulate", "--out", &market, "--reviews", "3000"]);
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    let events = place.text("market/events.jsonl");
    let other = place.text("other");
    let rejects = place.text("rejected");
    let import = [
        "import",
        "--format",
        "events",
        "--data",
        &other,
        "--rejects",
        &rejects,
        &events,
    ];
    assert_eq!(run(&import).status.code(), Some(0));
    let out = run(&[
        "report", "campaign", "--top", "1", "--data", &other, "--json",
    ]);
    let list: serde_json::Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let id = list[0]["campaignId"].as_str().expect("an id");
    let listing = list[0]["listings"][0].clone();
    let out = run(&["report", "campaign", id, "--data", &other]);
    let text = stdout(&out);
    assert!(text.starts_with(&format!("campaign {id}: ")), "{text}");
    assert!(text.contains("that it was organised:\n"), "{text}");
    let named = |key: &str| listing[key].as_str().expect("named");
    let out = run(&[
        "report",
        "listing",
        named("id"),
        "--marketplace",
        named("marketplace"),
        "--data",
        &other,
    ]);
    let text = stdout(&out);
    assert!(
        text.contains("  dividend   ") && text.contains(&format!("  campaign   {id}: ")),
        "{text}"
    );
    let out = run(&[
        "report",
        "campaign",
        id,
        "--marketplace",
        "x",
        "--data",
        &other,
    ]);
    assert_eq!(out.status.code(), Some(2), "{}", stderr(&out));
    let out = run(&["report", "campaign", "0123456789abcdef", "--data", &other]);
    assert_eq!(out.status.code(), Some(1), "{}", stderr(&out));
}

#[test]
fn report_into_closed_pipe_exits_zero() {
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

#[test]
fn report_requires_marketplace_for_ambiguous_ids() {
    let place = Place::new();
    let review = |marketplace: &str, listing: &str| {
        format!(
            r#"{{"review":{{"reviewId":"r-{listing}","marketplace":"{marketplace}","listingId":"{listing}","reviewerId":"a1","rating":5,"time":"2024-05-01T09:00:00Z"}}}}"#
        )
    };
    let lines = [
        review("one.example", "both"),
        review("two.example", "both"),
        review("two.example", "second"),
    ];
    let (file, data) = (place.file("events", lines.join("\n")), place.text("data"));
    let out = run(&["import", "--format", "events", "--data", &data, &file]);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    let report = |id: &str| run(&["report", "listing", id, "--data", &data]);
    let found = stdout(&report("second"));
    assert!(
        found.starts_with("listing second on two.example"),
        "{found}"
    );
    let torn = report("both");
    assert_eq!(torn.status.code(), Some(1));
    let said = stderr(&torn);
    assert!(said.contains("--marketplace is required"), "{said}");
    assert!(said.contains("one.example and two.example"), "{said}");
    let status = stdout(&run(&["status", "--data", &data]));
    assert!(status.contains("one.example, two.example"), "{status}");
}
