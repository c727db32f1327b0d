//! Scenes that are a small market of their own.

use std::sync::Arc;

use super::acts::Push;
use super::kinds::Side;
use super::language::Language;
use super::scene::{Page, Place, Words};
use super::stage::Stage;

/// Nature of a small market.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nature {
    pub(super) marketplace: &'static str,
    pub(super) country: &'static str,
    pub(super) currency: &'static str,
    /// BCP 47 of a made-up language; none for English.
    pub(super) language: Option<&'static str>,
    pub(super) orders: bool,
    pub(super) flags: bool,
    pub(super) by_month: bool,
    /// Sellers, and listings of each.
    pub(super) shops: (i32, i32),
    /// Usual reviews of the largest listing of a shop.
    pub(super) reviews: f64,
}

impl Nature {
    /// A small country with a language of its own.
    pub(super) const SMALL_COUNTRY: Self = Self {
        marketplace: "shop.lx",
        country: "DK",
        currency: "DKK",
        language: Some("da"),
        orders: true,
        flags: true,
        by_month: false,
        shops: (4, 3),
        reviews: 50.0,
    };
    /// A shop system that knows no purchase flag and shares no orders.
    pub(super) const SILENT: Self = Self {
        marketplace: "plain.shop",
        country: "US",
        currency: "USD",
        language: None,
        orders: false,
        flags: false,
        shops: (6, 3),
        ..Self::SMALL_COUNTRY
    };
    /// A store of applications.
    pub(super) const APPLICATIONS: Self = Self {
        marketplace: "apps.store",
        shops: (8, 1),
        reviews: 90.0,
        ..Self::SILENT
    };
    /// A market that sends its reviews once a month.
    pub(super) const MONTHLY: Self = Self {
        marketplace: "monthly.shop",
        flags: true,
        by_month: true,
        ..Self::SILENT
    };
}

/// Makes the market of a nature, with the ordinary trade of all its sellers, and moves the stage
/// there.
pub(super) fn market(stage: &mut Stage<'_>, nature: &Nature) -> Vec<Vec<Page>> {
    // Few accounts write often; most write now and then.
    let count = 60 + stage.dice.below(160);
    let mut accounts = Vec::new();
    for _ in 0..count {
        let account = stage.fresh();
        let times = stage.dice.pareto(1.2, 30.0) as usize;
        accounts.extend(std::iter::repeat_n(account, times));
    }
    let language = nature
        .language
        .map(|code| Arc::new(Language::new(&mut stage.dice, code)));
    stage.place = Place {
        marketplace: nature.marketplace.to_owned(),
        country: nature.country,
        currency: nature.currency,
        accounts: Arc::new(accounts),
        language,
        orders: nature.orders,
        flags: nature.flags,
        by_month: nature.by_month,
    };
    let (sellers, listings) = nature.shops;
    let sellers = stage.dice.between(sellers, sellers * 3 / 2);
    let mut shops = Vec::new();
    for _ in 0..sellers {
        let seller = stage.seller();
        let pages: Vec<Page> = (0..stage.dice.between(listings, listings + 1))
            .map(|_| {
                let born = -i64::from(stage.dice.between(30, 500));
                stage.page(&seller, born)
            })
            .collect();
        let reviews = stage.count(nature.reviews);
        stage.history(&pages, reviews);
        shops.push(pages);
    }
    shops
}

/// A market with its own language, where buyers use the same few phrases.
pub(super) fn small_language(stage: &mut Stage<'_>, side: Side) {
    let shops = market(stage, &Nature::SMALL_COUNTRY);
    if side == Side::Twin {
        brushed(stage, &shops[0][0], 0.1);
    }
}

/// A market without purchase flags and orders.
pub(super) fn no_purchase_flag(stage: &mut Stage<'_>, side: Side) {
    let shops = market(stage, &Nature::SILENT);
    if side == Side::Twin {
        brushed(stage, &shops[0][0], 0.1);
    }
}

/// A market that sends its reviews once a month, all with the day of the batch.
pub(super) fn monthly_batches(stage: &mut Stage<'_>, side: Side) {
    let shops = market(stage, &Nature::MONTHLY);
    if side == Side::Twin {
        brushed(stage, &shops[0][0], 0.1);
    }
}

/// Bought praise for a page of a small market.
fn brushed(stage: &mut Stage<'_>, page: &Page, confirmed: f64) {
    let first = stage.day_within(0.3, 0.85);
    let (days, reviews) = (stage.days(14.0), stage.count(45.0));
    let script = stage.script();
    let push = Push {
        confirmed,
        words: vec![Words::Paid, Words::Script(script)],
        ..stage.hired_praise(first, days, reviews)
    };
    stage.promote(page, &push);
}
