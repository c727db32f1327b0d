//! The table of the suite.

use std::fmt::Write as _;

use super::kinds::Apart;
use super::measure::{Count, HonestFigures, TwinFigures};
use super::run::{Figures, Row};

/// Largest share of honest listings and of honest sellers at elevated or worse.
pub const LISTINGS_MOST: f64 = 0.02;
/// Largest share of honest authors at elevated or worse.
pub const AUTHORS_MOST: f64 = 0.01;
/// Least share of twins that are found.
pub const FOUND_LEAST: f64 = 0.85;

impl Row {
    /// Mean over seeds of the share of an honest scene's subjects; none where no seed has any.
    pub fn honest(&self, of: impl Fn(&HonestFigures) -> Count) -> Option<f64> {
        self.mean(|one| of(&one.honest).share())
    }

    /// The same of the twin's.
    pub fn twin(&self, of: impl Fn(&TwinFigures) -> Count) -> Option<f64> {
        self.mean(|one| of(&one.twin).share())
    }

    /// Mean over seeds.
    pub fn mean(&self, of: impl Fn(&Figures) -> Option<f64>) -> Option<f64> {
        let shares: Vec<f64> = self.figures.iter().filter_map(of).collect();
        (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
    }

    /// Share of seeds whose twin is found.
    pub fn found(&self) -> Option<f64> {
        self.mean(|one| Some(f64::from(u8::from(!one.twin.found_by.is_empty()))))
    }

    /// Names the bounds that the kind misses.
    pub fn missed(&self) -> Vec<&'static str> {
        let above = |share: Option<f64>, most: f64| share.is_some_and(|share| share > most);
        let bounds = [
            (
                "listings",
                above(self.honest(|one| one.listings), LISTINGS_MOST),
            ),
            (
                "sellers",
                above(self.honest(|one| one.sellers), LISTINGS_MOST),
            ),
            (
                "authors",
                above(self.honest(|one| one.authors), AUTHORS_MOST),
            ),
            (
                "twin",
                !self.kind.is_alike() && self.found().is_some_and(|share| share < FOUND_LEAST),
            ),
        ];
        let missed = bounds.into_iter().filter(|(_, missed)| *missed);
        missed.map(|(name, _)| name).collect()
    }
}

const HEADING: &str = "\
Honest scenes: % at ELEVATED or worse, mean over seeds; accused: campaigns named an attack or
self-promotion, a scene; attacked: % of listings said to be attacked; tags: % of subjects with a
legal tag; cleaned: % of listings whose rating loses criticism; bystanders: authors of the market, a
scene. Twins: % found; % of victims at ELEVATED or worse; % of honest authors at ELEVATED or worse;
% of subjects with a wrong legal tag.
";

/// Formats the table, the facts that separate the sides, and the kinds that miss a bound.
pub fn page(rows: &[Row]) -> String {
    let mut page = format!(
        "{HEADING}\n{:<18} {:>8} {:>7} {:>7} {:>7} {:>7} {:>8} {:>5} {:>7} {:>10} | {:>5} {:>7} {:>7} {:>5}\n",
        "kind",
        "listings",
        "sellers",
        "reviews",
        "authors",
        "accused",
        "attacked",
        "tags",
        "cleaned",
        "bystanders",
        "found",
        "victims",
        "authors",
        "tags"
    );
    for row in rows {
        let bystanders = row.mean(|one| Some(one.honest.bystanders as f64));
        let accused = row.mean(|one| Some(one.honest.accusations as f64));
        let found = if row.kind.is_alike() {
            format!("({})", percent(row.found()))
        } else {
            percent(row.found())
        };
        // Writing to a string never fails.
        let _ = writeln!(
            page,
            "{:<18} {:>8} {:>7} {:>7} {:>7} {:>7} {:>8} {:>5} {:>7} {:>10} | {found:>5} {:>7} {:>7} {:>5}",
            row.kind.name,
            percent(row.honest(|one| one.listings)),
            percent(row.honest(|one| one.sellers)),
            percent(row.honest(|one| one.reviews)),
            percent(row.honest(|one| one.authors)),
            number(accused),
            percent(row.honest(|one| one.attacked)),
            percent(row.honest(|one| one.wrong_words)),
            percent(row.honest(|one| one.cleaned)),
            number(bystanders),
            percent(row.twin(|one| one.victims)),
            percent(row.twin(|one| one.authors)),
            percent(row.twin(|one| one.wrong_words)),
        );
    }
    page += "\nFacts that separate a scene from its twin:\n";
    for row in rows {
        let facts = match row.kind.apart {
            Apart::By(facts) => facts.to_owned(),
            Apart::Alike(reason) => format!("none, so answers have to abstain: {reason}"),
        };
        let _ = writeln!(page, "  {}: {facts}", row.kind.name);
    }
    page + "\n" + &verdict(rows) + "\n"
}

/// Says which kinds miss which bound.
fn verdict(rows: &[Row]) -> String {
    let bounds = format!(
        "listings and sellers {} %, authors {} %, twins found {} %",
        100.0 * LISTINGS_MOST,
        100.0 * AUTHORS_MOST,
        100.0 * FOUND_LEAST
    );
    let missed: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            let missed = row.missed();
            (!missed.is_empty()).then(|| format!("{} ({})", row.kind.name, missed.join(", ")))
        })
        .collect();
    if missed.is_empty() {
        return format!("All {} kinds keep the bounds: {bounds}.", rows.len());
    }
    format!(
        "{} of {} kinds miss a bound ({bounds}): {}.",
        missed.len(),
        rows.len(),
        missed.join("; ")
    )
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{:.1}", 100.0 * share))
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}
