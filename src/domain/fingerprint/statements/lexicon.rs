//! Reads the lexicon, and finds its words in a text.

use std::collections::{BTreeMap, BTreeSet};

use super::Reward;
use super::tokens::{Token, tokens};

/// Words between two classes of a pattern where it says nothing else.
const GAP: u32 = 4;
/// Digits of a telephone number.
const PHONE_DIGITS: usize = 8;
/// Languages whose accents make other words.
const ACCENTED: [&str; 2] = ["de", "vi"];

/// All languages.
pub(super) struct Lexicon {
    pub(super) languages: Vec<Language>,
    /// Phrases by their first word, and those of which it is open or a number.
    phrases: BTreeMap<String, Vec<Phrase>>,
    open: Vec<Phrase>,
    telling: BTreeSet<String>,
}

/// Classes and patterns of one language.
#[derive(Default)]
pub(super) struct Language {
    pub(super) patterns: Vec<Pattern>,
    name: String,
    classes: Vec<String>,
}

/// Classes that follow each other, and others near them.
pub(super) struct Pattern {
    /// None for an advert.
    pub(super) says: Option<Reward>,
    pub(super) classes: Vec<Next>,
    pub(super) near: Vec<usize>,
}

/// A class of a pattern.
pub(super) struct Next {
    pub(super) class: usize,
    /// Most words between it and the one before.
    pub(super) gap: u32,
}

/// Words of a class in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) class: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone)]
struct Phrase {
    /// Its language, by its place.
    language: usize,
    class: usize,
    words: Vec<Word>,
}

#[derive(Clone, PartialEq, Eq)]
enum Word {
    Is(String),
    BeginsWith(String),
    Number,
    Phone,
}

impl Lexicon {
    /// Reads the lexicon; a line that is none is passed over.
    pub(super) fn read(text: &str) -> Self {
        let mut lexicon = Self {
            languages: Vec::new(),
            phrases: BTreeMap::default(),
            open: Vec::new(),
            telling: BTreeSet::new(),
        };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[') {
                lexicon.languages.push(Language {
                    name: name.trim_end_matches(']').to_owned(),
                    ..Language::default()
                });
            } else if let Some((name, rest)) = line.split_once(':') {
                lexicon.read_line(name, rest);
            }
        }
        lexicon
    }

    fn read_line(&mut self, name: &str, rest: &str) {
        let number = self.languages.len().wrapping_sub(1);
        let Some(language) = self.languages.get_mut(number) else {
            return;
        };
        match (name, name.strip_prefix("= ")) {
            (_, Some(class)) => {
                let class = language.class_number(class.trim());
                let texts = rest.split(',').map(str::trim);
                let texts = texts.filter(|text| !text.is_empty());
                let phrases: Vec<Phrase> = texts
                    .map(|text| Phrase {
                        language: number,
                        class,
                        words: language.words(text),
                    })
                    .collect();
                for phrase in phrases {
                    self.add(phrase);
                }
            }
            ("gate", _) => self
                .telling
                .extend(rest.split_whitespace().map(str::to_owned)),
            (says, _) => language.add_pattern(says, rest),
        }
    }

    fn add(&mut self, phrase: Phrase) {
        match phrase.words.first() {
            Some(Word::Is(first)) => {
                let held = self.phrases.entry(first.clone()).or_default();
                held.push(phrase);
            }
            Some(_) => self.open.push(phrase),
            None => {}
        }
    }

    /// The words of each language's classes in a text, by their start.
    pub(super) fn hits(&self, tokens: &[Token]) -> Vec<Vec<Hit>> {
        let mut hits = vec![Vec::new(); self.languages.len()];
        for (start, token) in tokens.iter().enumerate() {
            let plain = self.phrases.get(&token.plain).into_iter().flatten();
            let exact = self.phrases.get(&token.exact).into_iter().flatten();
            let plain = plain.filter(|phrase| !self.is_accented(phrase));
            let exact = exact.filter(|phrase| self.is_accented(phrase));
            for phrase in plain.chain(exact).chain(&self.open) {
                let end = start + phrase.words.len();
                let accented = self.is_accented(phrase);
                let said = tokens.get(start..end).is_some_and(|said| {
                    let mut pairs = phrase.words.iter().zip(said);
                    pairs.all(|(word, token)| {
                        word.is(if accented { &token.exact } else { &token.plain })
                    })
                });
                if said {
                    let class = phrase.class;
                    hits[phrase.language].push(Hit { class, start, end });
                }
            }
        }
        hits
    }

    fn is_accented(&self, phrase: &Phrase) -> bool {
        self.languages[phrase.language].is_accented()
    }

    /// Words without accents that make it worth reading a text, in order.
    pub(super) fn telling(&self) -> impl Iterator<Item = &str> {
        self.telling.iter().map(String::as_str)
    }
}

impl Language {
    /// The number of a class.
    pub(super) fn class(&self, name: &str) -> Option<usize> {
        self.classes.iter().position(|class| class == name)
    }

    fn class_number(&mut self, name: &str) -> usize {
        self.class(name).unwrap_or_else(|| {
            self.classes.push(name.to_owned());
            self.classes.len() - 1
        })
    }

    fn words(&self, text: &str) -> Vec<Word> {
        if text == "#phone" {
            return vec![Word::Phone];
        }
        let (text, open) = match text.strip_suffix('*') {
            Some(text) => (text, true),
            None => (text, false),
        };
        let read = |token: Token| match token.exact.as_str() {
            "#" => Word::Number,
            _ if self.is_accented() => Word::Is(token.exact),
            _ => Word::Is(token.plain),
        };
        let mut words: Vec<Word> = tokens(&[text]).into_iter().map(read).collect();
        if open && let Some(Word::Is(last)) = words.pop() {
            words.push(Word::BeginsWith(last));
        }
        words
    }

    fn add_pattern(&mut self, says: &str, text: &str) {
        let says = match says {
            "sample" => Some(Reward::Sample),
            "reward" => Some(Reward::Review),
            "stars" => Some(Reward::Stars),
            "offer" => Some(Reward::Offer),
            "sells" => None,
            _ => return,
        };
        let (mut classes, mut near, mut gap) = (Vec::new(), Vec::new(), GAP);
        let (ordered, others) = text.split_once('&').unwrap_or((text, ""));
        for name in others.split('&').map(str::trim) {
            if !name.is_empty() {
                near.push(self.class_number(name));
            }
        }
        for part in ordered.split_whitespace() {
            if let Ok(words) = part.parse() {
                gap = words;
            } else {
                let class = self.class_number(part);
                classes.push(Next { class, gap });
                gap = GAP;
            }
        }
        self.patterns.push(Pattern {
            says,
            classes,
            near,
        });
    }

    fn is_accented(&self) -> bool {
        ACCENTED.contains(&self.name.as_str())
    }
}

impl Word {
    fn is(&self, token: &str) -> bool {
        let digits = || token.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Is(word) => word == token,
            Self::BeginsWith(start) => token.starts_with(start.as_str()),
            Self::Number => digits(),
            Self::Phone => token.len() >= PHONE_DIGITS && digits(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::LEXICON;

    #[test]
    fn every_class_of_a_pattern_has_words() {
        let mut phrases: Vec<_> = LEXICON.phrases.keys().collect();
        phrases.sort_unstable();
        let held = phrases
            .into_iter()
            .flat_map(|first| &LEXICON.phrases[first]);
        let used: BTreeSet<(usize, usize)> = held
            .chain(&LEXICON.open)
            .map(|phrase| (phrase.language, phrase.class))
            .collect();
        for (number, language) in LEXICON.languages.iter().enumerate() {
            let name = &language.name;
            assert!(language.patterns.len() > 4, "{name}");
            for needed in ["not", "others", "reported", "filler"] {
                assert!(language.class(needed).is_some(), "{name}: {needed}");
            }
            for pattern in &language.patterns {
                assert!(pattern.classes.len() + pattern.near.len() > 1);
                let ordered = pattern.classes.iter().map(|next| next.class);
                for class in ordered.chain(pattern.near.iter().copied()) {
                    assert!(
                        used.contains(&(number, class)),
                        "{name}: {}",
                        language.classes[class]
                    );
                }
            }
        }
        assert_eq!(LEXICON.languages.len(), 8);
        assert!(LEXICON.telling().count() > 60);
    }
}
