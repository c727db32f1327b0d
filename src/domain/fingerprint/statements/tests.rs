use std::collections::BTreeMap;

use super::super::Fingerprint;

/// Counts of one kind of statement.
#[derive(Default)]
struct Counts {
    found: u32,
    missed: u32,
    wrong: u32,
}

/// The kind of a text, as the sentences name it.
fn kind_of(text: &str) -> &'static str {
    let print = Fingerprint::of(&["", text]);
    if print.sells {
        "sells"
    } else if print.admits.is_some() {
        "reward"
    } else if print.no_content.is_some() {
        "none"
    } else {
        "honest"
    }
}

/// Reads a set of sentences, prints precision and recall, and returns the mistakes and how many
/// sentences of each language are honest or not.
fn read_set(set: &'static str) -> (Vec<String>, BTreeMap<(&'static str, bool), u32>) {
    let (mut language, mut mistakes) = ("", Vec::new());
    let mut counts: BTreeMap<(&str, &str), Counts> = BTreeMap::new();
    let mut sizes: BTreeMap<(&str, bool), u32> = BTreeMap::new();
    let lines = set.lines();
    for line in lines.filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(name) = line.strip_prefix('[') {
            language = name.trim_end_matches(']');
            continue;
        }
        let (wanted, text) = line.split_once(": ").expect("a kind and a text");
        let found = kind_of(text);
        *sizes.entry((language, wanted == "honest")).or_default() += 1;
        if wanted == found {
            counts.entry((language, wanted)).or_default().found += 1;
        } else {
            counts.entry((language, wanted)).or_default().missed += 1;
            counts.entry((language, found)).or_default().wrong += 1;
            mistakes.push(format!("{language}: {wanted} read as {found}: {text}"));
        }
    }
    println!("language kind      precision recall");
    for (
        (language, kind),
        Counts {
            found,
            missed,
            wrong,
        },
    ) in &counts
    {
        let share = |other: &u32| f64::from(*found) / f64::from(found + other).max(1.0);
        println!(
            "{language:8} {kind:8} {:>9.2} {:>6.2}",
            share(wrong),
            share(missed)
        );
    }
    for mistake in &mistakes {
        println!("{mistake}");
    }
    (mistakes, sizes)
}

#[test]
fn made_up_sentences_are_read_by_kind() {
    let (mistakes, sizes) = read_set(include_str!("sentences.txt"));
    assert!(
        sizes.len() == 16 && sizes.values().all(|size| *size >= 15),
        "{sizes:?}"
    );
    let (later, _) = read_set(include_str!("later_sentences.txt"));
    for missed in [mistakes, later] {
        // No honest sentence may be read as anything else.
        let wrong = |mistake: &&String| mistake.contains(": honest read as");
        assert_eq!(missed.iter().find(wrong), None);
        assert!(missed.len() <= 4, "{missed:#?}");
    }
}

#[test]
fn reports_about_others_and_denials_admit_nothing() {
    for text in [
        "The seller offered me a gift card to change my review, I refused.",
        "They never paid me for a five star review.",
        "People who left 5 star reviews got free products.",
        "If they gave me a refund for a good review I would still give one star.",
        "This seller buys reviews, contact them on Telegram and you will see.",
    ] {
        assert_eq!(kind_of(text), "honest", "{text}");
    }
}
