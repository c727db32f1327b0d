//! Measures both inferences and one-line rules on a network with priors.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::cli::CliError;
use crate::lab::datasets::read_network;
use crate::lab::evaluate::network::{Detectors, Judge, Report, Scores};
use crate::stats::Bootstrap;

use super::shown::{order_json, order_line, shown};

const THREADS: usize = 2;

/// Scores the network in a directory, prints the quality of the scores, and returns the figures.
pub(super) fn run(folder: &Path) -> Result<Value, CliError> {
    let (tables, truth) = read_network(folder)?;
    let detectors = Detectors::score(&tables, THREADS)?;
    // Labels are read from here on; no score changes any more.
    let judge = Judge::new(&tables, &truth);
    let (reviews, reviewers, listings) = judge.size();
    print_line!("{reviews} reviews, {reviewers} reviewers, {listings} listings");
    print_line!(
        "AP / AUC, in brackets 95 % of bootstrap samples (listings; reviewers for reviewers)"
    );

    let network = judge.report(&detectors.network, Some(Bootstrap::default()));
    let ece = judge.calibration_error(&detectors.network.reviews);
    print("network", &network);
    print_line!(
        "  calibration error {}, {:.3} s",
        shown(ece),
        network.seconds
    );

    let speagle = judge.report(&detectors.speagle, Some(Bootstrap::default()));
    let spearman = judge.agreement(&detectors.speagle.reviews);
    print("SpEagle", &speagle);
    if let Some(spearman) = spearman {
        print_line!(
            "  Spearman with ugfraud_speagle {spearman:.5}, {:.3} s",
            speagle.seconds
        );
    } else {
        print_line!("  {:.3} s", speagle.seconds);
    }

    let mut figures = report_json(&network);
    figures.insert("ece".to_owned(), json!(ece));
    let mut speagle_figures = report_json(&speagle);
    speagle_figures.insert("spearman".to_owned(), json!(spearman));
    figures.insert("speagle".to_owned(), speagle_figures.into());
    figures.insert(
        "baselines".to_owned(),
        baselines(&judge, &detectors.baselines),
    );
    Ok(figures.into())
}

fn baselines(judge: &Judge<'_>, all: &[(&'static str, Scores)]) -> Value {
    let mut figures = Map::new();
    for (name, scores) in all {
        let report = judge.report(scores, None);
        print(&name.replace('_', " "), &report);
        let mut measured = report_json(&report);
        measured.remove("seconds");
        figures.insert((*name).to_owned(), measured.into());
    }
    figures.into()
}

fn print(name: &str, report: &Report) {
    print_line!("{name}");
    let Report {
        reviews,
        reviewers,
        one_review_authors,
        seconds: _,
    } = report;
    let rows = [
        ("reviews", reviews),
        ("reviewers", reviewers),
        ("one-review authors", one_review_authors),
    ];
    for (name, order) in rows {
        print_line!("  {}", order_line(name, order));
    }
}

fn report_json(report: &Report) -> Map<String, Value> {
    let mut figures = Map::new();
    figures.insert("reviews".to_owned(), order_json(&report.reviews));
    figures.insert("reviewers".to_owned(), order_json(&report.reviewers));
    figures.insert(
        "one_review_authors".to_owned(),
        order_json(&report.one_review_authors),
    );
    figures.insert("seconds".to_owned(), json!(report.seconds));
    figures
}
