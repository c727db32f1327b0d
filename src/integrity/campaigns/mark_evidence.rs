//! Weighs the share of a mark among the reviews of a group: an honest crowd's against a scheme's.

use super::Direction;
use super::attribution::{CONTRIBUTION_MOST, TEMPER};
use super::baseline_rates::Share;
use super::honest_shares::HonestShare;
use super::marks::ReviewMark;
use crate::stats::BetaBinomial;

/// Most that purchases take from the log-odds: schemes are cheap, and buying each product costs much.
const PURCHASES_MOST: f64 = 4.0;
/// The log-odds that a mark's share adds towards coordination.
pub(super) fn mark_evidence(
    mark: ReviewMark,
    direction: Direction,
    group: Share,
    usual: HonestShare,
) -> f64 {
    let scheme = Scheme::of(mark, direction);
    let purchase = match mark {
        ReviewMark::NoOrder => true,
        ReviewMark::Unverified => direction == Direction::Attack,
        ReviewMark::OneTime | ReviewMark::Copied | ReviewMark::Extreme | ReviewMark::Removed => {
            false
        }
    };
    if purchase && group.rate() <= usual.mean {
        // Paid purchases are no part of a cheap scheme: they count in full.
        return log_ratio(group, usual, scheme).max(-PURCHASES_MOST);
    }
    tempered(group, usual, scheme)
}

/// A tempered log-likelihood ratio, as for other facts.
pub(super) fn tempered(group: Share, usual: HonestShare, scheme: Scheme) -> f64 {
    (TEMPER * log_ratio(group, usual, scheme)).min(CONTRIBUTION_MOST)
}

/// The log-likelihood ratio of a share, made against honest. Honest shares are beta-binomial, as the
/// market's own windows are. Of made ones a part is like honest ones, and the others are beta-binomial
/// with the shape of their scheme. A share below the usual one never speaks for coordination.
fn log_ratio(group: Share, usual: HonestShare, scheme: Scheme) -> f64 {
    let (with, of) = (group.with as f64, group.of as f64);
    let mut honest = usual.law().log_density(with, of);
    let schemed = scheme.law.log_density(with, of);
    let below = with <= usual.mean * of;
    if below {
        // An honest crowd may be as far below as it likes.
        honest = honest.max(-libm::log1p(of));
    }
    let made = scheme.alike * libm::exp(honest) + (1.0 - scheme.alike) * libm::exp(schemed);
    let ratio = libm::log(made.max(f64::MIN_POSITIVE)) - honest.max(-700.0);
    if below { ratio.min(0.0) } else { ratio }
}

/// How a mark is shared where reviews are made.
#[derive(Clone, Copy)]
pub(super) struct Scheme {
    /// Part of all schemes that do not change the mark, 0 to 1.
    alike: f64,
    /// The law of the others.
    law: BetaBinomial,
}

impl Scheme {
    /// The authors' other reviews in other bursts.
    pub(super) const ELSEWHERE: Self = Self::new(0.5, 1.0, 1.0);

    const fn new(alike: f64, a: f64, b: f64) -> Self {
        let law = BetaBinomial { a, b };
        Self { alike, law }
    }

    /// By reasoning: clubs use regular authors, hired accounts write once; brushing confirms its
    /// purchases, an attack hardly ever does; copies are made by some; stars are what is paid for;
    /// what a platform takes down, it takes down late.
    const fn of(mark: ReviewMark, direction: Direction) -> Self {
        match (mark, direction) {
            (ReviewMark::OneTime | ReviewMark::Copied, _)
            | (ReviewMark::Unverified, Direction::Promote) => Self::new(0.5, 1.0, 1.0),
            (ReviewMark::Extreme, _) => Self::new(0.2, 4.0, 1.0),
            (ReviewMark::Removed, _) => Self::new(0.9, 1.0, 1.0),
            (ReviewMark::NoOrder, Direction::Promote) => Self::new(0.2, 1.0, 1.0),
            (ReviewMark::Unverified, Direction::Attack) => Self::new(0.05, 2.0, 1.0),
            (ReviewMark::NoOrder, Direction::Attack) => Self::new(0.02, 4.0, 1.0),
        }
    }
}
