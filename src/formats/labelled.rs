//! One CSV of reviews with optional labels.

use super::table::{Header, Row};
use super::{Out, field};
use crate::domain::limits;
use crate::proto::v1::event::Payload;
use crate::proto::v1::{Review, Subject, SubjectKind, Verdict, VerdictLabel};

/// Reads rows of `review, listing, reviewer, rating, time, text, manipulated`.
pub(super) struct Labelled {
    marketplace: String,
    verdicts: bool,
}

impl Labelled {
    pub(super) fn new(marketplace: String, verdicts: bool) -> Self {
        Self {
            marketplace,
            verdicts,
        }
    }

    /// Returns the first missing required column.
    pub(super) fn lacks(&self, header: &Header) -> Option<&'static str> {
        let always = header.lacks(&["review", "listing", "reviewer", "rating"]);
        let labels = || {
            if self.verdicts {
                header.lacks(&["manipulated"])
            } else {
                None
            }
        };
        always.or_else(labels)
    }

    pub(super) fn row(&self, row: &Row<'_>, out: &mut Out) -> Result<(), String> {
        let time = match row.get("time").trim() {
            "" => None,
            text => Some(field::time("time", text)?),
        };
        let review = Review {
            review_id: row.id("review")?,
            marketplace: self.marketplace.clone(),
            listing_id: row.id("listing")?,
            reviewer_id: row.id("reviewer")?,
            rating: field::rating("rating", row.get("rating"))?,
            body: field::cut(row.get("text"), limits::LONG_TEXT_BYTES).to_owned(),
            time,
            ..Review::default()
        };
        let label = label(row.get("manipulated"))?;
        let review_id = review.review_id.clone();
        out.push(Payload::Review(review));
        let Some(label) = label.filter(|_| self.verdicts) else {
            return Ok(());
        };
        // The review is kept; only its label has no time.
        let time = time.ok_or("time: missing, and the label needs one")?;
        out.push(Payload::Verdict(Verdict {
            verdict_id: field::made_id("label:", &review_id),
            subject: Some(Subject {
                kind: SubjectKind::Review.into(),
                marketplace: self.marketplace.clone(),
                id: review_id,
            }),
            label: label.into(),
            decided_by: "imported label".to_owned(),
            reason: String::new(),
            time: Some(time),
        }));
        Ok(())
    }
}

pub(crate) fn label(text: &str) -> Result<Option<VerdictLabel>, String> {
    match text.trim() {
        "" => Ok(None),
        "0" | "false" => Ok(Some(VerdictLabel::Genuine)),
        "1" | "true" => Ok(Some(VerdictLabel::Manipulated)),
        other => Err(format!(
            "manipulated: `{}` is not 0 or 1",
            field::cut(other, 40)
        )),
    }
}
