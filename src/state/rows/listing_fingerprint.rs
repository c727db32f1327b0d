//! Fingerprint of the product that a listing sells, in a few bytes.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::domain::Listing;

/// Share of the shorter title's words that a listing keeps when it is merely edited.
const KEPT_LEAST: f64 = 0.5;

/// The narrowest category and the words of the title, as hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingFingerprint {
    // 0 when unknown.
    category: u64,
    // A bit for each word.
    words: [u64; 4],
}

impl ListingFingerprint {
    /// The fingerprint of a listing.
    pub fn of(listing: &Listing) -> Self {
        let leaf = listing.category_path.last();
        let mut fingerprint = Self {
            category: leaf.map_or(0, |leaf| xxh3_64(leaf.to_lowercase().as_bytes())),
            words: [0; 4],
        };
        let title = listing.title.to_lowercase();
        let words = title.split(|letter: char| !letter.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            let bit = xxh3_64(word.as_bytes()) >> 56;
            fingerprint.words[(bit / 64) as usize] |= 1 << (bit % 64);
        }
        fingerprint
    }

    /// Whether it is that of another product than before: another narrowest category, and a title of
    /// which most words are new. A move between categories or a rewritten title alone is no change,
    /// nor is a difference where either is unknown.
    pub fn is_another_than(&self, before: &Self) -> bool {
        let bits = |words: [u64; 4]| words.iter().map(|word| word.count_ones()).sum::<u32>();
        let least = bits(self.words).min(bits(before.words));
        let mut both = self.words;
        for (word, earlier) in both.iter_mut().zip(before.words) {
            *word &= earlier;
        }
        let known = self.category != 0 && before.category != 0 && least > 0;
        known
            && self.category != before.category
            && f64::from(bits(both)) < KEPT_LEAST * f64::from(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Fulfilment;
    use crate::domain::Id;

    fn fingerprint(category: &str, title: &str) -> ListingFingerprint {
        let id = Id::new("x").expect("an id");
        ListingFingerprint::of(&Listing {
            id: id.clone(),
            marketplace: id,
            seller: None,
            destination: None,
            category_path: vec!["Home".to_owned(), category.to_owned()],
            brand: String::new(),
            title: title.to_owned(),
            price: None,
            fulfilment: Fulfilment::Unspecified,
            variation_parent: None,
            completeness: None,
            content: 0,
            attributes: [0; 8],
            created: None,
        })
    }

    #[test]
    fn only_another_category_and_another_title_make_another_product() {
        let kettle = fingerprint("Kettles", "Kamaro steel kettle 1.7 l, fast and quiet");
        let drone = fingerprint("Drones", "Kamaro folding drone with two cameras");
        assert!(drone.is_another_than(&kettle), "{drone:?} {kettle:?}");
        assert!(!kettle.is_another_than(&kettle));
        let moved = fingerprint(
            "Water Boilers",
            "Kamaro steel kettle 1.7 l, fast and quiet, new lid",
        );
        assert!(!moved.is_another_than(&kettle));
        let rewritten = fingerprint("Kettles", "The water boiler for your kitchen");
        assert!(!rewritten.is_another_than(&kettle));
        assert!(!drone.is_another_than(&ListingFingerprint::default()));
        assert!(!ListingFingerprint::default().is_another_than(&kettle));
    }
}
