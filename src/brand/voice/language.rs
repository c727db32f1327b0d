//! Lists stop words, stems, negations and judging words of languages.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

/// A known language, or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Language {
    English,
    Portuguese,
    Spanish,
    German,
    French,
    Italian,
    Vietnamese,
    Chinese,
    Japanese,
    Thai,
    Other,
}

use Language::{
    Chinese, English, French, German, Italian, Japanese, Other, Portuguese, Spanish, Thai,
    Vietnamese,
};

const ALL: [(Language, &str, Option<Algorithm>); 10] = [
    (English, "en", Some(Algorithm::English)),
    (Portuguese, "pt", Some(Algorithm::Portuguese)),
    (Spanish, "es", Some(Algorithm::Spanish)),
    (German, "de", Some(Algorithm::German)),
    (French, "fr", Some(Algorithm::French)),
    (Italian, "it", Some(Algorithm::Italian)),
    (Vietnamese, "vi", None),
    (Chinese, "zh", None),
    (Japanese, "ja", None),
    (Thai, "th", None),
];

/// Languages in Latin script, which are recognised by their stop words.
const LATIN: [Language; 7] = [
    English, Portuguese, Spanish, German, French, Italian, Vietnamese,
];

/// Word lists of one language.
struct Lists {
    stops: BTreeSet<String>,
    negations: BTreeSet<String>,
    /// Stems.
    evaluative: BTreeSet<String>,
    stemmer: Option<Stemmer>,
}

static LISTS: LazyLock<Vec<Lists>> = LazyLock::new(|| {
    let evaluative = include_str!("evaluative.txt");
    let negations = include_str!("negations.txt");
    let lists = ALL.iter().map(|(_, code, algorithm)| {
        let stemmer = algorithm.map(Stemmer::create);
        let kept: BTreeSet<&str> = line(include_str!("kept.txt"), code).collect();
        let listed = stop_words::lookup(code).unwrap_or_default();
        Lists {
            stops: listed
                .iter()
                .map(|word| word.to_lowercase())
                .filter(|word| !kept.contains(word.as_str()))
                .chain(line(include_str!("stops.txt"), code).map(str::to_owned))
                .collect(),
            negations: line(negations, code).map(str::to_owned).collect(),
            evaluative: line(evaluative, code)
                .map(|word| stem_by(stemmer.as_ref(), word))
                .collect(),
            stemmer,
        }
    });
    lists.collect()
});

/// The words of a language's line.
fn line<'a>(file: &'a str, code: &str) -> impl Iterator<Item = &'a str> {
    let found = file.lines().find_map(|line| {
        let (first, rest) = line.split_once(' ')?;
        (first == code).then_some(rest)
    });
    found.unwrap_or_default().split_whitespace()
}

fn stem_by(stemmer: Option<&Stemmer>, word: &str) -> String {
    stemmer.map_or_else(
        || word.to_owned(),
        |stemmer| stemmer.stem(word).into_owned(),
    )
}

/// Whether a character is of a script without spaces.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{309F}')
        || matches!(character, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

impl Language {
    fn lists(self) -> Option<&'static Lists> {
        LISTS.get(self as usize)
    }

    /// The language of a tag (BCP 47), or of the text where there is none.
    pub(super) fn of(tag: &str, text: &str) -> Self {
        let subtag = tag.split(['-', '_']).next().unwrap_or_default();
        let primary = subtag.to_ascii_lowercase();
        let tagged = ALL.iter().find(|(_, code, _)| *code == primary);
        match tagged {
            Some((language, _, _)) => *language,
            None if primary.is_empty() || primary == "und" => Self::guess(text),
            None => Other,
        }
    }

    /// Guesses by the script, and in Latin script by the most stop words; of equal ones the first.
    fn guess(text: &str) -> Self {
        let (mut han, mut thai) = (false, false);
        for character in text.chars() {
            match character {
                '\u{3040}'..='\u{30FF}' => return Japanese,
                '\u{0E00}'..='\u{0E7F}' => thai = true,
                '\u{3400}'..='\u{9FFF}' => han = true,
                _ => {}
            }
        }
        if thai {
            return Thai;
        }
        if han {
            return Chinese;
        }
        let words: Vec<String> = text
            .split(|character: char| !character.is_alphabetic() && character != '\'')
            .filter(|word| !word.is_empty())
            .take(60)
            .map(str::to_lowercase)
            .collect();
        let mut best = (0, Other);
        for language in LATIN {
            let known = words.iter().filter(|word| language.is_stop(word)).count();
            if known > best.0 {
                best = (known, language);
            }
        }
        best.1
    }

    /// Its tag.
    pub(super) fn code(self) -> &'static str {
        ALL.get(self as usize).map_or("und", |(_, code, _)| code)
    }

    /// Whether a word, in lower case, has no meaning of its own.
    pub(super) fn is_stop(self, word: &str) -> bool {
        self.lists().is_some_and(|lists| lists.stops.contains(word))
    }

    /// Whether a word, in lower case, negates the next one.
    pub(super) fn is_negation(self, word: &str) -> bool {
        (self == English && word.ends_with("n't"))
            || self
                .lists()
                .is_some_and(|lists| lists.negations.contains(word))
    }

    /// Whether a stem only judges.
    pub(super) fn is_evaluative(self, stem: &str) -> bool {
        self.lists()
            .is_some_and(|lists| lists.evaluative.contains(stem))
    }

    /// The stem of a word in lower case.
    pub(super) fn stem(self, word: &str) -> String {
        let stemmer = self.lists().and_then(|lists| lists.stemmer.as_ref());
        stem_by(stemmer, word)
    }

    /// Whether articles and prepositions are joined to the next word by an apostrophe.
    pub(super) const fn elides(self) -> bool {
        matches!(self, French | Italian)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_lists() {
        for (index, (language, code, algorithm)) in ALL.iter().enumerate() {
            assert_eq!(*language as usize, index);
            let lists = language.lists().unwrap();
            assert!(lists.stops.len() > 50, "{code}");
            assert!(!lists.negations.is_empty(), "{code}");
            assert!(lists.evaluative.len() >= 10, "{code}");
            assert_eq!(algorithm.is_some(), lists.stemmer.is_some());
        }
        assert!(Other.lists().is_none() && !Other.is_stop("the"));
    }

    #[test]
    fn language_is_that_of_the_tag_or_guessed() {
        assert_eq!(Language::of("pt-BR", "the and of"), Portuguese);
        assert_eq!(Language::of("sw", "the and of"), Other);
        for (text, expected) in [
            ("the battery is not what it was", English),
            ("o produto não chegou e eu não sei quando", Portuguese),
            ("el producto no es lo que yo esperaba", Spanish),
            ("das Produkt ist nicht so wie ich es wollte", German),
            ("le produit n'est pas ce que je voulais", French),
            ("il prodotto non è quello che ho ordinato", Italian),
            ("hàng không đúng như bạn đã nói", Vietnamese),
            ("质量很好", Chinese),
            ("とても良い", Japanese),
            ("สินค้าดีมาก", Thai),
            ("12345 !!", Other),
        ] {
            assert_eq!(Language::of("", text), expected, "{text}");
        }
    }
}
