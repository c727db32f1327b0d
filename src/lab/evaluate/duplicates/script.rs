//! Invented texts in several ways of writing.

use rand_pcg::Pcg64Mcg;

use super::below;
use crate::lab::simulate::{Config, Market};
use crate::proto::v1::event::Payload;

/// A way of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Invented words of Latin letters.
    Latin,
    /// Phrases of the simulated market, in English.
    Phrases,
    /// Syllables with spaces between, words of one or two.
    Vietnamese,
    /// Characters without spaces, words of one or two.
    Chinese,
    /// Letters and marks without spaces, words of one to three syllables.
    Thai,
}

/// Words of a vocabulary.
const WORDS: u32 = 6000;

impl Script {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Latin,
        Self::Phrases,
        Self::Vietnamese,
        Self::Chinese,
        Self::Thai,
    ];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latin => "latin",
            Self::Phrases => "phrases",
            Self::Vietnamese => "vietnamese",
            Self::Chinese => "chinese",
            Self::Thai => "thai",
        }
    }

    /// Makes a text of a number of words.
    pub(super) fn words(self, dice: &mut Pcg64Mcg, count: usize) -> Vec<String> {
        if self == Self::Phrases {
            return phrases(dice, count);
        }
        (0..count).map(|_| self.word(rank(dice))).collect()
    }

    /// Draws a word uniformly.
    pub(super) fn any_word(self, dice: &mut Pcg64Mcg) -> String {
        let number = below(dice, WORDS as usize) as u32;
        match self {
            Self::Phrases => Self::Latin.word(number),
            _ => self.word(number),
        }
    }

    /// Joins words to a text.
    pub(super) fn join(self, words: &[String]) -> String {
        match self {
            Self::Chinese | Self::Thai => words.concat(),
            _ => words.join(" "),
        }
    }

    /// Returns the word of a rank; frequent words are short.
    fn word(self, rank: u32) -> String {
        let units = 1 + u32::from(rank >= 40) + u32::from(rank >= 1500 && self != Self::Chinese);
        let unit = |place: u32| {
            let seed = mix(rank * 4 + place);
            match self {
                Self::Latin | Self::Phrases => latin(seed),
                Self::Vietnamese => vietnamese(seed),
                Self::Chinese => letter(0x4E00 + seed % 1200).to_string(),
                Self::Thai => thai(seed),
            }
        };
        let units: Vec<String> = (0..units).map(unit).collect();
        units.join(if self == Self::Vietnamese { " " } else { "" })
    }
}

/// Draws a rank by Zipf's law: its logarithm is uniform.
fn rank(dice: &mut Pcg64Mcg) -> u32 {
    let even = below(dice, 1 << 24) as f64 / f64::from(1 << 24);
    (libm::pow(f64::from(WORDS), even) as u32).saturating_sub(1)
}

fn mix(number: u32) -> u32 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B1);
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA77);
    mixed ^ (mixed >> 13)
}

fn pick(letters: &[&str], number: u32) -> String {
    letters[number as usize % letters.len()].to_owned()
}

fn letter(code: u32) -> char {
    char::from_u32(code).unwrap_or('x')
}

fn latin(seed: u32) -> String {
    const START: [&str; 14] = [
        "b", "st", "k", "l", "m", "n", "p", "r", "s", "t", "v", "gr", "d", "f",
    ];
    const MIDDLE: [&str; 7] = ["a", "e", "i", "o", "u", "ea", "ou"];
    const END: [&str; 8] = ["", "n", "r", "s", "t", "l", "nd", "ck"];
    pick(&START, seed) + &pick(&MIDDLE, seed >> 8) + &pick(&END, seed >> 16)
}

fn vietnamese(seed: u32) -> String {
    const START: [&str; 16] = [
        "b", "ch", "đ", "gi", "h", "kh", "l", "m", "ng", "nh", "ph", "s", "t", "th", "tr", "v",
    ];
    const MIDDLE: [&str; 16] = [
        "a", "á", "à", "ả", "ã", "ạ", "ê", "ế", "ơ", "ớ", "ờ", "ô", "ộ", "ư", "ứ", "ươ",
    ];
    const END: [&str; 8] = ["", "n", "ng", "m", "t", "c", "i", "p"];
    pick(&START, seed) + &pick(&MIDDLE, seed >> 8) + &pick(&END, seed >> 16)
}

/// Consonant, vowel sign, tone and final consonant of the Thai block.
fn thai(seed: u32) -> String {
    const VOWELS: [&str; 6] = [
        "\u{0E32}", "\u{0E34}", "\u{0E35}", "\u{0E38}", "\u{0E31}", "\u{0E30}",
    ];
    const TONES: [&str; 4] = ["", "", "\u{0E48}", "\u{0E49}"];
    const LEADS: [&str; 5] = ["", "", "", "\u{0E40}", "\u{0E44}"];
    let consonant = |number: u32| letter(0x0E01 + number % 44);
    let mut unit = pick(&LEADS, seed >> 20);
    unit.push(consonant(seed));
    unit += &pick(&VOWELS, seed >> 6);
    unit += &pick(&TONES, seed >> 10);
    if seed >> 14 & 1 == 1 {
        unit.push(consonant(seed >> 15));
    }
    unit
}

/// Returns words of honest reviews of a simulated market, one after the other.
fn phrases(dice: &mut Pcg64Mcg, count: usize) -> Vec<String> {
    let config = Config {
        intensity: 0.0,
        orders: false,
        snapshots: false,
        days: 60,
        ..Config::sized(below(dice, 1 << 30) as u64, 40)
    };
    let mut words: Vec<String> = Vec::new();
    for event in Market::new(config) {
        if let Some(Payload::Review(review)) = event.payload {
            let text = review.body.split_whitespace().map(str::to_owned);
            words.extend(text);
            if words.len() >= count {
                break;
            }
        }
    }
    words.truncate(count);
    words
}
