//! Scenes in which many customers come at once and are content.

use super::acts::{BOUGHT, Push, Stars, Wave};
use super::kinds::Side;
use super::roles::Role;
use super::scene::{DAY, Deal, Page, Post, Words};
use super::stage::Stage;
use crate::lab::simulate::calendar::is_general_sale;

/// A new product sells well from its first day. The twin gives it away for praise.
pub(super) fn launch(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let born = stage.day_within(0.35, 0.75);
    let page = stage.page(&pages[0].seller, born);
    let (days, reviews) = (stage.days(25.0), stage.count(45.0));
    let all = stage.usual_wave(born + 1, days, reviews);
    stage.trade(&page, born + days, f64::from(reviews));
    if side == Side::Honest {
        let lag = (2, 14);
        stage.wave(&page, Wave { lag, ..all });
        return declared_testers(stage, &page);
    }
    let buyers = all.buyers / 3;
    stage.wave(&page, Wave { buyers, ..all });
    let push = free_goods(stage, born + 2, days + 6, reviews);
    let born = stage.day_within(0.2, 0.7);
    let other = stage.page(&pages[0].seller, born);
    let accomplice = stage.shop();
    for (page, reviews) in [
        (&page, reviews),
        (&other, reviews),
        (&accomplice[0], reviews / 2),
    ] {
        let first = push.first.max(page.born + 1);
        stage.promote(
            page,
            &Push {
                first,
                reviews,
                ..push.clone()
            },
        );
    }
}

/// A few who got a new product free and say so.
fn declared_testers(stage: &mut Stage<'_>, page: &Page) {
    for _ in 0..stage.dice.between(2, 8) {
        let author = stage.author(0.1);
        let day = page.born + i64::from(stage.dice.between(1, 12));
        let time = stage.moment(day);
        let stars = stage.stars(&author, Stars::Quality(page.quality));
        stage.post(Post {
            confirmed: Some(false),
            disclosed: true,
            words: Words::Disclosed,
            ..Post::new(page, &author, time, stars)
        });
    }
}

/// Reviews by people who get the goods free without saying so.
pub(super) fn free_goods(stage: &mut Stage<'_>, first: i64, days: i64, reviews: u32) -> Push {
    let crew = stage.crew(25);
    Push {
        crew,
        thrown: 0.25,
        ordered: 0.5,
        confirmed: 0.5,
        words: vec![Words::Own, Words::Own, Words::Rewarded],
        ..stage.hired_praise(first, days, reviews)
    }
}

/// Backers of a crowdfunded product get it within days, after a long wait.
pub(super) fn crowdfunding(stage: &mut Stage<'_>, side: Side) {
    let wait = stage.days(100.0).min(170);
    let delivery = stage.day_within(0.45, 0.85);
    let seller = stage.seller();
    let page = stage.page(&seller, delivery - wait);
    let (days, reviews) = (stage.days(14.0), stage.count(80.0));
    stage.trade(&page, delivery + days, f64::from(reviews) * 0.4);
    let all = stage.usual_wave(delivery - wait, 30, reviews);
    let all = Wave {
        deal: Deal::PROMOTED,
        one_time: 0.3 + 0.4 * stage.dice.unit(),
        confirmed: 0.6 + 0.35 * stage.dice.unit(),
        ..all
    };
    if side == Side::Twin {
        stage.wave(
            &page,
            Wave {
                buyers: all.buyers / 8,
                ..all
            },
        );
        let push = stage.hired_praise(delivery, days, reviews);
        return stage.promote(&page, &push);
    }
    for _ in 0..all.buyers {
        let author = stage.author(all.one_time);
        let day = all.first + stage.dice.below(all.days as usize) as i64;
        let pledged = stage.moment(day);
        stage.order(&page, &author, pledged, all.deal);
        if stage.dice.chance(all.writes) {
            let day = delivery + stage.dice.below(days as usize) as i64;
            let delivered = stage.moment(day);
            stage.wave_review(&page, &Wave { lag: (0, 5), ..all }, &author, delivered);
        }
    }
}

/// A video makes a product known.
pub(super) fn viral_video(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let first = stage.day_within(0.3, 0.9);
    let (days, reviews) = (stage.days(7.0), stage.count(80.0));
    let all = stage.usual_wave(first, days, reviews);
    if side == Side::Honest {
        let one_time = 0.45 + 0.3 * stage.dice.unit();
        return stage.wave(
            &pages[0],
            Wave {
                one_time,
                lag: (3, 18),
                ..all
            },
        );
    }
    let push = stage.hired_praise(first + 3, days + 6, reviews);
    stage.promote(&pages[0], &push);
}

/// A famous person names a product: a day or two of orders by newcomers.
pub(super) fn celebrity(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let first = stage.day_within(0.3, 0.9);
    let reviews = stage.count(60.0);
    let all = stage.usual_wave(first, 2, reviews);
    if side == Side::Honest {
        let wave = Wave {
            one_time: 0.5 + 0.35 * stage.dice.unit(),
            confirmed: 0.65 + 0.3 * stage.dice.unit(),
            lag: (2, 15),
            ..all
        };
        return stage.wave(&pages[0], wave);
    }
    let script = stage.script();
    let push = Push {
        words: vec![Words::Script(script), Words::Paid],
        ..stage.hired_praise(first + 2, 12, reviews)
    };
    stage.promote(&pages[0], &push);
}

/// A product that sells before one holiday each year.
pub(super) fn season(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let reviews = stage.count(50.0);
    let peak = 300 + i64::from(stage.dice.between(0, 45));
    let days = stage.days(22.0);
    for first in [peak, peak + 365] {
        if first + days >= stage.ground.days {
            continue;
        }
        let all = stage.usual_wave(first, days, reviews);
        match side {
            Side::Honest => stage.wave(&pages[0], all),
            Side::Twin => {
                let push = stage.hired_praise(first, days + 8, reviews);
                stage.promote(&pages[0], &push);
            }
        }
    }
}

/// The days on which everything is cheaper.
pub(super) fn sale_day(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let from = stage.day_within(0.2, 0.5);
    let start = stage.ground.start / DAY;
    let first = (from..stage.ground.days - 25)
        .find(|day| u32::try_from(start + day).is_ok_and(is_general_sale))
        .unwrap_or(from);
    let reviews = stage.count(60.0);
    let all = stage.usual_wave(first, 3, reviews);
    match side {
        Side::Honest => stage.wave(
            &pages[0],
            Wave {
                deal: Deal::PROMOTED,
                ..all
            },
        ),
        Side::Twin => {
            stage.wave(
                &pages[0],
                Wave {
                    buyers: all.buyers / 6,
                    ..all
                },
            );
            let push = stage.hired_praise(first + 1, 9, reviews);
            stage.promote(&pages[0], &push);
        }
    }
}

/// A product is sold out for months; its customers wait for it.
pub(super) fn restock(stage: &mut Stage<'_>, side: Side) {
    let seller = stage.seller();
    let page: Page = stage.page(&seller, -200);
    let back = stage.day_within(0.5, 0.85);
    let gap = stage.days(90.0).min(back - 60);
    let reviews = stage.count(50.0);
    stage.trade_in(&page, 0..back - gap, f64::from(reviews) * 0.8);
    stage.trade(&page, back, f64::from(reviews) * 0.4);
    let days = stage.days(6.0);
    let all = stage.usual_wave(back, days, reviews);
    match side {
        Side::Honest => stage.wave(&page, all),
        Side::Twin => {
            let push = stage.hired_praise(back, days + 8, reviews);
            stage.promote(&page, &push);
        }
    }
}

/// A seller asks all buyers of the last months for a review on one day. The twin promises them a
/// voucher for five stars.
pub(super) fn review_request(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let reviews = stage.count(50.0);
    let day = stage.day_within(0.4, 0.9);
    let quality = stage.conditions.quality;
    let (stars, words, role) = match side {
        Side::Honest => (Stars::Quality(quality), vec![Words::Own], Role::Honest),
        Side::Twin => {
            let words = vec![Words::Rewarded, Words::Own];
            (BOUGHT, words, Role::Manipulated)
        }
    };
    answer_mails(stage, &pages[0], (day, reviews), stars, (&words, role));
    stage.assign(&pages[0], role);
}

/// As [`review_request`], but the twin asks only buyers who seemed content. Nothing that a platform
/// sends shows who was asked.
pub(super) fn happy_mail(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let reviews = stage.count(45.0);
    let day = stage.day_within(0.4, 0.9);
    let role = match side {
        Side::Honest => Role::Honest,
        Side::Twin => Role::Manipulated,
    };
    let content = Stars::Shares([1, 1, 3, 20, 75]);
    answer_mails(
        stage,
        &pages[0],
        (day, reviews),
        content,
        (&[Words::Own], role),
    );
    stage.assign(&pages[0], role);
}

fn answer_mails(
    stage: &mut Stage<'_>,
    page: &Page,
    (day, reviews): (i64, u32),
    stars: Stars,
    (words, role): (&[Words], Role),
) {
    for _ in 0..reviews {
        let author = stage.author(stage.conditions.one_time);
        let before = i64::from(stage.dice.between(8, 110));
        let ordered = stage.moment(day - before);
        stage.order(page, &author, ordered, Deal::KEPT);
        let late = stage.dice.pareto(1.5, 8.0) as i64 - 1;
        let arrives = stage.moment(day + late);
        let stars = stage.stars(&author, stars);
        let confirmed = Some(stage.dice.chance(stage.conditions.confirmed));
        let words = words[stage.dice.below(words.len())].clone();
        stage.post_before_end(Post {
            confirmed,
            words,
            role,
            ..Post::new(page, &author, arrives, stars)
        });
    }
}
