//! Orders of subjects, by assessments alone and with campaigns.

use std::collections::HashMap;

use super::{Played, Truth};
use crate::evaluate::metrics::Ranking;
use crate::evaluate::simulated::{Ordered, Scored};
use crate::integrity::campaigns::Attribution;
use crate::integrity::{assess_listing, assess_review, assess_reviewer, assess_seller};

/// Scores of the reviews.
pub(in crate::evaluate::simulated) struct Orders {
    rows: Vec<u32>,
    assessed: Vec<f64>,
    with_campaigns: Vec<f64>,
}

impl Orders {
    pub(super) fn of(played: &Played) -> Self {
        let state = &played.state;
        let rows: Vec<u32> = (0_u32..)
            .zip(state.reviews().iter())
            .filter(|(_, review)| review.arrived())
            .map(|(row, _)| row)
            .collect();
        let own: Vec<f64> = rows
            .iter()
            .map(|row| assess_review(state, *row).fused.estimate.probability())
            .collect();
        let both = rows.iter().zip(&own).map(|(row, own)| {
            let together = played
                .campaigns
                .of_review(*row)
                .map_or(0.0, |(place, belongs)| {
                    played.campaigns.all()[place as usize].confidence() * belongs
                });
            either(together, *own)
        });
        Self {
            with_campaigns: both.collect(),
            rows,
            assessed: own,
        }
    }

    /// Reviews of one scheme, or of all, against honest ones.
    pub(super) fn reviews(&self, truth: &Truth, scheme: Option<&str>) -> Scored {
        let kept = |row: &u32| {
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
        let of = |scores: &[f64]| {
            let scores: Vec<f64> = places.iter().map(|at| scores[*at]).collect();
            ordered(&scores, &labels)
        };
        Scored {
            assessed: of(&self.assessed),
            with_campaigns: of(&self.with_campaigns),
        }
    }

    pub(super) fn reviewers(played: &Played, truth: &Truth) -> Scored {
        let mut together: HashMap<u32, f64> = HashMap::new();
        for campaign in played.campaigns.all() {
            for member in &campaign.members {
                if let Some(review) = played.state.reviews().get(member.review) {
                    let held = together.entry(review.reviewer).or_default();
                    *held = either(*held, campaign.confidence() * member.belongs);
                }
            }
        }
        scored(played.state.reviewers().len(), &together, |row| {
            let log_odds = assess_reviewer(&played.state, row)
                .fused
                .estimate
                .probability();
            (log_odds, truth.reviewers.contains(&row))
        })
    }

    pub(super) fn listings(played: &Played, truth: &Truth) -> Scored {
        let together = promoted(played);
        scored(played.state.listings().len(), &together, |row| {
            let risk = assess_listing(&played.state, row)
                .fused
                .estimate
                .probability();
            (risk, truth.listings.contains(&row))
        })
    }

    pub(super) fn sellers(played: &Played, truth: &Truth) -> Scored {
        let mut together: HashMap<u32, f64> = HashMap::new();
        for (listing, risk) in promoted(played) {
            if let Some(held) = played.state.listings().get(listing) {
                let sum = together.entry(held.seller).or_default();
                *sum = either(*sum, risk);
            }
        }
        scored(played.state.sellers().len(), &together, |row| {
            let risk = assess_seller(&played.state, row)
                .fused
                .estimate
                .probability();
            (risk, truth.sellers.contains(&row))
        })
    }
}

/// Listings with the probability that a campaign promotes them for their seller.
pub(super) fn promoted(played: &Played) -> HashMap<u32, f64> {
    let mut risks: HashMap<u32, f64> = HashMap::new();
    for campaign in played.campaigns.all() {
        let own = campaign.posterior.of(Attribution::SelfPromotion);
        for listing in &campaign.listings {
            let risk = risks.entry(*listing).or_default();
            *risk = either(*risk, own);
        }
    }
    risks
}

fn either(one: f64, other: f64) -> f64 {
    1.0 - (1.0 - one) * (1.0 - other)
}

fn scored(rows: u32, together: &HashMap<u32, f64>, of: impl Fn(u32) -> (f64, bool)) -> Scored {
    let (own, labels): (Vec<f64>, Vec<bool>) = (0..rows).map(of).unzip();
    let both: Vec<f64> = (0_u32..)
        .zip(&own)
        .map(|(row, own)| either(together.get(&row).copied().unwrap_or(0.0), *own))
        .collect();
    Scored {
        assessed: ordered(&own, &labels),
        with_campaigns: ordered(&both, &labels),
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
