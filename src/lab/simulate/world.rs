//! Sellers, listings and their popularity.

use super::Config;
use super::catalog::{CATEGORIES, Category};
use super::dice::{Dice, mix};
use super::market::Edit;
use super::people::Pool;

/// The simulated marketplaces: name, country, currency, share of all sales.
pub(super) const MARKETS: [(&str, &str, &str, f64); 2] =
    [("sim.us", "US", "USD", 0.65), ("sim.uk", "GB", "GBP", 0.35)];
/// Groups of competing listings: category times two, plus marketplace.
pub(super) const GROUPS: usize = CATEGORIES.len() * 2;
/// No campaign.
pub(super) const NONE: u32 = u32::MAX;

/// A seller.
#[derive(Debug, Default)]
pub(super) struct Seller {
    /// Day of registration; may lie before the start.
    pub(super) day: i32,
    /// Listings.
    pub(super) listings: Vec<u32>,
    /// Whether the seller runs schemes.
    pub(super) cheat: bool,
}

/// Shares of listings whose page an honest seller changes once, by the kind of change.
const EDITS: [(f64, Edit); 3] = [
    (0.08, Edit::Title),
    (0.03, Edit::Category),
    (0.002, Edit::Both),
];

/// A listing.
#[derive(Debug)]
pub(super) struct Listing {
    /// Owner.
    pub(super) seller: u32,
    /// Its group of competing listings.
    pub(super) group: u8,
    /// Category of the page now, which a hijack changes.
    pub(super) category: u8,
    /// Word for the product.
    pub(super) product: u8,
    /// 0 worst to 9 best.
    pub(super) quality: u8,
    /// Day of creation; may lie before the start.
    pub(super) day: i32,
    /// Last day on sale.
    pub(super) last: i32,
    /// Price in hundredths.
    pub(super) cents: u32,
    /// Share of the group's sales.
    pub(super) weight: f64,
    /// The campaign that will hijack it.
    pub(super) hijack: u32,
    /// Stars so far.
    pub(super) stars: u32,
    /// Reviews so far.
    pub(super) reviews: u32,
}

impl Listing {
    /// Index of the marketplace.
    pub(super) fn market(&self) -> usize {
        usize::from(self.group & 1)
    }

    /// Returns the present vocabulary of the page.
    pub(super) fn words(&self) -> (&'static Category, &'static str) {
        let category = &CATEGORIES[usize::from(self.category)];
        (
            category,
            category.products[usize::from(self.product) % category.products.len()],
        )
    }
}

/// Listings of a group by creation, with running sums of their weights.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Listings.
    pub(super) listings: Vec<u32>,
    sums: Vec<f64>,
    /// Number of existing ones.
    pub(super) alive: usize,
    /// Share of all sales.
    pub(super) share: f64,
}

impl Group {
    /// Draws an existing listing by popularity.
    pub(super) fn draw(&self, dice: &mut Dice) -> Option<u32> {
        let total = *self.sums.get(self.alive.checked_sub(1)?)?;
        let at = dice.unit() * total;
        let index = self.sums[..self.alive].partition_point(|sum| *sum <= at);
        self.listings.get(index.min(self.alive - 1)).copied()
    }
}

/// Everything that does not grow with the events.
#[derive(Debug)]
pub(super) struct World {
    /// Sellers.
    pub(super) sellers: Vec<Seller>,
    /// Listings.
    pub(super) listings: Vec<Listing>,
    /// Groups.
    pub(super) groups: Vec<Group>,
    /// Returning honest accounts.
    pub(super) pool: Pool,
    /// Sellers by registration.
    pub(super) seller_order: Vec<u32>,
    /// Listings by creation.
    pub(super) listing_order: Vec<u32>,
}

impl World {
    /// Makes the world.
    pub(super) fn new(config: &Config) -> Self {
        let mut dice = Dice::new(config.seed, 1);
        let sellers = (config.reviews / 100).clamp(40, 2_000_000) as usize;
        let listings = (config.reviews / 40).clamp(120, 5_000_000) as usize;
        let pool = Pool::new(
            &mut dice,
            (config.reviews / 8).clamp(200, 50_000_000) as u32,
        );
        let mut world = Self {
            sellers: (0..sellers).map(|_| Seller::default()).collect(),
            listings: Vec::with_capacity(listings),
            groups: (0..GROUPS).map(|_| Group::default()).collect(),
            pool,
            seller_order: (0..sellers as u32).collect(),
            listing_order: (0..listings as u32).collect(),
        };
        for index in 0..listings {
            // Every seller has a listing; the remaining listings go mostly to a few big sellers.
            let big = dice.unit();
            let seller = if index < sellers {
                index
            } else {
                (big * big * sellers as f64) as usize
            };
            world.add_listing(&mut dice, seller, config.days as i32);
        }
        for seller in &mut world.sellers {
            let first = seller
                .listings
                .iter()
                .map(|l| world.listings[*l as usize].day)
                .min();
            seller.day = first.unwrap_or(0) - dice.between(1, 500);
        }
        let World {
            sellers,
            listings,
            seller_order,
            listing_order,
            ..
        } = &mut world;
        seller_order.sort_by_key(|s| (sellers[*s as usize].day, *s));
        listing_order.sort_by_key(|l| (listings[*l as usize].day, *l));
        world.rank(&mut dice);
        world
    }

    fn add_listing(&mut self, dice: &mut Dice, seller: usize, days: i32) {
        let shares: [u16; CATEGORIES.len()] =
            core::array::from_fn(|c| (CATEGORIES[c].share * 10.0) as u16);
        // Most sellers keep to one category.
        let home = mix(seller as u64) as usize % CATEGORIES.len();
        let category = if dice.chance(0.7) {
            home
        } else {
            dice.weighted(&shares)
        };
        let market = usize::from(dice.chance(MARKETS[1].3));
        let early = dice.chance(0.6);
        let day = if early {
            dice.between(-900, -45)
        } else {
            dice.between(-45, days * 9 / 10)
        };
        let last = if dice.chance(0.2) {
            day + dice.between(120, 900)
        } else {
            i32::MAX
        };
        let spread = 0.4 + dice.pareto(2.2, 6.0) * 0.6;
        let cents = (f64::from(CATEGORIES[category].price) * spread) as u32 * 100 + 99;
        let quality = (2 + dice.below(5) + dice.below(4)).min(9) as u8;
        let id = self.listings.len() as u32;
        self.sellers[seller].listings.push(id);
        self.listings.push(Listing {
            seller: seller as u32,
            group: (category * 2 + market) as u8,
            category: category as u8,
            product: dice.below(8) as u8,
            quality,
            day,
            last,
            cents,
            weight: 0.0,
            hijack: NONE,
            stars: 0,
            reviews: 0,
        });
    }

    /// Assigns Zipf popularity within each group, independent of age.
    fn rank(&mut self, dice: &mut Dice) {
        for listing in &self.listing_order {
            let group = usize::from(self.listings[*listing as usize].group);
            self.groups[group].listings.push(*listing);
        }
        let total: f64 = CATEGORIES.iter().map(|c| c.share).sum();
        for (index, group) in self.groups.iter_mut().enumerate() {
            group.share = CATEGORIES[index / 2].share / total * MARKETS[index & 1].3;
            let count = group.listings.len();
            let mut ranks: Vec<u32> = (0..count as u32).collect();
            for last in (1..count).rev() {
                ranks.swap(last, dice.below(last + 1));
            }
            let mut sum = 0.0;
            for (listing, rank) in group.listings.iter().zip(ranks) {
                let weight = libm::pow(f64::from(rank) + 3.0, -0.85);
                sum += weight;
                self.listings[*listing as usize].weight = weight;
                group.sums.push(sum);
            }
            for listing in &group.listings {
                self.listings[*listing as usize].weight /= sum;
            }
        }
    }

    /// Draws a listing of the group that is on sale on the day, by popularity.
    pub(super) fn find(&self, dice: &mut Dice, group: usize, day: i32) -> Option<u32> {
        // Most listings last, so a few draws find one.
        (0..6)
            .filter_map(|_| self.groups[group].draw(dice))
            .find(|listing| self.listings[*listing as usize].last > day)
    }

    /// Returns the creation of a listing, in seconds since 1970.
    pub(super) fn born(&self, config: &Config, listing: u32) -> i64 {
        let day = i64::from(self.listings[listing as usize].day);
        config.start + day * 86_400 + (mix(config.seed ^ u64::from(listing)) % 86_400) as i64
    }

    /// Plans the changes of pages by honest sellers, by day. A page that will be hijacked does not
    /// change before.
    pub(super) fn edits(&self, config: &Config) -> Vec<(i32, u32, Edit)> {
        let mut dice = Dice::new(config.seed, 5);
        let mut edits = Vec::new();
        for (row, listing) in (0_u32..).zip(&self.listings) {
            let (at, kind) = (dice.unit(), dice.unit());
            let first = listing.day.max(0) + 1;
            let last = listing.last.min(config.days as i32) - 1;
            let mut shares = EDITS.iter().scan(0.0, |sum, (share, edit)| {
                *sum += share;
                Some((*sum, *edit))
            });
            let found = shares.find(|(sum, _)| kind < *sum);
            if let Some((_, edit)) = found.filter(|_| listing.hijack == NONE && first < last) {
                edits.push((first + (at * f64::from(last - first)) as i32, row, edit));
            }
        }
        edits.sort_unstable_by_key(|(day, row, _)| (*day, *row));
        edits
    }

    /// Puts listings on sale that were created before this day.
    pub(super) fn open(&mut self, day: i32) {
        let listings = &self.listings;
        for group in &mut self.groups {
            let waiting = group.listings.get(group.alive..).unwrap_or(&[]);
            group.alive += waiting.partition_point(|l| listings[*l as usize].day < day);
        }
    }
}
