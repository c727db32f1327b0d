//! Acts of a scene: ordinary trade, waves of buyers, and pushes by accounts.

use super::roles::Role;
use super::scene::{DAY, Deal, Page, Post, Words};
use super::stage::Stage;
use crate::lab::simulate::calendar;
use crate::lab::simulate::people;

/// Stars of a group of reviews.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stars {
    /// As the quality of the goods deserves, 0 to 9.
    Quality(u8),
    /// Shares of 1 to 5 stars.
    Shares([u16; 5]),
}

/// Customers with a reason to be angry.
pub(super) const ANGRY: Stars = Stars::Shares([78, 12, 5, 2, 3]);
/// Disappointed customers.
pub(super) const DISAPPOINTED: Stars = Stars::Shares([55, 24, 11, 5, 5]);
/// Stars of hired praise.
pub(super) const BOUGHT: Stars = Stars::Shares([0, 0, 0, 8, 92]);
/// Stars of hired blame.
pub(super) const HIRED_BLAME: Stars = Stars::Shares([93, 7, 0, 0, 0]);

/// Customers who come close together because of something that happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wave {
    /// First day of their orders.
    pub(super) first: i64,
    /// Days of their orders.
    pub(super) days: i64,
    /// Buyers.
    pub(super) buyers: u32,
    /// Share of them who write.
    pub(super) writes: f64,
    /// Share of them without another review.
    pub(super) one_time: f64,
    /// Fewest and most days from order to review.
    pub(super) lag: (i32, i32),
    pub(super) stars: Stars,
    pub(super) deal: Deal,
    /// Share of confirmed purchases among the reviews.
    pub(super) confirmed: f64,
}

/// Reviews by accounts that act for somebody.
#[derive(Clone, Debug)]
pub(super) struct Push {
    /// First day.
    pub(super) first: i64,
    /// Days.
    pub(super) days: i64,
    /// Reviews.
    pub(super) reviews: u32,
    /// Accounts to choose from; the rest is thrown away after one review.
    pub(super) crew: Vec<String>,
    /// Share of throw-away accounts.
    pub(super) thrown: f64,
    /// Share of accounts with an order before.
    pub(super) ordered: f64,
    /// Share of confirmed purchases.
    pub(super) confirmed: f64,
    pub(super) stars: Stars,
    /// Sources of the words, equally often.
    pub(super) words: Vec<Words>,
}

impl Stage<'_> {
    /// Draws stars for an author.
    pub(super) fn stars(&mut self, author: &str, stars: Stars) -> u8 {
        match stars {
            Stars::Quality(quality) => {
                let habit = self.habit(author);
                people::rating(&mut self.dice, quality, habit)
            }
            Stars::Shares(shares) => self.dice.weighted(&shares) as u8 + 1,
        }
    }

    /// A shop whose pages have an ordinary history: the first page, and some others.
    pub(super) fn shop(&mut self) -> Vec<Page> {
        let others = self.dice.between(1, 3);
        let seller = self.seller();
        let pages: Vec<Page> = (0..=others)
            .map(|_| {
                let born = -i64::from(self.dice.between(60, 700));
                self.page(&seller, born)
            })
            .collect();
        let reviews = self.count(60.0);
        self.history(&pages, reviews);
        pages
    }

    /// Gives pages their ordinary trade until the end; the first has about so many reviews.
    pub(super) fn history(&mut self, pages: &[Page], reviews: u32) {
        for (place, page) in pages.iter().enumerate() {
            let share = if place == 0 {
                1.0
            } else {
                0.25 + 0.6 * self.dice.unit()
            };
            self.trade(page, page.born.max(0), f64::from(reviews) * share);
        }
    }

    /// Ordinary trade of a page from a day to the end, with about so many reviews.
    pub(super) fn trade(&mut self, page: &Page, from: i64, reviews: f64) {
        self.trade_in(page, from..self.ground.days, reviews);
    }

    /// As [`Self::trade`], in some days.
    pub(super) fn trade_in(&mut self, page: &Page, days: std::ops::Range<i64>, reviews: f64) {
        let ground = self.ground;
        let traffic =
            |day: i64| calendar::traffic(ground.seed, page.category, ground.start / DAY + day);
        let total: f64 = days.clone().map(traffic).sum();
        let buyers = reviews / self.conditions.writes;
        for day in days {
            let mean = buyers * traffic(day) / total.max(1.0);
            for _ in 0..self.dice.poisson(mean) {
                let author = self.author(self.conditions.one_time);
                let ordered = self.moment(day);
                let returned = self.dice.chance(0.05);
                let deal = Deal {
                    refunded: returned,
                    promotion: self.dice.chance(0.1),
                    ..Deal::KEPT
                };
                // Some got it as a gift or bought it elsewhere.
                let bought = self.dice.chance(0.92);
                if bought {
                    self.order(page, &author, ordered, deal);
                }
                if !self.dice.chance(self.conditions.writes) {
                    continue;
                }
                let late = self.dice.pareto(1.4, 40.0) as i64;
                let lag = 1 + late + i64::from(self.dice.between(0, 8));
                let time = ordered + lag * DAY + i64::from(self.dice.between(-20_000, 20_000));
                let stars = self.stars(&author, Stars::Quality(page.quality));
                let confirmed = Some(bought && self.dice.chance(self.conditions.confirmed));
                self.post_before_end(Post {
                    confirmed,
                    ..Post::new(page, &author, time, stars)
                });
            }
        }
    }

    /// Posts a review unless the market ends before.
    pub(super) fn post_before_end(&mut self, post: Post<'_>) {
        if post.arrives < self.ground.end() {
            self.post(post);
        }
    }

    /// Customers who order close together, most of them early, and of whom some write.
    pub(super) fn wave(&mut self, page: &Page, wave: Wave) {
        for _ in 0..wave.buyers {
            let early = libm::pow(self.dice.unit(), 1.5);
            let day = wave.first + (early * wave.days as f64) as i64;
            let ordered = self.moment(day);
            let author = self.author(wave.one_time);
            self.order(page, &author, ordered, wave.deal);
            if self.dice.chance(wave.writes) {
                self.wave_review(page, &wave, &author, ordered);
            }
        }
    }

    /// The review of a customer of a wave who ordered at a time.
    pub(super) fn wave_review(&mut self, page: &Page, wave: &Wave, author: &str, ordered: i64) {
        let (least, most) = wave.lag;
        let lag = i64::from(
            self.dice
                .between(least, most)
                .min(self.dice.between(least, most)),
        );
        let time = ordered + lag * DAY + i64::from(self.dice.between(1800, 40_000));
        let stars = self.stars(author, wave.stars);
        let confirmed = Some(self.dice.chance(wave.confirmed));
        self.post_before_end(Post {
            confirmed,
            ..Post::new(page, author, time, stars)
        });
    }

    /// A wave of this scene's usual customers.
    pub(super) fn usual_wave(&self, first: i64, days: i64, reviews: u32) -> Wave {
        let writes = self.conditions.writes;
        Wave {
            first,
            days,
            buyers: (f64::from(reviews) / writes) as u32,
            writes,
            one_time: self.conditions.one_time,
            lag: (2, 20),
            stars: Stars::Quality(self.conditions.quality),
            deal: Deal::KEPT,
            confirmed: self.conditions.confirmed,
        }
    }

    /// Orders of a page by customers who do not write, three for each of so many reviews.
    pub(super) fn orders_only(&mut self, page: &Page, reviews: f64) {
        for _ in 0..self.dice.poisson(reviews * 3.0) {
            let day = self.dice.below(self.ground.days as usize) as i64;
            let time = self.moment(day);
            let buyer = self.author(0.7);
            self.order(page, &buyer, time, Deal::KEPT);
        }
    }

    /// A script for texts that many accounts post.
    pub(super) fn script(&mut self) -> u64 {
        self.dice.below(1 << 30) as u64
    }

    /// Hired praise: most accounts write nothing else, and few ordered. How many differs by the
    /// scene.
    pub(super) fn hired_praise(&mut self, first: i64, days: i64, reviews: u32) -> Push {
        let crew = self.acquaintances(reviews);
        let mut up_to = |most: f64| most * self.dice.unit();
        let (known, ordered, confirmed, four) = (up_to(0.25), up_to(0.25), up_to(0.4), up_to(20.0));
        Push {
            first,
            days,
            reviews,
            crew,
            thrown: 1.0 - known,
            ordered,
            confirmed: 0.05 + confirmed,
            stars: Stars::Shares([0, 0, 1, 3 + four as u16, 96 - four as u16]),
            words: vec![Words::Paid, Words::Paid, Words::Own],
        }
    }

    /// Hired blame: most accounts write nothing else, and hardly one ordered. How many differs by
    /// the scene.
    pub(super) fn hired_blame(&mut self, first: i64, days: i64, reviews: u32) -> Push {
        let crew = self.acquaintances(reviews);
        let mut up_to = |most: f64| most * self.dice.unit();
        let (known, ordered, confirmed, two) = (up_to(0.2), up_to(0.1), up_to(0.2), up_to(12.0));
        Push {
            first,
            days,
            reviews,
            crew,
            thrown: 1.0 - known,
            ordered,
            confirmed,
            stars: Stars::Shares([97 - two as u16, 3 + two as u16, 0, 0, 0]),
            words: vec![Words::Own],
        }
    }

    /// Known accounts that help with a push.
    fn acquaintances(&mut self, reviews: u32) -> Vec<String> {
        (0..=reviews / 4).map(|_| self.author(0.0)).collect()
    }

    /// Accounts that work for others.
    pub(super) fn crew(&mut self, size: u32) -> Vec<String> {
        (0..size).map(|_| self.fresh()).collect()
    }

    /// Posts the reviews of a push. The listing's role is noted apart.
    pub(super) fn push_reviews(&mut self, page: &Page, push: &Push) {
        let offset = self.dice.below(push.crew.len());
        for turn in 0..push.reviews as usize {
            let day = push.first + self.dice.below(push.days.max(1) as usize) as i64;
            let time = self.moment(day);
            let author = if push.crew.is_empty() || self.dice.chance(push.thrown) {
                self.fresh()
            } else {
                push.crew[(offset + turn) % push.crew.len()].clone()
            };
            if self.dice.chance(push.ordered) {
                let before = i64::from(self.dice.between(1, 9)) * DAY;
                self.order(page, &author, time - before, Deal::KEPT);
            }
            let stars = self.stars(&author, push.stars);
            let confirmed = Some(self.dice.chance(push.confirmed));
            let words = push.words[self.dice.below(push.words.len())].clone();
            self.post(Post {
                confirmed,
                words,
                role: Role::Manipulated,
                ..Post::new(page, &author, time, stars)
            });
        }
    }

    /// A push for a page, whose seller is behind it.
    pub(super) fn promote(&mut self, page: &Page, push: &Push) {
        self.push_reviews(page, push);
        self.assign(page, Role::Manipulated);
    }

    /// A push against a page, whose seller is a victim.
    pub(super) fn attack(&mut self, page: &Page, push: &Push) {
        self.push_reviews(page, push);
        self.assign(page, Role::Victim);
    }
}
