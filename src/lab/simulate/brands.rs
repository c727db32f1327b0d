//! A simulated market of brands: sellers of known strength, month by month.
//!
//! All inputs of brand progress follow from one hidden number for each seller, its strength from 0
//! to 1. Each input has its own noise. The market is for tests and measurements, and proves nothing
//! about a real market.

mod attack;
mod events;

pub use attack::{Attack, attack};

use super::dice::{Dice, mix};
use crate::domain::{Month, first_day};
use crate::proto::v1::Event;

/// Settings of a simulation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrandConfig {
    /// The same seed gives the same events.
    pub seed: u64,
    /// Sellers.
    pub sellers: u32,
    /// Months.
    pub months: u16,
    /// First month, in months since 1970.
    pub first_month: u16,
    /// Monthly orders of a medium seller; sizes are spread widely around it.
    pub orders: f64,
}

impl BrandConfig {
    /// Makes settings for two years from January 2023.
    pub const fn sized(seed: u64, sellers: u32) -> Self {
        Self {
            seed,
            sellers,
            months: 24,
            first_month: 636,
            orders: 8.0,
        }
    }
}

/// The truth about a seller.
#[derive(Clone, Debug, PartialEq)]
pub struct BrandTruth {
    /// Its id.
    pub seller_id: String,
    /// Strength in the newest month, 0 to 1.
    pub strength: f64,
    /// Monthly change of strength.
    pub drift: f64,
    /// Expected monthly orders at the start.
    pub size: f64,
}

/// A listing.
#[derive(Clone, Debug)]
struct Listing {
    id: String,
    category: usize,
    product: usize,
    /// Hundredths.
    cents: u32,
}

/// A seller.
#[derive(Clone, Debug)]
struct Seller {
    id: String,
    brand: String,
    strength: f64,
    drift: f64,
    size: f64,
    listings: Vec<Listing>,
    /// Its latest buyers, who may return.
    buyers: Vec<String>,
    /// Number of its countries.
    countries: usize,
    /// Its brand measures, and their provenance.
    measured: bool,
    vouched: i32,
    followers: f64,
}

/// A market that is simulated month by month. Memory grows with sellers, not with events.
#[derive(Debug)]
pub struct BrandMarket {
    config: BrandConfig,
    sellers: Vec<Seller>,
    dice: Dice,
    month: u16,
    counts: [u64; 3],
}

/// The marketplace of all listings.
pub const BRAND_MARKETPLACE: &str = "sim.brands";
/// Number of categories of sellers.
const CATEGORIES: usize = 8;
/// Buyers of a seller from which returning ones are drawn.
const BUYERS_KEPT: usize = 64;

impl BrandMarket {
    /// Makes the sellers.
    pub fn new(config: BrandConfig) -> Self {
        let mut dice = Dice::new(config.seed, 11);
        let sellers = (0..config.sellers).map(|number| seller(&config, number, &mut dice));
        Self {
            sellers: sellers.collect(),
            dice,
            month: 0,
            counts: [0; 3],
            config,
        }
    }

    /// Returns the events of the next month, by seller; `None` after the last month.
    pub fn month(&mut self) -> Option<Vec<Event>> {
        if self.month == self.config.months {
            return None;
        }
        let mut events = Vec::new();
        for number in 0..self.sellers.len() {
            if self.month == 0 {
                self.introduce(number, &mut events);
            }
            self.trade(number, &mut events);
            self.tell(number, &mut events);
            let seller = &mut self.sellers[number];
            let noise = (self.dice.unit() - 0.5) * 0.02;
            seller.strength = (seller.strength + seller.drift + noise).clamp(0.02, 0.98);
        }
        self.month += 1;
        Some(events)
    }

    /// Returns the present truth about all sellers.
    pub fn truth(&self) -> Vec<BrandTruth> {
        let of = |seller: &Seller| BrandTruth {
            seller_id: seller.id.clone(),
            strength: seller.strength,
            drift: seller.drift,
            size: seller.size,
        };
        self.sellers.iter().map(of).collect()
    }

    /// Returns the ids of a seller's listings.
    pub fn listings(&self, seller: usize) -> Vec<String> {
        let listings = self.sellers.get(seller).map(|seller| &seller.listings);
        let ids = listings.into_iter().flatten();
        ids.map(|listing| listing.id.clone()).collect()
    }

    /// Returns the first second and the days of the current month.
    fn days(&self) -> (i64, i32) {
        let month = self.config.first_month + self.month;
        let (start, end) = (first_day(Month(month)), first_day(Month(month + 1)));
        (i64::from(start) * 86_400, (end - start) as i32)
    }
}

fn seller(config: &BrandConfig, number: u32, dice: &mut Dice) -> Seller {
    let strength = dice.unit();
    // From a fifth of the middle to some forty times it.
    let size = config.orders * 0.2 * dice.pareto(0.9, 200.0);
    let home = mix(u64::from(number)) as usize % CATEGORIES;
    let count = 1 + dice.below(2 + (strength * 3.0) as usize);
    let listings = (0..count).map(|place| {
        let category = if dice.chance(0.85) {
            home
        } else {
            dice.below(CATEGORIES)
        };
        let base = f64::from(super::catalog::CATEGORIES[category].price) * 100.0;
        let premium = 0.5 * (strength - 0.5) + 0.5 * (dice.unit() - 0.5);
        Listing {
            id: format!("B{number:06}-{place}"),
            category,
            product: dice.below(3),
            cents: (base * libm::exp(premium)) as u32,
        }
    });
    let listings = listings.collect();
    let spread = 1 + dice.below(1 + (strength * 5.0) as usize);
    Seller {
        id: format!("BS{number:06}"),
        brand: if strength < 0.15 {
            String::new()
        } else {
            format!("Brand{number}")
        },
        strength,
        drift: (dice.unit() - 0.5) * 0.02,
        size,
        listings,
        buyers: Vec::new(),
        countries: spread.min(events::COUNTRIES.len()),
        measured: dice.chance(0.75),
        vouched: 1 + dice.below(3) as i32,
        followers: size * 40.0 * libm::exp(3.0 * (strength - 0.5)) * (0.5 + dice.unit()),
    }
}

#[cfg(test)]
mod tests;
