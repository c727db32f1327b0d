//! Folds letters that imitate the letters of another alphabet, such as the Cyrillic `а` in `bаd`.
//!
//! Texts of every alphabet keep their own words: only words that mix alphabets change, and words of
//! another alphabet than the text's if every letter of theirs imitates one of the text's. The
//! look-alikes of Latin letters are those of Unicode's Technical Standard 39 (`confusables.txt`).

use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript as _};
use unicode_security::confusable_detection::skeleton;

/// Cyrillic letters and the Latin ones that imitate them.
const CYRILLIC: [(char, char); 26] = [
    ('A', 'А'),
    ('B', 'В'),
    ('C', 'С'),
    ('E', 'Е'),
    ('H', 'Н'),
    ('I', 'І'),
    ('J', 'Ј'),
    ('K', 'К'),
    ('M', 'М'),
    ('O', 'О'),
    ('P', 'Р'),
    ('S', 'Ѕ'),
    ('T', 'Т'),
    ('X', 'Х'),
    ('Y', 'У'),
    ('a', 'а'),
    ('c', 'с'),
    ('e', 'е'),
    ('i', 'і'),
    ('j', 'ј'),
    ('k', 'к'),
    ('o', 'о'),
    ('p', 'р'),
    ('s', 'ѕ'),
    ('x', 'х'),
    ('y', 'у'),
];

/// Greek letters and the Latin ones that imitate them.
const GREEK: [(char, char); 23] = [
    ('A', 'Α'),
    ('B', 'Β'),
    ('E', 'Ε'),
    ('H', 'Η'),
    ('I', 'Ι'),
    ('K', 'Κ'),
    ('M', 'Μ'),
    ('N', 'Ν'),
    ('O', 'Ο'),
    ('P', 'Ρ'),
    ('T', 'Τ'),
    ('X', 'Χ'),
    ('Y', 'Υ'),
    ('Z', 'Ζ'),
    ('a', 'α'),
    ('i', 'ι'),
    ('k', 'κ'),
    ('o', 'ο'),
    ('p', 'ρ'),
    ('u', 'υ'),
    ('v', 'ν'),
    ('x', 'χ'),
    ('y', 'γ'),
];

/// Small capitals, which count as Latin letters.
const SMALL_CAPITALS: [(char, char); 24] = [
    ('ᴀ', 'a'),
    ('ʙ', 'b'),
    ('ᴄ', 'c'),
    ('ᴅ', 'd'),
    ('ᴇ', 'e'),
    ('ꜰ', 'f'),
    ('ɢ', 'g'),
    ('ʜ', 'h'),
    ('ɪ', 'i'),
    ('ᴊ', 'j'),
    ('ᴋ', 'k'),
    ('ʟ', 'l'),
    ('ᴍ', 'm'),
    ('ɴ', 'n'),
    ('ᴏ', 'o'),
    ('ᴘ', 'p'),
    ('ʀ', 'r'),
    ('ꜱ', 's'),
    ('ᴛ', 't'),
    ('ᴜ', 'u'),
    ('ᴠ', 'v'),
    ('ᴡ', 'w'),
    ('ʏ', 'y'),
    ('ᴢ', 'z'),
];

/// Latin letters that no other alphabet has a look-alike of: they tell which alphabet a text is in.
const LATIN_ONLY: &str = "bdfglmnqrtwzDFGLQRUVW";

/// Folds the words of a text without markup, and counts those that mixed alphabets.
pub(super) fn fold_look_alikes(text: &str) -> (String, u16) {
    let main = main_alphabet(text);
    let mut folded = String::with_capacity(text.len());
    let mut mixed = 0_u16;
    let mut rest = text;
    while let Some(at) = rest.find(is_part_of_word) {
        folded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(|letter| !is_part_of_word(letter));
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        mixed = mixed.saturating_add(u16::from(fold_word(word, main, &mut folded)));
        rest = after;
    }
    folded.push_str(rest);
    (folded, mixed)
}

fn is_part_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

/// Adds a word to a text, folded where it imitates the text's alphabet. Returns whether it mixes
/// alphabets and all of it can be folded.
fn fold_word(word: &str, main: Script, text: &mut String) -> bool {
    if word.is_ascii() && main == Script::Latin {
        text.push_str(word);
        return false;
    }
    let (mut own, mut foreign, mut imitating) = (false, 0, 0);
    for letter in word.chars() {
        match alphabet(letter) {
            Some(script) if script == main => own = true,
            Some(_) => {
                foreign += 1;
                imitating += u32::from(imitation(letter, main).is_some());
            }
            None => {}
        }
    }
    let folds = own || imitating == foreign;
    text.extend(word.chars().map(|letter| match alphabet(letter) {
        Some(script) if folds && script != main => imitation(letter, main).unwrap_or(letter),
        _ => styled(letter).unwrap_or(letter),
    }));
    own && foreign > 0 && imitating == foreign
}

/// The alphabet of most letters that no other alphabet has a look-alike of; without any, that of most
/// letters.
fn main_alphabet(text: &str) -> Script {
    let mut counts = [
        Script::Latin,
        Script::Cyrillic,
        Script::Greek,
        Script::Common,
    ]
    .map(|script| (script, 0_u32, 0_u32));
    for letter in text.chars() {
        let Some(script) = alphabet(letter) else {
            continue;
        };
        let tells = if script == Script::Latin {
            !letter.is_ascii() || LATIN_ONLY.contains(letter)
        } else {
            latin(letter).is_none()
        };
        let place = counts.iter().position(|(counted, ..)| *counted == script);
        // The last one counts all other alphabets.
        let (_, telling, letters) = &mut counts[place.unwrap_or(counts.len() - 1)];
        *telling += u32::from(tells);
        *letters += 1;
    }
    let most = counts.into_iter().rev();
    let most = most.max_by_key(|(_, telling, letters)| (*telling, *letters));
    most.map_or(Script::Latin, |(script, ..)| script)
}

/// The alphabet of a letter, if letters of other alphabets imitate it or are imitated by it.
fn alphabet(letter: char) -> Option<Script> {
    // Most letters are known by their block, and the others are searched for.
    let script = match letter as u32 {
        0..=0x7F => return letter.is_ascii_alphabetic().then_some(Script::Latin),
        0x590..=0x109F
        | 0x1100..=0x139F
        | 0x1780..=0x1CFF
        | 0x2000..=0x2BFF
        | 0x2E80..=0xA48F
        | 0xAC00..=0xFAFF
        | 0x1F200..=0x1FFFF => return None,
        _ => letter.script(),
    };
    let imitates = matches!(
        script,
        Script::Latin
            | Script::Greek
            | Script::Cyrillic
            | Script::Armenian
            | Script::Georgian
            | Script::Coptic
            | Script::Cherokee
            | Script::Lisu
            | Script::Deseret
            | Script::Osage
            | Script::Canadian_Aboriginal
            | Script::Tifinagh
            | Script::Old_Italic
            | Script::Runic
            | Script::Gothic
            | Script::Warang_Citi
    );
    imitates.then_some(script)
}

/// The letter of an alphabet that a letter of another one imitates.
fn imitation(letter: char, main: Script) -> Option<char> {
    let own = |pairs: &[(char, char)]| {
        let latin = if letter.is_ascii() {
            letter
        } else {
            latin(letter)?
        };
        pairs
            .iter()
            .find(|(known, _)| *known == latin)
            .map(|(_, own)| *own)
    };
    match main {
        Script::Latin => latin(letter),
        Script::Cyrillic => own(&CYRILLIC),
        Script::Greek => own(&GREEK),
        _ => None,
    }
}

/// The Latin letter that a letter of another alphabet imitates.
fn latin(letter: char) -> Option<char> {
    if letter.is_ascii() {
        return None;
    }
    let found = prototype(letter).or_else(|| {
        // The small letters of a few capitals differ from the Latin ones in size alone.
        let capital = matches!(letter, 'в' | 'к' | 'м' | 'н' | 'т' | 'ѕ');
        let capital = capital.then(|| letter.to_uppercase().next()).flatten()?;
        prototype(capital).map(|latin| latin.to_ascii_lowercase())
    })?;
    // Capital I and small l look alike, and the standard takes both for l.
    Some(if found == 'l' && letter.is_uppercase() {
        'I'
    } else {
        found
    })
}

/// The single ASCII letter that a letter is drawn like, but for accents.
fn prototype(letter: char) -> Option<char> {
    let mut bytes = [0; 4];
    let text: &str = letter.encode_utf8(&mut bytes);
    let mut drawn = skeleton(text).filter(|part| !is_combining_mark(*part));
    let found = drawn.next().filter(char::is_ascii_alphabetic)?;
    drawn.next().is_none().then_some(found)
}

/// The plain letter of a small capital and of a letter in a filled box or circle.
fn styled(letter: char) -> Option<char> {
    let code = letter as u32;
    if code < 0x250 || (0x370..0x1D00).contains(&code) {
        return None;
    }
    let boxed = match code {
        0x1F150..=0x1F169 => Some(code - 0x1F150),
        0x1F170..=0x1F189 => Some(code - 0x1F170),
        _ => None,
    };
    if let Some(place) = boxed {
        return char::from_u32(u32::from(b'A') + place);
    }
    if letter == 'ɑ' || letter == 'ɡ' {
        return prototype(letter);
    }
    let small = SMALL_CAPITALS.iter().find(|(small, _)| *small == letter);
    small.map(|(_, plain)| *plain)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn fold(text: &str) -> (String, u16) {
        fold_look_alikes(text)
    }

    #[test]
    fn imitations_are_folded_into_the_alphabet_of_the_text() {
        let same = [
            ("This kеttlе bоils fаst", "This kettle boils fast", 3),
            ("Тhis kеttlе", "This kettle", 2),
            ("І bought it, сосо", "I bought it, coco", 0),
            // Greek, Armenian, Cherokee, small capitals and boxes.
            ("this kettlε iѕ gοοd", "this kettlε is good", 2),
            ("the kettle is ցօօd", "the kettle is good", 1),
            ("ᴋɪᴛᴄʜᴇɴ 🅱🅾🅸", "kitchen BOI", 0),
            ("скaжи eму нe нaдо", "скажи ему не надо", 4),
            ("Αυτο ειναι kαλο για πaντα", "Αυτο ειναι καλο για παντα", 2),
        ];
        for (text, plain, mixed) in same {
            assert_eq!(fold(text), (plain.to_owned(), mixed), "{text}");
        }
    }

    #[test]
    fn honest_words_of_other_alphabets_stay_what_they_are() {
        for text in [
            "Чайник кипит быстро, нет шума, я бы купил его снова",
            "Ο βραστήρας είναι πολύ καλός και ήσυχος",
            "Купил Samsung через USB",
            "The word мир means peace",
            "μg of π-bonds",
            "rất đẹp, giao hàng nhanh",
            "很好 iPhone",
            "صحيح iPhone",
        ] {
            let (folded, mixed) = fold(text);
            assert_eq!((folded.as_str(), mixed), (text, 0));
        }
    }

    #[test]
    fn no_two_letters_of_an_alphabet_are_folded_into_one() {
        let small = |from: u32, to: u32| {
            (from..=to)
                .filter_map(char::from_u32)
                .filter(|letter| letter.is_lowercase())
        };
        // Russian and its neighbours, and Greek without accents.
        for letters in [small(0x430, 0x44F), small(0x3B1, 0x3C9)] {
            let mut seen = BTreeSet::new();
            for letter in letters {
                if let Some(latin) = latin(letter) {
                    assert!(
                        seen.insert(latin) || letter == 'σ',
                        "{letter} is {latin} too"
                    );
                }
            }
        }
        for pairs in [&CYRILLIC[..], &GREEK[..]] {
            let own: BTreeSet<char> = pairs.iter().map(|(_, own)| *own).collect();
            assert_eq!(own.len(), pairs.len());
        }
    }
}
