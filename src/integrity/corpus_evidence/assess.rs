//! Assessments from own signals and evidence together.

use super::CorpusEvidence;
use super::memberships::{CampaignRole, StrongestCampaign};
use super::merge_terms::merge_terms;
use crate::integrity::campaigns::CampaignKind;
use crate::integrity::detect::DetectorTerm;
use crate::integrity::fusion::{Fused, PRIOR_LOG_ODDS, fuse, fuse_parts};
use crate::integrity::own_signals::{
    Assessed, assessed, both as own_and_attack, may_assess_reviewer, may_assess_tally,
};
use crate::integrity::own_signals::{assess_review, assess_seller_among};
use crate::integrity::signals::listing::ListingContext;
use crate::integrity::signals::reviewer::ReviewerContext;
use crate::integrity::signals::{REPURPOSED, ReviewContext, review, reviewer, spec};
use crate::integrity::terms::{Family, Measure, Spec};
use crate::state::{AllListings, Candidate, State};

/// What a campaign says of those who are in it. Its facts have caps of their own.
const fn campaign(code: &'static str) -> Spec {
    Spec {
        cap: f64::INFINITY,
        ..spec(code, Family::Campaign)
    }
}

const fn carried(code: &'static str) -> Spec {
    Spec {
        legal_tags: REPURPOSED,
        ..campaign(code)
    }
}

static REVIEW: Spec = campaign("review.campaign");
static REVIEWER: Spec = campaign("reviewer.campaign");
static LISTING: Spec = campaign("listing.campaign");
/// Reviews that a page carried over are no fake ones.
static REVIEW_CARRIED: Spec = carried("review.campaign");
static LISTING_CARRIED: Spec = carried("listing.campaign");
static LISTING_ATTACK: Spec = campaign("listing.attack.campaign");

/// From this probability on a campaign is enough to give a band to an author of few reviews.
const ENOUGH: f64 = 0.5;

/// Own signals on reviews whose fact the corpus detector measures too, with its term for it.
const REVIEW_MEASURED: [(&str, DetectorTerm); 2] = [
    ("review.author_activity", DetectorTerm::Activity),
    ("review.early_arrival", DetectorTerm::Place),
];
/// The one that the detector always stands in for: it compares with what established authors give,
/// where a push moves the listing's mean towards itself and makes others look far from it.
const REVIEW_MASKED: &str = "review.rating_deviation";
/// The one whose fact the search for campaigns measures, too: bursts, against everybody's rhythm.
const REVIEW_SEARCHED: &str = "review.in_burst";
/// What is left of it where the search has looked: a small push on a page of few reviews is not
/// always found. Chosen with sight of simulated seeds 101 and 103 and of schemes injected into
/// `YelpChi` and the Amazon set; half would order a little better, and be calibrated worse.
const SEARCH_LEAVES: f64 = 0.25;
/// Own signals on authors whose fact the corpus detector measures too.
const REVIEWER_MEASURED: [(&str, DetectorTerm); 3] = [
    ("reviewer.praise_share", DetectorTerm::Stars),
    ("reviewer.extreme_share", DetectorTerm::Stars),
    ("reviewer.day_peak", DetectorTerm::Activity),
];

impl CorpusEvidence {
    /// Assesses a review that stands. An unknown row, and one of which only the removal has
    /// arrived, has no evidence at all.
    pub fn assess_review(&self, state: &State, row: u32) -> Assessed {
        match ReviewContext::standing(state, row) {
            Some(seen) => self.assess_seen(&seen, Some(row)),
            None => assess_review(state, row),
        }
    }

    /// Assesses a review as if it had just arrived. Nothing is stored.
    pub fn screen_review(&self, state: &State, candidate: &Candidate) -> Assessed {
        self.assess_seen(
            &ReviewContext::arriving(state, candidate),
            candidate.replaces,
        )
    }

    fn assess_seen(&self, seen: &ReviewContext<'_>, row: Option<u32>) -> Assessed {
        let corpus = self.authors.of_review(seen.review);
        let own = self.own(seen, row, !corpus.is_empty());
        let found = self.memberships.of_review(seen.state, row, seen.review);
        let joined = merge_terms(own, corpus, self.charged(found, [&REVIEW, &REVIEW_CARRIED]));
        assessed(joined, None, true)
    }

    /// Own signals, as far as the corpus detector or the search does not stand in for them.
    fn own(&self, seen: &ReviewContext<'_>, row: Option<u32>, detected: bool) -> Fused {
        let searched = row.is_some_and(|row| self.memberships.has_searched(row));
        let part = |spec: &Spec| {
            let masked = detected && spec.code == REVIEW_MASKED;
            if masked {
                0.0
            } else if searched && spec.code == REVIEW_SEARCHED {
                SEARCH_LEAVES
            } else {
                self.part(&REVIEW_MEASURED, spec)
            }
        };
        let measures = review::ALL.iter().map(|signal| {
            let measure = || (signal.measure)(seen);
            (&signal.spec, measured(part(&signal.spec), measure))
        });
        fuse_parts(measures, part)
    }

    /// What own signals and campaigns add to a review's log-odds beside the corpus detector: what a
    /// learned model has to leave room for. 0 for a review that does not stand.
    pub fn log_odds_beside(&self, state: &State, row: u32) -> f64 {
        ReviewContext::standing(state, row).map_or(0.0, |seen| {
            let own = self.own(&seen, Some(row), true);
            let found = self
                .memberships
                .of_review(seen.state, Some(row), seen.review);
            let found = self.charged(found, [&REVIEW, &REVIEW_CARRIED]);
            let joined = merge_terms(own, Vec::new(), found);
            joined.estimate.log_odds - PRIOR_LOG_ODDS
        })
    }

    /// Assesses an author.
    pub fn assess_reviewer(&self, state: &State, row: u32) -> Assessed {
        let author = ReviewerContext::of(state, row);
        let corpus = self.authors.of_author(row);
        let known = !corpus.is_empty();
        let part = |spec: &Spec| {
            if known {
                self.part(&REVIEWER_MEASURED, spec)
            } else {
                1.0
            }
        };
        let measures = reviewer::ALL.iter().map(|signal| {
            let measure = || (signal.measure)(&author);
            (&signal.spec, measured(part(&signal.spec), measure))
        });
        let own = fuse_parts(measures, part);
        let found = self.memberships.of_reviewer(row);
        let enough = may_assess_reviewer(state, row) || is_enough(found);
        let joined = merge_terms(own, corpus, found.map(|found| (&REVIEWER, found)));
        assessed(joined, None, enough)
    }

    /// What is left of an own signal beside the corpus detector, 0 to 1.
    fn part(&self, measured: &[(&str, DetectorTerm)], spec: &Spec) -> f64 {
        let term = measured.iter().find(|(code, _)| *code == spec.code);
        term.map_or(1.0, |(_, term)| 1.0 - self.authors.weight(*term))
    }

    /// Assesses a listing.
    pub fn assess_listing(&self, state: &State, row: u32) -> Assessed {
        let (own, attack) = own_and_attack(&ListingContext::of(state, row));
        let held = state.listings().get(row);
        let enough = held.is_some_and(|held| may_assess_tally(&held.tally));
        let found = [CampaignRole::Promotion, CampaignRole::Attack]
            .map(|charge| self.memberships.of_listing(row, charge));
        self.both(own, attack, found, enough)
    }

    /// Assesses a seller as one large listing, and by the campaigns for its listings.
    pub fn assess_seller(&self, state: &State, row: u32) -> Assessed {
        self.assess_seller_among(state, &state.baselines().all_listings(), row)
    }

    /// As [`Self::assess_seller`], the listings of all marketplaces being summed for several sellers.
    pub fn assess_seller_among(&self, state: &State, all: &AllListings, row: u32) -> Assessed {
        let Assessed { fused, attack, .. } = assess_seller_among(state, all, row);
        let attack = attack.unwrap_or_else(|| fuse(no_measures()));
        let seller = state.sellers().get(row);
        let enough = seller.is_some_and(|seller| may_assess_tally(&seller.tally));
        let found = [CampaignRole::Promotion, CampaignRole::Attack]
            .map(|charge| self.memberships.of_seller(row, charge));
        self.both(fused, attack, found, enough)
    }

    /// Own risk and the risk of being attacked, each with its campaign.
    fn both(
        &self,
        own: Fused,
        attack: Fused,
        [promotion, attacked]: [Option<StrongestCampaign>; 2],
        enough: bool,
    ) -> Assessed {
        let promotion = self.charged(promotion, [&LISTING, &LISTING_CARRIED]);
        let own = merge_terms(own, Vec::new(), promotion);
        let attacked = attacked.map(|found| (&LISTING_ATTACK, found));
        let attack = merge_terms(attack, Vec::new(), attacked);
        assessed(own, Some(attack), enough)
    }

    /// A campaign with what is fixed about its term: of one that was pushed, or carried over.
    fn charged(
        &self,
        found: Option<StrongestCampaign>,
        [pushed, carried]: [&'static Spec; 2],
    ) -> Option<(&'static Spec, StrongestCampaign)> {
        let found = found?;
        let spec = match self.campaign(found.campaign).map(|campaign| campaign.kind) {
            Some(CampaignKind::CarriedOver) => carried,
            Some(CampaignKind::Push) | None => pushed,
        };
        Some((spec, found))
    }
}

/// A measure that counts for a part of itself, and is not taken where that is nothing.
fn measured(part: f64, measure: impl FnOnce() -> Measure) -> Measure {
    if part > 0.0 {
        measure()
    } else {
        Measure::Skipped
    }
}

fn no_measures() -> impl Iterator<Item = (&'static Spec, Measure)> {
    std::iter::empty()
}

fn is_enough(found: Option<StrongestCampaign>) -> bool {
    found.is_some_and(|found| found.chance >= ENOUGH)
}
