//! Entry points of the fuzz targets to parts that the server keeps to itself.

use super::access::fuzz_token;
use super::page::PageTokens;
use crate::query::Place;
use crate::store::MemoryStore;

/// Content of the page tokens of a list.
type Content = ((u64, u64, u64), Place);

/// Decodes a page token as it is, and the token of a body that is signed as the service signs.
pub fn page_token(body: &[u8]) {
    let Ok(tokens) = PageTokens::open(&MemoryStore::default()) else {
        return;
    };
    let codec = tokens.codec("Fuzz", &());
    let _ = codec.decode::<Content>(&String::from_utf8_lossy(body));
    let _ = codec.decode::<Content>(&codec.sign(body.to_vec()));
}

/// Reads the header of a bearer token, its claims about sellers, and a key set.
pub fn bearer_token(bytes: &[u8]) {
    fuzz_token(bytes);
}
