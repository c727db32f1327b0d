//! Schemes injected into real reviews, with known truth.
//!
//! Real reviews may be manipulated themselves. They count as not planted, so recall and precision
//! are lower bounds. Only the planted reviews are invented: their listings are real, and with
//! camouflage also their authors and sentences. A hijacked listing cannot be injected, because it
//! needs pages with categories, which these sets lack; simulated markets have it.

mod plant;

use crate::codec::parse_event;
use crate::domain::Time;
use crate::formats::Reader;
use crate::lab::evaluate::simulated::{Figures, Played, measure};
use crate::proto::v1;
use crate::proto::v1::event::Payload;
use crate::state::{LogRef, State};

pub use plant::{Plan, SCHEMES};

/// A real set.
#[derive(Debug)]
pub struct Real {
    marketplace: &'static str,
    /// Listings and sellers in the order of the files.
    pages: Vec<v1::Event>,
    /// Reviews with a known time, by time and id.
    reviews: Vec<v1::Review>,
}

impl Real {
    /// Reads a set. Lines that cannot be used are skipped and counted.
    pub fn read(reader: Reader, marketplace: &'static str) -> (Self, u64) {
        let (mut pages, mut reviews, mut refused) = (Vec::new(), Vec::new(), 0);
        for event in reader {
            match event {
                Err(_) => refused += 1,
                Ok(v1::Event {
                    payload: Some(Payload::Review(review)),
                    ..
                }) => {
                    if review.time.is_some() {
                        reviews.push(review);
                    } else {
                        refused += 1;
                    }
                }
                Ok(event) => pages.push(event),
            }
        }
        reviews.sort_by(|a, b| (seconds(a), &a.review_id).cmp(&(seconds(b), &b.review_id)));
        // A second copy would be a revision of itself.
        reviews.dedup_by(|a, b| a.review_id == b.review_id);
        let real = Self {
            marketplace,
            pages,
            reviews,
        };
        (real, refused)
    }

    /// Returns the number of reviews.
    pub const fn len(&self) -> usize {
        self.reviews.len()
    }

    /// Returns whether there are no reviews.
    pub const fn is_empty(&self) -> bool {
        self.reviews.is_empty()
    }

    /// Plants reviews and measures their detection.
    pub fn measure(&self, plan: &Plan, name: &str) -> Result<Figures, String> {
        let (planted, truth) = plan.plant(self);
        let mut all: Vec<&v1::Review> = self.reviews.iter().chain(&planted).collect();
        all.sort_by(|a, b| (seconds(a), &a.review_id).cmp(&(seconds(b), &b.review_id)));
        let reviews = all.into_iter().map(|review| v1::Event {
            revision: 0,
            payload: Some(Payload::Review(review.clone())),
        });
        let mut state = State::default();
        for (index, message) in (0_u32..).zip(self.pages.iter().cloned().chain(reviews)) {
            // Records that the codec refuses are no part of the set.
            let Ok(event) = parse_event(message, Time::from_seconds(u32::MAX)) else {
                continue;
            };
            let log = LogRef {
                sequence: index >> 16,
                index: index as u16,
            };
            state.apply(&event, log).map_err(|full| full.to_string())?;
        }
        Ok(measure(&Played::of(state, truth, name)))
    }
}

fn seconds(review: &v1::Review) -> i64 {
    review.time.map_or(0, |time| time.seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn real() -> Real {
        let review = |n: u32| v1::Review {
            review_id: format!("r{n}"),
            marketplace: "labelled".to_owned(),
            listing_id: format!("l{}", n % 20),
            reviewer_id: format!("a{}", n * 7919 % 400),
            rating: [5, 4, 5, 3, 1, 5, 2][(n % 7) as usize],
            body: format!(
                "bought {n} of these. number {} is fine. I use it {n} times",
                n % 31
            ),
            time: Some(pbjson_types::Timestamp {
                seconds: i64::from(1_300_000_000 + n * 40_000 / 86_400 * 86_400),
                nanos: 0,
            }),
            ..v1::Review::default()
        };
        Real {
            marketplace: "labelled",
            pages: Vec::new(),
            reviews: (0..1500).map(review).collect(),
        }
    }

    #[test]
    fn planted_reviews_are_in_the_truth_and_measured() {
        let real = real();
        for scheme in SCHEMES {
            let plan = Plan {
                scheme,
                intensity: 1.0,
                camouflage: 0.5,
                seed: 3,
            };
            let (planted, truth) = plan.plant(&real);
            assert_eq!(
                planted.len(),
                truth.iter().filter(|row| row.kind == "review").count()
            );
            assert!(
                (60..=110).contains(&planted.len()),
                "{scheme}: {}",
                planted.len()
            );
            // The same plan plants the same reviews.
            assert_eq!(plan.plant(&real).0, planted);
            let figures = real.measure(&plan, scheme).expect("room");
            assert_eq!(figures.reviews_count, 1500 + planted.len() as u64);
            assert_eq!(figures.all.manipulated, planted.len() as u64);
            assert!(
                figures.reviews.assessed.auc > Some(0.5),
                "{scheme}: {figures:?}"
            );
        }
    }
}
