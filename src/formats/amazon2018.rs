//! Amazon Review Data 2018: reviews and item metadata, JSON lines.

use super::amazon::{Core, Object, StandIn, Stores};
use super::{Out, field};
use crate::domain::limits;
use crate::proto::v1::Listing;
use crate::proto::v1::event::Payload;

pub(super) const BRANDS: StandIn = StandIn {
    word: "brand",
    prefix: "brand:",
};

/// Reads reviews and items; the fields distinguish them.
pub(super) struct Amazon2018 {
    marketplace: String,
    stores: Stores,
}

impl Amazon2018 {
    pub(super) fn new(marketplace: String) -> Self {
        Self {
            marketplace,
            stores: Stores::default(),
        }
    }

    pub(super) fn line(&mut self, text: &str, out: &mut Out) -> Result<(), String> {
        let object = Object::parse(text)?;
        if object.has("reviewerID") || object.has("overall") {
            return self.review(&object, out);
        }
        if object.has("asin") {
            return self.listing(&object, out);
        }
        Err("neither a review nor an item: no reviewerID, overall or asin".to_owned())
    }

    fn review(&self, object: &Object, out: &mut Out) -> Result<(), String> {
        // A row for another style of the same item is the same review, so the id leaves the style
        // out.
        let core = Core {
            marketplace: &self.marketplace,
            listing_id: field::id("asin", &object.scalar("asin"))?,
            reviewer_id: field::id("reviewerID", &object.scalar("reviewerID"))?,
            rating: field::rating("overall", &object.scalar("overall"))?,
            time: field::moment("unixReviewTime", object.whole("unixReviewTime")?, 0)?,
            title: object.prose("summary")?,
            body: object.prose("reviewText")?,
        };
        let mut review = core.review();
        review.verified_purchase = object.flag("verified");
        // An absent vote is unknown and not zero: the data never has 1 either.
        review.helpful_votes = object.scalar("vote").trim().replace(',', "").parse().ok();
        review.image_count = object.length("image");
        out.push(Payload::Review(review));
        Ok(())
    }

    fn listing(&mut self, object: &Object, out: &mut Out) -> Result<(), String> {
        let listing_id = field::id("asin", &object.scalar("asin"))?;
        let brand = brand(object.text("brand"));
        let (seller_id, new) = self.stores.seller(BRANDS.prefix, brand);
        if let Some(seller) = new {
            out.push(seller);
        }
        let mut categories = object.list("category");
        if categories.is_empty() {
            categories.push(object.text("main_cat"));
        }
        let images = [object.length("imageURL"), object.length("imageURLHighRes")];
        out.push(Payload::Listing(Listing {
            listing_id,
            marketplace: self.marketplace.clone(),
            seller_id,
            category_path: field::texts(categories, limits::CATEGORIES, limits::NAME_BYTES),
            brand: brand.to_owned(),
            title: field::cut(object.text("title"), limits::SHORT_TEXT_BYTES).to_owned(),
            bullet_points: field::texts(
                object.list("feature"),
                limits::BULLETS,
                limits::SHORT_TEXT_BYTES,
            ),
            description: object.description(),
            price: field::dollar_price(&object.scalar("price")),
            attributes: object.details(),
            image_count: images.into_iter().flatten().max(),
            create_time: field::spelled_date(object.text("date")),
            ..Listing::default()
        }));
        Ok(())
    }
}

/// Returns the brand without the words of the shop page. Style sheets and overlong texts are no
/// brand.
fn brand(text: &str) -> &str {
    let text = text.trim();
    let text = match text.strip_prefix("by") {
        Some(rest) if rest.starts_with('\n') => rest.trim(),
        _ => text,
    };
    let text = text
        .strip_prefix("Visit Amazon's ")
        .and_then(|rest| rest.strip_suffix(" Page"))
        .unwrap_or(text);
    let dirt = text.len() > limits::NAME_BYTES || text.contains(['{', '<', '\n']);
    if dirt { "" } else { text }
}
