//! A linear model over words and runs of characters, learned from labels.
//!
//! Logistic regression with a ridge (Hoerl and Kennard, 1970) over hashed features (Weinberger et
//! al., ICML 2009), fitted by `AdaGrad` (Duchi, Hazan and Singer, JMLR 12, 2011) in a fixed order.
//! A binary feature is a word, two words in a row, or a run of three to five characters. The
//! features of a text are scaled to length one, so that long texts do not dominate.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::words;

/// Bits of a feature's number.
const BITS: u32 = 19;
/// Passes over all texts.
const EPOCHS: usize = 12;
/// Step size.
const STEP: f64 = 0.35;
/// Shrinkage of each weight per step.
const RIDGE: f64 = 2e-5;
/// Number of numeric features.
const NUMBERS: usize = 4;

/// Features of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    features: Vec<u32>,
    numbers: [f64; NUMBERS],
}

impl Example {
    /// Extracts the features of a text. `strangeness` and `product_vocabulary` come from
    /// [`super::measure_texts`].
    pub fn new(text: &str, strangeness: f64, product_vocabulary: f64) -> Self {
        let words = words(text);
        let mut features = Vec::new();
        let mut add = |kind: u64, bytes: &[u8]| {
            features.push((xxh3_64_with_seed(bytes, kind) >> (64 - BITS)) as u32);
        };
        for word in &words {
            add(1, word.as_bytes());
        }
        for pair in words.windows(2) {
            add(2, pair.join(" ").as_bytes());
        }
        let spaced = format!(" {} ", words.join(" "));
        let ends: Vec<usize> = spaced
            .char_indices()
            .map(|(at, _)| at)
            .chain([spaced.len()])
            .collect();
        for length in 3..=5 {
            for run in ends.windows(length + 1) {
                add(length as u64, &spaced.as_bytes()[run[0]..run[length]]);
            }
        }
        features.sort_unstable();
        features.dedup();
        let distinct = {
            let mut distinct: Vec<&String> = words.iter().collect();
            distinct.sort_unstable();
            distinct.dedup();
            distinct.len()
        };
        let length = libm::log(1.0 + words.len() as f64);
        let richness = libm::log(1.0 + distinct as f64) / length.max(1e-9);
        Self {
            features,
            numbers: [
                0.25 * length,
                richness.min(1.0),
                0.2 * strangeness,
                product_vocabulary,
            ],
        }
    }

    fn scale(&self) -> f64 {
        1.0 / libm::sqrt(self.features.len().max(1) as f64)
    }
}

/// The model.
#[derive(Clone, Debug)]
pub struct Linear {
    weights: Vec<f32>,
    numbers: [f64; NUMBERS],
    intercept: f64,
}

impl Linear {
    /// Learns from labelled texts. The same texts in the same order give the same model.
    pub fn fit(examples: &[(&Example, bool)]) -> Self {
        let mut model = Self {
            weights: vec![0.0; 1 << BITS],
            numbers: [0.0; NUMBERS],
            intercept: 0.0,
        };
        let mut squares = vec![1e-4_f32; 1 << BITS];
        let mut number_squares = [1e-4; NUMBERS + 1];
        let count = examples.len();
        // A stride coprime to the count visits all texts, with near and far ones mixed.
        let mut stride = (count as f64 * 0.618) as usize | 1;
        while count > 0 && gcd(stride, count) != 1 {
            stride += 2;
        }
        for turn in 0..EPOCHS * count {
            let (example, label) = examples[(turn * stride) % count];
            let slope =
                crate::stats::logistic(model.log_odds(example)) - f64::from(u8::from(label));
            let along = slope * example.scale();
            for feature in &example.features {
                let at = *feature as usize;
                let weight = f64::from(model.weights[at]);
                let pull = along + RIDGE * weight;
                squares[at] += (pull * pull) as f32;
                model.weights[at] -= (STEP * pull / libm::sqrt(f64::from(squares[at]))) as f32;
            }
            let inputs = example.numbers.iter().chain(&[1.0]);
            let held = model.numbers.iter_mut().chain([&mut model.intercept]);
            for ((weight, input), square) in held.zip(inputs).zip(&mut number_squares) {
                let pull = slope * input + RIDGE * *weight;
                *square += pull * pull;
                *weight -= STEP * pull / libm::sqrt(*square);
            }
        }
        model
    }

    /// Returns the log-odds that a text is of the labelled kind.
    pub fn log_odds(&self, example: &Example) -> f64 {
        let weights = example
            .features
            .iter()
            .map(|at| &self.weights[*at as usize]);
        let words: f64 = weights.map(|weight| f64::from(*weight)).sum();
        let numbers = self.numbers.iter().zip(example.numbers);
        let numbers: f64 = numbers.map(|(weight, input)| weight * input).sum();
        self.intercept + words * example.scale() + numbers
    }
}

const fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn informative_word_gets_a_weight() {
        let examples: Vec<(Example, bool)> = (0..60)
            .map(|n| {
                let spam = n % 3 == 0;
                let word = if spam { "hotline" } else { "vải mềm" };
                (Example::new(&format!("số {n} {word} đẹp"), 1.0, 0.5), spam)
            })
            .collect();
        let pairs: Vec<(&Example, bool)> = examples.iter().map(|(e, l)| (e, *l)).collect();
        let model = Linear::fit(&pairs);
        let of = |text| model.log_odds(&Example::new(text, 1.0, 0.5));
        assert!(of("gọi hotline ngay") > 1.0 && of("vải mềm lắm") < -1.0);
        assert_eq!(
            of("gọi"),
            Linear::fit(&pairs).log_odds(&Example::new("gọi", 1.0, 0.5))
        );
        // An empty training set does not panic.
        let empty = Linear::fit(&[]);
        assert_eq!(empty.log_odds(&examples[0].0), 0.0);
    }
}
