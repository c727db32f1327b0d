//! A simulated market of brands: sellers of known strength, month by month.
//!
//! Everything that brand progress rests on follows from one hidden number a seller, its strength
//! from 0 to 1, with noise of its own for each. It is for tests and measurements, and proves nothing
//! about any real market.

mod attack;
mod events;

pub use attack::{Attack, attack};

use super::dice::{Dice, mix};
use crate::domain::{Month, first_day};
use crate::proto::v1::Event;

/// What to simulate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrandConfig {
    /// The same seed gives the same events.
    pub seed: u64,
    /// Sellers.
    pub sellers: u32,
    /// Months.
    pub months: u16,
    /// The first of them, in months since 1970.
    pub first_month: u16,
    /// Orders of a middling seller in a month; sizes are spread widely around it.
    pub orders: f64,
}

impl BrandConfig {
    /// Two years from January 2023.
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

/// What the simulation knows of a seller.
#[derive(Clone, Debug, PartialEq)]
pub struct BrandTruth {
    /// Its id.
    pub seller_id: String,
    /// Strength in the newest month, 0 to 1.
    pub strength: f64,
    /// How strength moves in a month.
    pub drift: f64,
    /// Orders expected in a month at the start.
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
    /// Its latest buyers, who may come back.
    buyers: Vec<String>,
    /// How many countries it sells to.
    countries: usize,
    /// Which measures of the brand somebody takes, and who vouches for them.
    measured: bool,
    vouched: i32,
    followers: f64,
}

/// A market that is played month by month. Memory grows with sellers, not with events.
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
/// Categories that sellers are spread over.
const CATEGORIES: usize = 8;
/// Buyers that a seller's returning ones are drawn from.
const BUYERS_KEPT: usize = 64;

impl BrandMarket {
    /// Lays out the sellers.
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

    /// The events of the next month, by seller; none after the last month.
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

    /// What is true of all sellers now.
    pub fn truth(&self) -> Vec<BrandTruth> {
        let of = |seller: &Seller| BrandTruth {
            seller_id: seller.id.clone(),
            strength: seller.strength,
            drift: seller.drift,
            size: seller.size,
        };
        self.sellers.iter().map(of).collect()
    }

    /// Ids of a seller's listings.
    pub fn listings(&self, seller: usize) -> Vec<String> {
        let listings = self.sellers.get(seller).map(|seller| &seller.listings);
        let ids = listings.into_iter().flatten();
        ids.map(|listing| listing.id.clone()).collect()
    }

    /// First second and days of the month that is played.
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
