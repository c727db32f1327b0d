//! Invented rows in the documented columns of Amazon Reviews 2023, with the faults of real files:
//! nulls, other types, dashes for prices.

use super::*;

fn read_lines(rows: &[&str]) -> Seen {
    seen(Format::Amazon2023, rows.join("\n"), &Options::default())
}

const REVIEW: &str = r#"{"rating":5.0,"title":"Neat","text":"Holds","images":[{"small_image_url":"a","medium_image_url":"b","large_image_url":"c","attachment_type":"IMAGE"},{}],"asin":"B0A","parent_asin":"B0P","user_id":"AE1","timestamp":1588687728923,"helpful_vote":3,"verified_purchase":true}"#;

#[test]
fn documented_review_is_read() {
    let seen = read_lines(&[REVIEW]);
    let [review] = &seen.reviews[..] else {
        panic!()
    };
    assert_eq!(
        (review.listing_id.as_str(), review.reviewer_id.as_str()),
        ("B0P", "AE1")
    );
    assert_eq!(
        (review.title.as_str(), review.body.as_str()),
        ("Neat", "Holds")
    );
    let time = review.time.unwrap();
    assert_eq!((time.seconds, time.nanos), (1_588_687_728, 923_000_000));
    assert_eq!((review.rating, review.image_count), (5, Some(2)));
    assert_eq!(
        (review.helpful_votes, review.verified_purchase),
        (Some(3), Some(true))
    );
}

#[test]
fn missing_review_fields_are_unknown_and_not_zero() {
    let nulls = REVIEW
        .replace("\"Neat\"", "null")
        .replace("\"helpful_vote\":3", "\"helpful_vote\":null")
        .replace("\"verified_purchase\":true", "\"verified_purchase\":null")
        .replace("\"parent_asin\":\"B0P\"", "\"parent_asin\":\"\"")
        .replace("1588687728923", "1588687728923.0");
    let rows = [
        nulls.as_str(),
        r#"{"rating":1,"user_id":"AE1","asin":"B0A","timestamp":"1000","images":null}"#,
    ];
    let seen = read_lines(&rows);
    assert_eq!(seen.reasons(), []);
    let [nulls, bare] = &seen.reviews[..] else {
        panic!()
    };
    assert_eq!((nulls.title.as_str(), nulls.helpful_votes), ("", None));
    assert_eq!(
        (nulls.verified_purchase, nulls.listing_id.as_str()),
        (None, "B0A")
    );
    assert_eq!(nulls.time.map(|time| time.nanos), Some(923_000_000));
    assert_eq!(
        (bare.image_count, bare.verified_purchase, bare.helpful_votes),
        (None, None, None)
    );
    assert_eq!(bare.time.map(|time| time.seconds), Some(1));
}

#[test]
fn invalid_review_is_refused_with_its_field() {
    let cases = [
        (REVIEW.replace("5.0", "null"), "rating: missing"),
        (
            REVIEW.replace("5.0", "\"five\""),
            "rating: `five` is not a number",
        ),
        (REVIEW.replace("5.0", "[5]"), "rating: missing"),
        (REVIEW.replace("5.0", "0.0"), "rating: 0.0 is not 1 to 5"),
        (REVIEW.replace("\"AE1\"", "null"), "user_id: missing"),
        (REVIEW.replace("\"AE1\"", "{}"), "user_id: missing"),
        (REVIEW.replace("\"Holds\"", "[\"Holds\"]"), "text: not text"),
        (
            REVIEW.replace("1588687728923", "null"),
            "timestamp: missing",
        ),
        (
            REVIEW.replace("1588687728923", "1.5"),
            "timestamp: not a whole number",
        ),
        (
            REVIEW.replace("1588687728923", "1e300"),
            "timestamp: not a whole number",
        ),
        (
            REVIEW.replace("1588687728923", "true"),
            "timestamp: not a whole number",
        ),
        (
            REVIEW.replace("1588687728923", "9007199254740991"),
            "timestamp: after the year 9999",
        ),
        (
            REVIEW.replace("\"B0A\"", "null").replace("\"B0P\"", "null"),
            "parent_asin: missing",
        ),
        (
            format!("{}{}", "[".repeat(500), "]".repeat(500)),
            "not JSON: recursion limit",
        ),
    ];
    for (row, reason) in cases {
        let seen = read_lines(&[&row, REVIEW]);
        assert!(
            seen.reasons()[0].1.starts_with(reason),
            "{row}: {:?}",
            seen.reasons()
        );
        assert_eq!((seen.errors.len(), seen.reviews.len()), (1, 1), "{row}");
    }
}

const ITEM: &str = r#"{"main_category":"All Beauty","title":"Soap","average_rating":4.8,"rating_number":10,"features":["Mild"],"description":["Bar"],"price":12.5,"images":[{"thumb":"t","large":"l","variant":"MAIN","hi_res":null}],"videos":[{"title":"v"}],"store":"Acme","categories":["Beauty","Soap"],"details":{"Package Dimensions":"7 x 3","Brand":"Acme Soap"},"parent_asin":"B0P","bought_together":null}"#;

#[test]
fn documented_item_is_read() {
    let seen = read_lines(&[ITEM]);
    let [item] = &seen.listings[..] else { panic!() };
    assert_eq!(
        (item.listing_id.as_str(), item.seller_id.as_str()),
        ("B0P", "store:acme")
    );
    assert_eq!(
        (item.title.as_str(), item.brand.as_str()),
        ("Soap", "Acme Soap")
    );
    assert_eq!(
        item.price.as_ref().map(|m| (m.units, m.nanos)),
        Some((12, 500_000_000))
    );
    assert_eq!((item.image_count, item.video_count), (Some(1), Some(1)));
    assert_eq!(item.category_path, ["Beauty", "Soap"]);
    assert_eq!(item.attributes["Package Dimensions"], "7 x 3");
    assert_eq!(crate::formats::stand_in_of(&item.seller_id), Some("store"));
}

#[test]
fn item_with_invalid_optional_fields_is_kept() {
    let price = |row: String| {
        let seen = read_lines(&[&row]);
        assert_eq!(seen.reasons(), [], "{row}");
        seen.listings[0].price.as_ref().map(|m| (m.units, m.nanos))
    };
    for none in [
        "null", "\"—\"", "\"None\"", "\"\"", "[]", "-1", "1e30", "true",
    ] {
        assert_eq!(price(ITEM.replace("12.5", none)), None, "{none}");
    }
    assert_eq!(
        price(ITEM.replace("12.5", "9.989999771118164")),
        Some((9, 989_999_771))
    );
    assert_eq!(
        price(ITEM.replace("12.5", "\"from 3.50\"")),
        Some((3, 500_000_000))
    );
    assert_eq!(price(ITEM.replace("12.5", "15")), Some((15, 0)));

    let bare = r#"{"main_category":null,"title":null,"average_rating":null,"rating_number":null,"features":null,"description":"One text","price":null,"images":null,"videos":{},"store":null,"categories":[null,"Soap",7],"details":null,"parent_asin":"B0Q","bought_together":["B0P"]}"#;
    let seen = read_lines(&[bare]);
    assert_eq!(seen.reasons(), []);
    let [item] = &seen.listings[..] else { panic!() };
    assert_eq!((item.seller_id.as_str(), item.title.as_str()), ("", ""));
    assert_eq!((item.image_count, item.video_count), (None, None));
    assert_eq!(item.description, "One text");
    assert_eq!(item.category_path, ["Soap"]);
    assert!(seen.sellers.is_empty() && item.attributes.is_empty());
}

#[test]
fn read_events_are_accepted_by_the_service() {
    let long = format!("\"{}\"", "é".repeat(50_000));
    let many: Vec<String> = (0..300)
        .map(|n| format!("\"k{n}\":{{\"v\":[{n}]}}"))
        .collect();
    let wide = ITEM
        .replace("\"Soap\"", &long)
        .replace("\"Acme\"", &long)
        .replace(
            "[\"Mild\"]",
            &format!("[{}]", vec![long.as_str(); 80].join(",")),
        )
        .replace("\"Package Dimensions\":\"7 x 3\"", &many.join(","));
    let rows = [REVIEW.replace("\"Holds\"", &long), wide];
    let dir = TempDir::new().unwrap();
    let path = file(&dir, "rows", rows.join("\n"));
    let events = read(Format::Amazon2023, &[path], &Options::default()).unwrap();
    let mut count = 0;
    for event in events {
        let arrival = crate::domain::Time::from_seconds(1_700_000_000);
        let parsed = crate::codec::parse_event(event.unwrap(), arrival);
        assert!(parsed.is_ok(), "{:?}", parsed.err());
        count += 1;
    }
    assert_eq!(count, 3);
}
