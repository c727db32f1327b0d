//! Describes an assessment in words, or lists the riskiest subjects.

mod brand;
mod campaign;
mod text;
mod which;

use clap::error::ErrorKind;
use tonic::{Code, Status};

use super::client::{ANSWER_BYTES_MAX, Absent, Link, Session, Target};
use super::{CliError, print, usage_error};
use crate::proto::v1::integrity_service_client::IntegrityServiceClient;
use crate::proto::v1::{
    Assessment, AssessmentOrder, GetAssessmentRequest, ListAssessmentsRequest,
    ListSuspectReviewsRequest, Subject, SubjectKind, SuspectReview,
};
pub(crate) use text::{band_words, width, words};

/// Options of `report`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Kind of the subject.
    #[arg(value_enum)]
    kind: Kind,
    /// Id of the subject; without it the riskiest subjects.
    id: Option<String>,
    /// Marketplace of the id, such as `amazon.de`. Needed if several marketplaces know the id;
    /// sellers have none.
    #[arg(long, requires = "id")]
    marketplace: Option<String>,
    /// Without an id: number of subjects.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    top: u32,
    /// Without an id: order by the risk of being attacked.
    #[arg(long, conflicts_with = "id")]
    attacked: bool,
    /// With an id: number of its riskiest reviews to print with their texts.
    #[arg(long, value_name = "N", requires = "id", value_parser = clap::value_parser!(u32).range(1..=1000))]
    suspects: Option<u32>,
    /// Print JSON as the API defines it.
    #[arg(long)]
    json: bool,
    /// Output format; `json` is as `--json`, for one seller together with its brand progress.
    #[arg(long, value_enum, default_value_t, conflicts_with = "json")]
    format: Form,
    #[command(flatten)]
    target: Target,
}

/// Output formats of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For a person.
    #[default]
    Words,
    /// For a program.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Review,
    Reviewer,
    Listing,
    Seller,
    Campaign,
}

impl Kind {
    const fn message(self) -> SubjectKind {
        match self {
            Self::Review => SubjectKind::Review,
            Self::Reviewer => SubjectKind::Reviewer,
            Self::Listing => SubjectKind::Listing,
            Self::Seller => SubjectKind::Seller,
            // No subject: another call answers it.
            Self::Campaign => SubjectKind::Unspecified,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Reviewer => "reviewer",
            Self::Listing => "listing",
            Self::Seller => "seller",
            Self::Campaign => "campaign",
        }
    }
}

/// A report request.
enum ReportRequest {
    One { subject: Subject, suspects: u32 },
    Worst(ListAssessmentsRequest),
}

/// The contents of one report.
struct Report {
    assessments: Vec<Assessment>,
    suspects: Vec<SuspectReview>,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { kind, format, .. } = arguments;
    let json = arguments.json || format == Form::Json;
    let one = arguments.id.is_some();
    // `--json` stays the assessment alone, as the API gives it.
    let seller = arguments
        .id
        .clone()
        .filter(|_| kind == Kind::Seller && !arguments.json);
    let target = arguments.target.clone();
    if kind == Kind::Campaign {
        return report_campaigns(arguments).await;
    }
    let request = parse_request(arguments)?;
    let session = target.open(Absent::Refuse).await?;
    session.settled().await;
    let located = on_its_marketplace(session.channel(), kind, request).await;
    let subject = match &located {
        Ok(ReportRequest::One { subject, .. })
            if !json && matches!(kind, Kind::Listing | Kind::Seller) =>
        {
            Some(subject.clone())
        }
        _ => None,
    };
    let answer = match located {
        Ok(request) => find(session.channel(), request).await,
        Err(status) => Err(status),
    };
    let report = answer.map_err(|status| explain(&session, kind, &status));
    let beside = match (&report, subject) {
        (Ok(_), Some(subject)) => {
            campaign::or_without(campaign::beside(session.channel(), subject).await)
        }
        _ => Ok(String::new()),
    };
    let brand = match (&report, seller) {
        (Ok(_), Some(seller)) => brand::find(session.channel(), &seller)
            .await
            .map_err(|status| session.explain(&status)),
        _ => Ok(None),
    };
    session.close().await?;
    let (report, brand) = (report?, brand?);
    if json {
        print(&in_json(&report, one, brand.as_ref())?)
    } else {
        let brand = brand.as_ref().map_or_else(String::new, brand::words);
        print(&(in_words(&report, kind, &beside?) + &brand))
    }
}

async fn report_campaigns(arguments: Arguments) -> Result<(), CliError> {
    let Arguments {
        id,
        marketplace,
        top,
        attacked,
        suspects,
        json,
        format,
        target,
        ..
    } = arguments;
    let json = json || format == Form::Json;
    if marketplace.is_some() || attacked || suspects.is_some() {
        let text = "--marketplace, --attacked and --suspects are not for campaigns";
        let error = usage_error(ErrorKind::ArgumentConflict, text);
        return Err(Box::new(error));
    }
    let session = target.open(Absent::Refuse).await?;
    session.settled().await;
    let report = campaign::find(session.channel(), id, top, json).await;
    let report = report.map_err(|status| session.explain(&status));
    session.close().await?;
    print(&report?)
}

/// Reads the request from the arguments, and checks what clap cannot check.
fn parse_request(arguments: Arguments) -> Result<ReportRequest, CliError> {
    let Arguments {
        kind,
        id,
        marketplace,
        top,
        attacked,
        suspects,
        ..
    } = arguments;
    let usage = |text: &str| -> CliError {
        let error = usage_error(ErrorKind::MissingRequiredArgument, text);
        Box::new(error)
    };
    let Some(id) = id else {
        if kind == Kind::Review {
            return Err(usage(
                "reviews are not ranked over all listings: name one by its id, \
                 or ask for those of a listing with `report listing ID --suspects 10`",
            ));
        }
        let order = if attacked {
            AssessmentOrder::Attack
        } else {
            AssessmentOrder::Risk
        };
        return Ok(ReportRequest::Worst(ListAssessmentsRequest {
            kind: kind.message().into(),
            order: order.into(),
            page_size: top,
            ..ListAssessmentsRequest::default()
        }));
    };
    if kind == Kind::Seller && marketplace.is_some() {
        return Err(usage(
            "a seller has no marketplace: leave --marketplace away",
        ));
    }
    if suspects.is_some() && kind == Kind::Review {
        return Err(usage("--suspects is for reviewers, listings and sellers"));
    }
    let subject = Subject {
        kind: kind.message().into(),
        marketplace: marketplace.unwrap_or_default(),
        id,
    };
    Ok(ReportRequest::One {
        subject,
        suspects: suspects.unwrap_or(0),
    })
}

/// Adds the marketplace that knows the id, if none was named.
async fn on_its_marketplace(
    channel: Link,
    kind: Kind,
    request: ReportRequest,
) -> Result<ReportRequest, Status> {
    match request {
        ReportRequest::One { subject, suspects }
            if kind != Kind::Seller && subject.marketplace.is_empty() =>
        {
            let subject = which::on_its_marketplace(&channel, subject).await?;
            Ok(ReportRequest::One { subject, suspects })
        }
        request => Ok(request),
    }
}

async fn find(channel: Link, request: ReportRequest) -> Result<Report, Status> {
    let mut client =
        IntegrityServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
    let (subject, page_size) = match request {
        ReportRequest::Worst(request) => {
            let page = client.list_assessments(request).await?.into_inner();
            return Ok(Report {
                assessments: page.assessments,
                suspects: Vec::new(),
            });
        }
        ReportRequest::One { subject, suspects } => (Some(subject), suspects),
    };
    let request = GetAssessmentRequest {
        subject: subject.clone(),
        as_of: None,
    };
    let response = client.get_assessment(request).await?.into_inner();
    let suspects = if page_size == 0 {
        Vec::new()
    } else {
        let request = ListSuspectReviewsRequest {
            subject,
            page_size,
            ..ListSuspectReviewsRequest::default()
        };
        let page = client.list_suspect_reviews(request).await?.into_inner();
        page.reviews
    };
    Ok(Report {
        assessments: response.assessment.into_iter().collect(),
        suspects,
    })
}

fn explain(session: &Session, kind: Kind, status: &Status) -> CliError {
    let error = session.explain(status);
    if status.code() != Code::NotFound {
        return error;
    }
    let listed = match kind {
        Kind::Review => "report listing ID --suspects 10".to_owned(),
        _ => format!("report {} --top 10", kind.word()),
    };
    format!(
        "{error} in {}; ids are taken letter by letter. `{listed}` shows some that are",
        session.name()
    )
    .into()
}

/// Writes one assessment or a list of them in proto3 JSON.
fn in_json(report: &Report, one: bool, brand: Option<&brand::Brand>) -> Result<String, CliError> {
    if let Some(brand) = brand {
        let value = serde_json::json!({
            "assessment": report.assessments.first(),
            "suspectReviews": report.suspects,
            "brand": brand,
        });
        return Ok(serde_json::to_string_pretty(&value)? + "\n");
    }
    let value = match report.assessments.as_slice() {
        [assessment] if one && report.suspects.is_empty() => serde_json::to_value(assessment)?,
        [assessment] if one => serde_json::json!({
            "assessment": assessment,
            "suspectReviews": report.suspects,
        }),
        all => serde_json::to_value(all)?,
    };
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

fn in_words(report: &Report, kind: Kind, beside: &str) -> String {
    let width = width();
    if report.assessments.is_empty() {
        return format!("no {} is known yet\n", kind.word());
    }
    let mut parts: Vec<String> = report
        .assessments
        .iter()
        .map(|assessment| words(assessment, width) + beside)
        .collect();
    parts.extend(
        report
            .suspects
            .iter()
            .map(|suspect| text::suspect(suspect, width)),
    );
    parts.join("\n")
}
