//! Values that authors are compared by.

use serde::{Deserialize, Serialize};

use super::{Measured, PeerBin, STRATA, UNCOUNTED, code};
use crate::state::histogram::{Histogram, Scale};
use crate::state::rows::ReviewerRow;
use crate::state::{ReviewerIx, State};

/// One way to compare authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorSignal {
    /// 4 or 5 stars.
    PositiveShare,
    /// 1 or 5 stars.
    ExtremeShare,
    /// Purchase denied, where that is known.
    UnverifiedShare,
    /// Taken down.
    RemovedShare,
    /// Near-duplicates among comparable texts.
    DuplicateShare,
    /// Most reviews in one day.
    DayPeak,
}

impl AuthorSignal {
    /// How many there are.
    pub const COUNT: usize = 6;
    /// All of them, by [`Self::index`].
    pub const ALL: [Self; Self::COUNT] = [
        Self::PositiveShare,
        Self::ExtremeShare,
        Self::UnverifiedShare,
        Self::RemovedShare,
        Self::DuplicateShare,
        Self::DayPeak,
    ];

    /// Its index in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    const fn scale(self) -> Scale {
        match self {
            Self::DayPeak => Scale::Count,
            _ => Scale::Share,
        }
    }
}

/// The bins in which an author is counted, by [`AuthorSignal::index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorBins([u8; AuthorSignal::COUNT]);

impl Default for AuthorBins {
    fn default() -> Self {
        Self([UNCOUNTED; AuthorSignal::COUNT])
    }
}

impl AuthorBins {
    pub(super) fn of(state: &State, row: ReviewerIx) -> Self {
        let values = state.author_values(row);
        let mut codes = [UNCOUNTED; AuthorSignal::COUNT];
        for (target, (signal, value)) in codes.iter_mut().zip(AuthorSignal::ALL.iter().zip(values))
        {
            if let Ok(measured) = value {
                *target = code(stratum(measured.size), signal.scale().bin(measured.value));
            }
        }
        Self(codes)
    }

    /// Stratum and bin of one signal, none where it has no value.
    pub fn of_signal(&self, signal: AuthorSignal) -> Option<PeerBin> {
        super::decode(self.0[signal.index()])
    }
}

/// Peers among the authors of one marketplace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorPeers {
    /// By signal and stratum of activity.
    pub signals: [[Histogram; STRATA]; AuthorSignal::COUNT],
    /// Reviews by how many their author wrote.
    pub activity: Histogram,
}

impl AuthorPeers {
    pub(super) fn count(
        &mut self,
        reviews: u32,
        bins: AuthorBins,
        step: fn(&mut Histogram, usize, u32),
    ) {
        for (strata, code) in self.signals.iter_mut().zip(bins.0) {
            if let Some(PeerBin { stratum, bin }) = super::decode(code) {
                step(&mut strata[stratum], bin, 1);
            }
        }
        step(
            &mut self.activity,
            Scale::Count.bin(reviews.into()),
            reviews,
        );
    }
}

pub(super) fn stratum(reviews: u32) -> usize {
    match reviews {
        0..2 => 0,
        2..5 => 1,
        5..10 => 2,
        10..30 => 3,
        _ => 4,
    }
}

impl State {
    /// The values that an author is compared by, or why there is none, by
    /// [`AuthorSignal::index`].
    pub fn author_values(
        &self,
        row: ReviewerIx,
    ) -> [Result<Measured, &'static str>; AuthorSignal::COUNT] {
        let Some(author) = self.reviewers.get(row).filter(|author| author.reviews > 0) else {
            return [Err("no reviews"); AuthorSignal::COUNT];
        };
        let size = author.reviews;
        let over = |part: u32, whole: u32, reason| {
            if whole == 0 {
                return Err(reason);
            }
            let value = f64::from(part) / f64::from(whole);
            Ok(Measured { value, size })
        };
        let peak = match author.day_peak {
            _ if size > ReviewerRow::DAYS_SEEN => Err("too many reviews to look at one by one"),
            peak if peak > 0 && size > 1 => Ok(Measured {
                value: f64::from(peak),
                size,
            }),
            _ => Err("fewer than 2 reviews, or no known day"),
        };
        [
            over(author.positive, size, "no reviews"),
            over(author.extreme, size, "no reviews"),
            over(author.unverified, author.known, "purchases are unknown"),
            over(author.removed, size, "no reviews"),
            over(author.duplicate, author.comparable, "no text long enough"),
            peak,
        ]
    }
}
