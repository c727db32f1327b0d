//! Serves `AdminService`: status, backups, erasure, the clock and model versions.

use std::path::PathBuf;
use std::time::Instant;

use tonic::{Request, Response, Status};

use crate::backup::Backup;
use crate::codec::parse_subject;
use crate::domain::{Kind, Reason, Violation};
use crate::engine::{Engine, ScoredSnapshot};
use crate::erasure::{Change, Person, Targets};
use crate::privacy::Pseudonyms;
use crate::proto::v1::{
    ActivateModelVersionRequest, ActivateModelVersionResponse, CompareModelVersionsRequest,
    CompareModelVersionsResponse, CreateBackupRequest, CreateBackupResponse,
    DeleteModelVersionRequest, DeleteModelVersionResponse, EraseReviewerRequest,
    EraseReviewerResponse, FitModelVersionRequest, FitModelVersionResponse, GetStatusRequest,
    GetStatusResponse, HeldOutBy, ImportModelVersionRequest, ImportModelVersionResponse,
    ListModelVersionsRequest, ListModelVersionsResponse, RollBackModelVersionRequest,
    RollBackModelVersionResponse, SetShadowModelVersionRequest, SetShadowModelVersionResponse,
    Subject, TurnBackClockRequest, TurnBackClockResponse,
};
use crate::server::Service;
use crate::server::blocking_as;
use crate::server::page::PageTokens;
use crate::server::services::clock;
use crate::server::services::models::Models;
use crate::server::status;
use crate::server::wire::services::admin_service_server::AdminService;

/// Most reviewers of one erasure.
const PEOPLE_MAX: usize = 100;
/// Most marketplaces of one status.
const MARKETPLACES_SHOWN: usize = 100;

/// The service.
pub(in crate::server) struct Admin {
    engine: Engine,
    pseudonyms: Pseudonyms,
    tokens: PageTokens,
    /// Directory of backups; none refuses them.
    backups: Option<PathBuf>,
    ready: Instant,
    startup_ms: u64,
}

impl Admin {
    pub(in crate::server) fn new(service: &Service, backups: Option<PathBuf>) -> Self {
        Self {
            engine: service.engine.clone(),
            pseudonyms: service.pseudonyms.clone(),
            tokens: service.tokens.clone(),
            backups,
            ready: Instant::now(),
            startup_ms: millis(service.began),
        }
    }

    const fn models(&self) -> Models<'_> {
        Models {
            maintenance: &self.engine.maintenance,
        }
    }

    fn people(&self, reviewers: Vec<Subject>) -> Result<Vec<Person>, Vec<Violation>> {
        let count = reviewers.len();
        if !(1..=PEOPLE_MAX).contains(&count) {
            return Err(vec![Violation::new(
                "reviewers",
                Reason::TooMany,
                format!("has {count} entries; 1 to {PEOPLE_MAX} are allowed"),
            )]);
        }
        let mut people = Vec::new();
        let mut faults = Vec::new();
        for (index, mut subject) in reviewers.into_iter().enumerate() {
            self.pseudonyms.hide_subject(&mut subject);
            match parse_subject(Some(subject)) {
                Ok(subject) if subject.kind() == Kind::Reviewer => people.push(Person {
                    marketplace: subject.marketplace().to_owned(),
                    id: subject.id().to_string(),
                }),
                Ok(_) => faults.push(Violation::new(
                    format!("reviewers[{index}].kind"),
                    Reason::OutOfRange,
                    "is not a reviewer",
                )),
                Err(found) => faults.extend(found.into_iter().map(|fault| {
                    Violation {
                        field: fault
                            .field
                            .replacen("subject", &format!("reviewers[{index}]"), 1),
                        ..fault
                    }
                })),
            }
        }
        if faults.is_empty() {
            Ok(people)
        } else {
            Err(faults)
        }
    }
}

#[tonic::async_trait]
impl AdminService for Admin {
    async fn get_status(
        &self,
        _request: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        let ScoredSnapshot { snapshot, evidence } = self.engine.snapshots.scored();
        let state = &snapshot.state;
        let refusal = self.engine.ingest.refusal();
        let store_bytes = self
            .engine
            .maintenance
            .store_bytes()
            .unwrap_or_else(|error| {
                // All else of a status is known without the disk.
                tracing::warn!(%error, "the size of the store is not known");
                0
            });
        Ok(Response::new(GetStatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model_version: self.engine.maintenance.models().active().name().to_owned(),
            event_count: state.event_count(),
            log_sequence: snapshot.log_sequence,
            checkpoint_sequence: self.engine.maintenance.checkpoint_sequence(),
            watermark: state.watermark().map(Into::into),
            review_count: state.reviews().len().into(),
            reviewer_count: state.reviewers().len().into(),
            listing_count: state.listings().len().into(),
            seller_count: state.sellers().len().into(),
            order_count: state.order_count().into(),
            store_bytes,
            writable: refusal.is_none(),
            refusal: refusal.unwrap_or_default(),
            startup_ms: self.startup_ms,
            uptime_ms: millis(self.ready),
            evidence_event_count: evidence.event_count(),
            evidence_pass_ms: u64::try_from(self.engine.snapshots.evidence_took().as_millis())
                .unwrap_or(u64::MAX),
            marketplaces: state
                .marketplaces()
                .take(MARKETPLACES_SHOWN)
                .map(str::to_owned)
                .collect(),
            copy_count: state.copy_count(),
        }))
    }

    async fn create_backup(
        &self,
        _request: Request<CreateBackupRequest>,
    ) -> Result<Response<CreateBackupResponse>, Status> {
        let directory = self.backups.clone().ok_or_else(|| {
            Status::failed_precondition("no backup directory is configured: serve --backup-dir DIR")
        })?;
        let maintenance = self.engine.maintenance.clone();
        let backup = blocking_as(None, move || maintenance.back_up(&directory)).await?;
        let Backup {
            file_name,
            log_sequence,
            event_count,
            size_bytes,
            sha256,
        } = backup.map_err(|error| status::engine(&error))?;
        tracing::info!(file_name, log_sequence, size_bytes, "backup written");
        Ok(Response::new(CreateBackupResponse {
            file_name,
            log_sequence,
            event_count,
            size_bytes,
            sha256,
        }))
    }

    async fn erase_reviewer(
        &self,
        request: Request<EraseReviewerRequest>,
    ) -> Result<Response<EraseReviewerResponse>, Status> {
        let EraseReviewerRequest { reviewers } = request.into_inner();
        let people = self.people(reviewers).map_err(status::invalid)?;
        let change = Change::Erasure(Targets::of(&people));
        let erased = self.engine.maintenance.rewrite(change).await;
        let (changed, log_sequence) = erased.map_err(|error| status::engine(&error))?;
        // Whom it was about is what an erasure must not tell.
        tracing::info!(events = changed.events(), log_sequence, "erased");
        Ok(Response::new(EraseReviewerResponse {
            review_event_count: changed.reviews,
            order_event_count: changed.orders,
            verdict_event_count: changed.verdicts,
            record_count: changed.records,
            log_sequence,
        }))
    }

    async fn turn_back_clock(
        &self,
        request: Request<TurnBackClockRequest>,
    ) -> Result<Response<TurnBackClockResponse>, Status> {
        let turned = clock::turn_back(&self.engine, request.into_inner()).await;
        Ok(Response::new(turned?))
    }

    async fn list_model_versions(
        &self,
        request: Request<ListModelVersionsRequest>,
    ) -> Result<Response<ListModelVersionsResponse>, Status> {
        let page = self.models().list(&self.tokens, request.get_ref());
        Ok(Response::new(page?))
    }

    async fn import_model_version(
        &self,
        request: Request<ImportModelVersionRequest>,
    ) -> Result<Response<ImportModelVersionResponse>, Status> {
        let kept = self.models().import(request.into_inner()).await?;
        Ok(Response::new(ImportModelVersionResponse {
            model_version: Some(kept),
        }))
    }

    async fn fit_model_version(
        &self,
        request: Request<FitModelVersionRequest>,
    ) -> Result<Response<FitModelVersionResponse>, Status> {
        let FitModelVersionRequest { held_out_by } = request.into_inner();
        let held_out_by = HeldOutBy::try_from(held_out_by).map_err(|_| {
            status::invalid_argument(
                "held_out_by",
                Reason::OutOfRange,
                format!("has no value {held_out_by}"),
            )
        })?;
        Ok(Response::new(self.models().fit(held_out_by).await?))
    }

    async fn activate_model_version(
        &self,
        request: Request<ActivateModelVersionRequest>,
    ) -> Result<Response<ActivateModelVersionResponse>, Status> {
        let ActivateModelVersionRequest { model_version } = request.into_inner();
        let active = self.models().activate(model_version).await?;
        Ok(Response::new(ActivateModelVersionResponse {
            model_version: Some(active),
        }))
    }

    async fn roll_back_model_version(
        &self,
        _request: Request<RollBackModelVersionRequest>,
    ) -> Result<Response<RollBackModelVersionResponse>, Status> {
        let active = self.models().roll_back().await?;
        Ok(Response::new(RollBackModelVersionResponse {
            model_version: Some(active),
        }))
    }

    async fn set_shadow_model_version(
        &self,
        request: Request<SetShadowModelVersionRequest>,
    ) -> Result<Response<SetShadowModelVersionResponse>, Status> {
        let SetShadowModelVersionRequest { model_version } = request.into_inner();
        let model_version = self.models().set_shadow(model_version).await?;
        Ok(Response::new(SetShadowModelVersionResponse {
            model_version,
        }))
    }

    async fn compare_model_versions(
        &self,
        _request: Request<CompareModelVersionsRequest>,
    ) -> Result<Response<CompareModelVersionsResponse>, Status> {
        Ok(Response::new(self.models().compare().await?))
    }

    async fn delete_model_version(
        &self,
        request: Request<DeleteModelVersionRequest>,
    ) -> Result<Response<DeleteModelVersionResponse>, Status> {
        let DeleteModelVersionRequest { model_version } = request.into_inner();
        self.models().delete(model_version).await?;
        Ok(Response::new(DeleteModelVersionResponse {}))
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
