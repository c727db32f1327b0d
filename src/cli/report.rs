//! Says in words how a subject stands, or which ones stand worst.

use super::CliError;
use super::client::Server;
use crate::proto::v1::integrity_service_client::IntegrityServiceClient;
use crate::proto::v1::{
    Assessment, AssessmentOrder, Band, Estimate, Finding, GetAssessmentRequest,
    ListAssessmentsRequest, Subject, SubjectKind,
};

/// Findings that matter less than this in log-odds are left out.
const CONTRIBUTION_SHOWN: f64 = 0.1;

/// Options of `report`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What kind of subject.
    #[arg(value_enum)]
    kind: Kind,
    /// Its id; without one, those that stand worst.
    id: Option<String>,
    /// Its marketplace; sellers have none.
    #[arg(long, required_if_eq("kind", "review"))]
    marketplace: Option<String>,
    /// Without an id: how many.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    top: u32,
    /// Without an id: order by the risk of being attacked.
    #[arg(long)]
    attacked: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Review,
    Reviewer,
    Listing,
    Seller,
}

impl Kind {
    const fn message(self) -> SubjectKind {
        match self {
            Self::Review => SubjectKind::Review,
            Self::Reviewer => SubjectKind::Reviewer,
            Self::Listing => SubjectKind::Listing,
            Self::Seller => SubjectKind::Seller,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        kind,
        id,
        marketplace,
        top,
        attacked,
        server,
    } = arguments;
    let mut client = IntegrityServiceClient::new(server.connect().await?);
    let Some(id) = id else {
        let order = if attacked {
            AssessmentOrder::Attack
        } else {
            AssessmentOrder::Risk
        };
        let request = ListAssessmentsRequest {
            kind: kind.message().into(),
            order: order.into(),
            page_size: top,
            ..ListAssessmentsRequest::default()
        };
        let page = client.list_assessments(request).await?.into_inner();
        for assessment in &page.assessments {
            print(assessment);
            println!();
        }
        return Ok(());
    };
    let subject = Subject {
        kind: kind.message().into(),
        marketplace: marketplace.unwrap_or_default(),
        id,
    };
    let request = GetAssessmentRequest {
        subject: Some(subject),
        as_of: None,
    };
    let response = client.get_assessment(request).await?.into_inner();
    print(
        &response
            .assessment
            .ok_or("the service answered without an assessment")?,
    );
    Ok(())
}

/// Prints one assessment for a person.
pub(super) fn print(assessment: &Assessment) {
    let subject = assessment.subject.clone().unwrap_or_default();
    let kind = subject
        .kind()
        .as_str_name()
        .trim_start_matches("SUBJECT_KIND_")
        .to_lowercase();
    let on = if subject.marketplace.is_empty() {
        String::new()
    } else {
        format!(" on {}", subject.marketplace)
    };
    println!("{kind} {}{on}", subject.id);
    if !assessment.seller_id.is_empty() {
        println!("  seller     {}", assessment.seller_id);
    }
    let mean = assessment
        .mean_rating
        .map_or(String::new(), |mean| format!(", mean {mean:.2} stars"));
    let (up, down) = (assessment.review_count, assessment.removed_count);
    println!("  reviews    {up}{mean}, {down} taken down");
    println!("  peers      {}", assessment.peer_group);
    println!("  band       {}", band_words(assessment.band()));
    print_estimate("risk", assessment.risk.as_ref());
    print_findings(&assessment.findings);
    if assessment.attack.is_some() {
        print_estimate("attacked", assessment.attack.as_ref());
        print_findings(&assessment.attack_findings);
    }
    let silent: Vec<String> = assessment
        .abstentions
        .iter()
        .map(|silent| format!("{} ({})", silent.code, silent.reason))
        .collect();
    if !silent.is_empty() {
        println!("  no word    {}", silent.join(", "));
    }
}

fn print_estimate(name: &str, estimate: Option<&Estimate>) {
    if let Some(Estimate {
        probability,
        lower,
        upper,
        ..
    }) = estimate
    {
        println!("  {name:<10} {probability:.2} ({lower:.2} to {upper:.2}), not calibrated");
    }
}

/// Strongest first; small terms are only summed.
fn print_findings(findings: &[Finding]) {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|one, other| other.contribution.abs().total_cmp(&one.contribution.abs()));
    let (shown, rest): (Vec<&Finding>, Vec<&Finding>) = sorted
        .into_iter()
        .partition(|finding| finding.contribution.abs() >= CONTRIBUTION_SHOWN);
    for finding in shown {
        println!("    {:+.2}  {}", finding.contribution, finding.sentence);
    }
    if !rest.is_empty() {
        let sum: f64 = rest.iter().map(|finding| finding.contribution).sum();
        println!("    {sum:+.2}  {} others that hardly matter", rest.len());
    }
}

const fn band_words(band: Band) -> &'static str {
    match band {
        Band::Unspecified => "not set",
        Band::InsufficientData => "insufficient data",
        Band::Low => "low",
        Band::Guarded => "guarded",
        Band::Elevated => "elevated",
        Band::High => "high",
        Band::Critical => "critical",
    }
}
