//! Presents the distribution of a seller's peers as a message.

use super::group_name;
use crate::brand::{MEASURES, PEERS_LEAST, PILLARS, PeerSpread, Pillar, Progress, ProgressModel};
use crate::proto::v1;
use crate::state::State;

/// The quantiles of a seller's peers; none where too few of them have an index. A seller gets them
/// smoothed and rounded.
pub(in crate::server) fn quantiles(
    state: &State,
    model: &ProgressModel,
    progress: &Progress,
    is_for_seller: bool,
) -> Option<v1::CompareToPeersResponse> {
    let (peers, key) = (model.peers(), progress.peers);
    let (scope, index) = peers.score(key, PILLARS)?;
    let same = |value: f64| value;
    let shown = |code: &str, spread: &PeerSpread, own: Option<f64>, back: &dyn Fn(f64) -> f64| {
        let is_shown = if is_for_seller {
            spread.hides_single_peers(own.is_some())
        } else {
            spread.count as usize >= PEERS_LEAST
        };
        let values = if is_for_seller {
            spread.smoothed.map(|value| two_digits(back(value)))
        } else {
            spread.quantiles.map(|value| three_digits(back(value)))
        };
        is_shown.then(|| quantile(code, spread.count, values, own))
    };
    let all = shown(
        "index",
        index,
        progress.index.map(|index| index.value),
        &same,
    )?;
    let scores = Pillar::ALL.iter().enumerate().filter_map(|(at, pillar)| {
        let (_, spread) = peers.score(key, at)?;
        let own = progress.pillars[at].map(|score| score.value);
        shown(pillar.name(), spread, own, &same)
    });
    let measures = MEASURES.iter().enumerate().filter_map(|(at, measure)| {
        let (_, spread) = peers.measure(key, at)?;
        let own = progress.standing(at).clean.map(|value| value.value);
        shown(measure.code, spread, own, &|value| {
            measure.scale.back(value)
        })
    });
    let quantiles = std::iter::once(all).chain(scores).chain(measures);
    Some(v1::CompareToPeersResponse {
        peer_group: group_name(state, key, scope),
        quantiles: quantiles.collect(),
        peers_log_sequence: model.peers_sequence(),
    })
}

fn quantile(code: &str, count: u32, values: [f64; 5], own: Option<f64>) -> v1::BrandQuantiles {
    let [p10, p25, p50, p75, p90] = values;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_have_three_digits() {
        assert_eq!(three_digits(0.0), 0.0);
        assert!((three_digits(0.123_456) - 0.123).abs() < 1e-12);
        assert!((three_digits(-98_765.0) + 98_800.0).abs() < 1e-6);
    }

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
