//! Decodes arbitrary bytes as a record of the log.
#![no_main]

use goodstanding::journal::Record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(record) = Record::decode(bytes) {
        assert_eq!(record.entries().len(), record.count());
        assert!(record.next_ordinal() >= record.first_ordinal());
    }
});
