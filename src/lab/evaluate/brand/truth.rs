//! Brand progress on a simulated market, against the true strength.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bands::{Band, Cut, bands};
use super::baselines::Facts;
use super::market::Market;
use super::product::Product;
use super::walk::Scorer as _;
use crate::brand::Pillar;
use crate::brand::Progress;
use crate::domain::DAY;
use crate::domain::{Month, first_day};
use crate::lab::simulate::brands::{BrandConfig, BrandMarket, BrandTruth};
use crate::stats::{Bootstrap, spearman};

/// Rank correlations with the truth, -1 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TruthFigures {
    /// Sellers with an index.
    pub sellers: usize,
    /// Sellers without one.
    pub abstained: usize,
    /// Of the index with strength.
    pub index: Option<f64>,
    /// Its 95 % interval by bootstrap over sellers.
    pub index_interval: Option<[f64; 2]>,
    /// Of the pillars with strength, by name.
    pub pillars: BTreeMap<&'static str, Option<f64>>,
    /// Of the baselines with strength, by name.
    pub baselines: BTreeMap<&'static str, Option<f64>>,
    /// Of the probability of rising with the change of strength.
    pub rising: Option<f64>,
    /// Indices and stages by strength.
    pub bands: Vec<Band>,
    /// Indices that best separate strengths.
    pub cuts: Vec<Cut>,
}

/// Simulates a market: returns its events in order, and the truth about its sellers at the end.
pub fn play_brands(config: BrandConfig) -> (Market, Vec<BrandTruth>) {
    let mut simulated = BrandMarket::new(config);
    let mut events = Vec::new();
    let mut month = config.first_month;
    while let Some(made) = simulated.month() {
        let start = first_day(Month(month)) * DAY;
        events.extend(made.into_iter().map(|event| (start, event)));
        month += 1;
    }
    (Market::by_months(events), simulated.truth())
}

/// Computes progress from a whole market and compares it with the truth.
pub fn against_truth(
    market: &Market,
    truth: &[BrandTruth],
    threads: usize,
    bootstrap: &Bootstrap,
) -> Result<TruthFigures, String> {
    let mut product = Product::new(threads);
    for (at, event) in &market.events {
        product.fold(*at, event)?;
    }
    let ids: Vec<&str> = truth.iter().map(|one| one.seller_id.as_str()).collect();
    let found = product.progress_of(&ids);
    let with = |of: &dyn Fn(&Progress) -> Option<f64>, to: &dyn Fn(&BrandTruth) -> f64| {
        let pairs = found.iter().zip(truth);
        let pairs: Vec<(f64, f64)> = pairs
            .filter_map(|(progress, one)| Some((of(progress.as_deref()?)?, to(one))))
            .collect();
        let (left, right): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        (left, right)
    };
    let strength = |one: &BrandTruth| one.strength;
    let (index, strong) = with(&|one| Some(one.index?.value), &strength);
    let groups: Vec<u32> = (0..index.len() as u32).collect();
    let interval = bootstrap.interval(&groups, |times| {
        let drawn = |values: &[f64]| -> Vec<f64> {
            let pairs = values.iter().zip(times);
            pairs
                .flat_map(|(value, times)| std::iter::repeat_n(*value, *times as usize))
                .collect()
        };
        spearman(&drawn(&index), &drawn(&strong))
    });
    let pillars = Pillar::ALL.iter().map(|pillar| {
        let of = |one: &Progress| Some(one.pillars[*pillar as usize]?.value);
        let (left, right) = with(&of, &strength);
        (pillar.name(), spearman(&left, &right))
    });
    let told = found.iter().zip(truth);
    let told: Vec<(&Progress, &BrandTruth)> = told
        .filter_map(|(progress, one)| Some((progress.as_deref()?, one)))
        .collect();
    let (bands, cuts) = bands(&told);
    let (rising, drift) = with(&|one| Some(one.trend.as_ref()?.rising), &|one| one.drift);
    Ok(TruthFigures {
        sellers: index.len(),
        abstained: truth.len() - index.len(),
        index: spearman(&index, &strong),
        index_interval: interval.map(|found| [found.low, found.high]),
        pillars: pillars.collect(),
        baselines: baselines(market, truth),
        rising: spearman(&rising, &drift),
        bands,
        cuts,
    })
}

fn baselines(market: &Market, truth: &[BrandTruth]) -> BTreeMap<&'static str, Option<f64>> {
    let last = market.sales.last().map_or(0, |sale| sale.seconds);
    let since = last.saturating_sub(91 * DAY);
    let mut facts = vec![Facts::default(); market.sellers.len()];
    for sale in market.sales.iter().filter(|sale| sale.seconds > since) {
        facts[sale.seller as usize].last_three += 1;
    }
    for rated in &market.ratings {
        facts[rated.seller as usize].add_rating(rated.stars);
    }
    let known: Vec<(Facts, f64)> = truth
        .iter()
        .filter_map(|one| {
            let index = market.sellers.binary_search(&one.seller_id).ok()?;
            Some((facts[index], one.strength))
        })
        .collect();
    let of = |fact: &dyn Fn(&Facts) -> f64| {
        let left: Vec<f64> = known.iter().map(|(facts, _)| fact(facts)).collect();
        let right: Vec<f64> = known.iter().map(|(_, strength)| *strength).collect();
        spearman(&left, &right)
    };
    BTreeMap::from([
        ("mean_rating", of(&Facts::rating)),
        ("review_count", of(&|facts| f64::from(facts.reviews))),
        (
            "last_three_months_sales",
            of(&|facts| f64::from(facts.last_three)),
        ),
    ])
}
