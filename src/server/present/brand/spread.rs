//! Presents the distribution of a seller's peers as a message.

use super::group_name;
use crate::brand::{MEASURES, PEERS_LEAST, PILLARS, Pillar, Progress, ProgressModel};
use crate::proto::v1;
use crate::state::State;

/// The quantiles of a seller's peers; none where too few of them have an index.
pub(in crate::server) fn quantiles(
    state: &State,
    model: &ProgressModel,
    progress: &Progress,
) -> Option<v1::CompareToPeersResponse> {
    let (peers, key) = (model.peers(), progress.peers);
    let (scope, index) = peers.score(key, PILLARS)?;
    let own_index = progress.index.map(|index| index.value);
    let all = quantile("index", index.count, index.quantiles, own_index);
    let scores = Pillar::ALL.iter().enumerate().filter_map(|(at, pillar)| {
        let (_, spread) = peers.score(key, at)?;
        let own = progress.pillars[at].map(|score| score.value);
        Some(quantile(pillar.name(), spread.count, spread.quantiles, own))
    });
    let measures = MEASURES.iter().enumerate().filter_map(|(at, measure)| {
        let (_, spread) = peers.measure(key, at)?;
        let own = progress.standing(at).clean.map(|value| value.value);
        let values = spread.quantiles.map(|value| measure.scale.back(value));
        Some(quantile(measure.code, spread.count, values, own))
    });
    let quantiles = std::iter::once(all).chain(scores).chain(measures);
    Some(v1::CompareToPeersResponse {
        peer_group: group_name(state, key, scope),
        quantiles: quantiles
            .filter(|one| one.peer_count as usize >= PEERS_LEAST)
            .collect(),
        peers_log_sequence: model.peers_sequence(),
    })
}

fn quantile(code: &str, count: u32, values: [f64; 5], own: Option<f64>) -> v1::BrandQuantiles {
    let [p10, p25, p50, p75, p90] = values.map(three_digits);
    v1::BrandQuantiles {
        code: code.to_owned(),
        peer_count: count,
        p10,
        p25,
        p50,
        p75,
        p90,
        own,
    }
}

/// Rounds to three digits: a quantile of few peers is a peer's own number.
fn three_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let unit = libm::pow(10.0, libm::floor(libm::log10(value.abs())) - 2.0);
    (value / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_have_three_digits() {
        assert_eq!(three_digits(0.0), 0.0);
        assert!((three_digits(0.123_456) - 0.123).abs() < 1e-12);
        assert!((three_digits(-98_765.0) + 98_800.0).abs() < 1e-6);
    }
}
