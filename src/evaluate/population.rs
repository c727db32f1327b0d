//! Rows of one kind, and how well scores order them.

use super::metrics::{Bootstrap, Interval, Ranking};

/// A figure and where it lies in 95 % of bootstrap samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    /// The figure; `None` without a row of each kind.
    pub value: Option<f64>,
    /// Its interval, where one was asked for.
    pub interval: Option<Interval>,
}

/// How well scores order one kind of row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Order {
    /// Average precision.
    pub ap: Figure,
    /// Area under the ROC curve.
    pub auc: Figure,
    /// Share of rows whose score is not theirs alone.
    pub tied_share: f64,
}

/// Rows of one kind.
#[derive(Clone, Debug)]
pub(super) struct Population {
    pub(super) rows: Vec<u32>,
    pub(super) labels: Vec<bool>,
    pub(super) groups: Vec<u32>,
}

impl Population {
    pub(super) fn order(&self, scores: &[f64], bootstrap: Option<Bootstrap>) -> Order {
        let scores: Vec<f64> = self.rows.iter().map(|row| scores[*row as usize]).collect();
        let Some(ranking) = Ranking::new(&scores, &self.labels) else {
            return Order::default();
        };
        let within = |statistic: &dyn Fn(&[u32]) -> Option<f64>| {
            bootstrap.and_then(|bootstrap| bootstrap.interval(&self.groups, statistic))
        };
        Order {
            ap: Figure {
                value: ranking.average_precision(),
                interval: within(&|sample| ranking.average_precision_of_sample(sample)),
            },
            auc: Figure {
                value: ranking.auc(),
                interval: within(&|sample| ranking.auc_of_sample(sample)),
            },
            tied_share: ranking.tied_share(),
        }
    }
}
