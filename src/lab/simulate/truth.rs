//! The truth of a simulation: manipulated subjects.

use std::io::{self, Write};

use serde::Serialize;

/// One labelled subject. A subject may have a row for each of its schemes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TruthRow {
    /// "review", "reviewer", "listing" or "seller".
    pub kind: &'static str,
    /// Marketplace; empty for sellers, whose ids span marketplaces.
    pub marketplace: &'static str,
    /// Id of the subject.
    pub id: String,
    /// Name of the scheme.
    pub scheme: &'static str,
    /// "manipulated", or "victim" for the target of an attack.
    pub role: &'static str,
    /// For a review: the number of its push.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<u32>,
}

/// The labels so far, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// The rows.
    pub rows: Vec<TruthRow>,
}

/// Writes rows as JSON lines.
pub fn write_json_lines<W: Write>(mut out: W, rows: &[TruthRow]) -> io::Result<()> {
    for row in rows {
        serde_json::to_writer(&mut out, row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
