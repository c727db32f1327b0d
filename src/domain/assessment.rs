//! The numbers of an assessment: a probability with its interval, and the band that follows.

use serde::{Deserialize, Serialize};

use crate::stats::{QUANTILE_90, logistic};

/// A probability with its 90 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Natural log-odds.
    pub log_odds: f64,
    /// Standard deviation of the log-odds.
    pub sd: f64,
}

impl Estimate {
    /// Returns the probability, 0 to 1.
    pub fn probability(&self) -> f64 {
        logistic(self.log_odds)
    }

    /// Returns the lower end of the interval, 0 to 1.
    pub fn lower(&self) -> f64 {
        logistic(self.log_odds - QUANTILE_90 * self.sd)
    }

    /// Returns the upper end of the interval, 0 to 1.
    pub fn upper(&self) -> f64 {
        logistic(self.log_odds + QUANTILE_90 * self.sd)
    }
}

/// Attention that a subject deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Band {
    /// Too little is known.
    InsufficientData,
    /// Below 0.15.
    Low,
    /// Below 0.35.
    Guarded,
    /// Below 0.6, or above with a lower end below 0.3.
    Elevated,
    /// Below 0.85, or above with a lower end below 0.6.
    High,
    /// The rest.
    Critical,
}

impl Band {
    /// All bands, in rising order.
    pub const ALL: [Self; 6] = [
        Self::InsufficientData,
        Self::Low,
        Self::Guarded,
        Self::Elevated,
        Self::High,
        Self::Critical,
    ];

    /// Returns the band of an estimate, for a subject of which enough is known.
    pub fn of(estimate: &Estimate) -> Self {
        let (probability, lower) = (estimate.probability(), estimate.lower());
        match probability {
            p if p < 0.15 => Self::Low,
            p if p < 0.35 => Self::Guarded,
            p if p < 0.6 || lower < 0.3 => Self::Elevated,
            p if p < 0.85 || lower < 0.6 => Self::High,
            _ => Self::Critical,
        }
    }

    /// Returns the stable code that metrics and files use.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InsufficientData => "insufficient_data",
            Self::Low => "low",
            Self::Guarded => "guarded",
            Self::Elevated => "elevated",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}
