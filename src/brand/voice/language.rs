//! What is known of languages: stop words, stems, negations, and words that only judge.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

/// A language that is known, or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Tongue {
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

use Tongue::{
    Chinese, English, French, German, Italian, Japanese, Other, Portuguese, Spanish, Thai,
    Vietnamese,
};

const ALL: [(Tongue, &str, Option<Algorithm>); 10] = [
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

/// Languages in Latin script, which stop words tell apart.
const LATIN: [Tongue; 7] = [
    English, Portuguese, Spanish, German, French, Italian, Vietnamese,
];

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
        let stops = stop_words::lookup(code).unwrap_or_default();
        let stops = stops.iter().map(|word| word.to_lowercase());
        Lists {
            stops: stops
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

/// The three ranges of signs that are written without spaces.
pub(super) fn is_unspaced(sign: char) -> bool {
    matches!(sign, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{309F}')
        || matches!(sign, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

impl Tongue {
    fn lists(self) -> Option<&'static Lists> {
        LISTS.get(self as usize)
    }

    /// By its tag (BCP 47), or by the text where there is none.
    pub(super) fn of(tag: &str, text: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let primary = primary.to_ascii_lowercase();
        let tagged = ALL.iter().find(|(_, code, _)| *code == primary);
        match tagged {
            Some((tongue, _, _)) => *tongue,
            None if primary.is_empty() || primary == "und" => Self::guess(text),
            None => Other,
        }
    }

    /// By its script, and in Latin script by the language most of whose stop words it has; of
    /// equals the first.
    fn guess(text: &str) -> Self {
        let (mut han, mut thai) = (false, false);
        for sign in text.chars() {
            match sign {
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
            .split(|sign: char| !sign.is_alphabetic() && sign != '\'')
            .filter(|word| !word.is_empty())
            .take(60)
            .map(str::to_lowercase)
            .collect();
        let mut best = (0, Other);
        for tongue in LATIN {
            let known = words.iter().filter(|word| tongue.is_stop(word)).count();
            if known > best.0 {
                best = (known, tongue);
            }
        }
        best.1
    }

    /// Its tag.
    pub(super) fn code(self) -> &'static str {
        ALL.get(self as usize).map_or("und", |(_, code, _)| code)
    }

    /// Whether a word, in small letters, carries no meaning of its own.
    pub(super) fn is_stop(self, word: &str) -> bool {
        self.lists().is_some_and(|lists| lists.stops.contains(word))
    }

    /// Whether a word, in small letters, turns the next one round.
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

    /// The stem of a word in small letters.
    pub(super) fn stem(self, word: &str) -> String {
        let stemmer = self.lists().and_then(|lists| lists.stemmer.as_ref());
        stem_by(stemmer, word)
    }

    /// Whether articles and prepositions cling to the next word by an apostrophe.
    pub(super) const fn elides(self) -> bool {
        matches!(self, French | Italian)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_lists() {
        for (place, (tongue, code, algorithm)) in ALL.iter().enumerate() {
            assert_eq!(*tongue as usize, place);
            let lists = tongue.lists().unwrap();
            assert!(lists.stops.len() > 50, "{code}");
            assert!(!lists.negations.is_empty(), "{code}");
            assert!(lists.evaluative.len() >= 10, "{code}");
            assert_eq!(algorithm.is_some(), lists.stemmer.is_some());
        }
        assert!(Other.lists().is_none() && !Other.is_stop("the"));
    }

    #[test]
    fn tags_go_before_guesses() {
        assert_eq!(Tongue::of("pt-BR", "the and of"), Portuguese);
        assert_eq!(Tongue::of("sw", "the and of"), Other);
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
            assert_eq!(Tongue::of("", text), expected, "{text}");
        }
    }
}
