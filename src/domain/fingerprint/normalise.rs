//! Undoes what makes equal texts look different to a program and alike to a reader.
//!
//! In this order: markup of web pages is removed, invisible characters are dropped, letters in other
//! forms become plain ones (NFKC, Unicode Standard Annex 15), and look-alikes of other alphabets are
//! folded. Plain texts of the common scripts pass unchanged, without a copy.

use std::borrow::Cow;

use memchr::memchr2;
use unicode_normalization::UnicodeNormalization as _;

use super::hidden::{HiddenWords, is_invisible};
use super::look_alikes::fold_look_alikes;
use super::markup::without_markup;

/// A text as its readers see it.
pub(super) struct Normal<'a> {
    pub(super) text: Cow<'a, str>,
    /// Words with invisible characters inside, or of mixed alphabets. Saturates.
    pub(super) hidden: u16,
}

/// Normalises a text.
pub(super) fn normalise(text: &str) -> Normal<'_> {
    if is_plain_ascii(text) {
        return Normal {
            text: Cow::Borrowed(text),
            hidden: 0,
        };
    }
    let shown = without_markup(text);
    if is_settled(&shown) {
        return Normal {
            text: shown,
            hidden: 0,
        };
    }
    let hidden = HiddenWords::of(&shown);
    let composed = composed(&shown);
    let (folded, mixed) = if is_settled(&composed) {
        (composed, 0)
    } else {
        fold_look_alikes(&composed)
    };
    Normal {
        text: Cow::Owned(folded),
        hidden: hidden.saturating_add(mixed),
    }
}

/// Drops what is invisible, and gives letters their plain form.
fn composed(text: &str) -> String {
    let visible = text.chars().filter(|letter| !is_invisible(*letter));
    let mut composed = String::with_capacity(text.len());
    for letter in visible.nfkc().filter(|letter| !is_invisible(*letter)) {
        // A vowel of Thai and of Lao has two halves in this form, and one letter on every keyboard.
        let whole = match letter {
            '\u{E32}' if composed.ends_with('\u{E4D}') => Some('\u{E33}'),
            '\u{EB2}' if composed.ends_with('\u{ECD}') => Some('\u{EB3}'),
            _ => None,
        };
        if whole.is_some() {
            composed.pop();
        }
        composed.push(whole.unwrap_or(letter));
    }
    composed
}

/// Whether a text has nothing but ASCII characters, and no markup.
fn is_plain_ascii(text: &str) -> bool {
    text.is_ascii() && memchr2(b'<', b'&', text.as_bytes()).is_none()
}

/// Whether a text has only characters that no step changes, and of the alphabets with look-alikes
/// one at most.
fn is_settled(text: &str) -> bool {
    let (mut latin, mut greek, mut cyrillic) = (false, false, false);
    let mut before = '\0';
    for letter in text.chars() {
        // Thai vowels below a letter come before its tone.
        let swapped =
            matches!(letter as u32, 0xE38..=0xE3A) && matches!(before as u32, 0xE48..=0xE4B);
        before = letter;
        if swapped {
            return false;
        }
        if letter.is_ascii() {
            latin |= letter.is_ascii_alphabetic();
            continue;
        }
        match letter as u32 {
            0xC0..=0xD6
            | 0xD8..=0xF6
            | 0xF8..=0x131
            | 0x134..=0x13E
            | 0x141..=0x148
            | 0x14A..=0x17E
            | 0x1A0..=0x1A1
            | 0x1AF..=0x1B0
            | 0x218..=0x21B
            | 0x1EA0..=0x1EF9 => latin = true,
            0x3AC..=0x3CE => greek = true,
            0x410..=0x45F => cyrillic = true,
            // Signs of Latin 1, dashes and quotation marks.
            0xA1..=0xA7 | 0xA9 | 0xAB | 0xAC | 0xAE | 0xB0 | 0xB1 | 0xB7 | 0xBB | 0xBF | 0xD7 | 0xF7
            | 0x2010 | 0x2012..=0x2016 | 0x2018..=0x2022 | 0x2026 | 0x20AC
            // Hearts and faces, which are no letters.
            | 0x2600..=0x26FF | 0x2701..=0x2767 | 0x1F300..=0x1F64F | 0x1F680..=0x1F6FF | 0x1F900..=0x1F9FF
            // Han, kana, Hangul, and their punctuation, also of full width.
            | 0x3001..=0x3003 | 0x3008..=0x3011 | 0x3041..=0x3096 | 0x30A1..=0x30FE
            | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3
            | 0xFF01 | 0xFF08 | 0xFF09 | 0xFF0C | 0xFF0E | 0xFF1A | 0xFF1B | 0xFF1F | 0xFF5E
            // Thai, and Arabic and Hebrew letters.
            | 0xE01..=0xE3A | 0xE3F..=0xE4C | 0xE4E..=0xE5B
            | 0x5D0..=0x5EA | 0x60C | 0x61B | 0x61F | 0x627..=0x63A | 0x641..=0x64A => {}
            _ => return false,
        }
    }
    u8::from(latin) + u8::from(greek) + u8::from(cyrillic) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settled_texts_are_those_that_normalising_leaves_alone() {
        for code in 0x80..0x2_0000_u32 {
            let Some(letter) = char::from_u32(code) else {
                continue;
            };
            let text = letter.to_string();
            if is_settled(&text) {
                let composed = composed(&text);
                // The dots of an ellipsis and signs of full width end a word either way.
                let signs = |text: &str| !text.chars().any(char::is_alphanumeric);
                let same = composed == text || (signs(&composed) && signs(&text));
                assert!(same && !is_invisible(letter), "{code:x}");
                assert_eq!(fold_look_alikes(&text), (text, 0), "{code:x}");
            }
        }
    }

    #[test]
    fn plain_texts_are_not_copied() {
        for text in [
            "The kettle boils fast, and it's quiet!",
            "Sản phẩm rất đẹp, giao hàng nhanh 😍",
            "这个杯子很好！我会再买",
            "Чайник кипит быстро",
            "ส่งเร็ว และคุณภาพดีมาก ทำความสะอาดง่าย",
        ] {
            assert!(matches!(normalise(text).text, Cow::Borrowed(_)), "{text}");
        }
    }
}
