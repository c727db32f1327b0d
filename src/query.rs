//! Read models: from a snapshot to what callers read.

mod assessment;
mod brand_progress;
mod history;
mod ranking;
mod watch;

pub use assessment::{
    assess, assess_then, band_message, estimate_message, kind_message, peer_group_of, screen,
    seller_of, subject_message, subject_of,
};
pub use brand_progress::{BrandPass, ProgressSnapshot, SellerProgress};
pub use history::{Period, last_point, list_periods, list_points, point_message};
pub use ranking::{
    Asked, Order, Place, RankError, Ranked, Rankings, after, rank, rank_then, suspect_reviews,
};
pub use watch::{Notice, Position, WatchError, WatchFilter, Watcher, Watches};
