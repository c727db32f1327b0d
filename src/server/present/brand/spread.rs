//! Presents the distribution of a seller's peers as a message.

use super::group_name;
use crate::brand::{MEASURES, PILLARS, PeerSpread, Pillar, Progress, ProgressModel};
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
    if !index.may_be_shown(own_index.is_some()) {
        return None;
    }
    let all = quantile("index", index, index.quantiles, own_index);
    let scores = Pillar::ALL.iter().enumerate().filter_map(|(at, pillar)| {
        let (_, spread) = peers.score(key, at)?;
        let own = progress.pillars[at].map(|score| score.value);
        let is_shown = spread.may_be_shown(own.is_some());
        is_shown.then(|| quantile(pillar.name(), spread, spread.quantiles, own))
    });
    let measures = MEASURES.iter().enumerate().filter_map(|(at, measure)| {
        let (_, spread) = peers.measure(key, at)?;
        let own = progress.standing(at).clean.map(|value| value.value);
        let values = spread.quantiles.map(|value| measure.scale.back(value));
        let is_shown = spread.may_be_shown(own.is_some());
        is_shown.then(|| quantile(measure.code, spread, values, own))
    });
    let quantiles = std::iter::once(all).chain(scores).chain(measures);
    Some(v1::CompareToPeersResponse {
        peer_group: group_name(state, key, scope),
        quantiles: quantiles.collect(),
        peers_log_sequence: model.peers_sequence(),
    })
}

fn quantile(
    code: &str,
    spread: &PeerSpread,
    values: [f64; 5],
    own: Option<f64>,
) -> v1::BrandQuantiles {
    let [p10, p25, p50, p75, p90] = values.map(two_digits);
    v1::BrandQuantiles {
        code: code.to_owned(),
        peer_count: spread.count,
        p10,
        p25,
        p50,
        p75,
        p90,
        own,
    }
}

/// Rounds to two digits, as an index is shown: what one peer adds to a mean of several is hidden.
pub(super) fn two_digits(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let exponent = libm::floor(libm::log10(value.abs())) - 1.0;
    // Divided by a power that is exact, so that no digits come back.
    let unit = libm::pow(10.0, exponent.abs());
    if exponent < 0.0 {
        (value * unit).round() / unit
    } else {
        (value / unit).round() * unit
    }
}

/// Rounds a percentile to a whole one.
pub(super) fn whole(percentile: f64) -> f64 {
    percentile.round()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_peers_have_two_digits() {
        for (value, shown) in [
            (0.0, 0.0),
            (0.123_456, 0.12),
            (-98_765.0, -99_000.0),
            (57.4, 57.0),
            (0.996, 1.0),
            (4.449, 4.4),
        ] {
            assert_eq!(two_digits(value), shown, "{value}");
        }
    }
}
