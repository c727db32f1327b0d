//! The vocabulary of a product, against that of its delivery.

use std::collections::HashMap;

use super::words;

/// Words of delivery, packing, shop and thanks, and not of a product; Vietnamese and English. Every
/// language of a corpus needs some.
const SERVICE: [&str; 36] = [
    "giao",
    "shop",
    "ship",
    "shipper",
    "tiki",
    "shopee",
    "lazada",
    "sendo",
    "gói",
    "ơn",
    "nhân",
    "viên",
    "vận",
    "chuyển",
    "đơn",
    "hotline",
    "tư",
    "vấn",
    "chưa",
    "delivery",
    "delivered",
    "shipping",
    "shipped",
    "seller",
    "packing",
    "packed",
    "packaging",
    "parcel",
    "courier",
    "thanks",
    "thank",
    "store",
    "service",
    "arrived",
    "order",
    "ordered",
];
/// Fewest texts of a word that is learned.
const TEXTS_LEAST: u32 = 5;
/// Bound of one word, in log-odds.
const WORD_MOST: f64 = 2.0;
/// Weight of product vocabulary in a clause with service words.
const MIXED: f64 = 0.3;
/// Fewest words that a text counts as: one word is little evidence.
const WORDS_LEAST: f64 = 3.0;

/// Log-odds of words: above 0 in clauses on the product, below in clauses on the service.
#[derive(Debug)]
pub(super) struct ProductVocabulary {
    words: HashMap<String, f64>,
}

impl ProductVocabulary {
    /// Learns from the clauses of a corpus by naive Bayes, with clauses labelled by service words.
    pub(super) fn learn<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        // Counts of clauses on the product, clauses on service, and texts that have the word.
        let mut counts: HashMap<String, [u32; 3]> = HashMap::new();
        let mut clauses_of = [0_u32; 2];
        for text in texts {
            let mut whole: Vec<String> = Vec::new();
            for clause in clauses(text) {
                let distinct = distinct(words(clause));
                let service = usize::from(is_service(&distinct));
                clauses_of[service] += 1;
                for word in &distinct {
                    counts.entry(word.clone()).or_default()[service] += 1;
                }
                whole.extend(distinct);
            }
            for word in self::distinct(whole) {
                counts.entry(word).or_default()[2] += 1;
            }
        }
        let share = |count: u32, of: u32| f64::from(count + 1) / f64::from(of + 2);
        let known = counts
            .into_iter()
            .filter(|(_, counts)| counts[2] >= TEXTS_LEAST);
        let words = known.map(|(word, [product, service, _])| {
            let ratio = share(product, clauses_of[0]) / share(service, clauses_of[1]);
            (word, libm::log(ratio).clamp(-WORD_MOST, WORD_MOST))
        });
        Self {
            words: words.collect(),
        }
    }

    /// Returns the evidence of product vocabulary per word of the text, from 0 up.
    pub(super) fn of(&self, text: &str) -> f64 {
        let (mut sum, mut count) = (0.0, 0);
        for clause in clauses(text) {
            let words = words(clause);
            count += words.len();
            let distinct = distinct(words);
            let known = distinct.iter().filter_map(|word| self.words.get(word));
            let vocabulary: f64 = known.map(|odds| odds.max(0.0)).sum();
            sum += if is_service(&distinct) {
                MIXED * vocabulary
            } else {
                vocabulary
            };
        }
        sum / (count as f64).max(WORDS_LEAST)
    }
}

fn is_service(words: &[String]) -> bool {
    words.iter().any(|word| SERVICE.contains(&word.as_str()))
}

fn clauses(text: &str) -> impl Iterator<Item = &str> {
    let ends = |letter| {
        matches!(
            letter,
            '.' | ',' | ';' | ':' | '!' | '?' | '\n' | '(' | ')' | '-' | '。' | '，' | '！' | '？'
        )
    };
    text.split(ends)
        .filter(|clause| clause.chars().any(char::is_alphanumeric))
}

/// Returns each word once, in order.
fn distinct(mut words: Vec<String>) -> Vec<String> {
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vocabulary_is_learned_from_other_clauses() {
        let mut texts = Vec::new();
        for n in 0..30 {
            texts.push(format!("giao hàng nhanh chóng, vải mềm {n}"));
            texts.push("shop đóng gói nhanh chóng. vải mềm".to_owned());
        }
        let vocabulary = ProductVocabulary::learn(texts.iter().map(String::as_str));
        assert!(vocabulary.words["vải"] > 1.0 && vocabulary.words["nhanh"] < -1.0);
        // "hàng" and "gói" are in service clauses alone; a number is in too few texts.
        assert!(vocabulary.words["hàng"] < -1.0 && !vocabulary.words.contains_key("7"));
        assert!(vocabulary.of("vải mềm quá") > 0.5);
        assert_eq!(vocabulary.of("nhanh chóng"), 0.0);
        assert_eq!(vocabulary.of(""), 0.0);
    }
}
