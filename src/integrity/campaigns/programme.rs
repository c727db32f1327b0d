//! Free copies that a platform hands out itself, as Amazon's Vine does: a circle of authors without
//! purchases who meet on many sellers' listings, as hired ones do, but give stars as they please.

use super::evidence::{Facts, Question, Reason};

/// Fewest listings on which the authors meet, these included: a programme serves many.
const LISTINGS_LEAST: u32 = 4;
/// Least share of reviews without a confirmed purchase.
const UNVERIFIED_LEAST: f64 = 0.8;
/// What a programme explains as well as somebody's doing does.
const SHARED: [&str; 3] = [
    "campaign.unverified",
    "campaign.authors_in_other_bursts",
    "campaign.authors_meet",
];
/// What speaks for somebody's doing, and no programme explains.
const FOREIGN: [&str; 2] = ["campaign.copied", "campaign.one_time_authors"];

/// What speaks for a programme, given what speaks for somebody's doing; none where it cannot be one.
pub(super) fn programme(facts: &Facts, made: &[Reason]) -> Option<Reason> {
    let of = |code: &str| made.iter().find(|reason| reason.code == code);
    let says = |code: &&str| of(code).map_or(0.0, |reason| reason.contribution.max(0.0));
    let unverified = of("campaign.unverified").map_or(0.0, |reason| reason.value);
    // Hired authors give what they are paid for; these are milder than whoever came by itself.
    let mild = -of("campaign.extreme")?.contribution;
    let places = facts.listings + facts.meetings.0;
    let serves_one = facts.same_seller > 0 || places < LISTINGS_LEAST;
    let foreign: f64 = FOREIGN.iter().map(says).sum();
    if serves_one || unverified < UNVERIFIED_LEAST || mild <= 0.0 || foreign > 0.0 {
        return None;
    }
    let shared: f64 = SHARED.iter().map(says).sum();
    Some(Reason {
        code: "campaign.programme",
        question: Question::Artefact,
        sentence: format!(
            "its authors meet on {places} listings without a confirmed purchase, and their stars are \
             milder than usual: a platform's programme of free copies looks like this, too"
        ),
        value: f64::from(places),
        contribution: shared + mild,
    })
}
