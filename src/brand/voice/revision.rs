//! Estimates whether a complaint fell after a listing was changed.
//!
//! The estimate is a difference in differences on beta posteriors. It is the change of the log-odds
//! of the complaint's share on the changed listing, minus that on matched, unchanged listings.
//! Listings differ beyond their counts' variance (a beta-binomial, its overdispersion by moments as
//! in Williams, 1982, from the matched ones), so counts weigh less where they do. Listings also drift
//! apart on their own, so the variance between the matched ones' changes is added.

pub(in crate::brand) use super::share::Counts;
use super::share::contrast;
use crate::stats::normal_cdf;

/// Fewest reviews of the changed listing in each period, by weight.
const REVIEWS_LEAST: f64 = 5.0;
/// Fewest of a matched one.
const MATCHED_LEAST: f64 = 3.0;
/// Fewest matched listings: their spread must be known.
const LISTINGS_LEAST: usize = 3;
/// Most matched listings.
const LISTINGS_MOST: usize = 20;

/// Reviews with a complaint before and after a day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Periods {
    /// Up to the day.
    pub before: Counts,
    /// From the day on.
    pub after: Counts,
}

impl Periods {
    /// The counts of a day, given the day of the change.
    pub(in crate::brand) const fn at(&mut self, day: u32, changed: u32) -> &mut Counts {
        if day < changed {
            &mut self.before
        } else {
            &mut self.after
        }
    }
}

/// The estimated fall of a complaint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fall {
    /// Probability that it fell more than on matched listings, 0 to 1.
    pub probability: f64,
    /// Its change beyond theirs, in log-odds; below 0 it fell.
    pub log_odds: f64,
    /// Standard deviation of `log_odds`.
    pub sd: f64,
    /// Matched listings behind it.
    pub listings: u32,
}

/// Smoothed log-odds of a share.
fn log_odds(counts: &Counts) -> f64 {
    libm::log((counts.with + 0.5) / (counts.of - counts.with + 0.5))
}

/// Estimates the fall on the changed listing beyond that on the listings most like it. The others must
/// sell to the same peers and not have been changed around the same day.
pub(in crate::brand) fn fall_beyond_peers(changed: &Periods, others: &[Periods]) -> Option<Fall> {
    let indices = matched(changed, others).into_iter();
    let nearest: Vec<Periods> = indices
        .filter_map(|index| others.get(index).copied())
        .collect();
    complaint_fall(changed, &nearest)
}

/// Whether a listing has enough reviews to be matched.
fn is_matchable(listing: &Periods) -> bool {
    listing.before.of >= MATCHED_LEAST && listing.after.of >= MATCHED_LEAST
}

/// Indices of the listings that are most like the changed one before its change, in share and in
/// number of reviews; up to 20, the nearest first.
fn matched(changed: &Periods, others: &[Periods]) -> Vec<usize> {
    let distance = |other: &Periods| {
        let share = log_odds(&other.before) - log_odds(&changed.before);
        let size = libm::log((other.before.of + 1.0) / (changed.before.of + 1.0));
        share * share + 0.25 * size * size
    };
    let mut near: Vec<(f64, usize)> = others
        .iter()
        .enumerate()
        .filter(|(_, other)| is_matchable(other))
        .map(|(index, other)| (distance(other), index))
        .filter(|(distance, _)| distance.is_finite())
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    near.truncate(LISTINGS_MOST);
    near.into_iter().map(|(_, index)| index).collect()
}

/// Estimates the fall on the changed listing beyond that on matched listings. None with fewer than 5
/// reviews before or after, or fewer than three matched listings.
pub(in crate::brand) fn complaint_fall(changed: &Periods, matched: &[Periods]) -> Option<Fall> {
    let usable: Vec<&Periods> = matched
        .iter()
        .filter(|listing| is_matchable(listing))
        .collect();
    let enough = changed.before.of >= REVIEWS_LEAST && changed.after.of >= REVIEWS_LEAST;
    if !enough || usable.len() < LISTINGS_LEAST {
        return None;
    }
    let before: Vec<Counts> = usable.iter().map(|other| other.before).collect();
    let after: Vec<Counts> = usable.iter().map(|other| other.after).collect();
    let (rho_before, rho_after) = (overdispersion(&before), overdispersion(&after));
    let own = |counts: &Counts, rho: f64| counts.shrunk(1.0 / design_effect(counts.of, rho));
    let contrast = contrast(
        &[
            (1.0, own(&changed.after, rho_after)),
            (-1.0, own(&changed.before, rho_before)),
            (-1.0, pooled(&after, rho_after)),
            (1.0, pooled(&before, rho_before)),
        ],
        drift(&usable),
    )?;
    Some(Fall {
        probability: contrast.below,
        log_odds: contrast.mean,
        sd: contrast.sd,
        listings: usable.len() as u32,
    })
}

/// Combines the falls of several listings by the inverse of their variances; none without any.
pub(in crate::brand) fn combined(falls: &[Fall]) -> Option<Fall> {
    let [one] = falls else {
        let weight = |fall: &Fall| 1.0 / (fall.sd * fall.sd).max(f64::MIN_POSITIVE);
        let weights: f64 = falls.iter().map(weight).sum();
        let sum: f64 = falls.iter().map(|fall| weight(fall) * fall.log_odds).sum();
        let (log_odds, sd) = (sum / weights, libm::sqrt(1.0 / weights));
        return (!falls.is_empty()).then(|| Fall {
            probability: normal_cdf(-log_odds / sd),
            log_odds,
            sd,
            listings: falls.iter().map(|fall| fall.listings).sum(),
        });
    };
    Some(*one)
}

/// Ratio of the variance of a count of reviews of one listing to the binomial's.
fn design_effect(reviews: f64, rho: f64) -> f64 {
    1.0 + (reviews - 1.0).max(0.0) * rho
}

fn pooled(parts: &[Counts], rho: f64) -> Counts {
    let mut sum = Counts::default();
    for part in parts {
        let shrunk = part.shrunk(1.0 / design_effect(part.of, rho));
        sum.with += shrunk.with;
        sum.of += shrunk.of;
    }
    sum
}

/// Correlation of two reviews of one listing, 0 to 1, by moments.
fn overdispersion(parts: &[Counts]) -> f64 {
    let with: f64 = parts.iter().map(|part| part.with).sum();
    let of: f64 = parts.iter().map(|part| part.of).sum();
    let share = (with + 0.5) / (of + 1.0);
    let apart: f64 = parts
        .iter()
        .map(|part| {
            let off = part.with - part.of * share;
            off * off / (part.of * share * (1.0 - share))
        })
        .sum();
    let freedom = parts.len() as f64 - 1.0;
    let more: f64 = parts.iter().map(|part| (part.of - 1.0).max(0.0)).sum();
    if more <= 0.0 {
        return 0.0;
    }
    // The expected sum is the freedom plus rho times (n - 1) over the listings.
    ((apart - freedom) / more).clamp(0.0, 1.0)
}

/// Variance of the listings' own changes beyond that of their counts (`DerSimonian` and Laird's
/// moments, 1986).
fn drift(parts: &[&Periods]) -> f64 {
    let changes: Vec<(f64, f64)> = parts
        .iter()
        .map(|part| {
            let change = log_odds(&part.after) - log_odds(&part.before);
            let noise =
                |counts: &Counts| 1.0 / (counts.with + 0.5) + 1.0 / (counts.of - counts.with + 0.5);
            (change, noise(&part.after) + noise(&part.before))
        })
        .collect();
    let weights: f64 = changes.iter().map(|(_, noise)| 1.0 / noise).sum();
    let mean = changes
        .iter()
        .map(|(change, noise)| change / noise)
        .sum::<f64>()
        / weights;
    let apart: f64 = changes
        .iter()
        .map(|(change, noise)| (change - mean) * (change - mean) / noise)
        .sum();
    let squares: f64 = changes.iter().map(|(_, noise)| 1.0 / (noise * noise)).sum();
    let scale = weights - squares / weights;
    if scale <= 0.0 {
        return 0.0;
    }
    ((apart - (changes.len() as f64 - 1.0)) / scale).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn periods(before: (f64, f64), after: (f64, f64)) -> Periods {
        let counts = |(with, of)| Counts { with, of };
        Periods {
            before: counts(before),
            after: counts(after),
        }
    }

    fn steady(count: usize) -> Vec<Periods> {
        vec![periods((20.0, 100.0), (20.0, 100.0)); count]
    }

    #[test]
    fn fall_that_matched_listings_lack_is_likely() {
        let changed = periods((40.0, 100.0), (10.0, 100.0));
        let found = complaint_fall(&changed, &steady(10)).unwrap();
        assert!(found.probability > 0.99, "{found:?}");
        // The log-odds' means, digamma(a) - digamma(b), are near those of a - 1/2 and b - 1/2:
        // 10 / 90 minus 40 / 60, the others still.
        let expected = libm::log(10.0 / 90.0) - libm::log(40.0 / 60.0);
        assert!((found.log_odds - expected).abs() < 0.01, "{found:?}");
        // Variances near 1/10 + 1/90 + 1/40 + 1/60, and little of the thousand others.
        let variance: f64 = 1.0 / 10.0 + 1.0 / 90.0 + 1.0 / 40.0 + 1.0 / 60.0 + 2.0 * 0.00625;
        assert!((found.sd - variance.sqrt()).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn fall_that_all_listings_share_is_even() {
        let changed = periods((40.0, 100.0), (10.0, 100.0));
        let others = vec![changed; 10];
        let found = complaint_fall(&changed, &others).unwrap();
        assert!((found.probability - 0.5).abs() < 0.03, "{found:?}");
    }

    #[test]
    fn listings_that_vary_on_their_own_widen_the_estimate() {
        let changed = periods((30.0, 100.0), (15.0, 100.0));
        let wild: Vec<Periods> = (0..10)
            .map(|n| {
                if n % 2 == 0 {
                    periods((5.0, 100.0), (50.0, 100.0))
                } else {
                    periods((50.0, 100.0), (5.0, 100.0))
                }
            })
            .collect();
        let (calm, loud) = (
            complaint_fall(&changed, &steady(10)).unwrap(),
            complaint_fall(&changed, &wild).unwrap(),
        );
        assert!(calm.probability > loud.probability + 0.1);
        assert!(loud.sd > 2.0 * calm.sd);
    }

    #[test]
    fn overdispersion_by_hand() {
        // Half and half in each listing: less than binomial, so none.
        let even = [Counts {
            with: 5.0,
            of: 10.0,
        }; 4];
        assert_eq!(overdispersion(&even), 0.0);
        // All or nothing: share 1/2 (20.5 of 41), each off by 5: 25 / 2.5 = 10, four of them,
        // minus 3, over 36.
        let split = [10.0, 0.0, 10.0, 0.0].map(|with| Counts { with, of: 10.0 });
        assert!(
            (overdispersion(&split) - 37.0 / 36.0).abs() < 0.03 || overdispersion(&split) == 1.0
        );
        assert!((design_effect(11.0, 0.5) - 6.0).abs() < 1e-12);
    }

    #[test]
    fn falls_combine_by_the_inverse_of_their_variance() {
        let fall = |log_odds: f64, sd: f64| Fall {
            probability: normal_cdf(-log_odds / sd),
            log_odds,
            sd,
            listings: 3,
        };
        let found = combined(&[fall(-1.0, 1.0), fall(-2.0, 0.5)]).unwrap();
        // Weights 1 and 4: -9/5, variance 1/5.
        assert!((found.log_odds + 1.8).abs() < 1e-12 && found.listings == 6);
        assert!((found.sd * found.sd - 0.2).abs() < 1e-12);
        assert!((found.probability - normal_cdf(1.8 / 0.2_f64.sqrt())).abs() < 1e-12);
        assert_eq!(combined(&[fall(-1.0, 1.0)]), Some(fall(-1.0, 1.0)));
        assert_eq!(combined(&[]), None);
    }

    #[test]
    fn few_reviews_or_matches_abstain() {
        let changed = periods((2.0, 4.0), (1.0, 100.0));
        assert_eq!(complaint_fall(&changed, &steady(10)), None);
        let changed = periods((2.0, 40.0), (1.0, 100.0));
        assert_eq!(complaint_fall(&changed, &steady(2)), None);
        let empty = periods((0.0, 40.0), (0.0, 40.0));
        let found = complaint_fall(&empty, &[empty; 5]).unwrap();
        assert!((found.probability - 0.5).abs() < 0.05 && found.sd.is_finite());
    }

    #[test]
    fn matching_takes_the_nearest_listings() {
        let changed = periods((20.0, 100.0), (5.0, 100.0));
        let mut others = vec![
            periods((90.0, 100.0), (90.0, 100.0)),
            periods((19.0, 100.0), (19.0, 100.0)),
            periods((1.0, 2.0), (1.0, 50.0)),
            periods((20.0, 1000.0), (20.0, 1000.0)),
        ];
        assert_eq!(matched(&changed, &others), [1, 3, 0]);
        others.extend(steady(40));
        let near = matched(&changed, &others);
        assert_eq!((near.len(), near[0]), (LISTINGS_MOST, 4));
    }
}
