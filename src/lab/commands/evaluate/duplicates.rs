//! Measures near-duplicates on pairs with known edits.

use serde_json::Value;

use crate::cli::{CliError, print};
use crate::lab::evaluate::duplicates::measure;

/// Measures near-duplicates, prints the figures and returns them.
pub(super) fn run(texts: usize, seed: u64) -> Result<Value, CliError> {
    let rows = measure(texts, seed);
    let names = rows.first().map(|row| row.recall.iter().map(|held| held.0));
    let names: Vec<&str> = names.into_iter().flatten().collect();
    print(&format!(
        "{texts} texts of each kind; share of edited copies found: {}; then unrelated texts that \
         are accused, colliding pairs a million, precision among pairs found\n",
        names.join(", ")
    ))?;
    for row in &rows {
        let shares: Vec<String> = row
            .recall
            .iter()
            .map(|held| format!("{:.3}", held.1))
            .collect();
        print(&format!(
            "  {:<10} {:<8} {}; {:.4}, {:.2}, {:.4}\n",
            row.script,
            row.length,
            shares.join(" "),
            row.accused,
            row.collisions_per_million,
            row.precision
        ))?;
    }
    Ok(serde_json::to_value(rows)?)
}
