//! Says how a running service stands.

use super::CliError;
use super::client::Server;
use crate::proto::v1::GetStatusRequest;
use crate::proto::v1::admin_service_client::AdminServiceClient;

/// Options of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    server: Server,
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { server, json } = arguments;
    let mut client = AdminServiceClient::new(server.connect().await?);
    let status = client.get_status(GetStatusRequest {}).await?.into_inner();
    if json {
        println!("{}", serde_json::to_string_pretty(&status)?);
        return Ok(());
    }
    let clock = status.watermark.as_ref().map(|time| time.seconds);
    let clock = clock.and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    println!(
        "version     {} (model {})",
        status.version, status.model_version
    );
    println!(
        "events      {} in {} log records",
        status.event_count, status.log_sequence
    );
    println!(
        "clock       {}",
        clock.map_or("not started".to_owned(), |time| time.to_rfc3339())
    );
    println!("reviews     {}", status.review_count);
    println!("reviewers   {}", status.reviewer_count);
    println!("listings    {}", status.listing_count);
    println!("sellers     {}", status.seller_count);
    println!("orders      {}", status.order_count);
    println!(
        "on disk     {:.1} MiB",
        status.store_bytes as f64 / 1_048_576.0
    );
    println!(
        "start-up    {} ms, ready for {} s",
        status.startup_ms,
        status.uptime_ms / 1000
    );
    if status.writable {
        println!("writes      taken");
    } else {
        println!("writes      REFUSED: {}", status.refusal);
    }
    Ok(())
}
