//! Reweights the corpus detector's terms for each market.
//!
//! The default weights come from reasoning and one labelled data set. They assume that manipulation
//! uses single-use accounts. Then an account that writes once is more suspect than one that writes
//! often. If groups of established accounts do the work, some terms have the wrong sign.
//!
//! Campaigns serve as evidence without labels. They are found by timing, wording and co-reviewing.
//! The facts that the detector shares are left out of their confidence. A term that is a
//! log-likelihood ratio of two classes of equal spread separates them by its variance. The share of
//! that separation that campaign reviews show is the term's worth for their kind of manipulation.
//! Nothing is known about manipulation that no campaign explains, so there the term stays as it is:
//!
//! `weight = 1 - explained (1 - worth)`.
//!
//! `explained` is the part of the assumed manipulation that campaigns explain, shrunk towards 0
//! when there are few campaigns.
//!
//! All of this is about accounts that write one review. A market can have fewer one-review authors
//! than manipulated reviews, for example a data set of busy authors only. Every weight is then
//! scaled down to the part that such accounts can have written ([`one_review_reach`]).

use crate::integrity::campaigns::{Campaign, CampaignKind, Campaigns};
use crate::integrity::detect::{BASE_RATE, Corpus, Detection, DetectorTerm};
use crate::state::State;

/// The kept part of each term, 0 to 1, in the order of [`DetectorTerm::ALL`].
pub(super) type TermWeights = [f64; DetectorTerm::ALL.len()];

/// Every term counts in full.
const FULL_WEIGHTS: TermWeights = [1.0; DetectorTerm::ALL.len()];
/// Number of campaigns that the detector's own weights count for.
const CAMPAIGNS_PRIOR: f64 = 10.0;

/// Sums of the terms and of their squares over reviews.
#[derive(Clone, Copy, Debug, Default)]
struct TermSums {
    weight: f64,
    values: [f64; DetectorTerm::ALL.len()],
    squares: [f64; DetectorTerm::ALL.len()],
}

impl TermSums {
    fn add(&mut self, detection: &Detection, author: usize, weight: f64) {
        self.weight += weight;
        for (term, (sum, square)) in DetectorTerm::ALL
            .into_iter()
            .zip(self.values.iter_mut().zip(&mut self.squares))
        {
            let value = detection.term(term, author);
            *sum += weight * value;
            *square += weight * value * value;
        }
    }

    fn without(mut self, other: &Self) -> Self {
        self.weight -= other.weight;
        let subtract = |(sum, other): (&mut f64, &f64)| *sum -= other;
        self.values.iter_mut().zip(&other.values).for_each(subtract);
        self.squares
            .iter_mut()
            .zip(&other.squares)
            .for_each(subtract);
        self
    }
}

/// Weighs the detector's terms by the campaigns of the same snapshot.
pub(super) fn term_weights(
    state: &State,
    corpus: &Corpus,
    detection: &Detection,
    campaigns: &Campaigns,
) -> TermWeights {
    let reach = one_review_reach(corpus);
    confirmed_weights(state, corpus, detection, campaigns).map(|weight| reach * weight)
}

/// The part of the assumed manipulation that one-review identities can have written, 0 to 1.
fn one_review_reach(corpus: &Corpus) -> f64 {
    let authors = 0..corpus.reviewers() as u32;
    let once = authors
        .filter(|author| corpus.reviews_of(*author) == 1)
        .count() as f64;
    (once / (BASE_RATE * corpus.reviews().max(1) as f64)).min(1.0)
}

fn confirmed_weights(
    state: &State,
    corpus: &Corpus,
    detection: &Detection,
    campaigns: &Campaigns,
) -> TermWeights {
    let mut all = TermSums::default();
    for author in 0..corpus.reviewers() {
        all.add(detection, author, corpus.reviews_of(author as u32).into());
    }
    let (mut inside, mut planted) = (TermSums::default(), TermSums::default());
    let (mut campaign_count, mut planted_count) = (0.0, 0.0);
    // Campaign reviews that would have come anyway.
    let mut organic_count = 0.0;
    let pushes = campaigns.all().iter();
    for campaign in pushes.filter(|campaign| campaign.kind == CampaignKind::Push) {
        let made = probability_without_shared_facts(campaign);
        let members = campaign.members.iter().chain(&campaign.fringe);
        let before = inside.weight;
        let authors = members.filter_map(|member| state.reviews().get(member.review)?.reviewer);
        for author in authors {
            inside.add(detection, author.index(), 1.0);
            planted.add(detection, author.index(), made);
        }
        let size = inside.weight - before;
        let expected = campaign.expected.min(size);
        campaign_count += made;
        planted_count += made * (size - expected);
        organic_count += made * expected;
    }
    let outside = all.without(&inside);
    if outside.weight < 1.0 || planted_count < 1.0 {
        return FULL_WEIGHTS;
    }
    let assumed = BASE_RATE * corpus.reviews() as f64;
    let explained =
        (planted_count / assumed).min(1.0) * campaign_count / (campaign_count + CAMPAIGNS_PRIOR);
    let mut weights = FULL_WEIGHTS;
    for (index, weight) in weights.iter_mut().enumerate() {
        let usual = outside.values[index] / outside.weight;
        let variance = outside.squares[index] / outside.weight - usual * usual;
        let mean = (planted.values[index] - organic_count * usual) / planted_count;
        if variance > 1e-9 {
            let worth = ((mean - usual) / variance).clamp(0.0, 1.0);
            *weight = 1.0 - explained * (1.0 - worth);
        }
    }
    weights
}

/// The probability that a campaign was organised, without the facts that the detector shares.
fn probability_without_shared_facts(campaign: &Campaign) -> f64 {
    let shared: f64 = campaign
        .reasons
        .iter()
        .filter(|reason| reason.factor.is_detector_fact())
        .map(|reason| reason.contribution)
        .sum();
    let made = campaign.confidence();
    let odds = made * libm::exp(-shared);
    odds / (odds + 1.0 - made)
}
