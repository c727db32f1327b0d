//! Measures of a listing's page that replace its texts in memory.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The parts of a page.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    pub(super) bullets: &'a [String],
    pub(super) description: &'a str,
    pub(super) attributes: &'a HashMap<String, String>,
    pub(super) images: Option<u32>,
    pub(super) videos: Option<u32>,
    pub(super) enhanced: Option<bool>,
}

impl Page<'_> {
    /// Returns the completeness of the page in hundredths. A full page has a title of 30 bytes, 3
    /// and 5 bullet points, and a description of 200 bytes. It has 3 attributes, 3 and 6 images, a
    /// video, and enhanced content. Unknown counts are left out; a page without any text is
    /// unknown.
    pub(super) fn completeness(&self) -> Option<u8> {
        let text =
            !self.title.is_empty() || !self.bullets.is_empty() || !self.description.is_empty();
        let told = |holds: bool| text.then_some(holds);
        let points = [
            told(self.title.len() >= 30),
            told(self.bullets.len() >= 3),
            told(self.bullets.len() >= 5),
            told(self.description.len() >= 200),
            told(self.attributes.len() >= 3),
            self.images.map(|images| images >= 3),
            self.images.map(|images| images >= 6),
            self.videos.map(|videos| videos >= 1),
            self.enhanced,
        ];
        let known = points.iter().flatten().count();
        let held = points.iter().flatten().filter(|held| **held).count();
        (text && known > 0).then(|| (held * 100 / known) as u8)
    }

    /// Hashes texts and attributes; 0 without any. Prices and pictures do not count.
    pub(super) fn content(&self) -> u32 {
        let mut hash = 0;
        let mut take = |text: &str| hash = xxh3_64_with_seed(text.as_bytes(), hash);
        take(self.title);
        self.bullets.iter().for_each(|bullet| take(bullet));
        take(self.description);
        #[allow(clippy::disallowed_methods, reason = "sorted below")]
        let mut attributes: Vec<(&String, &String)> = self.attributes.iter().collect();
        attributes.sort_unstable();
        for (key, value) in attributes {
            take(key);
            take(value);
        }
        let empty = self.title.is_empty()
            && self.bullets.is_empty()
            && self.description.is_empty()
            && self.attributes.is_empty();
        if empty { 0 } else { (hash as u32).max(1) }
    }
}

impl Page<'_> {
    /// Returns the eight smallest hashes of attributes, ascending, padded with 0. Case and outer
    /// spaces do not count.
    pub(super) fn attributes(&self) -> [u16; 8] {
        let hash = |(key, value): (&String, &String)| {
            let key = key.trim().to_lowercase();
            let value = value.trim().to_lowercase();
            let of_key = xxh3_64_with_seed(key.as_bytes(), 0);
            (xxh3_64_with_seed(value.as_bytes(), of_key) as u16).max(1)
        };
        #[allow(clippy::disallowed_methods, reason = "sorted below")]
        let mut hashes: Vec<u16> = self.attributes.iter().map(hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let mut kept = [0; 8];
        for (place, hash) in kept.iter_mut().zip(hashes) {
            *place = hash;
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_smallest_attribute_hashes_are_kept() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter();
            let held: HashMap<String, String> = pairs
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
            page("", &held).attributes()
        };
        assert_eq!(of(&[]), [0; 8]);
        let one = of(&[("Material", " Steel")]);
        assert!(one[0] > 0 && one[1..] == [0; 7]);
        assert_eq!(one, of(&[("material", "steel ")]));
        assert_ne!(one, of(&[("material", "wood")]));
        let names: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
        let all = of(&many);
        assert!(all.is_sorted() && all[0] > 0);
        // Of fewer attributes more of the same ones are kept.
        let half = of(&many[..15]);
        let shared = all.iter().filter(|hash| half.contains(hash)).count();
        assert!(shared >= 1, "{all:?} {half:?}");
    }

    fn page<'a>(title: &'a str, attributes: &'a HashMap<String, String>) -> Page<'a> {
        Page {
            title,
            bullets: &[],
            description: "",
            attributes,
            images: None,
            videos: None,
            enhanced: None,
        }
    }

    #[test]
    fn unknown_counts_do_not_lower_completeness() {
        let none = HashMap::new();
        assert_eq!(page("", &none).completeness(), None);
        assert_eq!(page("", &none).content(), 0);
        // The text has one of five points.
        let long = "a kettle that boils fast and pours well";
        assert_eq!(page(long, &none).completeness(), Some(20));
        let seen = Page {
            images: Some(4),
            ..page(long, &none)
        };
        // The page has two of seven points.
        assert_eq!(seen.completeness(), Some(28));
    }

    #[test]
    fn attributes_have_no_order() {
        let of = |pairs: [(&str, &str); 2]| -> HashMap<String, String> {
            let owned = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
            owned.into_iter().collect()
        };
        let (one, other) = (of([("a", "1"), ("b", "2")]), of([("b", "2"), ("a", "1")]));
        assert_eq!(page("t", &one).content(), page("t", &other).content());
        assert_ne!(page("t", &one).content(), page("u", &one).content());
    }
}
