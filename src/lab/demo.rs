//! Shows the whole service on a simulated market, through a real server on loopback.

use std::collections::BTreeSet;
use std::time::Instant;

use tonic::transport::Channel;

use crate::cli::local::{LocalOptions, LocalService};
use crate::cli::{CliError, print, report};
use crate::lab::simulate::{Config, Market, TruthRow};
use crate::proto::v1::ingest_service_client::IngestServiceClient;
use crate::proto::v1::integrity_service_client::IntegrityServiceClient;
use crate::proto::v1::{
    Assessment, AssessmentOrder, Band, Event, IngestRequest, ListAssessmentsRequest, SubjectKind,
};

/// Events of one batch.
const BATCH_EVENTS: usize = 1000;
/// Number of the riskiest subjects to compare with the truth.
const COMPARED: u32 = 20;

/// Options of `demo`.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Arguments {
    /// The same seed gives the same marketplace.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Approximate number of reviews.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1000..=1_000_000))]
    reviews: u64,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { seed, reviews } = arguments;
    print_line!("Simulating a marketplace of about {reviews} reviews (seed {seed}) ...");
    let mut market = Market::new(Config::sized(seed, reviews));
    let events: Vec<Event> = market.by_ref().collect();
    let truth = market.take_truth();

    let directory = tempfile::tempdir()?;
    let service = LocalService::open(directory.path(), LocalOptions::default()).await?;
    let channel = service.channel();

    let count = events.len();
    let started = Instant::now();
    ingest(channel.clone(), events).await?;
    let seconds = started.elapsed().as_secs_f64();
    print_line!("{count} events streamed over gRPC, durable and scored, in {seconds:.1} s.\n");
    service.settled().await;
    show(channel, &truth).await?;

    print_line!("To look around yourself:");
    print_line!("  goodstanding serve --data store");
    print_line!("  goodstanding simulate --seed {seed} --reviews {reviews} --out market");
    print_line!("  goodstanding import --format events market/events.jsonl");
    print_line!("  goodstanding report seller --top 10");
    print_line!("Any gRPC client finds the services by reflection, at 127.0.0.1:7311 by default.");
    service.close().await
}

/// Streams all events and waits until the last one is durable.
async fn ingest(channel: Channel, events: Vec<Event>) -> Result<(), CliError> {
    let batches: Vec<IngestRequest> = (0..)
        .zip(events.chunks(BATCH_EVENTS))
        .map(|(batch_number, events)| IngestRequest {
            batch_number,
            events: events.to_vec(),
        })
        .collect();
    let mut client = IngestServiceClient::new(channel);
    let mut answers = client
        .ingest(tokio_stream::iter(batches))
        .await?
        .into_inner();
    while let Some(answer) = answers.message().await? {
        let summary = answer.summary.unwrap_or_default();
        if let Some(rejection) = summary.rejections.first() {
            return Err(format!("a simulated event was refused: {rejection:?}").into());
        }
    }
    Ok(())
}

async fn show(channel: Channel, truth: &[TruthRow]) -> Result<(), CliError> {
    let mut client = IntegrityServiceClient::new(channel);
    let mut list = async |kind: SubjectKind, order: AssessmentOrder, page_size: u32| {
        let request = ListAssessmentsRequest {
            kind: kind.into(),
            order: order.into(),
            page_size,
            ..ListAssessmentsRequest::default()
        };
        let page = client.list_assessments(request).await?;
        Ok::<_, CliError>(page.into_inner().assessments)
    };
    let sellers = list(SubjectKind::Seller, AssessmentOrder::Risk, COMPARED).await?;
    print_line!("-- The riskiest sellers");
    print_first(&sellers, 2, truth)?;
    let listings = list(SubjectKind::Listing, AssessmentOrder::Risk, COMPARED).await?;
    print_line!("-- The riskiest listings");
    print_first(&listings, 3, truth)?;
    let attacked = list(SubjectKind::Listing, AssessmentOrder::Attack, COMPARED).await?;
    print_line!("-- An innocent under attack");
    let innocent: Vec<Assessment> = attacked
        .iter()
        .filter(|one| one.band() <= Band::Guarded)
        .cloned()
        .collect();
    print_first(&innocent, 1, truth)?;

    print_line!("-- Against the simulated truth");
    compare("sellers by risk", &sellers, truth, "manipulated");
    compare("listings by risk", &listings, truth, "manipulated");
    compare("listings by attack", &attacked, truth, "victim");
    print_line!();
    Ok(())
}

fn print_first(
    assessments: &[Assessment],
    count: usize,
    truth: &[TruthRow],
) -> Result<(), CliError> {
    for assessment in assessments.iter().take(count) {
        print(&report::words(assessment, report::width()))?;
        print_line!("  truth      {}\n", schemes_of(assessment, truth));
    }
    Ok(())
}

/// Describes the schemes of a subject in the simulation.
fn schemes_of(assessment: &Assessment, truth: &[TruthRow]) -> String {
    let schemes: BTreeSet<String> = truth
        .iter()
        .filter(|row| is_about(row, assessment))
        .map(|row| format!("{} ({})", row.scheme, row.role))
        .collect();
    if schemes.is_empty() {
        "honest, in the simulation".to_owned()
    } else {
        schemes.into_iter().collect::<Vec<_>>().join(", ")
    }
}

fn is_about(row: &TruthRow, assessment: &Assessment) -> bool {
    assessment.subject.as_ref().is_some_and(|subject| {
        let kind = match subject.kind() {
            SubjectKind::Seller => "seller",
            SubjectKind::Listing => "listing",
            SubjectKind::Reviewer => "reviewer",
            SubjectKind::Review | SubjectKind::Unspecified => "review",
        };
        row.kind == kind && row.id == subject.id && row.marketplace == subject.marketplace
    })
}

/// Counts the subjects with a role among the first ones, and among all.
fn compare(what: &str, assessments: &[Assessment], truth: &[TruthRow], role: &str) {
    let first = assessments.len();
    let hits = assessments
        .iter()
        .filter(|one| {
            truth
                .iter()
                .any(|row| row.role == role && is_about(row, one))
        })
        .count();
    let kind = if what.starts_with("sellers") {
        "seller"
    } else {
        "listing"
    };
    let all: BTreeSet<(&str, &str)> = truth
        .iter()
        .filter(|row| row.kind == kind && row.role == role)
        .map(|row| (row.marketplace, row.id.as_str()))
        .collect();
    print_line!(
        "  {what:<20} {hits} of the first {first} are {role}; {} are in all",
        all.len()
    );
}
