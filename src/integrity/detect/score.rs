//! The sum of all terms.

use super::Corpus;
use super::activity::{activity, shortness};
use super::arrival;
use super::audience::excess;
use super::scale::centre;
use super::silence::silence;
use super::stars::{Mixture, Pooling, mixture};

/// Log-odds for each doubling of an author's effective reviews, up to [`ACTIVITY_MOST`].
pub(super) const ACTIVITY_WEIGHT: f64 = -2.5;
/// Effective reviews beyond which more add no evidence.
pub(super) const ACTIVITY_MOST: f64 = 32.0;
/// Honest authors are not spread as evenly over time as the density of [`shortness`] assumes.
const SPAN_WEIGHT: f64 = 0.5;
/// Log-odds from the first to the last percentile of place and of size.
pub(super) const PLACE_WEIGHT: f64 = -0.4;
/// Factor of the sum: terms overlap, so the plain sum is too confident. The order of scores does
/// not depend on it.
const SHRINKAGE: f64 = 0.6;
/// Share of reviews that is taken to be manipulated: what studies of review markets report, and
/// an assumption wherever nobody has labelled anything.
pub const BASE_RATE: f64 = 0.1;

/// One term of the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DetectorTerm {
    /// How much the author wrote, at how many sittings.
    Activity,
    /// How little of its time the author's reviews span, against authors of as many reviews.
    Span,
    /// How long the author has been silent, against authors of as many reviews.
    Silence,
    /// Manipulated share of the listings' one-review authors.
    Listing,
    /// Stars against those of the listing's established authors.
    Stars,
    /// Early reviews.
    Place,
    /// Small listings.
    Size,
}

impl DetectorTerm {
    /// All terms, in the order in which they are summed.
    pub const ALL: [Self; 7] = [
        Self::Activity,
        Self::Span,
        Self::Silence,
        Self::Listing,
        Self::Stars,
        Self::Place,
        Self::Size,
    ];

    /// Stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Span => "span",
            Self::Silence => "silence",
            Self::Listing => "listing",
            Self::Stars => "stars",
            Self::Place => "place",
            Self::Size => "size",
        }
    }
}

/// The part that is left out, to measure its worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Without {
    /// Nothing.
    #[default]
    Nothing,
    /// One term.
    Term(DetectorTerm),
    /// The links between reviewers and listings: every listing is taken for the whole corpus.
    Network,
}

/// Scores of a corpus.
#[derive(Clone, Debug)]
pub struct Detection {
    /// Natural log-odds of each reviewer. Reviewers without a review have those of an activity of
    /// one.
    pub reviewers: Vec<f64>,
    /// Contribution of each term to a reviewer's log-odds, in the order of [`DetectorTerm::ALL`].
    pub terms: [Vec<f64>; DetectorTerm::ALL.len()],
    /// The shared part: log-odds that make the mean over reviews [`BASE_RATE`].
    pub base: f64,
    /// The mixture behind the listing and star terms.
    pub mixture: Mixture,
}

impl Detection {
    /// Log-odds of each review: its author's.
    pub fn reviews(&self, corpus: &Corpus) -> Vec<f64> {
        let of = |reviewer: &u32| self.reviewers[*reviewer as usize];
        corpus.reviewers.iter().map(of).collect()
    }

    /// The same with only a part of each term, 0 to 1, in the order of [`DetectorTerm::ALL`].
    #[must_use]
    pub fn weighted(mut self, corpus: &Corpus, weights: &[f64; DetectorTerm::ALL.len()]) -> Self {
        for (term, weight) in self.terms.iter_mut().zip(weights) {
            for value in term {
                *value *= weight;
            }
        }
        (self.reviewers, self.base) = sums(corpus, &self.terms);
        self
    }

    /// Contribution of a term to a reviewer's log-odds.
    pub fn term(&self, term: DetectorTerm, reviewer: usize) -> f64 {
        self.terms[term as usize][reviewer]
    }

    /// Contribution of the term for listings for an author who has written there only.
    pub fn newcomer_listing(&self, listing: usize) -> f64 {
        SHRINKAGE * self.mixture.listing(listing)
    }

    /// Contribution of the term for stars for an author who has given these stars to this listing
    /// only; 0 to 4 for one to five stars.
    pub fn newcomer_stars(&self, listing: usize, star: usize) -> f64 {
        SHRINKAGE * self.mixture.stars_on(listing, star)
    }

    /// Contribution of the term for size for an author who has written there only, a value a
    /// listing; 0 without reviews.
    pub fn sizes(&self, corpus: &Corpus) -> Vec<f64> {
        let mut sizes = vec![0.0; corpus.listings()];
        for (listing, size) in corpus.listings.iter().zip(arrival::size(corpus)) {
            sizes[*listing as usize] = SHRINKAGE * PLACE_WEIGHT * size;
        }
        sizes
    }
}

/// Scores a corpus.
pub fn detect(corpus: &Corpus, without: Without) -> Detection {
    let activity = activity(corpus);
    let reviews_of = |author: usize| corpus.by_reviewer.size(author);
    let mut span: Vec<f64> = shortness(corpus, &activity)
        .iter()
        .map(|short| SPAN_WEIGHT * short)
        .collect();
    centre(&mut span, reviews_of);
    let mut silence = silence(corpus, &activity);
    centre(&mut silence, reviews_of);

    let mixture = if without == Without::Network {
        let none = vec![0.0; corpus.listings()];
        mixture(corpus, &none, &silence, Pooling::CORPUS_ONLY)
    } else {
        mixture(corpus, &excess(corpus), &silence, Pooling::default())
    };
    let rows = 0..corpus.reviews();
    let per_review = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
        corpus.author_means(&rows.clone().map(value).collect::<Vec<_>>())
    };
    let (place, size) = (arrival::place(corpus), arrival::size(corpus));
    let mut terms = [
        activity
            .effective
            .iter()
            .map(|n| activity_term(*n))
            .collect(),
        span,
        silence,
        per_review(&|row| mixture.listing(corpus.listings[row] as usize)),
        per_review(&|row| mixture.stars(corpus, row)),
        per_review(&|row| PLACE_WEIGHT * place[row]),
        per_review(&|row| PLACE_WEIGHT * size[row]),
    ];
    if let Without::Term(term) = without {
        terms[term as usize].fill(0.0);
    }
    for value in terms.iter_mut().flatten() {
        *value *= SHRINKAGE;
    }
    let (reviewers, base) = sums(corpus, &terms);
    Detection {
        reviewers,
        terms,
        base,
        mixture,
    }
}

/// Each reviewer's log-odds, and what all share.
fn sums(corpus: &Corpus, terms: &[Vec<f64>; DetectorTerm::ALL.len()]) -> (Vec<f64>, f64) {
    let mut reviewers = vec![0.0; corpus.reviewers()];
    for term in terms {
        for (sum, term) in reviewers.iter_mut().zip(term) {
            *sum += term;
        }
    }
    let base = base(corpus, &reviewers);
    for reviewer in &mut reviewers {
        *reviewer += base;
    }
    (reviewers, base)
}

/// Log-odds of an author's effective number of reviews.
pub(super) fn activity_term(effective: f64) -> f64 {
    ACTIVITY_WEIGHT * libm::log2(effective.clamp(1.0, ACTIVITY_MOST))
}

/// The shift that makes the mean probability over reviews [`BASE_RATE`], by bisection.
fn base(corpus: &Corpus, reviewers: &[f64]) -> f64 {
    // Odds of an honest review; one exponential an author, not one a step.
    let odds: Vec<(f64, f64)> = (0..corpus.reviewers())
        .map(|author| corpus.by_reviewer.size(author))
        .zip(reviewers)
        .filter(|(size, _)| *size > 0)
        .map(|(size, score)| (f64::from(size), libm::exp(-score)))
        .collect();
    let mean = |shift: f64| {
        let shift = libm::exp(-shift);
        let sum: f64 = odds
            .iter()
            .map(|(size, odds)| size / (1.0 + odds * shift))
            .sum();
        sum / corpus.reviews() as f64
    };
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..48 {
        let middle = f64::midpoint(low, high);
        if mean(middle) < BASE_RATE {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
