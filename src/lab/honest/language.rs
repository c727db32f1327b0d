//! Made-up languages of small markets: words from syllables, and a few phrases that all buyers use.

use super::scene::Words;
use crate::lab::simulate::dice::Dice;

const SYLLABLES: &[&str] = &[
    "ba", "de", "ri", "ko", "lun", "ma", "ne", "os", "pe", "ra", "sti", "tal", "u", "vo", "yk",
    "ze", "fa", "gil", "hu", "jo",
];
/// Words of a language; those in front are good, those behind are bad.
const WORDS: usize = 240;
/// Words of praise in front, and of blame behind.
const COLOURED: usize = 40;
/// Stock phrases of each side.
const PHRASES: usize = 7;
/// Share of buyers who write a stock phrase.
const STOCK: f64 = 0.3;
/// Share of reviews without words.
const SILENT: f64 = 0.12;

/// A language.
#[derive(Debug)]
pub(super) struct Language {
    /// BCP 47.
    pub(super) code: &'static str,
    words: Vec<String>,
    praise: Vec<String>,
    blame: Vec<String>,
}

impl Language {
    /// Makes up the words of a language.
    pub(super) fn new(dice: &mut Dice, code: &'static str) -> Self {
        let words: Vec<String> = (0..WORDS)
            .map(|_| {
                let count = 1 + dice.below(3);
                (0..count).map(|_| dice.pick(SYLLABLES)).collect()
            })
            .collect();
        let mut language = Self {
            code,
            words,
            praise: Vec::new(),
            blame: Vec::new(),
        };
        let mut phrases = |good: bool| -> Vec<String> {
            let phrase = |dice: &mut Dice| {
                let count = 2 + dice.below(4);
                language.sentence(dice, count, if good { 5 } else { 1 })
            };
            (0..PHRASES).map(|_| phrase(dice)).collect()
        };
        let (praise, blame) = (phrases(true), phrases(false));
        language.praise = praise;
        language.blame = blame;
        language
    }

    /// Writes a title, which is empty, and a body.
    pub(super) fn write(&self, dice: &mut Dice, stars: u8, words: &Words) -> (String, String) {
        let body = match words {
            Words::Script(script) => self.copy(dice, *script, stars),
            Words::Paid | Words::Rewarded => {
                let first = self.phrase(dice, 5);
                format!("{first}. {}", self.phrase(dice, 5))
            }
            _ if dice.chance(SILENT) => String::new(),
            _ if stars != 3 && dice.chance(STOCK) => self.phrase(dice, stars),
            _ => {
                let count = 4 + dice.below(22);
                self.sentence(dice, count, stars)
            }
        };
        (String::new(), body)
    }

    fn phrase(&self, dice: &mut Dice, stars: u8) -> String {
        let phrases = if stars > 3 { &self.praise } else { &self.blame };
        // The first phrases are said most often.
        let at = dice.below(phrases.len()).min(dice.below(phrases.len()));
        phrases.get(at).cloned().unwrap_or_default()
    }

    fn sentence(&self, dice: &mut Dice, count: usize, stars: u8) -> String {
        let coloured = |dice: &mut Dice| match stars {
            4.. => dice.below(COLOURED),
            3 => dice.below(WORDS),
            _ => WORDS - 1 - dice.below(COLOURED),
        };
        let words: Vec<&str> = (0..count)
            .map(|_| {
                let plain = COLOURED + dice.below(WORDS - 2 * COLOURED);
                let at = if dice.chance(0.35) {
                    coloured(dice)
                } else {
                    plain
                };
                self.words[at].as_str()
            })
            .collect();
        words.join(" ")
    }

    /// Copies one of three texts of a script, with one word left out now and then.
    fn copy(&self, dice: &mut Dice, script: u64, stars: u8) -> String {
        let mut author = Dice::new(script, dice.below(3) as u64);
        let text = self.sentence(&mut author, 16, stars);
        let kept: Vec<&str> = text.split(' ').filter(|_| !dice.chance(0.05)).collect();
        kept.join(" ")
    }
}
