//! What a pass over a whole snapshot finds: who acts together, and how authors stand among all.
//!
//! [`CorpusEvidence`] is a pure function of the snapshot that it was gathered from and of the model version, made beside the work
//! and held against newer snapshots until the next pass. A review that a pass has not seen is judged
//! by what the pass knows of its author, its listing and the campaigns under way there.
//!
//! What a pass finds becomes terms of the same sum as a subject's own signals ([`join`]):
//!
//! * campaigns, as far as they are real and the subject belongs to them. A campaign rests on the
//!   same facts as the subject's own signals, so these count only as far as it does not explain
//!   them. One campaign counts once, however many reviews of the subject lie in it: they stand or
//!   fall together. Praise speaks against the listing and its seller only as far as it is their own
//!   promotion; blame only for the risk that they are attacked.
//! * the corpus detector's terms, as far as they hold in this market ([`hold`]); own signals that
//!   measure the same facts are left out by as much.

mod assess;
mod authors;
mod campaign_terms;
mod corrections;
mod detector_terms;
mod detector_weights;
mod memberships;
mod merge_terms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use authors::detected;
#[cfg(test)]
pub(super) use campaign_terms::campaign_specs;
#[cfg(test)]
pub(super) use detector_terms::detector_specs;

use self::authors::{AuthorTerms, CorpusDetection};
use self::memberships::CampaignMemberships;
use super::MODEL_VERSION;
use super::campaigns::{Campaign, Campaigns};
use super::learn::{Learned, Model};
use crate::state::{ReviewIx, State};
use crate::threads::cancel::{Cancel, Cancelled};

/// What a pass found. A clone shares memory; the default knows nothing.
#[derive(Clone, Debug, Default)]
pub struct CorpusEvidence {
    event_count: u64,
    /// The learned version that corrected the detector; none without one.
    version: Option<Arc<str>>,
    authors: Arc<AuthorTerms>,
    memberships: Arc<CampaignMemberships>,
}

impl CorpusEvidence {
    /// Makes a pass. Costs several walks over all reviews: call it beside the work.
    pub fn gather(state: &State) -> Self {
        // A pass that nobody cancels ends.
        Self::gather_by(state, None, &Cancel::default()).unwrap_or_default()
    }

    /// As [`Self::gather`], the detector being corrected by a learned version, until somebody
    /// cancels it.
    pub fn gather_by(
        state: &State,
        learned: Option<&Learned>,
        cancel: &Cancel,
    ) -> Result<Self, Cancelled> {
        let mut all = Self::gather_all(state, &[learned], cancel)?;
        Ok(all.pop().unwrap_or_default())
    }

    /// One pass for several versions: the same campaigns with what each says of the authors; none
    /// stands for the detector as it is.
    pub fn gather_all(
        state: &State,
        learned: &[Option<&Learned>],
        cancel: &Cancel,
    ) -> Result<Vec<Self>, Cancelled> {
        // Both halves walk over everything, and neither needs the other.
        let (campaigns, detected) = std::thread::scope(|scope| {
            let detected = scope.spawn(|| CorpusDetection::of(state));
            let campaigns = Campaigns::find_unless(state, cancel);
            (campaigns, detected.join())
        });
        let campaigns = campaigns?;
        let detected = detected.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let pass = Self {
            memberships: Arc::new(CampaignMemberships::of(state, campaigns)),
            ..Self::default()
        };
        pass.corrected(state, detected, learned, cancel)
    }

    /// The same campaigns with what each of other versions says of the authors; none stands for the
    /// detector as it is. Costs walks over all reviews.
    pub fn by(
        &self,
        state: &State,
        learned: &[Option<&Learned>],
        cancel: &Cancel,
    ) -> Result<Vec<Self>, Cancelled> {
        self.corrected(state, CorpusDetection::of(state), learned, cancel)
    }

    fn corrected(
        &self,
        state: &State,
        detected: Option<CorpusDetection>,
        learned: &[Option<&Learned>],
        cancel: &Cancel,
    ) -> Result<Vec<Self>, Cancelled> {
        let models: Vec<Option<&Model>> = learned
            .iter()
            .map(|learned| learned.map(|learned| &learned.model))
            .collect();
        cancel.check()?;
        let held = detected.map(|detected| detected.weighted(state, self.campaigns()));
        let tables = AuthorTerms::of(held.as_ref(), &models, cancel)?;
        let evidence = tables
            .into_iter()
            .zip(learned)
            .map(|(table, learned)| Self {
                event_count: state.event_count(),
                version: learned.map(|learned| learned.name.as_str().into()),
                authors: Arc::new(table),
                memberships: Arc::clone(&self.memberships),
            });
        Ok(evidence.collect())
    }

    /// The model version that assessments with this evidence rest on.
    pub fn model_version(&self) -> &str {
        self.version.as_deref().unwrap_or(MODEL_VERSION)
    }

    /// Number of accepted events that it rests on.
    pub const fn event_count(&self) -> u64 {
        self.event_count
    }

    /// The campaigns.
    pub fn campaigns(&self) -> &Campaigns {
        self.memberships.campaigns()
    }

    /// A campaign by its place among all, as terms name it.
    pub fn campaign(&self, place: u32) -> Option<&Campaign> {
        self.campaigns().all().get(place as usize)
    }

    /// The place of a review's campaign, and the probability that the review belongs to it if it is
    /// real. A review that the search has not seen inherits those of a campaign under way.
    pub fn membership(&self, state: &State, row: ReviewIx) -> Option<(u32, f64)> {
        let review = state.reviews().get(row)?;
        let found = self.memberships.of_review(state, Some(row), review)?;
        Some((found.campaign, found.planted))
    }

    /// The same without the corpus detector.
    #[must_use]
    pub fn without_corpus(&self) -> Self {
        Self {
            authors: Arc::default(),
            ..self.clone()
        }
    }

    /// The same without campaigns.
    #[must_use]
    pub fn without_campaigns(&self) -> Self {
        Self {
            memberships: Arc::default(),
            ..self.clone()
        }
    }

    /// The probability that a review is manipulated, 0 to 1, as its assessment says it. The state is
    /// the snapshot that the evidence was gathered from, or a later one; a row that it does not know
    /// stands at the prior.
    pub fn review_probability(&self, state: &State, row: ReviewIx) -> f64 {
        self.assess_review(state, row).fused.estimate.probability()
    }
}
