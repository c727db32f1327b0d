//! Amazon Reviews 2023: reviews and item metadata, JSON lines.

use super::amazon::{Core, Object, StandIn, Stores};
use super::{Out, field};
use crate::domain::limits;
use crate::proto::v1::Listing;
use crate::proto::v1::event::Payload;

pub(super) const STORES: StandIn = StandIn {
    word: "store",
    prefix: "store:",
};

/// Reads reviews and items; the fields distinguish them.
pub(super) struct Amazon2023 {
    marketplace: String,
    stores: Stores,
}

impl Amazon2023 {
    pub(super) fn new(marketplace: String) -> Self {
        Self {
            marketplace,
            stores: Stores::default(),
        }
    }

    pub(super) fn line(&mut self, text: &str, out: &mut Out) -> Result<(), String> {
        let object = Object::parse(text)?;
        if object.has("user_id") || object.has("rating") {
            return self.review(&object, out);
        }
        if object.has("parent_asin") || object.has("asin") {
            return self.listing(&object, out);
        }
        Err("neither a review nor an item: no user_id, rating, asin or parent_asin".to_owned())
    }

    fn review(&self, object: &Object, out: &mut Out) -> Result<(), String> {
        let millis = object.whole("timestamp")?;
        let nanos = (millis.rem_euclid(1000) * 1_000_000) as u32;
        let core = Core {
            marketplace: &self.marketplace,
            listing_id: listing_id(object)?,
            reviewer_id: field::id("user_id", &object.scalar("user_id"))?,
            rating: field::rating("rating", &object.scalar("rating"))?,
            time: field::moment("timestamp", millis.div_euclid(1000), nanos)?,
            title: object.prose("title")?,
            body: object.prose("text")?,
        };
        let mut review = core.review();
        review.verified_purchase = object.flag("verified_purchase");
        // A few counts are negative in the data: these are unknown.
        review.helpful_votes = object
            .whole("helpful_vote")
            .ok()
            .and_then(|n| n.try_into().ok());
        review.image_count = object.length("images");
        out.push(Payload::Review(review));
        Ok(())
    }

    fn listing(&mut self, object: &Object, out: &mut Out) -> Result<(), String> {
        let listing_id = listing_id(object)?;
        let (seller_id, new) = self.stores.seller(STORES.prefix, object.text("store"));
        if let Some(seller) = new {
            out.push(seller);
        }
        let mut categories = object.list("categories");
        if categories.is_empty() {
            categories.push(object.text("main_category"));
        }
        let attributes = object.details();
        let brand = attributes
            .get("Brand")
            .map_or_else(|| object.text("store"), String::as_str);
        let brand = field::cut(brand.trim(), limits::NAME_BYTES).to_owned();
        let opened = attributes.get("Date First Available");
        out.push(Payload::Listing(Listing {
            listing_id,
            marketplace: self.marketplace.clone(),
            seller_id,
            category_path: field::texts(categories, limits::CATEGORIES, limits::NAME_BYTES),
            brand,
            title: field::cut(object.text("title"), limits::SHORT_TEXT_BYTES).to_owned(),
            bullet_points: field::texts(
                object.list("features"),
                limits::BULLETS,
                limits::SHORT_TEXT_BYTES,
            ),
            description: object.description(),
            price: field::dollar_price(&object.scalar("price")),
            create_time: opened.and_then(|text| field::spelled_date(text)),
            attributes,
            image_count: object.length("images"),
            video_count: object.length("videos"),
            ..Listing::default()
        }));
        Ok(())
    }
}

/// Returns the parent as the listing, because variations of one item share their reviews.
fn listing_id(object: &Object) -> Result<String, String> {
    let parent = object.scalar("parent_asin");
    if parent.trim().is_empty() && object.has("asin") {
        return field::id("asin", &object.scalar("asin"));
    }
    field::id("parent_asin", &parent)
}
