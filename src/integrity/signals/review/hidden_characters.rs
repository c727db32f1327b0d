//! Counts the words of a review that hide something from programs and not from readers.

use super::super::{ReviewContext, Signal, SignalDoc, read};
use super::Measurer;
use crate::integrity::terms::{Family, Measure, Spec};
use crate::state::{Mark, Tail};

pub(super) const SIGNAL: Signal<Measurer> = Signal {
    spec: Spec {
        cap: 1.5,
        ..Spec::of_review("review.hidden_characters", Family::Text, fact)
            .blunt()
            .indicating(&[])
    },
    doc: SignalDoc {
        definition: "Words with invisible characters between their letters, with letters of other \
                     alphabets that look like their own, or with some letters in another form. One \
                     word counts as none, and without any the signal abstains. Compared with \
                     reviews of its peer group.",
        unit: "words, the least of its step",
        caveats: "Joiners of Persian, of the scripts of India and of emoji do not count, nor do \
                  marks of word ends in Thai and Khmer, nor soft hyphens where words are divided. \
                  Two alphabets on one keyboard lead to single slips.",
        source: "Unicode Technical Standard 39 (confusable characters); Boucher et al., IEEE S&P \
                 2022 (invisible characters and look-alikes against text classifiers).",
    },
    measure,
};

fn fact(value: f64) -> String {
    if value < 2.0 {
        "its words hide no invisible characters or letters of other alphabets".to_owned()
    } else {
        format!("{value:.0} or more of its words hide invisible characters or look-alike letters")
    }
}

fn measure(context: &ReviewContext<'_>) -> Measure {
    match context.review.levels.value(Mark::Hidden) {
        Some(value) if value > 0.0 => read(value, context.among_marks(Mark::Hidden, Tail::Upper)),
        Some(_) | None => Measure::Skipped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrity::signals::fixture::{MarketFixture, ReviewDraft};

    #[test]
    fn words_in_disguise_have_a_small_tail_and_one_slip_none() {
        let mut market = MarketFixture::crowd();
        let with = |body: &str| ReviewDraft {
            body: body.to_owned(),
            ..ReviewDraft::default()
        };
        let row = market.review(with("th\u{200b}is kеttlе bоils fast, goоd"));
        // So that not all peers are alike.
        market.review(with("ki\u{2060}tchen and ta\u{2060}ble"));
        let (value, tail) = market.on_review(row, &SIGNAL).expect("read");
        assert!(value == 3.0 && tail < 0.05, "{value} {tail}");
        let slip = market.review(with("this kеttle boils fast"));
        assert_eq!(market.on_review(slip, &SIGNAL), None);
    }
}
