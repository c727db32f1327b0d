//! Detects texts that are no product reviews, from the texts of a corpus alone.
//!
//! Two measures come from the corpus itself, without labels:
//!
//! - *Strangeness*: how few of a text's runs of characters other texts have. Random keys,
//!   advertisements and copied prose are strange. Slang and errors that many authors share are not.
//! - *Product vocabulary*: how much a text says about the product. Words of delivery and service
//!   are few and known. Clauses with one of them teach the vocabulary of service, and other clauses
//!   that of products.
//!
//! Each becomes a tail probability within the corpus. The score is the sum of their surprises, so
//! it can be split again. With labels a linear model learns more.

mod linear;
mod product_vocabulary;

use std::collections::HashMap;

pub use linear::{Example, Linear};

use product_vocabulary::ProductVocabulary;

/// Measures of the texts of a corpus.
#[derive(Clone, Debug)]
pub struct TextMeasures {
    /// Mean surprise of the runs of characters, natural logarithm.
    pub strangeness: Vec<f64>,
    /// Evidence of product vocabulary per word, from 0 up.
    pub product_vocabulary: Vec<f64>,
    /// Sum of both surprises, natural logarithm, from 0 up; a higher score is less like a review.
    pub score: Vec<f64>,
}

/// Characters of a run.
const RUN: usize = 3;

/// Measures all texts of a corpus. The order of texts does not matter.
pub fn measure_texts<S: AsRef<str> + Sync>(texts: &[S]) -> TextMeasures {
    let words: Vec<Vec<String>> = texts.iter().map(|text| words(text.as_ref())).collect();
    let strangeness = strangeness(&words);
    let product_vocabulary = ProductVocabulary::learn(texts.iter().map(AsRef::as_ref));
    let product_vocabulary: Vec<f64> = texts
        .iter()
        .map(|text| product_vocabulary.of(text.as_ref()))
        .collect();
    let (strange, silent) = (
        upper_tails(&strangeness),
        upper_tails(
            &product_vocabulary
                .iter()
                .map(|product_vocabulary| -product_vocabulary)
                .collect::<Vec<_>>(),
        ),
    );
    let surprise = |tail: &f64| -libm::log(*tail);
    let score = strange.iter().zip(&silent);
    TextMeasures {
        score: score.map(|(a, b)| surprise(a) + surprise(b)).collect(),
        strangeness,
        product_vocabulary,
    }
}

/// Returns the folded words of a text; in scripts without spaces every character is one.
pub fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    for letter in text.chars() {
        let alone = crate::domain::writes_without_spaces(letter);
        if (alone || !letter.is_alphanumeric()) && !word.is_empty() {
            all.push(std::mem::take(&mut word));
        }
        if alone {
            all.push(letter.to_string());
        } else if letter.is_alphanumeric() {
            word.extend(letter.to_lowercase());
        }
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

/// Returns the runs of characters of a text's words, each as a number; a word starts and ends with
/// a space.
fn runs(words: &[String]) -> Vec<u64> {
    let mut letters: Vec<char> = vec![' '];
    for word in words {
        letters.extend(word.chars());
        letters.push(' ');
    }
    // A run has three times 21 bits.
    let number = |run: &[char]| run.iter().fold(0, |sum, letter| sum << 21 | *letter as u64);
    letters.windows(RUN).map(number).collect()
}

/// Returns the mean over a text's runs of `ln((N + 1) / (n + 1/2))`. `n` of the other `N` texts
/// have the run. A text's own runs do not count for it, because otherwise nothing would be strange.
fn strangeness(words: &[Vec<String>]) -> Vec<f64> {
    let mut texts_with: HashMap<u64, u32> = HashMap::new();
    let runs: Vec<Vec<u64>> = words.iter().map(|words| runs(words)).collect();
    for runs in &runs {
        let mut distinct = runs.clone();
        distinct.sort_unstable();
        distinct.dedup();
        for run in distinct {
            *texts_with.entry(run).or_default() += 1;
        }
    }
    let all = words.len() as f64;
    let of = |runs: &Vec<u64>| {
        if runs.is_empty() {
            return 0.0;
        }
        let surprise = |run: &u64| {
            let others = texts_with.get(run).map_or(0, |count| count - 1);
            libm::log((all + 1.0) / (f64::from(others) + 0.5))
        };
        runs.iter().map(surprise).sum::<f64>() / runs.len() as f64
    };
    runs.iter().map(of).collect()
}

/// Returns for each value the share of values that are as high or higher, equal ones counting half.
fn upper_tails(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    let mut tails = vec![1.0; values.len()];
    let all = values.len() as f64;
    let mut above = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let tail = (above as f64 + 0.5 * equal.len() as f64) / all;
        for row in equal {
            tails[*row] = tail;
        }
        above += equal.len();
    }
    tails
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_in_every_script() {
        assert_eq!(
            words("Giao HÀNG nhanh, 5⭐"),
            ["giao", "hàng", "nhanh", "5"]
        );
        assert_eq!(words("很好用 ok"), ["很", "好", "用", "ok"]);
        assert!(words(" ... ").is_empty());
    }

    #[test]
    fn tails_are_shares_from_above() {
        assert_eq!(upper_tails(&[3.0, 1.0, 1.0, 0.0]), [0.125, 0.5, 0.5, 0.875]);
    }

    #[test]
    fn unique_runs_are_strange_and_service_words_are_no_product_vocabulary() {
        let mut texts: Vec<String> = Vec::new();
        let cloth = [
            "vải mềm và mát",
            "màu đẹp, vải dày",
            "áo mặc mát",
            "chất vải đẹp, mặc êm",
        ];
        let service = [
            "giao hàng nhanh",
            "shop đóng gói cẩn thận",
            "giao nhanh, gói cẩn thận",
        ];
        for n in 0..120 {
            texts.push(format!("{}. {}", cloth[n % 4], service[n % 3]));
            texts.push(format!("{}, {}", cloth[(n + 1) % 4], cloth[(n / 7) % 4]));
        }
        texts.push("jdkxhs kdhsjx jsjdhx".to_owned());
        texts.push("giao hàng nhanh, shop đóng gói cẩn thận".to_owned());
        let measures = measure_texts(&texts);
        let (gibberish, thanks) = (texts.len() - 2, texts.len() - 1);
        let usual = |values: &[f64]| values[..gibberish].iter().sum::<f64>() / gibberish as f64;
        assert!(measures.strangeness[gibberish] > 2.0 * usual(&measures.strangeness));
        assert!(measures.product_vocabulary[thanks] < 0.2 * usual(&measures.product_vocabulary));
        assert!(measures.score[gibberish] > 3.0 * usual(&measures.score));
        assert!(measures.score[thanks] > 2.0 * usual(&measures.score));
        // Neither order nor position matters.
        texts.reverse();
        let back = measure_texts(&texts);
        assert_eq!(back.score.last(), measures.score.first());
    }
}
