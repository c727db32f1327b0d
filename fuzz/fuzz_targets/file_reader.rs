//! Reads arbitrary bytes as a file of each format; the first byte chooses the format.
#![no_main]

use std::io::Write as _;

use goodstanding::formats::{Format, Options, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else {
        return;
    };
    let formats = [
        Format::Amazon2023,
        Format::Amazon2018,
        Format::Olist,
        Format::Labelled,
        Format::Events,
    ];
    let format = formats[usize::from(*choice) % formats.len()];
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(content).expect("written");
    let options = Options {
        labels_as_verdicts: true,
        ..Options::default()
    };
    if let Ok(records) = read(format, &[file.path().to_owned()], &options) {
        records.for_each(drop);
    }
});
