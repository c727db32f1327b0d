//! Fingerprint of a text for signals, computed in one walk over what its readers see.

mod accents;
mod hidden;
mod look_alikes;
mod markup;
mod no_content;
mod normalise;
mod statements;
mod words;

use std::sync::LazyLock;

use unicode_normalization::char::is_combining_mark;

use accents::{is_alien_mark, without_accent};
use hidden::is_invisible;
pub use no_content::NoContent;
use normalise::{Normal, normalise};
pub use statements::Reward;
use statements::Statements;
use words::{fold, is_first_person, mentions_reward};

/// Near-duplicate signals abstain for texts with fewer shingles: three shingles need five words.
const SHINGLES_MIN: u16 = 3;

/// Texts with fewer shingles match only if nearly all of them do. A stock phrase of five words is a
/// third of a text of eight, and unconnected authors write it.
const SHINGLES_SHORT: u16 = 12;
/// Length of a shingle in scripts that spell words without spaces. As many texts share seven
/// letters by chance as share three words in other scripts.
const LETTERS: usize = 7;

/// Odd multipliers of the four hash functions. Each function permutes 64 bits, and its smallest
/// value is one coordinate of a `MinHash` signature.
const MULTIPLIERS: [u64; 4] = [
    0x9E37_79B9_7F4A_7C15,
    0xC2B2_AE3D_27D4_EB4F,
    0x1656_67B1_9E37_79F9,
    0xD6E8_FEB8_6659_FD93,
];

/// The measures of one text.
///
/// Near-duplicates are found by `MinHash` over shingles of three words (Broder, 1997). There are
/// two bands of two coordinates: texts of Jaccard similarity `s` share a band with probability `1 -
/// (1 - s^2)^2`. Short texts have one band of all four coordinates, so they share it with
/// probability `s^4`. In scripts without spaces a character counts as a word. Thai, Lao, Khmer and
/// Myanmar spell words in letters and use shingles of seven, because many texts share any three or
/// four. Shingles of two words find a few more edits, but match many more unrelated texts.
///
/// Texts are normalised first, so that disguised copies have one fingerprint. Shingles compare Latin
/// words without their accents; three words in a row keep their meaning without them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Words; in scripts without spaces every character is one. Saturates.
    pub words: u16,
    /// Characters that are letters or digits. Saturates.
    pub letters: u16,
    /// Capital letters. Saturates.
    pub capitals: u16,
    /// Exclamation marks. Saturates.
    pub exclamations: u8,
    /// Whether a word may mention a reward.
    pub reward: bool,
    /// First-person words. Saturates.
    pub first_person: u16,
    /// Distinct words, estimated by linear counting (Whang et al., ACM TODS 15, 1990) in 512 bits.
    /// The error is some 4 % at 300 words, and the value is never above `words`.
    pub distinct: u16,
    /// Words that hide invisible characters or mix alphabets. Saturates.
    pub hidden: u16,
    /// What its author says to have got for the review.
    pub admits: Option<Reward>,
    /// Whether it offers reviews for sale.
    pub sells: bool,
    /// Why it says nothing.
    pub no_content: Option<NoContent>,
    /// Hash of all words in their order; 0 without words.
    pub whole: u64,
    /// Band keys, the same one twice for a short text; `None` for a text that is too short.
    pub bands: Option<[u64; 2]>,
}

impl Fingerprint {
    /// Computes the fingerprint of the parts of a text, as if a space joined them.
    pub fn of(parts: &[&str]) -> Self {
        let mut walk = Walk::new();
        let parts: Vec<Normal<'_>> = parts.iter().map(|part| normalise(part)).collect();
        for normal in &parts {
            walk.print.hidden = walk.print.hidden.saturating_add(normal.hidden);
            if normal.text.is_ascii() {
                for byte in normal.text.bytes() {
                    walk.step_ascii(char::from(byte));
                }
            } else {
                for letter in normal.text.chars() {
                    walk.step(letter);
                }
            }
            walk.end_word();
        }
        let telling = walk.telling;
        let mut print = walk.finish();
        let parts: Vec<&str> = parts.iter().map(|part| part.text.as_ref()).collect();
        let statements = if telling {
            statements::read(&parts)
        } else {
            Statements::default()
        };
        print.admits = statements.reward;
        print.sells = statements.sells;
        print.no_content = no_content::judge(&print, statements, &parts);
        print
    }
}

struct Walk {
    print: Fingerprint,
    // Hash of the current word without accents.
    wording: u64,
    // Its hash with them, from its first accent on.
    accented: Option<u64>,
    letters_in_word: u32,
    // Whether a word makes it worth reading what the text says of itself.
    telling: bool,
    // The last words, the newest at the end.
    last: [u64; LETTERS - 1],
    // Number of shingles so far. Saturates.
    shingles: u16,
    minima: [u64; 4],
    // Whether the current word is a letter of a script that spells words without spaces.
    spelled: bool,
    // One bit for each word so far, by its hash.
    seen: [u64; 8],
}

impl Walk {
    fn new() -> Self {
        Self {
            print: Fingerprint::default(),
            wording: 0,
            accented: None,
            letters_in_word: 0,
            telling: false,
            last: [0; LETTERS - 1],
            shingles: 0,
            minima: [u64::MAX; 4],
            spelled: false,
            seen: [0; 8],
        }
    }

    fn step_ascii(&mut self, letter: char) {
        if letter.is_ascii_alphanumeric() {
            self.print.capitals = self
                .print
                .capitals
                .saturating_add(u16::from(letter.is_ascii_uppercase()));
            self.take(letter.to_ascii_lowercase());
        } else if letter != '\'' && !is_invisible(letter) {
            // An apostrophe is part of its word; any other visible character ends it.
            self.print.exclamations = self
                .print
                .exclamations
                .saturating_add(u8::from(letter == '!'));
            self.end_word();
        }
    }

    fn step(&mut self, letter: char) {
        if letter.is_ascii() {
            if let Some(accented) = &mut self.accented
                && letter.is_ascii_alphanumeric()
            {
                *accented = fold(*accented, letter.to_ascii_lowercase());
            }
            self.step_ascii(letter);
        } else if writes_without_spaces(letter) {
            self.end_word();
            self.take(letter);
            self.spelled = is_spelled(letter);
            self.end_word();
            self.spelled = false;
        } else if letter.is_alphanumeric() {
            if letter.is_uppercase() {
                self.print.capitals = self.print.capitals.saturating_add(1);
            }
            // The first folded character is enough to distinguish words.
            let folded = letter.to_lowercase().next().unwrap_or(letter);
            let plain = without_accent(folded);
            if plain != folded && self.accented.is_none() {
                self.accented = Some(self.wording);
            }
            self.count_letter();
            self.spell(folded, plain);
        } else if is_combining_mark(letter) {
            if self.letters_in_word > 0 && !is_alien_mark(letter) {
                self.spell(letter, letter);
            }
        } else if letter != '\u{2019}' {
            let shouted = matches!(letter, '！' | '¡');
            self.print.exclamations = self.print.exclamations.saturating_add(u8::from(shouted));
            self.end_word();
        }
    }

    /// Takes a letter without an accent, before the first accent of its word.
    fn take(&mut self, folded: char) {
        self.count_letter();
        self.wording = fold(self.wording, folded);
    }

    fn count_letter(&mut self) {
        self.print.letters = self.print.letters.saturating_add(1);
        self.letters_in_word += 1;
    }

    fn spell(&mut self, folded: char, plain: char) {
        self.wording = fold(self.wording, plain);
        if let Some(accented) = &mut self.accented {
            *accented = fold(*accented, folded);
        }
    }

    fn end_word(&mut self) {
        if self.letters_in_word == 0 {
            return;
        }
        let exact = self.accented.take().unwrap_or(self.wording);
        self.print.words = self.print.words.saturating_add(1);
        self.print.reward |= mentions_reward(exact);
        self.print.first_person = self
            .print
            .first_person
            .saturating_add(u16::from(is_first_person(exact)));
        self.telling |= is_telling(finish(self.wording));
        let word = finish(exact);
        self.print.whole = finish(self.print.whole.rotate_left(9) ^ finish(self.wording));
        self.seen[(word >> 61) as usize] |= 1 << (word >> 55 & 63);
        self.take_shingles(finish(self.wording));
        self.wording = 0;
        self.letters_in_word = 0;
    }

    /// Adds the shingles that end with a word.
    fn take_shingles(&mut self, word: u64) {
        let [.., second, third] = self.last;
        let triple = finish(
            second.rotate_left(17) ^ third.rotate_left(41) ^ word.wrapping_mul(MULTIPLIERS[1]),
        );
        let (shingle, long) = if self.spelled {
            let earlier = self.last[..LETTERS - 3].iter();
            let earlier = earlier.fold(0_u64, |hash, letter| hash.rotate_left(13) ^ letter);
            (finish(earlier ^ triple), LETTERS)
        } else {
            (triple, 3)
        };
        self.last.rotate_left(1);
        self.last[LETTERS - 2] = word;
        if usize::from(self.print.words) < long {
            return;
        }
        self.shingles = self.shingles.saturating_add(1);
        // The hash is well mixed, so a product makes four different functions.
        for (least, multiplier) in self.minima.iter_mut().zip(MULTIPLIERS) {
            *least = (*least).min(shingle.wrapping_mul(multiplier));
        }
    }

    fn finish(mut self) -> Fingerprint {
        self.end_word();
        if self.shingles >= SHINGLES_MIN {
            let [a, b, c, d] = self.minima;
            let first = finish(a ^ b.rotate_left(32) ^ 1);
            let second = finish(c ^ d.rotate_left(32) ^ 2);
            self.print.bands = Some(if self.shingles < SHINGLES_SHORT {
                [finish(first ^ second.rotate_left(32)); 2]
            } else {
                [first, second]
            });
        }
        self.print.distinct = self.distinct();
        self.print.hidden = self.print.hidden.min(self.print.words);
        self.print
    }

    fn distinct(&self) -> u16 {
        let zeros: u32 = self.seen.iter().map(|word| word.count_zeros()).sum();
        // If no bit is left, half a bit is assumed.
        let left = f64::from(zeros).max(0.5) / 512.0;
        let estimate = libm::round(-512.0 * libm::log(left)) as u16;
        estimate.min(self.print.words)
    }
}

/// The words that make it worth reading what a text says of itself: hashes in order, and a bit for each
/// that rejects most words at once.
static TELLING: LazyLock<([u64; 64], Vec<u64>)> = LazyLock::new(|| {
    let hash = |word: &str| finish(word.chars().map(without_accent).fold(0, fold));
    let mut hashes: Vec<u64> = statements::telling().map(hash).collect();
    hashes.sort_unstable();
    let mut bits = [0; 64];
    for hash in &hashes {
        bits[(hash >> 58) as usize] |= 1 << (hash >> 52 & 63);
    }
    (bits, hashes)
});

fn is_telling(word: u64) -> bool {
    let (bits, hashes) = &*TELLING;
    bits[(word >> 58) as usize] >> (word >> 52 & 63) & 1 == 1 && hashes.binary_search(&word).is_ok()
}

/// Applies the last step of `MurmurHash3`: every bit of the result depends on every bit of the
/// input.
const fn finish(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

/// Returns whether a script spells words in letters without spaces: Thai, Lao, Khmer and Myanmar.
const fn is_spelled(letter: char) -> bool {
    matches!(letter as u32, 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF)
}

/// Returns whether a character counts as a word: Han, kana, Thai, Lao, Khmer and Myanmar.
pub(crate) const fn writes_without_spaces(letter: char) -> bool {
    matches!(letter as u32,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_134F)
}

#[cfg(test)]
mod tests;
