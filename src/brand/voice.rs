//! What customers say, and what it does to the stars.
//!
//! No model is downloaded and no label is needed. The method, in the order of the modules:
//!
//! 1. [`language`]/[`tokens`]: Unicode words, stop words, Snowball stems, in ten languages.
//! 2. [`corpus`]: reviews as numbers of words; memory is bounded in reviews and in words.
//! 3. [`lexicon`]: *opinion words* are those that sway the stars of all reviews that were read (by
//!    Welch's t), with a short list of plain judgements as seeds. An *aspect* is a term of a
//!    category that sways no stars by itself and stands beside opinion words more often than chance
//!    has it: the first half of double propagation (Qiu, Liu, Bu and Chen, Computational
//!    Linguistics 37(1), 2011), with word distance in place of a parser. A *remark* is a term that
//!    is no plain judgement and sways the stars itself, such as "broke" or "did not arrive".
//! 4. [`topics`]: of a seller's aspects and remarks those that stand in the same reviews become one
//!    topic, with its share, its effect in stars and its trend.
//! 5. [`revision`] and [`falls`]: whether a complaint fell after a listing was changed.
//!
//! Every review counts with its weight, one minus the probability that it is manipulated.

mod corpus;
pub mod falls;
mod language;
mod lexicon;
pub mod revision;
pub mod share;
mod terms;
#[cfg(test)]
mod tests;
pub mod texts;
mod tokens;
mod topics;

use corpus::Corpus;
use falls::Revised;
use revision::Fall;

/// Most reviews of the seller that are read: bounds memory to some 60 MB.
pub const OWN_MOST: usize = 100_000;
/// Most reviews of others that are read to learn what words mean in the category.
pub const OTHERS_MOST: usize = 20_000;
/// Most topics of either kind that are named.
pub const TOPICS_MOST: usize = 20;

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
    /// Anything that finds it again, such as its row.
    pub review: u32,
    /// What it is about, such as a row.
    pub listing: u32,
    /// The category, in which words mean the same.
    pub category: u32,
}

/// What makes a term a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TopicKind {
    /// Something that buyers judge, for better or worse: "battery life".
    Aspect,
    /// Something that they say happened: "stopped working".
    Remark,
}

/// How the share of a topic moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopicTrend {
    /// Share of the reviews of the last 180 days, 0 to 1.
    pub recent: f64,
    /// Share of those before.
    pub before: f64,
    /// Probability that the share rose.
    pub rising: f64,
}

/// What some customers of a seller say.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Stays the same when reviews are added: language and stems, as `en:batteri life`.
    pub key: String,
    /// What makes it one.
    pub kind: TopicKind,
    /// How customers put it, the most frequent first, up to 5.
    pub words: Vec<String>,
    /// Reviews that speak of it.
    pub mentions: u32,
    /// Share of the reviews of its language with a text that speak of it, by their weights.
    pub share: f64,
    /// The same with all weights 1.
    pub raw_share: f64,
    /// Mean stars of reviews that speak of it minus mean stars of those that do not.
    pub effect: f64,
    /// Lower end of the range that holds the effect with 90 % (Welch, 1947).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// None where dates are missing, or one of the two spans has fewer than 10 reviews.
    pub trend: Option<TopicTrend>,
    /// Of a topic that costs stars, whether it fell after pages changed, beyond what it did on
    /// matched listings; none for praise, without a change, or with too little around it.
    pub fall: Option<Fall>,
    /// Up to 5 of [`VoiceReview::review`], those that speak most plainly in its direction first,
    /// newest first of equals.
    pub samples: Vec<u32>,
}

/// What customers of a seller say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Voice {
    /// By what they do to the mean rating: share times effect, the largest first.
    pub topics: Vec<Topic>,
    /// Reviews of the seller that were read.
    pub reviews: u32,
    /// Of these, with a text.
    pub texts: u32,
}

/// The topics of a seller, as of a day. `others` are reviews of other sellers in its categories:
/// they teach what words mean and say nothing of the seller. At most [`OWN_MOST`] and
/// [`OTHERS_MOST`] are taken, the first ones. The order of reviews does not matter below that.
/// `revised` says when the page of a listing last changed.
pub fn listen(
    own: impl IntoIterator<Item = VoiceReview>,
    others: impl IntoIterator<Item = VoiceReview>,
    as_of_day: u32,
    revised: Revised<'_>,
) -> Voice {
    let corpus = read(own, others);
    let lexicon = lexicon::Lexicon::learn(&corpus);
    let reviews = corpus.docs().iter().filter(|doc| doc.own);
    Voice {
        reviews: corpus.own_reviews,
        texts: reviews.count() as u32,
        topics: topics::topics(&corpus, &lexicon, as_of_day, revised),
    }
}

fn read(
    own: impl IntoIterator<Item = VoiceReview>,
    others: impl IntoIterator<Item = VoiceReview>,
) -> Corpus {
    let mut corpus = Corpus::default();
    for review in own.into_iter().take(OWN_MOST) {
        corpus.push(&review, true);
    }
    for review in others.into_iter().take(OTHERS_MOST) {
        corpus.push(&review, false);
    }
    corpus
}
