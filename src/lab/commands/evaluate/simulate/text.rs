//! The figures of a simulated market for a person to read.

use std::fmt::Write as _;

use crate::lab::evaluate::simulated::{
    Attributed, Coverage, Figures, Found, Honest, Ordered, Scored,
};

/// Formats one market.
pub(in crate::lab::commands::evaluate) fn page(figures: &Figures) -> String {
    let mut text = format!(
        "{}: {} reviews; evidence gathered in {:.2} s\n",
        figures.spec, figures.reviews_count, figures.pass_seconds
    );
    text += "AP / AUC / recall at 1 % false positives, by assessments; by own signals alone; these with the corpus detector; these with campaigns; by the network on top of the assessments\n";
    let kinds = [
        ("reviews", &figures.reviews),
        ("reviewers", &figures.reviewers),
        ("listings", &figures.listings),
        ("sellers", &figures.sellers),
    ];
    for (name, scored) in kinds {
        let _ = writeln!(text, "  {name:<22} {}", all_of(scored));
    }
    for found in &figures.schemes {
        let _ = writeln!(text, "  {:<22} {}", found.scheme, all_of(&found.reviews));
    }
    text += "families and signals of assessments: AUC of the sum, without it, of it alone; measured on\n";
    for part in &figures.parts {
        let _ = writeln!(
            text,
            "  {:<9} {:<38} {} {} {}; {:.0} %",
            part.subject,
            part.name,
            shown(part.whole),
            shown(part.without),
            shown(part.alone),
            100.0 * part.measured
        );
    }
    text += "pushes found / made; share of their reviews in; of those seen while under way: share in at first sight, seen by half\n";
    for found in figures.schemes.iter().chain([&figures.all]) {
        let _ = writeln!(text, "  {:<22} {}", found.scheme, pushes(found));
    }
    campaigns(&mut text, figures);
    let [sellers, high] = figures.caught;
    let _ = writeln!(
        text,
        "manipulated sellers in band high or worse: {high} of {sellers}"
    );
    text += "honest sellers: in band high or worse, with a flagged campaign, of all\n";
    for Honest {
        group,
        sellers,
        high,
        promoted,
    } in &figures.honest
    {
        let _ = writeln!(
            text,
            "  {group:<26} {high} ({}), {promoted} ({}), of {sellers}",
            percent(*high, *sellers),
            percent(*promoted, *sellers)
        );
    }
    text += "dividend: 90 % intervals that hold the truth; error of the clean and of the displayed rating\n";
    for Coverage {
        formula,
        listings,
        count,
        covered,
        error,
        displayed_error,
    } in &figures.dividend
    {
        let _ = writeln!(
            text,
            "  {formula:<20} {listings:<22} {} of {count}; {} and {} stars",
            shown(*covered),
            shown(*error),
            shown(*displayed_error)
        );
    }
    text
}

fn campaigns(text: &mut String, figures: &Figures) {
    let _ = writeln!(
        text,
        "campaigns: {} candidates, {} flagged, {} of them ({}) mostly planted; {} wrong ones on sale days; ids kept {}",
        figures.candidates,
        figures.flagged,
        figures.flagged_right,
        percent(figures.flagged_right, figures.flagged),
        figures.flagged_on_sale_days,
        shown(figures.ids_kept)
    );
    let Attributed {
        promotion,
        attack,
        organic,
    } = figures.attributed;
    let _ = writeln!(
        text,
        "attributed right: self-promotion {} of {}, attack {} of {}, organic {} of {}; all {}",
        promotion[1],
        promotion[0],
        attack[1],
        attack[0],
        organic[1],
        organic[0],
        shown(figures.attributed.accuracy())
    );
}

/// Formats the heading of the grid.
pub(in crate::lab::commands::evaluate) fn grid_heading() -> String {
    "scheme, intensity, camouflage: AUC and recall at 1 % false positives by assessments; both by \
     own signals; pushes found of made; flagged right of flagged; attribution; honest sellers high\n"
        .to_owned()
}

/// Formats one market of a grid.
pub(in crate::lab::commands::evaluate) fn grid_row(figures: &Figures) -> String {
    let honest = figures.honest.first().cloned().unwrap_or_default();
    format!(
        "{:<58} {} {}; {} {}; {} of {}; {} of {}; {}; {} of {}\n",
        figures.spec,
        shown(figures.reviews.assessed.auc),
        shown(figures.reviews.assessed.recall_at_1_percent),
        shown(figures.reviews.own_signals.auc),
        shown(figures.reviews.own_signals.recall_at_1_percent),
        figures.all.found,
        figures.all.pushes,
        figures.flagged_right,
        figures.flagged,
        shown(figures.attributed.accuracy()),
        honest.high,
        honest.sellers
    )
}

fn all_of(scored: &Scored) -> String {
    let Scored {
        assessed,
        own_signals,
        with_corpus,
        with_campaigns,
        network,
    } = scored;
    [assessed, own_signals, with_corpus, with_campaigns, network]
        .map(ordered)
        .join(";  ")
}

fn ordered(ordered: &Ordered) -> String {
    let Ordered {
        ap,
        auc,
        recall_at_1_percent,
    } = *ordered;
    format!(
        "{} / {} / {}",
        shown(ap),
        shown(auc),
        shown(recall_at_1_percent)
    )
}

fn pushes(found: &Found) -> String {
    let mean = found.manipulated;
    format!(
        "{} / {}; {}; {}, {} of {}",
        found.found,
        found.pushes,
        percent(found.reviews_found, mean),
        shown(found.share_at_first_flag),
        found.flagged_by_half,
        found.ever_flagged
    )
}

fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    format!("{:.1} %", 100.0 * part as f64 / whole as f64)
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:.3}"))
}
