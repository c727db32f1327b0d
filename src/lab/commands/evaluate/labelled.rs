//! Scores a labelled corpus without its labels, then measures the scores against them.

use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::flagged_listings;
use super::shown::{order_json, order_line, shown};
use crate::cli::CliError;
use crate::formats::read_review_columns;
use crate::integrity::detect::features::features;
use crate::integrity::detect::{Corpus, DetectorTerm, Without, detect, on_arrival};
use crate::integrity::learn::Model;
use crate::lab::evaluate::labelled::{Judge, Report, Scores, Top};
use crate::lab::evaluate::{
    HeldOut, Served, With, deviation, fewest_reviews, held_out, one_line_rule,
};
use crate::models::Split;
use crate::stats::population::Order;
use crate::stats::{Bootstrap, Calibration};

/// Draws of the bootstrap: enough for two digits of an interval, and fast on large files.
const BOOTSTRAP: Bootstrap = Bootstrap {
    draws: 200,
    coverage: 0.95,
    seed: 1,
};

/// Scores a labelled file, prints the quality of the scores, and returns the figures.
pub(super) fn run(path: &Path, model: Option<&Path>, splits: &[Split]) -> Result<Value, CliError> {
    let model = model.map(read_model).transpose()?;
    let start = Instant::now();
    let (columns, labels) = read_review_columns(path)?;
    let corpus = columns.corpus();
    let read = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let hindsight = scores(&corpus, Without::Nothing);
    let seconds = start.elapsed().as_secs_f64();
    let scored = Scored::new(&corpus, hindsight);
    let learned = model
        .map(|model| -> Result<_, CliError> {
            let start = Instant::now();
            let scores = model.score(&features(&corpus))?;
            let seconds = start.elapsed().as_secs_f64();
            Ok((Scores::from_reviews(&corpus, scores), seconds))
        })
        .transpose()?;
    let served = Served::import(path)?;
    let services = With::ALL.map(|(name, with)| (name, served.scores(&corpus, with)));
    // Labels are read from here on; no score changes any more.
    let judge = Judge::new(&corpus, &labels, |_| true);
    print_line!(
        "{} reviews, {} reviewers, {} listings, {} manipulated",
        corpus.reviews(),
        corpus.reviewers(),
        corpus.listings(),
        shown(judge.base_rate()),
    );
    print_line!(
        "AP / AUC, in brackets 95 % of bootstrap samples (listings; reviewers for reviewers)"
    );
    let mut figures = scored.measure(&judge);
    figures.insert("served".to_owned(), measure_served(&judge, &services));
    let flagged = flagged_listings::measure(&corpus, &labels, &served.listings(&corpus));
    figures.insert("listings".to_owned(), flagged_listings::print(&flagged)?);
    if let Some((model, seconds)) = learned {
        figures = lead_with_model(figures, &model, &judge);
        figures.insert("seconds_model".to_owned(), json!(seconds));
    }
    let mut held = Map::new();
    for split in splits {
        let found = held_out(&corpus, &features(&corpus), &labels, *split)?;
        held.insert(
            split.code().to_owned(),
            measure_held_out(&corpus, &labels, *split, &found),
        );
    }
    figures.insert("held_out".to_owned(), held.into());
    print_line!(
        "read in {read:.2} s, scored in {seconds:.2} s; imported in {:.2} s, evidence gathered in {:.2} s",
        served.import_seconds,
        served.pass_seconds
    );
    figures.insert("seconds".to_owned(), json!(seconds));
    figures.insert("seconds_reading".to_owned(), json!(read));
    figures.insert("base_rate".to_owned(), json!(judge.base_rate()));
    Ok(figures.into())
}

/// Measures assessments as served after an import, and with parts of the evidence.
fn measure_served(judge: &Judge, services: &[(&'static str, Scores)]) -> Value {
    let mut all = Map::new();
    for (name, scores) in services {
        let bootstrap = (*name == "service").then_some(BOOTSTRAP);
        let report = judge.report(scores, bootstrap);
        print(&format!("assessments: {}", name.replace('_', " ")), &report);
        let mut figures = report_json(&report);
        print_calibration(judge.calibration(&scores.reviews).as_ref(), &mut figures);
        all.insert((*name).to_owned(), figures.into());
    }
    all.into()
}

fn read_model(path: &Path) -> Result<Model, CliError> {
    let named = |error: String| format!("--model {}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
    Ok(Model::from_json(&text).map_err(|error| named(error.to_string()))?)
}

/// Puts the figures of a model first, and those without labels after it.
fn lead_with_model(
    without_labels: Map<String, Value>,
    model: &Scores,
    judge: &Judge,
) -> Map<String, Value> {
    let report = judge.report(model, Some(BOOTSTRAP));
    print("with the model", &report);
    let mut figures = report_json(&report);
    print_top(&judge.top(model), &mut figures);
    print_calibration(judge.calibration(&model.reviews).as_ref(), &mut figures);
    figures.insert("without_labels".to_owned(), without_labels.into());
    figures
}

fn measure_held_out(
    corpus: &Corpus,
    labels: &[Option<bool>],
    split: Split,
    found: &HeldOut,
) -> Value {
    let judge = Judge::new(corpus, labels, |row| !found.curves.reviews[row].is_nan());
    let mut figures = Map::new();
    let kinds = [
        ("curves", &found.curves),
        ("with_labels_around", &found.with_labels),
    ];
    for (name, scores) in kinds {
        let mut report = judge.report(scores, Some(BOOTSTRAP));
        if split == Split::Listing && name == "with_labels_around" {
            // The known labels include those of the same reviewers elsewhere, so reviewers cannot
            // be measured.
            report.reviewers = Order::default();
        }
        print(
            &format!("held out by {}: {}", split.code(), name.replace('_', " ")),
            &report,
        );
        let mut measured = report_json(&report);
        print_calibration(judge.calibration(&scores.reviews).as_ref(), &mut measured);
        figures.insert(name.to_owned(), measured.into());
    }
    figures.into()
}

/// All scores, computed before any label is read.
struct Scored {
    hindsight: Scores,
    on_arrival: Scores,
    rules: [(&'static str, Scores); 3],
    ablation: Vec<(String, Scores)>,
}

fn scores(corpus: &Corpus, without: Without) -> Scores {
    let detection = detect(corpus, without);
    Scores {
        reviews: detection.reviews(corpus),
        reviewers: detection.reviewers,
    }
}

impl Scored {
    fn new(corpus: &Corpus, hindsight: Scores) -> Self {
        let terms = DetectorTerm::ALL
            .into_iter()
            .map(|term| (term.code().to_owned(), Without::Term(term)));
        let left_out = terms.chain([("network".to_owned(), Without::Network)]);
        Self {
            hindsight,
            on_arrival: Scores::from_reviews(corpus, on_arrival::score(corpus)),
            rules: [
                ("fewest_reviews", fewest_reviews(corpus)),
                ("one_line_rule", one_line_rule(corpus)),
                ("deviation", deviation(corpus)),
            ],
            ablation: left_out
                .map(|(name, without)| (name, scores(corpus, without)))
                .collect(),
        }
    }

    fn measure(&self, judge: &Judge) -> Map<String, Value> {
        let hindsight = judge.report(&self.hindsight, Some(BOOTSTRAP));
        print("with hindsight, without labels", &hindsight);
        let mut figures = report_json(&hindsight);
        print_top(&judge.top(&self.hindsight), &mut figures);
        print_calibration(
            judge.calibration(&self.hindsight.reviews).as_ref(),
            &mut figures,
        );
        let arrival = judge.report(&self.on_arrival, Some(BOOTSTRAP));
        print("on arrival, without labels", &arrival);
        figures.insert("on_arrival".to_owned(), report_json(&arrival).into());
        let mut rules = Map::new();
        for (name, scores) in &self.rules {
            let report = judge.report(scores, None);
            print(&format!("rule: {}", name.replace('_', " ")), &report);
            rules.insert((*name).to_owned(), report_json(&report).into());
        }
        figures.insert("baselines".to_owned(), rules.into());
        print_line!("left out: reviews, reviewers, one-review authors (AP / AUC)");
        let mut ablation = Map::new();
        for (name, scores) in &self.ablation {
            let report = judge.report(scores, None);
            print_line!("  {name:<18} {}", in_short(&report));
            ablation.insert(name.clone(), report_json(&report).into());
        }
        figures.insert("without".to_owned(), ablation.into());
        figures
    }
}

pub(super) fn print(name: &str, report: &Report) {
    print_line!("{name}");
    for (name, order) in rows(report) {
        print_line!("  {}", order_line(&name.replace('_', " "), order));
    }
}

fn rows(report: &Report) -> [(&'static str, &Order); 3] {
    let Report {
        reviews,
        reviewers,
        one_review_authors,
    } = report;
    [
        ("reviews", reviews),
        ("reviewers", reviewers),
        ("one_review_authors", one_review_authors),
    ]
}

fn in_short(report: &Report) -> String {
    let pair =
        |(_, order): (_, &Order)| format!("{} / {}", shown(order.ap.value), shown(order.auc.value));
    rows(report).map(pair).join("   ")
}

pub(super) fn report_json(report: &Report) -> Map<String, Value> {
    rows(report)
        .into_iter()
        .map(|(name, order)| (name.to_owned(), order_json(order)))
        .collect()
}

pub(super) fn print_top(top: &Top, figures: &mut Map<String, Value>) {
    let mut parts = Vec::new();
    let mut gains = Map::new();
    for (places, gain) in &top.gains {
        parts.push(format!("NDCG@{places} {}", shown(*gain)));
        gains.insert(places.to_string(), json!(gain));
    }
    let mut points = Vec::new();
    for (rate, precision, recall) in &top.points {
        parts.push(format!(
            "at {:.0} % false positives precision {precision:.3}, recall {recall:.3}",
            100.0 * rate
        ));
        points.push(json!({
            "false_positive_rate": rate, "precision": precision, "recall": recall,
        }));
    }
    print_line!("  {}", parts.join("; "));
    figures.insert("ndcg".to_owned(), gains.into());
    figures.insert("operating_points".to_owned(), points.into());
}

pub(super) fn print_calibration(found: Option<&Calibration>, figures: &mut Map<String, Value>) {
    let error = found.map(|found| found.error);
    print_line!(
        "  calibration error {}; probability, share, reviews:",
        shown(error)
    );
    let mut table = Vec::new();
    for bin in found.into_iter().flat_map(|found| &found.bins) {
        print_line!(
            "    {:.3} {:.3} {:>8}",
            bin.mean_probability,
            bin.positive_share,
            bin.rows
        );
        table.push(json!({
            "low": bin.low, "high": bin.high, "rows": bin.rows,
            "mean_probability": bin.mean_probability, "positive_share": bin.positive_share,
        }));
    }
    figures.insert("ece".to_owned(), json!(error));
    figures.insert("reliability".to_owned(), table.into());
}
