//! One English sentence a term, with its numbers.

use std::fmt::{self, Write as _};

use super::corpus_evidence::author_sentence;
use super::terms::{Reading, Spec};

/// What a term says: the measured value, and how it compares with peers.
pub fn sentence(spec: &Spec, reading: &Reading) -> String {
    if let Some(said) = author_sentence(spec.code, reading.value) {
        return said;
    }
    let (percent, value) = (100.0 * reading.value, reading.value);
    let mut said = match spec.code {
        "listing.five_star_share" => format!("{percent:.0} % of its praise has 5 stars"),
        "listing.one_time_author_share" => {
            format!("{percent:.0} % of its praise comes from authors with no other review")
        }
        "listing.unverified_share" => {
            format!(
                "{percent:.0} % of its praise comes without a confirmed purchase, where that is known"
            )
        }
        "listing.near_duplicate_share" => {
            format!("{percent:.0} % of its longer praise shares its wording with another review")
        }
        "listing.removed_share" => format!("{percent:.0} % of its praise was taken down"),
        "listing.positive_burst" => {
            format!("its densest week of praise is {}", by_chance(value))
        }
        "listing.reviews_per_order" => {
            format!("it has {percent:.1} reviews of praise for every 100 known orders")
        }
        "listing.praise_surge" => {
            format!("its densest four weeks of praise are {}", by_chance(value))
        }
        "listing.reward_share" => {
            format!(
                "{percent:.0} % of its praise uses a word of reward, and no incentive is disclosed"
            )
        }
        "listing.became_another" if value > 0.5 => {
            "its narrowest category and most words of its title are others than they were"
                .to_owned()
        }
        "listing.became_another" => {
            "its category and title have not become those of another product".to_owned()
        }
        "listing.attack.one_star_share" => format!("{percent:.0} % of its blame has 1 star"),
        "listing.attack.blame_surge" => {
            format!("its densest four weeks of blame are {}", by_chance(value))
        }
        "listing.attack.one_time_author_share" => {
            format!("{percent:.0} % of its blame comes from authors with no other review")
        }
        "listing.attack.unverified_share" => {
            format!(
                "{percent:.0} % of its blame comes without a confirmed purchase, where that is known"
            )
        }
        "listing.attack.near_duplicate_share" => {
            format!("{percent:.0} % of its longer blame shares its wording with another review")
        }
        "listing.attack.negative_burst" => {
            format!("its densest week of blame is {}", by_chance(value))
        }
        _ => of_author_or_review(spec.code, value),
    };
    capitalise(&mut said);
    compare(&mut said, spec, reading);
    said.push('.');
    said
}

/// Begins a sentence, all of which are English.
pub(in crate::integrity) fn capitalise(said: &mut str) {
    if let Some(start) = said.get_mut(..1) {
        start.make_ascii_uppercase();
    }
}

fn of_author_or_review(code: &str, value: f64) -> String {
    let percent = 100.0 * value;
    match code {
        "reviewer.praise_share" => format!("{percent:.0} % of the author's reviews are praise"),
        "reviewer.blame_share" => format!("{percent:.0} % of the author's reviews are blame"),
        "reviewer.extreme_share" => {
            format!("{percent:.0} % of the author's reviews have 1 or 5 stars")
        }
        "reviewer.rating_deviation" => {
            format!("the author's stars lie {value:.1} from the listings' means on average")
        }
        "reviewer.one_seller_share" => {
            format!("{percent:.0} % of the author's reviews are of one seller, where that is known")
        }
        "reviewer.unverified_share" => {
            format!(
                "{percent:.0} % of the author's reviews come without a confirmed purchase, where that \
                 is known"
            )
        }
        "reviewer.removed_share" => {
            format!("{percent:.0} % of the author's reviews were taken down")
        }
        "reviewer.duplicate_share" => {
            format!(
                "{percent:.0} % of the author's longer texts share their wording with another review"
            )
        }
        "reviewer.own_copies" => {
            format!("{percent:.0} % of the author's longer texts repeat another by the same author")
        }
        "reviewer.text_length" => {
            format!(
                "the author's texts have {} on average",
                count(value, "word")
            )
        }
        "reviewer.day_peak" => format!("the author wrote {} in one day", count(value, "review")),
        "reviewer.life_span" => {
            let days = count(value + 1.0, "day");
            format!("all of the author's reviews with a known day lie within {days}")
        }
        "reviewer.gap_entropy" => {
            format!("the lengths of the author's breaks vary {percent:.0} % as much as they could")
        }
        "reviewer.early_share" => {
            format!(
                "{percent:.0} % of the author's reviews come in a listing's first 30 days, where that \
                 is known"
            )
        }
        "reviewer.burst_share" => {
            format!("{percent:.0} % of the author's reviews lie in a listing's densest week")
        }
        _ => of_review(code, value),
    }
}

fn of_review(code: &str, value: f64) -> String {
    let percent = 100.0 * value;
    match code {
        "review.rating_deviation" => {
            format!("its rating is {value:.1} stars from the listing's mean")
        }
        "review.author_activity" if value <= 1.0 => {
            "it is the only review of its author".to_owned()
        }
        "review.author_activity" => format!("its author wrote {value:.0} reviews"),
        "review.near_duplicate" if value < 0.5 => "no other review shares its wording".to_owned(),
        "review.near_duplicate" if value < 1.5 => "1 other review shares its wording".to_owned(),
        "review.near_duplicate" => format!("{value:.0} other reviews share its wording"),
        "review.text_length" => format!("its text has {}", count(value, "word")),
        "review.exclamations" if value < 1.0 => "it has no exclamation marks".to_owned(),
        "review.exclamations" => format!("it has {value:.0} or more exclamation marks"),
        "review.capitals" if value == 0.0 => {
            "fewer than 2 % of its letters are capitals".to_owned()
        }
        "review.capitals" => format!("{percent:.0} % or more of its letters are capitals"),
        "review.first_person" if value == 0.0 => {
            "fewer than 1 % of its words are of the first person".to_owned()
        }
        "review.first_person" => {
            format!("{percent:.0} % or more of its words are of the first person")
        }
        "review.repetition" if value == 0.0 => "it hardly repeats a word".to_owned(),
        "review.repetition" => {
            format!("it repeats words: one less Herdan's C is {value:.2} or more")
        }
        "review.in_burst" => format!("the weeks around it are {}", by_chance(value)),
        "review.early_arrival" if value < 1.0 => "it is older than its listing".to_owned(),
        "review.early_arrival" => format!("it came on day {value:.0} of its listing"),
        "review.arrival_rank" if value > 20.0 => {
            "it is not among its listing's first 20 reviews".to_owned()
        }
        "review.arrival_rank" => format!("it is number {value:.0} of its listing's reviews"),
        "review.unverified" if value > 0.5 => {
            "the platform says that its purchase is not confirmed".to_owned()
        }
        "review.unverified" => "its purchase is confirmed".to_owned(),
        "review.undisclosed_reward" if value > 0.5 => {
            "it uses a word of reward, and no incentive is disclosed".to_owned()
        }
        "review.undisclosed_reward" => {
            "it uses no word of reward, or discloses the incentive".to_owned()
        }
        "review.helpful_votes" if value == 0.0 => "no reader found it helpful".to_owned(),
        "review.helpful_votes" if value < 2.0 => "1 reader found it helpful".to_owned(),
        "review.helpful_votes" => format!("{value:.0} or more readers found it helpful"),
        "review.of_another_product" if value > 0.5 => {
            "it came before its listing became another product".to_owned()
        }
        "review.of_another_product" => {
            "its listing has not become another product since it came".to_owned()
        }
        other => format!("{other} is {value:.2}"),
    }
}

/// How often chance alone brings what has this negative decimal logarithm of its probability.
fn by_chance(surprise: f64) -> String {
    if surprise < 1.0 {
        "as dense as chance makes it".to_owned()
    } else if surprise < 6.0 {
        let odds = libm::pow(10.0, surprise);
        // Two digits say all that there is to say.
        let step = libm::pow(10.0, libm::floor(surprise) - 1.0);
        let round = libm::round(odds / step) * step;
        format!("as dense as chance makes it in one of {round:.0} such listings")
    } else {
        "denser than chance makes it in one of a million such listings".to_owned()
    }
}

/// A number of things, with the plural of their noun where it takes one.
fn count(value: f64, noun: &str) -> String {
    let number = libm::round(value);
    let ending = if number == 1.0 { "" } else { "s" };
    format!("{number:.0} {noun}{ending}")
}

/// Signals that are so or not so. Of those like it half count as beyond it, so twice its tail is how
/// many there are.
const FLAGS: [&str; 4] = [
    "listing.became_another",
    "review.of_another_product",
    "review.undisclosed_reward",
    "review.unverified",
];

/// Adds how the value stands among peers.
fn compare(said: &mut String, spec: &Spec, reading: &Reading) {
    let peers = reading.peers;
    let mut add = |words: fmt::Arguments<'_>| {
        // A string takes all that is written into it.
        let _ = said.write_fmt(words);
    };
    if spec.code == "review.arrival_rank" {
        return add(format_args!("; of {} in all", peers + 1));
    }
    if reading.tail > 0.3 {
        return add(format_args!("; that is usual among its {peers} peers"));
    }
    if FLAGS.contains(&spec.code) {
        let alike = (200.0 * reading.tail).max(1.0);
        return add(format_args!(
            "; so it is with about {alike:.0} % of its {peers} peers"
        ));
    }
    // Never more than so many peers can tell apart.
    let most = 100 * peers / (peers + 1);
    // A share of a hundred, and a cast of a float saturates.
    let beaten = ((100.0 * (1.0 - reading.tail)) as u64).min(most);
    let lower = [
        "author_activity",
        "text_length",
        "early_arrival",
        "first_person",
        "arrival_rank",
        "life_span",
        "gap_entropy",
    ];
    let direction = if lower.iter().any(|word| spec.code.ends_with(word)) {
        "lower"
    } else {
        "higher"
    };
    add(format_args!(
        "; {direction} than {beaten} % of its {peers} peers"
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::catalogue;

    fn said(code: &str, value: f64, tail: f64) -> String {
        let entries = catalogue::entries();
        let entry = entries.iter().find(|entry| entry.spec.code == code);
        let reading = Reading {
            value,
            tail,
            peers: 99,
        };
        sentence(entry.expect("a signal").spec, &reading)
    }

    #[test]
    fn every_signal_has_a_sentence_in_good_english() {
        for entry in catalogue::entries() {
            for value in [0.0, 0.3, 1.0, 2.0, 4.0, 7.5] {
                let said = said(entry.spec.code, value, 0.01);
                assert!(!said.contains(entry.spec.code), "{said}");
                for wrong in [
                    " 1 reviews",
                    " 1 words",
                    " 1 days",
                    " 1 other reviews",
                    "0 other",
                ] {
                    assert!(!said.contains(wrong), "{said}");
                }
                assert!(said.ends_with('.') && !said.starts_with(char::is_lowercase));
            }
        }
    }

    #[test]
    fn ties_are_not_called_lower() {
        // Eight of a hundred peers are alike, and half of them count as beyond.
        let unverified = said("review.unverified", 1.0, 0.04);
        assert!(
            unverified.ends_with("; so it is with about 8 % of its 99 peers."),
            "{unverified}"
        );
        let rare = said("listing.became_another", 1.0, 1e-4);
        assert!(rare.ends_with("about 1 % of its 99 peers."), "{rare}");
        let usual = said("review.near_duplicate", 0.0, 0.6);
        assert_eq!(
            usual,
            "No other review shares its wording; that is usual among its 99 peers."
        );
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
