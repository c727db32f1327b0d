//! Estimates price premiums of sellers over like goods.
//!
//! The model regresses the log of the price on controls (attributes, fulfilment, age). Each cell of
//! category, month and currency has a free mean; the owner (a seller or a brand) is a random effect. Sources: Rosen, 1974, for hedonic prices; Henderson, 1975, for the mixed model; Robinson,
//! 1991, for its reading as shrinkage. A currency is part of the cell, so that prices of different
//! currencies are never compared.
//!
//! Prices of one listing over the months are one observation: a listing weighs one in all, however
//! many rows it has. The weight that a cell's mean takes from an owner is also taken from its
//! certainty. So an owner alone in all its cells, or with a listing or two, gets no premium.

pub(super) mod attributes;
mod model;
mod revenue;
#[cfg(test)]
mod tests;

pub(super) use revenue::{Revenue, revenue_premium};

use model::{Model, Owner};

/// Fewest listings of a category with premiums.
const LISTINGS_LEAST: usize = 10;
/// Fewest owners.
const OWNERS_LEAST: usize = 3;
/// Fewest effective listings of an owner: the price of one product says nothing of its owner.
const EFFECTIVE_LEAST: f64 = 2.0;
/// Largest standard deviation of log prices among one owner's goods, after controls. If these differ
/// by more than half, the category holds different things. Owners then differ by the goods
/// that they sell, not by the worth of their names.
const LIKE_GOODS_SD: f64 = 0.5;

/// A price that was asked or paid.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PriceRow {
    /// The category.
    pub(super) category: u32,
    /// Months since any start.
    pub(super) month: i32,
    /// A number that names the currency.
    pub(super) currency: u32,
    /// Seller or brand whose premium is estimated.
    pub(super) owner: u32,
    /// The priced listing.
    pub(super) listing: u32,
    /// In units of the currency; rows without a price above 0 are dropped.
    pub(super) price: f64,
    /// Values of the controls, the same ones in the same order in every row, none where unknown:
    /// indicators as 0 and 1, ages and counts as logs.
    pub(super) controls: Vec<Option<f64>>,
}

/// An owner's premium.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Premium {
    /// Of [`PriceRow::owner`].
    pub(super) owner: u32,
    /// Difference of the log price to like goods, shrunk towards 0.
    pub(super) log_difference: f64,
    /// Its standard deviation.
    pub(super) sd: f64,
    /// Listings behind it.
    pub(super) listings: u32,
    /// Effective listings, after the weight that the cells' means take: 0 without peers.
    pub(super) effective: f64,
}

/// The premiums of owners with enough listings, by owner. `controls` is the number of controls of
/// each row; rows with another number are dropped, as are those without a price above 0. Empty below
/// ten listings or three owners, and where one owner's goods differ too much to be like goods. The
/// rows should be those of one category.
pub(super) fn premiums(rows: &[PriceRow], controls: usize) -> Vec<Premium> {
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
    let known = |owner: &&Owner| owner.effective >= EFFECTIVE_LEAST;
    let premium = |owner: &Owner| Premium {
        owner: owner.name,
        log_difference: owner.effect,
        sd: model.deviation(owner),
        listings: owner.listings,
        effective: owner.effective,
    };
    model.owners.iter().filter(known).map(premium).collect()
}
