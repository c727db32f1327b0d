//! Stores reviews as numbers of words.

use std::collections::HashMap;

use super::VoiceReview;
use super::language::Language;
use super::tokens::{Token, tokens};
use crate::state::{GroupIx, ListingIx, ReviewIx};

/// Marks the end of a clause among words.
pub(super) const BREAK: u32 = u32::MAX;
/// Most words that are distinguished; later ones are gaps.
const WORDS_MOST: usize = 200_000;
/// Most forms of a stem that are distinguished.
const FORMS_MOST: usize = 6;
/// Marks a word beyond the most.
const GAP: u32 = u32::MAX - 1;

/// Role of a word in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Has a meaning.
    Plain,
    /// Has no meaning of its own.
    Stop,
    /// Negates the next word.
    Negation,
}

/// A stem, or a word without meaning of its own.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) language: Language,
    pub(super) stem: Box<str>,
    role: Role,
    pub(super) evaluative: bool,
    pub(super) overlaps: bool,
    forms: Vec<Box<str>>,
}

impl Word {
    /// Whether it can be a topic, or part of one.
    pub(super) fn has_meaning(&self) -> bool {
        self.role == Role::Plain
    }

    pub(super) fn is_stop(&self) -> bool {
        self.role == Role::Stop
    }

    pub(super) fn is_negation(&self) -> bool {
        self.role == Role::Negation
    }

    /// One of its written forms; the stem for those that were not kept.
    pub(super) fn form(&self, form: u8) -> &str {
        self.forms.get(usize::from(form)).unwrap_or(&self.stem)
    }
}

/// A review with a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doc {
    start: u32,
    end: u32,
    pub(super) language: Language,
    pub(super) own: bool,
    pub(super) stars: f64,
    pub(super) weight: f64,
    pub(super) day: Option<u32>,
    pub(super) review: ReviewIx,
    pub(super) listing: ListingIx,
    pub(super) category: GroupIx,
}

/// All reviews that were read.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    words: Vec<Word>,
    index: HashMap<(Language, bool, Box<str>), u32>,
    docs: Vec<Doc>,
    /// Words of all reviews.
    sequence: Vec<u32>,
    /// The form of each word.
    forms: Vec<u8>,
    pub(super) own_reviews: u32,
}

impl Corpus {
    /// Adds a review; without words, stars or a weight it is only counted.
    pub(super) fn push(&mut self, review: &VoiceReview, own: bool) {
        self.own_reviews += u32::from(own);
        let weighs = review.weight.is_finite() && review.weight > 0.0;
        if !(1..=5).contains(&review.stars) || !weighs {
            return;
        }
        let text = format!("{}\n{}", review.title, review.body);
        let language = Language::of(&review.language, &text);
        let start = self.sequence.len() as u32;
        for token in tokens(&text, language) {
            let (number, form) = match token {
                Token::Break => (BREAK, 0),
                Token::Word(word) => self.number(language, word),
            };
            self.sequence.push(number);
            self.forms.push(form);
        }
        let end = self.sequence.len() as u32;
        if self.sequence[start as usize..]
            .iter()
            .all(|word| *word == BREAK)
        {
            self.sequence.truncate(start as usize);
            self.forms.truncate(start as usize);
            return;
        }
        self.docs.push(Doc {
            start,
            end,
            language,
            own,
            stars: f64::from(review.stars),
            weight: review.weight.min(1.0),
            day: review.day,
            review: review.review,
            listing: review.listing,
            category: review.category,
        });
    }

    /// The number of a word and that of its form.
    fn number(&mut self, language: Language, word: super::tokens::Word) -> (u32, u8) {
        let plain = !word.stop && !word.negation;
        let form = if plain { &word.stem } else { &word.surface };
        let key = (language, plain, form.clone().into_boxed_str());
        if let Some(number) = self.index.get(&key) {
            let forms = &mut self.words[*number as usize].forms;
            let known = forms.iter().position(|form| **form == *word.surface);
            let form = known.unwrap_or(forms.len()).min(FORMS_MOST);
            if form == forms.len() && form < FORMS_MOST {
                forms.push(word.surface.into());
            }
            return (*number, form as u8);
        }
        if self.words.len() >= WORDS_MOST {
            return (GAP, 0);
        }
        let number = self.words.len() as u32;
        self.words.push(Word {
            language,
            stem: key.2.clone(),
            role: match (word.stop, word.negation) {
                (_, true) => Role::Negation,
                (true, false) => Role::Stop,
                (false, false) => Role::Plain,
            },
            evaluative: language.is_evaluative(&word.stem),
            overlaps: word.overlaps,
            forms: vec![word.surface.into()],
        });
        self.index.insert(key, number);
        (number, 0)
    }

    pub(super) fn docs(&self) -> &[Doc] {
        &self.docs
    }

    /// A word; none for a break or a gap.
    pub(super) fn word(&self, number: u32) -> Option<&Word> {
        self.words.get(number as usize)
    }

    /// Number of distinguished words.
    pub(super) fn word_count(&self) -> usize {
        self.words.len()
    }

    /// The words of a review in order, with breaks between clauses.
    pub(super) fn words_of(&self, doc: &Doc) -> &[u32] {
        &self.sequence[doc.start as usize..doc.end as usize]
    }

    /// The form of each word of [`Corpus::words_of`].
    pub(super) fn forms_of(&self, doc: &Doc) -> &[u8] {
        &self.forms[doc.start as usize..doc.end as usize]
    }
}
