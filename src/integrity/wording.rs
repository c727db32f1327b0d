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
    /// How it compares with peers: it begins with a capital and has no full stop. None where nothing
    /// is compared.
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
            (Wording::Campaign { fact, judgement }, Some(campaign)) => {
                let days = days(campaign.first_day, campaign.last_day);
                let (fact, judgement) = (fact(reading.value, campaign), judgement(campaign));
                let summary = capitalised(&campaign.summary);
                (format!("{fact}. {summary} ({days}). {judgement}"), None)
            }
            (Wording::Campaign { .. }, None) => ("it is in a campaign".to_owned(), None),
        };
        Self {
            fact: capitalised(&fact),
            comparison,
        }
    }

    /// Fact and comparison as English sentences.
    #[cfg(test)]
    pub fn sentence(&self) -> String {
        match &self.comparison {
            Some(comparison) => format!("{}. {comparison}.", self.fact),
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
    // No higher percentage than this number of peers can resolve.
    let most = 100 * peers / (peers + 1);
    // A share of a hundred, and a cast of a float saturates.
    let beaten = ((100.0 * (1.0 - reading.tail)) as u64).min(most);
    match comparison {
        Comparison::None => None,
        Comparison::Rank => Some(format!("The listing has {} dated reviews", peers + 1)),
        _ if reading.tail > 0.3 => Some(format!("This is usual among its {peers} peers")),
        Comparison::Flag => {
            let alike = (200.0 * reading.tail).max(1.0);
            Some(format!(
                "About {alike:.0} % of its {peers} peers are the same"
            ))
        }
        Comparison::Than(word) => Some(format!(
            "This is {word} than for {beaten} % of its {peers} peers"
        )),
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
        date(first).to_string()
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

/// How often chance alone makes so busy a time, from the negative decimal logarithm of its
/// probability. Follows its subject, of any number.
pub(super) fn by_chance(surprise: f64) -> String {
    if surprise < 1.0 {
        "could well occur by chance".to_owned()
    } else if surprise < 6.0 {
        let odds = libm::pow(10.0, surprise);
        // Two digits are as precise as the evidence is.
        let step = libm::pow(10.0, libm::floor(surprise) - 1.0);
        let round = libm::round(odds / step) * step;
        format!(
            "would occur by chance in about 1 of {} comparable listings",
            with_commas(round as u64)
        )
    } else {
        "would occur by chance in fewer than 1 of 1,000,000 comparable listings".to_owned()
    }
}

/// A number with commas between its thousands.
fn with_commas(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        _ => format!("{},{:03}", with_commas(number / 1000), number % 1000),
    }
}

#[cfg(test)]
mod tests;
