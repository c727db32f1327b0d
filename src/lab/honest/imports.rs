//! Scenes in which a platform or a feed makes reviews look like a push.

use super::acts::{Push, Stars};
use super::kinds::Side;
use super::roles::{Key, Role, note};
use super::scene::{DAY, Deal, Page, Place, Post, Words};
use super::stage::Stage;
use crate::lab::simulate::catalog::CATEGORIES;
use crate::proto::v1;

/// A shop moves to the marketplace with its old reviews, which all get the second of the import.
/// The twin's import is invented.
pub(super) fn migration(stage: &mut Stage<'_>, side: Side) {
    let seller = stage.seller();
    let moved = stage.day_within(0.3, 0.85);
    let at = stage.moment(moved);
    let one_time = 0.5 + 0.4 * stage.dice.unit();
    for middle in [90.0, 45.0] {
        let page = stage.page(&seller, moved - 1);
        let reviews = stage.count(middle);
        stage.trade(&page, moved, f64::from(reviews) * 0.25);
        let role = match side {
            Side::Honest => Role::Honest,
            Side::Twin => Role::Manipulated,
        };
        stage.assign(&page, role);
        let scripts = [stage.script(), stage.script()];
        for turn in 0..reviews {
            let author = stage.author(one_time);
            let (stars, words) = match side {
                Side::Honest => (Stars::Quality(page.quality), Words::Own),
                Side::Twin => {
                    let script = scripts[turn as usize % 2];
                    (super::acts::BOUGHT, Words::Script(script))
                }
            };
            let author = match side {
                Side::Honest => author,
                Side::Twin => stage.fresh(),
            };
            let stars = stage.stars(&author, stars);
            stage.post(Post {
                confirmed: None,
                words,
                role,
                ..Post::new(&page, &author, at, stars)
            });
        }
    }
}

/// Old reviews are imported without their dates. The twin's are invented.
pub(super) fn undated_import(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let page = &pages[0];
    let day = stage.day_within(0.3, 0.85);
    let arrives = stage.moment(day);
    let reviews = stage.count(60.0);
    let script = stage.script();
    for _ in 0..reviews {
        let (author, stars, words, role) = match side {
            Side::Honest => {
                let author = stage.author(stage.conditions.one_time);
                let quality = Stars::Quality(page.quality);
                (author, quality, Words::Own, Role::Honest)
            }
            Side::Twin => {
                let words = Words::Script(script);
                let author = stage.fresh();
                (author, super::acts::BOUGHT, words, Role::Manipulated)
            }
        };
        let stars = stage.stars(&author, stars);
        stage.post(Post {
            dated: None,
            confirmed: None,
            words,
            role,
            ..Post::new(page, &author, arrives, stars)
        });
    }
    if side == Side::Twin {
        stage.assign(page, Role::Manipulated);
    }
}

/// The brand's own shop hands its reviews to the marketplace, where they are not confirmed. The
/// twin's are copied from other sellers' pages.
pub(super) fn syndication(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let page = &pages[0];
    let handed = stage.day_within(0.5, 0.9);
    let reviews = stage.count(60.0);
    if side == Side::Twin {
        for text in stage.praise_of_others(reviews as usize) {
            let day = handed + i64::from(stage.dice.between(0, 9));
            let time = stage.moment(day);
            let author = stage.fresh();
            stage.post(Post {
                confirmed: Some(false),
                words: Words::Given(text.0, text.1),
                role: Role::Manipulated,
                ..Post::new(page, &author, time, 5)
            });
        }
        return stage.assign(page, Role::Manipulated);
    }
    let market = stage.place.clone();
    let own = Place {
        marketplace: "own-brand.shop".to_owned(),
        ..market.clone()
    };
    stage.place = own.clone();
    let source = stage.page(&page.seller, page.born);
    let source = Page {
        category: page.category,
        product: page.product,
        ..source
    };
    let mut written = Vec::new();
    for _ in 0..reviews {
        let author = stage.author(0.8);
        let day = stage.dice.below(handed as usize) as i64;
        let ordered = stage.moment(day);
        stage.order(&source, &author, ordered, Deal::KEPT);
        let time = ordered + i64::from(stage.dice.between(2, 25)) * DAY;
        let stars = stage.stars(&author, Stars::Quality(page.quality));
        written.push((time, stage.post(Post::new(&source, &author, time, stars))));
    }
    stage.place = market;
    let at = stage.moment(handed);
    // Some feeds keep the accounts, and some make new ones.
    let same_accounts = stage.dice.chance(0.5);
    for (time, review) in written {
        let reviewer_id = if same_accounts {
            review.reviewer_id.clone()
        } else {
            stage.fresh()
        };
        let copy = v1::Review {
            review_id: stage.id('R'),
            reviewer_id,
            marketplace: stage.place.marketplace.clone(),
            listing_id: page.id.clone(),
            verified_purchase: Some(false),
            ..review
        };
        stage.deliver(&copy, at.max(time), Role::Honest);
    }
}

/// Each review stands on all variants of one product. In the twin many authors share each text.
pub(super) fn variants(stage: &mut Stage<'_>, side: Side) {
    let seller = stage.seller();
    let count = stage.dice.between(3, 7);
    let born = -i64::from(stage.dice.between(60, 600));
    let first = stage.page(&seller, born);
    let parent = stage.id('P');
    let mut pages = Vec::new();
    for place in 0..count {
        let page = Page {
            id: if place == 0 {
                first.id.clone()
            } else {
                stage.id('L')
            },
            parent: parent.clone(),
            ..first.clone()
        };
        stage.publish(&page, u32::from(place == 0), None);
        pages.push(page);
    }
    let reviews = stage.count(55.0);
    for page in &pages {
        stage.orders_only(page, f64::from(reviews));
    }
    for _ in 0..reviews {
        let author = stage.author(stage.conditions.one_time);
        let bought = stage.dice.below(pages.len());
        let day = stage.dice.below(stage.ground.days as usize - 30) as i64;
        let ordered = stage.moment(day);
        stage.order(&pages[bought], &author, ordered, Deal::KEPT);
        let time = ordered + i64::from(stage.dice.between(3, 25)) * DAY;
        let stars = stage.stars(&author, Stars::Quality(first.quality));
        let review = stage.post(Post::new(&pages[bought], &author, time, stars));
        for page in pages.iter().filter(|page| page.id != pages[bought].id) {
            let shown = v1::Review {
                review_id: stage.id('R'),
                listing_id: page.id.clone(),
                ..review.clone()
            };
            stage.deliver(&shown, time, Role::Honest);
        }
    }
    if side == Side::Twin {
        let day = stage.day_within(0.3, 0.85);
        let (days, texts) = (stage.days(14.0), stage.count(14.0));
        for _ in 0..texts {
            let script = stage.script();
            for page in &pages {
                let push = Push {
                    words: vec![Words::Script(script)],
                    ..stage.hired_praise(day, days, 1)
                };
                stage.promote(page, &push);
            }
        }
    }
}

/// A feed delivers some reviews many times, each time under a new id. In the twin the copies are by
/// different authors.
pub(super) fn double_delivery(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let page = &pages[0];
    let (reviews, copies) = (stage.dice.between(5, 20), stage.dice.between(2, 20));
    let first = stage.day_within(0.2, 0.6);
    for _ in 0..reviews {
        let author = stage.author(0.2);
        let day = first + i64::from(stage.dice.between(0, 150));
        let ordered = stage.moment(day);
        stage.order(page, &author, ordered, Deal::KEPT);
        let time = ordered + i64::from(stage.dice.between(3, 20)) * DAY;
        let stars = stage.stars(&author, Stars::Quality(page.quality));
        let review = stage.post(Post::new(page, &author, time, stars));
        for _ in 1..copies {
            if side == Side::Honest {
                let review_id = stage.id('R');
                let copy = v1::Review {
                    review_id,
                    ..review.clone()
                };
                stage.deliver(&copy, time, Role::Honest);
            }
        }
    }
    if side == Side::Twin {
        let script = stage.script();
        let count = (reviews * (copies - 1)).clamp(20, 90) as u32;
        let days = stage.days(12.0);
        let push = Push {
            words: vec![Words::Script(script)],
            ..stage.hired_praise(first + 60, days, count)
        };
        stage.promote(page, &push);
    }
}

/// Two pages of one product become one. The twin's page becomes another product and keeps its
/// reviews.
pub(super) fn listing_merged(stage: &mut Stage<'_>, side: Side) {
    let pages = stage.shop();
    let merged = stage.day_within(0.45, 0.75);
    let at = stage.moment(merged);
    if side == Side::Twin {
        return hijack(stage, merged, at);
    }
    let page = &pages[0];
    let born = -i64::from(stage.dice.between(60, 400));
    let old = stage.page(&page.seller, born);
    let old = Page {
        category: page.category,
        product: page.product,
        ..old
    };
    stage.publish(&old, 1, None);
    let reviews = stage.count(45.0);
    let before = stage.scene.events.len();
    stage.trade_in(&old, 0..merged - 45, f64::from(reviews));
    let moved: Vec<v1::Review> = stage.scene.events[before..]
        .iter()
        .filter_map(|(_, event)| match &event.payload {
            Some(v1::event::Payload::Review(review)) => Some(review.clone()),
            _ => None,
        })
        .collect();
    let words = &CATEGORIES[page.category].products;
    let product = stage.dice.pick(words);
    stage.publish(
        &Page {
            product,
            ..page.clone()
        },
        1,
        Some(at),
    );
    for review in moved {
        let copy = v1::Review {
            review_id: stage.id('R'),
            listing_id: page.id.clone(),
            ..review
        };
        stage.deliver(&copy, at, Role::Honest);
    }
}

/// A page with good old reviews becomes another product, of poor quality.
fn hijack(stage: &mut Stage<'_>, day: i64, at: i64) {
    let seller = stage.seller();
    let page = Page {
        quality: 8,
        ..stage.page(&seller, -300)
    };
    let reviews = stage.count(45.0);
    let before = stage.scene.events.len();
    stage.trade_in(&page, 0..day - 20, f64::from(reviews));
    let carried: Vec<String> = stage.scene.events[before..]
        .iter()
        .filter_map(|(_, event)| match &event.payload {
            Some(v1::event::Payload::Review(review)) => Some(review.review_id.clone()),
            _ => None,
        })
        .collect();
    for id in carried {
        let key = Key::new(&stage.place.marketplace, &id);
        note(&mut stage.scene.roles.reviews, key, Role::Manipulated);
    }
    let category = (page.category + 1 + stage.dice.below(CATEGORIES.len() - 1)) % CATEGORIES.len();
    let product = stage.dice.pick(CATEGORIES[category].products);
    let turned = Page {
        category,
        product,
        quality: 2,
        ..page
    };
    stage.publish(&turned, 1, Some(at));
    stage.trade(&turned, day, f64::from(reviews) * 0.8);
    stage.assign(&turned, Role::Manipulated);
}

impl Stage<'_> {
    /// Positive reviews of other sellers, title and body.
    fn praise_of_others(&mut self, count: usize) -> Vec<(String, String)> {
        let pages = &self.ground.praise;
        if pages.is_empty() {
            return Vec::new();
        }
        (0..count)
            .map(|_| pages[self.dice.below(pages.len())].clone())
            .collect()
    }
}
