//! Traffic of a category by day.

use super::catalog::CATEGORIES;
use super::dice::mix;

/// Monday to Sunday; buyers shop most at the start and the end of the week.
const WEEK: [f64; 7] = [1.08, 1.03, 0.98, 0.94, 0.9, 0.99, 1.12];

const YEAR_DAYS: f64 = 365.2425;

/// Traffic of a category on a day, 1 on average outside sales.
pub(in crate::lab) fn traffic(seed: u64, category: usize, epoch_day: i64) -> f64 {
    let year_day = epoch_day as f64 % YEAR_DAYS;
    let (peak, swing) = CATEGORIES[category].peak;
    let angle = (year_day - peak) / YEAR_DAYS * core::f64::consts::TAU;
    // A squared cosine bump leaves the remaining year level.
    let bump = f64::midpoint(libm::cos(angle), 1.0);
    let season = (1.0 + swing * bump * bump * bump) / (1.0 + swing * 0.3125);
    let week = WEEK[(epoch_day + 3).rem_euclid(7) as usize];
    season * week * sale(seed, category, epoch_day, year_day)
}

fn is_sale_of_all(year_day: f64) -> bool {
    (327.0..331.0).contains(&year_day) || (192.0..194.0).contains(&year_day)
}

/// Returns whether all categories are on sale on a day, in days since 1970.
pub fn is_general_sale(epoch_day: u32) -> bool {
    is_sale_of_all(f64::from(epoch_day) % YEAR_DAYS)
}

/// Returns the factor of a sale, which is the same for the whole category.
fn sale(seed: u64, category: usize, epoch_day: i64, year_day: f64) -> f64 {
    if is_sale_of_all(year_day) {
        return 3.0;
    }
    // Each category has its own short sale about every nine weeks.
    let slot = epoch_day.div_euclid(63);
    let draw = mix(seed ^ (slot as u64) ^ ((category as u64) << 40));
    let first = slot * 63 + (draw % 60) as i64;
    if (first..first + 3).contains(&epoch_day) {
        1.8 + (draw >> 32 & 15) as f64 / 8.0
    } else {
        1.0
    }
}
