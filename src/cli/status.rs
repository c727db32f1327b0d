//! Prints the state of a service or a directory.

use std::fmt::Write as _;

use super::client::{Absent, Target};
use super::{CliError, print};
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::{GetStatusRequest, GetStatusResponse};

/// Options of `status`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { target, json } = arguments;
    let session = target.open(Absent::Refuse).await?;
    let mut client = AdminServiceClient::new(session.channel());
    let asked = client.get_status(GetStatusRequest {}).await;
    let status = asked.map_err(|status| session.explain(&status));
    drop(client);
    session.close().await?;
    let status = status?.into_inner();
    if json {
        return print(&(serde_json::to_string_pretty(&status)? + "\n"));
    }
    print(&words(&status)?)
}

fn words(status: &GetStatusResponse) -> Result<String, std::fmt::Error> {
    let clock = status.watermark.as_ref().map(|time| time.seconds);
    let clock = clock.and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    let clock = clock.map_or("not started".to_owned(), |time| time.to_rfc3339());
    let writes = if status.writable {
        "taken".to_owned()
    } else {
        format!("REFUSED: {}", status.refusal)
    };
    let (version, model) = (&status.version, &status.model_version);
    let (events, records) = (status.event_count, status.log_sequence);
    let mib = status.store_bytes as f64 / 1_048_576.0;
    let mut text = String::new();
    writeln!(text, "version     {version} (model {model})")?;
    writeln!(text, "events      {events} in {records} log records")?;
    writeln!(text, "clock       {clock}")?;
    let copies = match status.copy_count {
        0 => String::new(),
        copies => format!(", {copies} of them copies of others that count once"),
    };
    writeln!(text, "reviews     {}{copies}", status.review_count)?;
    writeln!(text, "reviewers   {}", status.reviewer_count)?;
    writeln!(text, "listings    {}", status.listing_count)?;
    writeln!(text, "sellers     {}", status.seller_count)?;
    writeln!(text, "orders      {}", status.order_count)?;
    if !status.marketplaces.is_empty() {
        let first = &status.marketplaces[..status.marketplaces.len().min(5)];
        let more = status.marketplaces.len() - first.len();
        let more = if more > 0 {
            format!(" and {more} or more others")
        } else {
            String::new()
        };
        writeln!(text, "on          {}{more}", first.join(", "))?;
    }
    writeln!(text, "on disk     {mib:.1} MiB")?;
    let (startup_ms, uptime_ms) = (status.startup_ms, status.uptime_ms);
    writeln!(
        text,
        "start-up    {startup_ms} ms, ready for {} s",
        uptime_ms / 1000
    )?;
    writeln!(text, "writes      {writes}")?;
    Ok(text)
}
