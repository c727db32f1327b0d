//! The simulation of days.

use std::collections::{BTreeMap, HashSet};

use super::dice::Dice;
use super::people::{self, Habit};
use super::schemes::{self, Campaign, Crews, Scheme};
use super::truth::{Truth, TruthRow};
use super::world::{NONE, World};
use super::{Config, calendar};
use crate::proto::v1::Event;

/// Longest time from purchase to review, in days.
pub(super) const LAG: i32 = 40;
const RING: usize = 64;

/// Plan of a review.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Its listing.
    pub(super) listing: u32,
    /// Its author.
    pub(super) author: u32,
    /// Its campaign, or none.
    pub(super) campaign: u32,
    /// Stars of a planted review; 0 if the author decides.
    pub(super) rating: u8,
    /// Whether the purchase is confirmed.
    pub(super) verified: bool,
}

/// An honest change of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// A new title.
    Title,
    /// A neighbouring category.
    Category,
    /// Both at once, like another product.
    Both,
}

/// One item of a day, before it becomes an event.
#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    /// A seller registers.
    Seller(u32),
    /// A listing appears.
    Listing(u32),
    /// This campaign hijacks a listing.
    Turn(u32),
    /// A page is corrected, for the same product.
    Edit(u32, Edit),
    /// A listing and its buyer.
    Order(u32, u32),
    /// A review is posted.
    Review(Plan),
    /// A review of a listing is removed, by the platform or its author.
    Removal {
        review: u64,
        listing: u32,
        platform: bool,
    },
    /// A popular listing is observed.
    Snapshot(u32),
}

/// Seeded generator of a marketplace, in time order.
#[derive(Debug)]
pub struct Market {
    pub(super) config: Config,
    pub(super) world: World,
    pub(super) campaigns: Vec<Campaign>,
    pub(super) crews: Crews,
    pub(super) dice: Dice,
    /// Separate, so that orders and snapshots do not change the reviews.
    pub(super) side: Dice,
    pub(super) truth: Truth,
    pub(super) removals: BTreeMap<i32, Vec<What>>,
    /// Reviews, orders, fresh reviewers and fresh buyers so far.
    pub(super) counts: [u64; 4],
    /// Bits of the account range: schemes already labelled for each crew member.
    labelled: Vec<u8>,
    named: HashSet<(u8, u32, u8)>,
    pub(super) rate: f64,
    day: i32,
    pub(super) items: Vec<(i64, u8, What)>,
    pub(super) ring: Vec<Vec<Plan>>,
    active: Vec<u32>,
    // By day.
    edits: Vec<(i32, u32, Edit)>,
    next_edit: usize,
    next_campaign: usize,
    next_seller: usize,
    next_listing: usize,
}

impl Market {
    /// Makes the marketplace before its first day.
    pub fn new(config: Config) -> Self {
        let mut world = World::new(&config);
        let (campaigns, crews) = schemes::plan(&config, &mut world);
        let natural =
            config.reviews as f64 - campaigns.iter().map(|c| f64::from(c.size)).sum::<f64>();
        let mut total = 0.0;
        for day in 0..config.days as i32 {
            for (group, row) in world.groups.iter().enumerate() {
                total += row.share * traffic(&config, group, day);
            }
        }
        Self {
            rate: natural / total.max(1.0),
            dice: Dice::new(config.seed, 3),
            side: Dice::new(config.seed, 4),
            labelled: vec![0; crews.range.1 as usize],
            day: -LAG,
            ring: vec![Vec::new(); RING],
            truth: Truth::default(),
            removals: BTreeMap::new(),
            counts: [0; 4],
            named: HashSet::new(),
            items: Vec::new(),
            active: Vec::new(),
            edits: world.edits(&config),
            next_edit: 0,
            next_campaign: 0,
            next_seller: 0,
            next_listing: 0,
            config,
            world,
            campaigns,
            crews,
        }
    }

    /// Returns the labels of the events so far.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Takes the labels so far, to bound memory while streaming.
    pub fn take_truth(&mut self) -> Vec<TruthRow> {
        std::mem::take(&mut self.truth.rows)
    }

    /// Plans the next day; nothing is yielded before day 0.
    fn fill(&mut self) {
        let day = self.day;
        self.day += 1;
        self.world.open(day);
        if day >= 0 {
            self.newcomers(day);
        }
        self.shop(day);
        if day >= 0 {
            self.campaign_day(day);
            self.snapshots(day);
            self.edit_pages(day);
            for what in self.removals.remove(&day).unwrap_or_default() {
                self.put(day, 3, what);
            }
        }
        let mut landed = std::mem::take(&mut self.ring[slot(day)]);
        if day >= 0 {
            for plan in &landed {
                self.put(day, 3, What::Review(*plan));
            }
        }
        landed.clear();
        self.ring[slot(day)] = landed;
        // Taken from the back.
        self.items
            .sort_by_key(|item| std::cmp::Reverse((item.0, item.1)));
    }

    pub(super) fn put(&mut self, day: i32, rank: u8, what: What) {
        let second = match what {
            What::Order(..) | What::Snapshot(_) | What::Edit(..) => self.side.second(),
            _ => self.dice.second(),
        };
        self.items.push((self.midnight(day) + second, rank, what));
    }

    fn midnight(&self, day: i32) -> i64 {
        self.config.start + i64::from(day) * 86_400
    }

    fn newcomers(&mut self, day: i32) {
        while let Some(seller) = self.world.seller_order.get(self.next_seller).copied() {
            let born = self.world.sellers[seller as usize].day;
            if born > day {
                break;
            }
            self.put(born, 0, What::Seller(seller));
            self.next_seller += 1;
        }
        while let Some(listing) = self.world.listing_order.get(self.next_listing).copied() {
            let born = self.world.listings[listing as usize].day;
            if born > day {
                break;
            }
            self.items.push((
                self.world.born(&self.config, listing),
                1,
                What::Listing(listing),
            ));
            self.next_listing += 1;
        }
    }

    fn campaign_day(&mut self, day: i32) {
        while self
            .campaigns
            .get(self.next_campaign)
            .is_some_and(|c| c.start <= day)
        {
            self.active.push(self.next_campaign as u32);
            self.next_campaign += 1;
        }
        let mut active = std::mem::take(&mut self.active);
        active.retain(|index| {
            let campaign = &self.campaigns[*index as usize];
            if day < campaign.start + campaign.length {
                let (from, to) = campaign.quota(day);
                for turn in from..to {
                    self.plant(day, *index, turn);
                }
                return true;
            }
            if campaign.scheme() == Scheme::Hijack {
                self.put(day, 1, What::Turn(*index));
            }
            false
        });
        self.active = active;
    }

    fn plant(&mut self, day: i32, index: u32, turn: u32) {
        let campaign = &self.campaigns[index as usize];
        let (listing, (first, size, step), scheme) =
            (campaign.listing, campaign.crew, campaign.scheme());
        let member = first
            + ((u64::from(turn) * u64::from(step) + campaign.script % 97) % u64::from(size)) as u32;
        let market = self.world.listings[listing as usize].market();
        let (fresh, verified, best) = match scheme {
            Scheme::Brushing => (1.0, 0.97, 0.97),
            Scheme::Club => (0.0, 0.75, 0.88),
            Scheme::Attack => (0.7, 0.2, 0.93),
            Scheme::Incentive => (0.0, 0.95, 0.85),
            Scheme::Hijack => (0.3, 0.85, 0.0),
            Scheme::Template => (0.6, 0.5, 0.94),
        };
        let hide = self.config.camouflage;
        let (verified, best) = (
            verified + hide * (0.85 - verified),
            best * (1.0 - 0.3 * hide),
        );
        let author = match scheme {
            Scheme::Hijack => self.author(market),
            // Drawn only with camouflage, so that other markets do not change.
            _ if hide > 0.0 && self.dice.chance(hide) => {
                self.crews.camouflaged(&mut self.dice, market)
            }
            _ if self.dice.chance(fresh) => self.fresh(),
            _ => member,
        };
        let verified = self.dice.chance(verified);
        let best = self.dice.chance(best);
        let (campaign, rating) = match scheme {
            // The reviews of a hijacked listing are honest, about the former product.
            Scheme::Hijack => (NONE, 0),
            Scheme::Attack => (index, if best { 1 } else { 2 }),
            _ => (index, if best { 5 } else { 4 }),
        };
        let lag = if verified { self.dice.between(1, 6) } else { 0 };
        self.purchase(
            day,
            lag,
            Plan {
                listing,
                author,
                campaign,
                rating,
                verified,
            },
        );
    }

    fn edit_pages(&mut self, day: i32) {
        while let Some((_, listing, edit)) = self.edits.get(self.next_edit).copied() {
            if self.edits[self.next_edit].0 > day {
                break;
            }
            self.put(day, 1, What::Edit(listing, edit));
            self.next_edit += 1;
        }
    }

    fn snapshots(&mut self, day: i32) {
        if !self.config.snapshots {
            return;
        }
        for listing in 0..self.world.listings.len() as u32 {
            let row = &self.world.listings[listing as usize];
            let group = &self.world.groups[usize::from(row.group)];
            let popular = row.weight * group.listings.len() as f64 > 3.0;
            if listing as i32 % 7 == day % 7 && popular && row.day < day && row.last > day {
                self.put(day, 4, What::Snapshot(listing));
            }
        }
    }

    pub(super) fn habit(&self, account: u32) -> Habit {
        people::habit(self.config.seed, account)
    }

    /// Adds a label once for each subject and scheme.
    pub(super) fn label(
        &mut self,
        kind: u8,
        index: u32,
        scheme: u8,
        row: impl FnOnce() -> TruthRow,
    ) {
        let first = if kind == 1 {
            let (start, size) = self.crews.range;
            let member = index.checked_sub(start).filter(|m| *m < size);
            member.is_none_or(|m| {
                let known = &mut self.labelled[m as usize];
                let new = *known & (1 << scheme) == 0;
                *known |= 1 << scheme;
                new
            })
        } else {
            self.named.insert((kind, index, scheme))
        };
        if first {
            self.truth.rows.push(row());
        }
    }
}

pub(super) fn slot(day: i32) -> usize {
    (day + LAG) as usize % RING
}

pub(super) fn traffic(config: &Config, group: usize, day: i32) -> f64 {
    let epoch_day = config.start.div_euclid(86_400) + i64::from(day);
    calendar::traffic(config.seed, group / 2, epoch_day)
}

impl Iterator for Market {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((time, _, what)) = self.items.pop() {
                return Some(self.build(time, what));
            }
            if self.day >= self.config.days as i32 {
                return None;
            }
            self.fill();
        }
    }
}
