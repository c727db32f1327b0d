//! Measures how long an author has been silent, against how long honest authors are.
//!
//! A single-use account never comes back; an honest author may still do so. Let `S(t)` be the share
//! that is still silent `t` days after a review (Kaplan and Meier, 1958: the end of the corpus
//! censors). The silence of a single-use account is worth `-ln S(t)` for honest authors. So a
//! single review shortly before the end is little evidence. Honest authors look like this when they
//! have moved on.

use super::Corpus;
use super::activity::{Activity, ActivitySpan};

/// Share of never-returning authors that are taken to be throwaways when the honest curve is
/// taken out of the mixed one.
const THROWAWAY: f64 = 0.3;
/// Least honest survival: no silence is worth more than `-ln` of it.
const FLOOR: f64 = 0.05;

/// A Kaplan-Meier curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Survival {
    /// By time, rising.
    steps: Vec<SurvivalStep>,
}

/// An event and the share that survives it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SurvivalStep {
    time: f64,
    survival: f64,
}

impl Survival {
    /// Estimates the curve from durations, each with whether it ended in an event (or was
    /// censored).
    pub fn new(mut durations: Vec<(f64, bool)>) -> Self {
        durations.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut at_risk = durations.len();
        let mut survival = 1.0;
        let mut steps = Vec::new();
        for same in durations.chunk_by(|a, b| a.0 == b.0) {
            let events = same.iter().filter(|(_, event)| *event).count();
            if events > 0 {
                survival *= 1.0 - events as f64 / at_risk as f64;
                steps.push(SurvivalStep {
                    time: same[0].0,
                    survival,
                });
            }
            at_risk -= same.len();
        }
        Self { steps }
    }

    /// Share that is without an event after a time, 0 to 1.
    pub fn at(&self, time: f64) -> f64 {
        let passed = self.steps.partition_point(|step| step.time <= time);
        let last = passed.checked_sub(1);
        last.map_or(1.0, |index| self.steps[index].survival)
    }

    /// `-ln` of the survival of honest authors, once the throwaways, who never return, are taken
    /// out of the mixed curve.
    fn evidence(&self, time: f64) -> f64 {
        let never = THROWAWAY * self.steps.last().map_or(1.0, |step| step.survival);
        let honest = (self.at(time) - never) / (1.0 - never);
        -libm::log(honest.max(FLOOR))
    }
}

/// Evidence of each author's silence up to the end of the corpus, 0 or more; 0 without times.
/// First reviews and later ones have curves of their own.
pub fn silence(corpus: &Corpus, activity: &Activity) -> Vec<f64> {
    let Some(end) = corpus.end else {
        return vec![0.0; corpus.reviewers()];
    };
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for rows in corpus.by_reviewer.iter() {
        let days: Vec<f64> = rows
            .iter()
            .filter_map(|row| corpus.days[*row as usize])
            .collect();
        for (index, day) in days.iter().enumerate() {
            let next = days.get(index + 1);
            let duration = (next.unwrap_or(&end) - day, next.is_some());
            if index == 0 {
                first.push(duration);
            } else {
                later.push(duration);
            }
        }
    }
    let (first, later) = (Survival::new(first), Survival::new(later));
    let author = |(author, span): (usize, &Option<ActivitySpan>)| match span {
        Some(span) if corpus.by_reviewer.size(author) == 1 => first.evidence(end - span.last),
        Some(span) => later.evidence(end - span.last),
        None => 0.0,
    };
    activity.span.iter().enumerate().map(author).collect()
}

#[cfg(test)]
mod tests {
    use super::super::activity::activity;
    use super::super::corpus::tests::corpus;
    use super::*;

    #[test]
    fn survival_equals_kaplan_meier_values_by_hand() {
        // At risk 4: one event at 1; then 3: one censored at 2; then 2: one event at 3.
        let curve = Survival::new(vec![(3.0, true), (1.0, true), (2.0, false), (5.0, false)]);
        let at: Vec<f64> = [0.0, 1.0, 2.9, 3.0, 9.0]
            .iter()
            .map(|t| curve.at(*t))
            .collect();
        assert_eq!(at, [1.0, 0.75, 0.75, 0.375, 0.375]);
        // A share 0.3 * 0.375 never returns; what is left of 0.375 after it.
        let honest = (0.375 - 0.1125) / (1.0 - 0.1125);
        assert!((curve.evidence(4.0) + libm::log(honest)).abs() < 1e-12);
        assert_eq!(Survival::new(Vec::new()).at(1.0), 1.0);
    }

    #[test]
    fn evidence_rises_with_silence() {
        let rows = [
            (0, 0, 5, 0),
            (1, 0, 5, 90),
            (2, 0, 5, 10),
            (2, 1, 5, 40),
            (3, 0, 5, 0),
            (3, 1, 5, 80),
        ];
        let corpus = corpus(&rows);
        let evidence = silence(&corpus, &activity(&corpus));
        assert!(evidence[0] > evidence[1] && evidence[1] == 0.0);
    }
}
