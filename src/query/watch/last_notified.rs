//! How subjects stood when they were told last, in a few bytes each.

use crate::domain::Kind;
use crate::history::KINDS;
use crate::proto::v1::{self, Band};

/// Steps of a unit of log-odds.
const STEPS: f64 = 256.0;
/// What is noticeable, in steps: 0.5 of log-odds.
const NOTICEABLE: u32 = 128;
/// No estimate.
const ABSENT: i16 = i16::MIN;

/// Where a subject stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    band: u8,
    risk: i16,
    attack: i16,
}

impl Default for Stand {
    fn default() -> Self {
        Self {
            band: Band::InsufficientData as u8,
            risk: ABSENT,
            attack: ABSENT,
        }
    }
}

impl Stand {
    pub(super) fn of(assessment: &v1::Assessment) -> Self {
        // A cast of a float saturates; the lowest value means that there is none.
        let steps = |estimate: &v1::Estimate| {
            (libm::round(estimate.log_odds * STEPS) as i16).max(ABSENT + 1)
        };
        let estimate = |held: &Option<v1::Estimate>| held.as_ref().map_or(ABSENT, steps);
        Self {
            band: u8::try_from(assessment.band).unwrap_or(0),
            risk: estimate(&assessment.risk),
            attack: estimate(&assessment.attack),
        }
    }

    /// Whether somebody who was told the one should be told the other. Where too little is known
    /// for a band, the risk says nothing.
    pub(super) fn moved_to(self, other: Self) -> bool {
        let insufficient = Band::InsufficientData as u8;
        self.band != other.band
            || (other.band != insufficient && far(self.risk, other.risk))
            || far(self.attack, other.attack)
    }

    pub(super) const fn band(self) -> u8 {
        self.band
    }

    /// Log-odds of being attacked.
    pub(super) fn attack(self) -> Option<f64> {
        (self.attack != ABSENT).then(|| f64::from(self.attack) / STEPS)
    }
}

fn far(one: i16, other: i16) -> bool {
    match (one == ABSENT, other == ABSENT) {
        (true, true) => false,
        (false, false) => u32::from(one.abs_diff(other)) >= NOTICEABLE,
        _ => true,
    }
}

/// What was told of each subject, by [`KINDS`] and row.
#[derive(Default)]
pub(super) struct Told([Vec<Option<Stand>>; KINDS.len()]);

impl Told {
    pub(super) fn of(&self, kind: Kind, row: u32) -> Option<Stand> {
        *self.0.get(index(kind)?)?.get(row as usize)?
    }

    pub(super) fn set(&mut self, kind: Kind, row: u32, stand: Stand) {
        let held = index(kind).and_then(|index| self.0.get_mut(index));
        let Some(held) = held else {
            return;
        };
        let row = row as usize;
        if row >= held.len() {
            held.resize(row + 1, None);
        }
        if let Some(held) = held.get_mut(row) {
            *held = Some(stand);
        }
    }
}

fn index(kind: Kind) -> Option<usize> {
    KINDS.iter().position(|held| *held == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand(band: Band, risk: f64, attack: Option<f64>) -> Stand {
        let estimate = |log_odds| v1::Estimate {
            log_odds,
            ..v1::Estimate::default()
        };
        Stand::of(&v1::Assessment {
            band: band.into(),
            risk: Some(estimate(risk)),
            attack: attack.map(estimate),
            ..v1::Assessment::default()
        })
    }

    #[test]
    fn bands_and_half_a_unit_of_log_odds_are_noticed() {
        let low = stand(Band::Low, -3.0, Some(-2.0));
        assert!(!low.moved_to(stand(Band::Low, -2.6, Some(-2.0))));
        assert!(low.moved_to(stand(Band::Low, -2.5, Some(-2.0))));
        assert!(low.moved_to(stand(Band::Guarded, -2.9, Some(-2.0))));
        assert!(low.moved_to(stand(Band::Low, -3.0, Some(0.0))));
        assert!(low.moved_to(stand(Band::Low, -3.0, None)));
        // Too little is known: nothing to tell.
        let little = stand(Band::InsufficientData, 1.0, None);
        assert!(!Stand::default().moved_to(little));
        assert!(little.moved_to(stand(Band::Low, 1.0, None)));
        assert_eq!(low.attack(), Some(-2.0));
        assert_eq!(little.attack(), None);
    }

    #[test]
    fn what_was_told_is_remembered_by_row() {
        let mut told = Told::default();
        let low = stand(Band::Low, -3.0, None);
        told.set(Kind::Listing, 70, low);
        assert_eq!(told.of(Kind::Listing, 70), Some(low));
        assert_eq!(told.of(Kind::Listing, 69), None);
        assert_eq!(told.of(Kind::Seller, 70), None);
        told.set(Kind::Review, 1, low);
        assert_eq!(told.of(Kind::Review, 1), None);
    }
}
