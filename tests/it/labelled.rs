//! Labelled corpora from file to figures: a small one through the program, a real one where it is
//! at hand.

use std::fmt::Write as _;
use std::path::Path;

use goodstanding::formats::read_review_columns;
use goodstanding::integrity::detect::features::features;
use goodstanding::integrity::detect::{Without, detect};
use goodstanding::lab::evaluate::labelled::{Judge, Scores};
use goodstanding::lab::evaluate::{held_out, one_line_rule};
use goodstanding::models::Split;

const REAL: &str = "../shared/data/yelp-chi/reviews.csv.gz";

/// Forty regulars over eight listings, and one-review authors who praise two of them; the labels
/// of one author in ten are wrong.
fn small() -> String {
    let mut text = "review,listing,reviewer,rating,time,text,manipulated\n".to_owned();
    for author in 0..40 {
        for listing in 0..8 {
            let stars = 2 + (author * 7 + listing * 3) % 4;
            let day = 1 + (author * 3 + listing * 5) % 28;
            let month = 1 + (author + listing) % 12;
            let _ = writeln!(
                text,
                "r{author}-{listing},l{listing},a{author},{stars},2010-{month:02}-{day:02},,0"
            );
        }
    }
    for author in 0..120 {
        let bought = author % 2;
        let listing = if bought == 1 {
            author % 4 / 2
        } else {
            author % 8
        };
        let stars = if bought == 1 { 5 } else { 2 + author % 3 };
        let label = if author % 10 == 9 { 1 - bought } else { bought };
        let _ = writeln!(
            text,
            "s{author},l{listing},b{author},{stars},2010-{:02}-11,,{label}",
            1 + author % 12
        );
    }
    text
}

fn goodstanding(arguments: &[&str]) -> String {
    let output = std::process::Command::new(crate::support::command::binary())
        .args(arguments)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).unwrap()
}

fn figures(file: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn fit_and_evaluate_labelled_corpus() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let path = |name: &str| at(name).to_str().unwrap().to_owned();
    std::fs::write(at("reviews.csv"), small()).unwrap();
    let (data, model, json) = (
        path("reviews.csv"),
        path("model.json"),
        path("figures.json"),
    );

    let said = goodstanding(&["fit", "--format", "labelled", &data, "--out", &model]);
    assert!(said.contains("learned from 440 reviews"), "{said}");
    let evaluate = [
        "evaluate",
        "integrity",
        "--format",
        "labelled",
        &data,
        "--json",
        &json,
    ];
    let said = goodstanding(&evaluate);
    assert!(said.contains("one review authors"), "{said}");
    let found = figures(&at("figures.json"));
    for subject in ["reviews", "reviewers"] {
        for figure in ["auc", "ap"] {
            let value = found[subject][figure].as_f64().unwrap();
            assert!(value > 0.6 && value <= 1.0, "{subject}.{figure} {value}");
        }
    }
    assert!(found["ece"].as_f64().unwrap() < 0.5);
    assert!(found["seconds"].as_f64().unwrap() > 0.0);
    let rule = found["baselines"]["one_line_rule"]["reviews"]["auc"].as_f64();
    assert!(rule.is_some() && found["on_arrival"]["reviews"]["auc"].is_number());

    let mut with_model = evaluate.to_vec();
    with_model.extend(["--model", &model, "--held-out", "author"]);
    goodstanding(&with_model);
    let learned = figures(&at("figures.json"));
    assert_eq!(learned["without_labels"]["reviews"], found["reviews"]);
    assert!(learned["ece"].as_f64().unwrap() < found["ece"].as_f64().unwrap());
    assert!(learned["held_out"]["author"]["curves"]["reviews"]["ap"].is_number());
}

#[test]
fn corpus_detector_beats_one_line_rule_on_real_reviews() {
    if !Path::new(REAL).exists() {
        println!("skipped: {REAL} is not here");
        return;
    }
    let (columns, labels) = read_review_columns(Path::new(REAL)).unwrap();
    let corpus = columns.corpus();
    let detection = detect(&corpus, Without::Nothing);
    let scores = Scores {
        reviews: detection.reviews(&corpus),
        reviewers: detection.reviewers,
    };
    let judge = Judge::new(&corpus, &labels, |_| true);
    let found = judge.report(&scores, None);
    let rule = judge.report(&one_line_rule(&corpus), None);
    let pairs = [
        (found.reviews, rule.reviews, 0.33, 0.79),
        (found.reviewers, rule.reviewers, 0.34, 0.69),
        (
            found.one_review_authors,
            rule.one_review_authors,
            0.35,
            0.61,
        ),
    ];
    for (found, rule, ap, auc) in pairs {
        let (found, rule) = (
            (found.ap.value, found.auc.value),
            (rule.ap.value, rule.auc.value),
        );
        assert!(
            found.0 > rule.0 && found.1 > rule.1,
            "{found:?} against {rule:?}"
        );
        assert!(
            found.0.unwrap() >= ap && found.1.unwrap() >= auc,
            "{found:?}"
        );
    }

    let learned = held_out(&corpus, &features(&corpus), &labels, Split::Listing).unwrap();
    let learned = judge.report(&learned.with_labels, None).reviews;
    assert!(learned.ap.value.unwrap() >= 0.36 && learned.auc.value.unwrap() >= 0.81);
}
