//! Reading of listings and listing snapshots.

mod page;

use page::Page;

use super::Parsed;
use super::check::Checker;
use crate::domain::{Listing, ListingSnapshot, Reason, Time, limits};
use crate::proto::v1;

pub(super) fn parse_listing(message: v1::Listing, arrival: Time) -> Parsed<Listing> {
    let v1::Listing {
        listing_id,
        marketplace,
        seller_id,
        destination_country,
        category_path,
        brand,
        title,
        bullet_points,
        description,
        price,
        attributes,
        image_count,
        video_count,
        enhanced_content,
        fulfilment,
        variation_parent_id,
        create_time,
    } = message;
    let page = Page {
        title: &title,
        bullets: &bullet_points,
        description: &description,
        attributes: &attributes,
        images: image_count,
        videos: video_count,
        enhanced: enhanced_content,
    };
    let (completeness, content) = (page.completeness(), page.content());
    let kept = page.attributes();
    let mut check = Checker::new("listing", arrival);
    let id = check.id("listing_id", listing_id);
    let marketplace = check.id("marketplace", marketplace);
    let seller = check.optional_id("seller_id", seller_id);
    let destination = check.country("destination_country", &destination_country);
    let category_path = check.names(
        "category_path",
        category_path,
        limits::CATEGORIES,
        limits::NAME_BYTES,
    );
    let brand = check.text("brand", brand, limits::NAME_BYTES);
    let title = check.text("title", title, limits::SHORT_TEXT_BYTES);
    check_bullets(&mut check, &bullet_points);
    check.text("description", description, limits::LONG_TEXT_BYTES);
    let price = check.money("price", price);
    check_attributes(&mut check, &attributes);
    check.at_most("image_count", image_count, limits::MEDIA);
    check.at_most("video_count", video_count, limits::MEDIA);
    let fulfilment = check.known("fulfilment", fulfilment, |number| {
        v1::Fulfilment::try_from(number).ok().map(Into::into)
    });
    let variation_parent = check.optional_id("variation_parent_id", variation_parent_id);
    let created = check.time("create_time", create_time);
    let listing = (|| {
        Some(Listing {
            id: id?,
            marketplace: marketplace?,
            seller,
            destination,
            category_path,
            brand,
            title,
            price,
            fulfilment: fulfilment?,
            variation_parent,
            created,
            completeness,
            content,
            attributes: kept,
        })
    })();
    check.finish(listing)
}

fn check_bullets(check: &mut Checker, bullets: &[String]) {
    if bullets.len() > limits::BULLETS {
        let message = format!("has {} entries; at most 64 are allowed", bullets.len());
        return check.fail("bullet_points", Reason::TooMany, message);
    }
    for (index, bullet) in bullets.iter().enumerate() {
        if bullet.len() > limits::SHORT_TEXT_BYTES {
            let message = format!("has {} bytes; at most 4096 are allowed", bullet.len());
            check.fail(&format!("bullet_points[{index}]"), Reason::TooLong, message);
        }
    }
}

fn check_attributes(check: &mut Checker, attributes: &std::collections::HashMap<String, String>) {
    if attributes.len() > limits::ATTRIBUTES {
        let message = format!("has {} entries; at most 128 are allowed", attributes.len());
        return check.fail("attributes", Reason::TooMany, message);
    }
    let mut faulty: Vec<(&str, Reason, &str)> = Vec::new();
    #[allow(
        clippy::iter_over_hash_type,
        reason = "sorted below, so that a message always gets the same answer"
    )]
    for (key, value) in attributes {
        if key.is_empty() {
            faulty.push((
                key,
                Reason::Required,
                "has an empty key; 1 to 256 bytes are required",
            ));
        } else if key.len() > limits::NAME_BYTES {
            faulty.push((key, Reason::TooLong, "has a key of more than 256 bytes"));
        } else if value.len() > limits::SHORT_TEXT_BYTES {
            faulty.push((key, Reason::TooLong, "has a value of more than 4096 bytes"));
        }
    }
    faulty.sort_unstable_by_key(|fault| fault.0);
    for (key, reason, message) in faulty {
        let shown: String = key.chars().take(32).collect();
        check.fail(&format!("attributes[{shown:?}]"), reason, message);
    }
}

pub(super) fn parse_snapshot(
    message: v1::ListingSnapshot,
    arrival: Time,
) -> Parsed<ListingSnapshot> {
    let v1::ListingSnapshot {
        listing_id,
        marketplace,
        time,
        price,
        sales_rank,
        displayed_rating,
        displayed_count,
        units,
        sessions,
        ad_spend,
        returns,
    } = message;
    let mut check = Checker::new("listing_snapshot", arrival);
    let listing = check.id("listing_id", listing_id);
    let marketplace = check.id("marketplace", marketplace);
    let time = check.required_time("time", time);
    let price = check.money("price", price);
    if sales_rank == Some(0) {
        check.fail("sales_rank", Reason::OutOfRange, "is 0; ranks start at 1");
    }
    if displayed_rating.is_some_and(|rating| !(0.0..=5.0).contains(&rating)) {
        check.fail(
            "displayed_rating",
            Reason::OutOfRange,
            "is not within 0 to 5 stars",
        );
    }
    let ad_spend = check.money("ad_spend", ad_spend);
    let snapshot = (|| {
        Some(ListingSnapshot {
            listing: listing?,
            marketplace: marketplace?,
            time: time?,
            price,
            sales_rank,
            displayed_rating,
            displayed_count,
            units,
            sessions,
            ad_spend,
            returns,
        })
    })();
    check.finish(snapshot)
}
