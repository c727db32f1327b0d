//! How the shares of marks vary between honest windows of one market.
//!
//! A share that is unusual for a coin is often usual for a market: one page draws newcomers, another
//! regulars. The reviews outside of all candidates are cut into windows of some twenty in a row, on
//! one listing and of one polarity. The mean of a mark over windows and its spread between them are
//! what a candidate is compared with: a beta-binomial law, fitted by moments (Kleinman, JASA 68,
//! 1973).

use rustc_hash::FxHashMap;

use super::baseline_rates::{Share, Shares, count};
use super::cells::CellIndex;
use super::listing_index::{IndexedReview, ListingIndex, ListingPolarity, POLARITIES};
use super::marks::{ReviewMark, ReviewMarks};
use crate::state::{ListingIx, State};
use crate::stats::BetaBinomial;
use crate::threads::parallel::{PASS_THREADS, gathered};

/// Reviews of a window.
const WINDOW: usize = 20;
/// Fewest reviews of a window with a known mark.
const KNOWN_LEAST: usize = 4;
/// Most reviews of a listing and polarity that are looked at: the latest.
const LATEST_MOST: usize = 400;
/// The part that a listing's reviews of other times count for.
const OTHER_TIMES: f64 = 0.5;
/// Most reviews of a marketplace and polarity that are looked at, about.
const SAMPLE: u64 = 40_000;
/// Correlation of two reviews of one window before any is seen, and the number of windows that it
/// counts for.
const CORRELATION_PRIOR: (f64, f64) = (0.05, 10.0);
/// Bounds of the correlation.
const CORRELATION: (f64, f64) = (0.005, 0.6);

const MARKS: usize = ReviewMark::ALL.len();

/// The share of a mark in honest windows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct HonestShare {
    /// Mean over windows, inside 0 to 1.
    pub(super) mean: f64,
    /// Correlation of two reviews of one window, inside 0 to 1.
    pub(super) correlation: f64,
    /// Reviews that the mean rests on.
    pub(super) of: u64,
}

#[cfg(test)]
impl HonestShare {
    /// A share as it is among a thousand reviews.
    pub(super) const fn example(mean: f64) -> Self {
        Self {
            mean,
            correlation: 0.02,
            of: 1000,
        }
    }
}

impl HonestShare {
    /// The law of counts.
    pub(super) fn law(self) -> BetaBinomial {
        let pairs = 1.0 / self.correlation - 1.0;
        BetaBinomial {
            a: self.mean * pairs,
            b: (1.0 - self.mean) * pairs,
        }
    }

    /// The share of a listing whose other reviews are known. They are of other times, and count for
    /// a part of themselves.
    pub(super) fn given(self, outside: Share) -> Self {
        let pairs = 1.0 / self.correlation - 1.0;
        let of = OTHER_TIMES * outside.of as f64;
        let with = OTHER_TIMES * outside.with as f64;
        Self {
            mean: (self.mean * pairs + with) / (pairs + of),
            correlation: 1.0 / (1.0 + pairs + of),
            of: self.of,
        }
    }
}

/// Windows by their known reviews and how many of these bear the mark.
#[derive(Clone, Debug)]
pub(super) struct WindowCounts(Vec<[u32; WINDOW + 1]>);

impl Default for WindowCounts {
    fn default() -> Self {
        Self(vec![[0; WINDOW + 1]; WINDOW + 1])
    }
}

impl WindowCounts {
    /// Adds a larger group as a window of the same share.
    pub(super) fn add_scaled(&mut self, share: Share) {
        let most = WINDOW as u64;
        self.add(if share.of <= most {
            share
        } else {
            Share {
                with: (share.with * most + share.of / 2) / share.of,
                of: most,
            }
        });
    }

    fn add(&mut self, share: Share) {
        let cell = self.0.get_mut(share.of as usize);
        if let Some(windows) = cell.and_then(|row| row.get_mut(share.with as usize)) {
            *windows += 1;
        }
    }

    /// Known reviews, those with the mark, and windows, with their number.
    fn entries(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        let rows = self.0.iter().enumerate().skip(KNOWN_LEAST);
        rows.flat_map(|(of, row)| {
            let counts = row.iter().enumerate().take(of + 1);
            counts
                .filter(|(_, windows)| **windows > 0)
                .map(move |(with, windows)| (of as f64, with as f64, f64::from(*windows)))
        })
    }

    pub(super) fn share(&self) -> HonestShare {
        let (mut with, mut of, mut windows, mut pairs) = (0.0, 0.0, 0.0, 0.0);
        for (known, marked, count) in self.entries() {
            with += count * marked;
            of += count * known;
            windows += count;
            pairs += count * (known - 1.0);
        }
        let mean = (with + 1.0) / (of + 2.0);
        let spread = mean * (1.0 - mean);
        let squares: f64 = self
            .entries()
            .map(|(known, marked, count)| {
                let apart = marked / known - mean;
                count * known * apart * apart
            })
            .sum();
        let (prior, weight) = CORRELATION_PRIOR;
        let measured = if pairs > 0.0 {
            (squares / spread - (windows - 1.0).max(0.0)) / pairs
        } else {
            0.0
        };
        let correlation = (windows * measured + weight * prior) / (windows + weight);
        HonestShare {
            mean,
            correlation: correlation.clamp(CORRELATION.0, CORRELATION.1),
            of: of as u64,
        }
    }
}

/// In the order of [`ReviewMark::ALL`].
pub(super) type HonestMarks = [HonestShare; MARKS];

/// Marks of the reviews outside of all candidates, of one listing and polarity.
type OutsideMarks = FxHashMap<ListingPolarity, Shares>;

/// The shares of all marketplaces and of the listings with candidates.
pub(super) struct HonestShares {
    /// By marketplace and [`crate::state::Polarity::index`].
    markets: Vec<[HonestMarks; 3]>,
    outside: OutsideMarks,
}

impl HonestShares {
    pub(super) fn of(
        state: &State,
        index: &ListingIndex,
        cells: &CellIndex,
        reviews: &[[u64; 3]],
    ) -> Self {
        let searched = gathered(PASS_THREADS, state.listings().len() as usize, |range| {
            let sides = ListingIx::range(range).flat_map(|listing| {
                POLARITIES.map(|polarity| ListingPolarity { listing, polarity })
            });
            sides
                .filter_map(|side| Outside::of(state, side, index, cells, reviews))
                .collect()
        });
        let mut counts: Vec<[[WindowCounts; MARKS]; 3]> = Vec::new();
        counts.resize_with(reviews.len(), Default::default);
        let mut outside = OutsideMarks::default();
        for found in searched {
            if let Some(market) = counts.get_mut(usize::from(found.marketplace)) {
                let counts = &mut market[found.side.polarity.index()];
                for shares in &found.windows {
                    for (count, share) in counts.iter_mut().zip(shares) {
                        count.add(*share);
                    }
                }
            }
            if let Some(shares) = found.candidates_of {
                outside.insert(found.side, shares);
            }
        }
        let share = |counts: &WindowCounts| counts.share();
        let of_market = |market: &[[WindowCounts; MARKS]; 3]| -> [HonestMarks; 3] {
            [0, 1, 2].map(|polarity| market[polarity].each_ref().map(share))
        };
        Self {
            markets: counts.iter().map(of_market).collect(),
            outside,
        }
    }

    /// What is to be expected of the reviews of some listings: the shares of their marketplace, and
    /// how far their own other reviews differ. None without a listing.
    pub(super) fn expected(
        &self,
        state: &State,
        sides: impl Iterator<Item = ListingPolarity>,
    ) -> Option<HonestMarks> {
        let mut sides = sides.peekable();
        let first = *sides.peek()?;
        let market = usize::from(state.listings().get(first.listing)?.marketplace);
        let known = self
            .markets
            .get(market)
            .map(|market| market[first.polarity.index()]);
        let mut shares = known.unwrap_or([WindowCounts::default().share(); MARKS]);
        for side in sides {
            let Some(outside) = self.outside.get(&side) else {
                continue;
            };
            for (share, outside) in shares.iter_mut().zip(outside) {
                *share = share.given(*outside);
            }
        }
        Some(shares)
    }
}

/// The reviews outside of all candidates, of one listing and polarity.
struct Outside {
    side: ListingPolarity,
    marketplace: u16,
    /// Windows of reviews in a row, where the listing is in the sample.
    windows: Vec<Shares>,
    /// All of them, where the listing has candidates.
    candidates_of: Option<Shares>,
}

impl Outside {
    fn of(
        state: &State,
        side: ListingPolarity,
        index: &ListingIndex,
        cells: &CellIndex,
        reviews: &[[u64; 3]],
    ) -> Option<Self> {
        let marketplace = state.listings().get(side.listing)?.marketplace;
        let of_market = reviews.get(usize::from(marketplace))?[side.polarity.index()];
        // By its name, so that the sample does not depend on the order of events.
        let every = of_market.div_ceil(SAMPLE).max(1);
        let sampled = super::canonical_order::in_sample(state, side.listing, every);
        let indexed = index.of_listing(side.listing, side.polarity);
        let outside = |review: &&IndexedReview| cells.cell(review.row).is_none();
        let has_candidates = indexed.iter().any(|review| !outside(&review));
        if !sampled && !has_candidates {
            return None;
        }
        let latest = indexed.len().saturating_sub(LATEST_MOST);
        let marks: Vec<ReviewMarks> = indexed[latest..]
            .iter()
            .filter(outside)
            .filter_map(|review| state.reviews().get(review.row))
            .map(|review| ReviewMarks::of(state, review))
            .collect();
        let counted = |marks: &[ReviewMarks]| {
            let mut shares = Shares::default();
            for marked in marks {
                count(&mut shares, *marked);
            }
            shares
        };
        Some(Self {
            side,
            marketplace,
            windows: if sampled {
                marks.chunks(WINDOW).map(counted).collect()
            } else {
                Vec::new()
            },
            candidates_of: has_candidates.then(|| counted(&marks)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(windows: impl Iterator<Item = u64>) -> HonestShare {
        let mut counts = WindowCounts::default();
        for with in windows {
            counts.add(Share { with, of: 20 });
        }
        counts.share()
    }

    #[test]
    fn windows_that_differ_are_correlated() {
        // Half of the windows are all marked: the mark is a matter of the page.
        let pages = counted((0..200).map(|n| if n % 2 == 0 { 20 } else { 0 }));
        assert!(pages.correlation > 0.5, "{pages:?}");
        let alike = counted(std::iter::repeat_n(10, 200));
        assert!(alike.correlation < 0.02, "{alike:?}");
        assert!((pages.mean - 0.5).abs() < 0.01 && (alike.mean - 0.5).abs() < 0.01);
    }

    #[test]
    fn market_without_windows_has_the_prior() {
        let none = WindowCounts::default().share();
        assert_eq!((none.mean, none.of), (0.5, 0));
        assert!((none.correlation - CORRELATION_PRIOR.0).abs() < 1e-12);
    }
}
