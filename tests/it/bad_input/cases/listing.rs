//! Faults of listings.

use goodstanding::proto::v1::event::Payload;
use goodstanding::proto::v1::{Event, Listing};

use super::{Case, event, long, money};
use crate::support::at;

fn bad_listing(change: impl Fn(&mut Listing)) -> Event {
    let mut bad = Listing {
        listing_id: "bad".into(),
        marketplace: "shop.example".into(),
        ..Listing::default()
    };
    change(&mut bad);
    event(Payload::Listing(bad))
}

pub(crate) fn listing_cases() -> Vec<Case> {
    vec![
        (
            bad_listing(|l| l.listing_id.clear()),
            "listing.listing_id",
            "REQUIRED",
        ),
        (
            bad_listing(|l| l.seller_id = long(200)),
            "listing.seller_id",
            "TOO_LONG",
        ),
        (
            bad_listing(|l| l.destination_country = "Germany".into()),
            "listing.destination_country",
            "MALFORMED",
        ),
        (
            bad_listing(|l| l.category_path = vec!["c".into(); 17]),
            "listing.category_path",
            "TOO_MANY",
        ),
        (
            bad_listing(|l| l.category_path = vec![String::new()]),
            "listing.category_path[0]",
            "REQUIRED",
        ),
        (
            bad_listing(|l| l.brand = long(257)),
            "listing.brand",
            "TOO_LONG",
        ),
        (
            bad_listing(|l| l.bullet_points = vec![long(4097)]),
            "listing.bullet_points[0]",
            "TOO_LONG",
        ),
        (
            bad_listing(|l| l.description = long(65_537)),
            "listing.description",
            "TOO_LONG",
        ),
        (
            bad_listing(|l| l.price = money("EUR", -1, 0)),
            "listing.price.units",
            "OUT_OF_RANGE",
        ),
        (
            bad_listing(|l| l.price = money("", 1, 0)),
            "listing.price.currency_code",
            "MALFORMED",
        ),
        (
            bad_listing(|l| l.price = money("EUR", 0, i32::MIN)),
            "listing.price.nanos",
            "OUT_OF_RANGE",
        ),
        (
            bad_listing(|l| l.image_count = Some(10_001)),
            "listing.image_count",
            "OUT_OF_RANGE",
        ),
        (
            bad_listing(|l| l.fulfilment = 99),
            "listing.fulfilment",
            "UNKNOWN_VALUE",
        ),
        (
            bad_listing(|l| l.create_time = at(-5)),
            "listing.create_time",
            "OUT_OF_RANGE",
        ),
    ]
}
