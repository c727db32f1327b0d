//! Pages of assessments and of suspect reviews.

use tonic::Status;
use xxhash_rust::xxh3::xxh3_64;

use crate::domain::{Assessment, Kind, Subject};
use crate::engine::{ScoredSnapshot, Snapshot, Snapshots};
use crate::integrity::MODEL_VERSION;
use crate::proto::v1::{
    ListAssessmentsRequest, ListAssessmentsResponse, ListSuspectReviewsResponse, Review,
};
use crate::query::{self, Asked, Order, Place, Ranked, Rankings};
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
    pub(in crate::server) kind: Kind,
    pub(in crate::server) order: Order,
    /// The past day of the ranking; none for now.
    pub(in crate::server) as_of: Option<u32>,
    pub(in crate::server) size: usize,
    pub(in crate::server) codec: PageTokenCodec,
    pub(in crate::server) request: ListAssessmentsRequest,
}

/// Position in a list: in the ranking of its first page while that is cached, otherwise after the same
/// position in a newer ranking.
type Goes = (Rests, Place);
/// Version of a ranking: events of the state and of the evidence, and the model version.
type Rests = (u64, u64, u64);

fn model(version: &str) -> u64 {
    xxh3_64(version.as_bytes())
}

impl Assessments {
    pub(in crate::server) fn page(
        &self,
        snapshots: &Snapshots,
        rankings: &Rankings,
        cancel: &Cancel,
    ) -> Result<ListAssessmentsResponse, Status> {
        let goes: Option<Goes> = self.codec.decode(&self.request.page_token)?;
        if self.as_of.is_some() {
            return snapshots.with_history(|snapshot, store| {
                let make = |day| {
                    query::rank_then(snapshot, store, (self.kind, self.order), day, cancel)
                        .map_err(status::rank)
                };
                let assess = |row, subject: &Subject, day| {
                    let point = query::last_point(snapshot, store, row, day)
                        .map_err(|error| status::engine(&error.into()))?;
                    Ok(Some(query::assess_then(subject.clone(), point.as_ref())))
                };
                let own = (0, model(MODEL_VERSION));
                self.list((snapshot, own), rankings, goes, cancel, (make, assess))
            });
        }
        let ScoredSnapshot { snapshot, evidence } = snapshots.scored();
        let (state, of) = (&snapshot.state, (self.kind, self.order));
        let make = |_| query::rank(state, &evidence, of, cancel).map_err(status::cancelled);
        let assess = |row, _: &Subject, _| Ok(query::assess(state, &evidence, row));
        let rests = (evidence.event_count(), model(evidence.model_version()));
        self.list((&snapshot, rests), rankings, goes, cancel, (make, assess))
    }

    fn list(
        &self,
        (snapshot, (evidence_event_count, model)): (&Snapshot, (u64, u64)),
        rankings: &Rankings,
        goes: Option<Goes>,
        cancel: &Cancel,
        (make, assess): (
            impl FnOnce(u32) -> Result<Vec<Ranked>, Status>,
            impl Fn(SubjectIx, &Subject, u32) -> Result<Option<Assessment>, Status>,
        ),
    ) -> Result<ListAssessmentsResponse, Status> {
        let day = self.as_of.unwrap_or_default();
        let now = Asked {
            event_count: snapshot.state.event_count(),
            evidence_event_count,
            model,
            generation: snapshot.generation,
            kind: self.kind,
            order: self.order,
            as_of: self.as_of,
        };
        let first = goes.map(|((event_count, evidence_event_count, model), _)| Asked {
            event_count,
            evidence_event_count,
            model,
            ..now
        });
        let held = first.and_then(|first| Some((first, rankings.held(&first)?)));
        let (asked, ranked) = match held {
            Some(held) => held,
            None => (now, rankings.get(now, || make(day))?),
        };
        let rest = query::after(&ranked, goes.as_ref().map(|(_, place)| place));
        let mut assessments = Vec::new();
        let mut last = None;
        let own = self.scope.rows(&snapshot.state, self.kind);
        for held in rest {
            cancel.check().map_err(status::cancelled)?;
            let foreign = own.as_ref().is_some_and(|own| !own.contains(&held.subject));
            if foreign || !self.wants(snapshot, held) {
                continue;
            }
            if assessments.len() == self.size {
                let place: Option<Place> = last;
                let rests: Rests = (asked.event_count, asked.evidence_event_count, asked.model);
                let token = place.map(|place| self.codec.encode(&(rests, place)));
                return Ok(ListAssessmentsResponse {
                    assessments,
                    next_page_token: token.unwrap_or_default(),
                });
            }
            let subject = query::subject_of(&snapshot.state, held.subject);
            if let Some(subject) = subject
                && let Some(assessment) = assess(held.subject, &subject, day)?
            {
                assessments.push(assessment_message(redact::assessment(
                    &self.scope,
                    assessment,
                )));
                last = Some(held.place());
            }
        }
        Ok(ListAssessmentsResponse {
            assessments,
            next_page_token: String::new(),
        })
    }

    /// Checks the filters that need no assessment.
    fn wants(&self, snapshot: &Snapshot, held: &Ranked) -> bool {
        let ListAssessmentsRequest {
            seller_id,
            bands,
            peer_group,
            ..
        } = &self.request;
        let state = &snapshot.state;
        (bands.is_empty() || bands.contains(&band_message(held.band).into()))
            && (seller_id.is_empty() || query::seller_of(state, held.subject) == *seller_id)
            && (peer_group.is_empty() || query::peer_group_of(state, held.subject) == *peer_group)
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
    pub(in crate::server) last: Option<Place>,
}

impl Suspects {
    pub(in crate::server) fn page(
        &self,
        snapshots: &Snapshots,
        ScoredSnapshot { snapshot, evidence }: &ScoredSnapshot,
        cancel: &Cancel,
    ) -> Result<ListSuspectReviewsResponse, Status> {
        let state = &snapshot.state;
        let known = (state, evidence);
        self.scope.permit(state, &self.subject)?;
        let subject = state
            .find_subject(&self.subject)
            .ok_or_else(|| status::unknown(&self.subject))?;
        let (ranked, truncated) = query::suspect_reviews(known, subject, self.least, cancel)
            .map_err(status::cancelled)?;
        let rest = query::after(&ranked, self.last.as_ref());
        let (page, more) = rest.split_at_checked(self.size).unwrap_or((rest, &[]));
        let reviews = page.iter().map(|held| {
            let review = arrived_review(snapshots, state, held.subject)?;
            let assessment = query::assess(state, evidence, held.subject);
            Ok(redact::suspect_review(&self.scope, review, assessment))
        });
        let next = page
            .last()
            .filter(|_| !more.is_empty())
            .map(|last| self.codec.encode(&last.place()));
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
