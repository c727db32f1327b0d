//! Reading of tombstones from the log.

use super::Parsed;
use super::check::Checker;
use crate::domain::{Reason, Time, Tombstone};
use crate::proto::v1::{self, tombstone::Erased};

/// Reads a tombstone. It comes from the log only, so its time is not checked against an arrival.
pub(super) fn parse_tombstone(message: v1::Tombstone) -> Parsed<Tombstone> {
    let mut check = Checker::new("tombstone", Time::from_seconds(u32::MAX));
    let tombstone = match message.erased {
        None => {
            check.fail(
                "erased",
                Reason::Required,
                "is not set; exactly one kind is required",
            );
            None
        }
        Some(Erased::TakenBack(_)) => Some(Tombstone::TakenBack),
        Some(Erased::Erasure(_) | Erased::ClockTurnBack(_)) => Some(Tombstone::End),
        Some(Erased::Verdict(v1::ErasedVerdict { verdict_id, time })) => {
            let id = check.id("verdict.verdict_id", verdict_id);
            let time = check.required_time("verdict.time", time);
            id.zip(time)
                .map(|(id, time)| Tombstone::Verdict { id, time })
        }
        Some(Erased::Review(v1::ErasedReview {
            review_id,
            marketplace,
            listing_id,
            time,
        })) => {
            let id = check.id("review.review_id", review_id);
            let marketplace = check.id("review.marketplace", marketplace);
            let listing = check.id("review.listing_id", listing_id);
            let time = check.time("review.time", time);
            (|| {
                Some(Tombstone::Review {
                    id: id?,
                    marketplace: marketplace?,
                    listing: listing?,
                    time,
                })
            })()
        }
    };
    check.finish(tombstone)
}
