//! Orders of subjects by their assessments, and by parts of the evidence.

use super::beliefs::beliefs;
use super::{Played, Truth};
use crate::integrity::{Assessed, CorpusEvidence};
use crate::lab::evaluate::simulated::{Ordered, Scored};
use crate::lab::network::Beliefs;
use crate::state::{Column, ListingIx, ReviewIx, ReviewerIx, RowNumber, SellerIx, State};
use crate::stats::Ranking;

/// Returns the variants of evidence: as served, own signals alone, and these with each part.
pub(super) fn variants(evidence: &CorpusEvidence) -> [CorpusEvidence; 4] {
    [
        evidence.clone(),
        CorpusEvidence::default(),
        evidence.without_campaigns(),
        evidence.without_corpus(),
    ]
}

/// Scores of the reviews.
pub(in crate::lab::evaluate::simulated) struct Orders {
    rows: Vec<ReviewIx>,
    // By variant, and by the network.
    scores: [Vec<f64>; 4],
    network: Beliefs,
}

impl Orders {
    pub(super) fn of(played: &Played) -> Self {
        let state = &played.state;
        let rows: Vec<ReviewIx> = state
            .reviews()
            .numbered()
            .filter(|(_, review)| review.arrived())
            .map(|(row, _)| row)
            .collect();
        let scores: [Vec<f64>; 4] = variants(&played.evidence).map(|evidence| {
            let of = |row: &ReviewIx| evidence.assess_review(state, *row).fused.estimate.log_odds;
            rows.iter().map(of).collect()
        });
        // Rows and probabilities are of one state, so a network of them can always be built.
        let network = beliefs(played, &rows, &scores[0]).unwrap_or_default();
        Self {
            rows,
            scores,
            network,
        }
    }

    /// Measures the reviews of one scheme, or of all, against honest ones.
    pub(super) fn reviews(&self, truth: &Truth, scheme: Option<&str>) -> Scored {
        let kept = |row: &ReviewIx| {
            let planted = truth.reviews.get(row);
            planted.is_none_or(|planted| scheme.is_none_or(|scheme| scheme == *planted))
        };
        let places: Vec<usize> = (0..self.rows.len())
            .filter(|at| kept(&self.rows[*at]))
            .collect();
        let labels: Vec<bool> = places
            .iter()
            .map(|at| truth.is_planted(self.rows[*at]))
            .collect();
        let of = |scores: &Vec<f64>| {
            let scores: Option<Vec<f64>> =
                places.iter().map(|at| scores.get(*at).copied()).collect();
            scores.map_or_else(Ordered::default, |scores| ordered(&scores, &labels))
        };
        Scored {
            network: of(&self.network.reviews),
            ..scored(self.scores.each_ref().map(of))
        }
    }

    pub(super) fn reviewers(&self, played: &Played, truth: &Truth) -> Scored {
        let is = |row: ReviewerIx| truth.reviewers.contains(&row);
        let rows = ReviewerIx::range(0..self.network.reviewers.len());
        let network = ordered(
            &self.network.reviewers,
            &rows.map(is).collect::<Vec<bool>>(),
        );
        let assess = CorpusEvidence::assess_reviewer;
        Scored {
            network,
            ..every(played, played.state.reviewers(), is, assess)
        }
    }

    pub(super) fn listings(played: &Played, truth: &Truth) -> Scored {
        let is = |row: ListingIx| truth.listings.contains(&row);
        every(
            played,
            played.state.listings(),
            is,
            CorpusEvidence::assess_listing,
        )
    }

    pub(super) fn sellers(played: &Played, truth: &Truth) -> Scored {
        let is = |row: SellerIx| truth.sellers.contains(&row);
        every(
            played,
            played.state.sellers(),
            is,
            CorpusEvidence::assess_seller,
        )
    }
}

/// Measures all subjects of a kind.
fn every<I: RowNumber, T: Clone>(
    played: &Played,
    rows: &Column<I, T>,
    is_manipulated: impl Fn(I) -> bool,
    assess: impl Fn(&CorpusEvidence, &State, I) -> Assessed,
) -> Scored {
    let labels: Vec<bool> = rows.numbers().map(is_manipulated).collect();
    scored(variants(&played.evidence).map(|evidence| {
        let of = |row| {
            assess(&evidence, &played.state, row)
                .fused
                .estimate
                .log_odds
        };
        ordered(&rows.numbers().map(of).collect::<Vec<f64>>(), &labels)
    }))
}

const fn scored([assessed, own_signals, with_corpus, with_campaigns]: [Ordered; 4]) -> Scored {
    Scored {
        assessed,
        own_signals,
        with_corpus,
        with_campaigns,
        network: Ordered {
            ap: None,
            auc: None,
            recall_at_1_percent: None,
        },
    }
}

fn ordered(scores: &[f64], labels: &[bool]) -> Ordered {
    let Some(ranking) = Ranking::new(scores, labels) else {
        return Ordered::default();
    };
    Ordered {
        ap: ranking.average_precision(),
        auc: ranking.auc(),
        recall_at_1_percent: ranking
            .at_false_positive_rate(0.01)
            .map(|point| point.recall),
    }
}
