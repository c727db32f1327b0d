//! Measures the excess of one-review authors over those that a listing's audience explains.
//!
//! A hotel's honest guests review one place of the corpus, a neighbourhood restaurant's regulars
//! many. The ratio of authors with two reviews to those with five or more distinguishes the
//! audiences. The number of one-review authors beyond the predicted one is one-inflation, as in
//! capture-recapture counts (Chao, Biometrics 1987; Godwin and Boehning, JRSS C 2017): single-use
//! accounts are all ones. Honest behaviour looks like this if only newcomers know a listing, such
//! as after a television show.

use super::Corpus;

/// Authors added to each count, in the corpus's proportions, so that small listings stay calm.
const PRIOR_AUTHORS: f64 = 5.0;
/// Standard deviation of the excess between listings, natural logarithm.
const SPREAD: f64 = 0.35;

/// Logarithm of each listing's one-review authors over what its audience predicts, shrunk for the
/// noise of its counts; 0 is the average listing.
pub fn excess(corpus: &Corpus) -> Vec<f64> {
    let counts = counts_of_listings(corpus);
    let mut total = AuthorCounts {
        one_time: 1.0,
        two_time: 1.0,
        regular: 1.0,
    };
    for listing in &counts {
        total.one_time += listing.one_time;
        total.two_time += listing.two_time;
        total.regular += listing.regular;
    }
    let smoothed =
        |listing: f64, of_corpus: f64| listing + PRIOR_AUTHORS * of_corpus / total.two_time;
    // An audience that doubles twos over regulars is taken to double ones over twos.
    let raw: Vec<f64> = counts
        .iter()
        .map(|listing| {
            let ones = smoothed(listing.one_time, total.one_time);
            let twos = smoothed(listing.two_time, total.two_time);
            let regulars = smoothed(listing.regular, total.regular);
            libm::log(ones / twos) - libm::log(twos / regulars)
        })
        .collect();
    // Numbers that no listing has must not count.
    let sized = counts.iter().zip(corpus.by_listing.iter());
    let weights: Vec<f64> = sized
        .map(|(listing, rows)| {
            if rows.is_empty() {
                0.0
            } else {
                listing.two_time + 1.0
            }
        })
        .collect();
    let weighted = weights
        .iter()
        .zip(&raw)
        .map(|(weight, excess)| weight * excess);
    let mean = weighted.sum::<f64>() / weights.iter().sum::<f64>();
    let shrunk = |(listing, excess): (&AuthorCounts, &f64)| {
        // Variance of a sum of logarithms of counts; the twos enter twice.
        let noise = 1.0 / (listing.one_time + 1.0)
            + 4.0 / (listing.two_time + 1.0)
            + 1.0 / (listing.regular + 1.0);
        (excess - mean) * SPREAD * SPREAD / (SPREAD * SPREAD + noise)
    };
    counts.iter().zip(&raw).map(shrunk).collect()
}

/// Share of regulars, authors of five reviews or more, among a listing's reviews by authors of two
/// or of five and more. 0 to 1, shrunk to the corpus's share. Among regulars an author of one
/// review is rarer, so more of them are single-use accounts.
pub fn regulars(corpus: &Corpus) -> Vec<f64> {
    let counts = counts_of_listings(corpus);
    let (mut regular, mut either) = (1.0, 2.0);
    for listing in &counts {
        regular += listing.regular;
        either = either + listing.regular + listing.two_time;
    }
    let prior = PRIOR_AUTHORS * regular / either;
    let share = |listing: &AuthorCounts| {
        (listing.regular + prior) / (listing.regular + listing.two_time + PRIOR_AUTHORS)
    };
    counts.iter().map(share).collect()
}

/// Reviews by the number of reviews that their authors wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct AuthorCounts {
    /// One.
    one_time: f64,
    /// Two.
    two_time: f64,
    /// Five or more.
    regular: f64,
}

fn counts_of_listings(corpus: &Corpus) -> Vec<AuthorCounts> {
    let listings = corpus.by_listing.iter();
    listings.map(|rows| count(corpus, rows)).collect()
}

fn count(corpus: &Corpus, rows: &[u32]) -> AuthorCounts {
    let mut counts = AuthorCounts::default();
    for row in rows {
        match corpus.author_reviews(*row as usize) {
            1 => counts.one_time += 1.0,
            2 => counts.two_time += 1.0,
            3 | 4 => {}
            _ => counts.regular += 1.0,
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::super::corpus::tests::corpus;
    use super::*;

    #[test]
    fn excess_rises_with_the_share_of_one_time_authors() {
        // Regulars 0..20 review listings 0 to 4; 40 authors only listing 0, 5 only listing 1.
        let mut rows = Vec::new();
        for author in 0..20 {
            rows.extend((0..5).map(|listing| (author, listing, 4, 1)));
        }
        rows.extend((20..60).map(|author| (author, 0, 5, 1)));
        rows.extend((60..65).map(|author| (author, 1, 5, 1)));
        let corpus = corpus(&rows);
        let counted = count(&corpus, corpus.by_listing.rows(0));
        let expected = AuthorCounts {
            one_time: 40.0,
            two_time: 0.0,
            regular: 20.0,
        };
        assert_eq!(counted, expected);
        let excess = excess(&corpus);
        assert!(excess[0] > excess[1] && excess[1] > excess[2]);
        assert_eq!(excess[2].to_bits(), excess[4].to_bits());
        assert!(excess[0] > 0.0 && excess[2] < 0.0);
        // 100 of 100 reviews, and one of two added.
        let corpus_share = 101.0 / 102.0;
        let expected = (20.0 + 5.0 * corpus_share) / 25.0;
        assert!((regulars(&corpus)[0] - expected).abs() < 1e-12);
    }
}
