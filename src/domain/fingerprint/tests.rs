use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn share_a_band(one: &str, other: &str) -> bool {
    match (
        Fingerprint::of(&[one]).bands,
        Fingerprint::of(&[other]).bands,
    ) {
        (Some(one), Some(other)) => one[0] == other[0] || one[1] == other[1],
        _ => false,
    }
}

#[test]
fn counts_are_right_in_every_script() {
    let english = Fingerprint::of(&["So GOOD!", "It doesn't leak, and I'd buy it again!!"]);
    assert_eq!((english.words, english.exclamations), (10, 3));
    assert_eq!(english.capitals, 7);
    let chinese = Fingerprint::of(&["这个杯子很好！"]);
    assert_eq!((chinese.words, chinese.exclamations), (6, 1));
    assert!(chinese.bands.is_some());
    assert_eq!(Fingerprint::of(&["Đẹp lắm"]).words, 2);
    assert_eq!(Fingerprint::of(&["", "  "]), Fingerprint::default());
}

#[test]
fn copies_match_despite_case_and_punctuation() {
    let one = "The kettle boils fast and the lid shuts well, nothing to regret.";
    let other = "the KETTLE boils fast - and the lid shuts well. Nothing to regret!!!";
    assert_eq!(
        Fingerprint::of(&[one]).bands,
        Fingerprint::of(&[other]).bands
    );
    assert!(!share_a_band(
        one,
        "A lamp for the desk that warms up slowly but shines evenly."
    ));
}

#[test]
fn reward_words_are_recognised() {
    assert!(Fingerprint::of(&["They sent me a full REFUND for this"]).reward);
    assert!(!Fingerprint::of(&["Freedom to move and no refunding"]).reward);
}

#[test]
fn distinct_words_are_counted_once() {
    let words = |count: u32, of: u32| {
        let all: Vec<String> = (0..count).map(|n| format!("w{}", n % of)).collect();
        Fingerprint::of(&[&all.join(" ")])
    };
    assert_eq!(words(3, 3).distinct, 3);
    for (count, of) in [(40, 8), (120, 120), (900, 300)] {
        let error = f64::from(words(count, of).distinct) / f64::from(of) - 1.0;
        assert!(error.abs() < 0.1, "{count} of {of}: {error}");
    }
    assert_eq!(
        Fingerprint::of(&["I gave it to my mum, ich auch"]).first_person,
        3
    );
}

#[test]
fn short_texts_match_only_as_a_whole() {
    let one = "it works very well for me and my whole family";
    // The texts share nine of ten words in a row.
    assert!(!share_a_band(
        one,
        "it works very well for me and my whole house"
    ));
    assert!(share_a_band(
        one,
        "It works very well, for me and my whole family!"
    ));
    let bands = Fingerprint::of(&[one]).bands.expect("ten words");
    assert_eq!(bands[0], bands[1]);
    // Eight letters of Thai are too few; nine are enough.
    assert!(Fingerprint::of(&["กขคงจฉชซ"]).bands.is_none());
    assert!(Fingerprint::of(&["กขคงจฉชซฌ"]).bands.is_some());
}

#[test]
fn bands_match_at_the_theoretical_rate() {
    // The first `kept` of forty words agree, so the similarity follows from shingle counts.
    let mut matches = 0;
    let trials = 2000;
    for trial in 0..trials {
        let word = |index: u32, salt: u32| format!("w{}x{}", index * 7919 + trial, salt);
        let one: Vec<String> = (0..40).map(|index| word(index, 0)).collect();
        let other: Vec<String> = (0..40)
            .map(|index| word(index, u32::from(index >= 30)))
            .collect();
        matches += u32::from(share_a_band(&one.join(" "), &other.join(" ")));
    }
    let similarity: f64 = 28.0 / 48.0;
    let expected = 1.0 - libm::pow(1.0 - libm::pow(similarity, 2.0), 2.0);
    let share = f64::from(matches) / f64::from(trials);
    assert!(
        (share - expected).abs() < 0.05,
        "{share} against {expected}"
    );
}

proptest! {
    #[test]
    fn any_text_has_a_fingerprint(title in "\\PC{0,80}", body in ".{0,400}") {
        let print = Fingerprint::of(&[&title, &body]);
        prop_assert!(print.capitals <= print.letters);
        prop_assert!(print.words <= print.letters);
        prop_assert!(print.distinct <= print.words && print.first_person <= print.words);
        prop_assert!(print.bands.is_none() || print.words >= SHINGLES_MIN + 2);
    }
}

/// A text in disguise: no reader sees a difference, or hardly any.
fn disguised(text: &str, kind: u8, mut dice: u64) -> String {
    let mut roll = |sides: u64| {
        dice = finish(dice.wrapping_add(0x9E37_79B9_7F4A_7C15));
        dice % sides
    };
    let letters: Vec<char> = text.chars().collect();
    let mut copy = String::new();
    for (index, letter) in letters.iter().copied().enumerate() {
        // Between two letters.
        let inside = index > 0 && letter.is_alphanumeric() && letters[index - 1].is_alphanumeric();
        let ascii = letter.is_ascii_alphabetic();
        let shifted = |first: u32, capitals: u32| {
            let base = if letter.is_ascii_uppercase() {
                'A'
            } else {
                'a'
            } as u32;
            let block = if letter.is_ascii_uppercase() {
                capitals
            } else {
                first
            };
            char::from_u32(block + (letter as u32 - base)).unwrap_or(letter)
        };
        let imitation = "аеорсухіјѕ"
            .chars()
            .zip("aeopcyxijs".chars())
            .find(|(_, latin)| *latin == letter);
        match kind {
            0 if inside && roll(4) == 0 => {
                let invisible = ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];
                copy.push(invisible[roll(5) as usize]);
                copy.push(letter);
            }
            1 if inside && roll(3) == 0 => copy.extend(['\u{ad}', letter]),
            2 if imitation.is_some() && roll(3) > 0 => copy.extend(imitation.map(|pair| pair.0)),
            3 if ascii && roll(2) == 0 => copy.push(shifted(0xFF41, 0xFF21)),
            4 if ascii && roll(2) == 0 => copy.push(shifted(0x1_D41A, 0x1_D400)),
            5 if roll(3) == 0 => copy.extend([letter, '\u{e0041}', '\u{fe0f}']),
            6 if roll(3) == 0 => copy.extend(['\u{202e}', letter, '\u{2069}']),
            7 if letter == ' ' => copy.push('\u{a0}'),
            8 if letter == ' ' => copy.push_str("<br />&nbsp;"),
            9 if ascii && roll(4) == 0 => {
                let _ = write!(copy, "&#{};", letter as u32);
            }
            10 if ascii => copy.push(shifted(0x24D0, 0x24B6)),
            11 if letter.is_alphabetic() && roll(3) == 0 => copy.extend([letter, '\u{336}']),
            _ => copy.push(letter),
        }
    }
    copy
}

/// Kinds of [`disguised`].
const DISGUISES: u8 = 12;

/// What a fingerprint says beside the words that hide something.
fn shown(text: &str) -> Fingerprint {
    Fingerprint {
        hidden: 0,
        ..Fingerprint::of(&[text])
    }
}

#[test]
fn copies_in_disguise_have_the_fingerprint_of_the_text() {
    let texts = [
        "I bought this coffee maker for our small kitchen and it brews quickly stays quiet in the \
         morning and the jug pours without dripping so I would buy it again",
        "Sản phẩm rất đẹp, giao hàng nhanh, đóng gói cẩn thận, mình sẽ ủng hộ shop lần sau",
        "这个杯子很好，我会再买，保温效果也不错，物流很快",
        "ส่งเร็ว และคุณภาพดีมาก ทำความสะอาดง่าย จะซื้ออีกครั้ง",
        "Chegou antes do prazo, muito bem embalado e a qualidade é ótima",
    ];
    for text in texts {
        for kind in 0..DISGUISES {
            for dice in 0..30 {
                let copy = disguised(text, kind, dice);
                assert_eq!(shown(&copy), shown(text), "{kind}: {copy}");
            }
        }
        let bands = |text: &str| Fingerprint::of(&[text]).bands;
        let accented: String = text
            .chars()
            .flat_map(|letter| {
                let accent = "aeiou".contains(letter).then_some('\u{301}');
                [Some(letter), accent].into_iter().flatten()
            })
            .collect();
        assert_eq!(bands(&accented), bands(text));
        let words = |text: &str| (bands(text), Fingerprint::of(&[text]).words);
        let decomposed: String = unicode_normalization::UnicodeNormalization::nfd(text).collect();
        assert_eq!(words(&decomposed), words(text));
    }
    let hidden = |text: &str| Fingerprint::of(&[text]).hidden;
    assert_eq!(hidden("a kеttle that bo\u{200b}ils, and a jug"), 2);
}

#[test]
fn words_of_other_alphabets_are_told_apart() {
    let of = |text: &str| Fingerprint::of(&[text]).bands;
    // They differ by accents and letters that make other words.
    assert_ne!(
        of("мой чайник и мой стол и мой дом"),
        of("мои чайник и мои стол и мои дом")
    );
    assert_ne!(
        of("νόμος και λόγος της πόλης"),
        of("νομός και λόγος της πόλης")
    );
    assert!(share_a_band(
        "sản phẩm rất đẹp và rẻ",
        "san pham rat dep va re"
    ));
}

proptest! {
    #[test]
    fn disguise_of_any_text_keeps_its_fingerprint(
        text in "([A-Za-zđạêüß]{1,9}[ ,!]{1,2}){1,20}", kind in 0..DISGUISES, dice: u64
    ) {
        prop_assert_eq!(shown(&disguised(&text, kind, dice)), shown(&text));
    }

    #[test]
    fn disguise_keeps_texts_of_other_scripts(
        text in "([а-яё]{1,9} |[一-鿀]{1,5}，|[α-ω]{1,9} |[א-ת]{1,9} ){1,20}", dice: u64, kind in 5..8_u8
    ) {
        prop_assert_eq!(shown(&disguised(&text, kind, dice)), shown(&text));
    }
}
