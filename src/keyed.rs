//! Keyed hashes: HMAC-SHA-256 (RFC 2104, FIPS 180-4), and hexadecimal digits.

use std::fmt::{self, Write as _};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// A secret key. It shows itself to nobody.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

impl Key {
    /// From bytes that came from a good source of randomness.
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// A key from the system's source of randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The bytes, to be kept.
    pub const fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The hash of several parts, each led by its length, so that no two lists of parts are hashed
    /// alike.
    pub fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Whether `tag` starts the hash of the parts; takes as long whatever differs.
    pub fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        self.over(parts).verify_truncated_left(tag).is_ok()
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        // HMAC fills a short key up with zeros itself; done here, no length can be wrong.
        let mut block = [0; 64];
        block[..KEY_BYTES].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Bytes as hexadecimal digits in small letters.
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
    fn parts_do_not_run_together_and_keys_matter() {
        let key = Key::new([7; KEY_BYTES]);
        let whole = key.hash(&[b"ab", b"c"]);
        assert_ne!(whole, key.hash(&[b"a", b"bc"]));
        assert_ne!(whole, Key::new([8; KEY_BYTES]).hash(&[b"ab", b"c"]));
        assert!(key.verify(&[b"ab", b"c"], &whole[..16]));
        assert!(!key.verify(&[b"ab", b"c"], &[0; 16]));
        assert!(!key.verify(&[b"ab", b"c"], &[]));
        assert_eq!(format!("{key:?}"), "Key(..)");
        assert_eq!(hex(&[0, 0xAB, 9]), "00ab09");
    }
}
