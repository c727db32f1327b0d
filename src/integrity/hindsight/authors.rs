//! The corpus detector's terms by author, and what a newcomer to a listing starts from.

use super::hold::{Hold, hold};
use crate::integrity::PRIOR_LOG_ODDS;
use crate::integrity::campaigns::Campaigns;
use crate::integrity::detect::{Corpus, Detection, Review, Term as Part, Without, detect};
use crate::integrity::evidence::{Family, Reading, Spec};
use crate::integrity::fusion::Term;
use crate::integrity::sentence::capitalise;
use crate::integrity::signals::spec;
use crate::state::{NO_SCORE, ReviewRow, State};

/// Log-odds in 256ths, as they are kept of arrivals too.
type Steps = i16;

/// In the order of [`Part::ALL`].
static SPECS: [Spec; Part::ALL.len()] = [
    corpus("author.activity"),
    corpus("author.span"),
    corpus("author.silence"),
    corpus("author.listings"),
    corpus("author.stars"),
    corpus("author.place"),
    corpus("author.size"),
];

const fn corpus(code: &'static str) -> Spec {
    spec(code, Family::Corpus)
}

/// What is known of a listing's newcomers.
#[derive(Clone, Copy, Debug, Default)]
struct Door {
    listing: Steps,
    size: Steps,
    /// By stars less one.
    stars: [Steps; 5],
}

/// How authors stand: 14 bytes an author and 14 a listing.
#[derive(Debug, Default)]
pub(super) struct Authors {
    // In the order of `Part::ALL`; the first is NO_SCORE for authors without a review.
    rows: Vec<[Steps; Part::ALL.len()]>,
    listings: Vec<Door>,
    /// What a newcomer starts from where nothing depends on the listing.
    newcomer: [Steps; Part::ALL.len()],
    hold: Hold,
}

/// What the corpus detector says of a snapshot.
pub(super) struct Detected {
    corpus: Corpus,
    detection: Detection,
}

impl Detected {
    /// None without reviews.
    pub(super) fn of(state: &State) -> Option<Self> {
        let arrived = state.reviews().iter().filter(|review| review.arrived());
        let corpus = Corpus::new(arrived.map(|review| Review {
            reviewer: review.reviewer,
            listing: review.listing,
            stars: review.stars,
            seconds: review.time().map(|time| time.seconds().into()),
        }));
        if corpus.reviews() == 0 {
            return None;
        }
        let detection = detect(&corpus, Without::Nothing);
        Some(Self { corpus, detection })
    }
}

impl Authors {
    /// As far as the detector holds beside the campaigns of the same snapshot.
    pub(super) fn of(state: &State, detected: Detected, campaigns: &Campaigns) -> Self {
        let Detected { corpus, detection } = detected;
        let hold = hold(state, &corpus, &detection, campaigns);
        let detection = detection.held(&corpus, &hold);
        // What all share goes to activity: the usual author's activity then says next to nothing.
        let base = detection.base - PRIOR_LOG_ODDS;
        let rows = (0..corpus.reviewers()).map(|author| {
            if corpus.reviews_of(author as u32) == 0 {
                return [NO_SCORE; Part::ALL.len()];
            }
            let mut terms = Part::ALL.map(|part| detection.term(part, author));
            terms[Part::Activity as usize] += base;
            terms.map(steps)
        });
        let mut newcomer = [0.0; Part::ALL.len()];
        newcomer[Part::Activity as usize] = base;
        newcomer[Part::Silence as usize] = least_silence(&corpus, &detection);
        Self {
            rows: rows.collect(),
            listings: doors(&corpus, &detection, &hold),
            newcomer: newcomer.map(steps),
            hold,
        }
    }

    /// How far the terms of a part stand in the place of own signals, 0 to 1.
    pub(super) fn hold(&self, part: Part) -> f64 {
        if self.rows.is_empty() {
            0.0
        } else {
            self.hold[part as usize]
        }
    }

    /// Terms of an author; none for one whom the pass has not seen.
    pub(super) fn of_author(&self, row: u32) -> Vec<Term<'static>> {
        self.known(row).map_or_else(Vec::new, terms)
    }

    /// Terms of a review: its author's, or those of a newcomer to its listing.
    pub(super) fn of_review(&self, review: &ReviewRow) -> Vec<Term<'static>> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        if let Some(known) = self.known(review.reviewer) {
            return terms(known);
        }
        let mut held = self.newcomer;
        if let Some(door) = self.listings.get(review.listing as usize) {
            held[Part::Listing as usize] = door.listing;
            held[Part::Size as usize] = door.size;
            let stars = usize::from(review.stars).wrapping_sub(1);
            held[Part::Stars as usize] = door.stars.get(stars).copied().unwrap_or(0);
        }
        terms(&held)
    }

    fn known(&self, author: u32) -> Option<&[Steps; Part::ALL.len()]> {
        let held = self.rows.get(author as usize)?;
        (held[0] != NO_SCORE).then_some(held)
    }
}

/// The silence of a one-review author who has just written.
fn least_silence(corpus: &Corpus, detection: &Detection) -> f64 {
    let ones = (0..corpus.reviewers()).filter(|author| corpus.reviews_of(*author as u32) == 1);
    ones.map(|author| detection.term(Part::Silence, author))
        .fold(0.0, f64::min)
}

fn doors(corpus: &Corpus, detection: &Detection, hold: &Hold) -> Vec<Door> {
    let sizes = detection.sizes(corpus);
    let held = |part: Part, value: f64| steps(hold[part as usize] * value);
    let of = |listing: usize| Door {
        listing: held(Part::Listing, detection.newcomer_listing(listing)),
        size: held(Part::Size, sizes[listing]),
        stars: [0, 1, 2, 3, 4]
            .map(|star| held(Part::Stars, detection.newcomer_stars(listing, star))),
    };
    (0..corpus.listings()).map(of).collect()
}

fn steps(log_odds: f64) -> Steps {
    // A cast of a float saturates; the lowest number is left free.
    (libm::round(log_odds * 256.0) as Steps).max(NO_SCORE + 1)
}

fn terms(held: &[Steps; Part::ALL.len()]) -> Vec<Term<'static>> {
    let term = |(spec, steps): (&'static Spec, &Steps)| {
        let contribution = f64::from(*steps) / 256.0;
        Term {
            spec,
            reading: Reading {
                value: libm::exp(contribution),
                tail: 1.0,
                peers: 0,
            },
            contribution,
            campaign: None,
        }
    };
    SPECS.iter().zip(held).map(term).collect()
}

/// One English sentence about a term of the corpus detector, whose value says how many times as
/// likely a throw-away account makes it; none for other codes.
pub(in crate::integrity) fn author_sentence(code: &str, value: f64) -> Option<String> {
    let fact = match code {
        "author.activity" => "how much the author wrote, and at how many sittings",
        "author.span" => "how little of its time the author's reviews span",
        "author.silence" => "how long the author has been silent since",
        "author.listings" => "the share of throw-away accounts among the listings' newcomers",
        "author.stars" => "the author's stars beside those of the listings' established authors",
        "author.place" => "how early in its listings' time the author wrote",
        "author.size" => "how few reviews the author's listings have",
        _ => return None,
    };
    let mut said = format!(
        "{fact}: {value:.2} times as likely of a throw-away account as of an honest author."
    );
    capitalise(&mut said);
    Some(said)
}
