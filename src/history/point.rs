//! One point of a subject's history.

use serde::{Deserialize, Serialize};

use crate::domain::{Band, Estimate};
use crate::state::SubjectIx;

/// Steps of a unit of log-odds: finer than any interval, and small in the store.
const STEPS: f64 = 1024.0;

/// The assessment of a subject at the end of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Never a review.
    pub subject: SubjectIx,
    /// Days since 1970.
    pub day: u32,
    /// The band then.
    pub band: Band,
    /// The risk then.
    pub risk: Level,
    /// The risk of being attacked, where something could be measured.
    pub attack: Option<Level>,
    /// Published reviews.
    pub reviews: u32,
    /// Sum of their stars.
    pub stars: u32,
}

/// An estimate in steps of 1/1024.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Log-odds, -32 to 32.
    pub log_odds: i16,
    /// Standard deviation, 0 to 64.
    pub sd: u16,
}

impl Level {
    /// Rounds an estimate; a value outside of the range becomes its end.
    pub fn of(estimate: &Estimate) -> Self {
        // A cast of a float saturates.
        Self {
            log_odds: libm::round(estimate.log_odds * STEPS) as i16,
            sd: libm::round(estimate.sd * STEPS) as u16,
        }
    }

    /// The estimate.
    pub fn estimate(self) -> Estimate {
        Estimate {
            log_odds: f64::from(self.log_odds) / STEPS,
            sd: f64::from(self.sd) / STEPS,
        }
    }
}

impl Point {
    /// Mean stars of the published reviews.
    pub fn mean_rating(&self) -> Option<f64> {
        (self.reviews > 0).then(|| f64::from(self.stars) / f64::from(self.reviews))
    }
}
