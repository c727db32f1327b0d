//! Reviews in compact columns, grouped by author and by listing.

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// One review as it comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Review {
    /// Number of the author; numbers are dense, memory grows with the largest.
    pub reviewer: u32,
    /// Number of the listing, dense as well.
    pub listing: u32,
    /// 1 to 5; anything else counts as the nearest of these.
    pub stars: u8,
    /// Seconds since 1970, where known.
    pub seconds: Option<i64>,
}

/// All reviews that are compared with each other.
#[derive(Clone, Debug)]
pub struct Corpus {
    pub(super) reviewers: Vec<u32>,
    pub(super) listings: Vec<u32>,
    /// Stars less one, 0 to 4.
    pub(super) stars: Vec<u8>,
    /// Days since 1970 as a real number, where known.
    pub(super) days: Vec<Option<f64>>,
    /// Rows of each author, in order of time, those without one last.
    pub(super) by_reviewer: Groups,
    /// Rows of each listing, in the same order.
    pub(super) by_listing: Groups,
    /// The newest time; nothing is known after it.
    pub(super) end: Option<f64>,
}

/// Rows by the number that they share.
#[derive(Clone, Debug)]
pub(super) struct Groups {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Groups {
    /// Groups rows by key, keeping the given order within a group.
    fn new(keys: &[u32], order: &[u32]) -> Self {
        let groups = keys.iter().map(|key| *key as usize + 1).max().unwrap_or(0);
        let mut starts = vec![0_u32; groups + 1];
        for key in keys {
            starts[*key as usize + 1] += 1;
        }
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; keys.len()];
        for row in order {
            let at = &mut next[keys[*row as usize] as usize];
            rows[*at as usize] = *row;
            *at += 1;
        }
        Self { starts, rows }
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn rows(&self, group: usize) -> &[u32] {
        &self.rows[self.starts[group] as usize..self.starts[group + 1] as usize]
    }

    pub(super) fn size(&self, group: usize) -> u32 {
        self.starts[group + 1] - self.starts[group]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|group| self.rows(group))
    }
}

impl Corpus {
    /// Builds the columns and the groups.
    pub fn new(reviews: impl IntoIterator<Item = Review>) -> Self {
        let (mut reviewers, mut listings) = (Vec::new(), Vec::new());
        let (mut stars, mut days) = (Vec::new(), Vec::new());
        for review in reviews {
            reviewers.push(review.reviewer);
            listings.push(review.listing);
            stars.push(review.stars.clamp(1, 5) - 1);
            days.push(review.seconds.map(|seconds| seconds as f64 / DAY));
        }
        let order = in_time(&days);
        Self {
            by_reviewer: Groups::new(&reviewers, &order),
            by_listing: Groups::new(&listings, &order),
            end: days.iter().flatten().copied().reduce(f64::max),
            reviewers,
            listings,
            stars,
            days,
        }
    }

    /// Number of reviews.
    pub fn reviews(&self) -> usize {
        self.reviewers.len()
    }

    /// Number of authors, counting gaps in their numbering.
    pub fn reviewers(&self) -> usize {
        self.by_reviewer.len()
    }

    /// Number of listings, counting gaps in their numbering.
    pub fn listings(&self) -> usize {
        self.by_listing.len()
    }

    /// The author of a review.
    pub fn reviewer_of(&self, row: usize) -> u32 {
        self.reviewers[row]
    }

    /// The listing of a review.
    pub fn listing_of(&self, row: usize) -> u32 {
        self.listings[row]
    }

    /// The listing of every review.
    pub fn listing_numbers(&self) -> &[u32] {
        &self.listings
    }

    /// Stars of a review, 1 to 5.
    pub fn stars_of(&self, row: usize) -> u8 {
        self.stars[row] + 1
    }

    /// When a review came, in days since 1970.
    pub fn day_of(&self, row: usize) -> Option<f64> {
        self.days[row]
    }

    /// Reviews of an author, in order of time.
    pub fn rows_of(&self, reviewer: usize) -> &[u32] {
        self.by_reviewer.rows(reviewer)
    }

    /// How many reviews an author wrote.
    pub fn reviews_of(&self, reviewer: u32) -> u32 {
        self.by_reviewer.size(reviewer as usize)
    }

    /// How many reviews the author of a review wrote.
    pub(super) fn author_reviews(&self, row: usize) -> u32 {
        self.reviews_of(self.reviewers[row])
    }

    /// Mean over each author's reviews of a value that each review has; 0 without reviews.
    pub(super) fn author_means(&self, values: &[f64]) -> Vec<f64> {
        let mean = |rows: &[u32]| {
            let sum: f64 = rows.iter().map(|row| values[*row as usize]).sum();
            sum / rows.len().max(1) as f64
        };
        self.by_reviewer.iter().map(mean).collect()
    }

    /// Rows in order of time. Rows of the same time keep their order, and rows without one are
    /// last.
    pub(super) fn timed(&self) -> Vec<u32> {
        let mut order = in_time(&self.days);
        let untimed = self.days.iter().filter(|day| day.is_none()).count();
        order.truncate(self.days.len() - untimed);
        order
    }
}

/// Rows in order of time, those of the same time as they stand, those without one last.
fn in_time(days: &[Option<f64>]) -> Vec<u32> {
    // Keys are stored beside rows: looking each key up in its place takes several times as long.
    let mut order: Vec<(u64, u32)> = days
        .iter()
        .zip(0_u32..)
        .map(|(day, row)| (ordered(day.unwrap_or(f64::INFINITY)), row))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, row)| row).collect()
}

/// A number whose order is that of [`f64::total_cmp`].
const fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 0 {
        bits | 1 << 63
    } else {
        !bits
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A corpus from (reviewer, listing, stars, day).
    pub(in super::super) fn corpus(rows: &[(u32, u32, u8, i64)]) -> Corpus {
        Corpus::new(rows.iter().map(|&(reviewer, listing, stars, day)| Review {
            reviewer,
            listing,
            stars,
            seconds: Some(day * 86_400),
        }))
    }

    #[test]
    fn whole_numbers_keep_the_order_of_times() {
        let days = [-2.5, -0.0, 0.0, 1e-9, 3.0, 15_000.25, f64::INFINITY];
        assert!(
            days.windows(2)
                .all(|pair| ordered(pair[0]) < ordered(pair[1]))
        );
        let days = [Some(3.0), None, Some(-1.0), Some(3.0)];
        assert_eq!(in_time(&days), [2, 0, 3, 1]);
    }

    #[test]
    fn grouped_reviews_are_in_order_of_time() {
        let mut corpus = corpus(&[(1, 0, 5, 9), (0, 0, 4, 3), (1, 2, 9, 4)]);
        assert_eq!(corpus.by_reviewer.rows(1), [2, 0]);
        assert_eq!(corpus.by_listing.rows(0), [1, 0]);
        assert_eq!((corpus.listings(), corpus.by_listing.size(1)), (3, 0));
        assert_eq!((corpus.stars[2], corpus.end), (4, Some(9.0)));
        assert_eq!(corpus.author_means(&[1.0, 5.0, 4.0]), [5.0, 2.5]);
        corpus.days[0] = None;
        assert_eq!(corpus.timed(), [1, 2]);
    }
}
