//! The plan of the campaigns: seller, scheme, time and size.

use super::Config;
use super::catalog::CATEGORIES;
use super::dice::{Dice, mix};
use super::world::{NONE, World};

/// A way to manipulate reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Fake orders and five stars from one-time accounts.
    Brushing,
    /// Club members who also write honest reviews.
    Club,
    /// A burst of one star on an innocent competitor.
    Attack,
    /// A page with many old reviews that becomes another product.
    Hijack,
    /// Real buyers with an undisclosed reward.
    Incentive,
    /// Texts copied from a few scripts.
    Template,
}

/// All schemes, with their share of the planted reviews.
pub(super) const SCHEMES: [(Scheme, f64, &str); 6] = [
    (Scheme::Brushing, 0.28, "brushing"),
    (Scheme::Club, 0.24, "review_club"),
    (Scheme::Attack, 0.12, "competitor_attack"),
    (Scheme::Hijack, 0.08, "hijacked_listing"),
    (Scheme::Incentive, 0.15, "undisclosed_incentive"),
    (Scheme::Template, 0.13, "template_texts"),
];
/// Share of planted reviews at intensity 1.
const PLANTED: f64 = 0.09;
/// Share of manipulating sellers at intensity 1.
const CHEATS: f64 = 0.035;

/// Returns the names of all schemes.
pub fn scheme_names() -> impl Iterator<Item = &'static str> {
    SCHEMES.iter().map(|scheme| scheme.2)
}

/// One push by one seller at one listing.
#[derive(Debug)]
pub(super) struct Campaign {
    /// Index into the schemes.
    pub(super) scheme: u8,
    /// The seller.
    pub(super) seller: u32,
    /// The listing.
    pub(super) listing: u32,
    /// First day.
    pub(super) start: i32,
    /// Days.
    pub(super) length: i32,
    /// Reviews.
    pub(super) size: u32,
    /// First account, number of accounts and the step through them.
    pub(super) crew: (u32, u32, u32),
    /// Day of the removal wave, and its share of reviews.
    pub(super) wave: (i32, f64),
    /// Seed of the scripts, shared by the seller's listings.
    pub(super) script: u64,
    /// Category after a hijack.
    pub(super) turn: u8,
    /// Reviews that a hijacked listing keeps.
    pub(super) carried: Vec<u64>,
}

impl Campaign {
    /// The scheme.
    pub(super) fn scheme(&self) -> Scheme {
        SCHEMES[usize::from(self.scheme)].0
    }

    /// Returns the number of planted reviews on a day of the campaign.
    pub(super) fn quota(&self, day: i32) -> (u32, u32) {
        let at = |d: i32| (i64::from(self.size) * i64::from(d) / i64::from(self.length)) as u32;
        (at(day - self.start), at(day - self.start + 1))
    }
}

/// Accounts of schemes: clubs, deal hunters and throw-away accounts.
#[derive(Debug, Default)]
pub(super) struct Crews {
    /// First account and size, by marketplace.
    clubs: [Vec<(u32, u32)>; 2],
    hunters: [(u32, u32); 2],
    burners: [(u32, u32); 2],
    /// First account of all and the number of accounts.
    pub(super) range: (u32, u32),
}

impl Crews {
    fn new(dice: &mut Dice, first: u32, planted: f64) -> Self {
        let mut crews = Self {
            range: (first, 0),
            ..Self::default()
        };
        let mut next = first;
        let mut take = |size: u32| {
            next += size;
            (next - size, size)
        };
        for market in 0..2 {
            let share = if market == 0 { 0.65 } else { 0.35 };
            for _ in 0..=(planted * share / 900.0) as u32 {
                let size = [31, 43, 61, 83][dice.below(4)];
                crews.clubs[market].push(take(size));
            }
            crews.hunters[market] = take((planted * share * 0.05) as u32 + 101);
            crews.burners[market] = take((planted * share * 0.04) as u32 + 61);
        }
        crews.range.1 = next - first;
        crews
    }

    /// Draws an account with a cover: a club member or a deal hunter.
    pub(super) fn camouflaged(&self, dice: &mut Dice, market: usize) -> u32 {
        let clubs = &self.clubs[market];
        let (first, size) = if dice.chance(0.6) {
            clubs[dice.below(clubs.len())]
        } else {
            self.hunters[market]
        };
        first + dice.below(size as usize) as u32
    }

    fn crew(&self, dice: &mut Dice, scheme: Scheme, seller: u32, market: usize) -> (u32, u32, u32) {
        let (first, size) = match scheme {
            Scheme::Club => self.clubs[market][seller as usize % self.clubs[market].len()],
            Scheme::Incentive => self.hunters[market],
            _ => self.burners[market],
        };
        // The step must share no factor with the size, or accounts repeat early.
        let mut step = 1 + dice.below(size as usize) as u32;
        while gcd(step, size) != 1 {
            step += 1;
        }
        (first, size, step)
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Plans the campaigns by start, and the accounts behind them.
pub(super) fn plan(config: &Config, world: &mut World) -> (Vec<Campaign>, Crews) {
    let planted = config.planted();
    if planted < 1.0 || config.days < 30 {
        return (Vec::new(), Crews::default());
    }
    let mut dice = Dice::new(config.seed, 2);
    let crews = Crews::new(&mut dice, world.pool.size, planted);
    let count = (world.sellers.len() as f64 * CHEATS * config.intensity.min(8.0)).ceil() as usize;
    let cheats: Vec<u32> = (0..count.max(2))
        .map(|_| dice.below(world.sellers.len()) as u32)
        .collect();
    for cheat in &cheats {
        world.sellers[*cheat as usize].cheat = true;
        // Manipulating sellers seldom have the best goods.
        for listing in &world.sellers[*cheat as usize].listings {
            let quality = &mut world.listings[*listing as usize].quality;
            *quality = (*quality).min(5);
        }
    }
    let mut spent = [0.0; SCHEMES.len()];
    let mut campaigns = Vec::new();
    let mut idle = 0;
    while spent.iter().sum::<f64>() < planted && idle < 10_000 {
        // The scheme that is furthest below its share is next.
        let lag = |s: &usize| spent[*s] / SCHEMES[*s].1;
        let wanted = |s: &usize| config.scheme.is_none_or(|name| name == SCHEMES[*s].2);
        let all = (0..SCHEMES.len()).filter(wanted);
        let Some(scheme) = all.min_by(|a, b| lag(a).total_cmp(&lag(b))) else {
            break;
        };
        let seller = cheats[dice.below(cheats.len())];
        if let Some(mut campaign) = draft(&mut dice, config, world, &crews, (scheme, seller)) {
            let cap = (planted / 20.0).max(8.0) as u32;
            campaign.size = campaign.size.min(cap);
            spent[scheme] += f64::from(campaign.size);
            campaigns.push(campaign);
        } else {
            // If nothing is left to hijack or attack, the other schemes get the share.
            spent[scheme] += 0.25;
            idle += 1;
        }
    }
    campaigns.sort_by_key(|c| c.start);
    for (index, campaign) in campaigns.iter().enumerate() {
        if campaign.scheme() == Scheme::Hijack {
            world.listings[campaign.listing as usize].hijack = index as u32;
        }
    }
    (campaigns, crews)
}

impl Config {
    /// Returns the number of reviews to plant.
    pub(super) fn planted(&self) -> f64 {
        self.reviews as f64 * (PLANTED * self.intensity.max(0.0)).min(0.5)
    }
}

fn draft(
    dice: &mut Dice,
    config: &Config,
    world: &mut World,
    crews: &Crews,
    (index, seller): (usize, u32),
) -> Option<Campaign> {
    let scheme = SCHEMES[index].0;
    let own = &world.sellers[seller as usize].listings;
    let mut listing = own[dice.below(own.len())];
    if scheme == Scheme::Attack {
        listing = rival(dice, world, listing)?;
    }
    let (low, high, quick, slow) = match scheme {
        Scheme::Brushing => (15, 60, 5, 20),
        Scheme::Club => (12, 30, 6, 25),
        Scheme::Attack => (10, 36, 2, 5),
        Scheme::Hijack => (20, 60, 60, 180),
        Scheme::Incentive => (20, 60, 20, 60),
        Scheme::Template => (12, 45, 4, 18),
    };
    let target = &world.listings[listing as usize];
    let days = config.days as i32;
    let length = f64::from(dice.between(quick, slow)) * (1.0 + 2.0 * config.camouflage);
    let length = (length as i32).min(days / 3);
    let start = dice.between(target.day.max(0) + 1, days - length);
    if start + length > target.last || start + length > days {
        return None;
    }
    let mut turn = 0;
    if scheme == Scheme::Hijack {
        let busy = target.weight * world.groups[usize::from(target.group)].share;
        if target.hijack != NONE
            || busy * config.reviews as f64 > 25.0
            || start + length > days * 9 / 10
        {
            return None;
        }
        turn = ((usize::from(target.category) + 1 + dice.below(CATEGORIES.len() - 1))
            % CATEGORIES.len()) as u8;
        // Marked now, so that no second campaign takes the page; set after the sort.
        world.listings[listing as usize].hijack = 0;
        // A hijack needs a page with good old reviews.
        world.listings[listing as usize].quality = 8;
    }
    let market = world.listings[listing as usize].market();
    let crew = crews.crew(dice, scheme, seller, market);
    let swept = if dice.chance(0.5) {
        dice.unit().mul_add(0.6, 0.3)
    } else {
        0.0
    };
    Some(Campaign {
        scheme: index as u8,
        seller,
        listing,
        start,
        length,
        size: dice.between(low, high) as u32,
        crew,
        wave: (start + length + dice.between(30, 60), swept),
        script: mix(config.seed ^ (u64::from(seller) << 24)),
        turn,
        carried: Vec::new(),
    })
}

/// Draws a popular listing of an honest seller in the same group.
fn rival(dice: &mut Dice, world: &World, own: u32) -> Option<u32> {
    let own = &world.listings[own as usize];
    let rivals = &world.groups[usize::from(own.group)].listings;
    (0..6)
        .filter_map(|_| rivals.get(dice.below(rivals.len())).copied())
        .filter(|l| !world.sellers[world.listings[*l as usize].seller as usize].cheat)
        .max_by(|a, b| {
            world.listings[*a as usize]
                .weight
                .total_cmp(&world.listings[*b as usize].weight)
        })
}
