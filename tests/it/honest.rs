//! Honest scenes are not accused, and manipulated ones that look like them are found.

use serde_json::Value;

use crate::support::command::{Place, run, stderr};

/// Kinds in which orders tell an honest crowd from a made one.
const KINDS: [&str; 6] = [
    "launch",
    "crowdfunding",
    "viral_video",
    "recall",
    "price_error",
    "small_language",
];

/// A share of the figures, counted over all seeds.
fn counted(kind: &Value, side: &str, figure: &str) -> (u64, u64) {
    let seeds = kind["seeds"].as_array().expect("seeds");
    let of = |seed: &Value, part: &str| seed[side][figure][part].as_u64().expect("a count");
    seeds.iter().fold((0, 0), |(is, all), seed| {
        (is + of(seed, "is"), all + of(seed, "of"))
    })
}

#[test]
fn honest_crowds_are_not_accused_and_their_twins_are_found() {
    let place = Place::new();
    let kinds = KINDS.join(",");
    let json = place.text("figures.json");
    let ran = run(&[
        "evaluate",
        "honest",
        "--seeds",
        "2",
        "--reviews",
        "3000",
        "--kinds",
        &kinds,
        "--json",
        &json,
    ]);
    assert!(ran.status.success(), "{}", stderr(&ran));
    let figures = std::fs::read(&json).expect("written");
    let figures: Value = serde_json::from_slice(&figures).expect("JSON");
    let figures = figures.as_array().expect("kinds");
    assert_eq!(figures.len(), KINDS.len());
    for kind in figures {
        for figure in ["listings", "sellers", "wrong_words"] {
            assert_eq!(counted(kind, "honest", figure).0, 0, "{figure} {kind}");
        }
        let (flagged, authors) = counted(kind, "honest", "authors");
        assert!(100 * flagged <= authors, "{flagged} of {authors}: {kind}");
        assert_eq!(kind["found"].as_f64(), Some(1.0), "{kind}");
        assert_eq!(counted(kind, "twin", "victims").0, 0, "{kind}");
    }
}
