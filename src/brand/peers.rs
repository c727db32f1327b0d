//! Compares a seller with its peers. Values become positions only here.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::measure::Measure;
use super::pillars::{ALL, MEASURES};
use crate::state::{GroupIx, PeerKey};
use crate::stats::{median, normal_cdf, quantile};

/// Fewest peers of a narrow group; below, the wider one is taken.
pub(super) const PEERS_ENOUGH: usize = 30;
/// Fewest peers at all, and fewest whose quantiles are served (k-anonymity).
pub const PEERS_LEAST: usize = 10;
/// Robust standard deviations beyond which values are not distinguished.
const Z_MOST: f64 = 3.5;
/// Constant that makes the median absolute deviation of a normal variable its standard deviation.
const MAD_SCALE: f64 = 1.4826;
/// The same of the mean absolute deviation.
const MEAN_DEVIATION_SCALE: f64 = 1.2533;
/// Fewest peers whose values a served quantile is the mean of, so that none is one peer's number.
const SMOOTHED_LEAST: usize = 5;
/// Outermost peers on either side that no mean includes: how far one of them is from all others
/// must not show.
const OUTERMOST: usize = 2;
/// The part of all peers that a served quantile is the mean of, where that is more.
const SMOOTHED_DIVISOR: usize = 5;
/// Shares of peers below the quantiles that are served.
const QUANTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// How wide a peer group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerScope {
    /// Marketplace and category.
    Group,
    /// Marketplace.
    Marketplace,
    /// All sellers.
    All,
}

/// Distribution of one number among peers, on the scale on which it is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeerSpread {
    /// The median.
    pub median: f64,
    /// Robust standard deviation; 0 where all are equal.
    pub scale: f64,
    /// Number of peers.
    pub count: u32,
    /// Quantiles at 10, 25, 50, 75 and 90 %.
    pub quantiles: [f64; 5],
    /// The same, each the mean of the peers around it, so that none is one peer's number.
    pub smoothed: [f64; 5],
}

/// The mean of the sorted values around a quantile: microaggregation, as in the disclosure control of
/// official statistics (Domingo-Ferrer and Mateo-Sanz, 2002).
fn smoothed(values: &[f64], share: f64) -> f64 {
    let width = (values.len() / SMOOTHED_DIVISOR)
        .max(SMOOTHED_LEAST)
        .min(values.len());
    let middle = share * (values.len() as f64 - 1.0);
    let first = (middle - (width as f64 - 1.0) / 2.0).round().max(0.0) as usize;
    let last_first = values.len().saturating_sub(width + OUTERMOST);
    let first = first.max(OUTERMOST).min(last_first);
    let around = values.get(first..first + width).unwrap_or_default();
    around.iter().sum::<f64>() / around.len() as f64
}

impl PeerSpread {
    /// The spread of some values, which it sorts; none below [`PEERS_LEAST`]. The scale is the median
    /// absolute deviation, made to agree with the standard deviation of a normal one (Hampel, 1974).
    /// Where more than half are equal, it is the mean absolute deviation in the same way.
    pub fn of(values: &mut [f64]) -> Option<Self> {
        if values.len() < PEERS_LEAST {
            return None;
        }
        let middle = median(values);
        let mut deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
        let mean = deviations.iter().sum::<f64>() / deviations.len() as f64;
        let mad = median(&mut deviations);
        Some(Self {
            median: middle,
            scale: if mad > 0.0 {
                MAD_SCALE * mad
            } else {
                MEAN_DEVIATION_SCALE * mean
            },
            count: values.len() as u32,
            quantiles: QUANTILES.map(|share| quantile(values, share).unwrap_or(f64::NAN)),
            smoothed: {
                values.sort_by(f64::total_cmp);
                QUANTILES.map(|share| smoothed(values, share))
            },
        })
    }

    /// Whether it hides single peers from a seller: enough of them besides its own value, which it
    /// knows.
    pub const fn hides_single_peers(&self, is_own_included: bool) -> bool {
        self.count as usize >= PEERS_LEAST + is_own_included as usize
    }

    /// Robust standard deviations of a value above the median.
    pub fn z(&self, value: f64) -> f64 {
        // Peers are kept in single precision: a value is compared as they are.
        let deviation = f64::from(value as f32) - self.median;
        if self.scale > 0.0 {
            (deviation / self.scale).clamp(-Z_MOST, Z_MOST)
        } else if deviation.abs() < 1e-9 {
            0.0
        } else {
            Z_MOST.copysign(deviation)
        }
    }

    /// A standard deviation in robust standard deviations; bounded, as positions are.
    pub fn z_sd(&self, sd: f64) -> f64 {
        if self.scale > 0.0 {
            (sd / self.scale).min(Z_MOST)
        } else {
            Z_MOST
        }
    }
}

/// Percentile of a robust z, 0 to 100.
pub fn percentile(z: f64) -> f64 {
    100.0 * normal_cdf(z)
}

/// Words the share of peers below a position, in hundredths. All or none of them would claim more
/// than is known.
pub fn better_than(percentile: f64, peers: u32) -> String {
    match percentile.round() {
        rounded if rounded >= 100.0 => {
            format!("better than almost all of {peers} comparable sellers")
        }
        rounded if rounded <= 0.0 => format!("below almost all of {peers} comparable sellers"),
        rounded => format!("better than about {rounded} % of {peers} comparable sellers"),
    }
}

/// Statistics of one group.
#[derive(Clone, Debug, Default, PartialEq)]
struct GroupStatistics {
    measures: Vec<Option<PeerSpread>>,
    /// Pillars, then the index: 0 to 100.
    scores: Vec<Option<PeerSpread>>,
    /// Indices, rising.
    indices: Vec<f32>,
}

/// Statistics of all groups, from clean data only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Peers {
    /// None for sellers of no group.
    groups: BTreeMap<Option<GroupIx>, GroupStatistics>,
    marketplaces: BTreeMap<u16, GroupStatistics>,
    all: GroupStatistics,
}

/// One seller's clean numbers, on the scales on which they are compared.
#[derive(Clone, Copy, Debug)]
pub struct PeerRow<const N: usize> {
    /// Its groups.
    pub key: PeerKey,
    /// NaN where there is none.
    pub values: [f32; N],
}

/// Rank of an index among peers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndexRank {
    /// Share of peers below, in hundredths, ties counting half.
    pub percentile: f64,
    /// Number of peers.
    pub peers: u32,
    /// Their group.
    pub scope: PeerScope,
}

impl Peers {
    /// The statistics of measures. The order of rows does not matter.
    pub fn of_measures(rows: &[PeerRow<MEASURES>]) -> Self {
        let mut peers = Self::default();
        by_groups(rows, |scope, key, rows| {
            peers.group_mut(scope, key).measures = columns(rows);
        });
        peers
    }

    /// Adds the statistics of pillars and of the index, which comes last.
    pub fn add_scores<const N: usize>(&mut self, rows: &[PeerRow<N>]) {
        by_groups(rows, |scope, key, rows| {
            let mut indices: Vec<f32> = rows.iter().map(|row| row.values[N - 1]).collect();
            indices.retain(|index| index.is_finite());
            indices.sort_by(f32::total_cmp);
            let group = self.group_mut(scope, key);
            (group.scores, group.indices) = (columns(rows), indices);
        });
    }

    fn group_mut(&mut self, scope: PeerScope, key: PeerKey) -> &mut GroupStatistics {
        match scope {
            PeerScope::Group => self.groups.entry(key.group).or_default(),
            PeerScope::Marketplace => self.marketplaces.entry(key.marketplace).or_default(),
            PeerScope::All => &mut self.all,
        }
    }

    /// The groups of a key that there are, narrowest first.
    fn groups(&self, key: PeerKey) -> impl Iterator<Item = (PeerScope, &GroupStatistics)> {
        let groups = [
            (PeerScope::Group, self.groups.get(&key.group)),
            (
                PeerScope::Marketplace,
                self.marketplaces.get(&key.marketplace),
            ),
            (PeerScope::All, Some(&self.all)),
        ];
        let groups = groups.into_iter();
        groups.filter_map(|(scope, group)| Some((scope, group?)))
    }

    /// The narrowest spread of a measure with enough peers, or that of all sellers. An absolute
    /// measure is compared across the whole marketplace at least.
    pub fn measure(&self, key: PeerKey, index: usize) -> Option<(PeerScope, &PeerSpread)> {
        let absolute = ALL.get(index).is_some_and(|measure| measure.absolute);
        let group = key.group.filter(|_| !absolute);
        let key = PeerKey { group, ..key };
        self.narrowest(key, |group| group.measures.get(index)?.as_ref())
    }

    /// The same of a pillar, or of the index behind the pillars.
    pub fn score(&self, key: PeerKey, index: usize) -> Option<(PeerScope, &PeerSpread)> {
        self.narrowest(key, |group| group.scores.get(index)?.as_ref())
    }

    fn narrowest(
        &self,
        key: PeerKey,
        of: impl Fn(&GroupStatistics) -> Option<&PeerSpread>,
    ) -> Option<(PeerScope, &PeerSpread)> {
        let groups = self.groups(key);
        let mut spreads = groups.filter_map(|(scope, group)| Some((scope, of(group)?)));
        spreads.find(|(scope, spread)| {
            *scope == PeerScope::All || spread.count as usize >= PEERS_ENOUGH
        })
    }

    /// Ranks an index within the narrowest group with enough peers; none with too few of all.
    pub fn rank(&self, key: PeerKey, index: f64) -> Option<IndexRank> {
        let (scope, group) = self.groups(key).find(|(scope, group)| {
            let count = group.indices.len();
            count >= PEERS_ENOUGH || (*scope == PeerScope::All && count >= PEERS_LEAST)
        })?;
        let indices = &group.indices;
        let below = indices.partition_point(|peer| f64::from(*peer) < index);
        let up_to = indices.partition_point(|peer| f64::from(*peer) <= index);
        let share = f64::midpoint(below as f64, up_to as f64) / indices.len() as f64;
        Some(IndexRank {
            percentile: 100.0 * share,
            peers: indices.len() as u32,
            scope,
        })
    }
}

fn columns<const N: usize>(rows: &[&PeerRow<N>]) -> Vec<Option<PeerSpread>> {
    let column = |index: usize| {
        let values = rows.iter().map(|row| f64::from(row.values[index]));
        let mut finite: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        PeerSpread::of(&mut finite)
    };
    (0..N).map(column).collect()
}

/// Calls for all rows, and for each marketplace and each group that has enough of them.
fn by_groups<const N: usize>(
    rows: &[PeerRow<N>],
    mut each: impl FnMut(PeerScope, PeerKey, &[&PeerRow<N>]),
) {
    let mut sorted: Vec<&PeerRow<N>> = rows.iter().collect();
    sorted.sort_by_key(|row| (row.key.marketplace, row.key.group));
    if let Some(first) = sorted.first() {
        each(PeerScope::All, first.key, &sorted);
    }
    for part in sorted.chunk_by(|one, other| one.key.marketplace == other.key.marketplace) {
        if part.len() >= PEERS_ENOUGH {
            each(PeerScope::Marketplace, part[0].key, part);
        }
        for group in part.chunk_by(|one, other| one.key.group == other.key.group) {
            if group.len() >= PEERS_ENOUGH {
                each(PeerScope::Group, group[0].key, group);
            }
        }
    }
}

/// A value as peers keep it.
pub(super) fn compared(measure: &Measure, value: f64) -> f32 {
    measure.scale.to(value) as f32
}
