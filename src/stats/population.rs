//! Rows of one kind, and the quality of their order by scores.

use super::{Bootstrap, Interval, Ranking, calibration_error, logistic};

/// Bins of the reliability table.
pub(crate) const CALIBRATION_BINS: usize = 10;

/// A figure with its 95 % bootstrap interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    /// The figure; `None` without a row of each label.
    pub value: Option<f64>,
    /// Its interval, if requested.
    pub interval: Option<Interval>,
}

/// Quality of the order of one kind of row.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Order {
    /// Average precision.
    pub ap: Figure,
    /// Area under the ROC curve.
    pub auc: Figure,
    /// Share of rows with tied scores.
    pub tied_share: f64,
}

/// Rows of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Population {
    pub(crate) rows: Vec<u32>,
    pub(crate) labels: Vec<bool>,
    pub(crate) groups: Vec<u32>,
}

impl Population {
    /// Returns the scores of its rows.
    pub(crate) fn of(&self, scores: &[f64]) -> Vec<f64> {
        self.rows.iter().map(|row| scores[*row as usize]).collect()
    }

    /// Returns its rows in the order of their scores.
    pub(crate) fn ranking(&self, scores: &[f64]) -> Option<Ranking> {
        Ranking::new(&self.of(scores), &self.labels)
    }

    /// Returns the expected calibration error of log-odds, with an interval over groups.
    pub(crate) fn calibration_error(&self, log_odds: &[f64], bootstrap: Bootstrap) -> Figure {
        let odds = self.of(log_odds).into_iter();
        let probabilities: Vec<f64> = odds.map(logistic).collect();
        let once = vec![1; self.rows.len()];
        let error = |times: &[u32]| {
            calibration_error(&probabilities, &self.labels, times, CALIBRATION_BINS)
        };
        Figure {
            value: error(&once),
            interval: bootstrap.interval(&self.groups, error),
        }
    }

    pub(crate) fn order(&self, scores: &[f64], bootstrap: Option<Bootstrap>) -> Order {
        let Some(ranking) = self.ranking(scores) else {
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
