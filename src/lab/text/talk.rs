//! What a text says of the product, and what of the way to it.

use std::collections::HashMap;

use super::words;

/// Words that speak of delivery, packing, shop and thanks, and not of a product; Vietnamese and
/// English. Every language of a corpus needs some.
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
/// Texts that a word must be in to teach anything.
const TEXTS_LEAST: u32 = 5;
/// Most that one word says, in log-odds.
const WORD_MOST: f64 = 2.0;
/// How much of its product talk counts in a clause that speaks of service too.
const MIXED: f64 = 0.3;
/// Words below which a text is taken as so long: one word proves little.
const WORDS_LEAST: f64 = 3.0;

/// Log-odds of words: above 0 in clauses on the product, below in clauses on the service.
#[derive(Debug)]
pub(super) struct Talk {
    words: HashMap<String, f64>,
}

impl Talk {
    /// Learns from the clauses of a corpus: naive Bayes over whether a clause has a word, service
    /// words as the teacher.
    pub(super) fn learn<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        // Clauses on the product and on service, and texts, that have the word.
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

    /// Evidence of product talk a word of the text, from 0 up.
    pub(super) fn of(&self, text: &str) -> f64 {
        let (mut sum, mut count) = (0.0, 0);
        for clause in clauses(text) {
            let words = words(clause);
            count += words.len();
            let distinct = distinct(words);
            let known = distinct.iter().filter_map(|word| self.words.get(word));
            let talk: f64 = known.map(|odds| odds.max(0.0)).sum();
            sum += if is_service(&distinct) {
                MIXED * talk
            } else {
                talk
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

/// Each word once, in order.
fn distinct(mut words: Vec<String>) -> Vec<String> {
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_teach_each_other() {
        let mut texts = Vec::new();
        for n in 0..30 {
            texts.push(format!("giao hàng nhanh chóng, vải mềm {n}"));
            texts.push("shop đóng gói nhanh chóng. vải mềm".to_owned());
        }
        let talk = Talk::learn(texts.iter().map(String::as_str));
        assert!(talk.words["vải"] > 1.0 && talk.words["nhanh"] < -1.0);
        // "hàng" and "gói" are in service clauses alone; a number is in too few texts.
        assert!(talk.words["hàng"] < -1.0 && !talk.words.contains_key("7"));
        assert!(talk.of("vải mềm quá") > 0.5);
        assert_eq!(talk.of("nhanh chóng"), 0.0);
        assert_eq!(talk.of(""), 0.0);
    }
}
