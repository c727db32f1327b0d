//! Words of a text with their places.

use super::super::accents::{is_alien_mark, without_accent};
use super::super::writes_without_spaces;

/// Most words of a text that are read.
const TOKENS_MOST: usize = 600;
/// Words that a comma counts as.
const CLAUSE: u32 = 6;
/// Words that the end of a sentence counts as.
const SENTENCE: u32 = 20;

/// A word, a character of a script without spaces, or a sign that means a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Token {
    /// In small letters.
    pub(super) exact: String,
    /// The same without accents.
    pub(super) plain: String,
    /// Its number, counting breaks as several words.
    pub(super) place: u32,
}

/// The words of the parts of a normalised text.
pub(super) fn tokens(parts: &[&str]) -> Vec<Token> {
    let mut walk = Walk::default();
    for part in parts {
        let mut letters = part.chars().peekable();
        while let Some(letter) = letters.next() {
            if walk.tokens.len() >= TOKENS_MOST {
                return walk.tokens;
            }
            walk.step(letter, letters.peek().copied());
        }
        walk.end_word();
        walk.place += SENTENCE;
    }
    walk.tokens
}

#[derive(Default)]
struct Walk {
    tokens: Vec<Token>,
    word: Token,
    place: u32,
    /// Whether only a space or a dash came since a number.
    after_number: bool,
}

impl Walk {
    fn step(&mut self, letter: char, next: Option<char>) {
        if writes_without_spaces(letter) || is_sign(letter) {
            self.end_word();
            self.push(letter);
            self.end_word();
        } else if letter.is_alphanumeric() {
            let number = letter.is_ascii_digit();
            let word_is_number = self.word.exact.bytes().all(|byte| byte.is_ascii_digit());
            // A number is a word of its own: 5stars, 5星.
            if !self.word.exact.is_empty() && number != word_is_number {
                self.end_word();
            }
            self.push(letter);
        } else if !is_alien_mark(letter) {
            self.end_word();
            self.place += match letter {
                ',' | ';' | ':' | '(' | ')' | '，' | '；' | '：' | '、' => CLAUSE,
                // A point within an address or a number ends nothing.
                '.' if next.is_some_and(char::is_alphanumeric) => 0,
                '.' | '!' | '?' | '\n' | '。' | '！' | '？' | '…' => SENTENCE,
                _ => 0,
            };
            self.after_number &= matches!(letter, ' ' | '-' | '.' | '(' | ')');
        }
    }

    fn push(&mut self, letter: char) {
        let small = letter.to_lowercase().next().unwrap_or(letter);
        self.word.exact.push(small);
        self.word.plain.push(without_accent(small));
    }

    fn end_word(&mut self) {
        if self.word.exact.is_empty() {
            return;
        }
        let mut word = std::mem::take(&mut self.word);
        let number = word.exact.bytes().all(|byte| byte.is_ascii_digit());
        // The parts of a telephone number are one.
        if number
            && self.after_number
            && word.exact.len() >= 2
            && let Some(last) = self.tokens.last_mut()
            && last.exact.len() + word.exact.len() >= 4
        {
            last.exact.push_str(&word.exact);
            last.plain.push_str(&word.plain);
            return;
        }
        self.after_number = number;
        word.place = self.place;
        self.place += 1;
        self.tokens.push(word);
    }
}

/// Whether a sign stands for a word.
const fn is_sign(letter: char) -> bool {
    matches!(letter, '$' | '€' | '£' | '¥' | '⭐' | '★' | '@' | '#' | '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_numbers_and_characters_are_words() {
        let text = "They didn't pay $20, see t.me/x. 5星好评! Call +1 (555) 010-0199";
        let found = tokens(&[text]);
        let words: Vec<&str> = found.iter().map(|token| token.plain.as_str()).collect();
        let wanted = "they didn t pay $ 20 see t me x 5 星 好 评 call 15550100199";
        assert_eq!(words.join(" "), wanted);
        let place = |word: &str| {
            found
                .iter()
                .find(|token| token.plain == word)
                .map(|t| t.place)
        };
        assert_eq!(place("see"), place("20").map(|place| place + 1 + CLAUSE));
        assert_eq!(place("5"), place("x").map(|place| place + 1 + SENTENCE));
    }
}
