//! The requests that hold lists of events or reviews.

use bytes::Bytes;
use prost::encoding::{DecodeContext, uint64};

use super::codec::FromWire;
use super::entries::{Entries, Malformed, skip};
use crate::server::{BATCH_EVENTS_MAX, SCREENED_MAX};

/// Tags of fields, as in the contract.
mod tag {
    pub(super) const INGEST_NUMBER: u32 = 1;
    pub(super) const INGEST_EVENTS: u32 = 2;
    pub(super) const INGEST_BATCH_EVENTS: u32 = 1;
    pub(super) const SCREENED_REVIEWS: u32 = 1;
}

/// A request of `IngestService.IngestBatch`.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct EventBatch {
    pub(in crate::server) events: Entries,
}

impl FromWire for EventBatch {
    fn from_wire(bytes: Bytes) -> Result<Self, Malformed> {
        let events = Entries::read(bytes, (tag::INGEST_BATCH_EVENTS, BATCH_EVENTS_MAX), skip)?;
        Ok(Self { events })
    }
}

/// A request of `IngestService.Ingest`.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct NumberedBatch {
    pub(in crate::server) batch_number: u64,
    pub(in crate::server) events: Entries,
}

impl FromWire for NumberedBatch {
    fn from_wire(bytes: Bytes) -> Result<Self, Malformed> {
        let mut batch_number = 0;
        let events = Entries::read(
            bytes,
            (tag::INGEST_EVENTS, BATCH_EVENTS_MAX),
            |found, wire_type, rest| {
                if found == tag::INGEST_NUMBER {
                    uint64::merge(wire_type, &mut batch_number, rest, DecodeContext::default())
                } else {
                    skip(found, wire_type, rest)
                }
            },
        )?;
        Ok(Self {
            batch_number,
            events,
        })
    }
}

/// A request of `IntegrityService.ScreenReviews`.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct ReviewBatch {
    pub(in crate::server) reviews: Entries,
}

impl FromWire for ReviewBatch {
    fn from_wire(bytes: Bytes) -> Result<Self, Malformed> {
        let reviews = Entries::read(bytes, (tag::SCREENED_REVIEWS, SCREENED_MAX), skip)?;
        Ok(Self { reviews })
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::proto::v1::{
        Event, IngestBatchRequest, IngestRequest, Review, ScreenReviewsRequest,
    };

    #[test]
    fn batches_are_read_as_the_contract_writes_them() {
        let numbered = IngestRequest {
            batch_number: u64::MAX,
            events: vec![Event::default(); 2],
        };
        let read = NumberedBatch::from_wire(numbered.encode_to_vec().into()).expect("read");
        assert_eq!((read.batch_number, read.events.len()), (u64::MAX, 2));
        let batch = IngestBatchRequest {
            events: vec![Event::default(); 3],
        };
        let read = EventBatch::from_wire(batch.encode_to_vec().into()).expect("read");
        assert_eq!(read.events.len(), 3);
        let screened = ScreenReviewsRequest {
            reviews: vec![Review::default(); 4],
        };
        let read = ReviewBatch::from_wire(screened.encode_to_vec().into()).expect("read");
        assert_eq!(read.reviews.len(), 4);
    }
}
