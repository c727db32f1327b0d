//! How a seller's peers are spread, as a message.

use super::group_name;
use crate::brand::measure::{PILLARS, Pillar};
use crate::brand::peers::PEERS_LEAST;
use crate::brand::pillars::ALL;
use crate::brand::{Board, Progress};
use crate::proto::v1;
use crate::state::State;

/// How the peers of a seller are spread; none where the index has too few of them.
pub fn quantiles(
    state: &State,
    board: &Board,
    progress: &Progress,
) -> Option<v1::CompareToPeersResponse> {
    let (peers, home) = (board.peers(), progress.home);
    let (width, index) = peers.score(home, PILLARS)?;
    let own = |at: usize| progress.pillars[at].map(|score| score.value);
    let scores = (0..PILLARS)
        .filter_map(|at| Some((at, peers.score(home, at)?.1)))
        .map(|(at, robust)| {
            quantile(
                Pillar::ALL[at].name(),
                robust.count,
                robust.quantiles,
                own(at),
            )
        });
    let measures = ALL.iter().enumerate().filter_map(|(at, measure)| {
        let robust = peers.measure(home, at)?.1;
        let back = |value: f64| measure.spec.scale.back(value);
        let own = progress.standing(at).clean.ok().map(|value| value.value);
        let spread = robust.quantiles.map(back);
        Some(quantile(measure.spec.code, robust.count, spread, own))
    });
    let all = quantile(
        "index",
        index.count,
        index.quantiles,
        progress.index.map(|index| index.value),
    );
    let quantiles = std::iter::once(all).chain(scores).chain(measures);
    Some(v1::CompareToPeersResponse {
        peer_group: group_name(state, home, width),
        quantiles: quantiles
            .filter(|one| one.peer_count as usize >= PEERS_LEAST)
            .collect(),
        peers_log_sequence: board.peers_sequence(),
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

/// A number to three digits: a quantile of few peers is a peer's own number.
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
