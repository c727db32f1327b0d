//! Changes of records of the log, by pure functions: people are erased, and events with a wrong date
//! are taken back. Sequences and counts stay.
//!
//! A review belongs to an erased author if any revision of it names the author; a verdict, if any
//! revision is about the author. All their revisions become tombstones at the same positions. Verdicts on the reviews lose their reason, which may quote them, and
//! orders lose their buyer. Tombstones stay as they are: erasing twice is erasing once.

mod change;
mod turn_back;

use std::collections::BTreeSet;

use memchr::memmem;
use prost::Message as _;

pub use change::{Change, Changed, RewriteError};
pub use turn_back::TurnBack;

use crate::journal::{Frame, Record};
use crate::proto::v1::{
    ErasedReview, ErasedVerdict, Erasure, Event, Order, Review, SubjectKind, Tombstone, Verdict,
    event, tombstone::Erased,
};

/// A person on one marketplace, by the id that the log holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// Namespace of the id.
    pub marketplace: String,
    /// The id.
    pub id: String,
}

/// The people of an erasure, and their reviews and verdicts.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    people: BTreeSet<(String, String)>,
    reviews: BTreeSet<(String, String)>,
    verdicts: BTreeSet<String>,
}

/// The change of one event.
enum Fate {
    Stays,
    Review(Event),
    Order(Event),
    Verdict(Event),
}

impl Targets {
    /// Targets of these people, before any record was read.
    pub fn of(people: &[Person]) -> Self {
        let people = people.iter();
        Self {
            people: people
                .map(|person| (person.marketplace.clone(), person.id.clone()))
                .collect(),
            ..Self::default()
        }
    }

    /// Notes the people's reviews, and verdicts on the people, in a record. Call it for every record
    /// before any is rewritten. Returns whether the record names any of the people.
    fn note(&mut self, record: &Record) -> Result<bool, RewriteError> {
        let mut named = false;
        for entry in record.entries() {
            // Most events name none of the people: a search for bytes is cheaper than decoding.
            let mut people = self.people.iter();
            if !people.any(|(_, id)| memmem::find(entry, id.as_bytes()).is_some()) {
                continue;
            }
            named |= self.note_event(Event::decode(entry)?);
        }
        Ok(named)
    }

    fn note_event(&mut self, event: Event) -> bool {
        match event.payload {
            Some(event::Payload::Review(review)) if self.wrote(&review) => {
                self.reviews.insert((review.marketplace, review.review_id));
                true
            }
            Some(event::Payload::Verdict(verdict)) if self.is_about(&verdict) => {
                self.verdicts.insert(verdict.verdict_id);
                true
            }
            Some(event::Payload::Order(order)) => self.bought(&order),
            _ => false,
        }
    }

    fn wrote(&self, review: &Review) -> bool {
        self.is_one_of(&review.marketplace, &review.reviewer_id)
    }

    fn bought(&self, order: &Order) -> bool {
        self.is_one_of(&order.marketplace, &order.buyer_id)
    }

    fn is_about(&self, verdict: &Verdict) -> bool {
        let subject = verdict.subject.as_ref();
        subject.is_some_and(|subject| {
            subject.kind() == SubjectKind::Reviewer
                && self.is_one_of(&subject.marketplace, &subject.id)
        })
    }

    fn is_one_of(&self, marketplace: &str, id: &str) -> bool {
        let key = (marketplace.to_owned(), id.to_owned());
        self.people.contains(&key)
    }

    /// Rewrites a record without the erased data; none where nothing changes.
    fn rewrite(&self, record: &Record) -> Result<Option<(Frame, Changed)>, RewriteError> {
        change::rewrite_entries(record, |entry, changed| {
            let (fresh, count) = match self.fate(Event::decode(entry)?) {
                Fate::Stays => return Ok(None),
                Fate::Review(fresh) => (fresh, &mut changed.reviews),
                Fate::Order(fresh) => (fresh, &mut changed.orders),
                Fate::Verdict(fresh) => (fresh, &mut changed.verdicts),
            };
            *count += 1;
            Ok(Some(fresh))
        })
    }

    /// The end of an erasure, which says nothing about its subjects.
    const fn end(changed_event_count: u64) -> Erased {
        Erased::Erasure(Erasure {
            changed_event_count,
        })
    }

    fn fate(&self, event: Event) -> Fate {
        let revision = event.revision;
        let with = |payload| Event {
            revision,
            payload: Some(payload),
        };
        let bury = |erased| {
            with(event::Payload::Tombstone(Tombstone {
                erased: Some(erased),
            }))
        };
        match event.payload {
            Some(event::Payload::Review(review)) => {
                let key = (review.marketplace, review.review_id);
                if !self.reviews.contains(&key) {
                    return Fate::Stays;
                }
                let (marketplace, review_id) = key;
                Fate::Review(bury(Erased::Review(ErasedReview {
                    review_id,
                    marketplace,
                    listing_id: review.listing_id,
                    time: review.time,
                })))
            }
            Some(event::Payload::Order(order)) if self.bought(&order) => {
                Fate::Order(with(event::Payload::Order(Order {
                    buyer_id: String::new(),
                    ..order
                })))
            }
            Some(event::Payload::Verdict(verdict)) => {
                if self.verdicts.contains(&verdict.verdict_id) {
                    return Fate::Verdict(bury(Erased::Verdict(ErasedVerdict {
                        verdict_id: verdict.verdict_id,
                        time: verdict.time,
                    })));
                }
                if verdict.reason.is_empty() || !self.is_on_review(&verdict) {
                    return Fate::Stays;
                }
                Fate::Verdict(with(event::Payload::Verdict(Verdict {
                    reason: String::new(),
                    ..verdict
                })))
            }
            _ => Fate::Stays,
        }
    }

    fn is_on_review(&self, verdict: &Verdict) -> bool {
        let subject = verdict.subject.as_ref();
        subject.is_some_and(|subject| {
            let key = (subject.marketplace.clone(), subject.id.clone());
            subject.kind() == SubjectKind::Review && self.reviews.contains(&key)
        })
    }
}

#[cfg(test)]
mod tests;
