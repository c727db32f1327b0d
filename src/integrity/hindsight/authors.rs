//! The corpus detector's terms by author, and what a newcomer to a listing starts from.

use super::correct::{Correction, Fallback};
use super::hold::{Hold, hold};
use crate::cancel::{Cancel, Cancelled};
use crate::integrity::PRIOR_LOG_ODDS;
use crate::integrity::campaigns::Campaigns;
use crate::integrity::detect::features::visit;
use crate::integrity::detect::{Corpus, Detection, Review, Term as Part, Without, detect};
use crate::integrity::evidence::{Family, Reading, Spec};
use crate::integrity::fusion::Term;
use crate::integrity::learn::Model;
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

/// The same as far as it holds beside the campaigns of the snapshot.
pub(super) struct Held {
    corpus: Corpus,
    detection: Detection,
    hold: Hold,
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

    pub(super) fn held(self, state: &State, campaigns: &Campaigns) -> Held {
        let Self { corpus, detection } = self;
        let hold = hold(state, &corpus, &detection, campaigns);
        Held {
            detection: detection.held(&corpus, &hold),
            corpus,
            hold,
        }
    }
}

/// All reviews that have arrived, by rows of the state's authors and listings, and what the detector
/// says of them as far as it holds beside campaigns: what versions are learned from and correct. None
/// without reviews.
pub(crate) fn detected(state: &State, campaigns: &Campaigns) -> Option<(Corpus, Detection)> {
    let held = Detected::of(state)?.held(state, campaigns);
    Some((held.corpus, held.detection))
}

impl Authors {
    /// A table for each model: as the detector says it without labels, or as a learned model
    /// corrects it.
    pub(super) fn of(
        held: Option<&Held>,
        learned: &[Option<&Model>],
        cancel: &Cancel,
    ) -> Result<Vec<Self>, Cancelled> {
        let Some(held) = held else {
            return Ok(learned.iter().map(|_| Self::default()).collect());
        };
        let mut corrections: Vec<Option<Correction<'_>>> = learned
            .iter()
            .map(|model| model.map(|model| Correction::new(model, &held.corpus)))
            .collect();
        let mut gone = cancel.check();
        if corrections.iter().any(Option::is_some) {
            visit(&held.corpus, &held.detection, &mut |column| {
                gone = cancel.check();
                if gone.is_ok() {
                    for correction in corrections.iter_mut().flatten() {
                        correction.take(&held.corpus, column);
                    }
                }
            });
        }
        gone?;
        let tables = corrections
            .iter()
            .map(|correction| Self::table(held, correction.as_ref()));
        Ok(tables.collect())
    }

    fn table(held: &Held, learned: Option<&Correction<'_>>) -> Self {
        let Held {
            corpus,
            detection,
            hold,
        } = held;
        let scale = |reviews| learned.map_or((0.0, 1.0), |learned| learned.line(reviews));
        let rows = (0..corpus.reviewers()).map(|author| {
            let reviews = corpus.reviews_of(author as u32);
            if reviews == 0 {
                return [NO_SCORE; Part::ALL.len()];
            }
            let (intercept, slope) = scale(reviews);
            let mut terms = Part::ALL.map(|part| slope * detection.term(part, author));
            // What all share goes to activity: the usual author's activity then says next to
            // nothing.
            terms[Part::Activity as usize] += intercept + slope * detection.base - PRIOR_LOG_ODDS;
            if let Some(learned) = learned {
                for (term, corrected) in terms.iter_mut().zip(learned.author(author)) {
                    *term += f64::from(*corrected);
                }
            }
            terms.map(steps)
        });
        let (intercept, slope) = scale(1);
        let mut newcomer = [0.0; Part::ALL.len()];
        newcomer[Part::Activity as usize] = intercept + slope * detection.base - PRIOR_LOG_ODDS;
        newcomer[Part::Silence as usize] = slope * least_silence(corpus, detection);
        if let Some(learned) = learned {
            for (term, corrected) in newcomer.iter_mut().zip(learned.newcomer()) {
                *term += corrected;
            }
        }
        Self {
            rows: rows.collect(),
            listings: doors(held, slope, learned),
            newcomer: newcomer.map(steps),
            hold: *hold,
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

fn doors(held: &Held, slope: f64, learned: Option<&Correction<'_>>) -> Vec<Door> {
    let Held {
        corpus,
        detection,
        hold,
    } = held;
    let sizes = detection.sizes(corpus);
    let part = |part: Part, value: f64| slope * hold[part as usize] * value;
    let fallback = learned.map(Fallback::of).unwrap_or_default();
    let of = |listing: usize| {
        let corrected = learned.map(|learned| learned.door(listing, &fallback));
        let corrected = corrected.unwrap_or_default();
        let star = |star: usize| {
            let said = part(Part::Stars, detection.newcomer_stars(listing, star));
            steps(said + corrected.stars[star])
        };
        let newcomer = part(Part::Listing, detection.newcomer_listing(listing));
        Door {
            listing: steps(newcomer + corrected.listing),
            size: steps(part(Part::Size, sizes[listing]) + corrected.size),
            stars: [0, 1, 2, 3, 4].map(star),
        }
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
