//! Edits of a text that is used again.

use rand_pcg::Pcg64Mcg;

use super::below;
use super::script::Script;

/// A known edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Nothing.
    Copy,
    /// Capitals, commas and exclamation marks.
    CaseAndMarks,
    /// One word is another.
    OneReplaced,
    /// A word is added in one place.
    OneInserted,
    /// Two neighbours change places.
    OneSwap,
    /// One word in ten is another, at least two.
    TenthReplaced,
    /// One word in five is another.
    FifthReplaced,
    /// The second half comes first.
    Reordered,
    /// A fifth more words at the end.
    Prolonged,
    /// The last third is missing.
    Shortened,
}

impl Edit {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Copy,
        Self::CaseAndMarks,
        Self::OneReplaced,
        Self::OneInserted,
        Self::OneSwap,
        Self::TenthReplaced,
        Self::FifthReplaced,
        Self::Reordered,
        Self::Prolonged,
        Self::Shortened,
    ];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::CaseAndMarks => "case and marks",
            Self::OneReplaced => "one word replaced",
            Self::OneInserted => "one word inserted",
            Self::OneSwap => "two words swapped",
            Self::TenthReplaced => "a tenth replaced",
            Self::FifthReplaced => "a fifth replaced",
            Self::Reordered => "halves reordered",
            Self::Prolonged => "a fifth longer",
            Self::Shortened => "a third shorter",
        }
    }

    /// Returns the edited text.
    pub(super) fn apply(self, script: Script, words: &[String], dice: &mut Pcg64Mcg) -> String {
        let mut words = words.to_vec();
        let count = words.len();
        match self {
            Self::Copy | Self::CaseAndMarks => {}
            Self::OneReplaced => replace(script, &mut words, 1, dice),
            Self::OneInserted => {
                let word = script.any_word(dice);
                words.insert(below(dice, count + 1), word);
            }
            Self::OneSwap => {
                let at = below(dice, count.max(2) - 1);
                words.swap(at, (at + 1).min(count - 1));
            }
            Self::TenthReplaced => replace(script, &mut words, (count / 10).max(2), dice),
            Self::FifthReplaced => replace(script, &mut words, (count / 5).max(2), dice),
            Self::Reordered => words.rotate_left(count / 2),
            Self::Prolonged => {
                let more = script.words(dice, (count / 5).max(2));
                words.extend(more);
            }
            Self::Shortened => words.truncate(count - count / 3),
        }
        if self == Self::CaseAndMarks {
            return marked(script, &words);
        }
        script.join(&words)
    }
}

/// Replaces a number of words.
fn replace(script: Script, words: &mut [String], many: usize, dice: &mut Pcg64Mcg) {
    let step = (words.len() / many).max(1);
    let start = below(dice, step);
    for word in words.iter_mut().skip(start).step_by(step).take(many) {
        *word = script.any_word(dice);
    }
}

/// Adds capitals and punctuation.
fn marked(script: Script, words: &[String]) -> String {
    let marked: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(at, word)| match at % 4 {
            0 => word.to_uppercase(),
            2 => format!("{word},"),
            _ => word.clone(),
        })
        .collect();
    format!("{}!!", script.join(&marked))
}
