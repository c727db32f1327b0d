//! Splits texts into words.
//!
//! Words are those of Unicode Standard Annex 29. Han, Hiragana and Thai are written without spaces
//! and get overlapping pairs of characters (Thai: threes of clusters) instead, the usual index units
//! without a dictionary.

use unicode_segmentation::UnicodeSegmentation as _;

use super::language::{Language, is_unspaced};

/// Most words of one review that are read.
const WORDS_MOST: usize = 1500;
/// Longest word, in bytes.
const WORD_BYTES: usize = 48;

/// A word, or the end of a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Break,
    Word(Word),
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Written form, in lower case.
    pub(super) surface: String,
    /// Stem that its forms share.
    pub(super) stem: String,
    /// Has no meaning of its own; numbers have none either.
    pub(super) stop: bool,
    pub(super) negation: bool,
    /// Part of an unspaced run: it overlaps its neighbours and makes no phrases with them.
    pub(super) overlaps: bool,
}

/// The words of a text in order.
pub(super) fn tokens(text: &str, language: Language) -> Vec<Token> {
    let lower = text.to_lowercase();
    let mut out = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for piece in lower.split_word_bounds() {
        if out.len() >= WORDS_MOST {
            break;
        }
        if piece.chars().next().is_some_and(is_unspaced) {
            run.extend(piece.graphemes(true));
            continue;
        }
        flush(&mut run, language, &mut out);
        if piece.chars().any(char::is_alphanumeric) {
            if piece.len() <= WORD_BYTES {
                split(piece, language, &mut out);
            }
        } else if piece.chars().any(ends_clause) && !matches!(out.last(), None | Some(Token::Break))
        {
            out.push(Token::Break);
        }
    }
    flush(&mut run, language, &mut out);
    out
}

fn ends_clause(character: char) -> bool {
    matches!(
        character,
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

/// Adds one word, or two where an article is joined to it.
fn split(piece: &str, language: Language, out: &mut Vec<Token>) {
    let plain = piece.replace('’', "'");
    if language.elides()
        && let Some((before, after)) = plain.split_once('\'')
        && !before.is_empty()
        && !after.is_empty()
    {
        out.push(word(before, language, true));
        out.push(word(after, language, false));
        return;
    }
    out.push(word(&plain, language, false));
}

fn word(surface: &str, language: Language, joined: bool) -> Token {
    let negation = language.is_negation(surface);
    let plain = surface.strip_suffix("'s").unwrap_or(surface);
    let characters = plain.chars().count();
    let digits = !plain.chars().any(char::is_alphabetic);
    let stop =
        joined || digits || characters < 2 || language.is_stop(plain) || language.is_stop(surface);
    Token::Word(Word {
        stem: language.stem(plain),
        surface: plain.to_owned(),
        stop: stop && !negation,
        negation,
        overlaps: false,
    })
}

/// Adds pairs or threes of a run of characters.
fn flush(run: &mut Vec<&str>, language: Language, out: &mut Vec<Token>) {
    let longest = if language == Language::Thai { 3 } else { 2 };
    let size = longest.min(run.len());
    if size == 0 {
        return;
    }
    for characters in run.windows(size) {
        let surface = characters.concat();
        let all_stop =
            language.is_stop(&surface) || characters.iter().all(|one| language.is_stop(one));
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

    fn shown(text: &str, language: Language) -> Vec<String> {
        let shown = tokens(text, language).into_iter().map(|token| match token {
            Token::Break => "|".to_owned(),
            Token::Word(word) if word.stop => format!("({})", word.surface),
            Token::Word(word) if word.negation => format!("-{}", word.surface),
            Token::Word(word) => word.stem,
        });
        shown.collect()
    }

    #[test]
    fn english_words_are_stemmed() {
        assert_eq!(
            shown(
                "The battery didn't charge 3 times, returned!",
                Language::English
            ),
            [
                "(the)", "batteri", "-didn't", "charg", "(3)", "time", "|", "return", "|"
            ]
        );
    }

    #[test]
    fn romance_languages_split_joined_articles() {
        assert_eq!(
            shown("L’article n'est pas arrivé", Language::French),
            ["(l)", "articl", "-n", "(est)", "-pas", "arriv"]
        );
        assert_eq!(
            shown("Produto não chegou", Language::Portuguese),
            ["produt", "-não", "cheg"]
        );
    }

    #[test]
    fn unspaced_scripts_give_overlapping_pieces() {
        assert_eq!(shown("质量差。", Language::Chinese), ["质量", "量差", "|"]);
        let japanese = shown("電池とサイズ", Language::Japanese);
        assert!(japanese.contains(&"電池".to_owned()), "{japanese:?}");
        assert!(japanese.contains(&"サイズ".to_owned()), "{japanese:?}");
        let thai = shown("สินค้าดี", Language::Thai);
        assert!(thai.len() >= 3, "{thai:?}");
    }

    #[test]
    fn number_of_words_is_bounded() {
        assert!(tokens(&"word, ".repeat(9000), Language::English).len() <= WORDS_MOST + 1);
        assert!(tokens(&"x".repeat(9000), Language::English).is_empty());
        assert!(tokens("", Language::Other).is_empty());
    }
}
