//! Writes a backup.

use std::path::PathBuf;

use super::client::{Absent, Target};
use super::{CliError, print};
use crate::proto::v1::CreateBackupRequest;
use crate::proto::v1::admin_service_client::AdminServiceClient;

/// Options of `backup`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    target: Target,
    /// Directory for the backup of a directory; a running service has its own.
    #[arg(long, value_name = "DIR", requires = "data")]
    into: Option<PathBuf>,
    /// Print JSON instead of lines.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> Result<(), CliError> {
    let Arguments { target, into, json } = arguments;
    if target.is_directory() && into.is_none() {
        return Err("--into DIR says where the backup of a directory goes".into());
    }
    let session = target.open_with_backups(Absent::Refuse, into).await?;
    let mut client = AdminServiceClient::new(session.channel());
    let asked = client.create_backup(CreateBackupRequest {}).await;
    let backup = asked.map_err(|status| session.explain(&status));
    drop(client);
    session.close().await?;
    let backup = backup?.into_inner();
    if json {
        return print(&(serde_json::to_string_pretty(&backup)? + "\n"));
    }
    print(&format!(
        "file        {}\nevents      {} in {} log records\nbytes       {}\nsha256      {}\n",
        backup.file_name, backup.event_count, backup.log_sequence, backup.size_bytes, backup.sha256
    ))
}
