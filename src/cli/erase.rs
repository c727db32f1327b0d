//! Erases reviewers.

use super::client::{Absent, Target};
use super::{CliError, print};
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::{EraseReviewerRequest, Subject, SubjectKind};

/// Options of `erase`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Marketplace of the ids.
    #[arg(long)]
    marketplace: String,
    /// Ids of the reviewers as in events, 100 at most.
    #[arg(required = true, num_args = 1..=100)]
    ids: Vec<String>,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        target,
        marketplace,
        ids,
    } = arguments;
    let session = target.open(Absent::Refuse).await?;
    let reviewers = ids.into_iter().map(|id| Subject {
        kind: SubjectKind::Reviewer.into(),
        marketplace: marketplace.clone(),
        id,
    });
    let request = EraseReviewerRequest {
        reviewers: reviewers.collect(),
    };
    let mut client = AdminServiceClient::new(session.channel());
    let asked = client.erase_reviewer(request).await;
    let erased = asked.map_err(|status| session.explain(&status));
    drop(client);
    session.close().await?;
    let erased = erased?.into_inner();
    print(&format!(
        "erased      {} review events, {} buyers of orders, {} verdicts, in {} log records\n\
         backups     those written before still hold what was erased\n",
        erased.review_event_count,
        erased.order_event_count,
        erased.verdict_event_count,
        erased.record_count
    ))
}
