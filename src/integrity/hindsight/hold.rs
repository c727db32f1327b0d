//! How far the corpus detector's poles hold in a market.
//!
//! Its terms were weighed by reasoning and on one set of labels: who writes once is more suspect than
//! who writes often. Where clubs of busy accounts do the work that points the wrong way. What campaigns
//! found says so without labels: they are found by time, wording and company, and the facts that the
//! detector looks at are left out of how sure they are. A term that is a log-likelihood ratio of two
//! classes of like spread lies apart in them by its variance; the share of that distance at which
//! campaigns' reviews lie from all others is what the term is worth for manipulation of their kind.
//! For what has not been found nothing is known, and the term stays as it is. So
//!
//! `hold = 1 - found (1 - worth)`,
//!
//! where `found` is the part of the reviews assumed to be manipulated that campaigns explain, less
//! where few campaigns say so.
//!
//! All of it speaks of identities that are thrown away after a review. Where fewer reviews are their
//! authors' only ones than are assumed to be manipulated, as in sets that keep busy authors only, it
//! holds for the part that they can be ([`reach`]).

use crate::integrity::campaigns::{Campaign, Campaigns, Kind};
use crate::integrity::detect::{BASE_RATE, Corpus, Detection, Term as Part};
use crate::state::State;

/// What is kept of each term, 0 to 1, in the order of [`Part::ALL`].
pub(super) type Hold = [f64; Part::ALL.len()];

/// Everything is kept.
pub(super) const WHOLE: Hold = [1.0; Part::ALL.len()];

/// The part of the manipulation that identities with one review can have done, 0 to 1.
fn reach(corpus: &Corpus) -> f64 {
    let authors = 0..corpus.reviewers() as u32;
    let once = authors
        .filter(|author| corpus.reviews_of(*author) == 1)
        .count() as f64;
    (once / (BASE_RATE * corpus.reviews().max(1) as f64)).min(1.0)
}

/// Campaigns that the detector's own weights count for.
const CAMPAIGNS_PRIOR: f64 = 10.0;
/// Reasons for a campaign that are facts of the detector too.
const SHARED_REASONS: [&str; 2] = ["campaign.one_time_authors", "campaign.extreme"];

/// Sums over reviews of a term and of its square.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    weight: f64,
    values: [f64; Part::ALL.len()],
    squares: [f64; Part::ALL.len()],
}

impl Sums {
    fn add(&mut self, detection: &Detection, author: usize, weight: f64) {
        self.weight += weight;
        for (part, (sum, square)) in Part::ALL
            .into_iter()
            .zip(self.values.iter_mut().zip(&mut self.squares))
        {
            let value = detection.term(part, author);
            *sum += weight * value;
            *square += weight * value * value;
        }
    }

    fn less(mut self, other: &Self) -> Self {
        self.weight -= other.weight;
        let minus = |(sum, other): (&mut f64, &f64)| *sum -= other;
        self.values.iter_mut().zip(&other.values).for_each(minus);
        self.squares.iter_mut().zip(&other.squares).for_each(minus);
        self
    }
}

/// Weighs the detector's terms by the campaigns of the same snapshot.
pub(super) fn hold(
    state: &State,
    corpus: &Corpus,
    detection: &Detection,
    campaigns: &Campaigns,
) -> Hold {
    let reach = reach(corpus);
    borne_out(state, corpus, detection, campaigns).map(|hold| reach * hold)
}

fn borne_out(state: &State, corpus: &Corpus, detection: &Detection, campaigns: &Campaigns) -> Hold {
    let mut others = Sums::default();
    for author in 0..corpus.reviewers() {
        others.add(detection, author, corpus.reviews_of(author as u32).into());
    }
    let (mut inside, mut planted) = (Sums::default(), Sums::default());
    let (mut sure, mut found) = (0.0, 0.0);
    // What campaigns hold beyond that came by itself.
    let mut by_itself = 0.0;
    let pushes = campaigns.all().iter().filter(|one| one.kind == Kind::Push);
    for campaign in pushes {
        let made = made(campaign);
        let members = campaign.members.iter().chain(&campaign.fringe);
        let before = inside.weight;
        for review in members.filter_map(|member| state.reviews().get(member.review)) {
            inside.add(detection, review.reviewer as usize, 1.0);
            planted.add(detection, review.reviewer as usize, made);
        }
        let size = inside.weight - before;
        let expected = campaign.expected.min(size);
        sure += made;
        found += made * (size - expected);
        by_itself += made * expected;
    }
    let others = others.less(&inside);
    if others.weight < 1.0 || found < 1.0 {
        return WHOLE;
    }
    let all = corpus.reviews() as f64;
    let part = (found / (BASE_RATE * all)).min(1.0) * sure / (sure + CAMPAIGNS_PRIOR);
    let mut hold = WHOLE;
    for (place, hold) in hold.iter_mut().enumerate() {
        let usual = others.values[place] / others.weight;
        let variance = others.squares[place] / others.weight - usual * usual;
        let mean = (planted.values[place] - by_itself * usual) / found;
        if variance > 1e-9 {
            let worth = ((mean - usual) / variance).clamp(0.0, 1.0);
            *hold = 1.0 - part * (1.0 - worth);
        }
    }
    hold
}

/// The probability that somebody made a campaign, the facts of the detector left out.
fn made(campaign: &Campaign) -> f64 {
    let shared = campaign.reasons.iter();
    let shared = shared.filter(|reason| SHARED_REASONS.contains(&reason.code));
    let says: f64 = shared.map(|reason| reason.contribution).sum();
    let made = campaign.confidence();
    let odds = made * libm::exp(-says);
    odds / (odds + 1.0 - made)
}
