//! Moments as messages.

use pbjson_types::Timestamp;

use crate::domain::{DAY, Time};

/// Makes a message of whole seconds since 1970 in UTC.
pub const fn timestamp(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 0 }
}

/// Makes a message of the first second of a day, counted since 1970.
pub const fn day_start(day: u32) -> Timestamp {
    timestamp(day as i64 * DAY as i64)
}

impl From<Time> for Timestamp {
    fn from(time: Time) -> Self {
        timestamp(time.seconds().into())
    }
}
