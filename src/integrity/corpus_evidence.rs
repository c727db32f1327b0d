//! Corpus evidence: the campaigns and the author scores that a pass over a whole snapshot finds.
//!
//! [`CorpusEvidence`] is a pure function of its snapshot and of the model version. It is gathered
//! in the background and used with newer snapshots until the next pass. A review that no pass has
//! seen is assessed by the evidence about its author, its listing and the campaigns under way
//! there.
//!
//! The evidence becomes terms of the same sum as a subject's own signals ([`merge_terms`]):
//!
//! * campaigns, weighted by the probability that they are real and that the subject belongs to
//!   them. A campaign and the subject's own signals share facts, so the signals count only as far
//!   as the campaign does not explain them. A campaign counts once, however many reviews of the
//!   subject it includes. A campaign of positive reviews raises the risk of the listing and its
//!   seller only as far as it is self-promotion. One of negative reviews raises only the risk of an
//!   attack.
//! * the corpus detector's terms, weighted by how far they are valid in this market
//!   ([`detector_weights`]). Own signals that measure the same facts lose as much weight.

mod assess;
mod authors;
mod campaign_terms;
mod corrections;
mod detector_terms;
mod detector_weights;
mod judgement;
mod material;
mod memberships;
mod merge_terms;
mod review_shares;
mod share_terms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use authors::detected;
#[cfg(test)]
pub(super) use campaign_terms::campaign_specs;
#[cfg(test)]
pub(super) use detector_terms::detector_specs;
pub use material::MaterialShare;
#[cfg(test)]
pub(super) use share_terms::share_specs;

use self::authors::{AuthorTerms, CorpusDetection};
use self::memberships::CampaignMemberships;
use self::review_shares::ReviewShares;
use super::MODEL_VERSION;
use super::campaigns::{Campaign, CampaignOfReview, Campaigns};
use super::learn::{Learned, Model};
use super::signals::ReviewContext;
use crate::state::{ReviewIx, State};
use crate::threads::cancel::{Cancel, Cancelled};
use crate::threads::parallel::both;

/// The evidence of one pass. A clone shares memory; the default is empty.
#[derive(Clone, Debug, Default)]
pub struct CorpusEvidence {
    event_count: u64,
    /// The learned version that corrected the detector; none without one.
    version: Option<Arc<str>>,
    authors: Arc<AuthorTerms>,
    memberships: Arc<CampaignMemberships>,
    shares: Arc<ReviewShares>,
    material: MaterialShare,
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
        let mut versions = Self::gather_all(state, &[learned], cancel)?;
        Ok(versions.pop().unwrap_or_default())
    }

    /// Makes one pass for several versions: the same campaigns with the author scores of each
    /// version. `None` is the detector without a learned version.
    pub fn gather_all(
        state: &State,
        learned: &[Option<&Learned>],
        cancel: &Cancel,
    ) -> Result<Vec<Self>, Cancelled> {
        // Both halves walk over everything, and neither needs the other.
        let (campaigns, detected) = both(
            || Campaigns::find_unless(state, cancel),
            || CorpusDetection::of(state),
        );
        let campaigns = campaigns?;
        let detected = detected.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let pass = Self {
            memberships: Arc::new(CampaignMemberships::of(state, campaigns)),
            ..Self::default()
        };
        pass.corrected(state, detected, learned, cancel)
    }

    /// Keeps the campaigns and scores authors by other versions. `None` is the detector without a
    /// learned version. Costs walks over all reviews.
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
        let weighted = detected.map(|detected| detected.weighted(state, self.campaigns()));
        let positive = weighted.as_ref().and_then(|weighted| {
            let detected = CorpusDetection::of_positive(state)?;
            Some(detected.with_weights(weighted.weights))
        });
        let tables = AuthorTerms::of(weighted.as_ref(), &models, cancel)?;
        let positive = AuthorTerms::of(positive.as_ref(), &models, cancel)?;
        let evidence = tables
            .into_iter()
            .zip(learned)
            .map(|(table, learned)| Self {
                event_count: state.event_count(),
                version: learned.map(|learned| learned.name.as_str().into()),
                authors: Arc::new(table),
                memberships: Arc::clone(&self.memberships),
                shares: Arc::default(),
                material: self.material,
            });
        evidence
            .zip(positive)
            .map(|(evidence, positive)| {
                let positive = Self {
                    authors: Arc::new(positive),
                    ..evidence.clone()
                };
                let shares = ReviewShares::of(state, &positive, &evidence, cancel)?;
                Ok(Self {
                    shares: Arc::new(shares),
                    ..evidence
                })
            })
            .collect()
    }

    /// The same evidence, judged by another material share.
    #[must_use]
    pub fn judged_by(self, material: MaterialShare) -> Self {
        Self { material, ..self }
    }

    /// The model version of assessments with this evidence.
    pub fn model_version(&self) -> &str {
        self.version.as_deref().unwrap_or(MODEL_VERSION)
    }

    /// Number of accepted events in its snapshot.
    pub const fn event_count(&self) -> u64 {
        self.event_count
    }

    /// The campaigns.
    pub fn campaigns(&self) -> &Campaigns {
        self.memberships.campaigns()
    }

    /// A campaign by its index among all, as terms name it.
    pub fn campaign(&self, index: u32) -> Option<&Campaign> {
        self.campaigns().all().get(index as usize)
    }

    /// The campaign of a review, or of the review that it is a copy of. A review that the search has
    /// not seen inherits from a campaign under way.
    pub fn membership(&self, state: &State, row: ReviewIx) -> Option<CampaignOfReview> {
        let original = state.original_of(row);
        let of_copy = || Some(row).filter(|row| *row != original);
        self.membership_of(state, original)
            .or_else(|| self.membership_of(state, of_copy()?))
    }

    fn membership_of(&self, state: &State, row: ReviewIx) -> Option<CampaignOfReview> {
        let review = state.reviews().get(row)?;
        let strongest = self.memberships.of_review(state, Some(row), review)?;
        Some(CampaignOfReview {
            index: strongest.campaign,
            belongs: strongest.planted,
        })
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

    /// The probability that a review is manipulated for reasons of its own, 0 to 1.
    fn probability_beside_campaigns(&self, state: &State, row: ReviewIx) -> f64 {
        let row = state.original_of(row);
        ReviewContext::standing(state, row).map_or(0.0, |context| {
            let fused = self.beside_campaigns(&context, Some(row));
            fused.estimate.probability()
        })
    }

    /// The probability that a review is manipulated, 0 to 1, as in its assessment. The state is the
    /// snapshot of the evidence, or a later one. An unknown row has the prior's probability.
    pub fn review_probability(&self, state: &State, row: ReviewIx) -> f64 {
        self.assess_review(state, row).fused.estimate.probability()
    }
}
