//! How much an author wrote, on how many days, and over what part of its time.
//!
//! Activity is the strongest evidence that ratings and times hold: a bought identity is used once
//! or a few times, often on one day (Mukherjee et al., ICWSM 2013; Rayana and Akoglu, KDD 2015).
//! Honest authors look like it when they travel, when they are new, or when they write up a whole
//! trip on one evening.

use super::Corpus;

/// Days added to an author's span: a visit or two apart is no spread.
const SPAN_FLOOR_DAYS: f64 = 15.0;

/// Counts of an author.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Geometric mean of reviews and days with a review, at least 1 for authors of a review.
    /// Several reviews at one sitting are weaker evidence than as many over time.
    pub effective: Vec<f64>,
    /// None without times.
    pub span: Vec<Option<ActivitySpan>>,
}

/// Days of an author's first and last review, since 1970.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivitySpan {
    /// Of the first review.
    pub first: f64,
    /// Of the last review.
    pub last: f64,
}

/// Counts every author's activity.
pub fn activity(corpus: &Corpus) -> Activity {
    let mut effective = Vec::with_capacity(corpus.reviewers());
    let mut span = Vec::with_capacity(corpus.reviewers());
    for rows in corpus.by_reviewer.iter() {
        let days: Vec<f64> = rows
            .iter()
            .filter_map(|row| corpus.days[*row as usize])
            .collect();
        // A review without a time may have had a day of its own.
        let untimed = rows.len() - days.len();
        let distinct = days.chunk_by(|a, b| a.floor() == b.floor()).count() + untimed;
        effective.push(libm::sqrt(rows.len() as f64 * distinct as f64));
        let ends = days.first().zip(days.last());
        span.push(ends.map(|(first, last)| ActivitySpan {
            first: *first,
            last: *last,
        }));
    }
    Activity { effective, span }
}

/// Minus the logarithm of the share of an author's time, from its first review to the end of the
/// corpus, that its reviews span: what is left of a density that is flat for honest authors against
/// one that is flat in the logarithm for throwaway ones. 0 where there is but one timed review.
pub fn shortness(corpus: &Corpus, activity: &Activity) -> Vec<f64> {
    let author = |(author, span): (usize, &Option<ActivitySpan>)| {
        // Those without a time come last.
        let second = corpus.by_reviewer.rows(author).get(1);
        let several = second.is_some_and(|row| corpus.days[*row as usize].is_some());
        match (span, corpus.end) {
            (Some(ActivitySpan { first, last }), Some(end)) if several => {
                let share =
                    (last - first + SPAN_FLOOR_DAYS) / (end - first + 2.0 * SPAN_FLOOR_DAYS);
                -libm::log(share)
            }
            _ => 0.0,
        }
    };
    activity.span.iter().enumerate().map(author).collect()
}

#[cfg(test)]
mod tests {
    use super::super::corpus::Review;
    use super::super::corpus::tests::corpus;
    use super::*;

    #[test]
    fn sittings_and_spans_equal_values_by_hand() {
        // Author 0 twice on day 10 and twice on day 40; author 1 once; the corpus ends on day 110.
        let rows = [
            (0, 0, 5, 10),
            (0, 1, 5, 10),
            (0, 2, 5, 40),
            (0, 3, 5, 40),
            (1, 0, 3, 110),
        ];
        let corpus = corpus(&rows);
        let activity = activity(&corpus);
        assert_eq!(activity.effective, [libm::sqrt(8.0), 1.0]);
        let span = |first, last| Some(ActivitySpan { first, last });
        assert_eq!(activity.span, [span(10.0, 40.0), span(110.0, 110.0)]);
        let short = shortness(&corpus, &activity);
        assert!((short[0] - libm::log(130.0 / 45.0)).abs() < 1e-12);
        assert_eq!(short[1], 0.0);
    }

    #[test]
    fn span_of_one_dated_review_is_unknown() {
        let review = |reviewer, day: Option<i64>| Review {
            reviewer,
            listing: 0,
            stars: 5,
            seconds: day.map(|day| day * 86_400),
        };
        let corpus = Corpus::new([
            review(0, Some(0)),
            review(0, None),
            review(1, Some(0)),
            review(1, Some(10)),
            review(2, Some(300)),
        ]);
        let short = shortness(&corpus, &activity(&corpus));
        assert_eq!((short[0], short[2]), (0.0, 0.0));
        assert!(short[1] > 0.0);
    }
}
