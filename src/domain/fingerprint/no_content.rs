//! Texts that say nothing: signs alone, one word again and again, letters as they lie on the keyboard.

use super::Fingerprint;
use super::accents::without_accent;
use super::statements::Statements;
use super::writes_without_spaces;

/// Why a text is no review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoContent {
    /// It has neither letters nor digits, nor pictures of faces or things.
    Signs = 1,
    /// It is one word or phrase, again and again.
    Repeated = 2,
    /// Most of its letters are in no words.
    Nonsense = 3,
    /// It says that it fills space.
    Filler = 4,
}

/// Fewest times of one word, and of one character of a script without spaces.
const SAME_WORDS: u16 = 4;
const SAME_CHARACTERS: u16 = 6;
/// Words of a text whose few words come again and again. In longer texts all words do.
const AGAIN_WORDS: std::ops::RangeInclusive<u16> = 12..=400;
/// How often each of its words comes at least, and each character of a script without spaces.
const AGAIN_TIMES: u16 = 4;
const AGAIN_TIMES_CHARACTERS: u16 = 6;
/// Tenths of the letters that are in no words.
const NONSENSE_TENTHS: u32 = 6;
/// Letters in words that are content, whatever follows.
const SENSE_MOST: u32 = 60;
/// Fewest letters of a word that may be none.
const NONSENSE_LETTERS: usize = 4;
/// Consonants in a row that no language of the Latin alphabet has without its digraphs.
const CONSONANTS: u32 = 5;
/// The rows of keyboards.
const KEYS: [&str; 8] = [
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "1234567890",
];
/// Two or three letters that are one consonant.
const DIGRAPHS: [&str; 8] = ["sch", "tch", "ch", "ck", "ng", "ph", "sh", "th"];

/// Judges a text by what was counted, what it says of itself, and its letters.
pub(super) fn judge(
    print: &Fingerprint,
    statements: Statements,
    parts: &[&str],
) -> Option<NoContent> {
    if print.words == 0 {
        return has_signs_alone(parts).then_some(NoContent::Signs);
    }
    if is_nonsense(print, parts) {
        return Some(NoContent::Nonsense);
    }
    if is_repeated(print, parts) {
        return Some(NoContent::Repeated);
    }
    statements.filler.then_some(NoContent::Filler)
}

fn has_signs_alone(parts: &[&str]) -> bool {
    let letters = || parts.iter().flat_map(|part| part.chars());
    let sign = |letter: char| {
        letter.is_ascii_punctuation()
            || matches!(letter as u32, 0x2010..=0x2027 | 0x3001..=0x3011 | 0xFF01..=0xFF65 | 0xB7)
    };
    letters().any(sign) && letters().all(|letter| sign(letter) || letter.is_whitespace())
}

fn is_repeated(print: &Fingerprint, parts: &[&str]) -> bool {
    let first = parts
        .iter()
        .flat_map(|part| part.chars())
        .find(|letter| letter.is_alphanumeric());
    let (least, times) = if first.is_some_and(writes_without_spaces) {
        (SAME_CHARACTERS, AGAIN_TIMES_CHARACTERS)
    } else {
        (SAME_WORDS, AGAIN_TIMES)
    };
    let same = print.distinct == 1 && print.words >= least;
    same || (AGAIN_WORDS.contains(&print.words) && print.distinct * times <= print.words)
}

fn is_nonsense(print: &Fingerprint, parts: &[&str]) -> bool {
    let most_sense = u32::from(print.letters) * (10 - NONSENSE_TENTHS) / 10;
    let most_sense = most_sense.min(SENSE_MOST);
    let (mut sense, mut nonsense) = (0, 0);
    let mut word = Letters::default();
    for letter in parts.iter().flat_map(|part| part.chars().chain([' '])) {
        if letter.is_ascii() {
            if letter.is_ascii_alphanumeric() {
                word.push(letter.to_ascii_lowercase());
                continue;
            }
        } else if writes_without_spaces(letter) {
            sense += 1;
        } else if letter.is_alphanumeric() {
            word.push(without_accent(
                letter.to_lowercase().next().unwrap_or(letter),
            ));
            continue;
        }
        *if word.is_none() {
            &mut nonsense
        } else {
            &mut sense
        } += word.count;
        word.count = 0;
        word.foreign = false;
        if sense > most_sense {
            return false;
        }
    }
    nonsense > 0
}

/// The first letters of a word, small and without accents.
struct Letters {
    held: [u8; Self::MOST],
    count: u32,
    /// Whether a letter is not of the Latin alphabet.
    foreign: bool,
}

impl Default for Letters {
    fn default() -> Self {
        Self {
            held: [0; Self::MOST],
            count: 0,
            foreign: false,
        }
    }
}

impl Letters {
    /// Letters by which a word is judged.
    const MOST: usize = 48;

    fn push(&mut self, letter: char) {
        if let Some(place) = self.held.get_mut(self.count as usize) {
            *place = letter as u8;
        }
        self.foreign |= !letter.is_ascii();
        self.count += 1;
    }

    /// Whether they are in no word.
    fn is_none(&self) -> bool {
        let word = &self.held[..Self::MOST.min(self.count as usize)];
        !self.foreign && word.len() >= NONSENSE_LETTERS && is_no_word(word)
    }
}

fn is_no_word(word: &[u8]) -> bool {
    if word.iter().any(u8::is_ascii_digit) {
        // Numbers mean something, but for rows of keys and one digit again and again.
        return word.len() > NONSENSE_LETTERS && (follows_keys(word) || has_few_letters(word));
    }
    consonants_in_a_row(word) >= CONSONANTS || has_few_letters(word) || follows_keys(word)
}

/// Whether it is one letter, or two in turns. A short word that is drawn out is none of these.
fn has_few_letters(word: &[u8]) -> bool {
    let first = word[0];
    let second = word.iter().copied().find(|letter| *letter != first);
    let two = word
        .iter()
        .all(|letter| *letter == first || Some(*letter) == second);
    let turns = || word.windows(2).filter(|pair| pair[0] != pair[1]).count();
    word.len() > NONSENSE_LETTERS && two && (second.is_none() || turns() > 2)
}

/// Places of the keys in each row, from 1.
const PLACES: [[u8; 128]; KEYS.len()] = {
    let mut places = [[0; 128]; KEYS.len()];
    let mut row = 0;
    while row < KEYS.len() {
        let keys = KEYS[row].as_bytes();
        let mut place = 0;
        while place < keys.len() {
            places[row][keys[place] as usize] = place as u8 + 1;
            place += 1;
        }
        row += 1;
    }
    places
};

/// Whether it goes along the keys in one direction, or hardly ever leaves its neighbours.
fn follows_keys(word: &[u8]) -> bool {
    let steps = |from: u8, to: u8, step: u8| {
        let mut rows = PLACES.iter();
        rows.any(|row| {
            let (from, to) = (row[usize::from(from)], row[usize::from(to)]);
            from > 0 && to > 0 && from.abs_diff(to) == step
        })
    };
    let mut along = word.windows(3);
    let mut pairs = word.windows(2);
    // Two steps of one key each that end two keys on go in one direction.
    let one_way = pairs.all(|pair| steps(pair[0], pair[1], 1))
        && along.all(|three| steps(three[0], three[2], 2));
    if one_way {
        return true;
    }
    let near = || {
        word.windows(2)
            .filter(|pair| steps(pair[0], pair[1], 1))
            .count()
    };
    word.len() >= 8 && near() * 10 >= (word.len() - 1) * 8
}

fn consonants_in_a_row(word: &[u8]) -> u32 {
    let (mut rest, mut row, mut most, mut last) = (word, 0, 0, 0);
    while let [letter, after @ ..] = rest {
        // A letter that is drawn out counts once.
        if *letter == last {
            rest = after;
            continue;
        }
        last = *letter;
        if b"aeiouy".contains(letter) {
            (rest, row) = (after, 0);
            continue;
        }
        let digraph = DIGRAPHS
            .iter()
            .find(|known| rest.starts_with(known.as_bytes()));
        rest = digraph.map_or(after, |known| &rest[known.len()..]);
        row += 1;
        most = most.max(row);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Option<NoContent> {
        Fingerprint::of(&["", text]).no_content
    }

    #[test]
    fn texts_that_say_nothing_are_told_by_kind() {
        for (text, kind) in [
            (".....", NoContent::Signs),
            ("!!! ???", NoContent::Signs),
            ("。。。。", NoContent::Signs),
            ("asdf asdf asdf", NoContent::Nonsense),
            ("qwertyuiop", NoContent::Nonsense),
            ("hsjsksndb jsjsksn dbjsjsj", NoContent::Nonsense),
            ("aaaaaaaaaa", NoContent::Nonsense),
            ("1234567", NoContent::Nonsense),
            ("good good good good", NoContent::Repeated),
            (
                "nice shop nice shop nice shop nice shop nice shop nice shop",
                NoContent::Repeated,
            ),
            ("好好好好好好好", NoContent::Repeated),
            ("凑字数凑字数凑字数", NoContent::Filler),
            (
                "blah blah blah to reach the minimum characters",
                NoContent::Filler,
            ),
        ] {
            assert_eq!(judged(text), Some(kind), "{text}");
        }
    }

    #[test]
    fn short_and_plain_texts_are_reviews() {
        for text in [
            "",
            "👍👍👍",
            "ok",
            "10/10",
            "Durchschnittlich",
            "Rechtsschutz gegen Angstschweiß",
            "were trees",
            "very very very good",
            "Okkkkkkk",
            "yesssssss, niceeeee",
            "很好，谢谢！很好，谢谢！很好，谢谢！",
            "好好好",
            "Tốt lắm",
            "strengths",
            "Best rhythm ever",
            "soooo good",
            "iPhone 12345",
            "отлично отлично",
            "It works as it should and they answer within a day, asdf",
        ] {
            assert_eq!(judged(text), None, "{text}");
        }
    }
}
