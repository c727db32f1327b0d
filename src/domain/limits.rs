//! Size limits of event fields, as in the proto comments.

/// Longest id, in bytes.
pub const ID_BYTES: usize = 128;
/// Longest name, in bytes: a brand, a category, the key of an attribute.
pub const NAME_BYTES: usize = 256;
/// Longest short text, in bytes: a title, a bullet point, the value of an attribute.
pub const SHORT_TEXT_BYTES: usize = 4096;
/// Longest long text, in bytes: a description, the body of a review.
pub const LONG_TEXT_BYTES: usize = 65_536;
/// Most names of a category path.
pub const CATEGORIES: usize = 16;
/// Most bullet points of a listing.
pub const BULLETS: usize = 64;
/// Most attributes of a listing.
pub const ATTRIBUTES: usize = 128;
/// Most images or videos of a listing.
pub const MEDIA: u32 = 10_000;
/// Largest amount of money, in whole units.
pub const MONEY_UNITS: i64 = 1_000_000_000_000_000;

/// Cuts a text to at most `bytes`, between characters.
pub fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or("")
}
