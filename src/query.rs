//! Read models: from a snapshot to what callers read.

mod assessment;
mod brand;
mod campaign;
mod evidence;
mod history;
mod ranking;

pub use assessment::{assess, assess_then, band_message, find_row, screen, subject_of};
pub use brand::{
    About, BrandModel, Looked, Reading, brand_message, quantiles, recommendation_message,
};
pub use campaign::{campaign_message, campaigns_of, dividend_of, member_message};
pub use history::{last_point, list_points, point_message};
pub use ranking::{Order, Ranked, Rankings, rank, suspect_reviews};
