//! Counts the words that hide something: invisible characters inside, or letters of other forms.
//!
//! Honest texts have invisible characters too, and they do not count. Persian and the scripts of
//! India need joiners, Thai and Khmer mark where words end, and emoji are joined. A soft hyphen is
//! where a word may be divided, so it counts only where none divides one: beside its first or last
//! letter.

use unicode_script::{Script, UnicodeScript as _};

/// Fewest letters on either side of a division.
const DIVIDED_LEAST: u32 = 2;

const SOFT_HYPHEN: char = '\u{AD}';

/// Whether a reader sees nothing: `Default_Ignorable_Code_Point` of Unicode, control characters, and
/// marks of annotations.
pub(super) const fn is_invisible(letter: char) -> bool {
    matches!(letter as u32,
        0x0..=0x8 | 0xE..=0x1F | 0x7F..=0x84 | 0x86..=0x9F | 0xAD | 0x34F | 0x61C | 0x115F..=0x1160
        | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F
        | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x1_BCA0..=0x1_BCA3
        | 0x1_D173..=0x1_D17A | 0xE_0000..=0xE_0FFF)
}

/// A walk over a text that counts.
#[derive(Default)]
pub(super) struct HiddenWords {
    words: u16,
    // Of the current word.
    letters: u32,
    last: Option<char>,
    /// Whether invisible characters came since the last letter, but for those that may.
    invisible: bool,
    /// Letters before the newest soft hyphen.
    divided: Option<u32>,
    /// Letters in another form, and plain ASCII ones.
    styled: u32,
    ordinary: u32,
    hides: bool,
}

impl HiddenWords {
    /// The number of such words. Saturates.
    pub(super) fn of(text: &str) -> u16 {
        let mut walk = Self::default();
        for letter in text.chars() {
            walk.step(letter);
        }
        walk.end_word();
        walk.words
    }

    fn step(&mut self, letter: char) {
        if letter == SOFT_HYPHEN {
            if self.letters > 0 && self.divided.is_none_or(|before| before >= DIVIDED_LEAST) {
                self.divided = Some(self.letters);
            }
        } else if is_invisible(letter) {
            // Variation selectors choose a form of the character before them.
            let selects = matches!(letter as u32, 0xFE00..=0xFE0F | 0xE_0100..=0xE_01EF);
            self.invisible |= self.letters > 0 && !selects;
        } else if letter.is_alphanumeric() {
            self.take(letter);
        } else {
            self.end_word();
        }
    }

    fn take(&mut self, letter: char) {
        let divided = self.divided == Some(self.letters) && self.letters < DIVIDED_LEAST;
        self.hides |= divided && needs_nothing_invisible(letter);
        self.hides |= self.invisible
            && needs_nothing_invisible(letter)
            && self.last.is_some_and(needs_nothing_invisible);
        self.styled += u32::from(is_styled(letter));
        self.ordinary += u32::from(letter.is_ascii_alphabetic());
        self.invisible = false;
        self.last = Some(letter);
        self.letters += 1;
    }

    fn end_word(&mut self) {
        let short_end =
            |before: u32| before < self.letters && self.letters - before < DIVIDED_LEAST;
        let divided = self.divided.is_some_and(short_end);
        let hides = self.hides
            || (self.styled > 0 && self.ordinary > 0)
            || (divided && self.last.is_some_and(needs_nothing_invisible));
        let words = self.words.saturating_add(u16::from(hides));
        *self = Self {
            words,
            ..Self::default()
        };
    }
}

/// Whether the script of a letter is written without joiners and marks that nobody sees.
fn needs_nothing_invisible(letter: char) -> bool {
    letter.is_ascii()
        || matches!(
            letter.script(),
            Script::Latin
                | Script::Greek
                | Script::Cyrillic
                | Script::Armenian
                | Script::Georgian
                | Script::Han
                | Script::Hiragana
                | Script::Katakana
                | Script::Hangul
        )
}

/// Whether a letter is an ASCII letter in another form: of full width, for formulas, in a circle or a
/// box.
const fn is_styled(letter: char) -> bool {
    matches!(letter as u32,
        0xFF21..=0xFF3A | 0xFF41..=0xFF5A | 0x24B6..=0x24E9 | 0x1_D400..=0x1_D7CB
        | 0x1_F130..=0x1_F149 | 0x1_F150..=0x1_F169 | 0x1_F170..=0x1_F189)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_something_inside_are_counted_once() {
        for (text, words) in [
            ("ket\u{200b}tle bo\u{2060}i\u{feff}ls", 2),
            ("k\u{ad}ettle kettl\u{ad}e ket\u{ad}tle", 2),
            ("\u{e0061}k\u{e0061}ettle", 1),
            ("ke\u{202e}ttle", 1),
            ("kｅttle ｆｕｌｌ 𝐛old", 2),
            ("很\u{200b}好", 1),
        ] {
            assert_eq!(HiddenWords::of(text), words, "{text:?}");
        }
    }

    #[test]
    fn invisible_characters_that_scripts_need_are_not_counted() {
        for text in [
            "\u{feff}The kettle\u{200b} is\u{200e} good",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} good",
            "ก\u{200b}ข",
            "葛\u{e0100}飾",
            "Donau\u{ad}dampf\u{ad}schiff",
            "1\u{fe0f}\u{20e3} 2ª nº ﬁne",
        ] {
            assert_eq!(HiddenWords::of(text), 0, "{text:?}");
        }
    }
}
