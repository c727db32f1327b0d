//! Whom a seller is compared with, and how: the only place where values become places.

use std::collections::BTreeMap;

use super::measure::Measure;
use super::pillars::{ALL, MEASURES};
use super::special::normal_cdf;
use super::window::median;
use crate::state::NONE;

/// Fewest peers of a narrow group; below, the wider one is taken.
pub const PEERS_ENOUGH: usize = 30;
/// Fewest peers at all, and fewest whose spread is told (k-anonymity).
pub const PEERS_LEAST: usize = 10;
/// Farther off is not told apart, in robust standard deviations.
const FAR: f64 = 3.5;
/// Shares of peers below the quantiles that are told.
pub const QUANTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// How wide a peer group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// Marketplace and category.
    Group,
    /// Marketplace.
    Marketplace,
    /// Everybody.
    All,
}

/// Where a seller looks for peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    /// Row of its main peer group.
    pub group: u32,
    /// Number of the group's marketplace.
    pub marketplace: u16,
}

impl Default for Home {
    /// Nowhere yet.
    fn default() -> Self {
        Self {
            group: NONE,
            marketplace: u16::MAX,
        }
    }
}

/// How one number is spread among some peers, where it is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Robust {
    /// The middle.
    pub median: f64,
    /// Robust standard deviation; 0 where all are equal.
    pub scale: f64,
    /// Peers.
    pub count: u32,
    /// By [`QUANTILES`].
    pub quantiles: [f64; 5],
}

impl Robust {
    /// The spread of some values, which it sorts; none below [`PEERS_LEAST`]. The scale is the median
    /// absolute deviation, made to agree with the standard deviation of a normal one (Hampel, 1974);
    /// where more than half are equal, the mean absolute deviation in the same way.
    pub fn of(values: &mut [f64]) -> Option<Self> {
        if values.len() < PEERS_LEAST {
            return None;
        }
        let middle = median(values);
        let mut off: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        let mean = off.iter().sum::<f64>() / off.len() as f64;
        let mad = median(&mut off);
        Some(Self {
            median: middle,
            scale: if mad > 0.0 {
                1.4826 * mad
            } else {
                1.2533 * mean
            },
            count: values.len() as u32,
            quantiles: QUANTILES.map(|share| quantile(values, share)),
        })
    }

    /// Robust standard deviations from the middle.
    pub fn z(&self, value: f64) -> f64 {
        // Peers are kept in single precision: a value is compared as they are.
        let off = f64::from(value as f32) - self.median;
        if self.scale > 0.0 {
            (off / self.scale).clamp(-FAR, FAR)
        } else if off.abs() < 1e-9 {
            0.0
        } else {
            FAR.copysign(off)
        }
    }

    /// A standard deviation in these; bounded, as places are.
    pub fn z_sd(&self, sd: f64) -> f64 {
        if self.scale > 0.0 {
            (sd / self.scale).min(FAR)
        } else {
            FAR
        }
    }
}

/// A quantile of sorted values, between neighbours.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let below = place as usize;
    let value = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
    let above = (below + 1).min(sorted.len().saturating_sub(1));
    value(below) + (value(above) - value(below)) * (place - below as f64)
}

/// The place of a robust z, 0 to 100.
pub fn percentile(z: f64) -> f64 {
    100.0 * normal_cdf(z)
}

/// Statistics of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    measures: Vec<Option<Robust>>,
    /// Pillars, then the index: 0 to 100.
    pub scores: Vec<Option<Robust>>,
    /// Indices, rising.
    indices: Vec<f32>,
}

/// All statistics, from clean data only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peers {
    groups: BTreeMap<u32, Group>,
    marketplaces: BTreeMap<u16, Group>,
    all: Group,
}

/// One seller's clean numbers, where they are compared; not a number where there is none.
pub type Row<const N: usize> = (Home, [f32; N]);

impl Peers {
    /// The statistics of measures. The order of rows does not matter.
    pub fn of_measures(rows: &[Row<MEASURES>]) -> Self {
        let mut peers = Self::default();
        by_groups(rows, |width, home, rows| {
            let spreads = columns(rows);
            peers.at_mut(width, home).measures = spreads;
        });
        peers
    }

    /// Adds the statistics of pillars and of the index, which comes last.
    pub fn add_scores<const N: usize>(&mut self, rows: &[Row<N>]) {
        by_groups(rows, |width, home, rows| {
            let mut indices: Vec<f32> = rows.iter().map(|row| row.1[N - 1]).collect();
            indices.retain(|index| index.is_finite());
            indices.sort_by(f32::total_cmp);
            let spreads = columns(rows);
            let group = self.at_mut(width, home);
            (group.scores, group.indices) = (spreads, indices);
        });
    }

    fn at_mut(&mut self, width: Width, home: Home) -> &mut Group {
        match width {
            Width::Group => self.groups.entry(home.group).or_default(),
            Width::Marketplace => self.marketplaces.entry(home.marketplace).or_default(),
            Width::All => &mut self.all,
        }
    }

    fn widths(&self, home: Home) -> [(Width, Option<&Group>); 3] {
        [
            (Width::Group, self.groups.get(&home.group)),
            (Width::Marketplace, self.marketplaces.get(&home.marketplace)),
            (Width::All, Some(&self.all)),
        ]
    }

    /// The narrowest spread of a measure with enough peers, or all where these are not too few. What
    /// is absolute is held against the whole marketplace at least.
    pub fn measure(&self, home: Home, place: usize) -> Option<(Width, &Robust)> {
        let home = match ALL.get(place) {
            Some(measure) if measure.spec.absolute => Home {
                group: NONE,
                ..home
            },
            _ => home,
        };
        self.pooled(home, |group| group.measures.get(place)?.as_ref())
    }

    /// The same of a pillar, or of the index behind the pillars.
    pub fn score(&self, home: Home, place: usize) -> Option<(Width, &Robust)> {
        self.pooled(home, |group| group.scores.get(place)?.as_ref())
    }

    fn pooled(
        &self,
        home: Home,
        of: impl Fn(&Group) -> Option<&Robust>,
    ) -> Option<(Width, &Robust)> {
        let widths = self.widths(home).into_iter();
        let mut found = widths.filter_map(|(width, group)| Some((width, of(group?)?)));
        found.find(|(width, robust)| *width == Width::All || robust.count as usize >= PEERS_ENOUGH)
    }

    /// The share of peers whose index is below, in hundredths, ties counting half; how many peers,
    /// and which.
    pub fn standing(&self, home: Home, index: f64) -> Option<(f64, u32, Width)> {
        let found = self.widths(home).into_iter().find(|(width, group)| {
            let count = group.map_or(0, |group| group.indices.len());
            count >= PEERS_ENOUGH || (*width == Width::All && count >= PEERS_LEAST)
        });
        let (width, group) = found?;
        let indices = &group?.indices;
        let below = indices.partition_point(|held| f64::from(*held) < index);
        let up_to = indices.partition_point(|held| f64::from(*held) <= index);
        let place = f64::midpoint(below as f64, up_to as f64) / indices.len() as f64;
        Some((100.0 * place, indices.len() as u32, width))
    }
}

fn columns<const N: usize>(rows: &[&Row<N>]) -> Vec<Option<Robust>> {
    let column = |place: usize| {
        let values = rows.iter().map(|row| f64::from(row.1[place]));
        let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        Robust::of(&mut values)
    };
    (0..N).map(column).collect()
}

/// Calls for everybody, each marketplace and each group that has enough rows.
fn by_groups<const N: usize>(rows: &[Row<N>], mut each: impl FnMut(Width, Home, &[&Row<N>])) {
    let mut sorted: Vec<&Row<N>> = rows.iter().collect();
    sorted.sort_by_key(|row| (row.0.marketplace, row.0.group));
    if let Some(first) = sorted.first() {
        each(Width::All, first.0, &sorted);
    }
    for part in sorted.chunk_by(|one, other| one.0.marketplace == other.0.marketplace) {
        if part.len() >= PEERS_ENOUGH {
            each(Width::Marketplace, part[0].0, part);
        }
        for group in part.chunk_by(|one, other| one.0.group == other.0.group) {
            if group.len() >= PEERS_ENOUGH {
                each(Width::Group, group[0].0, group);
            }
        }
    }
}

/// A value as peers keep it.
pub fn compared(measure: &Measure, value: f64) -> f32 {
    measure.spec.scale.to(value) as f32
}

/// The measures of a seller of which none is known.
pub fn unknown() -> [f32; MEASURES] {
    [f32::NAN; ALL.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_its_spread() {
        let mut values: Vec<f64> = (1..=11).map(f64::from).collect();
        values[10] = 1e6;
        let robust = Robust::of(&mut values).expect("eleven");
        // Distances from 6: 0, 1, 1, 2, 2, 3, 3, 4, 4, 5 and far: the middle is 3.
        assert_eq!(robust.median, 6.0);
        assert!((robust.scale - 4.4478).abs() < 1e-9, "{}", robust.scale);
        assert_eq!(robust.z(1e9), FAR);
        assert!((percentile(robust.z(6.0)) - 50.0).abs() < 1e-9);
        assert_eq!(robust.quantiles[2], 6.0);
        assert!(Robust::of(&mut [1.0; 9]).is_none());
    }

    #[test]
    fn equal_peers_tell_only_who_differs() {
        let robust = Robust::of(&mut [2.0; 12]).expect("twelve");
        assert_eq!(
            (robust.z(2.0), robust.z(2.1), robust.z(1.0)),
            (0.0, FAR, -FAR)
        );
        let mut most = [1.0; 12];
        most[0] = 13.0;
        // The mean distance is 1.
        let robust = Robust::of(&mut most).expect("twelve");
        assert!((robust.scale - 1.2533).abs() < 1e-12);
    }

    #[test]
    fn small_groups_are_pooled_upwards() {
        let row = |group: u32, marketplace: u16, value: f32| {
            let mut values = unknown();
            values[0] = value;
            (Home { group, marketplace }, values)
        };
        let mut rows: Vec<Row<MEASURES>> = (0..40).map(|_| row(1, 1, 1.0)).collect();
        rows.extend((0..5).map(|_| row(2, 1, 2.0)));
        rows.extend((0..5).map(|_| row(3, 2, 3.0)));
        let peers = Peers::of_measures(&rows);
        let at = |group, marketplace| {
            let found = peers.measure(Home { group, marketplace }, 0);
            found.map(|(width, robust)| (width, robust.count))
        };
        assert_eq!(at(1, 1), Some((Width::Group, 40)));
        assert_eq!(at(2, 1), Some((Width::Marketplace, 45)));
        assert_eq!(at(3, 2), Some((Width::All, 50)));
        assert!(peers.measure(rows[0].0, 1).is_none());
        let few = Peers::of_measures(&rows[..9]);
        assert!(few.measure(rows[0].0, 0).is_none());
    }

    #[test]
    fn a_standing_counts_who_is_below() {
        let home = Home {
            group: 1,
            marketplace: 1,
        };
        let rows: Vec<Row<1>> = (0..40_u8).map(|n| (home, [f32::from(n)])).collect();
        let mut peers = Peers::default();
        peers.add_scores(&rows);
        // 10 below and one equal.
        let found = peers.standing(home, 10.0).expect("peers");
        assert!((found.0 - 100.0 * 10.5 / 40.0).abs() < 1e-9);
        assert_eq!((found.1, found.2), (40, Width::Group));
    }
}
