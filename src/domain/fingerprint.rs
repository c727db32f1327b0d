//! Fingerprint of a text for signals, computed in one walk.

mod words;

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
    /// Band keys, the same one twice for a short text; `None` for a text that is too short.
    pub bands: Option<[u64; 2]>,
}

impl Fingerprint {
    /// Computes the fingerprint of the parts of a text, as if a space joined them.
    pub fn of(parts: &[&str]) -> Self {
        let mut walk = Walk::new();
        for part in parts {
            for letter in part.chars() {
                walk.step(letter);
            }
            walk.end_word();
        }
        walk.finish()
    }
}

struct Walk {
    print: Fingerprint,
    word: u64,
    letters_in_word: u32,
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
            word: 0,
            letters_in_word: 0,
            last: [0; LETTERS - 1],
            shingles: 0,
            minima: [u64::MAX; 4],
            spelled: false,
            seen: [0; 8],
        }
    }

    fn step(&mut self, letter: char) {
        if letter.is_ascii() {
            if letter.is_ascii_alphanumeric() {
                self.print.capitals = self
                    .print
                    .capitals
                    .saturating_add(u16::from(letter.is_ascii_uppercase()));
                self.take(letter.to_ascii_lowercase());
            } else if letter != '\'' {
                // An apostrophe is part of its word; any other character ends it.
                self.print.exclamations = self
                    .print
                    .exclamations
                    .saturating_add(u8::from(letter == '!'));
                self.end_word();
            }
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
            self.take(letter.to_lowercase().next().unwrap_or(letter));
        } else if letter != '\u{2019}' {
            let shouted = matches!(letter, '！' | '¡');
            self.print.exclamations = self.print.exclamations.saturating_add(u8::from(shouted));
            self.end_word();
        }
    }

    fn take(&mut self, folded: char) {
        self.print.letters = self.print.letters.saturating_add(1);
        self.letters_in_word += 1;
        self.word = fold(self.word, folded);
    }

    fn end_word(&mut self) {
        if self.letters_in_word == 0 {
            return;
        }
        let word = finish(self.word);
        self.print.words = self.print.words.saturating_add(1);
        self.print.reward |= mentions_reward(self.word);
        self.print.first_person = self
            .print
            .first_person
            .saturating_add(u16::from(is_first_person(self.word)));
        self.seen[(word >> 61) as usize] |= 1 << (word >> 55 & 63);
        self.take_shingles(word);
        self.word = 0;
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share_a_band(one: &str, other: &str) -> bool {
        match (
            Fingerprint::of(&[one]).bands,
            Fingerprint::of(&[other]).bands,
        ) {
            (Some(one), Some(other)) => one[0] == other[0] || one[1] == other[1],
            _ => false,
        }
    }

    #[test]
    fn counts_are_right_in_every_script() {
        let english = Fingerprint::of(&["So GOOD!", "It doesn't leak, and I'd buy it again!!"]);
        assert_eq!((english.words, english.exclamations), (10, 3));
        assert_eq!(english.capitals, 7);
        let chinese = Fingerprint::of(&["这个杯子很好！"]);
        assert_eq!((chinese.words, chinese.exclamations), (6, 1));
        assert!(chinese.bands.is_some());
        assert_eq!(Fingerprint::of(&["Đẹp lắm"]).words, 2);
        assert_eq!(Fingerprint::of(&["", " ... "]), Fingerprint::default());
    }

    #[test]
    fn copies_match_despite_case_and_punctuation() {
        let one = "The kettle boils fast and the lid shuts well, nothing to regret.";
        let other = "the KETTLE boils fast - and the lid shuts well. Nothing to regret!!!";
        assert_eq!(
            Fingerprint::of(&[one]).bands,
            Fingerprint::of(&[other]).bands
        );
        assert!(!share_a_band(
            one,
            "A lamp for the desk that warms up slowly but shines evenly."
        ));
    }

    #[test]
    fn reward_words_are_recognised() {
        assert!(Fingerprint::of(&["They sent me a full REFUND for this"]).reward);
        assert!(!Fingerprint::of(&["Freedom to move and no refunding"]).reward);
    }

    #[test]
    fn distinct_words_are_counted_once() {
        let words = |count: u32, of: u32| {
            let all: Vec<String> = (0..count).map(|n| format!("w{}", n % of)).collect();
            Fingerprint::of(&[&all.join(" ")])
        };
        assert_eq!(words(3, 3).distinct, 3);
        for (count, of) in [(40, 8), (120, 120), (900, 300)] {
            let error = f64::from(words(count, of).distinct) / f64::from(of) - 1.0;
            assert!(error.abs() < 0.1, "{count} of {of}: {error}");
        }
        assert_eq!(
            Fingerprint::of(&["I gave it to my mum, ich auch"]).first_person,
            3
        );
    }

    #[test]
    fn short_texts_match_only_as_a_whole() {
        let one = "it works very well for me and my whole family";
        // The texts share nine of ten words in a row.
        assert!(!share_a_band(
            one,
            "it works very well for me and my whole house"
        ));
        assert!(share_a_band(
            one,
            "It works very well, for me and my whole family!"
        ));
        let bands = Fingerprint::of(&[one]).bands.expect("ten words");
        assert_eq!(bands[0], bands[1]);
        // Eight letters of Thai are too few; nine are enough.
        assert!(Fingerprint::of(&["กขคงจฉชซ"]).bands.is_none());
        assert!(Fingerprint::of(&["กขคงจฉชซฌ"]).bands.is_some());
    }

    #[test]
    fn bands_match_at_the_theoretical_rate() {
        // The first `kept` of forty words agree, so the similarity follows from shingle counts.
        let mut matches = 0;
        let trials = 2000;
        for trial in 0..trials {
            let word = |index: u32, salt: u32| format!("w{}x{}", index * 7919 + trial, salt);
            let one: Vec<String> = (0..40).map(|index| word(index, 0)).collect();
            let other: Vec<String> = (0..40)
                .map(|index| word(index, u32::from(index >= 30)))
                .collect();
            matches += u32::from(share_a_band(&one.join(" "), &other.join(" ")));
        }
        let similarity: f64 = 28.0 / 48.0;
        let expected = 1.0 - libm::pow(1.0 - libm::pow(similarity, 2.0), 2.0);
        let share = f64::from(matches) / f64::from(trials);
        assert!(
            (share - expected).abs() < 0.05,
            "{share} against {expected}"
        );
    }

    proptest! {
        #[test]
        fn any_text_has_a_fingerprint(title in "\\PC{0,80}", body in ".{0,400}") {
            let print = Fingerprint::of(&[&title, &body]);
            prop_assert!(print.capitals <= print.letters);
            prop_assert!(print.words <= print.letters);
            prop_assert!(print.distinct <= print.words && print.first_person <= print.words);
            prop_assert!(print.bands.is_none() || print.words >= SHINGLES_MIN + 2);
        }
    }
}
