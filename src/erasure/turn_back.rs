//! Turning back of the clock: events of one marketplace after a time are taken back.
//!
//! A wrong date far ahead would keep the watermark there, and every later day of the marketplace
//! with it. A taken-back event leaves its place and nothing else, so that the true one is taken when
//! it is sent again. Tombstones of erased facts stay known; only their time goes.

use memchr::memmem;

use super::change::{self, Changed, RewriteError};
use crate::codec;
use crate::domain::{self, Payload, Time};
use crate::journal::{Frame, Record};
use crate::proto::v1::{
    ClockTurnBack, ErasedReview, ErasedVerdict, Event, TakenBack, Tombstone, event,
    tombstone::Erased,
};

/// The events of one marketplace after a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnBack {
    /// The marketplace; empty for events without one.
    pub marketplace: String,
    /// The newest time that stays.
    pub time: Time,
}

impl TurnBack {
    /// Whether a record holds any of the events.
    pub(super) fn concerns(&self, record: &Record) -> Result<bool, RewriteError> {
        for entry in record.entries() {
            if self.fate(entry)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn rewrite(
        &self,
        record: &Record,
    ) -> Result<Option<(Frame, Changed)>, RewriteError> {
        change::rewrite_entries(record, |entry, changed| {
            let fresh = self.fate(entry)?;
            changed.taken_back += u64::from(fresh.is_some());
            Ok(fresh)
        })
    }

    /// The tombstone that an event becomes; none where it stays.
    fn fate(&self, entry: &[u8]) -> Result<Option<Event>, RewriteError> {
        // Events of other marketplaces need no reading; an empty name is found in all.
        if memmem::find(entry, self.marketplace.as_bytes()).is_none() {
            return Ok(None);
        }
        let event = codec::read(entry)?;
        let later = event.time().is_some_and(|time| time > self.time);
        let marketplace = event.marketplace().map_or("", |(_, name)| name);
        if !later || marketplace != self.marketplace {
            return Ok(None);
        }
        Ok(Some(Event {
            revision: 0,
            payload: Some(event::Payload::Tombstone(Tombstone {
                erased: Some(self.tombstone(event.payload)),
            })),
        }))
    }

    fn tombstone(&self, payload: Payload) -> Erased {
        let Payload::Tombstone(erased) = payload else {
            return Erased::TakenBack(TakenBack {});
        };
        match *erased {
            domain::Tombstone::Review {
                id,
                marketplace,
                listing,
                time: _,
            } => Erased::Review(ErasedReview {
                review_id: id.to_string(),
                marketplace: marketplace.to_string(),
                listing_id: listing.to_string(),
                time: None,
            }),
            domain::Tombstone::Verdict { id, time: _ } => Erased::Verdict(ErasedVerdict {
                verdict_id: id.to_string(),
                time: Some(self.time.into()),
            }),
            // Neither has a time, so neither comes here.
            domain::Tombstone::TakenBack | domain::Tombstone::End => {
                Erased::TakenBack(TakenBack {})
            }
        }
    }

    pub(super) fn end(&self, changed_event_count: u64) -> Erased {
        Erased::ClockTurnBack(ClockTurnBack {
            marketplace: self.marketplace.clone(),
            time: Some(self.time.into()),
            changed_event_count,
        })
    }
}

#[cfg(test)]
mod tests;
