//! Assesses subjects by their own signals and the corpus evidence together.

use super::CorpusEvidence;
use super::campaign_terms::{REVIEW, REVIEWER};
use super::merge_terms::{CampaignTerm, merge_campaign, merge_corpus};
use crate::integrity::fusion::{Fused, PRIOR_LOG_ODDS, Term, fuse_parts};
use crate::integrity::own_signals::{self, Assessed, assessed};
use crate::integrity::signals::reviewer::ReviewerContext;
use crate::integrity::signals::{ReviewContext, Signal, review, reviewer};
use crate::integrity::terms::{Measure, Overlap, Spec};
use crate::integrity::wording::Statement;
use crate::state::{Candidate, ReviewIx, ReviewerIx, State, SubjectIx};

/// From this probability on, a campaign is enough to give a band to an author of few reviews.
const CAMPAIGN_IS_ENOUGH: f64 = 0.5;
/// The part of a signal that is left where the search for campaigns has looked: a small push on a
/// page of few reviews is not always found. Chosen on simulated seeds 101 and 103 and on schemes
/// injected into `YelpChi` and the Amazon set. One half would order a little better, and be
/// calibrated worse.
const LEFT_BESIDE_SEARCH: f64 = 0.25;

impl CorpusEvidence {
    /// Assesses a subject.
    pub fn assess(&self, state: &State, subject: SubjectIx) -> Assessed {
        match subject {
            SubjectIx::Review(row) => self.assess_review(state, row),
            SubjectIx::Reviewer(row) => self.assess_reviewer(state, row),
            SubjectIx::Listing(row) => self.assess_listing(state, row),
            SubjectIx::Seller(row) => self.assess_seller(state, row),
        }
    }

    /// Assesses a stored review. An unknown row, and one of which only the removal has arrived, has
    /// no evidence at all. A copy has the risk of its original.
    pub fn assess_review(&self, state: &State, row: ReviewIx) -> Assessed {
        let row = state.original_of(row);
        match ReviewContext::standing(state, row) {
            Some(context) => self.assess_context(&context, Some(row)),
            None => own_signals::assess_review(state, row),
        }
    }

    /// Assesses a review as if it had just arrived. Nothing is stored.
    pub fn screen_review(&self, state: &State, candidate: &Candidate) -> Assessed {
        if let Some(original) = candidate.copy_of {
            return self.assess_review(state, original);
        }
        let context = ReviewContext::arriving(state, candidate);
        self.assess_context(&context, candidate.replaces)
    }

    fn assess_context(&self, context: &ReviewContext<'_>, row: Option<ReviewIx>) -> Assessed {
        let campaign = self.campaign_of_review(context, row);
        let merged = merge_campaign(self.beside_campaigns(context, row), campaign);
        assessed(merged, None, true)
    }

    /// All terms of a review but that of its campaign.
    pub(super) fn beside_campaigns(
        &self,
        context: &ReviewContext<'_>,
        row: Option<ReviewIx>,
    ) -> Fused {
        let corpus = self.authors.of_review(context.review);
        let own = self.own_of_review(context, row, !corpus.is_empty());
        merge_corpus(own, corpus)
    }

    fn own_of_review(
        &self,
        context: &ReviewContext<'_>,
        row: Option<ReviewIx>,
        detected: bool,
    ) -> Fused {
        let timing = self.timing_left(row);
        let part = |spec: &Spec| self.part_beside(spec.overlap, detected, timing);
        fuse_parts(
            measures(&review::ALL, |measure| measure(context), part),
            part,
        )
    }

    fn campaign_of_review(
        &self,
        context: &ReviewContext<'_>,
        row: Option<ReviewIx>,
    ) -> Option<CampaignTerm> {
        let ReviewContext { state, review, .. } = context;
        let strongest = self.memberships.of_review(state, row, review)?;
        let spec = REVIEW.of(self.campaign(strongest.campaign)?);
        Some(CampaignTerm { spec, strongest })
    }

    /// The log-odds that own signals and campaigns add to a review beside the corpus detector, for
    /// which a learned model has to leave room. 0 for a review that is not stored.
    pub fn log_odds_beside(&self, state: &State, row: ReviewIx) -> f64 {
        let row = state.original_of(row);
        ReviewContext::standing(state, row).map_or(0.0, |context| {
            let own = self.own_of_review(&context, Some(row), true);
            let campaign = self.campaign_of_review(&context, Some(row));
            let merged = merge_campaign(own, campaign);
            merged.estimate.log_odds - PRIOR_LOG_ODDS
        })
    }

    /// Assesses an author.
    pub fn assess_reviewer(&self, state: &State, row: ReviewerIx) -> Assessed {
        let context = ReviewerContext::of(state, row);
        let corpus = self.authors.of_author(row);
        let detected = !corpus.is_empty();
        let part = |spec: &Spec| self.part_beside(spec.overlap, detected, 1.0);
        let own = fuse_parts(
            measures(&reviewer::ALL, |measure| measure(&context), part),
            part,
        );
        let reviews = state
            .reviewers()
            .get(row)
            .map_or(0, |author| author.reviews);
        let strongest = self.memberships.of_reviewer(row, reviews);
        let enough = own_signals::may_assess_reviewer(state, row)
            || strongest.is_some_and(|strongest| strongest.chance >= CAMPAIGN_IS_ENOUGH);
        let spec = &REVIEWER;
        let campaign = strongest.map(|strongest| CampaignTerm { spec, strongest });
        assessed(
            merge_campaign(merge_corpus(own, corpus), campaign),
            None,
            enough,
        )
    }

    /// The part of a review's timing that is left to its own signals, 0 to 1. A candidate's timing is
    /// its campaign's, whatever the campaign is held to be: a burst counts once.
    fn timing_left(&self, row: Option<ReviewIx>) -> f64 {
        match row.filter(|row| self.memberships.has_searched(*row)) {
            None => 1.0,
            Some(row) if self.campaigns().of_review(row).is_some() => 0.0,
            Some(_) => LEFT_BESIDE_SEARCH,
        }
    }

    /// The part of an own signal that is left beside the corpus evidence, 0 to 1.
    fn part_beside(&self, overlap: Overlap, detected: bool, timing: f64) -> f64 {
        match overlap {
            Overlap::Detector(term) if detected => 1.0 - self.authors.weight(term),
            Overlap::ReplacedByDetector if detected => 0.0,
            Overlap::CampaignSearch => timing,
            Overlap::Detector(_)
            | Overlap::ReplacedByDetector
            | Overlap::Reviews
            | Overlap::None => 1.0,
        }
    }

    /// Words for a term of an assessment by this evidence.
    pub fn statement(&self, term: &Term) -> Statement {
        let campaign = term.campaign.and_then(|index| self.campaign(index));
        Statement::of(term, campaign)
    }
}

/// Measures signals on a subject. A signal of which no part counts is not measured.
fn measures<M>(
    signals: &'static [Signal<M>],
    measure: impl Fn(&M) -> Measure,
    part: impl Fn(&Spec) -> f64,
) -> impl Iterator<Item = (&'static Spec, Measure)> {
    signals.iter().map(move |signal| {
        let measured = if part(&signal.spec) > 0.0 {
            measure(&signal.measure)
        } else {
            Measure::Skipped
        };
        (&signal.spec, measured)
    })
}
