//! Review texts from a grammar.

use super::catalog::Category;
use super::dice::Dice;
use super::people::Habit;
use super::words as w;

/// Subject and polarity of a text.
#[derive(Clone, Copy)]
pub(in crate::lab) struct Subject {
    /// Vocabulary.
    pub(in crate::lab) category: &'static Category,
    /// Name of the product.
    pub(in crate::lab) product: &'static str,
    /// 1 to 5 stars.
    pub(in crate::lab) rating: u8,
}

impl Subject {
    /// Returns the index of the polarity: 0 positive, 1 neutral, 2 negative.
    fn polarity(self) -> usize {
        match self.rating {
            4.. => 0,
            3 => 1,
            _ => 2,
        }
    }
}

/// Appends a pattern with its slots filled.
pub(in crate::lab) fn expand(dice: &mut Dice, out: &mut String, pattern: &str, subject: Subject) {
    let mut parts = pattern.split('$');
    out.push_str(parts.next().unwrap_or(""));
    for part in parts {
        let (slot, rest) = part.split_at(part.len().min(1));
        let words: &[&str] = match slot {
            "a" => subject.category.aspects,
            "u" => subject.category.uses,
            "p" => {
                out.push_str(subject.product);
                &[]
            }
            "g" => w::GOOD,
            "b" => w::BAD,
            "m" => w::MILD,
            "d" => w::DEGREE,
            "v" => w::VERB,
            "w" => w::WHO,
            "c" => w::THAN,
            "l" => w::LINK,
            "y" => w::ARRIVAL,
            "f" => w::FAULT,
            "k" => w::COLOUR,
            "n" => w::COUNT,
            "o" => w::ORDINAL,
            "q" => w::UNIT,
            "h" => {
                number(dice, out);
                &[]
            }
            _ => {
                out.push_str(dice.pick(w::COUNT));
                out.push(' ');
                w::SPAN
            }
        };
        out.push_str(dice.pick(words));
        out.push_str(rest);
    }
}

/// Appends a number; small ones are more frequent.
fn number(dice: &mut Dice, out: &mut String) {
    let top = [9, 40, 400][dice.below(3)];
    let number = 2 + dice.below(top);
    for place in [100, 10, 1] {
        if number >= place {
            out.push((b'0' + (number / place % 10) as u8) as char);
        }
    }
}

/// Makes a title; terse authors often leave it out.
pub(in crate::lab) fn title(dice: &mut Dice, subject: Subject, habit: Habit) -> String {
    let mut out = String::new();
    if habit == Habit::Terse && dice.chance(0.5) {
        return out;
    }
    out.reserve(40);
    let patterns = [w::POSITIVE_TITLE, w::NEUTRAL_TITLE, w::NEGATIVE_TITLE][subject.polarity()];
    sentence(dice, &mut out, patterns, subject, false);
    out
}

/// Makes a body by the habit of its author.
pub(in crate::lab) fn body(dice: &mut Dice, subject: Subject, habit: Habit) -> String {
    let polarity = subject.polarity();
    if habit == Habit::Terse && dice.chance(0.6) || dice.chance(0.02) {
        return dice.pick(w::STOCK[polarity]).to_owned();
    }
    let count = match habit {
        Habit::Terse => 1 + dice.below(2),
        Habit::Verbose => 6 + dice.below(7),
        Habit::Prolific => 4 + dice.below(5),
        _ => 2 + dice.below(6),
    };
    let casual = dice.chance(0.12);
    let mut out = String::with_capacity(count * 56 + 16);
    for index in 0..count {
        if index > 0 {
            out.push_str(if casual && dice.chance(0.4) {
                ", "
            } else {
                stop(dice, habit, polarity)
            });
        }
        let last = index + 1 == count && count > 2;
        let from = patterns(dice, polarity, last, index == 0);
        sentence(dice, &mut out, from, subject, casual);
        if dice.chance(0.4) {
            out.push_str([", ", " - ", ", "][dice.below(3)]);
            let tail = dice.pick(w::TAIL);
            expand(dice, &mut out, tail, subject);
        }
    }
    if !casual {
        out.push_str(stop(dice, habit, polarity).trim_end());
    }
    out
}

/// Returns the patterns of the next sentence.
fn patterns(dice: &mut Dice, polarity: usize, last: bool, first: bool) -> &'static [&'static str] {
    if first && dice.chance(0.55) || dice.chance(0.12) {
        return w::SCENE;
    }
    let other = dice.unit();
    match polarity {
        0 if last && other < 0.6 => w::POSITIVE_END,
        0 if other > 0.93 => w::NEUTRAL,
        0 => w::POSITIVE,
        2 if last && other < 0.6 => w::NEGATIVE_END,
        2 if other > 0.93 => w::NEUTRAL,
        2 => w::NEGATIVE,
        _ if other < 0.6 => w::NEUTRAL,
        _ if other < 0.8 => w::POSITIVE,
        _ => w::NEGATIVE,
    }
}

/// Appends one sentence, with a capital unless the author never uses any.
fn sentence(dice: &mut Dice, out: &mut String, from: &[&str], subject: Subject, casual: bool) {
    let start = out.len();
    let pattern = dice.pick(from);
    expand(dice, out, pattern, subject);
    if !casual && let Some(first) = out.get_mut(start..=start) {
        first.make_ascii_uppercase();
    }
}

/// Returns the end of a sentence.
fn stop(dice: &mut Dice, habit: Habit, polarity: usize) -> &'static str {
    let loud = if habit == Habit::Extreme { 0.5 } else { 0.1 };
    if polarity != 1 && dice.chance(loud) {
        "! "
    } else {
        ". "
    }
}

/// Puts a sentence before a text.
pub(in crate::lab) fn lead(dice: &mut Dice, text: &mut String, from: &[&str], subject: Subject) {
    let mut out = String::with_capacity(text.len() + 64);
    sentence(dice, &mut out, from, subject, false);
    out.push_str(". ");
    out.push_str(text);
    *text = out;
}

/// Makes a slightly changed copy of a script that many accounts post.
pub(in crate::lab) fn template(dice: &mut Dice, script: u64, subject: Subject) -> (String, String) {
    let mut author = Dice::new(script, dice.below(3) as u64);
    let mut title = title(&mut author, subject, Habit::Prolific);
    let mut body = body(&mut author, subject, Habit::Prolific);
    match dice.below(10) {
        0..=3 => {}
        4..=6 => lead(dice, &mut body, w::SCENE, subject),
        7 => body = body.replace('.', "!"),
        8 => {
            // A copy without the last sentence keeps most shingles.
            let cut = body
                .trim_end_matches(['.', '!'])
                .rfind(['.', '!'])
                .unwrap_or(0);
            if cut > 40 {
                body.truncate(cut + 1);
            }
        }
        _ => title = self::title(dice, subject, Habit::Prolific),
    }
    (title, body)
}

/// Makes a paid text without a script: generic, or invented.
pub(in crate::lab) fn paid(dice: &mut Dice, subject: Subject) -> (String, String) {
    let title = title(dice, subject, Habit::Extreme);
    if !dice.chance(0.45) {
        return (title, body(dice, subject, Habit::Extreme));
    }
    let mut body = dice.pick(w::GENERIC).to_owned();
    if dice.chance(0.5) {
        lead(dice, &mut body, w::POSITIVE, subject);
    }
    (title, body)
}
