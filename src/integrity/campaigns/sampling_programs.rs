//! Recognises a platform's own sampling program, as Amazon's Vine is one.
//!
//! Its authors get free copies, so they review without purchases and meet on many sellers' listings,
//! as hired authors do. They differ in their stars, which are as they please.

use super::campaign_factors::CampaignFactors;
use super::reasons::{Factor, Reason};

/// Fewest listings on which the authors meet, the campaign's own included: a program serves many.
const LISTINGS_LEAST: u32 = 4;
/// Least share of reviews without a confirmed purchase.
const UNVERIFIED_LEAST: f64 = 0.8;
/// Least share of reviews that disclose an incentive.
const DISCLOSED_LEAST: f64 = 0.25;
/// Factors that a program explains as well as a made campaign does.
const SHARED: [Factor; 4] = [
    Factor::Unverified,
    Factor::NoOrders,
    Factor::AuthorsInOtherBursts,
    Factor::AuthorsMeet,
];
/// Factors of a made campaign that no program explains.
const UNEXPLAINED: [Factor; 2] = [Factor::Copied, Factor::OneTimeAuthors];

/// The reason for a program, given the reasons for a made campaign. None where it cannot be one.
pub(super) fn sampling_program(facts: &CampaignFactors, made: &[Reason]) -> Option<Reason> {
    disclosed(facts, made).or_else(|| by_behaviour(facts, made))
}

fn of(made: &[Reason], factor: Factor) -> Option<&Reason> {
    made.iter().find(|reason| reason.factor == factor)
}

/// What some factors say for a made campaign.
fn sum(made: &[Reason], factors: &[Factor]) -> f64 {
    let reasons = factors.iter().map(|factor| of(made, *factor));
    reasons
        .map(|reason| reason.map_or(0.0, |reason| reason.contribution.max(0.0)))
        .sum()
}

/// Reviews that say so themselves. Whoever pays for deception does not have it labelled.
fn disclosed(facts: &CampaignFactors, made: &[Reason]) -> Option<Reason> {
    let share = f64::from(facts.disclosed) / f64::from(facts.size.max(1));
    (share >= DISCLOSED_LEAST).then(|| {
        Reason::new(
            Factor::Disclosed,
            share,
            sum(made, &SHARED) + 12.0 * share - 2.0,
            format!(
                "{} of its {} reviews disclose a free or cheaper product, as in a sampling program",
                facts.disclosed, facts.size
            ),
        )
    })
}

/// Reviews that a program would explain as well.
fn by_behaviour(facts: &CampaignFactors, made: &[Reason]) -> Option<Reason> {
    let of = |factor| of(made, factor);
    let sum = |factors: &[Factor]| sum(made, factors);
    let unverified = of(Factor::Unverified).map_or(0.0, |reason| reason.value);
    // Hired authors give the stars that they are paid for; a program's are milder than usual.
    let mildness = -of(Factor::Extreme)?.contribution;
    let listings = facts.listings + facts.meetings.listings;
    let serves_one = facts.same_seller > 0 || listings < LISTINGS_LEAST;
    if serves_one || unverified < UNVERIFIED_LEAST || mildness <= 0.0 || sum(&UNEXPLAINED) > 0.0 {
        return None;
    }
    Some(Reason::new(
        Factor::SamplingProgram,
        f64::from(listings),
        sum(&SHARED) + mildness,
        format!(
            "its authors meet on {listings} listings without a confirmed purchase, and their stars are \
             milder than usual. A platform's program with free products looks like this too"
        ),
    ))
}
