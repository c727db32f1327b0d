//! Read models: from a snapshot to what callers read.

mod assessment;
mod history;
mod ranking;
mod subjects;
mod watch;

pub use assessment::{assess, assess_then, screen};
pub use history::{Period, last_point, list_periods, list_points};
pub use ranking::{
    Order, RankError, RankPosition, Ranked, RankedBy, RankingKey, Rankings, after, rank, rank_then,
    suspect_reviews,
};
pub use subjects::{peer_group_of, seller_of, subject_of};
pub use watch::{Notice, Position, WatchError, WatchFilter, Watcher, Watches};
