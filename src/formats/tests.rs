//! Every format over invented rows, and over real data if it is available.

use std::fs;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use tempfile::TempDir;

use super::*;
use crate::proto::v1::event::Payload;
use crate::proto::v1::{BrandSignal, Listing, Order, Review, Seller, Verdict, VerdictLabel};

mod amazon2023;
mod olist;
mod real;

/// Events read, by kind.
#[derive(Debug, Default)]
struct Seen {
    sellers: Vec<Seller>,
    listings: Vec<Listing>,
    reviews: Vec<Review>,
    orders: Vec<Order>,
    verdicts: Vec<Verdict>,
    errors: Vec<LineError>,
}

impl Seen {
    fn all(reader: Reader) -> Self {
        let mut seen = Self::default();
        for item in reader {
            match item.map(|event| event.payload.unwrap()) {
                Ok(Payload::Seller(x)) => seen.sellers.push(x),
                Ok(Payload::Listing(x)) => seen.listings.push(x),
                Ok(Payload::Review(x)) => seen.reviews.push(x),
                Ok(Payload::Order(x)) => seen.orders.push(x),
                Ok(Payload::Verdict(x)) => seen.verdicts.push(x),
                Ok(other) => panic!("{other:?}"),
                Err(error) => seen.errors.push(error),
            }
        }
        seen
    }

    fn reasons(&self) -> Vec<(u64, &str)> {
        self.errors
            .iter()
            .map(|e| (e.line, e.reason.as_str()))
            .collect()
    }
}

fn file(dir: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn seen(format: Format, bytes: impl AsRef<[u8]>, options: &Options) -> Seen {
    let dir = TempDir::new().unwrap();
    let path = file(&dir, "data", bytes);
    Seen::all(read(format, &[path], options).unwrap())
}

const ROWS_2023: &str = r#"{"rating":4.0,"title":"T","text":"Fits","images":[{"a":1}],"asin":"A1","parent_asin":"P1","user_id":"U1","timestamp":1600000000123,"helpful_vote":2,"verified_purchase":true}
{"rating":4.0,"title":"T","text":"Fits","images":[{"a":1}],"asin":"A1","parent_asin":"P1","user_id":"U1","timestamp":1600000000123,"helpful_vote":2,"verified_purchase":true}
{"rating":4.5,"title":"","text":"","asin":"A1","user_id":"U1","timestamp":1}
{"rating":5,"text":"ok","title":null,"asin":"A1","user_id":"U2","timestamp":1000,"helpful_vote":-1}

not json
{"rating":5,"text":"early","asin":"A1","user_id":"U2","timestamp":-5}
{"rating":5,"text":7,"asin":"A1","user_id":"U2","timestamp":5}
{"main_category":"Home","title":"Lamp","store":"  Bright   Co ","price":14.99,"features":["Warm",""],"description":["One","Two"],"images":[{},{}],"videos":[],"categories":["Home","Lamps"],"details":{"Brand":"Bright","Date First Available":"March 5, 2019","Parts":{"n":2}},"parent_asin":"P1"}
{"main_category":"Home","title":"Bulb","store":"bright co","price":"from 3.50","categories":[],"details":{},"parent_asin":"P2"}
{"title":"Thing","store":"Generic","price":"None","parent_asin":"P3"}
{"hello":1}
[1]
"#;

#[test]
fn amazon_2023_reviews_and_items() {
    let seen = seen(
        Format::Amazon2023,
        gzip(ROWS_2023.as_bytes()),
        &Options::default(),
    );
    let reasons = seen.reasons();
    assert_eq!(reasons[0], (3, "rating: 4.5 is not whole"));
    assert!(reasons[1].0 == 6 && reasons[1].1.starts_with("not JSON"));
    assert_eq!(reasons[2], (7, "timestamp: before 1970"));
    assert_eq!(reasons[3], (8, "text: not text"));
    assert!(reasons[4].0 == 12 && reasons[4].1.starts_with("neither"));
    assert_eq!(reasons[5], (13, "not a JSON object"));
    assert_eq!(seen.errors[1].raw, "not json");

    let review = &seen.reviews[0];
    assert_eq!(review, &seen.reviews[1]);
    assert_eq!(review.review_id.len(), 32);
    assert_eq!(
        (review.listing_id.as_str(), review.marketplace.as_str()),
        ("P1", "amazon")
    );
    assert_eq!(
        review.time.map(|t| (t.seconds, t.nanos)),
        Some((1_600_000_000, 123_000_000))
    );
    assert_eq!((review.rating, review.helpful_votes), (4, Some(2)));
    assert_eq!(
        (review.image_count, review.verified_purchase),
        (Some(1), Some(true))
    );
    let second = &seen.reviews[2];
    assert_eq!(
        (second.listing_id.as_str(), second.helpful_votes),
        ("A1", None)
    );
    assert_eq!((second.image_count, second.verified_purchase), (None, None));

    assert_eq!(seen.sellers.len(), 1);
    assert_eq!(seen.sellers[0].seller_id, "store:bright co");
    assert_eq!(seen.sellers[0].display_name, "Bright Co");
    let [lamp, bulb, thing] = &seen.listings[..] else {
        panic!()
    };
    assert_eq!(
        (lamp.seller_id.as_str(), lamp.brand.as_str()),
        ("store:bright co", "Bright")
    );
    assert_eq!(
        lamp.price.as_ref().map(|m| (m.units, m.nanos)),
        Some((14, 990_000_000))
    );
    assert_eq!((lamp.image_count, lamp.video_count), (Some(2), Some(0)));
    assert_eq!(
        (lamp.description.as_str(), lamp.bullet_points.len()),
        ("One\nTwo", 1)
    );
    assert_eq!(lamp.attributes["Parts"], "{\"n\":2}");
    assert!(lamp.create_time.is_some());
    assert_eq!(
        (&bulb.seller_id, &bulb.category_path[..]),
        (&lamp.seller_id, &["Home".into()][..])
    );
    assert_eq!((thing.seller_id.as_str(), &thing.price), ("", &None));
}

#[test]
fn amazon_2018_dirt() {
    let rows = "\u{feff}{\"overall\": 5.0, \"verified\": true, \"reviewerID\": \"R1\", \"asin\": \"0001\", \"vote\": \"1,234\", \"image\": [\"x\"], \"style\": {\"Size:\": \" L\"}, \"reviewText\": \"Neat\", \"summary\": \"Yes\", \"unixReviewTime\": 1441324800}\r
{\"overall\": 6.0, \"reviewerID\": \"R1\", \"asin\": \"0001\", \"unixReviewTime\": 1}\r
{\"overall\": 1.0, \"reviewerID\": \"\", \"asin\": \"0001\", \"unixReviewTime\": 1}\r
{\"overall\": 1.0, \"reviewerID\": \"R2\", \"asin\": \"0001\"}\r
{\"overall\": 1.0, \"reviewerID\": \"R2\", \"asin\": \"0001\", \"unixReviewTime\": 86400}\r
{\"asin\": \"0001\", \"title\": \"Card\", \"brand\": \"by\\n    \\n    Card Works\", \"price\": \"$10.00 - $25.00\", \"rank\": \"5 in Cards (\", \"category\": [\"Cards\"], \"description\": \"Flat\", \"imageURL\": [], \"imageURLHighRes\": [\"u\"], \"details\": {\"\\n  Size: \\n\": \"3 inches\"}, \"date\": \"\"}\r
{\"asin\": \"0002\", \"title\": \"Box\", \"brand\": \"\", \"price\": \".a-box{ color: red }\", \"rank\": [\"5\", \"6\"], \"category\": [], \"main_cat\": \"Boxes\", \"description\": [], \"details\": []}\r
";
    let seen = seen(Format::Amazon2018, rows, &Options::default());
    let expected = [
        (2, "overall: 6.0 is not 1 to 5"),
        (3, "reviewerID: missing"),
        (4, "unixReviewTime: missing"),
    ];
    assert_eq!(seen.reasons(), expected);
    let [first, bare] = &seen.reviews[..] else {
        panic!()
    };
    assert_eq!(
        (first.helpful_votes, first.image_count),
        (Some(1234), Some(1))
    );
    assert_eq!((first.title.as_str(), first.body.as_str()), ("Yes", "Neat"));
    assert_eq!(
        (bare.helpful_votes, bare.image_count, bare.verified_purchase),
        (None, None, None)
    );
    let [card, unbranded] = &seen.listings[..] else {
        panic!()
    };
    assert_eq!(
        (card.brand.as_str(), card.seller_id.as_str()),
        ("Card Works", "brand:card works")
    );
    assert_eq!(card.price.as_ref().map(|m| m.units), Some(10));
    assert_eq!(
        (card.image_count, card.description.as_str()),
        (Some(1), "Flat")
    );
    assert_eq!(card.attributes["Size"], "3 inches");
    assert_eq!(
        (unbranded.seller_id.as_str(), &unbranded.price),
        ("", &None)
    );
    assert_eq!(unbranded.category_path, ["Boxes"]);
    assert_eq!(seen.sellers.len(), 1);
}

#[test]
fn labelled_rows() {
    let rows = b"\xef\xbb\xbfmanipulated,rating,review,extra,text,time,reviewer,listing\r\n\
        1,5,r1,x,\"two\r\nlines\",2011-01-22T00:00:00Z,u1,l1\r\n\
        0,2.0,r2,x,,2011-01-23,u1,l1\r\n\
        0,2,r3,x,,,u1,l1\r\n\
        maybe,2,r4,x,,,u1,l1\r\n\
        ,2,r5,x,,,u1,l1\r\n\
        0,2,r6,x\r\n\
        0,2,r\xff,x,,,u1,l1\r\n\
        0,2,r8,x,,yesterday,u1,l1\r\n";
    let errors = [
        (6, "manipulated: `maybe` is not 0 or 1"),
        (8, "4 fields where the header has 8"),
        (9, "not UTF-8 from byte 6 on"),
        (10, "time: `yesterday` is not a time"),
    ];
    let plain = seen(Format::Labelled, rows, &Options::default());
    assert_eq!(plain.reasons(), errors);
    assert_eq!((plain.reviews.len(), plain.verdicts.len()), (4, 0));
    assert_eq!(plain.reviews[0].body, "two\r\nlines");
    assert_eq!((plain.reviews[2].time, plain.reviews[2].rating), (None, 2));

    let marketplace = Some("yard".to_owned());
    let asked = Options {
        marketplace,
        labels_as_verdicts: true,
    };
    let labels = seen(Format::Labelled, rows, &asked);
    assert_eq!(
        labels.reasons()[0],
        (5, "time: missing, and the label needs one")
    );
    assert_eq!((labels.reviews.len(), labels.verdicts.len()), (4, 2));
    let verdict = &labels.verdicts[0];
    assert_eq!(verdict.label(), VerdictLabel::Manipulated);
    assert_eq!(verdict.time, labels.reviews[0].time);
    let subject = verdict.subject.as_ref().unwrap();
    assert_eq!(
        (subject.marketplace.as_str(), subject.id.as_str()),
        ("yard", "r1")
    );
}

#[test]
fn written_events_are_read_unchanged() {
    let dir = TempDir::new().unwrap();
    let rows = "review,listing,reviewer,rating,time\nr1,l1,u1,5,2020-02-03\nr2,l1,u2,1,\n";
    let path = file(&dir, "rows.csv", rows);
    let first = read(Format::Labelled, &[path], &Options::default()).unwrap();
    let events: Vec<Event> = first.map(Result::unwrap).collect();
    let mut written = Vec::new();
    for event in &events {
        write_event(&mut written, event).unwrap();
    }
    written.extend(b"{}\n{\"revision\":\"x\"}\n");
    let path = file(&dir, "events.jsonl", gzip(&written));
    let again: Vec<_> = read(Format::Events, &[path], &Options::default())
        .unwrap()
        .collect();
    assert_eq!(again.len(), 4);
    assert_eq!(again[0].as_ref().unwrap(), &events[0]);
    assert_eq!(again[1].as_ref().unwrap(), &events[1]);
    let missing = again[2].as_ref().unwrap_err();
    assert_eq!(
        (missing.line, missing.reason.as_str()),
        (3, "payload: missing")
    );
    assert!(
        again[3]
            .as_ref()
            .unwrap_err()
            .reason
            .starts_with("not an event")
    );
}

#[test]
fn floats_of_written_events_are_read_to_the_bit() {
    let dir = TempDir::new().unwrap();
    for value in [0.1, -1.0 / 3.0, 3.879_117_522_428_555_5, f64::MIN_POSITIVE] {
        let event = Event {
            revision: 0,
            payload: Some(Payload::BrandSignal(BrandSignal {
                value,
                ..BrandSignal::default()
            })),
        };
        let mut written = Vec::new();
        write_event(&mut written, &event).unwrap();
        let path = file(&dir, "events.jsonl", &written);
        let mut again = read(Format::Events, &[path], &Options::default()).unwrap();
        assert_eq!(again.next(), Some(Ok(event)));
    }
}

#[test]
fn missing_files_or_columns_are_errors_at_the_start() {
    let dir = TempDir::new().unwrap();
    let fails = |format, files: &[PathBuf], options: &Options| {
        read(format, files, options).err().unwrap().to_string()
    };
    let default = Options::default();
    assert_eq!(fails(Format::Events, &[], &default), "no files given");
    let absent = [dir.path().join("absent")];
    assert!(fails(Format::Events, &absent, &default).contains("absent: "));
    let nameless = Options {
        marketplace: Some(String::new()),
        ..Options::default()
    };
    assert!(fails(Format::Events, &absent, &nameless).starts_with("marketplace"));
    let empty = [file(&dir, "empty", "")];
    assert!(fails(Format::Labelled, &empty, &default).ends_with("empty, without a header"));
    let columns = [file(&dir, "columns", "review,listing,reviewer,rating\n")];
    assert!(read(Format::Labelled, &columns, &default).is_ok());
    let labels = Options {
        labels_as_verdicts: true,
        ..Options::default()
    };
    assert!(
        fails(Format::Labelled, &columns, &labels)
            .contains("no column `manipulated` among review, listing")
    );
    let twice = [file(
        &dir,
        "twice",
        "review,listing,reviewer,rating,rating\n",
    )];
    assert!(fails(Format::Labelled, &twice, &default).ends_with("`rating` is there twice"));
    assert!(
        fails(Format::Olist, &columns, &default)
            .contains("none of the known tables: review, listing")
    );
}

#[test]
fn position_covers_all_files() {
    let dir = TempDir::new().unwrap();
    let row = "{\"revision\":0,\"seller\":{\"sellerId\":\"s\"}}\n";
    let files = [
        file(&dir, "a", row.repeat(3)),
        file(&dir, "b", gzip(row.as_bytes())),
    ];
    let size: u64 = files.iter().map(|f| f.metadata().unwrap().len()).sum();
    let mut reader = read(Format::Events, &files, &Options::default()).unwrap();
    // A reader can be sent to another thread.
    let _: &dyn Send = &reader;
    assert_eq!(reader.position(), Position::default());
    assert_eq!(reader.by_ref().take(3).flatten().count(), 3);
    assert_eq!((reader.position().file, reader.position().line), (0, 3));
    assert_eq!(reader.by_ref().flatten().count(), 1);
    assert_eq!(
        reader.position(),
        Position {
            file: 1,
            line: 1,
            bytes: size
        }
    );
    assert!(reader.next().is_none());
    assert_eq!(reader.stand_in(), None);
}

#[test]
fn long_texts_and_raw_records_are_cut() {
    let body = "é".repeat(40_000);
    let row = format!(
        "{{\"rating\":3,\"text\":\"{body}\",\"asin\":\"A\",\"user_id\":\"U\",\"timestamp\":1}}"
    );
    let bad = row.replace(":3,", ":9,");
    let seen = seen(
        Format::Amazon2023,
        format!("{row}\n{bad}\n"),
        &Options::default(),
    );
    assert_eq!(seen.reviews[0].body.len(), 65536);
    assert!(seen.errors[0].raw.len() <= 65536 && seen.errors[0].raw.len() > 65530);
}
