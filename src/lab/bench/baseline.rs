//! The baseline server: it decodes the same messages as the service and does nothing with them.

use std::pin::Pin;

use tokio::net::TcpListener;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status, Streaming};

use crate::cli::{CliError, parent};
use crate::proto::v1::ingest_service_server::{IngestService, IngestServiceServer};
use crate::proto::v1::integrity_service_server::{IntegrityService, IntegrityServiceServer};
use crate::proto::v1::{
    GetAssessmentRequest, GetAssessmentResponse, GetCampaignRequest, GetCampaignResponse,
    GetDividendRequest, GetDividendResponse, IngestBatchRequest, IngestBatchResponse,
    IngestRequest, IngestResponse, IngestSummary, ListAssessmentsRequest, ListAssessmentsResponse,
    ListCampaignsRequest, ListCampaignsResponse, ListSuspectReviewsRequest,
    ListSuspectReviewsResponse, ScreenReviewsRequest, ScreenReviewsResponse,
};
use crate::server;

/// Options of `bench-baseline`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Arguments {}

/// Serves on a free loopback port and prints it, as `serve` does, until stdin closes.
#[tokio::main]
pub(crate) async fn run(_: Arguments) -> Result<(), CliError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tracing::info!(address = %listener.local_addr()?, "ready");
    server::transport(
        &server::ConnectionConfig::default(),
        &server::LimitsConfig::default(),
    )
    .add_service(
        IngestServiceServer::new(Empty).max_decoding_message_size(server::MESSAGE_BYTES_MAX),
    )
    .add_service(IntegrityServiceServer::new(Empty))
    .serve_with_incoming_shutdown(server::incoming(listener), parent::gone())
    .await?;
    Ok(())
}

struct Empty;

#[allow(
    clippy::unnecessary_wraps,
    reason = "messages hold their parts as options"
)]
fn counted(events: usize) -> Option<IngestSummary> {
    Some(IngestSummary {
        accepted: events as u64,
        ..IngestSummary::default()
    })
}

#[tonic::async_trait]
impl IngestService for Empty {
    type IngestStream = Pin<Box<dyn Stream<Item = Result<IngestResponse, Status>> + Send>>;

    async fn ingest(
        &self,
        request: Request<Streaming<IngestRequest>>,
    ) -> Result<Response<Self::IngestStream>, Status> {
        let answers = request.into_inner().map(|batch| {
            let IngestRequest {
                batch_number,
                events,
            } = batch?;
            let summary = counted(events.len());
            Ok(IngestResponse {
                batch_number,
                summary,
            })
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn ingest_batch(
        &self,
        request: Request<IngestBatchRequest>,
    ) -> Result<Response<IngestBatchResponse>, Status> {
        let summary = counted(request.into_inner().events.len());
        Ok(Response::new(IngestBatchResponse { summary }))
    }
}

#[tonic::async_trait]
impl IntegrityService for Empty {
    async fn get_assessment(
        &self,
        _: Request<GetAssessmentRequest>,
    ) -> Result<Response<GetAssessmentResponse>, Status> {
        Ok(Response::new(GetAssessmentResponse::default()))
    }

    async fn list_assessments(
        &self,
        _: Request<ListAssessmentsRequest>,
    ) -> Result<Response<ListAssessmentsResponse>, Status> {
        Ok(Response::new(ListAssessmentsResponse::default()))
    }

    async fn screen_reviews(
        &self,
        _: Request<ScreenReviewsRequest>,
    ) -> Result<Response<ScreenReviewsResponse>, Status> {
        Ok(Response::new(ScreenReviewsResponse::default()))
    }

    async fn list_suspect_reviews(
        &self,
        _: Request<ListSuspectReviewsRequest>,
    ) -> Result<Response<ListSuspectReviewsResponse>, Status> {
        Ok(Response::new(ListSuspectReviewsResponse::default()))
    }

    async fn list_campaigns(
        &self,
        _: Request<ListCampaignsRequest>,
    ) -> Result<Response<ListCampaignsResponse>, Status> {
        Ok(Response::new(ListCampaignsResponse::default()))
    }

    async fn get_campaign(
        &self,
        _: Request<GetCampaignRequest>,
    ) -> Result<Response<GetCampaignResponse>, Status> {
        Ok(Response::new(GetCampaignResponse::default()))
    }

    async fn get_dividend(
        &self,
        _: Request<GetDividendRequest>,
    ) -> Result<Response<GetDividendResponse>, Status> {
        Ok(Response::new(GetDividendResponse::default()))
    }
}
