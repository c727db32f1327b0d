//! Builds events and labels from the items of a day.

use super::catalog::CATEGORIES;
use super::dice::{Dice, mix};
use super::market::{Edit, Market, Plan, What};
use super::people::{self, Habit};
use super::schemes::{SCHEMES, Scheme};
use super::text::{self, Subject};
use super::truth::TruthRow;
use super::words;
use super::world::{MARKETS, NONE};
use crate::codec::timestamp;
use crate::proto::v1::event::Payload;
use crate::proto::v1::{self, Event};

const SYLLABLES: &[&str] = &[
    "ka", "lo", "ven", "tri", "mar", "zo", "bel", "nor", "qui", "sa", "dex", "ul", "pra", "hi",
    "om", "ter",
];
const COUNTRIES: &[&str] = &["CN", "CN", "CN", "US", "US", "GB", "DE", "PL", "VN", "IN"];
const KINDS: [&str; 4] = ["review", "reviewer", "listing", "seller"];

fn money(cents: u64, market: usize) -> v1::Money {
    v1::Money {
        currency_code: MARKETS[market].2.to_owned(),
        units: (cents / 100) as i64,
        nanos: (cents % 100) as i32 * 10_000_000,
    }
}

/// Makes a short id: a letter and a padded number.
fn id(letter: char, number: u64) -> String {
    let mut digits = [b'0'; 20];
    let (mut at, mut left) = (digits.len(), number);
    while left > 0 || at > digits.len() - 6 {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    let mut out = String::with_capacity(21 - at);
    out.push(letter);
    out.extend(digits[at..].iter().map(|digit| *digit as char));
    out
}

/// Makes the id of an account. Numbers are scrambled, so that an id reveals nothing about its role.
fn account(number: u32) -> String {
    let spread = number.wrapping_mul(0x9E37_79B1);
    id('U', u64::from(spread ^ (spread >> 15)))
}

fn brand(seller: u32) -> String {
    let mut dice = Dice::new(7, u64::from(seller));
    let mut name: String = (0..3).map(|_| dice.pick(SYLLABLES)).collect();
    if let Some(first) = name.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    name
}

impl Market {
    pub(super) fn build(&mut self, time: i64, what: What) -> Event {
        let (revision, payload) = match what {
            What::Seller(seller) => (0, Self::seller(time, seller)),
            What::Listing(listing) => (0, self.listing(time, listing, None)),
            What::Turn(campaign) => (1, self.turn(campaign)),
            What::Edit(listing, edit) => {
                let created = self.world.born(&self.config, listing);
                (1, self.listing(created, listing, Some(edit)))
            }
            What::Order(listing, buyer) => (0, self.order(time, listing, buyer)),
            What::Review(plan) => (0, self.review(time, plan)),
            What::Removal {
                review,
                listing,
                platform,
            } => {
                let remover = if platform {
                    v1::Remover::Platform
                } else {
                    v1::Remover::Author
                };
                let removal = v1::ReviewRemoval {
                    review_id: id('R', review),
                    marketplace: self.marketplace(listing).to_owned(),
                    time: Some(timestamp(time)),
                    remover: remover.into(),
                };
                (0, Payload::ReviewRemoval(removal))
            }
            What::Snapshot(listing) => (0, self.snapshot(time, listing)),
        };
        Event {
            revision,
            payload: Some(payload),
        }
    }

    fn marketplace(&self, listing: u32) -> &'static str {
        MARKETS[self.world.listings[listing as usize].market()].0
    }

    fn seller(time: i64, seller: u32) -> Payload {
        let mut dice = Dice::new(8, u64::from(seller));
        let brand = brand(seller);
        let kind = dice.pick(&[
            "Store", "Direct", "Trading", "Official", "Home", "Shop", "Ltd",
        ]);
        Payload::Seller(v1::Seller {
            seller_id: id('S', u64::from(seller)),
            display_name: format!("{brand} {kind}"),
            home_country: dice.pick(COUNTRIES).to_owned(),
            register_time: Some(timestamp(time)),
            brands: vec![brand],
        })
    }

    /// Builds the page now. Its text follows the present category. An edit changes the description
    /// and not the product.
    fn listing(&self, time: i64, listing: u32, edit: Option<Edit>) -> Payload {
        let row = &self.world.listings[listing as usize];
        let market = row.market();
        let (category, mut product) = row.words();
        let mut dice = Dice::new(9 + u64::from(row.category), u64::from(listing));
        let brand = brand(row.seller);
        let mut colour = dice.pick(words::COLOUR);
        let mut usage = dice.pick(category.uses);
        if matches!(edit, Some(Edit::Title | Edit::Both)) {
            let mut again = Dice::new(10 + u64::from(row.category), u64::from(listing));
            product = again.pick(category.products);
            colour = again.pick(words::COLOUR);
            usage = again.pick(category.uses);
        }
        let leaf = match edit {
            Some(Edit::Category | Edit::Both) => {
                let near = CATEGORIES
                    .iter()
                    .filter(|one| one.parent == category.parent);
                let near: Vec<&str> = near.map(|one| one.leaf).collect();
                let at = near.iter().position(|leaf| *leaf == category.leaf);
                near[(at.unwrap_or(0) + 1) % near.len()]
            }
            _ => category.leaf,
        };
        let title = format!("{brand} {product} {colour}, {usage}");
        let bullet_points = (0..4)
            .map(|_| format!("{} {}", dice.pick(words::GOOD), dice.pick(category.aspects)))
            .collect();
        let mut description = format!("{brand} {product} for use {}.", dice.pick(category.uses));
        for aspect in category.aspects.iter().take(4) {
            description.push(' ');
            description.push_str(dice.pick(words::GOOD));
            description.push(' ');
            description.push_str(aspect);
            description.push('.');
        }
        Payload::Listing(v1::Listing {
            listing_id: id('L', u64::from(listing)),
            marketplace: MARKETS[market].0.to_owned(),
            seller_id: id('S', u64::from(row.seller)),
            destination_country: MARKETS[market].1.to_owned(),
            category_path: vec![category.parent.to_owned(), leaf.to_owned()],
            brand,
            title,
            bullet_points,
            description,
            price: Some(money(u64::from(row.cents), market)),
            // At most one attribute, because several have no fixed encoding order.
            attributes: [("colour".to_owned(), colour.to_owned())]
                .into_iter()
                .collect(),
            image_count: Some(2 + dice.below(7) as u32),
            video_count: Some(u32::from(dice.chance(0.3))),
            enhanced_content: Some(dice.chance(0.4)),
            fulfilment: 1 + dice.below(4) as i32,
            variation_parent_id: String::new(),
            create_time: Some(timestamp(time)),
        })
    }

    /// Builds the page of a hijack: another product with the reviews of the old one.
    fn turn(&mut self, campaign: u32) -> Payload {
        let plan = &mut self.campaigns[campaign as usize];
        let (listing, turn, scheme) = (plan.listing, plan.turn, plan.scheme);
        let carried = std::mem::take(&mut plan.carried);
        let row = &mut self.world.listings[listing as usize];
        row.category = turn;
        row.quality = 2;
        row.hijack = NONE;
        let created = self.world.born(&self.config, listing);
        let marketplace = self.marketplace(listing);
        for review in carried {
            self.truth.rows.push(TruthRow {
                campaign: Some(campaign),
                ..row_of(0, marketplace, id('R', review), scheme, "manipulated")
            });
        }
        self.name_campaign(campaign);
        self.listing(created, listing, None)
    }

    fn order(&mut self, time: i64, listing: u32, buyer: u32) -> Payload {
        self.counts[1] += 1;
        let row = &self.world.listings[listing as usize];
        let market = row.market();
        let quantity = [1, 1, 1, 1, 1, 1, 2, 2, 3, 5][self.side.below(10)];
        Payload::Order(v1::Order {
            order_id: id('O', self.counts[1]),
            marketplace: MARKETS[market].0.to_owned(),
            listing_id: id('L', u64::from(listing)),
            buyer_id: account(buyer),
            time: Some(timestamp(time)),
            quantity,
            price: Some(money(u64::from(row.cents) * u64::from(quantity), market)),
            destination_country: MARKETS[market].1.to_owned(),
            promotion: Some(self.side.chance(0.12)),
            delivered: Some(self.side.chance(0.97)),
            refunded: Some(self.side.chance(0.01 * f64::from(10 - row.quality.min(9)))),
        })
    }

    fn review(&mut self, time: i64, plan: Plan) -> Payload {
        self.counts[0] += 1;
        let number = self.counts[0];
        let habit = self.habit(plan.author);
        let row = &self.world.listings[plan.listing as usize];
        let (market, hijack, (category, product)) = (row.market(), row.hijack, row.words());
        let rating = match plan.rating {
            0 => people::rating(&mut self.dice, row.quality, habit),
            stars => stars,
        };
        // Planted reviews have their own label.
        if plan.campaign == NONE
            && let Some(campaign) = self.campaigns.get_mut(hijack as usize)
        {
            campaign.carried.push(number);
        }
        let disclosed = plan.campaign == NONE && rating > 2 && self.dice.chance(0.015);
        let subject = Subject {
            category,
            product,
            rating,
        };
        let (title, mut body) = self.write(plan, subject, habit);
        if disclosed {
            text::lead(&mut self.dice, &mut body, words::DISCLOSED, subject);
        }
        let row = &mut self.world.listings[plan.listing as usize];
        row.stars += u32::from(rating);
        row.reviews += 1;
        self.after(time, number, plan, market);
        let pictures = self
            .dice
            .chance(if plan.campaign == NONE { 0.08 } else { 0.16 });
        Payload::Review(v1::Review {
            review_id: id('R', number),
            marketplace: MARKETS[market].0.to_owned(),
            listing_id: id('L', u64::from(plan.listing)),
            reviewer_id: account(plan.author),
            rating: u32::from(rating),
            title,
            body,
            language: "en".to_owned(),
            verified_purchase: Some(plan.verified),
            incentive_disclosed: Some(disclosed),
            helpful_votes: Some(self.dice.pareto(1.1, 200.0) as u32 - 1),
            image_count: Some(if pictures {
                self.dice.between(1, 4) as u32
            } else {
                0
            }),
            time: Some(timestamp(time)),
        })
    }

    fn write(&mut self, plan: Plan, subject: Subject, habit: Habit) -> (String, String) {
        let dice = &mut self.dice;
        let Some(campaign) = self.campaigns.get(plan.campaign as usize) else {
            return (
                text::title(dice, subject, habit),
                text::body(dice, subject, habit),
            );
        };
        match campaign.scheme() {
            Scheme::Template => text::template(dice, campaign.script, subject),
            Scheme::Brushing => text::paid(dice, subject),
            Scheme::Incentive if dice.chance(0.3) => {
                let mut body = text::body(dice, subject, habit);
                text::lead(dice, &mut body, words::REWARD, subject);
                (text::title(dice, subject, habit), body)
            }
            _ => (
                text::title(dice, subject, habit),
                text::body(dice, subject, habit),
            ),
        }
    }

    /// Labels a review and decides whether it will be removed.
    fn after(&mut self, time: i64, number: u64, plan: Plan, market: usize) {
        let day = ((time - self.config.start) / 86_400) as i32;
        let listing = plan.listing;
        let Some(campaign) = self.campaigns.get(plan.campaign as usize) else {
            if self.dice.chance(0.006) {
                let platform = self.dice.chance(0.4);
                let on = day + self.dice.between(3, 90);
                let removal = What::Removal {
                    review: number,
                    listing,
                    platform,
                };
                self.removals.entry(on).or_default().push(removal);
            }
            return;
        };
        let (scheme, (wave, share)) = (campaign.scheme, campaign.wave);
        let name = MARKETS[market].0;
        self.truth.rows.push(TruthRow {
            campaign: Some(plan.campaign),
            ..row_of(0, name, id('R', number), scheme, "manipulated")
        });
        self.label(1, plan.author, scheme, || {
            row_of(1, name, account(plan.author), scheme, "manipulated")
        });
        self.name_campaign(plan.campaign);
        if self.dice.chance(share) {
            let removal = What::Removal {
                review: number,
                listing,
                platform: true,
            };
            self.removals.entry(wave).or_default().push(removal);
        }
    }

    /// Labels a campaign's listing and seller.
    fn name_campaign(&mut self, campaign: u32) {
        let plan = &self.campaigns[campaign as usize];
        let (listing, seller, scheme) = (plan.listing, plan.seller, plan.scheme);
        let role = if plan.scheme() == Scheme::Attack {
            "victim"
        } else {
            "manipulated"
        };
        let name = self.marketplace(listing);
        self.label(2, listing, scheme, || {
            row_of(2, name, id('L', u64::from(listing)), scheme, role)
        });
        self.label(3, seller, scheme, || {
            row_of(3, "", id('S', u64::from(seller)), scheme, "manipulated")
        });
    }

    fn snapshot(&mut self, time: i64, listing: u32) -> Payload {
        let row = &self.world.listings[listing as usize];
        let group = &self.world.groups[usize::from(row.group)];
        let market = row.market();
        let weekly = self.config.reviews as f64 / f64::from(self.config.days.max(1)) * 21.0;
        let units = u64::from(self.side.poisson(weekly * group.share * row.weight));
        let noise = mix(u64::from(listing) ^ time as u64) % 4;
        let rank = (1.0 / row.weight.max(1e-9)) as u64 + noise;
        Payload::ListingSnapshot(v1::ListingSnapshot {
            listing_id: id('L', u64::from(listing)),
            marketplace: MARKETS[market].0.to_owned(),
            time: Some(timestamp(time)),
            price: Some(money(u64::from(row.cents), market)),
            sales_rank: Some(rank.clamp(1, 1_000_000) as u32),
            displayed_rating: (row.reviews > 0)
                .then(|| (f64::from(row.stars) / f64::from(row.reviews) * 10.0).round() / 10.0),
            displayed_count: Some(u64::from(row.reviews)),
            units: Some(units),
            sessions: Some(units * 12 + self.side.below(200) as u64),
            ad_spend: Some(money(units * u64::from(row.cents) / 12, market)),
            returns: Some(u64::from(self.side.poisson(units as f64 * 0.05))),
        })
    }
}

fn row_of(
    kind: usize,
    marketplace: &'static str,
    id: String,
    scheme: u8,
    role: &'static str,
) -> TruthRow {
    let scheme = SCHEMES[usize::from(scheme)].2;
    TruthRow {
        kind: KINDS[kind],
        marketplace,
        id,
        scheme,
        role,
        campaign: None,
    }
}
