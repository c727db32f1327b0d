//! How much of everything an event may carry, as its proto comments say.

/// Bytes of an id.
pub const ID_BYTES: usize = 128;
/// Bytes of a name: a brand, a category, an attribute's key.
pub const NAME_BYTES: usize = 256;
/// Bytes of a short text: a title, a bullet point, an attribute's value.
pub const SHORT_TEXT_BYTES: usize = 4096;
/// Bytes of a long text: a description, a review's body.
pub const LONG_TEXT_BYTES: usize = 65_536;
/// Names of a category path.
pub const CATEGORIES: usize = 16;
/// Bullet points of a listing.
pub const BULLETS: usize = 64;
/// Attributes of a listing.
pub const ATTRIBUTES: usize = 128;
/// Images or videos of a listing.
pub const MEDIA: u32 = 10_000;
/// Whole units of an amount of money.
pub const MONEY_UNITS: i64 = 1_000_000_000_000_000;

/// The start of a text within `bytes`, cut between characters.
pub fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or("")
}
