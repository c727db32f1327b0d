//! Assessments for a person to read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use console::Term;
use textwrap::Options;

use crate::formats::stand_in_of;
use crate::proto::v1::{
    Abstention, Assessment, Band, Estimate, Finding, ManipulatedReviews, SuspectReview,
    VerdictLabel,
};
use crate::stats::logistic;

/// Contributions below this, in log-odds, are only summed.
const CONTRIBUTION_SHOWN: f64 = 0.1;
/// Widest page: longer lines are hard to read.
const WIDTH_MAX: u16 = 100;
/// Narrowest page, also on narrower terminals.
const WIDTH_MIN: u16 = 40;
/// Letters of a review's text in a report.
const TEXT_SHOWN: usize = 400;
/// Indentation of values.
const INDENT: &str = "             ";

/// Returns the columns to wrap at: those of the terminal. Output into a file or a pipe is not
/// wrapped.
pub(crate) fn width() -> usize {
    let size = Term::stdout().size_checked();
    size.map_or(usize::MAX, |(_, columns)| {
        columns.clamp(WIDTH_MIN, WIDTH_MAX).into()
    })
}

/// Describes one assessment in words, with line ends.
pub(crate) fn words(assessment: &Assessment, width: usize) -> String {
    let mut page = Page {
        text: String::new(),
        width,
    };
    page.heading(assessment);
    page.facts(assessment);
    page.estimate("risk", assessment.risk.as_ref());
    page.findings(assessment.prior_log_odds, &assessment.findings);
    page.manipulated(assessment.manipulated_reviews.as_ref());
    page.arrival(assessment.arrival_log_odds);
    page.rules(assessment);
    if assessment.attack.is_some() {
        page.estimate("attacked", assessment.attack.as_ref());
        page.findings(assessment.prior_log_odds, &assessment.attack_findings);
    }
    page.abstentions(&assessment.abstentions);
    page.text
}

/// Describes a review with its text and its assessment.
pub(super) fn suspect(suspect: &SuspectReview, width: usize) -> String {
    let mut text = suspect
        .assessment
        .as_ref()
        .map_or(String::new(), |assessment| words(assessment, width));
    if let Some(review) = &suspect.review {
        let mut page = Page {
            text: String::new(),
            width,
        };
        let written = review.time.as_ref();
        let written = written.and_then(|time| chrono::DateTime::from_timestamp(time.seconds, 0));
        let written = written.map_or("at an unknown time".to_owned(), |time| {
            time.format("%Y-%m-%d %H:%M").to_string()
        });
        page.line(
            "written",
            &format!(
                "{written}, by {} on listing {}",
                review.reviewer_id, review.listing_id
            ),
        );
        let whole = [review.title.trim(), review.body.trim()].join(" ");
        let body = whole.split_whitespace().collect::<Vec<_>>().join(" ");
        if !body.is_empty() {
            let shown: String = body.chars().take(TEXT_SHOWN).collect();
            let more = if shown.len() < body.len() { " ..." } else { "" };
            page.line("text", &format!("{shown}{more}"));
        }
        text += &page.text;
    }
    text
}

/// A page under construction.
struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn heading(&mut self, assessment: &Assessment) {
        let subject = assessment.subject.clone().unwrap_or_default();
        let kind = subject
            .kind()
            .as_str_name()
            .trim_start_matches("SUBJECT_KIND_")
            .to_lowercase();
        let on = if subject.marketplace.is_empty() {
            String::new()
        } else {
            format!(" on {}", subject.marketplace)
        };
        let stand_in = match stand_in_of(&subject.id) {
            Some(stand_in) if kind == "seller" => stands_in(stand_in),
            _ => String::new(),
        };
        self.wrapped(&format!("{kind} {}{on}{stand_in}", subject.id), "", "  ");
    }

    fn facts(&mut self, assessment: &Assessment) {
        let seller = &assessment.seller_id;
        if !seller.is_empty() {
            let stand_in = stand_in_of(seller).map_or(String::new(), stands_in);
            self.line("seller", &format!("{seller}{stand_in}"));
        }
        let mean = assessment
            .mean_rating
            .map_or(String::new(), |mean| format!(", mean {mean:.2} stars"));
        let (up, down) = (assessment.review_count, assessment.removed_count);
        self.line("reviews", &format!("{up}{mean}, {down} taken down"));
        self.copies(assessment);
        if !assessment.peer_group.is_empty() {
            self.line("peers", &assessment.peer_group);
        }
        self.line("band", band_words(assessment.band()));
        let verdict = match assessment.verdict() {
            VerdictLabel::Unspecified => return,
            VerdictLabel::Genuine => "genuine",
            VerdictLabel::Manipulated => "manipulated",
        };
        let by = "by a moderator; the score does not take it into account";
        self.line("verdict", &format!("{verdict}, {by}"));
    }

    /// Adds how many of the reviews are copies, or which review this one is a copy of.
    fn copies(&mut self, assessment: &Assessment) {
        if !assessment.copy_of.is_empty() {
            let value = format!(
                "of review {}: the same author, text and moment. Risk and findings are those of \
                 that review",
                assessment.copy_of
            );
            self.line("copy", &value);
        }
        let value = match assessment.copy_count {
            0 => return,
            1 => "1 of these is a copy of another one: delivered again, or shown on another \
                  variation. Each review counts once as evidence"
                .to_owned(),
            copies => format!(
                "{copies} of these are copies of others: delivered again, or shown on another \
                 variation. Each review counts once as evidence"
            ),
        };
        self.line("copies", &value);
    }

    fn estimate(&mut self, name: &str, estimate: Option<&Estimate>) {
        if let Some(Estimate {
            probability,
            lower,
            upper,
            ..
        }) = estimate
        {
            let value = format!("{probability:.2} ({lower:.2} to {upper:.2}), not calibrated");
            self.line(name, &value);
        }
    }

    /// Adds how many positive reviews are manipulated.
    fn manipulated(&mut self, found: Option<&ManipulatedReviews>) {
        if let Some(found) = found {
            let value = format!(
                "about {:.0} ({:.0} to {:.0}) of {} positive reviews; the probability of more than {:.0} % is {:.2}",
                found.expected_count,
                found.expected_count_lower,
                found.expected_count_upper,
                found.review_count,
                100.0 * found.material_share,
                found.material_probability
            );
            self.line("doubtful", &value);
        }
    }

    /// Adds the arrival score of a review.
    fn arrival(&mut self, log_odds: Option<f64>) {
        if let Some(log_odds) = log_odds {
            let value = format!(
                "{:.2}, from what was known when it came",
                logistic(log_odds)
            );
            self.line("at arrival", &value);
        }
    }

    /// Adds the rules that the findings may be an indicator for, in bands that deserve attention.
    fn rules(&mut self, assessment: &Assessment) {
        if assessment.band() < Band::Elevated {
            return;
        }
        let raising = assessment
            .findings
            .iter()
            .filter(|finding| finding.contribution >= CONTRIBUTION_SHOWN);
        let tags: BTreeSet<&str> = raising
            .flat_map(|finding| finding.legal_tags.iter().map(String::as_str))
            .collect();
        if !tags.is_empty() {
            let tags = tags.into_iter().collect::<Vec<_>>().join(", ");
            let value = format!("an indicator, not a determination, for {tags}");
            self.line("rules", &value);
        }
    }

    /// Adds the findings, strongest first; small ones are only counted.
    fn findings(&mut self, prior: f64, findings: &[Finding]) {
        let mut sorted: Vec<&Finding> = findings.iter().collect();
        sorted.sort_by(|one, other| other.contribution.abs().total_cmp(&one.contribution.abs()));
        let (shown, rest): (Vec<&Finding>, Vec<&Finding>) = sorted
            .into_iter()
            .partition(|finding| finding.contribution.abs() >= CONTRIBUTION_SHOWN);
        let below = "         ";
        for finding in shown {
            let first = format!("    {:<5}", weight_signs(finding.contribution));
            self.wrapped(&finding.sentence, &first, below);
            if !finding.review_ids.is_empty() {
                let ids = format!("see reviews {}", finding.review_ids.join(", "));
                self.wrapped(&ids, below, below);
            }
        }
        let few = match rest.len() {
            0 => String::new(),
            1 => "One more finding changes the risk very little. ".to_owned(),
            count => format!("{count} more findings change the risk very little. "),
        };
        let start = logistic(prior);
        let legend = format!(
            "{few}Without any findings the risk is {start:.2}. A plus raises it, a minus lowers it, \
             and more signs weigh more."
        );
        self.wrapped(&legend, "    ", "    ");
    }

    /// Adds the abstentions, by reason.
    fn abstentions(&mut self, abstentions: &[Abstention]) {
        let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for Abstention { code, reason } in abstentions {
            by_reason.entry(reason).or_default().push(code);
        }
        for (reason, codes) in by_reason {
            self.line("not judged", &format!("{}: {reason}", codes.join(", ")));
        }
    }

    fn line(&mut self, name: &str, value: &str) {
        self.wrapped(value, &format!("  {name:<11}"), INDENT);
    }

    fn wrapped(&mut self, value: &str, first: &str, next: &str) {
        if self.width == usize::MAX {
            let _ = writeln!(self.text, "{first}{value}");
            return;
        }
        let options = Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(next)
            // Readers copy ids, so an id is never split.
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        self.text += &textwrap::fill(value, options);
        self.text.push('\n');
    }
}

/// Returns one to three signs for the weight of a finding, a contribution in log-odds.
fn weight_signs(contribution: f64) -> &'static str {
    match (contribution > 0.0, contribution.abs()) {
        (true, weight) if weight >= 1.5 => "+++",
        (true, weight) if weight >= 0.5 => "++",
        (true, _) => "+",
        (false, weight) if weight >= 1.5 => "---",
        (false, weight) if weight >= 0.5 => "--",
        (false, _) => "-",
    }
}

fn stands_in(stand_in: &str) -> String {
    format!(" (the {stand_in} stands in for the seller, whom the data does not name)")
}

/// Returns the word for a band.
pub(crate) const fn band_words(band: Band) -> &'static str {
    match band {
        Band::Unspecified => "not set",
        Band::InsufficientData => "insufficient data",
        Band::Low => "low",
        Band::Guarded => "guarded",
        Band::Elevated => "elevated",
        Band::High => "high",
        Band::Critical => "critical",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{Review, Subject, SubjectKind};

    fn listing() -> Assessment {
        Assessment {
            subject: Some(Subject {
                kind: SubjectKind::Listing.into(),
                marketplace: "amazon".to_owned(),
                id: "B1".to_owned(),
            }),
            risk: Some(Estimate {
                probability: 0.61,
                lower: 0.2,
                upper: 0.9,
                log_odds: 0.44,
            }),
            band: Band::Elevated.into(),
            findings: vec![
                Finding {
                    sentence: "Half of its positive reviews say the same thing in the same words."
                        .to_owned(),
                    contribution: 1.25,
                    review_ids: vec!["r1".to_owned(), "r2".to_owned()],
                    legal_tags: vec!["16 CFR 465.2".to_owned()],
                    ..Finding::default()
                },
                Finding {
                    contribution: 0.01,
                    ..Finding::default()
                },
            ],
            prior_log_odds: -2.0,
            seller_id: "brand:acme".to_owned(),
            review_count: 3,
            mean_rating: Some(4.5),
            ..Assessment::default()
        }
    }

    #[test]
    fn listing_report_wraps_every_line() {
        let text = words(&listing(), 60);
        assert!(
            text.lines().all(|line| line.chars().count() <= 60),
            "{text}"
        );
        let expected = "\
listing B1 on amazon
  seller     brand:acme (the brand stands in for the seller,
             whom the data does not name)
  reviews    3, mean 4.50 stars, 0 taken down
  band       elevated
  risk       0.61 (0.20 to 0.90), not calibrated
    ++   Half of its positive reviews say the same thing in
         the same words.
         see reviews r1, r2
    One more finding changes the risk very little. Without
    any findings the risk is 0.12. A plus raises it, a minus
    lowers it, and more signs weigh more.
  rules      an indicator, not a determination, for 16 CFR
             465.2
";
        assert_eq!(text, expected);
        let unwrapped = words(&listing(), usize::MAX);
        assert!(unwrapped.contains("say the same thing in the same words.\n"));
    }

    #[test]
    fn review_report_has_its_text_and_arrival_score() {
        let review = SuspectReview {
            review: Some(Review {
                reviewer_id: "u1".to_owned(),
                listing_id: "l1".to_owned(),
                body: "So\n good ".to_owned(),
                ..Review::default()
            }),
            assessment: Some(Assessment {
                arrival_log_odds: Some(0.0),
                ..Assessment::default()
            }),
        };
        let text = suspect(&review, usize::MAX);
        assert!(text.contains("at arrival 0.50, "), "{text}");
        assert!(
            text.contains("at an unknown time, by u1 on listing l1\n"),
            "{text}"
        );
        assert!(text.ends_with("  text       So good\n"), "{text}");
    }
}
