//! Selects attributes of goods as controls of their prices.
//!
//! A page keeps hashes of the eight attributes with the least hashes (bottom-k sampling; Cohen and
//! Kaplan, 2007), so that listings with the same attributes keep the same ones. An attribute becomes
//! a column of a category where it separates listings: at least five have it and five do not. At
//! least three owners sell those that have it. No owner has more than half of them, as an attribute
//! of one owner alone would take its premium away. There are at most eight columns, and one for ten
//! listings: a regression with as many columns as rows explains everything.

use std::collections::BTreeMap;

/// Attributes that a page keeps.
pub(crate) const KEPT: usize = 8;
/// Most columns.
const COLUMNS_MOST: usize = 8;
/// Listings for each column.
const LISTINGS_A_COLUMN: usize = 10;
/// Fewest listings that have an attribute, and fewest that do not.
const LISTINGS_LEAST: usize = 5;
/// Fewest owners of these.
const OWNERS_LEAST: usize = 3;

/// Hashes of a page's attributes, ascending, 0 behind the last.
pub(crate) type Kept = [u16; KEPT];

/// Whether a page has an attribute; none where that is not known.
fn has(kept: &Kept, attribute: u16) -> Option<bool> {
    if kept.contains(&attribute) {
        return Some(true);
    }
    // A full page did not keep those beyond the last, and of an empty one nothing is known.
    let last = kept[KEPT - 1];
    (kept[0] != 0 && (last == 0 || attribute < last)).then_some(false)
}

/// Selects the columns of a category, given each listing's owner and attributes.
pub(crate) fn columns(listings: &[(u32, Kept)]) -> Vec<u16> {
    let mut holders: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
    for (owner, kept) in listings {
        for attribute in kept.iter().filter(|attribute| **attribute != 0) {
            holders.entry(*attribute).or_default().push(*owner);
        }
    }
    let mut columns: Vec<(usize, u16)> = holders
        .into_iter()
        .filter_map(|(attribute, mut owners)| {
            let with = owners.len();
            let without = listings
                .iter()
                .filter(|(_, kept)| has(kept, attribute) == Some(false))
                .count();
            owners.sort_unstable();
            let shares: Vec<usize> = owners.chunk_by(|a, b| a == b).map(<[u32]>::len).collect();
            let most = shares.iter().copied().max().unwrap_or(0);
            let separates = with >= LISTINGS_LEAST && without >= LISTINGS_LEAST;
            (separates && shares.len() >= OWNERS_LEAST && 2 * most <= with)
                .then_some((with.min(without), attribute))
        })
        .collect();
    // Those that split the category most evenly first.
    columns.sort_by_key(|(even, attribute)| (std::cmp::Reverse(*even), *attribute));
    columns.truncate(COLUMNS_MOST.min(listings.len() / LISTINGS_A_COLUMN));
    columns
        .into_iter()
        .map(|(_, attribute)| attribute)
        .collect()
}

/// Values of a listing in the columns: 1 or 0, none where that is not known.
pub(crate) fn values<'a>(
    columns: &'a [u16],
    kept: &'a Kept,
) -> impl Iterator<Item = Option<f64>> + 'a {
    let of = |attribute: &u16| has(kept, *attribute).map(|has| f64::from(u8::from(has)));
    columns.iter().map(of)
}

#[cfg(test)]
mod tests {
    use super::super::{PriceRow, premiums};
    use super::*;

    fn kept(attributes: &[u16]) -> Kept {
        let mut kept = [0; KEPT];
        kept[..attributes.len()].copy_from_slice(attributes);
        kept
    }

    #[test]
    fn attribute_beyond_the_kept_ones_is_unknown() {
        assert_eq!(has(&kept(&[3, 9]), 9), Some(true));
        assert_eq!(has(&kept(&[3, 9]), 20), Some(false));
        assert_eq!(has(&kept(&[]), 20), None);
        let full = [1, 2, 3, 4, 5, 6, 7, 10];
        assert_eq!((has(&full, 9), has(&full, 11)), (Some(false), None));
        let told: Vec<_> = values(&[3, 4], &kept(&[3])).collect();
        assert_eq!(told, [Some(1.0), Some(0.0)]);
    }

    #[test]
    fn columns_separate_listings_of_several_owners() {
        // Forty listings of four owners: all have 1, every other one 2, owner 0 alone 3, three have 4.
        let listings: Vec<(u32, Kept)> = (0..40_u32)
            .map(|n| {
                let (owner, mut held) = (n / 10, vec![1]);
                held.extend((n % 2 == 0).then_some(2));
                held.extend((owner == 0).then_some(3));
                held.extend((n % 13 == 0).then_some(4));
                (owner, kept(&held))
            })
            .collect();
        assert_eq!(columns(&listings), [2]);
        // Too few rows for a column, and none at all.
        assert!(columns(&listings[..9]).is_empty() && columns(&[]).is_empty());
        // One column for ten listings.
        let many: Vec<(u32, Kept)> = (0..20_u32)
            .map(|n| {
                let held: Vec<u16> = (1..=6).filter(|bit| (n >> (bit % 4)) % 2 == 0).collect();
                (n % 4, kept(&held))
            })
            .collect();
        assert!(columns(&many).len() <= 2);
    }

    /// Twelve listings each of four owners at 10, those with an attribute twice as dear; owner 0 has
    /// it on nine of them, the others on three.
    fn market() -> Vec<(u32, Kept, f64)> {
        (0..48_u32)
            .map(|n| {
                let (owner, place) = (n / 12, n % 12);
                let steel = place < if owner == 0 { 9 } else { 3 };
                let odd = 1.0 + 0.01 * f64::from(place % 3);
                let price = if steel { 20.0 } else { 10.0 } * odd;
                (owner, kept(if steel { &[5, 9] } else { &[7, 9] }), price)
            })
            .collect()
    }

    fn premium_of_the_first(listings: &[(u32, Kept, f64)], columns: &[u16]) -> f64 {
        let rows: Vec<PriceRow> = (0..)
            .zip(listings)
            .map(|(listing, (owner, kept, price))| PriceRow {
                category: 0,
                month: 0,
                currency: 1,
                owner: *owner,
                listing,
                price: *price,
                controls: values(columns, kept).collect(),
            })
            .collect();
        premiums(&rows, columns.len())[0].log_difference
    }

    #[test]
    fn premium_of_dear_goods_vanishes_with_their_attribute() {
        let listings = market();
        let told: Vec<(u32, Kept)> = listings.iter().map(|(o, kept, _)| (*o, *kept)).collect();
        // 18 of 48 have 5: half of the nine of owner 0 and three of each of the others.
        let columns = columns(&told);
        assert!(columns.contains(&5) && !columns.contains(&9), "{columns:?}");
        // By hand without it: 9 of 12 against 3 of 12 at twice the price, ln 2 / 2 above the others,
        // 3/4 of that above the mean of all, somewhat shrunk.
        let without = premium_of_the_first(&listings, &[]);
        let expected = 0.75 * 0.5 * libm::log(2.0);
        assert!(without > 0.4 * expected && without < expected, "{without}");
        // With it nothing is left.
        let with = premium_of_the_first(&listings, &columns);
        assert!(with.abs() < 0.02, "{with}");
    }

    #[test]
    fn true_premium_survives_the_columns() {
        let mut listings = market();
        for (owner, _, price) in &mut listings {
            *price *= if *owner == 0 { 1.3 } else { 1.0 };
        }
        // 0.75 * ln 1.3 above the mean, hardly shrunk: twelve listings that hardly differ.
        let found = premium_of_the_first(&listings, &[5]);
        assert!((found - 0.75 * libm::log(1.3)).abs() < 0.02, "{found}");
    }
}
