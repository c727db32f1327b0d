//! Pages of assessments and of suspect reviews.

use serde::{Deserialize, Serialize};
use tonic::Status;
use xxhash_rust::xxh3::xxh3_64;

use crate::domain::{Assessment, Subject};
use crate::engine::{ScoredSnapshot, Snapshot, Snapshots};
use crate::integrity::MODEL_VERSION;
use crate::proto::v1::{
    ListAssessmentsRequest, ListAssessmentsResponse, ListSuspectReviewsResponse, Review,
};
use crate::query::{self, RankPosition, Ranked, RankedBy, RankingKey, Rankings};
use crate::server::access::Scope;
use crate::server::page::PageTokenCodec;
use crate::server::present::assessment::assessment_message;
use crate::server::present::assessment::band_message;
use crate::server::present::redact;
use crate::server::status;
use crate::state::{ReviewRow, State, SubjectIx};
use crate::threads::cancel::Cancel;

/// A request for one page of a ranking.
pub(in crate::server) struct Assessments {
    pub(in crate::server) scope: Scope,
    pub(in crate::server) by: RankedBy,
    /// The past day of the ranking; none for now.
    pub(in crate::server) as_of: Option<u32>,
    pub(in crate::server) size: usize,
    pub(in crate::server) codec: PageTokenCodec,
    pub(in crate::server) request: ListAssessmentsRequest,
}

/// Position in a list: in the ranking of its first page while that is cached, otherwise after the same
/// position in a newer ranking.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct PageStart {
    version: RankingVersion,
    after: RankPosition,
}

/// Version of a ranking.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct RankingVersion {
    /// Events of the state.
    event_count: u64,
    /// Events of the evidence.
    evidence_event_count: u64,
    /// The model version, as a hash of its name.
    model: u64,
}

impl RankingVersion {
    fn of(snapshot: &Snapshot, evidence_event_count: u64, model_version: &str) -> Self {
        Self {
            event_count: snapshot.state.event_count(),
            evidence_event_count,
            model: xxh3_64(model_version.as_bytes()),
        }
    }
}

/// Where a ranking and its assessments come from.
struct RankingSource<'a, Make, Assess> {
    snapshot: &'a Snapshot,
    version: RankingVersion,
    /// Ranks all subjects, as of a day.
    make: Make,
    /// Assesses one subject, as of a day.
    assess: Assess,
}

impl Assessments {
    pub(in crate::server) fn page(
        &self,
        snapshots: &Snapshots,
        rankings: &Rankings,
        cancel: &Cancel,
    ) -> Result<ListAssessmentsResponse, Status> {
        let start: Option<PageStart> = self.codec.decode(&self.request.page_token)?;
        if self.as_of.is_some() {
            return snapshots.with_history(|snapshot, store| {
                let make = |day| {
                    query::rank_then(snapshot, store, self.by, day, cancel).map_err(status::rank)
                };
                let assess = |row, subject: &Subject, day| {
                    let point = query::last_point(snapshot, store, row, day)
                        .map_err(|error| status::engine(&error.into()))?;
                    Ok(Some(query::assess_then(subject.clone(), point.as_ref())))
                };
                let source = RankingSource {
                    snapshot,
                    version: RankingVersion::of(snapshot, 0, MODEL_VERSION),
                    make,
                    assess,
                };
                self.list(source, rankings, start, cancel)
            });
        }
        let ScoredSnapshot { snapshot, evidence } = snapshots.scored();
        let state = &snapshot.state;
        let (event_count, model) = (evidence.event_count(), evidence.model_version());
        let source = RankingSource {
            snapshot: &snapshot,
            version: RankingVersion::of(&snapshot, event_count, model),
            make: |_| query::rank(state, &evidence, self.by, cancel).map_err(status::cancelled),
            assess: |row, _: &Subject, _| Ok(query::assess(state, &evidence, row)),
        };
        self.list(source, rankings, start, cancel)
    }

    /// The key of a version of the ranking.
    fn key(&self, snapshot: &Snapshot, version: RankingVersion) -> RankingKey {
        RankingKey {
            event_count: version.event_count,
            evidence_event_count: version.evidence_event_count,
            model: version.model,
            generation: snapshot.generation,
            by: self.by,
            as_of: self.as_of,
        }
    }

    fn list<Make, Assess>(
        &self,
        source: RankingSource<'_, Make, Assess>,
        rankings: &Rankings,
        start: Option<PageStart>,
        cancel: &Cancel,
    ) -> Result<ListAssessmentsResponse, Status>
    where
        Make: FnOnce(u32) -> Result<Vec<Ranked>, Status>,
        Assess: Fn(SubjectIx, &Subject, u32) -> Result<Option<Assessment>, Status>,
    {
        let RankingSource {
            snapshot,
            version: newest,
            make,
            assess,
        } = source;
        let day = self.as_of.unwrap_or_default();
        let cached = start.and_then(|start| {
            let ranked = rankings.cached(&self.key(snapshot, start.version))?;
            Some((start.version, ranked))
        });
        let (version, ranked) = if let Some(cached) = cached {
            cached
        } else {
            let key = self.key(snapshot, newest);
            (newest, rankings.get(key, || make(day))?)
        };
        let rest = query::after(&ranked, start.as_ref().map(|start| &start.after));
        let mut assessments = Vec::new();
        let mut last: Option<RankPosition> = None;
        let own = self.scope.rows(&snapshot.state, self.by.kind);
        for row in rest {
            cancel.check().map_err(status::cancelled)?;
            let foreign = own.as_ref().is_some_and(|own| !own.contains(&row.subject));
            if foreign || !self.passes_filters(snapshot, row) {
                continue;
            }
            if assessments.len() == self.size {
                let next = last.map(|after| PageStart { version, after });
                let token = next.map(|next| self.codec.encode(&next));
                return Ok(ListAssessmentsResponse {
                    assessments,
                    next_page_token: token.unwrap_or_default(),
                });
            }
            let subject = query::subject_of(&snapshot.state, row.subject);
            if let Some(subject) = subject
                && let Some(assessment) = assess(row.subject, &subject, day)?
            {
                assessments.push(assessment_message(redact::assessment(
                    &self.scope,
                    assessment,
                )));
                last = Some(row.position());
            }
        }
        Ok(ListAssessmentsResponse {
            assessments,
            next_page_token: String::new(),
        })
    }

    /// Checks the filters that need no assessment.
    fn passes_filters(&self, snapshot: &Snapshot, row: &Ranked) -> bool {
        let ListAssessmentsRequest {
            seller_id,
            bands,
            peer_group,
            ..
        } = &self.request;
        let state = &snapshot.state;
        (bands.is_empty() || bands.contains(&band_message(row.band).into()))
            && (seller_id.is_empty() || query::seller_of(state, row.subject) == *seller_id)
            && (peer_group.is_empty() || query::peer_group_of(state, row.subject) == *peer_group)
    }
}

/// A request for one page of a subject's suspect reviews.
pub(in crate::server) struct Suspects {
    pub(in crate::server) scope: Scope,
    pub(in crate::server) subject: Subject,
    /// Least log-odds.
    pub(in crate::server) least: f64,
    pub(in crate::server) size: usize,
    pub(in crate::server) codec: PageTokenCodec,
    /// The position after the previous page.
    pub(in crate::server) last: Option<RankPosition>,
}

impl Suspects {
    pub(in crate::server) fn page(
        &self,
        snapshots: &Snapshots,
        ScoredSnapshot { snapshot, evidence }: &ScoredSnapshot,
        cancel: &Cancel,
    ) -> Result<ListSuspectReviewsResponse, Status> {
        let state = &snapshot.state;
        self.scope.permit(state, &self.subject)?;
        let subject = state
            .find_subject(&self.subject)
            .ok_or_else(|| status::unknown(&self.subject))?;
        let (mut ranked, truncated) =
            query::suspect_reviews(state, evidence, subject, self.least, cancel)
                .map_err(status::cancelled)?;
        // A seller of the past may have had listings that are not its own any more.
        ranked.retain(|row| match row.subject {
            SubjectIx::Review(review) => self.scope.has_review(state, review),
            SubjectIx::Reviewer(_) | SubjectIx::Listing(_) | SubjectIx::Seller(_) => false,
        });
        let rest = query::after(&ranked, self.last.as_ref());
        let (page, more) = rest.split_at_checked(self.size).unwrap_or((rest, &[]));
        let reviews = page.iter().map(|row| {
            let review = arrived_review(snapshots, state, row.subject)?;
            let assessment = query::assess(state, evidence, row.subject);
            Ok(redact::suspect_review(&self.scope, review, assessment))
        });
        let next = page
            .last()
            .filter(|_| !more.is_empty())
            .map(|last| self.codec.encode(&last.position()));
        Ok(ListSuspectReviewsResponse {
            reviews: reviews.collect::<Result<_, Status>>()?,
            next_page_token: next.unwrap_or_default(),
            truncated,
        })
    }
}

/// Reads the text of a review that has arrived.
fn arrived_review(
    snapshots: &Snapshots,
    state: &State,
    subject: SubjectIx,
) -> Result<Option<Review>, Status> {
    let row = match subject {
        SubjectIx::Review(row) => state.reviews().get(row),
        SubjectIx::Reviewer(_) | SubjectIx::Listing(_) | SubjectIx::Seller(_) => None,
    };
    match row.filter(|review| review.arrived()).map(ReviewRow::log) {
        Some(log) => snapshots
            .review(log)
            .map_err(|error| status::engine(&error)),
        None => Ok(None),
    }
}
