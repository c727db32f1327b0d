//! Keyed hashes: HMAC-SHA-256 (RFC 2104, FIPS 180-4), and hexadecimal digits.

use std::fmt::{self, Write as _};

use ring::error::Unspecified;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// Bytes of a hash.
pub const HASH_BYTES: usize = 32;

/// A secret key. Its `Debug` output does not show it.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

impl Key {
    /// From bytes that came from a good source of randomness.
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// A key from the system's source of randomness.
    pub fn random() -> Result<Self, Unspecified> {
        let mut bytes = [0; KEY_BYTES];
        SystemRandom::new().fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes, to be kept.
    pub const fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Hashes several parts, each led by its length, so that different lists of parts have different
    /// inputs.
    pub fn hash(&self, parts: &[&[u8]]) -> [u8; HASH_BYTES] {
        let tag = hmac::sign(&self.hmac(), &joined(parts));
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(tag.as_ref());
        hash
    }

    /// Whether `hash` is that of the parts, in constant time.
    pub fn verify(&self, parts: &[&[u8]], hash: &[u8]) -> bool {
        hmac::verify(&self.hmac(), &joined(parts), hash).is_ok()
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.0)
    }
}

/// A number from the system's source of randomness.
pub fn random_u64() -> Result<u64, Unspecified> {
    let mut bytes = [0; size_of::<u64>()];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(*part);
    }
    bytes
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Formats bytes as hexadecimal digits in small letters.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_depends_on_key_and_on_part_boundaries() {
        let key = Key::new([7; KEY_BYTES]);
        let whole = key.hash(&[b"ab", b"c"]);
        assert_ne!(whole, key.hash(&[b"a", b"bc"]));
        assert_ne!(whole, Key::new([8; KEY_BYTES]).hash(&[b"ab", b"c"]));
        assert!(key.verify(&[b"ab", b"c"], &whole));
        assert!(!key.verify(&[b"ab", b"c"], &[0; 32]));
        assert!(!key.verify(&[b"ab", b"c"], &[]));
        assert_eq!(format!("{key:?}"), "Key(..)");
        assert_eq!(hex(&[0, 0xAB, 9]), "00ab09");
    }
}
