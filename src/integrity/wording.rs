//! Puts terms into words: the fact, and how it compares with peers.

use chrono::DateTime;

use super::campaigns::Campaign;
use super::fusion::Term;
use super::terms::{Comparison, Reading, Wording};

/// A term in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The measured fact: it begins with a capital and has no full stop.
    pub fact: String,
    /// How it compares with peers, without a capital and a full stop. None where nothing is compared.
    pub comparison: Option<String>,
}

impl Statement {
    /// Words for a term, and for the campaign that it is about.
    pub(super) fn of(term: &Term, campaign: Option<&Campaign>) -> Self {
        let reading = &term.reading;
        let (fact, comparison) = match (term.spec.wording, campaign) {
            (Wording::Value { fact, comparison }, _) => {
                (fact(reading.value), compared(comparison, reading))
            }
            (Wording::Campaign(fact), Some(campaign)) => {
                let days = days(campaign.first_day, campaign.last_day);
                let fact = fact(reading.value, campaign);
                (format!("{fact}: {}, {days}", campaign.summary), None)
            }
            (Wording::Campaign(_), None) => ("it is in a campaign".to_owned(), None),
        };
        Self {
            fact: capitalised(&fact),
            comparison,
        }
    }

    /// Fact and comparison as one English sentence.
    pub fn sentence(&self) -> String {
        match &self.comparison {
            Some(comparison) => format!("{}; {comparison}.", self.fact),
            None => format!("{}.", self.fact),
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

fn compared(comparison: Comparison, reading: &Reading) -> Option<String> {
    let peers = reading.peers;
    // No more than so many peers can tell apart.
    let most = 100 * peers / (peers + 1);
    // A share of a hundred, and a cast of a float saturates.
    let beaten = ((100.0 * (1.0 - reading.tail)) as u64).min(most);
    match comparison {
        Comparison::None => None,
        Comparison::Rank => Some(format!("of {} in all", peers + 1)),
        _ if reading.tail > 0.3 => Some(format!("that is usual among its {peers} peers")),
        Comparison::Flag => {
            let alike = (200.0 * reading.tail).max(1.0);
            Some(format!(
                "so it is with about {alike:.0} % of its {peers} peers"
            ))
        }
        Comparison::Higher => Some(format!("higher than {beaten} % of its {peers} peers")),
        Comparison::Lower => Some(format!("lower than {beaten} % of its {peers} peers")),
    }
}

/// Days since 1970 as dates, in UTC.
fn days(first: u32, last: u32) -> String {
    let date = |day: u32| {
        // Days of a `u32` of seconds are within the range of dates.
        let time = DateTime::from_timestamp(i64::from(day) * 86_400, 0).unwrap_or_default();
        time.format("%Y-%m-%d")
    };
    if first == last {
        format!("on {}", date(first))
    } else {
        format!("{} to {}", date(first), date(last))
    }
}

/// A share from 0 to 1 as a percentage.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// A number of things, with the plural of their noun where it takes one.
pub(super) fn number_of(value: f64, noun: &str) -> String {
    let number = libm::round(value);
    let ending = if number == 1.0 { "" } else { "s" };
    format!("{number:.0} {noun}{ending}")
}

/// How often chance alone makes so dense a time, from the negative decimal logarithm of its
/// probability.
pub(super) fn by_chance(surprise: f64) -> String {
    if surprise < 1.0 {
        "as dense as chance makes it".to_owned()
    } else if surprise < 6.0 {
        let odds = libm::pow(10.0, surprise);
        // Two digits are as precise as the evidence is.
        let step = libm::pow(10.0, libm::floor(surprise) - 1.0);
        let round = libm::round(odds / step) * step;
        format!("as dense as chance makes it in one of {round:.0} such listings")
    } else {
        "denser than chance makes it in one of a million such listings".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::catalogue;

    fn sentence(code: &str, value: f64, tail: f64) -> String {
        let entries = catalogue::entries();
        let entry = entries.iter().find(|entry| entry.spec.code == code);
        let term = Term {
            spec: entry.expect("a signal").spec,
            reading: Reading {
                value,
                tail,
                peers: 99,
            },
            contribution: 0.0,
            campaign: None,
        };
        Statement::of(&term, None).sentence()
    }

    #[test]
    fn every_signal_has_a_sentence_in_good_english() {
        for entry in catalogue::entries() {
            for value in [0.0, 0.3, 1.0, 2.0, 4.0, 7.5] {
                let sentence = sentence(entry.spec.code, value, 0.01);
                assert!(!sentence.contains(entry.spec.code), "{sentence}");
                for wrong in [
                    " 1 reviews",
                    " 1 words",
                    " 1 days",
                    " 1 other reviews",
                    "0 other",
                ] {
                    assert!(!sentence.contains(wrong), "{sentence}");
                }
                assert!(sentence.ends_with('.') && !sentence.starts_with(char::is_lowercase));
            }
        }
    }

    #[test]
    fn ties_are_not_called_lower() {
        // Eight of a hundred peers are alike, and half of them count as beyond.
        let unverified = sentence("review.unverified", 1.0, 0.04);
        assert!(
            unverified.ends_with("; so it is with about 8 % of its 99 peers."),
            "{unverified}"
        );
        let rare = sentence("listing.became_another", 1.0, 1e-4);
        assert!(rare.ends_with("about 1 % of its 99 peers."), "{rare}");
        let usual = sentence("review.near_duplicate", 0.0, 0.6);
        assert_eq!(
            usual,
            "No other review shares its wording; that is usual among its 99 peers."
        );
    }

    #[test]
    fn days_of_a_campaign_are_dates() {
        assert_eq!(days(15_706, 15_706), "on 2013-01-01");
        assert_eq!(days(15_706, 15_707), "2013-01-01 to 2013-01-02");
        assert!(days(0, u32::MAX).starts_with("1970-01-01 to "));
    }

    #[test]
    fn chance_is_told_in_round_numbers() {
        assert_eq!(by_chance(0.5), "as dense as chance makes it");
        assert_eq!(
            by_chance(3.5),
            "as dense as chance makes it in one of 3200 such listings"
        );
        assert!(by_chance(9.0).ends_with("one of a million such listings"));
    }
}
