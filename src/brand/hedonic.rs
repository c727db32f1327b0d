//! What buyers pay more for a seller's goods than for like goods of others.
//!
//! The log of the price on controls (attributes, fulfilment, age), with a free mean for each cell
//! of category, month and currency, and the owner (a seller or a brand) as a random effect (Rosen,
//! 1974, for hedonic prices; Henderson, 1975, for the mixed model; Robinson, 1991, for its reading
//! as shrinkage). Prices of different currencies never meet: a currency is part of the cell.
//!
//! The prices of one listing over the months are one fact told often: a listing weighs one in all,
//! however many rows it has. What a cell's mean takes from an owner is taken from its certainty
//! too: of an owner alone in all its cells, or with a listing or two, nothing is said.

pub mod attributes;
mod model;
mod revenue;
#[cfg(test)]
mod tests;

pub use revenue::{Revenue, RevenuePremium, revenue_premium};

use super::special::student_quantile;
use model::{Model, Owner};

/// Fewest listings in all below which nothing is said of anybody.
const LISTINGS_LEAST: usize = 10;
/// Fewest owners.
const OWNERS_LEAST: usize = 3;
/// Fewest listings of an owner that speak after what the cells' means take: the price of one thing
/// is that thing's, not its owner's.
const EFFECTIVE_LEAST: f64 = 2.0;
/// Largest standard deviation of log prices among one owner's goods, after controls. Where these
/// differ by more than half among themselves the category holds different things, and what owners
/// differ by is what they sell, not what their name is worth.
const LIKE_GOODS_SD: f64 = 0.5;

/// A price that was asked or paid.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceRow {
    /// Peers: the category.
    pub category: u32,
    /// Months since any start.
    pub month: i32,
    /// The currency, as any number that tells currencies apart.
    pub currency: u32,
    /// Seller or brand whose premium is asked for.
    pub owner: u32,
    /// What was priced.
    pub listing: u32,
    /// In units of the currency; rows without a price above 0 are dropped.
    pub price: f64,
    /// Values of the controls, the same ones in the same order in every row, none where unknown:
    /// indicators as 0 and 1, ages and counts as logs.
    pub controls: Vec<Option<f64>>,
}

/// An owner's premium.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Premium {
    /// Of [`PriceRow::owner`].
    pub owner: u32,
    /// Difference of the log price to like goods, shrunk towards 0.
    pub log_premium: f64,
    /// Its standard deviation.
    pub sd: f64,
    /// Range of `log_premium` with 90 %.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Listings behind it.
    pub listings: u32,
    /// Listings that speak after what the cells' means take: 0 without peers.
    pub effective: f64,
}

impl Premium {
    /// The premium as a share of the price: 0.1 is a tenth more than like goods.
    pub fn share(&self) -> f64 {
        libm::expm1(self.log_premium)
    }
}

/// The premium of each owner of whom enough is known, by owner. `controls` is how many controls each row has; rows with
/// another number of them are dropped, as are those without a price above 0. Empty below ten
/// listings or three owners, and where one owner's goods differ so much that they are not like
/// goods: the rows should be those of one category.
pub fn premiums(rows: &[PriceRow], controls: usize) -> Vec<Premium> {
    let usable: Vec<&PriceRow> = rows
        .iter()
        .filter(|row| row.price.is_finite() && row.price > 0.0 && row.controls.len() == controls)
        .collect();
    let Some(model) = Model::fit(&usable, controls) else {
        return Vec::new();
    };
    let few = model.listings() < LISTINGS_LEAST || model.owners.len() < OWNERS_LEAST;
    if few || model.within_sd() > LIKE_GOODS_SD {
        return Vec::new();
    }
    let reach = student_quantile(0.95, model.degrees());
    let known = |owner: &&Owner| owner.effective >= EFFECTIVE_LEAST;
    let found = model.owners.iter().filter(known).map(|owner| {
        let sd = model.deviation(owner);
        Premium {
            owner: owner.name,
            log_premium: owner.effect,
            sd,
            low: owner.effect - reach * sd,
            high: owner.effect + reach * sd,
            listings: owner.listings,
            effective: owner.effective,
        }
    });
    found.collect()
}
