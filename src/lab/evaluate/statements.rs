//! How often texts say something of themselves, in real files.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::Fingerprint;

/// Texts of one file or one value of a column, and those that say something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// All that are not empty.
    pub texts: u64,
    /// By what they say.
    pub found: BTreeMap<&'static str, u64>,
}

/// Counts what texts say.
#[derive(Debug, Default)]
pub struct Statements {
    groups: BTreeMap<String, Said>,
}

impl Statements {
    /// Counts a text, and returns what it says.
    pub fn count(&mut self, group: &str, text: &str) -> Vec<&'static str> {
        if text.trim().is_empty() {
            return Vec::new();
        }
        let said = statements(&Fingerprint::of(&["", text]));
        for group in ["all", group].into_iter().filter(|group| !group.is_empty()) {
            let counted = self.groups.entry(group.to_owned()).or_default();
            counted.texts += 1;
            for statement in &said {
                *counted.found.entry(statement).or_default() += 1;
            }
        }
        said
    }

    /// The counts, by the name of their group; `all` is the sum.
    pub const fn groups(&self) -> &BTreeMap<String, Said> {
        &self.groups
    }
}

fn statements(print: &Fingerprint) -> Vec<&'static str> {
    use crate::domain::{NoContent, Reward};
    let admits = print.admits.map(|reward| match reward {
        Reward::Sample => "admits: goods for an honest review",
        Reward::Review => "admits: reward for a review",
        Reward::Stars => "admits: reward for good stars",
        Reward::Offer => "admits: offer to readers",
    });
    let no_content = print.no_content.map(|kind| match kind {
        NoContent::Signs => "no content: signs alone",
        NoContent::Repeated => "no content: one phrase again and again",
        NoContent::Nonsense => "no content: no words",
        NoContent::Filler => "no content: fills space",
    });
    let sells = print.sells.then_some("sells reviews");
    let hidden = (print.hidden > 1).then_some("hides characters");
    [admits, sells, no_content, hidden]
        .into_iter()
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_counted_in_all_and_in_their_group() {
        let mut counted = Statements::default();
        assert_eq!(
            counted.count("spam", "asdf asdf asdf"),
            ["no content: no words"]
        );
        assert!(counted.count("none", "a good kettle").is_empty());
        assert!(counted.count("none", "  ").is_empty());
        let texts: Vec<(&str, u64, usize)> = counted
            .groups()
            .iter()
            .map(|(group, said)| (group.as_str(), said.texts, said.found.len()))
            .collect();
        assert_eq!(texts, [("all", 2, 1), ("none", 1, 0), ("spam", 1, 1)]);
    }
}
