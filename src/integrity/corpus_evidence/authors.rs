//! The corpus detector's terms by author, and what a newcomer to a listing starts from.

use super::corrections::{Fallback, ModelCorrection};
use super::detector_terms::SPECS;
use super::detector_weights::{TermWeights, term_weights};
use crate::integrity::PRIOR_LOG_ODDS;
use crate::integrity::campaigns::Campaigns;
use crate::integrity::detect::features::visit;
use crate::integrity::detect::{Corpus, Detection, DetectorTerm, Review, Without, detect};
use crate::integrity::fusion::Term;
use crate::integrity::learn::Model;
use crate::integrity::terms::{Reading, Spec};
use crate::state::{NO_SCORE, Polarity, ReviewRow, ReviewerIx, State};
use crate::threads::cancel::{Cancel, Cancelled};

/// Log-odds in 256ths, as they are kept of arrivals too.
type Steps = i16;

/// The terms of a listing's newcomers that depend on the listing.
#[derive(Clone, Copy, Debug, Default)]
struct ListingNewcomers {
    listing: Steps,
    size: Steps,
    /// By stars less one.
    stars: [Steps; 5],
}

/// The terms of all authors: 14 bytes an author and 14 a listing.
#[derive(Debug, Default)]
pub(super) struct AuthorTerms {
    // In the order of `DetectorTerm::ALL`; the first is NO_SCORE for authors without a review.
    rows: Vec<[Steps; DetectorTerm::ALL.len()]>,
    listings: Vec<ListingNewcomers>,
    /// The terms of a newcomer that do not depend on the listing.
    newcomer: [Steps; DetectorTerm::ALL.len()],
    weights: TermWeights,
}

/// The corpus detector's result on a snapshot.
pub(super) struct CorpusDetection {
    corpus: Corpus,
    detection: Detection,
}

/// The same as far as it holds beside the campaigns of the snapshot.
pub(super) struct WeightedDetection {
    corpus: Corpus,
    detection: Detection,
    pub(super) weights: TermWeights,
}

impl CorpusDetection {
    /// Of all reviews; none without any.
    pub(super) fn of(state: &State) -> Option<Self> {
        Self::of_those(state, |_| true)
    }

    /// Of the positive reviews alone, so that no number of negative ones can make a listing's
    /// positive reviews look manipulated.
    pub(super) fn of_positive(state: &State) -> Option<Self> {
        Self::of_those(state, |review| review.polarity() == Polarity::Positive)
    }

    fn of_those(state: &State, taken: impl Fn(&ReviewRow) -> bool) -> Option<Self> {
        let reviews = state.reviews().iter();
        let acts = reviews.filter(|review| review.is_act() && taken(review));
        let corpus = Corpus::new(acts.filter_map(|review| {
            Some(Review {
                reviewer: review.reviewer?.number(),
                listing: review.listing?.number(),
                stars: review.stars,
                seconds: review.time().map(|time| time.seconds().into()),
            })
        }));
        if corpus.reviews() == 0 {
            return None;
        }
        let detection = detect(&corpus, Without::Nothing);
        Some(Self { corpus, detection })
    }

    pub(super) fn weighted(self, state: &State, campaigns: &Campaigns) -> WeightedDetection {
        let weights = term_weights(state, &self.corpus, &self.detection, campaigns);
        self.with_weights(weights)
    }

    /// The same with given weights.
    pub(super) fn with_weights(self, weights: TermWeights) -> WeightedDetection {
        let Self { corpus, detection } = self;
        WeightedDetection {
            detection: detection.weighted(&corpus, &weights),
            corpus,
            weights,
        }
    }
}

/// All reviews that have arrived and are no copies, by rows of the state's authors and listings, and the weighted
/// result of the detector. Versions are learned from these and correct them. None without reviews.
pub(crate) fn detected(state: &State, campaigns: &Campaigns) -> Option<(Corpus, Detection)> {
    let weighted = CorpusDetection::of(state)?.weighted(state, campaigns);
    Some((weighted.corpus, weighted.detection))
}

impl AuthorTerms {
    /// Makes a table for each model: of the detector without labels, or as a learned model corrects
    /// it.
    pub(super) fn of(
        weighted: Option<&WeightedDetection>,
        learned: &[Option<&Model>],
        cancel: &Cancel,
    ) -> Result<Vec<Self>, Cancelled> {
        let Some(weighted) = weighted else {
            return Ok(learned.iter().map(|_| Self::default()).collect());
        };
        let mut corrections: Vec<Option<ModelCorrection<'_>>> = learned
            .iter()
            .map(|model| model.map(|model| ModelCorrection::new(model, &weighted.corpus)))
            .collect();
        let mut gone = cancel.check();
        if corrections.iter().any(Option::is_some) {
            visit(&weighted.corpus, &weighted.detection, &mut |column| {
                gone = cancel.check();
                if gone.is_ok() {
                    for correction in corrections.iter_mut().flatten() {
                        correction.take(&weighted.corpus, column);
                    }
                }
            });
        }
        gone?;
        let tables = corrections
            .iter()
            .map(|correction| Self::table(weighted, correction.as_ref()));
        Ok(tables.collect())
    }

    fn table(weighted: &WeightedDetection, learned: Option<&ModelCorrection<'_>>) -> Self {
        let WeightedDetection {
            corpus,
            detection,
            weights,
        } = weighted;
        let scale = |reviews| learned.map_or((0.0, 1.0), |learned| learned.line(reviews));
        let rows = (0..corpus.reviewers()).map(|author| {
            let reviews = corpus.reviews_of(author as u32);
            if reviews == 0 {
                return [NO_SCORE; DetectorTerm::ALL.len()];
            }
            let (intercept, slope) = scale(reviews);
            let mut terms = DetectorTerm::ALL.map(|part| slope * detection.term(part, author));
            // The shared part is added to activity, so that a usual author's activity adds next to
            // nothing.
            terms[DetectorTerm::Activity as usize] +=
                intercept + slope * detection.base - PRIOR_LOG_ODDS;
            if let Some(learned) = learned {
                for (term, corrected) in terms.iter_mut().zip(learned.author(author)) {
                    *term += f64::from(*corrected);
                }
            }
            terms.map(steps)
        });
        let (intercept, slope) = scale(1);
        let mut newcomer = [0.0; DetectorTerm::ALL.len()];
        newcomer[DetectorTerm::Activity as usize] =
            intercept + slope * detection.base - PRIOR_LOG_ODDS;
        newcomer[DetectorTerm::Silence as usize] = slope * least_silence(corpus, detection);
        if let Some(learned) = learned {
            for (term, corrected) in newcomer.iter_mut().zip(learned.newcomer()) {
                *term += corrected;
            }
        }
        Self {
            rows: rows.collect(),
            listings: listing_newcomers(weighted, slope, learned),
            newcomer: newcomer.map(steps),
            weights: *weights,
        }
    }

    /// The weight of a detector's term, 0 to 1: own signals of the same fact lose as much.
    pub(super) fn weight(&self, term: DetectorTerm) -> f64 {
        if self.rows.is_empty() {
            0.0
        } else {
            self.weights[term as usize]
        }
    }

    /// Terms of an author; none for one whom the pass has not seen.
    pub(super) fn of_author(&self, row: ReviewerIx) -> Vec<Term> {
        self.known(row).map_or_else(Vec::new, terms)
    }

    /// Terms of a review: its author's, or those of a newcomer to its listing.
    pub(super) fn of_review(&self, review: &ReviewRow) -> Vec<Term> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        if let Some(known) = review.reviewer.and_then(|author| self.known(author)) {
            return terms(known);
        }
        let mut steps = self.newcomer;
        let newcomers = review
            .listing
            .and_then(|row| self.listings.get(row.index()));
        if let Some(newcomers) = newcomers {
            steps[DetectorTerm::Listing as usize] = newcomers.listing;
            steps[DetectorTerm::Size as usize] = newcomers.size;
            let stars = usize::from(review.stars).wrapping_sub(1);
            steps[DetectorTerm::Stars as usize] = newcomers.stars.get(stars).copied().unwrap_or(0);
        }
        terms(&steps)
    }

    fn known(&self, author: ReviewerIx) -> Option<&[Steps; DetectorTerm::ALL.len()]> {
        let steps = self.rows.get(author.index())?;
        (steps[0] != NO_SCORE).then_some(steps)
    }
}

/// The silence of a one-review author who has just written.
fn least_silence(corpus: &Corpus, detection: &Detection) -> f64 {
    let ones = (0..corpus.reviewers()).filter(|author| corpus.reviews_of(*author as u32) == 1);
    ones.map(|author| detection.term(DetectorTerm::Silence, author))
        .fold(0.0, f64::min)
}

fn listing_newcomers(
    weighted: &WeightedDetection,
    slope: f64,
    learned: Option<&ModelCorrection<'_>>,
) -> Vec<ListingNewcomers> {
    let WeightedDetection {
        corpus,
        detection,
        weights,
    } = weighted;
    let sizes = detection.sizes(corpus);
    let part = |part: DetectorTerm, value: f64| slope * weights[part as usize] * value;
    let fallback = learned.map(Fallback::of).unwrap_or_default();
    let of = |listing: usize| {
        let corrected = learned.map(|learned| learned.door(listing, &fallback));
        let corrected = corrected.unwrap_or_default();
        let star = |star: usize| {
            let said = part(DetectorTerm::Stars, detection.newcomer_stars(listing, star));
            steps(said + corrected.stars[star])
        };
        let newcomer = part(DetectorTerm::Listing, detection.newcomer_listing(listing));
        ListingNewcomers {
            listing: steps(newcomer + corrected.listing),
            size: steps(part(DetectorTerm::Size, sizes[listing]) + corrected.size),
            stars: [0, 1, 2, 3, 4].map(star),
        }
    };
    (0..corpus.listings()).map(of).collect()
}

fn steps(log_odds: f64) -> Steps {
    // A cast of a float saturates; the lowest number is left free.
    (libm::round(log_odds * 256.0) as Steps).max(NO_SCORE + 1)
}

fn terms(steps: &[Steps; DetectorTerm::ALL.len()]) -> Vec<Term> {
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
    SPECS.iter().zip(steps).map(term).collect()
}
