//! Honest trade: orders and their reviews.

use super::market::{LAG, Market, Plan, What, slot, traffic};
use super::world::{GROUPS, NONE};

impl Market {
    /// Simulates the honest trade of a day and the reviews that follow.
    pub(super) fn shop(&mut self, day: i32) {
        for group in 0..GROUPS {
            let traffic = traffic(&self.config, group, day);
            let mean = self.rate * self.world.groups[group].share * traffic;
            for _ in 0..self.dice.poisson(mean) {
                if let Some(listing) = self.world.find(&mut self.dice, group, day) {
                    self.visit(day, group & 1, listing);
                }
            }
            if self.config.orders && day >= 0 {
                for _ in 0..self.side.poisson(mean * 2.0) {
                    if let Some(listing) = self.world.find(&mut self.side, group, day) {
                        let buyer = self.buyer(group & 1);
                        self.put(day, 2, What::Order(listing, buyer));
                    }
                }
            }
            if self.dice.chance(mean * 0.002) {
                self.burst(day, group);
            }
        }
    }

    /// Adds an organic burst at random, as after a mention in the media or a bad batch.
    fn burst(&mut self, day: i32, group: usize) {
        let Some(listing) = self.world.find(&mut self.dice, group, day) else {
            return;
        };
        let bad = self.dice.chance(0.4);
        for _ in 0..self.dice.between(8, 24) {
            let author = self.author(group & 1);
            let rating = if bad {
                self.dice.between(1, 2) as u8
            } else {
                0
            };
            let lag = self.dice.between(1, 7);
            let verified = self.dice.chance(0.8);
            self.purchase(
                day,
                lag,
                Plan {
                    listing,
                    author,
                    campaign: NONE,
                    rating,
                    verified,
                },
            );
        }
    }

    fn visit(&mut self, day: i32, market: usize, listing: u32) {
        let author = self.author(market);
        let verified = self.dice.chance(0.85);
        let late = self.dice.pareto(1.4, 30.0) as i32;
        let lag = if verified {
            1 + late + self.dice.between(0, 7)
        } else {
            0
        };
        self.purchase(
            day,
            lag,
            Plan {
                listing,
                author,
                campaign: NONE,
                rating: 0,
                verified,
            },
        );
    }

    /// Adds an order now if there is a purchase, and the review later.
    pub(super) fn purchase(&mut self, day: i32, lag: i32, plan: Plan) {
        if plan.verified && self.config.orders && day >= 0 {
            self.put(day, 2, What::Order(plan.listing, plan.author));
        }
        self.ring[slot(day + lag.min(LAG))].push(plan);
    }

    /// Draws an honest author: a known account, a new one, or a member of a scheme who keeps a
    /// cover.
    pub(super) fn author(&mut self, market: usize) -> u32 {
        let draw = self.dice.unit();
        if draw < 0.3 {
            self.fresh()
        } else if self.crews.range.1 > 0 && draw > 1.0 - (0.03 * self.config.intensity).min(0.3) {
            self.crews.camouflaged(&mut self.dice, market)
        } else {
            self.world.pool.draw(&mut self.dice, market)
        }
    }

    pub(super) fn fresh(&mut self) -> u32 {
        self.counts[2] += 1;
        self.world.pool.size + self.crews.range.1 + self.counts[2] as u32
    }

    /// Draws a buyer without reviews; new ones have numbers from the far end.
    fn buyer(&mut self, market: usize) -> u32 {
        if self.side.chance(0.4) {
            return self.world.pool.draw(&mut self.side, market);
        }
        self.counts[3] += 1;
        u32::MAX - self.counts[3] as u32
    }
}
