//! Lists, imports, activates and compares model versions.

mod words;

use std::path::{Path, PathBuf};

use serde::Serialize;
use tonic::{Code, Status};

use super::client::{Absent, Session, Target};
use super::{CliError, print};
use crate::proto::v1::admin_service_client::AdminServiceClient;
use crate::proto::v1::{
    ActivateModelVersionRequest, CompareModelVersionsRequest, DeleteModelVersionRequest,
    ImportModelVersionRequest, ListModelVersionsRequest, ModelVersion, RollBackModelVersionRequest,
    SetShadowModelVersionRequest,
};
use words::{compared, list};

/// Largest page; a service keeps fewer versions.
const PAGE_SIZE_MAX: u32 = 1000;

/// Options of `models`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
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
    /// Delete a version.
    Delete(Named),
}

/// Target and format of the result.
#[derive(Clone, Debug, clap::Args)]
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

impl Action {
    const fn common(&self) -> &Common {
        match self {
            Self::List(common)
            | Self::Import(Import { common, .. })
            | Self::Activate(Named { common, .. })
            | Self::Rollback(common)
            | Self::Shadow(Shadow { common, .. })
            | Self::Compare(common)
            | Self::Delete(Named { common, .. }) => common,
        }
    }
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { action } = arguments;
    let Common { target, json } = action.common().clone();
    let session = target.open(Absent::Refuse).await?;
    session.settled().await;
    let text = call(&session, action, json).await;
    session.close().await?;
    print(&text?)
}

/// Calls the service, and gives the answer as lines or JSON.
async fn call(session: &Session, action: Action, json: bool) -> Result<String, CliError> {
    let mut client = AdminServiceClient::new(session.channel());
    let refused = |status: Status| explain(session, &status);
    match action {
        Action::List(_) => {
            let request = ListModelVersionsRequest {
                page_size: PAGE_SIZE_MAX,
                ..ListModelVersionsRequest::default()
            };
            let page = client.list_model_versions(request).await.map_err(refused)?;
            let versions = page.into_inner().model_versions;
            shown(&versions, json, |versions| list(versions))
        }
        Action::Import(Import {
            file, trained_on, ..
        }) => {
            let request = import_request(&file, trained_on)?;
            let imported = client
                .import_model_version(request)
                .await
                .map_err(refused)?;
            shown_version("kept", imported.get_ref(), json, |one| &one.model_version)
        }
        Action::Activate(Named { version, .. }) => {
            let request = ActivateModelVersionRequest {
                model_version: version,
            };
            let active = client.activate_model_version(request).await;
            let active = active.map_err(refused)?;
            shown_version("active", active.get_ref(), json, |one| &one.model_version)
        }
        Action::Rollback(_) => {
            let active = client.roll_back_model_version(RollBackModelVersionRequest {});
            let active = active.await.map_err(refused)?;
            shown_version("active", active.get_ref(), json, |one| &one.model_version)
        }
        Action::Shadow(Shadow { version, .. }) => {
            let request = SetShadowModelVersionRequest {
                model_version: version.unwrap_or_default(),
            };
            let shadow = client.set_shadow_model_version(request).await;
            let shadow = shadow.map_err(refused)?;
            shown_version("shadow", shadow.get_ref(), json, |one| &one.model_version)
        }
        Action::Compare(_) => {
            let comparison = client.compare_model_versions(CompareModelVersionsRequest {});
            let comparison = comparison.await.map_err(refused)?;
            shown(comparison.get_ref(), json, compared)
        }
        Action::Delete(Named { version, .. }) => {
            let request = DeleteModelVersionRequest {
                model_version: version.clone(),
            };
            let deleted = client.delete_model_version(request).await;
            shown(deleted.map_err(refused)?.get_ref(), json, |_| {
                Ok(line("deleted", &version))
            })
        }
    }
}

fn import_request(
    file: &Path,
    trained_on: Option<String>,
) -> Result<ImportModelVersionRequest, CliError> {
    let model_json =
        std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let name = || file.file_name().unwrap_or_default().to_string_lossy();
    Ok(ImportModelVersionRequest {
        model_json,
        trained_on: trained_on.unwrap_or_else(|| name().into_owned()),
    })
}

fn shown<T: Serialize + ?Sized>(
    answer: &T,
    json: bool,
    lines: impl FnOnce(&T) -> Result<String, CliError>,
) -> Result<String, CliError> {
    if json {
        return Ok(serde_json::to_string_pretty(answer)? + "\n");
    }
    lines(answer)
}

fn shown_version<T: Serialize>(
    verb: &str,
    answer: &T,
    json: bool,
    version: impl FnOnce(&T) -> &Option<ModelVersion>,
) -> Result<String, CliError> {
    shown(answer, json, |answer| {
        let version = version(answer).as_ref();
        Ok(line(verb, version.map_or("none", |one| &one.model_version)))
    })
}

fn line(verb: &str, version: &str) -> String {
    format!("{verb:<12}{version}\n")
}

/// Explains a refusal. Where versions are at fault, the service's message is enough.
pub(super) fn explain(session: &Session, status: &Status) -> CliError {
    use std::error::Error as _;
    match status.code() {
        Code::FailedPrecondition | Code::ResourceExhausted => status.message().into(),
        Code::Unavailable if status.source().is_none() => status.message().into(),
        _ => session.explain(status),
    }
}
