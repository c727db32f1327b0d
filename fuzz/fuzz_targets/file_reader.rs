//! Reads files of each format: plain or gzip, whole or cut, with the headers of their tables or with
//! any.
#![no_main]

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use goodstanding::codec::{parse_event, record_name};
use goodstanding::domain::{Reason, Time};
use goodstanding::formats::{Format, Options, read, read_review_columns};
use libfuzzer_sys::fuzz_target;

const FORMATS: [Format; 5] = [
    Format::Amazon2023,
    Format::Amazon2018,
    Format::Olist,
    Format::Labelled,
    Format::Events,
];
/// Ends a file: a control character that texts rarely have.
const FILE_END: u8 = 0x1e;
const FILES_MAX: usize = 8;
const LABELLED: &str = "review,listing,reviewer,rating,time,text,manipulated\n";
const OLIST: [&str; FILES_MAX] = [
    "customer_id,customer_unique_id\n",
    "order_id,customer_id,order_status,order_purchase_timestamp,order_delivered_customer_date\n",
    "order_id,order_item_id,product_id,seller_id,price\n",
    "product_id,product_category_name,product_photos_qty\n",
    "review_id,order_id,review_score,review_comment_title,review_comment_message,\
     review_creation_date,review_answer_timestamp\n",
    "seller_id,seller_state\n",
    "product_category_name,product_category_name_english\n",
    "order_id,payment_type\n",
];

const PACKED: u8 = 1;
const OWN_HEADERS: u8 = 2;
const CUT: u8 = 4;
const COLUMNS: u8 = 8;

static FILES: LazyLock<[PathBuf; FILES_MAX]> = LazyLock::new(|| {
    let directory = tempfile::tempdir().expect("a directory").keep();
    std::array::from_fn(|index| directory.join(index.to_string()))
});

fuzz_target!(|bytes: &[u8]| {
    let [choice, flags, content @ ..] = bytes else {
        return;
    };
    let format = FORMATS[usize::from(*choice) % FORMATS.len()];
    let contents: Vec<&[u8]> = content
        .split(|byte| *byte == FILE_END)
        .chain(
            (format == Format::Olist)
                .then_some([].as_slice())
                .into_iter()
                .cycle(),
        )
        .take(FILES_MAX)
        .collect();
    for (index, content) in contents.iter().enumerate() {
        let header = match format {
            _ if flags & OWN_HEADERS != 0 => "",
            Format::Olist => OLIST[index],
            Format::Labelled => LABELLED,
            _ => "",
        };
        let mut file = [header.as_bytes(), content].concat();
        if flags & PACKED != 0 {
            file = packed(&file);
        }
        if flags & CUT != 0 {
            file.truncate(file.len() - file.len() / 8);
        }
        fs::write(&FILES[index], file).expect("written");
    }
    let options = Options {
        labels_as_verdicts: true,
        ..Options::default()
    };
    if let Ok(reader) = read(format, &FILES[..contents.len()], &options) {
        for record in reader {
            match record {
                Ok(event) => {
                    record_name(&event);
                    // Events are passed on as they are; the other readers keep to the limits.
                    let parsed = parse_event(event, Time::from_seconds(u32::MAX));
                    let faults = parsed.err().unwrap_or_default();
                    let over = [Reason::TooLong, Reason::TooMany];
                    assert!(
                        format == Format::Events
                            || faults.iter().all(|fault| !over.contains(&fault.reason)),
                        "{faults:?}"
                    );
                }
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
    if flags & COLUMNS != 0
        && let Ok((columns, labels)) = read_review_columns(&FILES[0])
    {
        assert_eq!(columns.stars.len(), labels.len());
        let _ = columns.corpus();
    }
});

fn packed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}
