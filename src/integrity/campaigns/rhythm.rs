//! Measures how busy a marketplace and a peer group are, so that a sale day is nobody's campaign.
//!
//! *Exposure* is time weighted by how busy it is: a day on which all others get three times the
//! usual reviews counts as three days. All counts are whole numbers over sparse days.

use super::windows::DaySpan;
use crate::state::{Calendar, GroupIx, ListingRow, PeerKey, State};

/// Reviews a day for which a group leans on its marketplace.
const LEAN: f64 = 5.0;
/// Part of a day that counts as usual whatever others do: quiet days make no bursts.
const FLOOR: f64 = 0.25;

/// Reviews up to and with a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CumulatedDay {
    /// Since 1970.
    day: u32,
    reviews: u64,
}

/// Reviews by key and day, from calendars that are kept as events come.
#[derive(Debug, Default)]
struct DailyCounts {
    // By key.
    rows: Vec<Vec<CumulatedDay>>,
}

impl DailyCounts {
    fn of<'a>(calendars: impl Iterator<Item = Option<&'a Calendar>>) -> Self {
        let cumulated = |calendar: &Calendar| {
            let mut sum = 0;
            let days = calendar.days().map(|(day, counts)| {
                sum += counts.iter().map(|count| u64::from(*count)).sum::<u64>();
                CumulatedDay { day, reviews: sum }
            });
            days.collect()
        };
        Self {
            rows: calendars
                .map(|calendar| calendar.map_or_else(Vec::new, cumulated))
                .collect(),
        }
    }

    /// Reviews of a key on days before `day`.
    fn before(&self, key: usize, day: u32) -> u64 {
        self.rows.get(key).map_or(0, |rows| before(rows, day))
    }

    fn within(&self, key: usize, first: u32, last: u32) -> u64 {
        self.before(key, last + 1) - self.before(key, first)
    }
}

/// The rhythms of all marketplaces and groups.
#[derive(Debug)]
pub(super) struct MarketplaceRhythms {
    groups: DailyCounts,
    marketplaces: DailyCounts,
    // By marketplace.
    spans: Vec<Span>,
}

/// The days and reviews of a marketplace.
#[derive(Clone, Copy, Debug)]
struct Span {
    first: u32,
    last: u32,
    /// Listings with reviews.
    listings: u32,
    /// Reviews by [`crate::state::Polarity::index`].
    by_polarity: [u64; 3],
}

/// The rhythm around one listing, its own reviews left out.
pub(super) struct ListingRhythm<'a> {
    rhythm: &'a MarketplaceRhythms,
    group: usize,
    marketplace: usize,
    // Own reviews by day.
    own: Vec<CumulatedDay>,
    group_a_day: f64,
    marketplace_a_day: f64,
    /// First and last day of the marketplace, by the reviews of others. Otherwise early negative
    /// reviews would make a listing's positive reviews look as if they came over more days.
    pub(super) span: DaySpan,
    /// Reviews that a mean listing of the marketplace gets in a usual day, by
    /// [`crate::state::Polarity::index`]. The listing's own reviews do not set the shares: its
    /// negative reviews would make its positive ones look surprising.
    pub(super) listing_a_day: [f64; 3],
}

impl MarketplaceRhythms {
    pub(super) fn of(state: &State) -> Self {
        // Listings of each marketplace with reviews, and the marketplace of each group.
        let (mut markets, mut groups) = (Vec::<u32>::new(), Vec::<u16>::new());
        for listing in state.listings().iter() {
            let (market, group) = (usize::from(listing.marketplace), listing.group.index());
            markets.resize(markets.len().max(market + 1), 0);
            groups.resize(groups.len().max(group + 1), 0);
            markets[market] += u32::from(!listing.days.is_empty());
            groups[group] = listing.marketplace;
        }
        let baselines = state.baselines();
        let around = |group, marketplace| baselines.around(PeerKey { group, marketplace });
        let of_market = |market: u16| around(None, market).marketplace;
        let of_group = |(group, market): (u32, &u16)| around(GroupIx::new(group), *market).group;
        let spans = (0_u16..).zip(&markets).map(|(market, listings)| {
            let mut span = Span {
                first: u32::MAX,
                last: 0,
                listings: *listings,
                by_polarity: [0; 3],
            };
            for (day, counts) in of_market(market).into_iter().flat_map(Calendar::days) {
                span.first = span.first.min(day);
                span.last = span.last.max(day);
                for (sum, count) in span.by_polarity.iter_mut().zip(counts) {
                    *sum += u64::from(count);
                }
            }
            span
        });
        Self {
            spans: spans.collect(),
            groups: DailyCounts::of((0_u32..).zip(&groups).map(of_group)),
            marketplaces: DailyCounts::of(
                (0_u16..).zip(&markets).map(|(market, _)| of_market(market)),
            ),
        }
    }

    pub(super) fn around(&self, listing: &ListingRow) -> Option<ListingRhythm<'_>> {
        let Span {
            first,
            last,
            listings,
            by_polarity,
        } = *self.spans.get(usize::from(listing.marketplace))?;
        if first > last {
            return None;
        }
        let mut sum = 0;
        let own = listing.days.iter().map(|day| {
            sum += day
                .counts
                .iter()
                .map(|count| u64::from(*count))
                .sum::<u64>();
            CumulatedDay {
                day: u32::from(day.day),
                reviews: sum,
            }
        });
        let own: Vec<CumulatedDay> = own.collect();
        let market = self.marketplaces.rows.get(usize::from(listing.marketplace));
        let others = market.and_then(|all| span_of_others(all, &own));
        let span = others.unwrap_or(DaySpan { first, last });
        let DaySpan { first, last } = span;
        let days = f64::from(last - first + 1);
        let (group, marketplace) = (listing.group.index(), usize::from(listing.marketplace));
        let wide = self.marketplaces.within(marketplace, first, last);
        let near = self.groups.within(group, first, last);
        Some(ListingRhythm {
            rhythm: self,
            group,
            marketplace,
            own,
            group_a_day: near.saturating_sub(sum) as f64 / days,
            marketplace_a_day: wide.saturating_sub(sum) as f64 / days,
            span,
            listing_a_day: by_polarity
                .map(|count| count as f64 / days / f64::from(listings.max(1))),
        })
    }
}

/// The reviews on all days before `day`.
///
/// Days rise by one at least, so that a day's index is at most its distance from the first day.
/// A search backwards from there finds it at once where every day has a row.
fn before(rows: &[CumulatedDay], day: u32) -> u64 {
    let Some(distance) = rows.first().and_then(|first| day.checked_sub(first.day)) else {
        return 0;
    };
    let mut end = rows.len().min(distance as usize);
    let mut step = 1;
    let start = loop {
        let start = end.saturating_sub(step);
        if start == 0 || rows.get(start).is_none_or(|row| row.day < day) {
            break start;
        }
        (end, step) = (start, 2 * step);
    };
    let between = rows.get(start..end).unwrap_or_default();
    let at = start + between.partition_point(|row| row.day < day);
    let last = at.checked_sub(1).and_then(|at| rows.get(at));
    last.map_or(0, |row| row.reviews)
}

/// First and last day on which others have reviews, too.
fn span_of_others(all: &[CumulatedDay], own: &[CumulatedDay]) -> Option<DaySpan> {
    let on = |rows: &[CumulatedDay], at: usize| {
        let before = at.checked_sub(1).map_or(0, |before| rows[before].reviews);
        rows[at].reviews - before
    };
    let own_on = |day: u32| {
        let index = own.binary_search_by_key(&day, |row| row.day);
        index.map_or(0, |at| on(own, at))
    };
    let has_others = |at: &usize| on(all, *at) > own_on(all[*at].day);
    let first = (0..all.len()).find(has_others)?;
    let last = (0..all.len()).rfind(has_others)?;
    Some(DaySpan {
        first: all[first].day,
        last: all[last].day,
    })
}

impl ListingRhythm<'_> {
    fn own_before(&self, day: u32) -> u64 {
        before(&self.own, day)
    }

    /// Usual days that the days from `first` to `last` amount to. 0 for an empty range.
    pub(super) fn exposure(&self, first: u32, last: u32) -> f64 {
        if first > last {
            return 0.0;
        }
        let own = self.own_before(last + 1) - self.own_before(first);
        let others =
            |counts: &DailyCounts, key| counts.within(key, first, last).saturating_sub(own) as f64;
        let days = f64::from(last - first + 1);
        let wide = if self.marketplace_a_day > 0.0 {
            others(&self.rhythm.marketplaces, self.marketplace) / self.marketplace_a_day
        } else {
            days
        };
        let near = others(&self.rhythm.groups, self.group);
        let busy = (near + LEAN * wide) / (self.group_a_day + LEAN);
        FLOOR * days + (1.0 - FLOOR) * busy
    }

    /// How busy others were from `first` to `last`, 1 being usual.
    pub(super) fn factor(&self, first: u32, last: u32) -> f64 {
        self.exposure(first, last) / f64::from(last.saturating_sub(first) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_before_a_day_equals_that_of_a_walk() {
        let every: Vec<u32> = (40..90).collect();
        let sparse = vec![3, 4, 50, 51, 52, 90, 400, 401, 9000];
        for days in [Vec::new(), vec![7], every, sparse] {
            let rows: Vec<CumulatedDay> = days
                .iter()
                .zip(1..)
                .map(|(day, reviews)| CumulatedDay { day: *day, reviews })
                .collect();
            for day in 0..9100 {
                let walked = days.iter().filter(|walked| **walked < day).count();
                assert_eq!(before(&rows, day), walked as u64, "{days:?} before {day}");
            }
            assert_eq!(before(&rows, u32::MAX), days.len() as u64);
        }
    }
}
