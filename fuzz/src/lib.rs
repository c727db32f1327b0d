//! Makes events of a fuzzer's bytes. Ids are few, so that facts meet.

use arbitrary::{Result, Unstructured};
use goodstanding::codec;
use goodstanding::domain;
use goodstanding::domain::Time;
use goodstanding::proto::v1::event::Payload;
use goodstanding::proto::v1::{
    BrandSignal, ErasedReview, ErasedVerdict, Erasure, Event, Listing, ListingSnapshot, Money,
    Order, Review, ReviewRemoval, Seller, Subject, Tombstone, Verdict, tombstone,
};
use pbjson_types::Timestamp;

/// Most events of one input.
const EVENTS_MAX: usize = 200;
const DAY: i64 = 86_400;
/// Texts that meet, so that near-duplicates are found.
const TEXTS: [&str; 6] = [
    "",
    "fine",
    "the kettle boils fast and the lid shuts well",
    "the kettle boils fast and the lid shuts badly",
    "a lamp that shines evenly and warms the whole desk",
    "Der Kessel kocht schnell, und der Deckel schlie\u{df}t gut",
];

/// Arrival of all events: 2033-05-18.
pub const ARRIVAL: Time = Time::from_seconds(2_000_000_000);

/// Makes messages until the bytes are used up. Most of them are valid events.
pub fn messages(from: &mut Unstructured<'_>) -> Vec<Event> {
    let mut messages = Vec::new();
    while !from.is_empty() && messages.len() < EVENTS_MAX {
        match message(from) {
            Ok(message) => messages.push(message),
            Err(_) => break,
        }
    }
    messages
}

/// Makes events that the codec accepts.
pub fn events(from: &mut Unstructured<'_>) -> Vec<domain::Event> {
    let parsed = messages(from)
        .into_iter()
        .map(|message| codec::parse_event(message, ARRIVAL));
    parsed.filter_map(std::result::Result::ok).collect()
}

fn message(from: &mut Unstructured<'_>) -> Result<Event> {
    let revision = if rarely(from)? {
        from.arbitrary()?
    } else {
        from.int_in_range(0..=3)?
    };
    let payload = match from.int_in_range(0..=15)? {
        0..=6 => Payload::Review(review(from)?),
        7 => Payload::ReviewRemoval(ReviewRemoval {
            review_id: id(from, "r", 15)?,
            marketplace: marketplace(from)?,
            time: time(from)?,
            remover: choice(from, 2)?,
        }),
        8 => Payload::Listing(listing(from)?),
        9 | 10 => Payload::Order(order(from)?),
        11 => Payload::ListingSnapshot(snapshot(from)?),
        12 => Payload::BrandSignal(brand_signal(from)?),
        13 => Payload::Verdict(verdict(from)?),
        14 => Payload::Seller(Seller {
            seller_id: id(from, "s", 3)?,
            display_name: text(from)?,
            home_country: country(from)?,
            register_time: time(from)?,
            brands: list(from, 3)?,
        }),
        _ => Payload::Tombstone(tombstone(from)?),
    };
    Ok(Event {
        revision,
        payload: Some(payload),
    })
}

fn review(from: &mut Unstructured<'_>) -> Result<Review> {
    Ok(Review {
        review_id: id(from, "r", 15)?,
        marketplace: marketplace(from)?,
        listing_id: id(from, "l", 3)?,
        reviewer_id: id(from, "a", 7)?,
        rating: if rarely(from)? {
            from.arbitrary()?
        } else {
            from.int_in_range(1..=5)?
        },
        title: text(from)?,
        body: text(from)?,
        language: (*from.choose(&["", "en", "zh-Hant", "e"])?).to_owned(),
        verified_purchase: from.arbitrary()?,
        incentive_disclosed: from.arbitrary()?,
        helpful_votes: number(from)?.map(|number| number as u32),
        image_count: number(from)?.map(|number| number as u32),
        time: time(from)?,
    })
}

fn listing(from: &mut Unstructured<'_>) -> Result<Listing> {
    let keys: Vec<String> = list(from, 3)?;
    let attributes = keys.into_iter().map(|key| Ok((key, text(from)?)));
    Ok(Listing {
        attributes: attributes.collect::<Result<_>>()?,
        listing_id: id(from, "l", 3)?,
        marketplace: marketplace(from)?,
        seller_id: id(from, "s", 3)?,
        destination_country: country(from)?,
        category_path: list(from, 4)?,
        brand: text(from)?,
        title: text(from)?,
        bullet_points: list(from, 3)?,
        description: text(from)?,
        price: money(from)?,
        image_count: number(from)?.map(|number| number as u32),
        video_count: number(from)?.map(|number| number as u32),
        enhanced_content: from.arbitrary()?,
        fulfilment: choice(from, 4)?,
        variation_parent_id: if from.arbitrary()? {
            id(from, "l", 3)?
        } else {
            String::new()
        },
        create_time: time(from)?,
    })
}

fn snapshot(from: &mut Unstructured<'_>) -> Result<ListingSnapshot> {
    Ok(ListingSnapshot {
        listing_id: id(from, "l", 3)?,
        marketplace: marketplace(from)?,
        time: time(from)?,
        price: money(from)?,
        sales_rank: number(from)?.map(|number| number as u32),
        displayed_rating: from.arbitrary()?,
        displayed_count: number(from)?,
        units: number(from)?,
        sessions: number(from)?,
        ad_spend: money(from)?,
        returns: number(from)?,
    })
}

fn order(from: &mut Unstructured<'_>) -> Result<Order> {
    Ok(Order {
        order_id: id(from, "o", 15)?,
        marketplace: marketplace(from)?,
        listing_id: id(from, "l", 3)?,
        buyer_id: if from.arbitrary()? {
            id(from, "a", 7)?
        } else {
            String::new()
        },
        time: time(from)?,
        quantity: from.int_in_range(0..=1_000_001)?,
        price: money(from)?,
        destination_country: country(from)?,
        promotion: from.arbitrary()?,
        delivered: from.arbitrary()?,
        refunded: from.arbitrary()?,
    })
}

fn brand_signal(from: &mut Unstructured<'_>) -> Result<BrandSignal> {
    Ok(BrandSignal {
        signal_id: id(from, "b", 7)?,
        seller_id: id(from, "s", 3)?,
        brand: text(from)?,
        market: country(from)?,
        channel: choice(from, 6)?,
        metric: id(from, "m", 3)?,
        value: from.arbitrary()?,
        start_time: time(from)?,
        end_time: time(from)?,
        provenance: choice(from, 3)?,
    })
}

fn verdict(from: &mut Unstructured<'_>) -> Result<Verdict> {
    let kind = choice(from, 4)?;
    let prefix = *from.choose(&["r", "a", "l", "s"])?;
    let subject = Subject {
        kind,
        marketplace: if kind == 4 {
            String::new()
        } else {
            marketplace(from)?
        },
        id: id(from, prefix, 7)?,
    };
    Ok(Verdict {
        verdict_id: id(from, "v", 7)?,
        subject: Some(subject),
        label: choice(from, 2)?,
        decided_by: text(from)?,
        reason: text(from)?,
        time: time(from)?,
    })
}

fn tombstone(from: &mut Unstructured<'_>) -> Result<Tombstone> {
    use tombstone::Erased;
    let erased = match from.int_in_range(0..=2)? {
        0 => Erased::Review(ErasedReview {
            review_id: id(from, "r", 15)?,
            marketplace: marketplace(from)?,
            listing_id: id(from, "l", 3)?,
            time: time(from)?,
        }),
        1 => Erased::Verdict(ErasedVerdict {
            verdict_id: id(from, "v", 7)?,
            time: time(from)?,
        }),
        _ => Erased::Erasure(Erasure {
            changed_event_count: number(from)?.unwrap_or(1),
        }),
    };
    Ok(Tombstone {
        erased: Some(erased),
    })
}

/// Whether a value is to be any of its type: once in 32 times.
fn rarely(from: &mut Unstructured<'_>) -> Result<bool> {
    from.ratio(1, 32)
}

fn id(from: &mut Unstructured<'_>, prefix: &str, last: u8) -> Result<String> {
    if rarely(from)? {
        return text(from);
    }
    Ok(format!("{prefix}{}", from.int_in_range(0..=last)?))
}

fn marketplace(from: &mut Unstructured<'_>) -> Result<String> {
    Ok(if rarely(from)? {
        id(from, "shop", 3)?
    } else {
        "shop".to_owned()
    })
}

fn text(from: &mut Unstructured<'_>) -> Result<String> {
    Ok(match from.int_in_range(0..=7)? {
        own @ 0..6 => TEXTS[own],
        _ => from.arbitrary()?,
    }
    .to_owned())
}

fn list(from: &mut Unstructured<'_>, most: usize) -> Result<Vec<String>> {
    (0..from.int_in_range(0..=most)?)
        .map(|_| id(from, "c", 2))
        .collect()
}

fn country(from: &mut Unstructured<'_>) -> Result<String> {
    Ok((*from.choose(&["", "DE", "US", "d"])?).to_owned())
}

/// The number of an enumeration, and sometimes one that it does not have.
fn choice(from: &mut Unstructured<'_>, last: i32) -> Result<i32> {
    from.int_in_range(0..=last + 1)
}

fn number(from: &mut Unstructured<'_>) -> Result<Option<u64>> {
    Ok(match from.int_in_range(0..=7)? {
        0..=2 => None,
        3..=6 => Some(from.int_in_range(0..=200)?),
        _ => Some(from.arbitrary()?),
    })
}

fn money(from: &mut Unstructured<'_>) -> Result<Option<Money>> {
    if from.arbitrary()? {
        return Ok(None);
    }
    Ok(Some(Money {
        currency_code: (*from.choose(&["USD", "EUR", "usd"])?).to_owned(),
        units: if rarely(from)? {
            from.arbitrary()?
        } else {
            from.int_in_range(0..=500)?
        },
        nanos: from.int_in_range(0..=1_000_000_000)?,
    }))
}

/// Most times lie in two years, at few hours of a day.
fn time(from: &mut Unstructured<'_>) -> Result<Option<Timestamp>> {
    Ok(match from.int_in_range(0..=15)? {
        0 => None,
        1 => Some(Timestamp {
            seconds: from.arbitrary()?,
            nanos: from.arbitrary()?,
        }),
        2 => Some(Timestamp {
            seconds: from.int_in_range(0..=i64::from(u32::MAX))?,
            nanos: 0,
        }),
        hour => Some(Timestamp {
            seconds: (18_000 + from.int_in_range(0..=730)?) * DAY + hour * 1800,
            nanos: 0,
        }),
    })
}
