//! Joins Olist's public CSV files.
//!
//! Items, customers, products and translations are in memory while orders and reviews are streamed:
//! about 100 MB for the full set of 100,000 orders.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use super::table::{Header, Row};
use super::{Out, field};
use crate::domain::limits;
use crate::proto::v1::event::Payload;
use crate::proto::v1::{Fulfilment, Listing, Money, Order, Review, Seller};

const COUNTRY: &str = "BR";

/// Kind of a file, in the order of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Translation,
    Products,
    Customers,
    Sellers,
    Items,
    Orders,
    Reviews,
    /// Payments and places, which no event needs.
    Unused,
}

/// Required columns of each kind; the first match is used.
const KINDS: [(Kind, &[&str]); 9] = [
    (Kind::Unused, &["payment_type"]),
    (Kind::Unused, &["geolocation_lat"]),
    (
        Kind::Translation,
        &["product_category_name", "product_category_name_english"],
    ),
    (
        Kind::Items,
        &[
            "order_id",
            "order_item_id",
            "product_id",
            "seller_id",
            "price",
        ],
    ),
    (
        Kind::Orders,
        &[
            "order_id",
            "customer_id",
            "order_status",
            "order_purchase_timestamp",
        ],
    ),
    (Kind::Reviews, &["review_id", "order_id", "review_score"]),
    (Kind::Customers, &["customer_id", "customer_unique_id"]),
    (Kind::Products, &["product_id", "product_category_name"]),
    (Kind::Sellers, &["seller_id", "seller_state"]),
];

/// Kinds that the join needs.
pub(super) const REQUIRED: [(Kind, &str); 3] = [
    (Kind::Customers, "customers"),
    (Kind::Orders, "orders"),
    (Kind::Items, "order_items"),
];

/// Returns the kind of a file by its header.
pub(super) fn recognise(header: &Header) -> Option<Kind> {
    KINDS
        .iter()
        .find(|(_, names)| header.lacks(names).is_none())
        .map(|(kind, _)| *kind)
}

#[derive(Clone, Debug, PartialEq)]
struct Item {
    number: u32,
    listing_id: String,
    price: Money,
    file: usize,
    line: u64,
}

#[derive(Debug, Default)]
struct Product {
    category: String,
    photos: Option<u32>,
}

/// An order that was read, as its review needs it.
#[derive(Debug)]
struct Placed {
    buyer_id: String,
    /// The listing of the first item; empty if the order has no items.
    listing_id: String,
}

/// Joins the files, in the order of [`Kind`].
#[derive(Default)]
pub(super) struct Olist {
    marketplace: String,
    english: HashMap<String, String>,
    products: HashMap<String, Product>,
    buyers: HashMap<String, String>,
    listed: HashSet<u64>,
    items: HashMap<String, Vec<Item>>,
    placed: HashMap<String, Placed>,
    /// Hash of each review id to the hash of its order's id.
    reviewed: HashMap<u64, u64>,
}

impl Olist {
    pub(super) fn new(marketplace: String) -> Self {
        Self {
            marketplace,
            ..Self::default()
        }
    }

    pub(super) fn row(
        &mut self,
        kind: Kind,
        row: &Row<'_>,
        at: (usize, u64),
        out: &mut Out,
    ) -> Result<(), String> {
        match kind {
            Kind::Translation => self.translation(row),
            Kind::Products => self.product(row)?,
            Kind::Customers => {
                let customer = row.id("customer_id")?;
                let unique = row.id("customer_unique_id")?;
                self.buyers.insert(customer, unique);
            }
            Kind::Sellers => out.push(Payload::Seller(Seller {
                seller_id: row.id("seller_id")?,
                home_country: COUNTRY.to_owned(),
                ..Seller::default()
            })),
            Kind::Items => self.item(row, at, out)?,
            Kind::Orders => self.order(row, out)?,
            Kind::Reviews => self.review(row, out)?,
            Kind::Unused => {}
        }
        Ok(())
    }

    fn translation(&mut self, row: &Row<'_>) {
        let english = row.get("product_category_name_english").trim();
        if !english.is_empty() {
            self.english.insert(
                row.get("product_category_name").to_owned(),
                english.to_owned(),
            );
        }
    }

    fn product(&mut self, row: &Row<'_>) -> Result<(), String> {
        let product_id = row.id("product_id")?;
        let name = row.get("product_category_name").trim();
        let category = self.english.get(name).map_or(name, String::as_str);
        let photos = row
            .get("product_photos_qty")
            .trim()
            .trim_end_matches(".0")
            .parse();
        let product = Product {
            category: field::cut(category, limits::NAME_BYTES).to_owned(),
            photos: photos.ok().and_then(field::count),
        };
        self.products.insert(product_id, product);
        Ok(())
    }

    fn item(&mut self, row: &Row<'_>, at: (usize, u64), out: &mut Out) -> Result<(), String> {
        let order_id = row.id("order_id")?;
        let product_id = row.id("product_id")?;
        let seller_id = row.id("seller_id")?;
        let number = row.get("order_item_id").trim();
        let number = number.parse().map_err(|_| {
            format!(
                "order_item_id: `{}` is not a number",
                field::cut(number, 40)
            )
        })?;
        let text = row.get("price");
        let price = field::money(text, "BRL")
            .ok_or_else(|| format!("price: `{}` is not an amount", field::cut(text, 40)))?;
        let listing_id = field::id("product_id/seller_id", &format!("{product_id}/{seller_id}"))?;
        let item = Item {
            number,
            listing_id,
            price,
            file: at.0,
            line: at.1,
        };
        let items = self.items.entry(order_id).or_default();
        if let Some(known) = items.iter().find(|known| known.number == number) {
            let same = known.listing_id == item.listing_id && known.price == item.price;
            return if same {
                Ok(())
            } else {
                Err("order_item_id: given twice".to_owned())
            };
        }
        if self.listed.insert(xxh3_64(item.listing_id.as_bytes())) {
            let product = self.products.get(&product_id);
            let category = product.map_or("", |p| &p.category);
            out.push(Payload::Listing(Listing {
                listing_id: item.listing_id.clone(),
                marketplace: self.marketplace.clone(),
                seller_id,
                destination_country: COUNTRY.to_owned(),
                category_path: field::texts([category], 1, limits::NAME_BYTES),
                price: Some(item.price.clone()),
                image_count: product.and_then(|p| p.photos),
                fulfilment: Fulfilment::Domestic.into(),
                ..Listing::default()
            }));
        }
        items.push(item);
        Ok(())
    }

    fn order(&mut self, row: &Row<'_>, out: &mut Out) -> Result<(), String> {
        let order_id = row.id("order_id")?;
        let customer = row.get("customer_id");
        let buyer_id = self.buyers.get(customer.trim()).cloned();
        let buyer_id = buyer_id.ok_or("customer_id: not among the customers")?;
        let time = field::time(
            "order_purchase_timestamp",
            row.get("order_purchase_timestamp"),
        )?;
        let delivered = match row.get("order_status").trim() {
            _ if !row.get("order_delivered_customer_date").trim().is_empty() => Some(true),
            "delivered" => Some(true),
            "canceled" | "unavailable" => Some(false),
            _ => None,
        };
        if self.placed.contains_key(&order_id) {
            return Err("order_id: order given twice".to_owned());
        }
        let mut items = self.items.remove(&order_id).unwrap_or_default();
        items.sort_by_key(|item| item.number);
        let listing_id = items
            .first()
            .map(|item| item.listing_id.clone())
            .unwrap_or_default();
        let mut orders: Vec<Order> = Vec::new();
        for item in items {
            if let Some(order) = orders.iter_mut().find(|o| o.listing_id == item.listing_id) {
                order.quantity += 1;
                order.price = order.price.take().map(|sum| field::add(sum, &item.price));
                continue;
            }
            orders.push(Order {
                order_id: field::made_id(&order_id, &format!("/{}", item.listing_id)),
                marketplace: self.marketplace.clone(),
                listing_id: item.listing_id,
                buyer_id: buyer_id.clone(),
                time: Some(time),
                quantity: 1,
                price: Some(item.price),
                destination_country: COUNTRY.to_owned(),
                delivered,
                ..Order::default()
            });
        }
        let missing = orders.is_empty();
        for order in orders {
            out.push(Payload::Order(order));
        }
        self.placed.insert(
            order_id,
            Placed {
                buyer_id,
                listing_id,
            },
        );
        if missing {
            Err("order_id: order without items".to_owned())
        } else {
            Ok(())
        }
    }

    fn review(&mut self, row: &Row<'_>, out: &mut Out) -> Result<(), String> {
        let review_id = row.id("review_id")?;
        let order_id = row.id("order_id")?;
        let placed = self
            .placed
            .get(&order_id)
            .ok_or("order_id: review of an unknown order")?;
        if placed.listing_id.is_empty() {
            return Err("order_id: review of an order without items".to_owned());
        }
        let rating = field::rating("review_score", row.get("review_score"))?;
        // The creation date is that of the request to the buyer, not of the answer.
        let written = "review_answer_timestamp";
        let asked = "review_creation_date";
        let name = if row.get(written).trim().is_empty() {
            asked
        } else {
            written
        };
        let time = field::time(name, row.get(name))?;
        let order = xxh3_64(order_id.as_bytes());
        let known = *self
            .reviewed
            .entry(xxh3_64(review_id.as_bytes()))
            .or_insert(order);
        if known != order {
            return Err("review_id: review already given for another order".to_owned());
        }
        out.push(Payload::Review(Review {
            review_id,
            marketplace: self.marketplace.clone(),
            listing_id: placed.listing_id.clone(),
            reviewer_id: placed.buyer_id.clone(),
            rating,
            title: field::cut(row.get("review_comment_title"), limits::SHORT_TEXT_BYTES).to_owned(),
            body: field::cut(row.get("review_comment_message"), limits::LONG_TEXT_BYTES).to_owned(),
            language: "pt".to_owned(),
            verified_purchase: Some(true),
            time: Some(time),
            ..Review::default()
        }));
        Ok(())
    }

    /// Returns the items without an order, by file and line; they are returned once.
    pub(super) fn left_over(&mut self) -> Vec<(usize, u64)> {
        #[allow(clippy::disallowed_methods, reason = "sorted below")]
        let items = std::mem::take(&mut self.items).into_values().flatten();
        let mut places: Vec<_> = items.map(|item| (item.file, item.line)).collect();
        places.sort_unstable();
        places
    }
}
