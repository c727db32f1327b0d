//! Entry points of the fuzz targets to parts that the server keeps to itself.

use std::cell::LazyCell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::access::fuzzing::TokenBench;
use super::page::{PageTokenCodec, PageTokens};
use super::services::watch::fuzz_resume_token;
use crate::store::MemoryStore;

/// The fields of a position in a ranking, as a token holds them.
type Ranked = (bool, f64, u32);

thread_local! {
    static PAGE_TOKENS: LazyCell<Option<PageTokenCodec>> = LazyCell::new(|| {
        let tokens = PageTokens::open(&MemoryStore::default()).ok()?;
        Some(tokens.codec("Fuzz", &()))
    });
    static TOKEN_BENCH: LazyCell<Option<TokenBench>> = LazyCell::new(TokenBench::open);
}

/// Decodes a token that anybody could send, and a body that is signed as the service signs. The
/// first byte chooses the list.
pub fn page_token(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    PAGE_TOKENS.with(|codec| {
        let Some(codec) = codec.as_ref() else {
            return;
        };
        match choice % 6 {
            0 => decode::<((u64, u64, u64), Ranked)>(codec, body),
            1 => decode::<Ranked>(codec, body),
            2 => decode::<(usize, String)>(codec, body),
            3 => decode::<(i64, String, String)>(codec, body),
            4 => decode::<u32>(codec, body),
            _ => fuzz_resume_token(body),
        }
    });
}

/// What can be decoded is written as a token that means the same.
fn decode<T: Serialize + DeserializeOwned>(codec: &PageTokenCodec, body: &[u8]) {
    let _ = codec.decode::<T>(&String::from_utf8_lossy(body));
    if let Ok(Some(place)) = codec.decode::<T>(&codec.sign(body.to_vec())) {
        let token = codec.encode(&place);
        let again = codec.decode::<T>(&token).ok().flatten();
        assert_eq!(again.map(|place| codec.encode(&place)), Some(token));
    }
}

/// Verifies bearer tokens: any, and signed ones with any header or any claims. Reads key sets. The
/// first byte chooses.
pub fn bearer_token(bytes: &[u8]) {
    TOKEN_BENCH.with(|bench| {
        if let Some(bench) = bench.as_ref() {
            bench.verify(bytes);
        }
    });
}
