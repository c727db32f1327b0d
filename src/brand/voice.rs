//! Extracts the topics of reviews (voice of the customer), and their effect on the stars.
//!
//! No model is downloaded and no label is needed. The method, in the order of the modules:
//!
//! 1. [`language`]/[`tokens`]: Unicode words, stop words, Snowball stems, in ten languages.
//! 2. [`corpus`]: reviews as numbers of words; memory is bounded in reviews and in words.
//! 3. [`lexicon`]: *opinion words* shift the stars of all reviews that are read (by Welch's t); a
//!    short list of plain judgements seeds them. An *aspect* is a term of a category that shifts no
//!    stars by itself and is found beside opinion words more often than by chance. This is the first
//!    half of double propagation (Qiu, Liu, Bu and Chen, Computational Linguistics 37(1), 2011), with
//!    word distance in place of a parser. A *remark* is a term that is no plain judgement and shifts the
//!    stars itself, such as "broke" or "did not arrive".
//! 4. [`topics`]: a seller's aspects and remarks in the same reviews become one topic, with its share,
//!    its effect in stars and its trend.
//! 5. [`revision`] and [`falls`]: whether a complaint fell after a listing was changed.
//!
//! Every review counts with its weight, one minus the probability that it is manipulated.

mod corpus;
pub(super) mod falls;
mod language;
mod lexicon;
pub(super) mod revision;
mod share;
mod terms;
#[cfg(test)]
mod tests;
mod tokens;
mod topic_groups;
mod topics;

use corpus::Corpus;

use crate::state::{GroupIx, ListingIx, ReviewIx};
pub use falls::RevisedDay;
pub use revision::Fall;

/// Most reviews of the seller that are read: bounds memory to about 60 MB.
pub const OWN_MOST: usize = 100_000;
/// Most reviews of others that are read to learn what words mean in the category.
pub const OTHERS_MOST: usize = 20_000;
/// Most topics of either kind that are returned.
const TOPICS_MOST: usize = 20;

/// A review to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceReview {
    /// Its title, may be empty.
    pub title: String,
    /// Its text, may be empty.
    pub body: String,
    /// Its language (BCP 47), empty where unknown.
    pub language: String,
    /// 1 to 5; others are left out.
    pub stars: u8,
    /// Days since 1970, if known.
    pub day: Option<u32>,
    /// One minus the probability that it is manipulated, 0 to 1.
    pub weight: f64,
    /// Its row.
    pub review: ReviewIx,
    /// Row of its listing.
    pub listing: ListingIx,
    /// Category of the listing, in which words mean the same.
    pub category: GroupIx,
}

/// The kind of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicKind {
    /// Something that buyers judge, for better or worse: "battery life".
    Aspect,
    /// Something that happened to them: "stopped working".
    Remark,
}

/// The trend of the share of a topic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopicTrend {
    /// Share of the reviews of the last 180 days, 0 to 1.
    pub recent: f64,
    /// Share of the reviews before.
    pub before: f64,
    /// Probability that the share rose.
    pub rising: f64,
}

/// A topic of a seller's reviews.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Language and stems, as `en:batteri life`; it stays the same when reviews are added.
    pub key: String,
    /// Its kind.
    pub kind: TopicKind,
    /// Wordings of customers, the most frequent first, up to 5.
    pub words: Vec<String>,
    /// Number of reviews that mention it.
    pub mentions: u32,
    /// Weighted share of the reviews of its language with a text that mention it.
    pub share: f64,
    /// The same with all weights 1.
    pub raw_share: f64,
    /// Mean stars of reviews that mention it minus mean stars of those that do not.
    pub effect: f64,
    /// Lower end of the 90 % interval of the effect (Welch, 1947).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// None where dates are missing, or one of the two spans has fewer than 10 reviews.
    pub trend: Option<TopicTrend>,
    /// Of a topic that costs stars: the fall after pages changed, beyond that on matched listings.
    /// None for topics that add stars, without a change, or with too few reviews around it.
    pub fall: Option<Fall>,
    /// Up to 5 of [`VoiceReview::review`], the most extreme stars in its direction first, the newest
    /// first of equal ones.
    pub samples: Vec<ReviewIx>,
}

/// The topics of a seller's reviews.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Voice {
    /// By their effect on the mean rating (share times effect), the largest first.
    pub topics: Vec<Topic>,
    /// Number of reviews of the seller that were read.
    pub reviews: u32,
    /// Of these, with a text.
    pub texts: u32,
}

/// Extracts the topics of a seller, as of a day. `others` are reviews of other sellers in its
/// categories: they only show the meaning of words. At most [`OWN_MOST`] and [`OTHERS_MOST`] are
/// taken, the first ones; below that, the order of reviews does not matter. `revised` gives the day of
/// the last change of a listing's page.
pub fn extract_topics(
    own: impl IntoIterator<Item = VoiceReview>,
    others: impl IntoIterator<Item = VoiceReview>,
    as_of_day: u32,
    revised: RevisedDay<'_>,
) -> Voice {
    let mut corpus = Corpus::default();
    for review in own.into_iter().take(OWN_MOST) {
        corpus.push(&review, true);
    }
    for review in others.into_iter().take(OTHERS_MOST) {
        corpus.push(&review, false);
    }
    let lexicon = lexicon::Lexicon::learn(&corpus);
    let own_texts = corpus.docs().iter().filter(|doc| doc.own);
    Voice {
        reviews: corpus.own_reviews,
        texts: own_texts.count() as u32,
        topics: topics::topics(&corpus, &lexicon, as_of_day, revised),
    }
}
