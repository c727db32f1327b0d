//! Lists the customary markets, from a data file that names its sources.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::Country;

const FILE: &str = include_str!("markets.json");

#[derive(Debug, Deserialize)]
struct Market {
    countries: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Markets {
    markets: BTreeMap<String, Market>,
}

fn read() -> Result<Markets, serde_json::Error> {
    serde_json::from_str(FILE)
}

/// Sorted. Empty if the file cannot be read, which a test rules out.
static CUSTOMARY: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let markets = read().map(|all| all.markets).unwrap_or_default();
    let codes = markets.values().flat_map(|market| &market.countries);
    let mut countries: Vec<Country> = codes.filter_map(|code| Country::new(code)).collect();
    countries.sort_unstable();
    countries
});

/// Whether a country is one of North America, the EU or ASEAN.
pub(super) fn is_customary(country: Country) -> bool {
    CUSTOMARY.binary_search(&country).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_one_and_every_market_has_a_source() {
        let all = read().expect("the file is readable");
        let plain: serde_json::Value = serde_json::from_str(FILE).expect("JSON");
        assert!(
            plain["about"]
                .as_str()
                .is_some_and(|about| !about.is_empty())
        );
        let counts: Vec<(&str, usize)> = all
            .markets
            .iter()
            .map(|(name, market)| {
                let source = plain["markets"][name]["source"].as_str();
                assert!(source.is_some_and(|source| source.len() > 20), "{name}");
                assert!(
                    market
                        .countries
                        .iter()
                        .all(|code| Country::new(code).is_some())
                );
                (name.as_str(), market.countries.len())
            })
            .collect();
        assert_eq!(
            counts,
            [("asean", 11), ("european_union", 27), ("north_america", 6)]
        );
        let of = |code: &str| is_customary(Country::new(code).expect("a code"));
        assert!(of("DE") && of("US") && of("VN"));
        assert!(!of("BR") && !of("GB") && !of("JP"));
    }
}
