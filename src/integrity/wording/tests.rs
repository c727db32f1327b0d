//! Pins every served sentence in one table, `sentences.txt`. `GOLDEN_WRITE=1` writes it anew.

use super::*;
use crate::integrity::Spec;
use crate::integrity::campaigns::CampaignKind;
use crate::integrity::campaigns::tests::{example_campaign, example_reasons};
use crate::integrity::corpus_evidence::{campaign_specs, detector_specs, share_specs};
use crate::integrity::signals::catalogue;

fn term(spec: &'static Spec, value: f64, tail: f64) -> Term {
    Term {
        spec,
        reading: Reading {
            value,
            tail,
            peers: 99,
        },
        contribution: 0.0,
        campaign: None,
    }
}

fn sentence(code: &str, value: f64, tail: f64) -> String {
    let entries = catalogue::entries();
    let entry = entries.iter().find(|entry| entry.spec.code == code);
    let term = term(entry.expect("a signal").spec, value, tail);
    Statement::of(&term, None).sentence()
}

/// Values that show all forms of a sentence.
fn example_values(unit: &str) -> &'static [f64] {
    match unit {
        "share, 0 to 1" | "0 to 1" => &[0.4],
        "0 or 1" => &[0.0, 1.0],
        "negative decimal logarithm of the probability" => &[0.5, 3.5, 7.0],
        _ => &[0.0, 0.3, 1.0, 30.0],
    }
}

/// Every served sentence: of signals, of the corpus detector, of campaigns and of their reasons.
fn table() -> String {
    let mut lines = Vec::new();
    for entry in catalogue::entries() {
        for value in example_values(entry.doc.unit) {
            let statement = Statement::of(&term(entry.spec, *value, 0.01), None);
            lines.push(format!("{}: {}", entry.spec.code, statement.sentence()));
        }
    }
    for spec in detector_specs() {
        for times in [0.8, 1.7] {
            let statement = Statement::of(&term(spec, times, 1.0), None);
            lines.push(format!("{}: {}", spec.code, statement.sentence()));
        }
    }
    for spec in share_specs() {
        for times in [0.8, 1.1, 2.3] {
            let statement = Statement::of(&term(spec, times, 1.0), None);
            lines.push(format!("{}: {}", spec.code, statement.sentence()));
        }
    }
    for kind in [CampaignKind::Push, CampaignKind::CarriedOver] {
        let campaign = example_campaign(kind);
        for spec in campaign_specs(&campaign) {
            for planted in [1.2, 31.4] {
                let statement = Statement::of(&term(spec, planted, 1.0), Some(&campaign));
                lines.push(format!("{}: {}", spec.code, statement.sentence()));
            }
        }
    }
    for reason in example_reasons() {
        lines.push(format!("{}: {}", reason.factor.code(), reason.sentence));
    }
    lines.join("\n") + "\n"
}

#[test]
fn served_sentences_equal_the_pinned_table() {
    let table = table();
    if std::env::var_os("GOLDEN_WRITE").is_some() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/integrity/wording/sentences.txt"
        );
        std::fs::write(path, &table).expect("written");
        return;
    }
    let pinned = include_str!("sentences.txt");
    for (now, pinned) in table.lines().zip(pinned.lines()) {
        assert_eq!(now, pinned);
    }
    assert_eq!(table.lines().count(), pinned.lines().count());
}

#[test]
fn sentences_are_short_and_accuse_nobody() {
    for line in table().lines() {
        let sentence = line.split_once(": ").map_or(line, |(_, sentence)| sentence);
        for sentence in sentence.split(". ") {
            assert!(sentence.split_whitespace().count() <= 25, "{sentence}");
        }
        let lower = sentence.to_lowercase();
        for word in [
            "praise", "blame", "fraud", "fake", "guilty", "spam", "cheat",
        ] {
            assert!(!lower.contains(word), "{sentence}");
        }
    }
}

#[test]
fn every_signal_has_a_sentence_in_good_english() {
    for entry in catalogue::entries() {
        for value in [0.0, 0.3, 1.0, 2.0, 4.0, 7.5] {
            let sentence = sentence(entry.spec.code, value, 0.01);
            assert!(!sentence.contains(entry.spec.code), "{sentence}");
            for wrong in [
                " 1 reviews",
                " 1 words",
                " 1 days",
                " 1 other reviews",
                "0 other",
            ] {
                assert!(!sentence.contains(wrong), "{sentence}");
            }
            assert!(sentence.ends_with('.') && !sentence.starts_with(char::is_lowercase));
        }
    }
}

#[test]
fn tied_values_are_called_the_same() {
    // Eight of a hundred peers are alike, and half of them count as beyond.
    let unverified = sentence("review.unverified", 1.0, 0.04);
    assert!(
        unverified.ends_with(". About 8 % of its 99 peers are the same."),
        "{unverified}"
    );
    let rare = sentence("listing.became_another", 1.0, 1e-4);
    assert!(
        rare.ends_with("About 1 % of its 99 peers are the same."),
        "{rare}"
    );
    let usual = sentence("review.near_duplicate", 0.0, 0.6);
    assert_eq!(
        usual,
        "No other review shares its wording. This is usual among its 99 peers."
    );
}

#[test]
fn campaign_days_are_worded_as_dates() {
    assert_eq!(days(15_706, 15_706), "2013-01-01");
    assert_eq!(days(15_706, 15_707), "2013-01-01 to 2013-01-02");
    assert!(days(0, u32::MAX).starts_with("1970-01-01 to "));
}

#[test]
fn chance_is_worded_in_round_numbers() {
    assert_eq!(by_chance(0.5), "could well occur by chance");
    assert_eq!(
        by_chance(3.5),
        "would occur by chance in about 1 of 3,200 comparable listings"
    );
    assert!(by_chance(9.0).ends_with("fewer than 1 of 1,000,000 comparable listings"));
}
