//! Detection of near-duplicates on pairs of texts with known edits.
//!
//! Texts have words drawn by Zipf's law from an invented vocabulary. There are four ways of
//! writing: Latin letters, Vietnamese syllables, and Chinese and Thai without spaces. A fifth uses
//! the grammar of the simulated market, whose honest texts share phrases as real ones do. Each text
//! is edited in known ways. Translations are left out, because no cheap method finds them.

mod edits;
mod script;

use std::collections::BTreeMap;

use rand::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use serde::Serialize;

pub use edits::Edit;
pub use script::Script;

use crate::domain::Fingerprint;

/// Words of a short, middling and long text.
const LENGTHS: [(&str, usize, usize); 3] =
    [("short", 7, 12), ("middling", 20, 40), ("long", 70, 130)];

/// Figures of one script and length.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Way of writing.
    pub script: &'static str,
    /// "short", "middling" or "long".
    pub length: &'static str,
    /// By edit: share of edited copies in the same bucket as their original.
    pub recall: Vec<(&'static str, f64)>,
    /// Number of unrelated texts.
    pub unrelated: usize,
    /// Share of the unrelated texts in the same bucket as another one.
    pub accused: f64,
    /// Pairs of unrelated texts in one bucket, in a million pairs.
    pub collisions_per_million: f64,
    /// Share of copies among all pairs in one bucket, with one edited copy of each tenth text.
    pub precision: f64,
}

/// Measures all scripts and lengths with a number of texts each. The same seed gives the same
/// figures.
pub fn measure(texts: usize, seed: u64) -> Vec<Row> {
    let mut rows = Vec::new();
    for script in Script::ALL {
        for (place, (length, least, most)) in (0..).zip(LENGTHS) {
            let mut dice = Pcg64Mcg::seed_from_u64(seed ^ (script as u64) << 8 ^ place << 16);
            let all: Vec<Vec<String>> = (0..texts)
                .map(|_| {
                    let words = least + below(&mut dice, most - least + 1);
                    script.words(&mut dice, words)
                })
                .collect();
            rows.push(row(script, length, &all, &mut dice));
        }
    }
    rows
}

fn row(script: Script, length: &'static str, all: &[Vec<String>], dice: &mut Pcg64Mcg) -> Row {
    let bands = |words: &[String]| Fingerprint::of(&[&script.join(words)]).bands;
    let of: Vec<Option<[u64; 2]>> = all.iter().map(|words| bands(words)).collect();
    let mut copies = Vec::new();
    let recall = Edit::ALL.map(|edit| {
        let mut found = 0;
        for (at, words) in all.iter().enumerate() {
            let text = edit.apply(script, words, dice);
            let copy = Fingerprint::of(&[&text]).bands;
            found += usize::from(meet(of[at], copy));
            if at % 10 == 0 && edit == Edit::ALL[at / 10 % Edit::ALL.len()] {
                copies.push((at, copy));
            }
        }
        (edit.name(), found as f64 / all.len() as f64)
    });
    let (accused, pairs) = collisions(&of);
    let (mut true_pairs, mut false_pairs) = (0_u64, pairs);
    for (at, copy) in &copies {
        for (other, held) in of.iter().enumerate() {
            if meet(*held, *copy) {
                if other == *at {
                    true_pairs += 1;
                } else {
                    false_pairs += 1;
                }
            }
        }
    }
    let count = all.len() as f64;
    Row {
        script: script.name(),
        length,
        recall: recall.to_vec(),
        unrelated: all.len(),
        accused: accused as f64 / count,
        collisions_per_million: 1e6 * pairs as f64 / (count * (count - 1.0) / 2.0),
        precision: true_pairs as f64 / (true_pairs + false_pairs).max(1) as f64,
    }
}

/// Counts the texts in the same bucket as another one, and such pairs.
fn collisions(of: &[Option<[u64; 2]>]) -> (usize, u64) {
    let mut buckets: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, bands) in of.iter().enumerate() {
        for band in bands.iter().flatten() {
            let held = buckets.entry(*band).or_default();
            // A short text has the same band twice.
            if held.last() != Some(&at) {
                held.push(at);
            }
        }
    }
    let mut accused = vec![false; of.len()];
    let mut pairs = std::collections::HashSet::new();
    for held in buckets.values().filter(|held| held.len() > 1) {
        for (place, one) in held.iter().enumerate() {
            accused[*one] = true;
            pairs.extend(held[place + 1..].iter().map(|other| (*one, *other)));
        }
    }
    (
        accused.iter().filter(|accused| **accused).count(),
        pairs.len() as u64,
    )
}

fn meet(one: Option<[u64; 2]>, other: Option<[u64; 2]>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return false;
    };
    one.iter().any(|band| other.contains(band))
}

/// Draws a number below a bound.
fn below(dice: &mut Pcg64Mcg, bound: usize) -> usize {
    ((u64::from(dice.next_u32()) * bound as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_match_in_every_script_and_unrelated_texts_do_not() {
        let rows = measure(150, 1);
        assert_eq!(rows.len(), 15);
        for row in &rows {
            let of = |name| {
                row.recall
                    .iter()
                    .find(|held| held.0 == name)
                    .expect("an edit")
                    .1
            };
            assert_eq!(of("copy"), 1.0, "{row:?}");
            assert!(of("case and marks") > 0.99, "{row:?}");
            assert!(row.accused < 0.2, "{row:?}");
        }
        let long = rows.iter().filter(|row| row.length == "long");
        for row in long {
            let of = |name| {
                row.recall
                    .iter()
                    .find(|held| held.0 == name)
                    .expect("an edit")
                    .1
            };
            assert!(of("one word replaced") > 0.9, "{row:?}");
        }
    }
}
