//! Decodes a message, parses it, and folds whatever is accepted.
#![no_main]

use goodstanding::codec::parse_event;
use goodstanding::domain::Time;
use goodstanding::proto::v1::Event;
use libfuzzer_sys::fuzz_target;
use prost::Message as _;

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = Event::decode(bytes) else {
        return;
    };
    let encoded = message.encode_to_vec();
    let arrival = Time::from_seconds(1_700_000_000);
    match parse_event(message, arrival) {
        Ok(event) => {
            let again = Event::decode(encoded.as_slice()).expect("it was encoded");
            assert_eq!(parse_event(again, arrival), Ok(event));
        }
        Err(violations) => assert!(!violations.is_empty()),
    }
});
