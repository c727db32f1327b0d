//! Turns the clock of a marketplace back.

use chrono::{DateTime, SecondsFormat};
use pbjson_types::Timestamp;

use super::client::{Absent, Target};
use super::{CliError, print};
use crate::codec::timestamp;
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::{TurnBackClockRequest, TurnBackClockResponse};

/// Options of `clock`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Take back the events of a marketplace that are dated after a time.
    TurnBack(TurnBack),
}

#[derive(Debug, clap::Args)]
struct TurnBack {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    events: Events,
    /// Newest time that stays, such as 2025-06-30T23:59:59Z. Later events are taken back.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    to: Timestamp,
    /// Count the events, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Events {
    /// Marketplace of the events.
    #[arg(long)]
    marketplace: Option<String>,
    /// Events without a marketplace: sellers, brand measures, verdicts on sellers.
    #[arg(long)]
    without_marketplace: bool,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    let time = DateTime::parse_from_rfc3339(text);
    time.map(|time| timestamp(time.timestamp()))
        .map_err(|_| "a time such as 2025-06-30T23:59:59Z is required".to_owned())
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    match arguments.action {
        Action::TurnBack(arguments) => turn_back(arguments).await,
    }
}

async fn turn_back(arguments: TurnBack) -> Result<(), CliError> {
    let TurnBack {
        target,
        events,
        to,
        dry_run,
        json,
    } = arguments;
    let session = target.open(Absent::Refuse).await?;
    let request = TurnBackClockRequest {
        marketplace: events.marketplace.unwrap_or_default(),
        time: Some(to),
        validate_only: dry_run,
    };
    let mut client = AdminServiceClient::new(session.channel());
    let asked = client.turn_back_clock(request).await;
    let turned = asked.map_err(|status| session.explain(&status));
    drop(client);
    session.close().await?;
    let turned = turned?.into_inner();
    if json {
        return print(&(serde_json::to_string_pretty(&turned)? + "\n"));
    }
    print(&words(&turned, dry_run))
}

fn words(turned: &TurnBackClockResponse, dry_run: bool) -> String {
    let newest = turned.watermark.as_ref();
    let newest = newest.and_then(|time| DateTime::from_timestamp(time.seconds, 0));
    let newest = newest.map_or("not started".to_owned(), |time| {
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    });
    let (events, records) = (turned.event_count, turned.record_count);
    if dry_run {
        return format!(
            "later       {events} events in {records} log records; nothing is changed\n\
             clock       {newest}\n"
        );
    }
    format!(
        "taken back  {events} events in {records} log records\n\
         clock       {newest}\n\
         next        send the true events again, with the same ids\n"
    )
}
