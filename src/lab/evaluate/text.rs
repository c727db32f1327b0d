//! Detection of texts that are no reviews, from texts alone.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::xxh3_64;

use crate::domain::Fingerprint;
use crate::lab::datasets::LabelledText;
use crate::lab::text::{Example, Linear, TextMeasures, measure_texts, words};
use crate::stats::Bootstrap;
use crate::stats::population::{Order, Population};

/// Number of parts; each is held out once.
const PARTS: u64 = 5;

/// Texts in groups of near-duplicates, which are never split between training and measurement.
pub struct Texts {
    rows: Vec<LabelledText>,
    groups: Vec<u32>,
    measures: TextMeasures,
    examples: Vec<Example>,
}

/// One kind of spam against reviews, or all kinds.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its name; "spam" for all, `not_about_the_product` for all except fakes.
    pub name: String,
    /// Number of its texts.
    pub count: usize,
    /// Quality of its separation from reviews.
    pub order: Order,
}

impl Texts {
    /// Computes the measures of texts without reading labels.
    pub fn new(texts: Vec<LabelledText>) -> Self {
        let measures = measure_texts(
            &texts
                .iter()
                .map(|text| text.text.as_str())
                .collect::<Vec<_>>(),
        );
        let example = |(at, text): (usize, &LabelledText)| {
            Example::new(
                &text.text,
                measures.strangeness[at],
                measures.product_vocabulary[at],
            )
        };
        let examples = texts.iter().enumerate().map(example).collect();
        let groups = texts.iter().map(|text| group(&text.text)).collect();
        Self {
            rows: texts,
            groups,
            measures,
            examples,
        }
    }

    /// Returns the number of texts.
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there are no texts.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns scores without labels: the sum, unusual wording alone, and product vocabulary alone.
    pub fn without_labels(&self) -> [(&'static str, Vec<f64>); 3] {
        let silence = self.measures.product_vocabulary.iter().map(|talk| -talk);
        [
            ("without labels", self.measures.score.clone()),
            ("strangeness alone", self.measures.strangeness.clone()),
            ("no product vocabulary alone", silence.collect()),
        ]
    }

    /// Returns log-odds of spam by a model of labelled texts.
    pub fn by_model(&self, model: &Linear) -> Vec<f64> {
        self.examples
            .iter()
            .map(|text| model.log_odds(text))
            .collect()
    }

    /// Learns a model from all texts.
    pub fn model(&self) -> Linear {
        self.model_of(|_| true)
    }

    /// Returns log-odds of spam, each part by a model of the other four.
    pub fn held_out(&self) -> Vec<f64> {
        let mut scores = vec![0.0; self.rows.len()];
        let part =
            |row: usize| u64::from(self.groups[row]).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        for text in 0..PARTS {
            let model = self.model_of(|row| part(row) % PARTS != text);
            for (row, score) in scores.iter_mut().enumerate() {
                if part(row) % PARTS == text {
                    *score = model.log_odds(&self.examples[row]);
                }
            }
        }
        scores
    }

    fn model_of(&self, wanted: impl Fn(usize) -> bool) -> Linear {
        let rows = (0..self.rows.len()).filter(|row| wanted(*row));
        let examples: Vec<(&Example, bool)> = rows
            .map(|row| (&self.examples[row], self.rows[row].is_spam()))
            .collect();
        Linear::fit(&examples)
    }

    /// Measures the separation of spam from reviews: all, all except fakes, then by kind.
    pub fn measure(&self, scores: &[f64], bootstrap: Option<Bootstrap>) -> Vec<Kind> {
        let kinds: BTreeSet<&str> = self.rows.iter().map(|text| text.kind.as_str()).collect();
        let single = kinds.iter().filter(|kind| **kind != "none").copied();
        let about = kinds.contains("fake").then_some("not_about_the_product");
        let names = ["spam"]
            .into_iter()
            .chain(about)
            .chain(single.filter(|kind| *kind != "spam"));
        names
            .map(|name| {
                let meant = |text: &LabelledText| match name {
                    "spam" => text.is_spam(),
                    "not_about_the_product" => text.is_spam() && text.kind != "fake",
                    kind => text.kind == kind,
                };
                self.order(name, scores, meant, bootstrap)
            })
            .collect()
    }

    fn order(
        &self,
        name: &str,
        scores: &[f64],
        meant: impl Fn(&LabelledText) -> bool,
        bootstrap: Option<Bootstrap>,
    ) -> Kind {
        let kept = |row: &u32| {
            let text = &self.rows[*row as usize];
            !text.is_spam() || meant(text)
        };
        let rows: Vec<u32> = (0..self.rows.len() as u32).filter(kept).collect();
        let labels: Vec<bool> = rows
            .iter()
            .map(|row| self.rows[*row as usize].is_spam())
            .collect();
        let groups = rows.iter().map(|row| self.groups[*row as usize]).collect();
        Kind {
            name: name.to_owned(),
            count: labels.iter().filter(|label| **label).count(),
            order: Population {
                rows,
                labels,
                groups,
            }
            .order(scores, bootstrap),
        }
    }
}

/// Returns the first near-duplicate band of a text, or a hash of a text that is too short for one.
fn group(text: &str) -> u32 {
    let band = Fingerprint::of(&[text]).bands.map(|bands| bands[0]);
    let words = || xxh3_64(words(text).join(" ").as_bytes());
    (band.unwrap_or_else(words) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Texts {
        let of = |n: u32| match n % 5 {
            0 => (format!("jdh{n}sk xkz{n}d hsj"), "non_review"),
            1 => (
                format!("giao hàng nhanh lần {n}, cảm ơn shop"),
                "brand_only",
            ),
            _ => (format!("vải mềm, màu đẹp, mặc mát {n}. giao nhanh"), "none"),
        };
        let texts = (0..200).map(of).map(|(text, kind)| LabelledText {
            text,
            kind: kind.to_owned(),
        });
        Texts::new(texts.collect())
    }

    #[test]
    fn spam_scores_separate_with_and_without_labels() {
        let texts = texts();
        let [(_, score), ..] = texts.without_labels();
        for scores in [score, texts.held_out(), texts.by_model(&texts.model())] {
            let kinds = texts.measure(&scores, None);
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name.as_str()).collect();
            assert_eq!(names, ["spam", "brand_only", "non_review"]);
            assert_eq!(kinds[0].count, 80);
            for kind in kinds {
                assert!(kind.order.auc.value > Some(0.9), "{kind:?}");
            }
        }
    }
}
