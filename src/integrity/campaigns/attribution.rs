//! Attributes a campaign to the party that it serves: additive log-odds, each with its sentence.

use super::Direction;
use super::campaign_factors::{CampaignFactors, MarkShares, Meetings, OutsideStars, Purity};
use super::honest_shares::HonestShare;
use super::mark_evidence::{Scheme, mark_evidence, tempered};
use super::marks::ReviewMark;
use super::reasons::{Factor, Question, Reason};
use super::sales_rise::SalesRise;
use super::sampling_programs::sampling_program;
use super::words::{expected, mark_words, reviews};

/// Probability of an artefact before any evidence.
const PRIOR_ARTEFACT: f64 = 0.03;
/// Positive reviews that a rival planted are rare beside self-promotion.
const PRIOR_REVERSE: f64 = 0.03;
/// Facts of one group hang together: what a likelihood ratio counts for.
pub(super) const TEMPER: f64 = 0.5;
/// The same for the share of critics, a fact about other people's reviews.
const PURITY_TEMPER: f64 = 0.75;
/// Most that one fact adds to the log-odds, as for a signal: no fact decides alone.
pub(super) const CONTRIBUTION_MOST: f64 = 2.5;
/// Most that reviews of both polarities at once take from them.
const SIDES_MOST: f64 = 2.5;
/// Most that a rise in sales takes from them.
const SALES_MOST: f64 = 2.0;
/// Fewest reviews for a share.
const SHARE_LEAST: u64 = 4;
/// Fewest reviews of the marketplace for a usual share.
const USUAL_LEAST: u64 = 50;
/// Correlation of two reviews of a group's authors elsewhere: those who like one kind of product meet
/// in its seasons.
const ELSEWHERE_CORRELATION: f64 = 0.05;

/// The party that a group serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribution {
    /// The seller of the listings.
    SelfPromotion,
    /// Somebody who wants to harm the seller with negative reviews.
    Attack,
    /// Somebody who plants positive reviews on a rival to get it punished.
    ReverseBrushing,
    /// Nobody: fame, a sale, a season, a bad batch.
    OrganicBurst,
    /// The platform: copied catalogues, merged variations, migrated reviews, free copies that it
    /// hands out itself.
    PlatformArtefact,
}

/// Probabilities of all attributions; they sum to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    /// By [`Attribution`].
    probabilities: [f64; 5],
}

impl Posterior {
    /// All attributions, in the order of their declaration.
    pub const ALL: [Attribution; 5] = [
        Attribution::SelfPromotion,
        Attribution::Attack,
        Attribution::ReverseBrushing,
        Attribution::OrganicBurst,
        Attribution::PlatformArtefact,
    ];

    /// Of one attribution, 0 to 1.
    pub const fn of(&self, attribution: Attribution) -> f64 {
        self.probabilities[attribution as usize]
    }

    /// Probability that it was organised, for any party: 0 to 1.
    pub fn made(&self) -> f64 {
        self.of(Attribution::SelfPromotion)
            + self.of(Attribution::Attack)
            + self.of(Attribution::ReverseBrushing)
    }

    /// The likeliest; the first of equals.
    pub fn likeliest(&self) -> Attribution {
        let mut best = Attribution::SelfPromotion;
        for other in Self::ALL {
            if self.of(other) > self.of(best) {
                best = other;
            }
        }
        best
    }

    /// Self-promotion with a probability, and otherwise a burst that came by itself.
    #[cfg(test)]
    pub(in crate::integrity) fn promoting(probability: f64) -> Self {
        Self {
            probabilities: [probability, 0.0, 0.0, 1.0 - probability, 0.0],
        }
    }

    fn new(direction: Direction, prior: f64, made: f64, reverse: f64, artefact: f64) -> Self {
        let by_itself = 1.0 - PRIOR_ARTEFACT - prior;
        let made = prior * libm::exp(made);
        let artefact = PRIOR_ARTEFACT * libm::exp(artefact);
        let odds = PRIOR_REVERSE / (1.0 - PRIOR_REVERSE) * libm::exp(reverse);
        let (own, attack, reverse) = match direction {
            Direction::Promote => (made / (1.0 + odds), 0.0, made * odds / (1.0 + odds)),
            Direction::Attack => (0.0, made, 0.0),
        };
        let all = own + attack + reverse + by_itself + artefact;
        Self {
            probabilities: [own, attack, reverse, by_itself, artefact].map(|part| part / all),
        }
    }
}

/// The reasons that the facts give.
pub(super) fn reasons(facts: &CampaignFactors, direction: Direction) -> Vec<Reason> {
    let mut reasons = coordination(facts, direction);
    let program = sampling_program(facts, &reasons);
    if direction == Direction::Promote {
        reasons.extend(reverse(facts));
    }
    reasons.extend(program);
    reasons.extend(artefact(facts));
    reasons
}

/// The probabilities that reasons add up to. `prior` is the share of candidates that are made.
pub(super) fn posterior(reasons: &[Reason], direction: Direction, prior: f64) -> Posterior {
    let sum = |question| -> f64 {
        let of = reasons
            .iter()
            .filter(|reason| reason.factor.question() == question);
        of.map(|reason| reason.contribution).sum()
    };
    Posterior::new(
        direction,
        prior,
        sum(Question::Coordination),
        sum(Question::ReverseBrushing),
        sum(Question::Artefact),
    )
}

fn coordination(facts: &CampaignFactors, direction: Direction) -> Vec<Reason> {
    let mut reasons = Vec::new();
    // Copies made by a platform share wording and authors with their originals.
    let cloned = 2 * facts.cloned >= facts.size;
    if facts.busy > 1.2 {
        let sentence = format!(
            "on the same days other listings got {:.1} times their usual number of reviews",
            facts.busy
        );
        let says = -libm::log(facts.busy).min(CONTRIBUTION_MOST);
        reasons.push(Reason::new(Factor::OthersBusy, facts.busy, says, sentence));
    }
    if let Some(left) = facts.surprise.filter(|left| *left < 0.0) {
        let sentence = format!(
            "getting {} reviews where {} were expected happens by chance now and then",
            facts.size,
            expected(facts.expected)
        );
        let says = left.max(-CONTRIBUTION_MOST);
        reasons.push(Reason::new(
            Factor::Chance,
            f64::from(facts.size),
            says,
            sentence,
        ));
    }
    reasons.extend(marks(facts, direction, cloned));
    if let Some(Purity { others, ratio }) = facts.purity {
        let says = (PURITY_TEMPER * ratio).clamp(-CONTRIBUTION_MOST, CONTRIBUTION_MOST);
        let came = match others {
            0 => "no review with 1 to 3 stars came".to_owned(),
            1 => "1 review with 1 to 3 stars came".to_owned(),
            _ => format!("{others} reviews with 1 to 3 stars came"),
        };
        let sentence = format!(
            "on the same days as its {} positive reviews {came}; popularity usually brings critics too",
            facts.size
        );
        reasons.push(Reason::new(
            Factor::Purity,
            f64::from(others),
            says,
            sentence,
        ));
    }
    if facts.elsewhere.of >= SHARE_LEAST && !cloned {
        let usual = HonestShare {
            mean: facts.elsewhere_usual,
            correlation: ELSEWHERE_CORRELATION,
            of: facts.elsewhere.of,
        };
        let says = tempered(facts.elsewhere, usual, Scheme::ELSEWHERE);
        let sentence = format!(
            "{} of the {} other reviews of its authors {} in other bursts; {:.0} % is usual",
            facts.elsewhere.with,
            facts.elsewhere.of,
            if facts.elsewhere.with == 1 {
                "is"
            } else {
                "are"
            },
            100.0 * facts.elsewhere_usual
        );
        let share = facts.elsewhere.with as f64 / facts.elsewhere.of as f64;
        reasons.push(Reason::new(
            Factor::AuthorsInOtherBursts,
            share,
            says,
            sentence,
        ));
    }
    reasons.extend(facts.sales.map(sales));
    reasons.extend(both_sides(facts, direction));
    let Meetings { listings, ratio } = facts.meetings;
    if listings > 0 && !cloned {
        let says = (TEMPER * ratio).min(CONTRIBUTION_MOST);
        let sentence = format!(
            "its authors meet on {listings} other listing{} more often than chance explains",
            if listings == 1 { "" } else { "s" }
        );
        reasons.push(Reason::new(
            Factor::AuthorsMeet,
            f64::from(listings),
            says,
            sentence,
        ));
    }
    reasons
}

/// What the marks of the reviews say. Copies made by a platform share their wording.
fn marks(facts: &CampaignFactors, direction: Direction, cloned: bool) -> Vec<Reason> {
    let what = match direction {
        Direction::Promote => "positive reviews",
        Direction::Attack => "negative reviews",
    };
    let mut reasons = Vec::new();
    for (mark, MarkShares { group, usual }) in ReviewMark::ALL.into_iter().zip(&facts.marks) {
        let silent = group.of < SHARE_LEAST || usual.of < USUAL_LEAST;
        if silent || (cloned && mark == ReviewMark::Copied) {
            continue;
        }
        let (factor, [one, several]) = mark_words(mark);
        let says = mark_evidence(mark, direction, *group, *usual);
        let sentence = format!(
            "{} of its {} reviews {}; for {what} {:.0} % is usual",
            group.with,
            group.of,
            if group.with == 1 { one } else { several },
            100.0 * usual.mean
        );
        let share = group.with as f64 / group.of as f64;
        reasons.push(Reason::new(factor, share, says, sentence));
    }
    reasons
}

fn sales(rise: SalesRise) -> Reason {
    let says = -SALES_MOST * rise.explained;
    let sentence = format!(
        "at about the same time orders of the listing came {:.1} times as often as usual",
        rise.times
    );
    Reason::new(Factor::SalesRise, rise.times, says, sentence)
}

/// Reviews of both polarities in the same days: people disagree about something, and nobody who pays
/// for reviews pays for both.
fn both_sides(facts: &CampaignFactors, direction: Direction) -> Option<Reason> {
    let opposite = match direction {
        Direction::Promote => "negative",
        Direction::Attack => "positive",
    };
    let ratio = f64::from(facts.opposite) / f64::from(facts.size.max(1));
    (facts.opposite > 0).then(|| {
        let says = -SIDES_MOST * (2.0 * ratio).min(1.0);
        let sentence = format!(
            "{} {opposite} ones came to the same listings in the same days, also far above the usual number",
            facts.opposite
        );
        Reason::new(Factor::BothSides, f64::from(facts.opposite), says, sentence)
    })
}

fn reverse(facts: &CampaignFactors) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if facts.same_seller > 0 {
        let sentence = format!(
            "its authors also wrote {} in bursts on other listings of the same seller, and a rival \
             has little reason to pay for that",
            reviews(facts.same_seller)
        );
        let says = -(0.5 * f64::from(facts.same_seller)).min(1.5);
        reasons.push(Reason::new(
            Factor::SameSeller,
            f64::from(facts.same_seller),
            says,
            sentence,
        ));
    }
    if facts.rivals > 0 {
        let part = f64::from(facts.rivals) / f64::from(facts.rivals + facts.same_seller);
        let sentence = format!(
            "its authors also wrote {} in bursts on listings of competing sellers",
            reviews(facts.rivals)
        );
        reasons.push(Reason::new(
            Factor::ServesRivals,
            f64::from(facts.rivals),
            part,
            sentence,
        ));
    }
    let OutsideStars { reviews, positive } = facts.outside;
    if reviews >= 50 && f64::from(positive) >= 0.9 * f64::from(reviews) {
        let share = f64::from(positive) / f64::from(reviews);
        let sentence = format!(
            "{:.0} % of the listing's other {reviews} reviews are positive: it hardly needs more",
            100.0 * share
        );
        reasons.push(Reason::new(Factor::NoMotive, share, 0.5, sentence));
    }
    let removed = facts.marks.get(ReviewMark::Removed as usize);
    let removed = removed.map_or(0, |marks| marks.group.with);
    if 2 * removed >= u64::from(facts.size) {
        let sentence =
            format!("{removed} of its reviews were taken down: the campaign was easy to find");
        reasons.push(Reason::new(Factor::Clumsy, removed as f64, 0.5, sentence));
    }
    reasons
}

fn artefact(facts: &CampaignFactors) -> Vec<Reason> {
    let signs = [
        (
            Factor::Cloned,
            facts.cloned,
            "also on another listing with the same words and the same second, as after a merged \
             variation",
        ),
        (
            Factor::PredatesListing,
            facts.predating,
            "older than the listing, as after a migration",
        ),
        (
            Factor::Simultaneous,
            facts.simultaneous,
            "from the same second as others, as after a bulk import",
        ),
    ];
    let size = f64::from(facts.size.max(1));
    let seen = signs.into_iter().filter(|(_, count, _)| *count > 0);
    seen.map(|(factor, count, words)| {
        let share = f64::from(count) / size;
        let are = if count == 1 { "is" } else { "are" };
        let sentence = format!("{count} of its {} reviews {are} {words}", facts.size);
        // Neither buyers nor those who are paid make these signs: a whole group of them
        // outweighs whatever else looks made.
        Reason::new(factor, share, 12.0 * share - 2.0, sentence)
    })
    .collect()
}
