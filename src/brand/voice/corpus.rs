//! Reviews as numbers of words.

use std::collections::HashMap;

use super::VoiceReview;
use super::language::Tongue;
use super::tokens::{Token, tokens};

/// The end of a clause among words.
pub(super) const BREAK: u32 = u32::MAX;
/// Most words that are told apart; later ones are gaps.
const WORDS_MOST: usize = 200_000;
/// Most ways to write a stem that are told apart.
const SURFACES_MOST: usize = 6;
/// A word that is one too many.
const GAP: u32 = u32::MAX - 1;

/// What a word does in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// It means something.
    Plain,
    /// It means nothing by itself.
    Stop,
    /// It turns the next word round.
    Negation,
}

/// A stem, or a word without meaning of its own.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) tongue: Tongue,
    pub(super) stem: Box<str>,
    role: Role,
    pub(super) evaluative: bool,
    pub(super) overlaps: bool,
    surfaces: Vec<Box<str>>,
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

    /// One of the ways in which it is written; the stem for those that were not kept.
    pub(super) fn surface(&self, form: u8) -> &str {
        self.surfaces.get(usize::from(form)).unwrap_or(&self.stem)
    }
}

/// A review with a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doc {
    start: u32,
    end: u32,
    pub(super) tongue: Tongue,
    pub(super) own: bool,
    pub(super) stars: f64,
    pub(super) weight: f64,
    pub(super) day: Option<u32>,
    pub(super) review: u32,
    pub(super) listing: u32,
    pub(super) category: u32,
}

/// All reviews that were read.
#[derive(Debug, Default)]
pub(super) struct Corpus {
    words: Vec<Word>,
    index: HashMap<(Tongue, bool, Box<str>), u32>,
    docs: Vec<Doc>,
    flow: Vec<u32>,
    /// Beside `flow`: which way of writing.
    forms: Vec<u8>,
    pub(super) own_reviews: u32,
}

impl Corpus {
    /// Adds a review; without a word, a star or a weight it is only counted.
    pub(super) fn push(&mut self, review: &VoiceReview, own: bool) {
        self.own_reviews += u32::from(own);
        let weighs = review.weight.is_finite() && review.weight > 0.0;
        if !(1..=5).contains(&review.stars) || !weighs {
            return;
        }
        let text = format!("{}\n{}", review.title, review.body);
        let tongue = Tongue::of(&review.language, &text);
        let start = self.flow.len() as u32;
        for token in tokens(&text, tongue) {
            let (number, form) = match token {
                Token::Break => (BREAK, 0),
                Token::Word(word) => self.number(tongue, word),
            };
            self.flow.push(number);
            self.forms.push(form);
        }
        let end = self.flow.len() as u32;
        if self.flow[start as usize..]
            .iter()
            .all(|word| *word == BREAK)
        {
            self.flow.truncate(start as usize);
            self.forms.truncate(start as usize);
            return;
        }
        self.docs.push(Doc {
            start,
            end,
            tongue,
            own,
            stars: f64::from(review.stars),
            weight: review.weight.min(1.0),
            day: review.day,
            review: review.review,
            listing: review.listing,
            category: review.category,
        });
    }

    /// A word's number, and which of the ways to write it this is.
    fn number(&mut self, tongue: Tongue, word: super::tokens::Word) -> (u32, u8) {
        let plain = !word.stop && !word.negation;
        let form = if plain { &word.stem } else { &word.surface };
        let key = (tongue, plain, form.clone().into_boxed_str());
        if let Some(number) = self.index.get(&key) {
            let surfaces = &mut self.words[*number as usize].surfaces;
            let known = surfaces.iter().position(|held| **held == *word.surface);
            let form = known.unwrap_or(surfaces.len()).min(SURFACES_MOST);
            if form == surfaces.len() && form < SURFACES_MOST {
                surfaces.push(word.surface.into());
            }
            return (*number, form as u8);
        }
        if self.words.len() >= WORDS_MOST {
            return (GAP, 0);
        }
        let number = self.words.len() as u32;
        self.words.push(Word {
            tongue,
            stem: key.2.clone(),
            role: match (word.stop, word.negation) {
                (_, true) => Role::Negation,
                (true, false) => Role::Stop,
                (false, false) => Role::Plain,
            },
            evaluative: tongue.is_evaluative(&word.stem),
            overlaps: word.overlaps,
            surfaces: vec![word.surface.into()],
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

    /// How many words are told apart.
    pub(super) fn word_count(&self) -> usize {
        self.words.len()
    }

    /// The words of a review in order, with breaks between clauses.
    pub(super) fn flow(&self, doc: &Doc) -> &[u32] {
        &self.flow[doc.start as usize..doc.end as usize]
    }

    /// Beside [`Corpus::flow`]: which way of writing each word is.
    pub(super) fn forms(&self, doc: &Doc) -> &[u8] {
        &self.forms[doc.start as usize..doc.end as usize]
    }
}
