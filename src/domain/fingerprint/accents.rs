//! Accents that make no other wording.

use std::sync::LazyLock;

use unicode_normalization::char::decompose_canonical;

/// Letters with accents of the Latin alphabet, in two blocks of Unicode.
const BLOCKS: [(u32, u32); 2] = [(0xC0, 0x24F), (0x1E00, 0x1EFF)];

/// Their letters without accents, made once: a search for each letter would cost more than its hash.
static PLAIN: LazyLock<[Vec<char>; 2]> = LazyLock::new(|| {
    BLOCKS.map(|(first, last)| {
        let letters = (first..=last).map(|code| char::from_u32(code).unwrap_or_default());
        letters.map(decompose).collect()
    })
});

/// Returns a small Latin letter without its accents, and any other character as it is.
pub(super) fn without_accent(letter: char) -> char {
    let code = letter as u32;
    let block = match code {
        0xC0..=0x24F => 0,
        0x1E00..=0x1EFF => 1,
        _ => return letter,
    };
    let place = (code - BLOCKS[block].0) as usize;
    PLAIN[block].get(place).copied().unwrap_or(letter)
}

fn decompose(letter: char) -> char {
    // Strokes are no accents to Unicode.
    match letter {
        'đ' => return 'd',
        'ł' => return 'l',
        'ø' => return 'o',
        _ => {}
    }
    let mut first = None;
    decompose_canonical(letter, |part| {
        first.get_or_insert(part);
    });
    first.filter(char::is_ascii_alphabetic).unwrap_or(letter)
}

/// Returns whether a combining mark belongs to no script: it adds nothing to the wording where it
/// made no letter with an accent.
pub(super) const fn is_alien_mark(mark: char) -> bool {
    matches!(mark as u32,
        0x300..=0x36F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_letters_lose_their_accents_and_others_keep_them() {
        for (accented, plain) in [
            ("áàảãạâấ ăặ éệ đ ñ ç ü ø ł ž", "aaaaaaa aa ee d n c u o l z"),
            ("æ ß ı ё й ά か क", "æ ß ı ё й ά か क"),
            ("plain", "plain"),
        ] {
            let found: String = accented.chars().map(without_accent).collect();
            assert_eq!(found, plain);
        }
        assert!(is_alien_mark('\u{301}') && !is_alien_mark('\u{94D}'));
    }
}
