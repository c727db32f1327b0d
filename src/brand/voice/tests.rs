use std::collections::BTreeMap;

use super::*;
use crate::lab::simulate::{Config, Market, aspects};
use crate::proto::v1::event::Payload;

fn review(number: u32, stars: u8, body: &str) -> VoiceReview {
    VoiceReview {
        title: String::new(),
        body: body.to_owned(),
        language: "en".to_owned(),
        stars,
        day: Some(19_000 + number),
        weight: 1.0,
        review: ReviewIx::nth(number),
        listing: ListingIx::nth(0),
        category: GroupIx::nth(0),
    }
}

/// Forty reviews: ten complain about the battery life, ten like the sound, the rest has no topic.
fn market() -> Vec<VoiceReview> {
    (0..40)
        .map(|number| match number % 4 {
            0 => review(number, 1, "The battery life is terrible."),
            1 => review(number, 5, "The sound is great, love it."),
            2 => review(number, 4, "Bought these for my sister last spring."),
            _ => review(number, 4, "Nice present, arrived on Tuesday."),
        })
        .collect()
}

#[test]
fn negative_and_positive_topics_are_found_with_their_effects() {
    let voice = extract_topics(market(), [], 19_040, &|_| None);
    assert_eq!((voice.reviews, voice.texts), (40, 40));
    let battery = voice
        .topics
        .iter()
        .find(|topic| topic.key.starts_with("en:batteri"))
        .unwrap_or_else(|| panic!("{voice:?}"));
    // All mentions are negative: it shifts stars by itself.
    assert_eq!(battery.kind, TopicKind::Remark);
    assert_eq!(battery.mentions, 10);
    assert!((battery.share - 0.25).abs() < 1e-12);
    // 1 star against the mean of ten fives and twenty fours.
    assert!((battery.effect - (1.0 - 130.0 / 30.0)).abs() < 1e-9);
    assert!(battery.low < battery.effect && battery.high < 0.0);
    assert!(battery.words.iter().any(|words| words.contains("battery")));
    // The newest of the equally bad ones first.
    assert_eq!(battery.samples, [36, 32, 28, 24, 20].map(ReviewIx::nth));
    let sound = voice.topics.iter().find(|topic| topic.key == "en:sound");
    assert!(sound.unwrap().effect > 0.5);
    // Plain judgements are no topics.
    assert!(
        voice
            .topics
            .iter()
            .all(|topic| topic.key != "en:great" && topic.key != "en:terribl")
    );
}

#[test]
fn manipulated_reviews_hardly_count() {
    let mut planted = market();
    planted.extend((100..160).map(|number| VoiceReview {
        weight: 0.01,
        ..review(number, 5, "The battery life is great.")
    }));
    let (clean, planted) = (
        extract_topics(market(), [], 19_040, &|_| None),
        extract_topics(planted, [], 19_040, &|_| None),
    );
    let battery = |voice: &Voice| {
        let found = voice
            .topics
            .iter()
            .find(|topic| topic.key.contains("batteri"));
        found.unwrap().clone()
    };
    let (before, after) = (battery(&clean), battery(&planted));
    assert!((before.effect - after.effect).abs() < 0.3, "{after:?}");
    assert!((before.share - after.share).abs() < 0.02);
    assert!(after.raw_share > 0.6);
}

#[test]
fn order_of_reviews_does_not_matter_and_few_give_no_topic() {
    let forward = extract_topics(market(), [], 19_040, &|_| None);
    let backward = extract_topics(market().into_iter().rev(), [], 19_040, &|_| None);
    let keys = |voice: &Voice| -> Vec<String> {
        let mut keys: Vec<_> = voice.topics.iter().map(|topic| topic.key.clone()).collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!(keys(&forward), keys(&backward));
    assert_eq!(extract_topics([], [], 0, &|_| None), Voice::default());
    assert!(
        extract_topics(market().into_iter().take(4), [], 0, &|_| None)
            .topics
            .is_empty()
    );
    let odd = [0, 6].map(|stars| review(stars, stars as u8, "The battery is bad"));
    let unweighed = VoiceReview {
        weight: f64::NAN,
        ..review(9, 3, "The battery is bad")
    };
    let voice = extract_topics(odd.into_iter().chain([unweighed]), [], 0, &|_| None);
    assert_eq!((voice.reviews, voice.texts), (3, 0));
}

#[test]
fn negated_remark_keeps_its_negation() {
    let mut reviews = Vec::new();
    for number in 0..120 {
        let mut made = match number % 4 {
            0 => review(number, 1, "O produto não chegou até hoje"),
            1 => review(number, 5, "Chegou antes do prazo, muito bom"),
            2 => review(number, 5, "Chegou tudo certo"),
            _ => review(number, 4, "Comprei para minha mãe"),
        };
        made.language = "pt-BR".to_owned();
        reviews.push(made);
    }
    let voice = extract_topics(reviews, [], 19_200, &|_| None);
    let late = voice
        .topics
        .iter()
        .find(|topic| topic.words.iter().any(|words| words == "não chegou"))
        .unwrap_or_else(|| panic!("{voice:?}"));
    assert!(
        late.effect < -3.0 && late.kind == TopicKind::Remark,
        "{late:?}"
    );
}

#[test]
fn scripts_without_spaces_have_topics() {
    let bodies = [
        ("zh", "电池很差", "音质很好", "昨天收到了"),
        ("ja", "電池が最悪", "音質が最高", "昨日届いた"),
        ("th", "แบตเตอรี่แย่มาก", "เสียงดีมาก", "ได้รับเมื่อวาน"),
        ("vi", "pin rất kém", "âm thanh rất tốt", "mua cho em gái"),
    ];
    for (language, bad, good, other) in bodies {
        let reviews = (0..60).map(|number| {
            let (stars, body) = [(1, bad), (5, good), (4, other)][number as usize % 3];
            VoiceReview {
                language: language.to_owned(),
                ..review(number, stars, body)
            }
        });
        let voice = extract_topics(reviews, [], 19_060, &|_| None);
        let blamed = voice.topics.iter().find(|topic| topic.effect < -2.0);
        let Some(blamed) = blamed else {
            panic!("{language}: {voice:?}");
        };
        assert!(blamed.key.starts_with(language), "{blamed:?}");
        assert!((blamed.share - 1.0 / 3.0).abs() < 1e-9);
    }
}

/// Reviews of one category of a simulated market.
fn simulated(leaf: &str, reviews: u64) -> Vec<VoiceReview> {
    let market = Market::new(Config {
        orders: false,
        snapshots: false,
        intensity: 0.0,
        ..Config::sized(5, reviews)
    });
    let mut listings: BTreeMap<String, bool> = BTreeMap::new();
    let mut found = Vec::new();
    for event in market {
        match event.payload {
            Some(Payload::Listing(listing)) => {
                let wanted = listing
                    .category_path
                    .last()
                    .is_some_and(|last| last == leaf);
                // A page that is moved to a neighbouring category sells what it sold.
                listings.entry(listing.listing_id).or_insert(wanted);
            }
            Some(Payload::Review(written)) if listings.get(&written.listing_id) == Some(&true) => {
                let number = found.len() as u32;
                found.push(VoiceReview {
                    title: written.title,
                    language: written.language,
                    ..review(number, written.rating as u8, &written.body)
                });
            }
            _ => {}
        }
    }
    found
}

/// Precision and recall of aspects that are named for reviews of a category.
fn held_against_truth(leaf: &str, reviews: &[VoiceReview]) -> (f64, f64) {
    let truth = aspects(leaf).unwrap();
    let cut = reviews.len() / 2;
    let (own, others) = reviews.split_at(cut);
    let voice = extract_topics(own.to_vec(), others.to_vec(), 19_999, &|_| None);
    let named: Vec<&Topic> = voice
        .topics
        .iter()
        .filter(|topic| topic.kind == TopicKind::Aspect)
        .collect();
    // An aspect is met by a word of its own: "battery" by "battery life".
    let meets = |topic: &Topic, aspect: &str| {
        let head = topic.words.first().map_or("", String::as_str);
        head.split(' ').any(|word| {
            aspect.split(' ').any(|held| {
                held == word || held.trim_end_matches('s') == word.trim_end_matches('s')
            })
        })
    };
    let right = named
        .iter()
        .filter(|topic| truth.iter().any(|aspect| meets(topic, aspect)))
        .count();
    let met = truth
        .iter()
        .filter(|aspect| named.iter().any(|topic| meets(topic, aspect)))
        .count();
    println!("{leaf}: {} reviews", own.len());
    for topic in &voice.topics {
        println!(
            "  {:?} {:?} {} {:.3} {:+.2} [{:+.2}, {:+.2}]",
            topic.kind,
            topic.words,
            topic.mentions,
            topic.share,
            topic.effect,
            topic.low,
            topic.high
        );
    }
    (
        right as f64 / named.len().max(1) as f64,
        met as f64 / truth.len() as f64,
    )
}

#[test]
fn aspects_of_simulated_texts_are_found() {
    for leaf in ["Headphones", "Skin care"] {
        let (precision, recall) = held_against_truth(leaf, &simulated(leaf, 12_000));
        println!("{leaf}: precision {precision:.2}, recall {recall:.2}");
        assert!(precision >= 0.6 && recall >= 0.7, "{precision} {recall}");
    }
}

/// The Portuguese comments of a public set, where it lies beside the crate.
fn comments() -> Option<Vec<VoiceReview>> {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/olist-comments");
    let files = std::fs::read_dir(&folder).ok()?;
    let files: Vec<_> = files.flatten().map(|file| file.path()).collect();
    let options = crate::formats::Options::default();
    let events = crate::formats::read(crate::formats::Format::Olist, &files, &options).ok()?;
    let mut found = Vec::new();
    for event in events.flatten() {
        if let Some(Payload::Review(written)) = event.payload {
            let number = found.len() as u32;
            found.push(VoiceReview {
                title: written.title,
                language: written.language,
                ..review(number, written.rating as u8, &written.body)
            });
        }
    }
    Some(found)
}

#[test]
fn portuguese_comments_have_the_known_topics() {
    let Some(reviews) = comments() else {
        println!("skipped: no ../shared/data/olist-comments");
        return;
    };
    let voice = extract_topics(reviews, [], 30_000, &|_| None);
    for topic in &voice.topics {
        println!(
            "  {:?} {:?} {} {:.3} {:+.2} [{:+.2}, {:+.2}]",
            topic.kind,
            topic.words,
            topic.mentions,
            topic.share,
            topic.effect,
            topic.low,
            topic.high
        );
    }
    let speaks = |words: &str, sign: f64| {
        voice.topics.iter().any(|topic| {
            topic.effect * sign > 0.5 && topic.words.iter().any(|held| held.contains(words))
        })
    };
    // Not received, and ahead of the promised day: what this market is blamed and praised for.
    assert!(
        speaks("não recebi", -1.0) && speaks("prazo", 1.0),
        "{voice:?}"
    );
}

/// Reviews of one listing on days 100 to 139: of every four one blames the battery, until a day.
fn blamed_until(listing: u32, until: u32) -> Vec<VoiceReview> {
    (0..40)
        .map(|number| {
            let blames = number % 4 == 0 && 100 + number < until;
            let mut one = match number % 4 {
                0 if blames => review(number, 1, "The battery life is terrible."),
                1 => review(number, 5, "The sound is great, love it."),
                _ => review(number, 4, "Bought these for my sister last spring."),
            };
            one.day = Some(100 + number);
            one.review = ReviewIx::nth(listing * 100 + number);
            one.listing = ListingIx::nth(listing);
            one
        })
        .collect()
}

fn battery(voice: &Voice) -> &Topic {
    let mut topics = voice.topics.iter();
    topics
        .find(|topic| topic.key.starts_with("en:batteri"))
        .unwrap_or_else(|| panic!("{voice:?}"))
}

#[test]
fn complaint_that_ends_with_a_change_fell() {
    // Five of twenty blame the battery before day 120, none of twenty after; elsewhere it goes on.
    let others: Vec<VoiceReview> = (1..=6).flat_map(|n| blamed_until(n, 999)).collect();
    let changed = |listing: ListingIx| (listing.number() == 0).then_some(120);
    let voice = extract_topics(blamed_until(0, 120), others.clone(), 140, &changed);
    let fall = battery(&voice).fall.expect("enough on either side");
    // Log-odds of 0.5 in 21 less those of 5.5 in 21, about -2.6, with a standard deviation about 1.6.
    assert!(fall.probability > 0.9 && fall.log_odds < -1.5, "{fall:?}");
    assert_eq!(fall.listings, 6);
    // Praise does not fall, and the same everywhere is no merit.
    let praise = voice.topics.iter().filter(|topic| topic.effect > 0.0);
    assert!(praise.clone().count() > 0);
    assert!(praise.into_iter().all(|topic| topic.fall.is_none()));
    let alike: Vec<VoiceReview> = (1..=6).flat_map(|n| blamed_until(n, 120)).collect();
    let voice = extract_topics(blamed_until(0, 120), alike, 140, &changed);
    let fall = battery(&voice).fall.expect("enough on either side");
    assert!(fall.probability < 0.6, "{fall:?}");
}

#[test]
fn complaint_without_a_change_or_a_match_has_no_fall() {
    let others = || (1..=6).flat_map(|n| blamed_until(n, 999));
    let own = || blamed_until(0, 120);
    let fall = |voice: &Voice| battery(voice).fall;
    assert_eq!(fall(&extract_topics(own(), others(), 140, &|_| None)), None);
    // All changed at once: nothing is left to match.
    assert_eq!(
        fall(&extract_topics(own(), others(), 140, &|_| Some(120))),
        None
    );
    // Changed before any review, and after all.
    for day in [0, 90, 141, u32::MAX] {
        let voice = extract_topics(own(), others(), 140, &|listing| {
            (listing.number() == 0).then_some(day)
        });
        assert_eq!(fall(&voice), None, "{day}");
    }
    // No review has a day.
    let undated = own().into_iter().map(|review| VoiceReview {
        day: None,
        ..review
    });
    let voice = extract_topics(undated, others(), 140, &|listing| {
        (listing.number() == 0).then_some(120)
    });
    assert_eq!(fall(&voice), None);
}
