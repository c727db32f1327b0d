//! Removes the markup of web pages: tags that a page shows as nothing, and characters by their name or
//! number.

use std::borrow::Cow;

use memchr::memchr2;

/// Longest tag that is removed, in bytes.
const TAG_BYTES: usize = 256;
/// Longest name or number of a character, in bytes.
const ENTITY_BYTES: usize = 12;
/// Tags that part words.
const BLOCKS: [&str; 16] = [
    "blockquote",
    "br",
    "dd",
    "div",
    "dt",
    "h1",
    "h2",
    "h3",
    "hr",
    "li",
    "ol",
    "p",
    "table",
    "td",
    "tr",
    "ul",
];
/// Tags within words.
const INLINE: [&str; 16] = [
    "a", "b", "big", "code", "em", "font", "i", "img", "mark", "s", "small", "span", "strong",
    "sub", "sup", "u",
];
/// Characters that texts name.
const NAMES: [(&str, char); 11] = [
    ("amp", '&'),
    ("apos", '\''),
    ("gt", '>'),
    ("hellip", '\u{2026}'),
    ("lt", '<'),
    ("nbsp", '\u{A0}'),
    ("quot", '"'),
    ("rsquo", '\u{2019}'),
    ("shy", '\u{AD}'),
    ("zwj", '\u{200D}'),
    ("zwnj", '\u{200C}'),
];

/// Removes known tags and decodes characters, once. Anything else in brackets is text.
pub(super) fn without_markup(text: &str) -> Cow<'_, str> {
    if memchr2(b'<', b'&', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr2(b'<', b'&', rest.as_bytes()) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (shown, bytes) = if rest.starts_with('<') {
            tag(rest)
        } else {
            entity(rest)
        }
        .unwrap_or((rest.chars().next(), 1));
        plain.extend(shown);
        rest = &rest[bytes..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The character in whose place a tag stands, and the tag's length.
fn tag(text: &str) -> Option<(Option<char>, usize)> {
    let most = text.len().min(TAG_BYTES);
    let end = text.as_bytes()[..most]
        .iter()
        .position(|byte| *byte == b'>')?;
    let inside = text[1..end].trim_start_matches('/');
    if inside.starts_with("!--") {
        return Some((None, end + 1));
    }
    let name = inside.split(|letter: char| !letter.is_ascii_alphanumeric());
    let name = name.into_iter().next()?.to_ascii_lowercase();
    if BLOCKS.contains(&name.as_str()) {
        Some((Some(' '), end + 1))
    } else {
        INLINE.contains(&name.as_str()).then_some((None, end + 1))
    }
}

/// The character that a name or number stands for, and the length of that.
fn entity(text: &str) -> Option<(Option<char>, usize)> {
    let most = text.len().min(ENTITY_BYTES);
    let end = text.as_bytes()[..most]
        .iter()
        .position(|byte| *byte == b';')?;
    let name = &text[1..end];
    let letter = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        char::from_u32(code.ok()?)?
    } else {
        NAMES.iter().find(|(known, _)| *known == name)?.1
    };
    Some((Some(letter), end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_and_entities_are_read_as_a_page_shows_them() {
        let same = [
            ("good<br /> kettle", "good  kettle"),
            ("ki<b>tch</b>en", "kitchen"),
            ("ki<!-- x -->t", "kit"),
            ("it&#39;s &#x74;oo&nbsp;hot", "it's too\u{A0}hot"),
            ("3 < 5 & 7 > 2", "3 < 5 & 7 > 2"),
            ("I <3 the <thing>", "I <3 the <thing>"),
            ("&#0;&#xD800;&unknown;<", "\0&#xD800;&unknown;<"),
            ("&amp;lt;", "&lt;"),
        ];
        for (text, shown) in same {
            assert_eq!(without_markup(text), shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[<>&;#x/!b0-9é\u{200b}-]{0,60}") {
            let _ = without_markup(&text);
        }
    }
}
