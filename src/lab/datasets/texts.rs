//! A labelled file of texts alone.

use std::path::Path;

use crate::formats::{TableError, each_row};

/// A text with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledText {
    /// The text, unchanged.
    pub text: String,
    /// "none" for a review, else a kind of spam; "spam" if the file has no kinds.
    pub kind: String,
}

impl LabelledText {
    /// Returns whether it is spam of any kind.
    pub fn is_spam(&self) -> bool {
        self.kind != "none"
    }
}

/// Reads rows of `rating, text, spam, kind`, plain or gzip. `spam` is 0 or 1, and `kind`, which may
/// be absent, must agree with it. Stars are not read: texts are judged alone. A row that cannot be
/// used ends the reading, because figures over part of a file would mislead.
pub fn read_labelled_texts(path: &Path) -> Result<Vec<LabelledText>, TableError> {
    let mut texts = Vec::new();
    each_row(path, &["text", "spam"], |_, row| {
        let spam = match row.get("spam").trim() {
            "0" => false,
            "1" => true,
            other => return Err(format!("spam: {other} is neither 0 nor 1")),
        };
        let kind = match (row.get("kind").trim(), spam) {
            ("", false) => "none",
            ("", true) => "spam",
            (kind, spam) if (kind != "none") == spam => kind,
            (kind, _) => return Err(format!("kind: {kind} does not agree with spam")),
        };
        texts.push(LabelledText {
            text: row.get("text").to_owned(),
            kind: kind.to_owned(),
        });
        Ok(())
    })?;
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &str) -> Result<Vec<LabelledText>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("texts.csv");
        std::fs::write(&path, format!("rating,text,spam,kind\n{rows}")).unwrap();
        read_labelled_texts(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn kind_that_contradicts_its_label_is_refused() {
        let texts = read("5,\"đẹp, tốt\",0,none\n1,hotline,1,non_review\n5,x,1,\n").unwrap();
        let kinds: Vec<&str> = texts.iter().map(|text| text.kind.as_str()).collect();
        assert_eq!(kinds, ["none", "non_review", "spam"]);
        assert_eq!(texts[0].text, "đẹp, tốt");
        assert!(!texts[0].is_spam() && texts[2].is_spam());
        for (row, said) in [("5,x,2,none\n", "spam"), ("5,x,0,fake\n", "kind")] {
            let error = read(row).unwrap_err();
            assert!(error.contains(&format!("texts.csv:2: {said}:")), "{error}");
        }
    }
}
