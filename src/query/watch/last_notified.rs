//! Last notified scores: what watchers know of each subject, in a few bytes.

use crate::domain::{Assessment, Band, Estimate, Kind};
use crate::history::KINDS;
use crate::state::SubjectIx;

/// Steps of a unit of log-odds.
const STEPS: f64 = 256.0;
/// Least change that watchers are notified of, in steps: 0.5 of log-odds.
const NOTICEABLE: u32 = 128;
/// No estimate.
const ABSENT: i16 = i16::MIN;

/// The numbers of an assessment that decide whether watchers are notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotifiedScore {
    band: Band,
    risk: i16,
    attack: i16,
}

impl Default for NotifiedScore {
    fn default() -> Self {
        Self {
            band: Band::InsufficientData,
            risk: ABSENT,
            attack: ABSENT,
        }
    }
}

impl NotifiedScore {
    pub(super) fn of(assessment: &Assessment) -> Self {
        // A cast of a float saturates; the lowest value means that there is none.
        let steps =
            |estimate: &Estimate| (libm::round(estimate.log_odds * STEPS) as i16).max(ABSENT + 1);
        let estimate = |estimate: &Option<Estimate>| estimate.as_ref().map_or(ABSENT, steps);
        Self {
            band: assessment.band,
            risk: estimate(&assessment.risk),
            attack: estimate(&assessment.attack),
        }
    }

    /// Whether a watcher that knows this score is notified of the other. Without enough data for a
    /// band the risk means nothing, and is not compared.
    pub(super) fn differs_noticeably(self, other: Self) -> bool {
        self.band != other.band
            || (other.band != Band::InsufficientData && is_noticeable(self.risk, other.risk))
            || is_noticeable(self.attack, other.attack)
    }

    pub(super) const fn band(self) -> Band {
        self.band
    }

    /// Log-odds of being attacked.
    pub(super) fn attack(self) -> Option<f64> {
        (self.attack != ABSENT).then(|| f64::from(self.attack) / STEPS)
    }
}

fn is_noticeable(one: i16, other: i16) -> bool {
    match (one == ABSENT, other == ABSENT) {
        (true, true) => false,
        (false, false) => u32::from(one.abs_diff(other)) >= NOTICEABLE,
        _ => true,
    }
}

/// The last notified score of each subject, by [`KINDS`] and row.
#[derive(Default)]
pub(super) struct LastNotified([Vec<Option<NotifiedScore>>; KINDS.len()]);

impl LastNotified {
    pub(super) fn get(&self, subject: SubjectIx) -> Option<NotifiedScore> {
        let scores = self.0.get(index(subject.kind())?)?;
        *scores.get(subject.number() as usize)?
    }

    pub(super) fn set(&mut self, subject: SubjectIx, score: NotifiedScore) {
        let Some(scores) = index(subject.kind()).and_then(|index| self.0.get_mut(index)) else {
            return;
        };
        let row = subject.number() as usize;
        if row >= scores.len() {
            scores.resize(row + 1, None);
        }
        scores[row] = Some(score);
    }
}

fn index(kind: Kind) -> Option<usize> {
    KINDS.iter().position(|with_history| *with_history == kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Id, Subject};
    use crate::query::assess_then;

    fn score(band: Band, risk: f64, attack: Option<f64>) -> NotifiedScore {
        let estimate = |log_odds| Estimate { log_odds, sd: 1.0 };
        let subject = Subject::Seller(Id::new("acme").expect("an id"));
        NotifiedScore::of(&Assessment {
            band,
            risk: Some(estimate(risk)),
            attack: attack.map(estimate),
            ..assess_then(subject, None)
        })
    }

    #[test]
    fn bands_and_half_a_unit_of_log_odds_are_noticeable() {
        let low = score(Band::Low, -3.0, Some(-2.0));
        assert!(!low.differs_noticeably(score(Band::Low, -2.6, Some(-2.0))));
        assert!(low.differs_noticeably(score(Band::Low, -2.5, Some(-2.0))));
        assert!(low.differs_noticeably(score(Band::Guarded, -2.9, Some(-2.0))));
        assert!(low.differs_noticeably(score(Band::Low, -3.0, Some(0.0))));
        assert!(low.differs_noticeably(score(Band::Low, -3.0, None)));
        // Too little data for a band: the risk is not compared.
        let little = score(Band::InsufficientData, 1.0, None);
        assert!(!NotifiedScore::default().differs_noticeably(little));
        assert!(little.differs_noticeably(score(Band::Low, 1.0, None)));
        assert_eq!(low.attack(), Some(-2.0));
        assert_eq!(little.attack(), None);
    }

    #[test]
    fn last_notified_scores_are_kept_by_kind_and_row() {
        let subject = |kind, row| SubjectIx::new(kind, row).expect("a row");
        let mut notified = LastNotified::default();
        let low = score(Band::Low, -3.0, None);
        notified.set(subject(Kind::Listing, 70), low);
        assert_eq!(notified.get(subject(Kind::Listing, 70)), Some(low));
        assert_eq!(notified.get(subject(Kind::Listing, 69)), None);
        assert_eq!(notified.get(subject(Kind::Seller, 70)), None);
        notified.set(subject(Kind::Review, 1), low);
        assert_eq!(notified.get(subject(Kind::Review, 1)), None);
    }
}
