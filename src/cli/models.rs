//! Lists, imports, activates, compares and measures model versions.

mod words;

use std::path::PathBuf;

use serde::Serialize;
use tonic::{Code, Response, Status};

use super::client::{Absent, Session, Target};
use super::{CliError, print};
use crate::cli::client::Link;
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::{
    ActivateModelVersionRequest, CompareModelVersionsRequest, DeleteModelVersionRequest,
    EvaluateRequest, ImportModelVersionRequest, ListModelVersionsRequest,
    RollBackModelVersionRequest, SetShadowModelVersionRequest,
};
use words::{compared, evaluated, list};
pub(super) use words::{figure, row};

/// Options of `models`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// List all versions, the active one first.
    List(Common),
    /// Import a model that `fit --out` wrote; it is kept, inactive.
    Import(Import),
    /// Activate a version.
    Activate(Named),
    /// Activate the version that was active before.
    Rollback(Common),
    /// Set or clear the shadow version, which scores for comparison only.
    Shadow(Shadow),
    /// Compare the shadow's assessments with the active version's.
    Compare(Common),
    /// Measure a version, by default the active one, against the verdicts.
    Evaluate(Evaluate),
    /// Delete a version.
    Delete(Named),
}

/// Target and format of the result.
#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    target: Target,
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Name of the version, as `models list` prints it.
    version: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Import {
    /// The model, as `fit --out` wrote it.
    file: PathBuf,
    /// Description of the training data; by default the name of the file.
    #[arg(long, value_name = "TEXT")]
    trained_on: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Shadow {
    /// Name of the version, as `models list` prints it.
    #[arg(required_unless_present = "clear")]
    version: Option<String>,
    /// Clear the shadow version.
    #[arg(long, conflicts_with = "version")]
    clear: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Evaluate {
    /// Name of the version; by default the active one.
    version: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// A request with its arguments.
enum Operation {
    List,
    Import {
        model_json: String,
        trained_on: String,
    },
    Activate(String),
    RollBack,
    Shadow(String),
    Compare,
    Evaluate(String),
    Delete(String),
}

#[tokio::main]
pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let (operation, common) = match arguments.what {
        What::List(common) => (Operation::List, common),
        What::Import(Import {
            file,
            trained_on,
            common,
        }) => (read(&file, trained_on)?, common),
        What::Activate(Named { version, common }) => (Operation::Activate(version), common),
        What::Rollback(common) => (Operation::RollBack, common),
        What::Shadow(Shadow {
            version, common, ..
        }) => (Operation::Shadow(version.unwrap_or_default()), common),
        What::Compare(common) => (Operation::Compare, common),
        What::Evaluate(Evaluate { version, common }) => {
            (Operation::Evaluate(version.unwrap_or_default()), common)
        }
        What::Delete(Named { version, common }) => (Operation::Delete(version), common),
    };
    let session = common.target.open(Absent::Refuse).await?;
    session.settled().await;
    let text = ask(&session, operation, common.json).await;
    session.close().await?;
    print(&text?)
}

fn read(file: &std::path::Path, trained_on: Option<String>) -> Result<Operation, CliError> {
    let named = |error: std::io::Error| format!("{}: {error}", file.display());
    let model_json = std::fs::read_to_string(file).map_err(named)?;
    let name = || file.file_name().unwrap_or_default().to_string_lossy();
    let trained_on = trained_on.unwrap_or_else(|| name().into_owned());
    Ok(Operation::Import {
        model_json,
        trained_on,
    })
}

async fn ask(session: &Session, operation: Operation, json: bool) -> Result<String, CliError> {
    let mut client = AdminServiceClient::new(session.channel());
    let refused = |status: Status| explain(session, &status);
    let one = |verb: &str, version: Option<crate::proto::v1::ModelVersion>| {
        let name = version.map_or_else(|| "none".to_owned(), |version| version.model_version);
        format!("{verb:<12}{name}\n")
    };
    Ok(match operation {
        Operation::List => list(&all(&mut client, session).await?, json)?,
        Operation::Import {
            model_json,
            trained_on,
        } => {
            let request = ImportModelVersionRequest {
                model_json,
                trained_on,
            };
            let kept = client.import_model_version(request).await;
            shown(kept.map_err(refused)?, json, |kept| {
                Ok(one("kept", kept.model_version.clone()))
            })?
        }
        Operation::Activate(model_version) => {
            let request = ActivateModelVersionRequest { model_version };
            let active = client.activate_model_version(request).await;
            shown(active.map_err(refused)?, json, |active| {
                Ok(one("active", active.model_version.clone()))
            })?
        }
        Operation::RollBack => {
            let request = RollBackModelVersionRequest {};
            let active = client.roll_back_model_version(request).await;
            shown(active.map_err(refused)?, json, |active| {
                Ok(one("active", active.model_version.clone()))
            })?
        }
        Operation::Shadow(model_version) => {
            let request = SetShadowModelVersionRequest { model_version };
            let shadow = client.set_shadow_model_version(request).await;
            shown(shadow.map_err(refused)?, json, |shadow| {
                Ok(one("shadow", shadow.model_version.clone()))
            })?
        }
        Operation::Compare => {
            let request = CompareModelVersionsRequest {};
            let response = client.compare_model_versions(request).await;
            shown(response.map_err(refused)?, json, compared)?
        }
        Operation::Evaluate(model_version) => {
            let response = client.evaluate(EvaluateRequest { model_version }).await;
            shown(response.map_err(refused)?, json, evaluated)?
        }
        Operation::Delete(model_version) => {
            let request = DeleteModelVersionRequest { model_version };
            let deleted = client.delete_model_version(request.clone()).await;
            shown(deleted.map_err(refused)?, json, |_| {
                Ok(format!("{:<12}{}\n", "deleted", request.model_version))
            })?
        }
    })
}

/// Requests all pages of the list.
async fn all(
    client: &mut AdminServiceClient<Link>,
    session: &Session,
) -> Result<Vec<crate::proto::v1::ModelVersion>, CliError> {
    let mut versions = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListModelVersionsRequest {
            page_size: 0,
            page_token,
        };
        let page = client.list_model_versions(request).await;
        let page = page.map_err(|status| explain(session, &status))?;
        let page = page.into_inner();
        versions.extend(page.model_versions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(versions);
        }
    }
}

fn shown<T: Serialize>(
    answer: Response<T>,
    json: bool,
    words: impl FnOnce(&T) -> Result<String, CliError>,
) -> Result<String, CliError> {
    let answer = answer.into_inner();
    if json {
        return Ok(serde_json::to_string_pretty(&answer)? + "\n");
    }
    words(&answer)
}

/// Explains a refusal. If a version is at fault, the message of the service says everything.
pub(super) fn explain(session: &Session, status: &Status) -> CliError {
    use std::error::Error as _;
    match status.code() {
        Code::FailedPrecondition | Code::ResourceExhausted => status.message().into(),
        Code::Unavailable if status.source().is_none() => status.message().into(),
        _ => session.explain(status),
    }
}
