//! Scenes about people who act together without being paid for it.

use super::acts::{Push, Stars, Wave};
use super::kinds::Side;
use super::markets::{self, Nature};
use super::scene::{DAY, Deal, Page, Post, Words};
use super::stage::Stage;

/// Companies equip themselves at one shop and review what they bought on one day. The twin's
/// accounts bought nothing.
pub(super) fn business_buyer(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.wide_shop();
    let buyers = stage.dice.between(3, 8);
    let author_of = |stage: &mut Stage<'_>| match side {
        Side::Honest => stage.author(0.6),
        Side::Twin => stage.fresh(),
    };
    for _ in 0..buyers {
        let author = author_of(stage);
        let day = stage.day_within(0.2, 0.9);
        for page in &pages {
            if !stage.dice.chance(0.7) {
                continue;
            }
            let time =
                stage.ground.start + day * DAY + i64::from(stage.dice.between(30_000, 45_000));
            if side == Side::Twin {
                stage.puppet(page, &author, day, 1);
                continue;
            }
            let quantity = stage.dice.between(4, 40) as u32;
            let before = i64::from(stage.dice.between(6, 20)) * DAY;
            stage.order(
                page,
                &author,
                time - before,
                Deal {
                    quantity,
                    ..Deal::KEPT
                },
            );
            let stars = stage.stars(&author, Stars::Quality(page.quality));
            stage.post(Post::new(page, &author, time, stars));
        }
    }
}

/// Families buy at one shop in the same week. The twin's families are accounts of the seller.
pub(super) fn family(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.wide_shop();
    let families = stage.dice.between(4, 8);
    for _ in 0..families {
        let day = stage.day_within(0.15, 0.9);
        let members = stage.dice.between(2, 5);
        for _ in 0..members {
            let author = match side {
                Side::Honest => stage.author(0.4),
                Side::Twin => stage.fresh(),
            };
            for page in &pages {
                let takes = match side {
                    Side::Honest => 0.25,
                    Side::Twin => 0.7,
                };
                if !stage.dice.chance(takes) {
                    continue;
                }
                if side == Side::Twin {
                    stage.puppet(page, &author, day, 4);
                    continue;
                }
                let on = day + i64::from(stage.dice.between(0, 5));
                let ordered = stage.moment(on);
                stage.order(page, &author, ordered, Deal::KEPT);
                let time = ordered + i64::from(stage.dice.between(3, 16)) * DAY;
                let stars = stage.stars(&author, Stars::Quality(page.quality));
                stage.post_before_end(Post::new(page, &author, time, stars));
            }
        }
    }
}

/// Admirers of a brand buy each of its new products in the first days. The twin's club praises the
/// new products of several sellers, and buys little.
pub(super) fn fan_base(stage: &mut Stage<'_>, side: Side) {
    let shops = [stage.shop(), stage.shop(), stage.shop()];
    let count = stage.count(40.0);
    let fans: Vec<String> = match side {
        Side::Honest => (0..count).map(|_| stage.author(0.6)).collect(),
        Side::Twin => stage.crew(count),
    };
    let mut born = stage.day_within(0.15, 0.25);
    for turn in 0..4 {
        let shop = match side {
            Side::Honest => 0,
            Side::Twin => turn % shops.len(),
        };
        let page = stage.page(&shops[shop][0].seller, born);
        let others = stage.count(25.0);
        stage.trade(&page, born, f64::from(others));
        let days = stage.days(8.0);
        match side {
            Side::Honest => stage.fans(&page, &fans, born, days),
            Side::Twin => {
                let push = Push {
                    crew: fans.clone(),
                    thrown: 0.0,
                    ordered: 0.1,
                    words: vec![Words::Own],
                    ..stage.hired_praise(born + 2, days, count * 3 / 5)
                };
                stage.promote(&page, &push);
            }
        }
        born += i64::from(stage.dice.between(60, 100));
    }
}

/// A market gives names instead of accounts, and some names are shared by many people. The twin's
/// name belongs to one person who praises one seller.
pub(super) fn shared_names(stage: &mut Stage<'_>, side: Side) {
    let nature = Nature {
        marketplace: "names.shop",
        orders: true,
        flags: true,
        ..Nature::SILENT
    };
    let shops = markets::market(stage, &nature);
    let names: Vec<String> = match side {
        Side::Honest => ["A customer", "Anonymous", "Anna", "J. Smith"]
            .map(str::to_owned)
            .into(),
        Side::Twin => vec!["Anna".to_owned()],
    };
    let pages: Vec<&Page> = match side {
        Side::Honest => shops.iter().flatten().collect(),
        Side::Twin => shops[0].iter().collect(),
    };
    let each = match side {
        Side::Honest => stage.count(6.0),
        Side::Twin => stage.count(15.0),
    };
    let first = stage.day_within(0.2, 0.6);
    for page in pages {
        if side == Side::Twin {
            let push = Push {
                crew: names.clone(),
                thrown: 0.0,
                ..stage.hired_praise(first, 40, each)
            };
            stage.promote(page, &push);
            continue;
        }
        for _ in 0..each {
            let name = &names[stage.dice.below(names.len())];
            let day = stage.day_within(0.05, 0.9);
            let ordered = stage.moment(day);
            stage.order(page, name, ordered, Deal::KEPT);
            let time = ordered + i64::from(stage.dice.between(3, 25)) * DAY;
            let person = stage.fresh();
            let stars = stage.stars(&person, Stars::Quality(page.quality));
            stage.post_before_end(Post::new(page, name, time, stars));
        }
    }
}

/// A platform gives products of many sellers to testers, who say so. The twin's testers serve two
/// sellers and say nothing.
pub(super) fn sampling_programme(stage: &mut Stage<'_>, side: Side) {
    let size = 30 + stage.dice.below(30) as u32;
    let testers = stage.crew(size);
    let (shops, words, stars) = match side {
        Side::Honest => {
            let words = vec![
                Words::Disclosed,
                Words::Disclosed,
                Words::Disclosed,
                Words::Own,
            ];
            (8, words, Stars::Shares([4, 8, 17, 35, 36]))
        }
        Side::Twin => (
            2,
            vec![Words::Own, Words::Own, Words::Rewarded],
            super::acts::BOUGHT,
        ),
    };
    let marked = stage.dice.chance(0.5);
    for _ in 0..shops {
        let pages = stage.shop();
        for page in pages.iter().take(2) {
            let first = stage.day_within(0.1, 0.85);
            let (days, reviews) = (stage.days(20.0), stage.count(14.0));
            let push = Push {
                crew: testers.clone(),
                thrown: 0.0,
                confirmed: 0.0,
                stars,
                words: words.clone(),
                ..stage.hired_praise(first, days, reviews)
            };
            match side {
                Side::Honest => stage.testers(page, &push, marked),
                Side::Twin => stage.promote(page, &push),
            }
        }
    }
}

impl Stage<'_> {
    /// Praise by an account of the seller, which orders nothing.
    fn puppet(&mut self, page: &Page, account: &str, day: i64, days: i64) {
        let push = Push {
            crew: vec![account.to_owned()],
            thrown: 0.0,
            ordered: 0.0,
            words: vec![Words::Paid, Words::Own],
            ..self.hired_praise(day, days, 1)
        };
        self.promote(page, &push);
    }

    /// A shop of many pages.
    fn wide_shop(&mut self) -> Vec<Page> {
        let seller = self.seller();
        let count = self.dice.between(6, 12);
        let pages: Vec<Page> = (0..count)
            .map(|_| {
                let born = -i64::from(self.dice.between(60, 600));
                self.page(&seller, born)
            })
            .collect();
        let reviews = self.count(45.0);
        self.history(&pages, reviews);
        pages
    }

    /// Fans who buy a new product and write about it.
    fn fans(&mut self, page: &Page, fans: &[String], born: i64, days: i64) {
        let wave = Wave {
            stars: Stars::Shares([2, 2, 6, 20, 70]),
            lag: (3, 12),
            ..self.usual_wave(born, days, 1)
        };
        for fan in fans {
            if self.dice.chance(0.6) {
                let day = born + self.dice.below(days as usize) as i64;
                let ordered = self.moment(day);
                self.order(page, fan, ordered, Deal::KEPT);
                self.wave_review(page, &wave, fan, ordered);
            }
        }
    }

    /// Honest testers of a programme, whose reviews the platform may mark.
    fn testers(&mut self, page: &Page, push: &Push, marked: bool) {
        let offset = self.dice.below(push.crew.len());
        for turn in 0..push.reviews as usize {
            let day = push.first + self.dice.below(push.days as usize) as i64;
            let time = self.moment(day);
            let author = &push.crew[(offset + turn) % push.crew.len()];
            let stars = self.stars(author, push.stars);
            let words = push.words[self.dice.below(push.words.len())].clone();
            self.post_before_end(Post {
                confirmed: Some(false),
                disclosed: marked,
                words,
                ..Post::new(page, author, time, stars)
            });
        }
    }
}
