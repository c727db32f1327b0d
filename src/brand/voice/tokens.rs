//! Texts as words.
//!
//! Words are those of Unicode Standard Annex 29. Han, Hiragana and Thai are written without spaces
//! and get overlapping pairs of signs (Thai: threes of clusters) instead, the usual index units
//! where there is no dictionary.

use unicode_segmentation::UnicodeSegmentation as _;

use super::language::{Tongue, is_unspaced};

/// Most words of one review that are read.
const WORDS_MOST: usize = 1500;
/// Longest word, in bytes.
const WORD_BYTES: usize = 48;

/// A word, or what ends a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Break,
    Word(Word),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// As it is written, in small letters.
    pub(super) surface: String,
    /// What its forms share.
    pub(super) stem: String,
    /// Carries no meaning of its own, as a number does not either.
    pub(super) stop: bool,
    pub(super) negation: bool,
    /// Part of an unspaced run: it overlaps its neighbours and makes no phrases with them.
    pub(super) overlaps: bool,
}

/// The words of a text in order.
pub(super) fn tokens(text: &str, tongue: Tongue) -> Vec<Token> {
    let text = text.to_lowercase();
    let mut out = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for piece in text.split_word_bounds() {
        if out.len() >= WORDS_MOST {
            break;
        }
        if piece.chars().next().is_some_and(is_unspaced) {
            run.extend(piece.graphemes(true));
            continue;
        }
        flush(&mut run, tongue, &mut out);
        if piece.chars().any(char::is_alphanumeric) {
            if piece.len() <= WORD_BYTES {
                split(piece, tongue, &mut out);
            }
        } else if piece.chars().any(ends_clause) && !matches!(out.last(), None | Some(Token::Break))
        {
            out.push(Token::Break);
        }
    }
    flush(&mut run, tongue, &mut out);
    out
}

fn ends_clause(sign: char) -> bool {
    matches!(
        sign,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '\n'
            | '('
            | ')'
            | '…'
            | '。'
            | '、'
            | '，'
            | '！'
            | '？'
            | '；'
    )
}

/// One word, or two where an article clings to it.
fn split(piece: &str, tongue: Tongue, out: &mut Vec<Token>) {
    let piece = piece.replace('’', "'");
    if tongue.elides()
        && let Some((before, after)) = piece.split_once('\'')
        && !before.is_empty()
        && !after.is_empty()
    {
        out.push(word(before, tongue, true));
        out.push(word(after, tongue, false));
        return;
    }
    out.push(word(&piece, tongue, false));
}

fn word(surface: &str, tongue: Tongue, clings: bool) -> Token {
    let negation = tongue.is_negation(surface);
    let plain = surface.strip_suffix("'s").unwrap_or(surface);
    let signs = plain.chars().count();
    let digits = !plain.chars().any(char::is_alphabetic);
    let stop = clings || digits || signs < 2 || tongue.is_stop(plain) || tongue.is_stop(surface);
    Token::Word(Word {
        stem: tongue.stem(plain),
        surface: plain.to_owned(),
        stop: stop && !negation,
        negation,
        overlaps: false,
    })
}

/// Pairs or threes of a run of signs.
fn flush(run: &mut Vec<&str>, tongue: Tongue, out: &mut Vec<Token>) {
    let size = if tongue == Tongue::Thai { 3 } else { 2 };
    let size = size.min(run.len());
    if size == 0 {
        return;
    }
    for signs in run.windows(size) {
        let surface = signs.concat();
        let all_stop = tongue.is_stop(&surface) || signs.iter().all(|sign| tongue.is_stop(sign));
        out.push(Token::Word(Word {
            stem: surface.clone(),
            negation: false,
            stop: size < 2 || all_stop,
            surface,
            overlaps: true,
        }));
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, tongue: Tongue) -> Vec<String> {
        let shown = tokens(text, tongue).into_iter().map(|token| match token {
            Token::Break => "|".to_owned(),
            Token::Word(word) if word.stop => format!("({})", word.surface),
            Token::Word(word) if word.negation => format!("-{}", word.surface),
            Token::Word(word) => word.stem,
        });
        shown.collect()
    }

    #[test]
    fn english() {
        assert_eq!(
            shown(
                "The battery didn't charge 3 times, returned!",
                Tongue::English
            ),
            [
                "(the)", "batteri", "-didn't", "charg", "(3)", "time", "|", "return", "|"
            ]
        );
    }

    #[test]
    fn romance_languages_split_what_clings() {
        assert_eq!(
            shown("L’article n'est pas arrivé", Tongue::French),
            ["(l)", "articl", "-n", "(est)", "-pas", "arriv"]
        );
        assert_eq!(
            shown("Produto não chegou", Tongue::Portuguese),
            ["produt", "-não", "cheg"]
        );
    }

    #[test]
    fn unspaced_scripts_give_overlapping_pieces() {
        assert_eq!(shown("质量差。", Tongue::Chinese), ["质量", "量差", "|"]);
        let japanese = shown("電池とサイズ", Tongue::Japanese);
        assert!(japanese.contains(&"電池".to_owned()), "{japanese:?}");
        assert!(japanese.contains(&"サイズ".to_owned()), "{japanese:?}");
        let thai = shown("สินค้าดี", Tongue::Thai);
        assert!(thai.len() >= 3, "{thai:?}");
    }

    #[test]
    fn length_is_bounded() {
        assert!(tokens(&"word, ".repeat(9000), Tongue::English).len() <= WORDS_MOST + 1);
        assert!(tokens(&"x".repeat(9000), Tongue::English).is_empty());
        assert!(tokens("", Tongue::Other).is_empty());
    }
}
