//! Reads a review network from a directory with `reviews.csv`, `reviewers.csv` and `listings.csv`,
//! each plain or gzip.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::domain::limits::cut;
use crate::formats::{Row, TableError, each_row, label};
use crate::proto::v1::VerdictLabel;

/// A network with priors. Reviewers and listings are numbered in the order of their files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkTables {
    /// Reviewer of each review.
    pub reviewer_of: Vec<u32>,
    /// Listing of each review.
    pub listing_of: Vec<u32>,
    /// Prior probability of manipulation of each review, 0 to 1.
    pub review_priors: Vec<f64>,
    /// The same of each reviewer.
    pub reviewer_priors: Vec<f64>,
    /// The same of each listing.
    pub listing_priors: Vec<f64>,
}

/// Labels of a network, separate from it so that no scoring code can read them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkTruth {
    /// Whether each review is labelled as manipulated.
    pub manipulated: Vec<bool>,
    /// Another program's belief in each review, if the file has a column `ugfraud_speagle`.
    pub reference: Option<Vec<f64>>,
}

/// Reads a network from its directory.
pub fn read_network(folder: &Path) -> Result<(NetworkTables, NetworkTruth), TableError> {
    let (reviewers, reviewer_priors) = read_nodes(folder, "reviewers", "reviewer")?;
    let (listings, listing_priors) = read_nodes(folder, "listings", "listing")?;
    let mut tables = NetworkTables {
        reviewer_priors,
        listing_priors,
        ..NetworkTables::default()
    };
    let mut manipulated = Vec::new();
    let mut reference = Vec::new();
    let columns = ["reviewer", "listing", "prior", "manipulated"];
    let has_reference = each_row(&find(folder, "reviews"), &columns, |header, row| {
        let reviewer = number(&reviewers, "reviewer", row)?;
        let listing = number(&listings, "listing", row)?;
        let prior = probability("prior", row)?;
        manipulated.push(is_manipulated(row)?);
        if header.has("ugfraud_speagle") {
            reference.push(probability("ugfraud_speagle", row)?);
        }
        tables.reviewer_of.push(reviewer);
        tables.listing_of.push(listing);
        tables.review_priors.push(prior);
        Ok(())
    })?
    .has("ugfraud_speagle");
    let truth = NetworkTruth {
        manipulated,
        reference: has_reference.then_some(reference),
    };
    Ok((tables, truth))
}

/// Reads a table of one kind of node: numbers by id, and priors.
fn read_nodes(
    folder: &Path,
    table: &str,
    column: &str,
) -> Result<(HashMap<String, u32>, Vec<f64>), TableError> {
    let (mut numbers, mut priors) = (HashMap::new(), Vec::new());
    each_row(&find(folder, table), &[column, "prior"], |_, row| {
        let id = row.id(column)?;
        let prior = probability("prior", row)?;
        let number = u32::try_from(priors.len()).map_err(|_| "too many rows".to_owned())?;
        if numbers.insert(id, number).is_some() {
            let shown = cut(row.get(column), 40);
            return Err(format!("{column}: `{shown}` has a row already"));
        }
        priors.push(prior);
        Ok(())
    })?;
    Ok((numbers, priors))
}

/// The table's file, compressed or not; the plain name where neither is there.
fn find(folder: &Path, table: &str) -> PathBuf {
    let plain = folder.join(format!("{table}.csv"));
    let gzip = folder.join(format!("{table}.csv.gz"));
    if !plain.exists() && gzip.exists() {
        gzip
    } else {
        plain
    }
}

fn number(numbers: &HashMap<String, u32>, column: &str, row: &Row<'_>) -> Result<u32, String> {
    let id = row.get(column).trim();
    let known = numbers.get(id).copied();
    known.ok_or_else(|| format!("{column}: `{}` is in no {column} row", cut(id, 40)))
}

fn probability(column: &str, row: &Row<'_>) -> Result<f64, String> {
    let text = row.get(column).trim();
    let shown = cut(text, 40);
    let value: f64 = text
        .parse()
        .map_err(|_| format!("{column}: `{shown}` is not a number"))?;
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(format!("{column}: {shown} is not 0 to 1"))
    }
}

fn is_manipulated(row: &Row<'_>) -> Result<bool, String> {
    let label = label(row.get("manipulated"))?.ok_or("manipulated: `` is not 0 or 1")?;
    Ok(label == VerdictLabel::Manipulated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const REVIEWS: &str = "listing,reviewer,manipulated,prior\nl1,b,1,0.5\nl1,a,0,0.25\n";

    fn folder(reviews: &str, reviewers: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("reviews.csv"), reviews).unwrap();
        std::fs::write(folder.path().join("reviewers.csv"), reviewers).unwrap();
        let file = std::fs::File::create(folder.path().join("listings.csv.gz")).unwrap();
        let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        gzip.write_all(b"listing,prior\nl1,0.1\n").unwrap();
        gzip.finish().unwrap();
        folder
    }

    fn refusal(reviews: &str, reviewers: &str) -> String {
        read_network(folder(reviews, reviewers).path())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn tables_are_joined_by_id() {
        let folder = folder(REVIEWS, "reviewer,prior\na,0\nb,1\n");
        let (tables, truth) = read_network(folder.path()).unwrap();
        assert_eq!(tables.reviewer_of, [1, 0]);
        assert_eq!(tables.listing_of, [0, 0]);
        assert_eq!(tables.review_priors, [0.5, 0.25]);
        assert_eq!(tables.reviewer_priors, [0.0, 1.0]);
        assert_eq!(tables.listing_priors, [0.1]);
        assert_eq!(
            (truth.manipulated, truth.reference),
            (vec![true, false], None)
        );
    }

    #[test]
    fn bad_rows_say_where_and_why() {
        let reviewers = "reviewer,prior\na,0\nb,1\n";
        let with = |row: &str| refusal(&format!("{REVIEWS}{row}\n"), reviewers);
        assert!(with("l1,c,0,0.5").ends_with("reviews.csv:4: reviewer: `c` is in no reviewer row"));
        assert!(with("l2,a,0,0.5").contains(":4: listing: `l2`"));
        assert!(with("l1,a,0,NaN").contains(":4: prior: NaN is not 0 to 1"));
        assert!(with("l1,a,0,x").contains(":4: prior: `x` is not a number"));
        assert!(with("l1,a,2,0.5").contains(":4: manipulated: `2` is not 0 or 1"));
        assert!(with("l1,a").contains(":4: 2 fields where the header has 4"));
        let twice = refusal(REVIEWS, "reviewer,prior\na,0\na,1\n");
        assert!(
            twice.ends_with("reviewers.csv:3: reviewer: `a` has a row already"),
            "{twice}"
        );
    }

    #[test]
    fn missing_files_and_columns_are_named() {
        let empty = tempfile::tempdir().unwrap();
        assert!(
            read_network(empty.path())
                .unwrap_err()
                .to_string()
                .contains("reviewers.csv")
        );
        assert!(refusal(REVIEWS, "reviewer\na\n").ends_with("reviewers.csv: no column `prior`"));
        assert!(refusal("", "reviewer,prior\n").ends_with("reviews.csv: empty"));
    }
}
