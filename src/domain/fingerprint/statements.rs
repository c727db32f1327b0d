//! What a text says of itself: that its author was rewarded, that reviews are for sale, or that it only
//! fills space.
//!
//! Classes of words and patterns of classes are data (`lexicon.txt`). A pattern is read within a
//! sentence, by the number of words between its classes.

mod lexicon;
mod tokens;

use std::sync::LazyLock;

use lexicon::{Hit, Language, Lexicon, Pattern};
use tokens::{Token, tokens};

/// Words before a pattern among which a denial takes it back.
const DENIED_BEFORE: u32 = 4;
/// Words before a pattern among which other people are its subject.
const OTHERS_BEFORE: u32 = 6;
/// Words after a pattern among which it may call the review honest.
const HONEST_AFTER: usize = 3;
/// Words around the first class of an advert among which the other classes are.
const ADVERT_WORDS: usize = 18;
static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| Lexicon::read(include_str!("statements/lexicon.txt")));

/// What an author says to have got, or offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reward {
    /// The product for an honest review.
    Sample = 1,
    /// Something for a review.
    Review = 2,
    /// Something for good stars.
    Stars = 3,
    /// Something for the reader's good stars.
    Offer = 4,
}

/// What a text says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Statements {
    pub(super) reward: Option<Reward>,
    pub(super) sells: bool,
    pub(super) filler: bool,
}

/// Words that make it worth reading a text, in order.
pub(super) fn telling() -> impl Iterator<Item = &'static str> {
    LEXICON.telling()
}

/// Reads a normalised text.
pub(super) fn read(parts: &[&str]) -> Statements {
    let tokens = tokens(parts);
    let mut found = Statements::default();
    let all = LEXICON.hits(&tokens);
    for (language, hits) in LEXICON.languages.iter().zip(&all) {
        if hits.is_empty() {
            continue;
        }
        let text = Text {
            language,
            tokens: &tokens,
            hits,
        };
        found.filler |= text.is_filler();
        for pattern in &language.patterns {
            match pattern.says {
                None => found.sells = found.sells || text.advertises(pattern),
                Some(says) => {
                    if let Some((start, end)) = text.admits(pattern) {
                        let honest = says == Reward::Review && text.is_honest(start, end);
                        let reward = if honest { Reward::Sample } else { says };
                        found.reward = found.reward.max(Some(reward));
                    }
                }
            }
        }
    }
    found
}

/// A text as one language reads it.
struct Text<'a> {
    language: &'a Language,
    tokens: &'a [Token],
    /// By their start.
    hits: &'a [Hit],
}

impl Text<'_> {
    fn of<'b>(&'b self, class: &'b str) -> impl Iterator<Item = &'b Hit> {
        let class = self.language.class(class);
        self.hits.iter().filter(move |hit| Some(hit.class) == class)
    }

    /// Whether half of its words or more say that it fills space.
    fn is_filler(&self) -> bool {
        let covers = |place: usize| {
            let mut hits = self.of("filler");
            hits.any(|hit| (hit.start..hit.end).contains(&place))
        };
        let filling = (0..self.tokens.len())
            .filter(|place| covers(*place))
            .count();
        filling > 0 && 2 * filling >= self.tokens.len()
    }

    /// Words between two places, where commas and ends of sentences count as several.
    fn between(&self, end: usize, start: usize) -> u32 {
        (self.tokens[start].place - self.tokens[end - 1].place).saturating_sub(1)
    }

    /// Where the classes of a pattern follow each other, and nothing takes them back.
    fn admits(&self, pattern: &Pattern) -> Option<(usize, usize)> {
        let mut said = self.spans(pattern).into_iter();
        said.find(|(start, end)| !self.is_taken_back(*start, *end))
    }

    /// All places where the classes of a pattern follow each other.
    fn spans(&self, pattern: &Pattern) -> Vec<(usize, usize)> {
        let Some((first, rest)) = pattern.classes.split_first() else {
            return Vec::new();
        };
        let of = |class| self.hits.iter().filter(move |hit| hit.class == class);
        let mut spans = Vec::new();
        for start in of(first.class) {
            let mut ends = vec![start.end];
            for next in rest {
                let mut further: Vec<usize> = Vec::new();
                for hit in of(next.class) {
                    let near = |end: &usize| {
                        *end <= hit.start && self.between(*end, hit.start) <= next.gap
                    };
                    if ends.iter().any(near) && !further.contains(&hit.end) {
                        further.push(hit.end);
                    }
                }
                ends = further;
            }
            spans.extend(ends.into_iter().map(|end| (start.start, end)));
        }
        spans
    }

    /// Whether it calls the review honest, within the pattern or right behind it.
    fn is_honest(&self, start: usize, end: usize) -> bool {
        let near = |hit: &Hit| hit.start >= start && hit.start <= end + HONEST_AFTER;
        self.of("honest").any(near)
    }

    fn is_taken_back(&self, start: usize, end: usize) -> bool {
        let within = |hit: &Hit, before: u32| {
            let overlaps = hit.start < end && hit.end > start;
            overlaps || (hit.end <= start && self.between(hit.end, start) < before)
        };
        self.of("not").any(|hit| within(hit, DENIED_BEFORE))
            || self.of("others").any(|hit| within(hit, OTHERS_BEFORE))
    }

    /// Whether the classes of a pattern follow each other, the others are near, and nobody is accused.
    fn advertises(&self, pattern: &Pattern) -> bool {
        self.spans(pattern).into_iter().any(|(start, _)| {
            let near = |hit: &Hit| hit.start.abs_diff(start) <= ADVERT_WORDS;
            let is_near = |class: &usize| {
                let mut hits = self.hits.iter();
                hits.any(|hit| hit.class == *class && near(hit))
            };
            let blamed = self.of("others").chain(self.of("reported")).any(near);
            pattern.near.iter().all(is_near) && !blamed
        })
    }
}

#[cfg(test)]
mod tests;
