//! Reads a labelled file into columns for corpus scoring, with separate labels.

use std::collections::HashMap;
use std::path::Path;

use super::labelled::label;
use super::{TableError, each_row, field};
use crate::integrity::detect::{Corpus, Review};
use crate::proto::v1::VerdictLabel;

/// Reviews without their texts. Reviewers and listings are numbered in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewColumns {
    /// Reviewer of each review.
    pub reviewers: Vec<u32>,
    /// Listing of each review.
    pub listings: Vec<u32>,
    /// 1 to 5.
    pub stars: Vec<u8>,
    /// Seconds since 1970 if known.
    pub seconds: Vec<Option<i64>>,
}

impl ReviewColumns {
    /// Makes a corpus of all reviews in the order of the file.
    pub fn corpus(&self) -> Corpus {
        let review = |row: usize| Review {
            reviewer: self.reviewers[row],
            listing: self.listings[row],
            stars: self.stars[row],
            seconds: self.seconds[row],
        };
        Corpus::new((0..self.reviewers.len()).map(review))
    }
}

/// Reads a `labelled` file, plain or gzip, and the label of each review that has one. A row that
/// cannot be used ends the reading, because figures over part of a file would mislead.
pub fn read_review_columns(path: &Path) -> Result<(ReviewColumns, Vec<Option<bool>>), TableError> {
    let mut columns = ReviewColumns::default();
    let mut labels = Vec::new();
    let (mut reviewers, mut listings) = (HashMap::new(), HashMap::new());
    let names = ["reviewer", "listing", "rating", "manipulated"];
    each_row(path, &names, |_, row| {
        let seconds = match row.get("time").trim() {
            "" => None,
            text => Some(field::time("time", text)?.seconds),
        };
        let stars = field::rating("rating", row.get("rating"))?;
        let labelled = label(row.get("manipulated"))?;
        let reviewer = number(&mut reviewers, row.id("reviewer")?)?;
        columns.reviewers.push(reviewer);
        let listing = number(&mut listings, row.id("listing")?)?;
        columns.listings.push(listing);
        columns.stars.push(stars as u8);
        columns.seconds.push(seconds);
        labels.push(labelled.map(|label| label == VerdictLabel::Manipulated));
        Ok(())
    })?;
    Ok((columns, labels))
}

fn number(numbers: &mut HashMap<String, u32>, id: String) -> Result<u32, String> {
    let next = u32::try_from(numbers.len()).map_err(|_| "too many ids".to_owned())?;
    Ok(*numbers.entry(id).or_insert(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &str) -> Result<(ReviewColumns, Vec<Option<bool>>), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reviews.csv");
        let header = "review,listing,reviewer,rating,time,text,manipulated\n";
        std::fs::write(&path, format!("{header}{rows}")).unwrap();
        read_review_columns(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn ids_are_numbered_in_the_order_of_the_file() {
        let rows = "r1,l1,b,5,2011-01-02T00:00:00Z,,1\nr2,l2,a,1,,,0\nr3,l1,b,3,2011-01-01,x,\n";
        let (columns, labels) = read(rows).unwrap();
        assert_eq!(
            (columns.reviewers, columns.listings),
            (vec![0, 1, 0], vec![0, 1, 0])
        );
        assert_eq!(columns.stars, [5, 1, 3]);
        assert_eq!(
            columns.seconds,
            [Some(1_293_926_400), None, Some(1_293_840_000)]
        );
        assert_eq!(labels, [Some(true), Some(false), None]);
    }

    #[test]
    fn invalid_row_is_named() {
        let error = read("r1,l1,b,5,,,1\nr2,l1,b,6,,,0\n").unwrap_err();
        assert!(
            error.ends_with("reviews.csv:3: rating: 6 is not 1 to 5"),
            "{error}"
        );
        assert!(read("r1,l1,b,5,,,2\n").unwrap_err().contains("manipulated"));
        assert!(
            read("r1,l1,,5,,,0\n")
                .unwrap_err()
                .contains("reviewer: missing")
        );
    }
}
