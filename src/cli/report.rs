//! Says in words how a subject stands, or which ones stand worst.

mod brand;
mod campaign;
mod text;
mod which;

use clap::error::ErrorKind;
use tonic::{Code, Status};

use super::client::{ANSWER_BYTES_MAX, Absent, Link, Place, Session};
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
    /// What kind of subject.
    #[arg(value_enum)]
    kind: Kind,
    /// Its id; without one, those that stand worst.
    id: Option<String>,
    /// Its marketplace, such as `amazon.de`: ids are unique within one. Needed where several know the
    /// id; sellers have none.
    #[arg(long, requires = "id")]
    marketplace: Option<String>,
    /// Without an id: how many.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    top: u32,
    /// Without an id: order by the risk of being attacked.
    #[arg(long, conflicts_with = "id")]
    attacked: bool,
    /// With an id: also its riskiest reviews with their texts, as many as this.
    #[arg(long, value_name = "N", requires = "id", value_parser = clap::value_parser!(u32).range(1..=1000))]
    suspects: Option<u32>,
    /// Print JSON as the API defines it instead of words.
    #[arg(long)]
    json: bool,
    /// How to print; `json` is as `--json`, and of one seller with its brand progress beside.
    #[arg(long, value_enum, default_value_t, conflicts_with = "json")]
    format: Form,
    #[command(flatten)]
    place: Place,
}

/// What a report looks like.
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
            // No subject: asked for by another call.
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

/// What to report on.
enum Wanted {
    One { subject: Subject, suspects: u32 },
    Worst(ListAssessmentsRequest),
}

/// Everything that one report says.
struct Found {
    assessments: Vec<Assessment>,
    suspects: Vec<SuspectReview>,
}

#[tokio::main]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { kind, format, .. } = arguments;
    let json = arguments.json || format == Form::Json;
    let one = arguments.id.is_some();
    // The old form of JSON stays what the API gives for the assessment alone.
    let seller = arguments
        .id
        .clone()
        .filter(|_| kind == Kind::Seller && !arguments.json);
    let place = arguments.place.clone();
    if kind == Kind::Campaign {
        return report_campaigns(arguments).await;
    }
    let wanted = wanted(arguments)?;
    let session = place.open(Absent::Refuse).await?;
    session.settled().await;
    let wanted = on_its_marketplace(session.channel(), kind, wanted).await;
    let subject = match &wanted {
        Ok(Wanted::One { subject, .. })
            if !json && matches!(kind, Kind::Listing | Kind::Seller) =>
        {
            Some(subject.clone())
        }
        _ => None,
    };
    let found = match wanted {
        Ok(wanted) => find(session.channel(), wanted).await,
        Err(status) => Err(status),
    };
    let found = found.map_err(|status| explain(&session, kind, &status));
    let beside = match (&found, subject) {
        (Ok(_), Some(subject)) => {
            campaign::or_without(campaign::beside(session.channel(), subject).await)
        }
        _ => Ok(String::new()),
    };
    let brand = match (&found, seller) {
        (Ok(_), Some(seller)) => brand::find(session.channel(), &seller)
            .await
            .map_err(|status| session.explain(&status)),
        _ => Ok(None),
    };
    session.close().await?;
    let (found, brand) = (found?, brand?);
    if json {
        print(&in_json(&found, one, brand.as_ref())?)
    } else {
        let brand = brand.as_ref().map_or_else(String::new, brand::words);
        print(&(in_words(&found, kind, &beside?) + &brand))
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
        place,
        ..
    } = arguments;
    let json = json || format == Form::Json;
    if marketplace.is_some() || attacked || suspects.is_some() {
        let text = "--marketplace, --attacked and --suspects are not for campaigns";
        let error = usage_error(ErrorKind::ArgumentConflict, text);
        return Err(Box::new(error));
    }
    let session = place.open(Absent::Refuse).await?;
    session.settled().await;
    let found = campaign::find(session.channel(), id, top, json).await;
    let found = found.map_err(|status| session.explain(&status));
    session.close().await?;
    print(&found?)
}

/// What the arguments ask for; what clap cannot check is checked here.
fn wanted(arguments: Arguments) -> Result<Wanted, CliError> {
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
        return Ok(Wanted::Worst(ListAssessmentsRequest {
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
    Ok(Wanted::One {
        subject,
        suspects: suspects.unwrap_or(0),
    })
}

/// What is wanted, on the marketplace that knows it where none was said.
async fn on_its_marketplace(channel: Link, kind: Kind, wanted: Wanted) -> Result<Wanted, Status> {
    match wanted {
        Wanted::One { subject, suspects }
            if kind != Kind::Seller && subject.marketplace.is_empty() =>
        {
            let subject = which::on_its_marketplace(&channel, subject).await?;
            Ok(Wanted::One { subject, suspects })
        }
        wanted => Ok(wanted),
    }
}

async fn find(channel: Link, wanted: Wanted) -> Result<Found, Status> {
    let mut client =
        IntegrityServiceClient::new(channel).max_decoding_message_size(ANSWER_BYTES_MAX);
    let (subject, page_size) = match wanted {
        Wanted::Worst(request) => {
            let page = client.list_assessments(request).await?.into_inner();
            return Ok(Found {
                assessments: page.assessments,
                suspects: Vec::new(),
            });
        }
        Wanted::One { subject, suspects } => (Some(subject), suspects),
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
    Ok(Found {
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

/// One assessment or a list of them, in proto3 JSON.
fn in_json(found: &Found, one: bool, brand: Option<&brand::Brand>) -> Result<String, CliError> {
    if let Some(brand) = brand {
        let value = serde_json::json!({
            "assessment": found.assessments.first(),
            "suspectReviews": found.suspects,
            "brand": brand,
        });
        return Ok(serde_json::to_string_pretty(&value)? + "\n");
    }
    let value = match found.assessments.as_slice() {
        [assessment] if one && found.suspects.is_empty() => serde_json::to_value(assessment)?,
        [assessment] if one => serde_json::json!({
            "assessment": assessment,
            "suspectReviews": found.suspects,
        }),
        all => serde_json::to_value(all)?,
    };
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

fn in_words(found: &Found, kind: Kind, beside: &str) -> String {
    let width = width();
    if found.assessments.is_empty() {
        return format!("no {} is known yet\n", kind.word());
    }
    let mut parts: Vec<String> = found
        .assessments
        .iter()
        .map(|assessment| words(assessment, width) + beside)
        .collect();
    parts.extend(
        found
            .suspects
            .iter()
            .map(|suspect| text::suspect(suspect, width)),
    );
    parts.join("\n")
}
