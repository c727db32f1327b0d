//! Facts that give reasons of every kind.

use super::*;

impl CampaignFactors {
    /// Facts that give every reason but that for a sampling program.
    pub(in crate::integrity::campaigns) fn example() -> Self {
        let share = |with, of| Share { with, of };
        let marks = |group, usual| MarkShares { group, usual };
        let usual = HonestShare::example(0.1);
        Self {
            size: 20,
            listings: 2,
            expected: 2.34,
            busy: 1.5,
            marks: vec![
                marks(share(12, 20), usual),
                marks(share(1, 20), usual),
                marks(share(6, 18), usual),
                marks(share(20, 20), HonestShare::example(0.7)),
                marks(share(11, 20), usual),
                marks(share(2, 20), HonestShare::example(0.9)),
            ],
            purity: Some(Purity {
                others: 1,
                ratio: -0.5,
            }),
            elsewhere: share(3, 12),
            elsewhere_usual: 0.05,
            same_seller: 1,
            rivals: 4,
            surprise: Some(-0.4),
            visits: FxHashMap::default(),
            meetings: Meetings {
                listings: 1,
                ratio: 3.0,
            },
            sales: Some(SalesRise {
                times: 4.0,
                explained: 0.8,
            }),
            known_elsewhere: FxHashSet::default(),
            cloned: 1,
            opposite: 8,
            predating: 2,
            disclosed: 4,
            simultaneous: 3,
            outside: OutsideStars {
                reviews: 200,
                positive: 190,
            },
        }
    }

    /// Facts of a sampling program, without critical reviews.
    pub(in crate::integrity::campaigns) fn sampling_program_example() -> Self {
        let share = |with, of| Share { with, of };
        let marks = |group, usual| MarkShares { group, usual };
        Self {
            marks: vec![
                marks(share(0, 20), HonestShare::example(0.1)),
                marks(share(20, 20), HonestShare::example(0.1)),
                marks(share(0, 20), HonestShare::example(0.1)),
                marks(share(5, 20), HonestShare::example(0.8)),
                marks(share(0, 20), HonestShare::example(0.001)),
                marks(share(0, 0), HonestShare::example(0.9)),
            ],
            purity: Some(Purity {
                others: 0,
                ratio: 0.5,
            }),
            elsewhere: share(1, 12),
            same_seller: 0,
            meetings: Meetings {
                listings: 5,
                ratio: 6.0,
            },
            ..Self::example()
        }
    }
}
