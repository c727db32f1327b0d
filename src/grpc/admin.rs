//! For operators.

use std::time::Instant;

use tonic::{Request, Response, Status};

use super::{convert, status};
use crate::engine::{Engine, View};
use crate::proto::v1::admin_service_server::AdminService;
use crate::proto::v1::{GetStatusRequest, GetStatusResponse};

/// The service.
pub(super) struct Admin {
    engine: Engine,
    ready: Instant,
    startup_ms: u64,
}

impl Admin {
    pub(super) fn new(engine: Engine, started: Instant) -> Self {
        Self {
            engine,
            ready: Instant::now(),
            startup_ms: millis(started),
        }
    }
}

#[tonic::async_trait]
impl AdminService for Admin {
    async fn get_status(
        &self,
        _request: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        let View {
            published,
            evidence,
        } = self.engine.view();
        let state = &published.state;
        let store_bytes = self
            .engine
            .store()
            .size_bytes()
            .map_err(|error| status::engine(&error.into()))?;
        Ok(Response::new(GetStatusResponse {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            model_version: crate::integrity::MODEL_VERSION.to_owned(),
            event_count: state.event_count(),
            log_sequence: published.log_sequence,
            checkpoint_sequence: self.engine.checkpoint_sequence(),
            watermark: state.watermark().map(convert::timestamp),
            review_count: state.reviews().len().into(),
            reviewer_count: state.reviewers().len().into(),
            listing_count: state.listings().len().into(),
            seller_count: state.sellers().len().into(),
            order_count: state.order_count().into(),
            store_bytes,
            writable: published.refusal.is_none(),
            refusal: published.refusal.clone().unwrap_or_default(),
            startup_ms: self.startup_ms,
            uptime_ms: millis(self.ready),
            evidence_event_count: evidence.event_count(),
            evidence_pass_ms: u64::try_from(self.engine.evidence_took().as_millis())
                .unwrap_or(u64::MAX),
        }))
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
