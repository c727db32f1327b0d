//! Scenes in which many customers have a reason to be angry. The twins are attacks by others.

use super::acts::{ANGRY, DISAPPOINTED, HIRED_BLAME, Push, Stars, Wave};
use super::kinds::Side;
use super::markets;
use super::scene::{Deal, Post, Words};
use super::stage::Stage;

/// A product is recalled; those who own it write.
pub(super) fn recall(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let day = stage.day_within(0.4, 0.9);
    let (days, reviews) = (stage.days(10.0), stage.count(60.0));
    if side == Side::Twin {
        let push = stage.hired_blame(day, days, reviews);
        return stage.attack(&pages[0], &push);
    }
    let one_time = 0.3 + 0.35 * stage.dice.unit();
    let confirmed = 0.85 + 0.13 * stage.dice.unit();
    for _ in 0..reviews {
        let author = stage.author(one_time);
        let before = i64::from(stage.dice.between(5, 200));
        let ordered = stage.moment(day - before);
        stage.order(&pages[0], &author, ordered, Deal::KEPT);
        let late = libm::pow(stage.dice.unit(), 1.4) * days as f64;
        let time = stage.moment(day + late as i64);
        let stars = stage.stars(&author, ANGRY);
        let confirmed = Some(stage.dice.chance(confirmed));
        stage.post_before_end(Post {
            confirmed,
            ..Post::new(&pages[0], &author, time, stars)
        });
    }
}

/// Goods of a few weeks are faulty.
pub(super) fn bad_batch(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let first = stage.day_within(0.3, 0.85);
    let (days, reviews) = (stage.days(18.0), stage.count(40.0));
    let all = stage.usual_wave(first, days, reviews);
    match side {
        Side::Honest => stage.wave(
            &pages[0],
            Wave {
                stars: DISAPPOINTED,
                lag: (3, 20),
                ..all
            },
        ),
        Side::Twin => {
            let push = stage.hired_blame(first, days + 8, reviews);
            stage.attack(&pages[0], &push);
        }
    }
}

/// A wrong price draws orders, which the seller cancels within a day. In the twin nobody ordered.
pub(super) fn price_error(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let day = stage.day_within(0.3, 0.9);
    let reviews = stage.count(70.0);
    let days = stage.days(4.0);
    if side == Side::Twin {
        let push = stage.hired_blame(day, days, reviews);
        return stage.attack(
            &pages[0],
            &Push {
                confirmed: 0.0,
                ..push
            },
        );
    }
    let wave = Wave {
        first: day,
        days: 1,
        buyers: (f64::from(reviews) / 0.75) as u32,
        writes: 0.75,
        one_time: 0.25 + 0.4 * stage.dice.unit(),
        lag: (1, days as i32 + 1),
        stars: Stars::Shares([95, 3, 1, 0, 1]),
        deal: Deal::CANCELLED,
        // A cancelled purchase is not confirmed.
        confirmed: 0.0,
    };
    stage.wave(&pages[0], wave);
}

/// Couriers are on strike: parcels of many sellers come late.
pub(super) fn courier_strike(stage: &mut Stage<'_>, side: Side) {
    let shops = [stage.shop(), stage.shop(), stage.shop(), stage.shop()];
    let first = stage.day_within(0.3, 0.85);
    let days = stage.days(12.0);
    if side == Side::Twin {
        for page in &shops[0] {
            let reviews = stage.count(20.0);
            let push = stage.hired_blame(first, days, reviews);
            stage.attack(page, &push);
        }
        return;
    }
    for page in shops.iter().flatten() {
        let reviews = stage.count(9.0);
        let all = stage.usual_wave(first, days, reviews);
        let stars = Stars::Shares([45, 25, 10, 8, 12]);
        stage.wave(
            page,
            Wave {
                stars,
                lag: (4, 16),
                ..all
            },
        );
    }
}

/// A public figure divides people: known accounts for and against, many of whom bought nothing.
pub(super) fn controversy(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let first = stage.day_within(0.3, 0.9);
    let (days, reviews) = (stage.days(8.0), stage.count(90.0));
    if side == Side::Twin {
        let script = stage.script();
        let push = Push {
            words: vec![Words::Script(script), Words::Own],
            confirmed: 0.02,
            ..stage.hired_blame(first, days, reviews)
        };
        return stage.attack(&pages[0], &push);
    }
    let against = 0.3 + 0.4 * stage.dice.unit();
    let bought = 0.25 + 0.3 * stage.dice.unit();
    for _ in 0..reviews {
        let author = stage.author(stage.conditions.one_time);
        let day = first + stage.dice.below(days as usize) as i64;
        let time = stage.moment(day);
        let has = stage.dice.chance(bought);
        if has {
            let before = i64::from(stage.dice.between(2, 40));
            let ordered = stage.moment(day - before);
            stage.order(&pages[0], &author, ordered, Deal::KEPT);
        }
        let side = if stage.dice.chance(against) {
            Stars::Shares([85, 8, 3, 2, 2])
        } else {
            Stars::Shares([1, 2, 4, 13, 80])
        };
        let stars = stage.stars(&author, side);
        let confirmed = Some(has && stage.dice.chance(stage.conditions.confirmed));
        stage.post_before_end(Post {
            confirmed,
            ..Post::new(&pages[0], &author, time, stars)
        });
    }
}

/// An update breaks an application: users write on a market without orders and purchase flags. The
/// twin's accounts are thrown away.
pub(super) fn app_update(stage: &mut Stage<'_>, side: Side) {
    let shops = markets::market(stage, &markets::Nature::APPLICATIONS);
    let page = &shops[0][0];
    let first = stage.day_within(0.4, 0.9);
    let (days, reviews) = (stage.days(12.0), stage.count(60.0));
    match side {
        Side::Honest => {
            let all = stage.usual_wave(first, days, reviews);
            stage.wave(
                page,
                Wave {
                    stars: ANGRY,
                    lag: (0, 6),
                    ..all
                },
            );
        }
        Side::Twin => {
            let shares = Stars::Shares([96, 4, 0, 0, 0]);
            let push = stage.hired_blame(first, days, reviews);
            stage.attack(
                page,
                &Push {
                    stars: shares,
                    ..push
                },
            );
        }
    }
}

/// A recall on a market that shares neither orders nor purchase flags. The attack of the twin comes
/// from accounts like those of customers, so nothing tells the two apart.
pub(super) fn unknown_buyers(stage: &mut Stage<'_>, side: Side) {
    let shops = markets::market(stage, &markets::Nature::SILENT);
    let page = &shops[0][0];
    let first = stage.day_within(0.4, 0.9);
    let (days, reviews) = (stage.days(12.0), stage.count(40.0));
    match side {
        Side::Honest => {
            let all = stage.usual_wave(first, days, reviews);
            let wave = Wave {
                stars: HIRED_BLAME,
                lag: (0, 6),
                ..all
            };
            stage.wave(page, wave);
        }
        Side::Twin => {
            let crew: Vec<String> = (0..reviews).map(|_| stage.author(0.0)).collect();
            let push = Push {
                crew,
                thrown: stage.conditions.one_time,
                stars: HIRED_BLAME,
                ..stage.hired_blame(first, days + 4, reviews)
            };
            stage.attack(page, &push);
        }
    }
}
